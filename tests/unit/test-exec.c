/* SPDX-License-Identifier: MIT */
/* Real children, looked at from inside by a shell and from outside in /proc. */
#include "cgroup-inside.h"
#include "exec-inside.h"

#include "base/sys.h"

#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static struct fixture f;

static void setup(void) {
        fixture_init(&f);
}

static bool is_root(void) {
        return geteuid() == 0;
}

/* ---- the program -------------------------------------------------------------------------------------------------------- */

START_TEST(a_program_gets_its_arguments_and_says_what_it_has_to_say) {
        f.command.path = (char *)"/bin/echo";
        f.argv[0] = (char *)"/bin/echo";
        f.argv[1] = (char *)"a b";
        f.argv[2] = (char *)"${GREETING}!";
        f.exec.environment = (char *[]){ (char *)"GREETING=hello there", NULL };
        fixture_run(&f);
        ck_assert_str_eq(f.output, "a b hello there!\n");
        ck_assert(f.spawned.has_execed);
        ck_assert_int_eq(f.wait_status, 0);
}
END_TEST

START_TEST(a_bare_name_is_found_in_the_path) {
        f.command.path = (char *)"echo";
        f.argv[0] = (char *)"other-name";
        f.argv[1] = (char *)"found";
        fixture_run(&f);
        ck_assert_str_eq(f.output, "found\n");
}
END_TEST

START_TEST(a_missing_program_is_203_and_names_it) {
        f.command.path = (char *)"/no/such/program";
        fixture_run(&f);
        ck_assert_int_eq(f.built, 0);
        ck_assert(!f.spawned.has_execed);
        ck_assert_int_eq(f.failure.exit_status, 203);
        ck_assert_int_eq(f.failure.error, ENOENT);
        ck_assert_str_eq(f.failure.detail, "exec: /no/such/program");
        ck_assert_int_eq(WEXITSTATUS(f.wait_status), 203);

        setup();
        f.command.path = (char *)"no-such-program";
        fixture_run(&f);
        ck_assert_int_eq(f.built, -ENOENT);
        ck_assert_int_eq(f.failure.exit_status, 203);
}
END_TEST

START_TEST(the_child_is_its_parents_parents_and_leads_a_session) {
        char expected[64];

        (void)snprintf(expected, sizeof(expected), "%d same same\n", getpid());
        assert_output(&f,
                      "read -r pid comm state ppid pgrp session rest </proc/$$/stat;"
                      "echo $ppid $([ $pgrp = $$ ] && echo same) $([ $session = $$ ] && echo same)",
                      expected);
}
END_TEST

START_TEST(the_pid_is_in_the_slot_and_in_the_environment) {
        int32_t *slot = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        char expected[64];

        f.request.pid_slot = slot;
        f.request.watchdog_us = 30000000;
        fixture_script(&f, "echo $SYSTEMD_EXEC_PID $WATCHDOG_PID $WATCHDOG_USEC $$");
        fixture_run(&f);
        (void)snprintf(expected, sizeof(expected), "%d %d 30000000 %d\n", f.spawned.pid, f.spawned.pid, f.spawned.pid);
        ck_assert_str_eq(f.output, expected);
        ck_assert_int_eq(*slot, f.spawned.pid);
}
END_TEST

