/* SPDX-License-Identifier: MIT */
/* Marks are tried on real processes, as root and as nobody; cgroups in namespaces of their own (see cgroup-inside.h). */
#include "base/sys.h"
#include "process/tracker.h"

#include "cgroup-inside.h"

#include <grp.h>
#include <sys/prctl.h>

int unit_set_outcome(struct unit *u UNUSED, const char *key UNUSED, enum outcome outcome UNUSED,
                     const char *why UNUSED) {
        return 0;
}

static struct cgroup_root no_root = { .fd = -1, .why = (char *)"because" };
static struct unit unit = { .name = (char *)"a.service", .type = UNIT_SERVICE };

/* ---- the arithmetic of marks ---------------------------------------------------------------------------------------- */

START_TEST(marks_nest_three_deep) {
        for (int i = 0; i < 1000; i++) {
                uint64_t outer = tracker_draw_mark(RLIM_INFINITY), middle = tracker_draw_mark(outer),
                         inner = tracker_draw_mark(middle);

                ck_assert_uint_eq(outer & 0xffffffff, 0xffffffff);
                ck_assert_uint_gt(outer, UINT32_MAX);
                ck_assert_uint_lt(outer, INT64_MAX);
                ck_assert_uint_eq(middle >> 32, outer >> 32);
                ck_assert_uint_lt(middle, outer);
                ck_assert_uint_eq(inner >> 16, middle >> 16);
                ck_assert_uint_lt(inner, middle);
                ck_assert_uint_ne(inner, 0);
        }
}
END_TEST

START_TEST(a_limit_of_somebody_elses_leaves_one_level) {
        for (uint64_t limit = 3; limit < 2000; limit++) {
                uint64_t mark = tracker_draw_mark(limit);

                ck_assert_uint_gt(mark, 0);
                ck_assert_uint_lt(mark, limit);
        }
        ck_assert_uint_eq(tracker_draw_mark(0), 0);
        ck_assert_uint_eq(tracker_draw_mark(2), 0);
}
END_TEST

/* ---- real processes by mark ----------------------------------------------------------------------------------------- */

static struct tracker tracker;

static void open_by_mark(void) {
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* what the bodies leave behind comes to us */
        tracker_init(&tracker);
        ck_assert_int_eq(tracker_open(&tracker, &no_root, &unit, "x", false), 0);
        ck_assert_int_eq(tracker.cgroup_fd, -1);
        ck_assert_uint_gt(tracker.mark, 0);
}

static void reap_all(void) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
                ;
}

static void end_all(void) {
        (void)tracker_signal(&tracker, SIGKILL, NULL, 0);
        reap_all();
        tracker_close(&tracker);
}

/* Forks a process of the unit that runs this body; comes back when the body has written to its fd or ended. */
static pid_t start_marked(void (*body)(int ready_fd)) {
        struct rlimit limit = { tracker.mark, tracker.mark };
        int gate[2];
        char byte;
        pid_t pid;

        ck_assert_int_eq(pipe(gate), 0);
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                close(gate[0]);
                (void)signal(SIGTERM, SIG_DFL); /* Check catches it */
                if (setrlimit(RLIMIT_LOCKS, &limit) == 0)
                        body(gate[1]);
                _exit(1);
        }
        close(gate[1]);
        ck_assert_int_ge(read(gate[0], &byte, 1), 0);
        close(gate[0]);
        return pid;
}

static _Noreturn void sleep_ready(int fd) {
        (void)!write(fd, "", 1);
        for (;;)
                (void)pause();
}

static void be_plain(int fd) {
        sleep_ready(fd);
}

/* Daemon-fashion: double fork, a session of its own, another user, then another program. */
static void be_daemon(int fd) {
        if (fork() > 0)
                _exit(0);
        if (setsid() < 0)
                _exit(1);
        if (fork() > 0)
                _exit(0);
        if (geteuid() == 0 &&
            (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0))
                _exit(1);
        (void)dup2(fd, 1);
        (void)execl("/bin/sh", "sh", "-c", "echo; exec sleep 1000", (char *)NULL);
        _exit(1);
}

static void be_zombie(int fd UNUSED) {
        _exit(0);
}

static size_t count_pids(void) {
        owned_mem pid_t *pids = NULL;
        size_t count = 0;

        ck_assert_int_eq(tracker_pids(&tracker, &pids, &count), 0);
        return count;
}

/* The parents of a daemon may take a moment to end. */
static void wait_for_count(size_t wanted) {
        for (int i = 0; i < 500 && count_pids() != wanted; i++)
                (void)poll(NULL, 0, 10);
        ck_assert_uint_eq(count_pids(), wanted);
}

