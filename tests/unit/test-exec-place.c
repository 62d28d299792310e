/* SPDX-License-Identifier: MIT */
/* Where a child runs and with what: directories, limits, schedulers, signals, terminals. */
#include "exec-suite.h"

#include "base/sys.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

/* ---- place and resources ------------------------------------------------------------------------------------------------- */

START_TEST(the_working_directory_is_the_root_unless_said) {
        ck_assert_int_eq(chdir("/usr"), 0);
        assert_output(&f, "pwd", "/\n");
        set_up_fixture();
        f.exec.working_directory = (char *)"/etc";
        assert_output(&f, "pwd", "/etc\n");
        set_up_fixture();
        f.exec.working_directory = (char *)"/no/such/place";
        f.exec.working_directory_optional = true;
        assert_output(&f, "pwd", "/\n");
        set_up_fixture();
        f.exec.working_directory = (char *)"/no/such/place";
        fixture_script(&f, "true");
        fixture_run(&f);
        ck_assert_int_eq(f.failure.exit_status, 200);
        ck_assert_str_eq(f.failure.detail, "working directory: /no/such/place");
}
END_TEST

START_TEST(limits_are_set_and_the_impossible_is_brought_near) {
        struct rlimit ours;

        f.exec.limits[RLIMIT_NOFILE].is_set = true;
        f.exec.limits[RLIMIT_NOFILE].soft = 100;
        f.exec.limits[RLIMIT_NOFILE].hard = 200;
        f.exec.limits[RLIMIT_CORE].is_set = true;
        f.exec.limits[RLIMIT_CORE].soft = f.exec.limits[RLIMIT_CORE].hard = 0;
        assert_output(&f, "ulimit -n; ulimit -Hn; ulimit -c", "100\n200\n0\n");
        ck_assert_ptr_null(find_recorded("Service.LimitNOFILE"));

        /* The number of open files cannot be raised above fs.nr_open by anybody. */
        set_up_fixture();
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &ours), 0);
        f.exec.limits[RLIMIT_NOFILE].is_set = true;
        f.exec.limits[RLIMIT_NOFILE].soft = f.exec.limits[RLIMIT_NOFILE].hard = RLIM_INFINITY;
        fixture_script(&f, "ulimit -n");
        fixture_run(&f);
        ck_assert_uint_eq(strtoul(f.output, NULL, 10), ours.rlim_max);
        ck_assert_ptr_nonnull(find_recorded("Service.LimitNOFILE"));
        ck_assert_int_eq(find_recorded("Service.LimitNOFILE")->outcome, OUTCOME_UNAVAILABLE);
}
END_TEST

START_TEST(the_tracking_mark_is_a_hard_limit_that_the_child_has) {
        f.request.tracking_mark = 4711;
        assert_output(&f, "grep locks /proc/self/limits | tr -s ' '", "Max file locks 4711 4711 locks \n");
}
END_TEST

START_TEST(the_supervisors_own_raised_limit_of_files_is_not_passed_on) {
        f.request.original_nofile = (struct rlimit){ .rlim_cur = 77, .rlim_max = 99 };
        assert_output(&f, "ulimit -n; ulimit -Hn", "77\n99\n");
}
END_TEST

START_TEST(niceness_scores_schedulers_and_slack_are_set) {
        f.exec.nice_set = f.exec.oom_score_adjust_set = f.exec.cpu_policy_set = f.exec.timer_slack_set = true;
        f.exec.nice = 7;
        f.exec.oom_score_adjust = 321;
        f.exec.cpu_policy = SCHED_BATCH;
        f.exec.timer_slack_ns = 123456;
        f.exec.coredump_filter = 0x3;
        f.exec.io_set = f.exec.cpu_affinity_set = true;
        f.exec.io_class = 3;
        CPU_SET(0, &f.exec.cpu_affinity);
        assert_output(&f,
                      "cat /proc/self/oom_score_adj /proc/self/timerslack_ns /proc/self/coredump_filter;"
                      "grep Cpus_allowed_list /proc/self/status; read -r stat </proc/$$/stat;"
                      "echo $stat | cut -d' ' -f19,41",
                      "321\n123456\n00000003\nCpus_allowed_list:\t0\n7 3\n");
        ck_assert_uint_eq(recorded_count, 0);
}
END_TEST

START_TEST(what_is_not_allowed_here_is_recorded_and_the_program_runs) {
        CPU_SET(CPU_SETSIZE - 1, &f.exec.cpu_affinity);
        f.exec.cpu_affinity_set = true;
        f.exec.personality_set = f.exec.oom_score_adjust_set = true;
        f.exec.oom_score_adjust = -1000; /* without CAP_SYS_RESOURCE */
        fixture_script(&f, "true");
        fixture_run(&f);
        ck_assert_int_eq(f.wait_status, 0);
        ck_assert_int_eq(find_recorded("Service.CPUAffinity")->outcome, OUTCOME_UNAVAILABLE);
}
END_TEST

