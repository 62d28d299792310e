/* SPDX-License-Identifier: MIT */
#include "init/ledger.h"

#include <check.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct wire_exit ring[LEDGER_ROOM] __attribute__((aligned(4096)));
static struct ledger ledger;

static void set_up(void) {
        (void)madvise(ring, sizeof(ring), MADV_DONTNEED);
        ledger_init(&ledger, ring);
}

static void add(unsigned how_many) {
        for (unsigned i = 0; i < how_many; i++)
                ledger_add(&ledger, (pid_t)(ledger.next_sequence % 30000 + 2), (int)(ledger.next_sequence & 0xff00), 5);
}

/* Takes the next batch as a supervisor would see it: every exit must be the one of its number. */
static unsigned take(uint64_t *last) {
        struct iovec pieces[2];
        unsigned n = ledger_unsent(&ledger, pieces), seen = 0;

        for (int p = 0; p < 2; p++)
                for (size_t i = 0; i < pieces[p].iov_len / sizeof(struct wire_exit); i++, seen++) {
                        const struct wire_exit *e = (struct wire_exit *)pieces[p].iov_base + i;

                        ck_assert_uint_gt(e->sequence, *last);
                        ck_assert_int_eq(e->pid, (pid_t)(e->sequence % 30000 + 2));
                        ck_assert_int_eq(e->status, (int)(e->sequence & 0xff00));
                        *last = e->sequence;
                }
        ck_assert_uint_eq(seen, n);
        ck_assert_uint_le(n, WIRE_ENDED_BATCH);
        ledger_mark_sent(&ledger, n);
        return n;
}

static unsigned resident_pages(void) {
        static unsigned char pages[sizeof(ring) / 4096];
        unsigned n = 0;

        ck_assert_int_eq(mincore(ring, sizeof(ring), pages), 0);
        for (size_t i = 0; i < sizeof(pages); i++)
                n += pages[i] & 1;
        return n;
}

START_TEST(it_keeps_an_exit_until_it_is_acknowledged) {
        uint64_t last = 0;

        add(3);
        ck_assert_uint_eq(take(&last), 3);
        ck_assert_uint_eq(take(&last), 0);
        ledger_rewind(&ledger);
        last = 0;
        ck_assert_uint_eq(take(&last), 3);
        ledger_acknowledge(&ledger, 2);
        ledger_rewind(&ledger);
        last = 0;
        ck_assert_uint_eq(take(&last), 1);
        ck_assert_uint_eq(last, 3);
        ledger_acknowledge(&ledger, 3);
        ledger_rewind(&ledger);
        ck_assert_uint_eq(take(&last), 0);
}
END_TEST

START_TEST(acknowledging_what_is_not_there_changes_nothing) {
        uint64_t last = 0;

        add(2);
        ledger_acknowledge(&ledger, 0);
        ck_assert_uint_eq(ledger.count, 2);
        ledger_acknowledge(&ledger, UINT64_MAX);
        ck_assert_uint_eq(ledger.count, 0);
        add(1);
        ck_assert_uint_eq(take(&last), 1);
        ck_assert_uint_eq(last, 3);
}
END_TEST

START_TEST(what_there_is_no_room_for_is_counted_and_leaves_a_gap) {
        uint64_t last = 0;
        unsigned told = 0, n;

        add(LEDGER_ROOM + 10);
        ck_assert_uint_eq(ledger.dropped, 10);
        while ((n = take(&last)))
                told += n;
        ck_assert_uint_eq(told, LEDGER_ROOM);
        ck_assert_uint_eq(last, LEDGER_ROOM);
        ledger_acknowledge(&ledger, 5);
        add(1);
        ck_assert_uint_eq(take(&last), 1);
        ck_assert_uint_eq(last, LEDGER_ROOM + 11);
}
END_TEST

START_TEST(it_goes_round_the_ring_for_ever) {
        uint64_t last = 0;

        add(1000); /* never quite empty */
        for (int i = 0; i < 300; i++) {
                add(997);
                for (int b = 0; b < 8; b++)
                        (void)take(&last);
                ledger_acknowledge(&ledger, last > 1500 ? last - 1500 : 0);
        }
        while (take(&last))
                ;
        ck_assert_uint_eq(last, ledger.next_sequence - 1);
        ck_assert_uint_eq(ledger.dropped, 0);
        ck_assert_uint_le(resident_pages(), 2 * 12 + 12);
}
END_TEST

START_TEST(it_goes_round_when_nearly_full) {
        uint64_t last = 0, acknowledged = 0;

        add(LEDGER_ROOM - 7);
        for (int i = 0; i < 3000; i++) {
                acknowledged += 61;
                ledger_acknowledge(&ledger, acknowledged);
                add(61);
        }
        ledger_rewind(&ledger);
        last = acknowledged;
        while (take(&last))
                ;
        ck_assert_uint_eq(last, ledger.next_sequence - 1);
        ck_assert_uint_eq(ledger.dropped, 0);
}
END_TEST

START_TEST(memory_is_given_back_after_a_burst) {
        uint64_t last = 0;

        add(40000);
        ck_assert_uint_ge(resident_pages(), 40000 * sizeof(struct wire_exit) / 4096);
        while (take(&last))
                ;
        ledger_acknowledge(&ledger, last);
        ck_assert_uint_le(resident_pages(), 1);
        add(1);
        ck_assert_uint_eq(take(&last), 1);
        ck_assert_uint_eq(last, 40001);
}
END_TEST

START_TEST(quiet_times_stay_on_one_page) {
        uint64_t last = 0;

        for (int i = 0; i < 100000; i++) {
                add(1);
                (void)take(&last);
                ledger_acknowledge(&ledger, last);
        }
        ck_assert_uint_le(resident_pages(), 1);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("ledger");
        TCase *all = tcase_create("all");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(all, set_up, NULL);
        tcase_add_test(all, it_keeps_an_exit_until_it_is_acknowledged);
        tcase_add_test(all, acknowledging_what_is_not_there_changes_nothing);
        tcase_add_test(all, what_there_is_no_room_for_is_counted_and_leaves_a_gap);
        tcase_add_test(all, it_goes_round_the_ring_for_ever);
        tcase_add_test(all, it_goes_round_when_nearly_full);
        tcase_add_test(all, memory_is_given_back_after_a_burst);
        tcase_add_test(all, quiet_times_stay_on_one_page);
        suite_add_tcase(suite, all);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