START_TEST(the_fork_path_does_the_same_and_tells_of_failures) {
        char fifo[] = "/tmp/keel-test-XXXXXX/fifo";
        int reader;

        fifo[strlen(fifo) - 5] = 0;
        ck_assert_ptr_nonnull(mkdtemp(fifo));
        fifo[strlen(fifo)] = '/';
        ck_assert_int_eq(mkfifo(fifo, 0600), 0);
        reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        ck_assert_int_ge(reader, 0);

        f.exec.error = OUTPUT_FILE;
        f.exec.error_path = fifo;
        assert_output(&f, "echo out; echo $SYSTEMD_EXEC_PID | tr -d 0-9; echo err >&2", "out\n\n");
        ck_assert_int_eq(read(reader, f.output, 16), 4);

        setup();
        f.exec.error = OUTPUT_FILE;
        f.exec.error_path = fifo;
        f.command.path = (char *)"/no/such/program";
        fixture_run(&f);
        ck_assert(!f.spawned.has_execed);
        ck_assert_int_eq(f.failure.exit_status, 203);
        ck_assert_str_eq(f.failure.detail, "exec: /no/such/program");
        ck_assert_int_eq(WEXITSTATUS(f.wait_status), 203);
        (void)close(reader);
        (void)unlink(fifo);
        *strrchr(fifo, '/') = 0;
        (void)rmdir(fifo);
}
END_TEST

/* ---- streams and fds ----------------------------------------------------------------------------------------------------- */

START_TEST(input_is_empty_and_errors_go_where_output_goes) {
        assert_output(&f, "cat; echo out; echo err >&2; readlink /proc/self/fd/0", "out\nerr\n/dev/null\n");
}
END_TEST

START_TEST(data_is_read_as_it_was_said) {
        f.exec.input = INPUT_DATA;
        f.exec.input_data = (char *)"one\ntwo\n";
        f.exec.input_data_length = 8;
        assert_output(&f, "cat; grep -c 'flags:.*00$' /proc/self/fdinfo/0", "one\ntwo\n1\n");
}
END_TEST

START_TEST(files_are_opened_for_writing_appending_or_anew) {
        char path[] = "/tmp/keel-test-XXXXXX";
        int fd = mkstemp(path);
        char content[64] = "";

        ck_assert_int_eq(write(fd, "0123456789", 10), 10);
        f.exec.output = OUTPUT_FILE;
        f.exec.output_path = path;
        assert_output(&f, "printf ab", "");
        ck_assert_int_eq(pread(fd, content, sizeof(content), 0), 10);
        ck_assert_str_eq(content, "ab23456789");

        setup();
        f.exec.output = OUTPUT_APPEND;
        f.exec.error = OUTPUT_INHERIT;
        f.exec.output_path = path;
        assert_output(&f, "printf cd; printf ef >&2", "");
        (void)memset(content, 0, sizeof(content));
        ck_assert_int_eq(pread(fd, content, sizeof(content), 0), 14);
        ck_assert_str_eq(content, "ab23456789cdef");

        setup();
        f.exec.output = OUTPUT_TRUNCATE;
        f.exec.output_path = path;
        assert_output(&f, "printf gh", "");
        (void)memset(content, 0, sizeof(content));
        ck_assert_int_eq(pread(fd, content, sizeof(content), 0), 2);
        (void)close(fd);
        (void)unlink(path);
}
END_TEST

START_TEST(a_new_output_file_has_the_units_umask) {
        char path[64];
        struct stat st;

        (void)snprintf(path, sizeof(path), "/tmp/keel-test-%d", getpid());
        f.exec.umask = 0077;
        f.exec.output = OUTPUT_FILE;
        f.exec.output_path = path;
        assert_output(&f, "umask >&2", "");
        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_int_eq(st.st_mode & 07777, 0600);
        (void)unlink(path);
}
END_TEST

START_TEST(an_output_that_cannot_be_opened_is_209) {
        f.exec.output = OUTPUT_FILE;
        f.exec.output_path = (char *)"/no/such/directory/file";
        fixture_script(&f, "true");
        fixture_run(&f);
        ck_assert_int_eq(f.built, -ENOENT);
        ck_assert_int_eq(f.failure.exit_status, 209);
        ck_assert_str_eq(f.failure.detail, "stdout: /no/such/directory/file");
}
END_TEST