START_TEST(signals_are_back_at_their_defaults) {
        (void)signal(SIGUSR1, SIG_IGN);
        (void)signal(SIGTERM, SIG_IGN);
        assert_output(&f, "cat /proc/self/status | grep 'Sig[BIC]' | tr '\\t' ' '",
                      "SigBlk: 0000000000000000\nSigIgn: 0000000000001000\nSigCgt: 0000000000000000\n");
        set_up_fixture();
        f.exec.ignore_sigpipe = false;
        (void)sigaddset(&f.request.signal_mask, SIGHUP);
        assert_output(&f, "cat /proc/self/status | grep 'Sig[BIC]' | tr '\\t' ' '",
                      "SigBlk: 0000000000000001\nSigIgn: 0000000000000000\nSigCgt: 0000000000000000\n");
}
END_TEST

/* ---- terminals ---------------------------------------------------------------------------------------------------------- */

static int new_terminal(char path[static 32]) {
        int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
        int unlock = 0;

        ck_assert_int_ge(master, 0);
        ck_assert_int_eq(ioctl(master, TIOCSPTLCK, &unlock), 0);
        ck_assert_int_eq(ptsname_r(master, path, 32), 0);
        return master;
}

static void read_terminal(int master, const char *expected) {
        char text[256] = "";
        size_t n = 0;

        while (n < strlen(expected)) {
                ssize_t more = read(master, text + n, sizeof(text) - 1 - n);

                ck_assert_int_gt(more, 0);
                n += (size_t)more;
        }
        ck_assert_str_eq(text, expected);
}

START_TEST(a_terminal_becomes_the_controlling_one_of_the_process) {
        char path[32], expected[64];
        int master = new_terminal(path);

        f.exec.input = INPUT_TTY;
        f.exec.tty_path = path;
        f.exec.tty_reset = true;
        f.request.log_fd = 1;
        fixture_script(&f, "tty; read -r line </dev/tty; echo $line $TERM");
        f.is_left_running = true;
        fixture_run(&f);
        ck_assert_msg(f.spawned.has_execed, "%d %s", f.failure.exit_status, f.failure.detail);
        (void)snprintf(expected, sizeof(expected), "%s\r\n", path);
        read_terminal(master, expected);
        ck_assert_int_eq(write(master, "hello\n", 6), 6);
        read_terminal(master, "hello\r\nhello vt220\r\n");
        ck_assert_int_eq(waitpid(f.spawned.pid, &f.wait_status, 0), f.spawned.pid);
        ck_assert_int_eq(f.wait_status, 0);
        (void)close(master);
}
END_TEST

START_TEST(a_terminal_of_somebody_else_is_refused_taken_or_waited_for) {
        char path[32];
        int master = new_terminal(path);
        struct fixture *first = calloc(1, sizeof(*first)), *waiting = calloc(1, sizeof(*waiting));

        ck_assert(first && waiting);
        fixture_init(first);
        first->exec.input = INPUT_TTY_FORCE;
        first->exec.tty_path = path;
        first->is_left_running = true;
        fixture_script(first, "trap 'exit 3' HUP; read x");
        fixture_run(first);
        ck_assert(first->spawned.has_execed);

        f.exec.input = INPUT_TTY_FAIL;
        f.exec.tty_path = path;
        fixture_script(&f, "true");
        fixture_run(&f);
        ck_assert(!f.spawned.has_execed);
        ck_assert_int_eq(f.failure.exit_status, 208);
        ck_assert_int_eq(f.failure.error, EPERM);

        /* Waits in the background until the first one, asked to by this line, lets go. */
        fixture_init(waiting);
        waiting->exec.input = INPUT_TTY;
        waiting->exec.tty_path = path;
        fixture_script(waiting, "tty | grep -c pts >&2");
        waiting->exec.error = OUTPUT_JOURNAL;
        ck_assert_int_eq(write(master, "\n", 1), 1);
        fixture_run(waiting);
        ck_assert_str_eq(waiting->output, "1\n");
        ck_assert_int_eq(waitpid(first->spawned.pid, NULL, 0), first->spawned.pid);
        free(first);
        free(waiting);
        (void)close(master);
}
END_TEST

START_TEST(only_start_commands_read_from_the_terminal) {
        char path[32];
        int master = new_terminal(path);

        f.exec.input = INPUT_TTY;
        f.exec.output = OUTPUT_JOURNAL;
        f.exec.tty_path = path;
        f.request.kind = COMMAND_STOP;
        assert_output(&f, "readlink /proc/self/fd/0", "/dev/null\n");
        (void)close(master);
}
END_TEST

int main(void) {
        Suite *s = suite_create("exec-place");

        ADD(s, "resources", the_working_directory_is_the_root_unless_said,
            limits_are_set_and_the_impossible_is_brought_near, the_tracking_mark_is_a_hard_limit_that_the_child_has,
            the_supervisors_own_raised_limit_of_files_is_not_passed_on, niceness_scores_schedulers_and_slack_are_set,
            what_is_not_allowed_here_is_recorded_and_the_program_runs, signals_are_back_at_their_defaults);
        ADD(s, "terminals", a_terminal_becomes_the_controlling_one_of_the_process,
            a_terminal_of_somebody_else_is_refused_taken_or_waited_for, only_start_commands_read_from_the_terminal);
        return run_suite(s);
}
