/* SPDX-License-Identifier: MIT */
#include "init/reap.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static struct wire_exit ring[LEDGER_ROOM] __attribute__((aligned(4096)));
static pid_t next_pid;
static unsigned how_many;

/* One process after the other has ended, each a moment after the one before. */
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage) {
        struct timespec moment = { .tv_nsec = 1000000 };

        (void)pid, (void)options, (void)usage;
        if (how_many == 0) {
                errno = ECHILD;
                return -1;
        }
        how_many--;
        (void)nanosleep(&moment, NULL);
        *status = 7 << 8;
        return next_pid++;
}

static struct state state;

static void set_up(void) {
        state = (struct state){ 0 };
        ledger_init(&state.ledger, ring);
        next_pid = 100;
}

START_TEST(each_exit_has_its_number_its_status_and_its_own_time) {
        struct iovec pieces[2];
        const struct wire_exit *e;

        how_many = 3;
        reap(&state);
        ck_assert_uint_eq(ledger_unsent(&state.ledger, pieces), 3);
        e = pieces[0].iov_base;
        for (unsigned i = 0; i < 3; i++) {
                ck_assert_uint_eq(e[i].sequence, i + 1);
                ck_assert_int_eq(e[i].pid, 100 + (pid_t)i);
                ck_assert_int_eq(e[i].status, 7 << 8);
                if (i > 0)
                        ck_assert_uint_ge(e[i].reaped_us, e[i - 1].reaped_us + 1000);
        }
        ck_assert(state.no_children);
        ck_assert(!state.more_zombies);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("reap");
        TCase *c = tcase_create("reap");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(c, set_up, NULL);
        tcase_add_test(c, each_exit_has_its_number_its_status_and_its_own_time);
        suite_add_tcase(suite, c);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