START_TEST(a_socket_serves_as_all_three_streams) {
        int pair[2];
        char text[16] = "";

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        f.exec.input = INPUT_SOCKET;
        f.request.socket_fd = pair[1];
        ck_assert_int_eq(write(pair[0], "ping\n", 5), 5);
        assert_output(&f, "read x; echo $x; echo $x >&2", "");
        ck_assert_int_eq(read(pair[0], text, sizeof(text)), 10);
        ck_assert_str_eq(text, "ping\nping\n");
        (void)close(pair[0]);
        (void)close(pair[1]);
}
END_TEST

START_TEST(fds_are_passed_from_3_on_in_order_and_nothing_else_is) {
        int low = open("/dev/zero", O_RDONLY | O_CLOEXEC);
        int high = fcntl(open("/dev/full", O_RDONLY | O_CLOEXEC), F_DUPFD_CLOEXEC, 100);
        int leak = open("/dev/null", O_RDONLY); /* not close-on-exec */
        struct plan_fd fds[] = { { high, "web" }, { low, "admin" }, { high, NULL } };

        ck_assert_int_ge(leak, 0);
        f.request.fds = fds;
        f.request.fd_count = 3;
        f.request.socket_count = 2;
        f.service.non_blocking = true;
        assert_output(
                &f,
                "echo $LISTEN_FDS $LISTEN_FDNAMES $([ $LISTEN_PID = $$ ] && echo mine);"
                "for i in 3 4 5; do readlink /proc/$$/fd/$i; done; n=0; for i in /proc/$$/fd/*; do case ${i##*/} in "
                /* What the shell opened to list them is closed by now. */
                "[0-5]) ;; *) [ ! -L $i ] || n=$((n + 1)) ;; esac; done; echo $n;"
                "grep -c 'flags:.*4...$' /proc/$$/fdinfo/4",
                "3 web:admin:unknown mine\n/dev/full\n/dev/zero\n/dev/full\n0\n1\n");
        (void)close(low);
        (void)close(high);
        (void)close(leak);
}
END_TEST

START_TEST(a_named_fd_can_be_a_stream) {
        int pair[2];
        char text[16] = "";
        struct plan_fd fds[1];

        ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
        fds[0] = (struct plan_fd){ pair[1], "target" };
        f.request.fds = fds;
        f.request.fd_count = f.request.socket_count = 1;
        f.exec.output = OUTPUT_FD;
        f.exec.output_path = (char *)"target";
        assert_output(&f, "echo here", "");
        ck_assert_int_eq(read(pair[0], text, sizeof(text)), 5);
        (void)close(pair[0]);
        (void)close(pair[1]);
}
END_TEST

/* ---- place and resources ------------------------------------------------------------------------------------------------- */

START_TEST(the_working_directory_is_the_root_unless_said) {
        ck_assert_int_eq(chdir("/usr"), 0);
        assert_output(&f, "pwd", "/\n");
        setup();
        f.exec.working_directory = (char *)"/etc";
        assert_output(&f, "pwd", "/etc\n");
        setup();
        f.exec.working_directory = (char *)"/no/such/place";
        f.exec.working_directory_optional = true;
        assert_output(&f, "pwd", "/\n");
        setup();
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
        setup();
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
        setup();
        f.exec.ignore_sigpipe = false;
        (void)sigaddset(&f.request.signal_mask, SIGHUP);
        assert_output(&f, "cat /proc/self/status | grep 'Sig[BIC]' | tr '\\t' ' '",
                      "SigBlk: 0000000000000001\nSigIgn: 0000000000000000\nSigCgt: 0000000000000000\n");
}
END_TEST

/* ---- rights ----------------------------------------------------------------------------------------------------------------- */

#define SHOW_IDS "grep '^[UG]id\\|^Groups' /proc/self/status | tr '\\t' ' '"