static void wait_until_gone(void) {
        int left = 1;

        for (int i = 0; i < 1000 && left != 0; i++) {
                left = tracker_is_populated(&tracker);
                if (left)
                        (void)poll(NULL, 0, 10);
        }
        ck_assert_int_eq(left, 0);
}

START_TEST(the_mark_goes_through_fork_setsid_setuid_and_exec) {
        (void)start_marked(be_daemon);
        (void)start_marked(be_plain);
        wait_for_count(2);
        ck_assert_int_eq(tracker_is_populated(&tracker), 1);
        ck_assert_int_eq(tracker_signal(&tracker, SIGTERM, NULL, 0), 2);
        wait_until_gone();
}
END_TEST

START_TEST(zombies_do_not_count) {
        pid_t pid = start_marked(be_zombie);

        (void)waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
        ck_assert_uint_eq(count_pids(), 0);
        ck_assert_int_eq(tracker_is_populated(&tracker), 0);
        ck_assert_int_eq(tracker_has_pid(&tracker, &no_root, pid), 1);
        reap_all();
        ck_assert_int_eq(tracker_has_pid(&tracker, &no_root, pid), -ESRCH);
}
END_TEST

START_TEST(others_are_not_ours) {
        struct tracker other;

        tracker_init(&other);
        ck_assert_int_eq(tracker_open(&other, &no_root, &unit, "x", false), 0);
        (void)start_marked(be_plain);
        ck_assert_int_eq(tracker_is_populated(&other), 0);
        ck_assert_int_eq(tracker_has_pid(&other, &no_root, getpid()), 0);
        ck_assert_int_eq(tracker_has_pid(&tracker, &no_root, getpid()), 0);
        ck_assert_int_eq(tracker_signal(&other, SIGKILL, NULL, 0), 0);
        ck_assert_int_eq(tracker_remove(&other, &no_root), 0);
        ck_assert_int_eq(tracker_remove(&tracker, &no_root), -EBUSY);
        tracker_close(&other);
}
END_TEST

START_TEST(excepted_pids_are_left_alone) {
        pid_t one = start_marked(be_plain), two = start_marked(be_plain);

        ck_assert_int_eq(tracker_signal(&tracker, SIGKILL, &one, 1), 1);
        ck_assert_int_eq(waitpid(two, NULL, 0), two);
        ck_assert_uint_eq(count_pids(), 1);
        ck_assert_int_eq(tracker_has_pid(&tracker, &no_root, one), 1);
}
END_TEST

START_TEST(an_adopted_tracker_keeps_its_mark) {
        uint64_t mark = tracker.mark;
        struct tracker next;

        (void)start_marked(be_plain);
        tracker_init(&next);
        next.mark = mark;
        ck_assert_int_eq(tracker_open(&next, &no_root, &unit, "x", true), 0);
        ck_assert_uint_eq(next.mark, mark);
        ck_assert_int_eq(tracker_is_populated(&next), 1);
        tracker_close(&next);
}
END_TEST

static void be_nested(int fd) {
        struct rlimit own, limit;

        if (getrlimit(RLIMIT_LOCKS, &own) < 0)
                _exit(1);
        limit.rlim_cur = limit.rlim_max = tracker_draw_mark(own.rlim_max);
        if (setrlimit(RLIMIT_LOCKS, &limit) < 0)
                _exit(1);
        sleep_ready(fd);
}

START_TEST(what_a_nested_keel_marks_stays_ours) {
        pid_t pid = start_marked(be_nested);

        ck_assert_int_eq(tracker_has_pid(&tracker, &no_root, pid), 1);
        ck_assert_int_eq(tracker_signal(&tracker, SIGKILL, NULL, 0), 1);
        wait_until_gone();
}
END_TEST

/* Never the same pid for longer than a moment: forks and exits all the time. */
static void be_hopping(int fd) {
        for (int i = 0; i < 4; i++)
                if (fork() == 0)
                        for (unsigned long hops = 0; hops < 400000; hops++) {
                                if (hops == 10)
                                        (void)!write(fd, "", 1);
                                if (fork() != 0)
                                        _exit(0);
                        }
        _exit(0);
}

START_TEST(what_forks_all_the_time_is_ended_too) {
        (void)start_marked(be_hopping);
        for (int i = 0; i < 20 && tracker_is_populated(&tracker) != 0; i++)
                ck_assert_int_ge(tracker_signal(&tracker, SIGKILL, NULL, 0), 0);
        reap_all();
        ck_assert_uint_eq(count_pids(), 0);
}
END_TEST

/* The whole again without privileges. */
static void drop_privileges(void) {
        if (geteuid() == 0) {
                ck_assert_int_eq(setgroups(0, NULL), 0);
                ck_assert_int_eq(setresgid(65534, 65534, 65534), 0);
                ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
        }
        open_by_mark();
}

