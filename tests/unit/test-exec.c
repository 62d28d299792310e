/* SPDX-License-Identifier: MIT */
/* Real children, looked at from inside by a shell and from outside in /proc. */
#include "cgroup-inside.h"
#include "exec-suite.h"

#include "base/sys.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

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

        set_up_fixture();
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

        set_up_fixture();
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

        set_up_fixture();
        f.exec.output = OUTPUT_APPEND;
        f.exec.error = OUTPUT_INHERIT;
        f.exec.output_path = path;
        assert_output(&f, "printf cd; printf ef >&2", "");
        (void)memset(content, 0, sizeof(content));
        ck_assert_int_eq(pread(fd, content, sizeof(content), 0), 14);
        ck_assert_str_eq(content, "ab23456789cdef");

        set_up_fixture();
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
        set_up_fixture();
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

        set_up_fixture();
        f.prepare_supervisor = forget_clone3;
        f.command.path = (char *)"/no/such/program";
        fixture_run(&f);
        ck_assert_int_eq(f.failure.exit_status, 203);

        if (!make_cgroup())
                return;
        set_up_fixture();
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

static void open_what_stays(void) {
        sys_hold_low_fds();
        for (int i = 0; i < 100; i++)
                (void)open("/dev/null", O_RDONLY | O_CLOEXEC);
        sys_release_low_fds();
}

START_TEST(what_the_supervisor_has_open_is_above_what_the_child_needs) {
        int log[2];

        ck_assert_int_eq(pipe2(log, O_CLOEXEC), 0);
        f.prepare_supervisor = open_what_stays;
        f.request.log_fd = sys_shelve(log[1]);
        fixture_script(&f, "while read -r key value; do [ $key != FDSize: ] || [ $value -gt 64 ] || echo small; done "
                           "</proc/$$/status");
        fixture_run(&f);
        ck_assert_int_eq(f.wait_status, 0);
        (void)close(f.request.log_fd);
        ck_assert_int_eq(read(log[0], f.output, sizeof(f.output)), 6);
        ck_assert_int_eq(memcmp(f.output, "small\n", 6), 0);
        (void)close(log[0]);
}
END_TEST

int main(void) {
        Suite *s = suite_create("exec");

        ADD(s, "program", a_program_gets_its_arguments_and_says_what_it_has_to_say, a_bare_name_is_found_in_the_path,
            a_missing_program_is_203_and_names_it, the_child_is_its_parents_parents_and_leads_a_session,
            the_pid_is_in_the_slot_and_in_the_environment, the_fork_path_does_the_same_and_tells_of_failures);
        ADD(s, "streams", input_is_empty_and_errors_go_where_output_goes, data_is_read_as_it_was_said,
            files_are_opened_for_writing_appending_or_anew, a_new_output_file_has_the_units_umask,
            an_output_that_cannot_be_opened_is_209, a_socket_serves_as_all_three_streams,
            fds_are_passed_from_3_on_in_order_and_nothing_else_is, a_named_fd_can_be_a_stream);
        ADD(s, "clone", without_clone3_there_is_clone, the_supervisor_keeps_its_signals_and_memory,
            the_child_has_no_table_for_the_supervisors_many_fds,
            what_the_supervisor_has_open_is_above_what_the_child_needs);
        if (can_run_inside())
                ADD(s, "cgroup", the_child_is_in_its_cgroup_from_the_beginning);
        else
                puts("SKIP: no cgroup2 that this user may write to");
        return run_suite(s);
}