START_TEST(the_user_is_somebody_else_with_their_groups_and_variables) {
        struct passwd *daemon;
        char expected[256];

        daemon = getpwnam("daemon");
        ck_assert_ptr_nonnull(daemon);
        f.exec.user = (char *)"daemon";
        f.exec.supplementary_groups = (char *[]){ (char *)"4242", NULL };
        (void)snprintf(expected, sizeof(expected),
                       "Uid: %u %u %u %u\nGid: %u %u %u %u\nGroups: %u 4242 \n%s daemon %s unset\n", daemon->pw_uid,
                       daemon->pw_uid, daemon->pw_uid, daemon->pw_uid, daemon->pw_gid, daemon->pw_gid, daemon->pw_gid,
                       daemon->pw_gid, daemon->pw_gid, "daemon", daemon->pw_dir);
        assert_output(&f, SHOW_IDS "; echo $USER $LOGNAME $HOME ${SHELL-unset}", expected);
}
END_TEST

START_TEST(a_prefix_keeps_the_user_away) {
        f.exec.user = (char *)"daemon";
        f.exec.no_new_privileges = TRISTATE_YES;
        f.command.flags = EXEC_FULL_PRIVILEGES;
        assert_output(&f, "id -u; grep NoNew /proc/self/status; echo $USER", "0\nNoNewPrivs:\t0\ndaemon\n");
        setup();
        f.exec.user = (char *)"daemon";
        f.exec.no_new_privileges = TRISTATE_YES;
        f.command.flags = EXEC_NO_SETUID;
        assert_output(&f, "id -u; grep NoNew /proc/self/status", "0\nNoNewPrivs:\t1\n");
        setup();
        f.exec.user = (char *)"daemon";
        f.service.permissions_start_only = true;
        f.request.kind = COMMAND_START_PRE;
        assert_output(&f, "id -u", "0\n");
}
END_TEST

START_TEST(an_unknown_user_is_217_and_an_unknown_group_216) {
        f.exec.user = (char *)"no-such-user";
        fixture_script(&f, "true");
        fixture_run(&f);
        ck_assert_int_eq(f.built, -ESRCH);
        ck_assert_int_eq(f.failure.exit_status, 217);
        ck_assert_str_eq(f.failure.detail, "user 'no-such-user' does not exist");
        setup();
        f.exec.group = (char *)"no-such-group";
        fixture_script(&f, "true");
        fixture_run(&f);
        ck_assert_int_eq(f.failure.exit_status, 216);
}
END_TEST

#define SHOW_CAPS "grep 'Cap\\(Eff\\|Bnd\\|Amb\\|Inh\\)' /proc/self/status | tr '\\t' ' '"

START_TEST(the_bounding_set_bounds_root) {
        f.exec.capability_bounding_set = 1 << 10 | 1 << 0;
        assert_output(&f, SHOW_CAPS,
                      "CapInh: 0000000000000000\nCapEff: 0000000000000401\nCapBnd: 0000000000000401\nCapAmb: "
                      "0000000000000000\n");
}
END_TEST

START_TEST(ambient_capabilities_survive_the_change_of_the_user) {
        f.exec.user = (char *)"daemon";
        f.exec.capability_bounding_set = 1 << 10;
        f.exec.ambient_capabilities = 1 << 10;
        assert_output(&f, SHOW_CAPS "; id -un",
                      "CapInh: 0000000000000400\nCapEff: 0000000000000400\nCapBnd: 0000000000000400\nCapAmb: "
                      "0000000000000400\ndaemon\n");
}
END_TEST

START_TEST(secure_bits_are_set_for_another_user_too) {
        f.exec.user = (char *)"daemon";
        f.exec.secure_bits = 3; /* noroot noroot-locked */
        assert_output(&f, "/sbin/capsh --print 2>/dev/null | sed -n '/secure-noroot/p' | tr -d ' '",
                      "secure-noroot:yes(locked)\n");
}
END_TEST