/* ---- by cgroup ------------------------------------------------------------------------------------------------------ */

static void inside_cgroup(void) {
        struct cgroup_root root;
        pid_t self = getpid(), one, two;

        ck_assert_int_eq(cgroup_root_open(&root, &self, 1), 0);
        tracker_init(&tracker);
        ck_assert_int_eq(tracker_open(&tracker, &root, &unit, "system.slice/a.service", false), 0);
        ck_assert_uint_eq(tracker.mark, 0);
        ck_assert_int_eq(tracker_is_populated(&tracker), 0);
        ck_assert_int_eq(tracker_signal(&tracker, SIGKILL, NULL, 0), 0);
        tracker_keep_events(&tracker);
        ck_assert_int_ge(tracker.events_fd, SYS_FD_SHELF);
        ck_assert_int_eq(tracker_is_populated(&tracker), 0);
        one = start_sleeper(tracker.cgroup_fd);
        two = start_sleeper(tracker.cgroup_fd);
        ck_assert_int_eq(tracker_is_populated(&tracker), 1);
        ck_assert_int_eq(tracker_has_pid(&tracker, &root, one), 1);
        ck_assert_int_eq(tracker_has_pid(&tracker, &root, self), 0);
        ck_assert_int_eq(tracker_signal(&tracker, SIGKILL, &one, 1), 1);
        ck_assert_int_eq(waitpid(two, NULL, 0), two);
        ck_assert_uint_eq(count_pids(), 1);
        ck_assert_int_eq(tracker_remove(&tracker, &root), -EBUSY);
        ck_assert_int_eq(tracker_signal(&tracker, SIGTERM, NULL, 0), 1);
        wait_until_empty(tracker.cgroup_fd);
        ck_assert_int_eq(tracker_remove(&tracker, &root), 0);
        ck_assert_int_eq(tracker_is_populated(&tracker), 0);
        tracker_close(&tracker);
        ck_assert_int_eq(tracker.events_fd, -1);
        cgroup_root_close(&root);
}

static void inside_bomb(void) {
        struct cgroup_root root;
        pid_t self = getpid(), except = 1 << 20;
        int go[2];

        ck_assert_int_eq(cgroup_root_open(&root, &self, 1), 0);
        tracker_init(&tracker);
        ck_assert_int_eq(tracker_open(&tracker, &root, &unit, "b.service", false), 0);
        ck_assert_int_eq(pipe(go), 0);
        if (fork() == 0) {
                int fd = openat(tracker.cgroup_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);

                if (write(fd, "0", 1) == 1)
                        be_hopping(go[1]);
                _exit(1);
        }
        ck_assert_int_eq(read(go[0], &(char){ 0 }, 1), 1);
        ck_assert_int_ge(tracker_signal(&tracker, SIGKILL, &except, 1), 1);
        wait_until_empty(tracker.cgroup_fd);
        tracker_close(&tracker);
        cgroup_root_close(&root);
}

START_TEST(a_cgroup_tracks_signals_and_goes) {
        run_inside(inside_cgroup);
}
END_TEST

START_TEST(a_frozen_bomb_is_ended_in_one_go) {
        run_inside(inside_bomb);
}
END_TEST

static void add_mark_tests(Suite *suite, const char *name, SFun setup) {
        TCase *c = tcase_create(name);

        suite_add_tcase(suite, c);
        tcase_add_checked_fixture(c, setup, end_all);
        tcase_set_timeout(c, 60);
        tcase_add_test(c, the_mark_goes_through_fork_setsid_setuid_and_exec);
        tcase_add_test(c, zombies_do_not_count);
        tcase_add_test(c, others_are_not_ours);
        tcase_add_test(c, excepted_pids_are_left_alone);
        tcase_add_test(c, an_adopted_tracker_keeps_its_mark);
        tcase_add_test(c, what_a_nested_keel_marks_stays_ours);
        tcase_add_test(c, what_forks_all_the_time_is_ended_too);
}

int main(void) {
        Suite *suite = suite_create("tracker");
        TCase *numbers = tcase_create("numbers"), *tree = tcase_create("cgroup");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, numbers);
        tcase_add_test(numbers, marks_nest_three_deep);
        tcase_add_test(numbers, a_limit_of_somebody_elses_leaves_one_level);
        add_mark_tests(suite, "marks", open_by_mark);
        add_mark_tests(suite, "marks, unprivileged", drop_privileges);
        suite_add_tcase(suite, tree);
        if (can_run_inside()) {
                tcase_add_test(tree, a_cgroup_tracks_signals_and_goes);
                tcase_add_test(tree, a_frozen_bomb_is_ended_in_one_go);
        } else
                puts("SKIP: no cgroup2 that this user may write to");
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