/* uname gives EPERM; all others are let through. */
static struct sock_filter deny_uname[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static void use_policy(void) {
        static struct sock_fprog programs[] = { { ARRAY_LEN(deny_uname), deny_uname } };
        static struct seccomp_policy policy = { .programs = programs, .program_count = 1 };

        policy_to_use = &policy;
}

START_TEST(the_filter_is_loaded_with_and_without_no_new_privs) {
        use_policy();
        fixture_script(
                &f, "uname >/dev/null 2>&1 || echo denied; grep 'NoNew\\|Seccomp:' /proc/self/status | tr '\\t' ' '");
        fixture_run(&f);
        ck_assert_str_eq(f.output, "denied\nNoNewPrivs: 0\nSeccomp: 2\n");
        setup();
        use_policy();
        f.exec.user = (char *)"daemon";
        fixture_script(
                &f, "uname >/dev/null 2>&1 || echo denied; grep 'NoNew\\|Seccomp:' /proc/self/status | tr '\\t' ' '");
        fixture_run(&f);
        ck_assert_str_eq(f.output, "denied\nNoNewPrivs: 1\nSeccomp: 2\n");
}
END_TEST

const char *credentials_dynamic_directory(void);

START_TEST(a_dynamic_user_is_out_of_the_range_and_the_same_again) {
        char first[sizeof(f.output)];

        f.exec.dynamic_user = true;
        fixture_script(&f, "id -u; id -g; echo $USER; grep NoNew /proc/self/status");
        fixture_run(&f);
        ck_assert_int_eq(f.wait_status, 0);
        ck_assert_uint_ge(strtoul(f.output, NULL, 10), 61184);
        ck_assert_uint_le(strtoul(f.output, NULL, 10), 65519);
        ck_assert_ptr_nonnull(strstr(f.output, "\ntry\nNoNewPrivs:\t1\n"));
        ck_assert_int_eq(find_recorded("Service.DynamicUser")->outcome, OUTCOME_EMULATED);
        (void)strcpy(first, f.output);
        exec_runtime_destroy(&f.runtime);
        setup();
        f.exec.dynamic_user = true;
        assert_output(&f, "id -u; id -g; echo $USER; grep NoNew /proc/self/status", first);
        exec_runtime_destroy(&f.runtime);
        (void)snprintf(first, sizeof(first), "rm -rf %s", credentials_dynamic_directory());
        ck_assert_int_eq(system(first), 0);
}
END_TEST

START_TEST(a_user_that_may_not_enter_the_directory_is_told_so) {
        f.exec.user = (char *)"daemon";
        f.exec.working_directory = (char *)"/root";
        ck_assert_int_eq(chmod("/root", 0700), 0);
        fixture_script(&f, "pwd");
        fixture_run(&f);
        ck_assert_int_eq(f.failure.exit_status, 200);
        ck_assert_int_eq(f.failure.error, EACCES);
}
END_TEST

START_TEST(the_whole_sandbox_leaves_a_program_that_runs) {
        char directory[32];

        f.exec.user = (char *)"daemon";
        f.exec.private_tmp = f.exec.private_devices = true;
        f.exec.protect_system = PROTECT_SYSTEM_STRICT;
        f.exec.protect_home = PROTECT_HOME_YES;
        f.exec.capability_bounding_set = 0;
        (void)snprintf(directory, sizeof(directory), "keel-test-exec-%d", getpid());
        f.exec.directories[DIRECTORY_RUNTIME] = (struct exec_directory){ (char *[]){ directory, NULL }, 0755 };
        f.request.invocation_id = own_invocation_id();
        fixture_script(&f, "touch /usr/x 2>&1 | grep -o Read-only; touch /tmp/x && ls /tmp; touch $RUNTIME_DIRECTORY/y "
                           "&& echo made;"
                           "id -un; grep CapBnd /proc/self/status | tr '\t' ' '");
        fixture_run(&f);
        ck_assert_msg(f.spawned.has_execed, "%d %s", f.failure.exit_status, f.failure.detail);
        ck_assert_str_eq(f.output, "Read-only\nx\nmade\ndaemon\nCapBnd: 0000000000000000\n");
        exec_runtime_destroy(&f.runtime);
        ck_assert_int_eq(plan_remove_runtime_directories(&f.unit, false), 0);
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

/* ---- cgroups, and old places ---------------------------------------------------------------------------------------------- */

static char cgroup_path[128];

static bool make_cgroup(void) {
        const char *base = inside_base();

        if (!base || !is_root())
                return false;
        (void)snprintf(cgroup_path, sizeof(cgroup_path), "%s/keel-test-exec-%d", base, getpid());
        return mkdir(cgroup_path, 0755) == 0;
}

START_TEST(the_child_is_in_its_cgroup_from_the_beginning) {
        const char *name;

        ck_assert(make_cgroup());
        name = strrchr(cgroup_path, '/');
        f.request.cgroup_fd = open(cgroup_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fixture_script(&f, "grep ^0:: /proc/self/cgroup");
        fixture_run(&f);
        ck_assert_ptr_nonnull(strstr(f.output, name));
        ck_assert_int_eq(rmdir(cgroup_path), 0);
        /* It is gone: that is told, and nothing runs elsewhere. */
        setup();
        f.request.cgroup_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fixture_script(&f, "true");
        fixture_run(&f);
        ck_assert_int_lt(f.spawn_error, 0);
}
END_TEST

/* A filter that knows nothing of clone3, as containers of some years ago have it. */
static void forget_clone3(void) {
        static struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = { ARRAY_LEN(filter), filter };

        (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
                _exit(9);
}

START_TEST(without_clone3_there_is_clone) {
        int32_t *slot = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        f.prepare_supervisor = forget_clone3;
        f.request.pid_slot = slot;
        assert_output(&f, "echo $SYSTEMD_EXEC_PID | tr -d 0-9", "\n");
        ck_assert_int_eq(*slot, f.spawned.pid);
        ck_assert(f.has_pidfd);

        setup();
        f.prepare_supervisor = forget_clone3;
        f.command.path = (char *)"/no/such/program";
        fixture_run(&f);
        ck_assert_int_eq(f.failure.exit_status, 203);

        if (!make_cgroup())
                return;
        setup();
        f.prepare_supervisor = forget_clone3;
        f.request.cgroup_fd = open(cgroup_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fixture_script(&f, "grep ^0:: /proc/self/cgroup");
        fixture_run(&f);
        ck_assert_ptr_nonnull(strstr(f.output, strrchr(cgroup_path, '/')));
        ck_assert_int_eq(rmdir(cgroup_path), 0);
}
END_TEST

START_TEST(the_supervisor_keeps_its_signals_and_memory) {
        int32_t *slot = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        ck_assert_ptr_ne(slot, MAP_FAILED);
        f.request.pid_slot = slot;
        f.prepare_supervisor = NULL;
        for (int i = 0; i < 20; i++) {
                assert_output(&f, "echo fine", "fine\n");
                ck_assert(f.has_pidfd);
        }
}
END_TEST

static void keep_many_fds(void) {
        for (int i = 0; i < 600; i++)
                (void)sys_shelve(open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (fcntl(SYS_FD_SHELF + 500, F_GETFD) < 0)
                _exit(1);
}

START_TEST(the_child_has_no_table_for_the_supervisors_many_fds) {
        int log[2];

        ck_assert_int_eq(pipe2(log, O_CLOEXEC), 0);
        f.prepare_supervisor = keep_many_fds;
        f.request.log_fd = sys_shelve(log[1]);
        ck_assert_int_ge(f.request.log_fd, SYS_FD_SHELF);
        /* A table never shrinks: its size tells what was copied into it. */
        fixture_script(&f, "while read -r key value; do [ $key != FDSize: ] || [ $value -gt 256 ] || echo small; done "
                           "</proc/$$/status");
        fixture_run(&f);
        ck_assert_int_eq(f.wait_status, 0);
        (void)close(f.request.log_fd);
        ck_assert_int_eq(read(log[0], f.output, sizeof(f.output)), 6);
        ck_assert_int_eq(memcmp(f.output, "small\n", 6), 0);
        (void)close(log[0]);
}
END_TEST

const char *credentials_dynamic_directory(void) {
        static char path[64];

        (void)snprintf(path, sizeof(path), "/tmp/keel-test-dynamic-%d", getpid());
        return path;
}

static void add(Suite *s, const char *name, const TTest **tests, size_t count) {
        TCase *c = tcase_create(name);

        tcase_add_checked_fixture(c, setup, NULL);
        tcase_set_timeout(c, 60);
        for (size_t i = 0; i < count; i++)
                tcase_add_test(c, tests[i]);
        suite_add_tcase(s, c);
}
#define ADD(s, name, ...) \
        do { \
                const TTest *tests_[] = { __VA_ARGS__ }; \
                add(s, name, tests_, ARRAY_LEN(tests_)); \
        } while (0)

int main(void) {
        Suite *s = suite_create("exec");
        SRunner *r = srunner_create(s);
        int failed;

        ADD(s, "program", a_program_gets_its_arguments_and_says_what_it_has_to_say, a_bare_name_is_found_in_the_path,
            a_missing_program_is_203_and_names_it, the_child_is_its_parents_parents_and_leads_a_session,
            the_pid_is_in_the_slot_and_in_the_environment, the_fork_path_does_the_same_and_tells_of_failures);
        ADD(s, "streams", input_is_empty_and_errors_go_where_output_goes, data_is_read_as_it_was_said,
            files_are_opened_for_writing_appending_or_anew, a_new_output_file_has_the_units_umask,
            an_output_that_cannot_be_opened_is_209, a_socket_serves_as_all_three_streams,
            fds_are_passed_from_3_on_in_order_and_nothing_else_is, a_named_fd_can_be_a_stream);
        ADD(s, "resources", the_working_directory_is_the_root_unless_said,
            limits_are_set_and_the_impossible_is_brought_near, the_tracking_mark_is_a_hard_limit_that_the_child_has,
            the_supervisors_own_raised_limit_of_files_is_not_passed_on, niceness_scores_schedulers_and_slack_are_set,
            what_is_not_allowed_here_is_recorded_and_the_program_runs, signals_are_back_at_their_defaults);
        ADD(s, "terminals", a_terminal_becomes_the_controlling_one_of_the_process,
            a_terminal_of_somebody_else_is_refused_taken_or_waited_for, only_start_commands_read_from_the_terminal);
        ADD(s, "clone", without_clone3_there_is_clone, the_supervisor_keeps_its_signals_and_memory,
            the_child_has_no_table_for_the_supervisors_many_fds);
        if (can_run_inside())
                ADD(s, "cgroup", the_child_is_in_its_cgroup_from_the_beginning);
        else
                puts("SKIP: no cgroup2 that this user may write to");
        ADD(s, "failures", an_unknown_user_is_217_and_an_unknown_group_216);
        if (is_root())
                ADD(s, "rights", the_user_is_somebody_else_with_their_groups_and_variables,
                    a_prefix_keeps_the_user_away, the_bounding_set_bounds_root,
                    ambient_capabilities_survive_the_change_of_the_user, secure_bits_are_set_for_another_user_too,
                    the_filter_is_loaded_with_and_without_no_new_privs,
                    a_dynamic_user_is_out_of_the_range_and_the_same_again,
                    a_user_that_may_not_enter_the_directory_is_told_so, the_whole_sandbox_leaves_a_program_that_runs);
        else
                puts("SKIP: rights: not root");
        srunner_run_all(r, CK_ENV);
        failed = srunner_ntests_failed(r);
        srunner_free(r);
        return failed != 0;
}
