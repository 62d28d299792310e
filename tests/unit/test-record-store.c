/* SPDX-License-Identifier: MIT */
#include "record-fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int write_filled(struct record_place *p, char with, size_t length) {
        static char data[RECORD_SIZE_MAX + 1];

        memset(data, with, length);
        return record_store_write(&store, p, RECORD_OF_UNIT, data, length);
}

static void assert_only(const char *text) {
        struct record_found found = { 0 };
        unsigned damaged = 0;

        ck_assert_uint_eq(read_all(&found, &damaged), 1);
        ck_assert_uint_eq(damaged, 0);
        ck_assert_uint_eq(found.length, strlen(text));
        ck_assert_mem_eq(found.data, text, strlen(text));
}

static unsigned char *find_in_memory(const char *text) {
        return memmem(store.memory, 1u << 20, text, strlen(text));
}

/* ---- writing and reading --------------------------------------------------------------------------------------------- */

START_TEST(what_is_written_is_read_by_the_next) {
        struct record_place unit = { 0 }, manager = { 0 };
        struct record_found found;
        unsigned damaged = 0;
        uint32_t at = 0;

        ck_assert_int_eq(write_text(&unit, "the unit"), 0);
        ck_assert_int_eq(record_store_write(&store, &manager, RECORD_OF_MANAGER, "the manager", 11), 0);
        *record_store_pid_slot(&store, &unit) = 4711;
        ck_assert_int_eq(open_again(), 1);
        ck_assert_int_eq(record_store_next(&store, &at, &found, &damaged), 1);
        ck_assert_int_eq(found.owner, RECORD_OF_UNIT);
        ck_assert_uint_eq(found.length, 8);
        ck_assert_mem_eq(found.data, "the unit", 8);
        ck_assert_int_eq(found.spawned_pid, 4711);
        ck_assert_int_eq(record_store_next(&store, &at, &found, &damaged), 1);
        ck_assert_int_eq(found.owner, RECORD_OF_MANAGER);
        ck_assert_mem_eq(found.data, "the manager", 11);
        ck_assert_int_eq(found.spawned_pid, 0);
        ck_assert_int_eq(record_store_next(&store, &at, &found, &damaged), 0);
        ck_assert_uint_eq(damaged, 0);
}
END_TEST

START_TEST(the_newest_is_read) {
        struct record_place p = { 0 };
        char text[32];

        for (int i = 0; i < 100; i++) {
                (void)snprintf(text, sizeof(text), "number %d", i);
                ck_assert_int_eq(write_text(&p, text), 0);
                ck_assert_int_eq(open_again(), 1);
                assert_only(text);
        }
}
END_TEST

START_TEST(records_of_every_size_are_read_back) {
        static unsigned char wanted[RECORD_SIZE_MAX];
        struct record_place p = { 0 };
        struct record_found found = { 0 };

        for (size_t length = 0; length <= RECORD_SIZE_MAX; length += length < 300 ? 1 : 61) {
                ck_assert_int_eq(write_filled(&p, (char)('a' + length % 26), length), 0);
                ck_assert_uint_eq(read_all(&found, NULL), 1);
                ck_assert_uint_eq(found.length, length);
                memset(wanted, (int)('a' + length % 26), length);
                ck_assert_int_eq(memcmp(found.data, wanted, length), 0);
        }
        ck_assert_int_eq(write_filled(&p, 'm', RECORD_SIZE_MAX), 0);
        ck_assert_int_eq(write_filled(&p, 'x', RECORD_SIZE_MAX + 1), -E2BIG);
        ck_assert_uint_eq(read_all(&found, NULL), 1);
        ck_assert_int_eq(found.data[0], 'm');
}
END_TEST

START_TEST(a_record_that_grows_takes_its_pid_along) {
        struct record_place p = { 0 };
        struct record_found found;

        ck_assert_int_eq(write_filled(&p, 'a', 10), 0);
        *record_store_pid_slot(&store, &p) = 77;
        ck_assert_int_eq(write_filled(&p, 'b', 2000), 0);
        ck_assert_int_eq(*record_store_pid_slot(&store, &p), 77);
        ck_assert_uint_eq(read_all(&found, NULL), 1);
        ck_assert_int_eq(found.spawned_pid, 77);
        ck_assert_uint_eq(found.sequence, 2);
}
END_TEST

/* What a service's record comes to at its first start, and at a restart. */
START_TEST(a_service_keeps_its_place_through_its_life) {
        struct record_place p = { 0 }, begin;

        ck_assert_int_eq(write_filled(&p, 'a', 40), 0);
        begin = p;
        ck_assert_int_eq(write_filled(&p, 'b', 210), 0);
        ck_assert_int_eq(write_filled(&p, 'c', 160), 0);
        ck_assert_uint_eq(p.at, begin.at);
        ck_assert_uint_le(p.units * 128, 512);
        ck_assert_int_eq(write_filled(&p, 'd', 250), 0);
        ck_assert_uint_le(p.units * 128, 640);
}
END_TEST

START_TEST(a_new_place_has_no_pid_of_its_predecessor) {
        struct record_place p = { 0 };

        ck_assert_ptr_null(record_store_pid_slot(&store, &p));
        ck_assert_int_eq(write_text(&p, "one"), 0);
        *record_store_pid_slot(&store, &p) = 77;
        record_store_free(&store, &p);
        ck_assert_int_eq(write_text(&p, "two"), 0);
        ck_assert_int_eq(*record_store_pid_slot(&store, &p), 0);
}
END_TEST

/* ---- places ---------------------------------------------------------------------------------------------------------- */

START_TEST(freed_places_are_given_out_again) {
        struct record_place p[50] = { 0 };
        uint32_t used;

        for (size_t i = 0; i < ARRAY_LEN(p); i++)
                ck_assert_int_eq(write_text(&p[i], "something"), 0);
        used = store.used;
        for (int round = 0; round < 10; round++) {
                for (size_t i = 0; i < ARRAY_LEN(p); i += 2)
                        record_store_free(&store, &p[i]);
                if (round % 2)
                        ck_assert_int_eq(open_again(), 1);
                for (size_t i = 0; i < ARRAY_LEN(p); i += 2)
                        ck_assert_int_eq(write_text(&p[i], "something else"), 0);
                ck_assert_uint_eq(store.used, used);
        }
}
END_TEST

/* The manager walks twice: for its own record, then for those of the units. */
START_TEST(walking_twice_gives_no_place_out_twice) {
        struct record_place p[4] = { 0 }, late[4] = { 0 };
        struct record_found found;
        char text[16];

        for (size_t i = 0; i < ARRAY_LEN(p); i++)
                ck_assert_int_eq(write_text(&p[i], "early"), 0);
        record_store_free(&store, &p[1]);
        record_store_free(&store, &p[2]);
        ck_assert_int_eq(open_again(), 1);
        for (int i = 0; i < 3; i++)
                ck_assert_uint_eq(read_all(&found, NULL), 2);
        for (size_t i = 0; i < ARRAY_LEN(late); i++) {
                (void)snprintf(text, sizeof(text), "late %zu", i);
                ck_assert_int_eq(write_text(&late[i], text), 0);
        }
        ck_assert_uint_eq(read_all(&found, NULL), 6);
        for (size_t i = 0; i < ARRAY_LEN(late); i++)
                for (size_t k = 0; k < i; k++)
                        ck_assert_uint_ne(late[i].at, late[k].at);
}
END_TEST

START_TEST(a_full_store_refuses_and_keeps_what_it_has) {
        struct record_place first = { 0 }, last = { 0 }, none = { 0 };
        struct record_found found;
        int r;

        ck_assert_int_eq(write_text(&first, "kept"), 0);
        while ((r = write_filled(&last, 'x', RECORD_SIZE_MAX)) == 0)
                last = (struct record_place){ 0 };
        ck_assert_int_eq(r, -ENOSPC);
        ck_assert_uint_eq(last.units, 0);
        ck_assert_int_eq(write_filled(&first, 'y', RECORD_SIZE_MAX), -ENOSPC);
        ck_assert_int_eq(write_filled(&none, 'y', RECORD_SIZE_MAX), -ENOSPC);
        ck_assert_int_eq(open_again(), 1);
        uint32_t at = 0;
        unsigned damaged = 0;
        ck_assert_int_eq(record_store_next(&store, &at, &found, &damaged), 1);
        ck_assert_uint_eq(found.length, 4);
        ck_assert_mem_eq(found.data, "kept", 4);
        ck_assert_int_eq(write_text(&first, "and goes on"), 0); /* in its own place there is room */
}
END_TEST

START_TEST(a_cleared_store_is_empty_and_can_be_used) {
        struct record_place p = { 0 };
        struct record_found found;
        uint32_t before;

        ck_assert_int_eq(write_text(&p, "one"), 0);
        before = p.at;
        record_store_put_end(&store, &(struct record_end){ .id = 3 });
        record_store_free(&store, &p);
        record_store_clear(&store);
        ck_assert_uint_eq(read_all(&found, NULL), 0);
        p = (struct record_place){ 0 };
        ck_assert_int_eq(write_text(&p, "two"), 0);
        ck_assert_uint_eq(p.at, before);
        ck_assert_int_eq(open_again(), 1);
        assert_only("two");
}
END_TEST

START_TEST(a_place_of_another_store_is_none) {
        struct record_place p = { 0 }, before = { 0 };
        struct record_store old;
        int fd = -1;

        ck_assert_int_eq(write_filled(&before, 'x', 1000), 0);
        ck_assert_int_eq(write_text(&p, "of the old store"), 0);
        before = p;
        old = store;
        ck_assert_int_eq(record_store_open(&store, &fd), 0);
        ck_assert_ptr_null(record_store_pid_slot(&store, &p));
        record_store_free(&store, &before);
        ck_assert_int_eq(write_text(&p, "of the new one"), 0);
        ck_assert_int_eq(open_again(), 1);
        assert_only("of the new one");
        record_store_close(&old);
}
END_TEST

START_TEST(a_closed_store_refuses) {
        struct record_place p = { 0 };
        struct record_found found;
        unsigned damaged = 0;
        uint32_t at = 0;

        record_store_close(&store);
        ck_assert_int_eq(write_text(&p, "x"), -ENOTCONN);
        ck_assert_ptr_null(record_store_pid_slot(&store, &p));
        ck_assert_int_eq(record_store_next(&store, &at, &found, &damaged), 0);
        record_store_put_end(&store, &(struct record_end){ .id = 1 });
        record_store_free(&store, &p);
        record_store_close(&store);
}
END_TEST

/* ---- what cannot be read --------------------------------------------------------------------------------------------- */

START_TEST(a_damaged_slot_falls_back_to_the_other) {
        struct record_place p = { 0 };

        ck_assert_int_eq(write_text(&p, "the older"), 0);
        ck_assert_int_eq(write_text(&p, "the newer"), 0);
        *find_in_memory("the newer") ^= 1;
        ck_assert_int_eq(open_again(), 1);
        assert_only("the older");
        /* The next write goes over the damaged one. */
        struct record_found found;
        ck_assert_uint_eq(read_all(&found, NULL), 1);
        ck_assert_int_eq(write_text(&found.place, "the third"), 0);
        ck_assert_ptr_nonnull(find_in_memory("the older"));
        assert_only("the third");
}
END_TEST

START_TEST(a_place_with_two_damaged_slots_is_counted_and_given_up) {
        struct record_place p = { 0 }, other = { 0 }, third = { 0 };
        struct record_found found;
        unsigned damaged = 0;

        ck_assert_int_eq(write_text(&p, "the older"), 0);
        ck_assert_int_eq(write_text(&p, "the newer"), 0);
        ck_assert_int_eq(write_text(&other, "beside it"), 0);
        *find_in_memory("the older") ^= 1;
        *find_in_memory("the newer") ^= 1;
        ck_assert_int_eq(open_again(), 1);
        for (unsigned i = 1; i <= 2; i++) { /* every walk tells of it */
                ck_assert_uint_eq(read_all(&found, &damaged), 1);
                ck_assert_uint_eq(damaged, i);
                ck_assert_mem_eq(found.data, "beside it", 9);
        }
        ck_assert_int_eq(write_text(&third, "here again"), 0);
        ck_assert_uint_eq(third.at, p.at);
        /* The one after knows nothing of it any more. */
        damaged = 0;
        ck_assert_int_eq(open_again(), 1);
        ck_assert_uint_eq(read_all(&found, &damaged), 2);
        ck_assert_uint_eq(damaged, 0);
}
END_TEST

START_TEST(a_damaged_head_counts_once_and_hides_nothing_behind_it) {
        struct record_place p = { 0 }, other = { 0 };
        struct record_found found;
        unsigned damaged = 0;

        ck_assert_int_eq(write_filled(&p, 'x', 8000), 0);
        ck_assert_int_eq(write_filled(&p, 'y', 8000), 0);
        ck_assert_int_eq(write_text(&other, "behind it"), 0);
        store.memory[(size_t)p.at * 128] ^= 1;
        ck_assert_int_eq(open_again(), 1);
        ck_assert_uint_eq(read_all(&found, &damaged), 1);
        ck_assert_mem_eq(found.data, "behind it", 9);
        ck_assert_uint_eq(damaged, 1);
}
END_TEST

START_TEST(memory_of_another_layout_is_not_read) {
        static const size_t words[] = { 0, 8, 12, 16, 20 }; /* magic, version, unit, size */
        struct record_found found;

        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
                struct record_place p = { 0 };

                ck_assert_int_eq(write_text(&p, "something"), 0);
                store.memory[words[i]] ^= 2;
                ck_assert_int_eq(open_again(), 0);
                ck_assert_uint_eq(read_all(&found, NULL), 0);
        }
}
END_TEST

START_TEST(memory_of_another_size_is_not_read) {
        int fd = memfd_create("other", MFD_CLOEXEC);
        struct record_store other;

        ck_assert_int_eq(ftruncate(fd, 4096), 0);
        ck_assert_int_eq(record_store_open(&other, &fd), 0);
        ck_assert_int_eq(fd, -1);
        record_store_close(&other);
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        ck_assert_int_eq(record_store_open(&other, &fd), 0);
        record_store_close(&other);
        fd = memfd_create("empty", MFD_CLOEXEC);
        ck_assert_int_eq(ftruncate(fd, size_of_memory()), 0);
        ck_assert_int_eq(record_store_open(&other, &fd), 0);
        record_store_close(&other);
}
END_TEST

START_TEST(nobody_can_take_the_memory_away_from_under_us) {
        ck_assert_int_lt(ftruncate(store.fd, 4096), 0);
        ck_assert_int_lt(ftruncate(store.fd, size_of_memory() * 2), 0);
}
END_TEST

static uint64_t state;
static uint32_t draw(uint32_t below) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (uint32_t)(state >> 33) % below;
}

/* Whatever is in it: it is read without harm, and what is written from then on stands. */
static void use_hostile(void) {
        struct record_place p[3] = { 0 };
        struct record_found found;
        unsigned before = read_all(&found, NULL);

        ck_assert_uint_eq(read_all(&found, NULL), before);
        if (before > 0) {
                struct record_place taken = found.place;

                (void)write_filled(&taken, 't', 500);
                record_store_free(&store, &taken);
                before--;
        }
        for (size_t i = 0; i < ARRAY_LEN(p); i++)
                if (write_filled(&p[i], (char)('a' + i), draw(3000)) >= 0)
                        before++;
        record_store_put_end(&store, &(struct record_end){ .id = 9 });
        ck_assert_uint_eq(read_all(&found, NULL), before);
        ck_assert_int_eq(open_again(), 1);
        ck_assert_uint_eq(read_all(&found, NULL), before);
}

START_TEST(hostile_bytes_do_no_harm) {
        static unsigned char good[64u << 10];
        struct record_place p[12] = { 0 };
        char text[] = "a record of some unit";
        int fd;

        state = (uint64_t)_i + 1;
        for (size_t i = 0; i < ARRAY_LEN(p); i++)
                for (int k = 0; k < 3; k++)
                        ck_assert_int_eq(record_store_write(&store, &p[i], RECORD_OF_UNIT, text, 5 + i), 0);
        for (size_t i = 0; i < 3; i++)
                ck_assert_int_eq(write_filled(&p[i], 'g', 300 * (i + 1)), 0);
        memcpy(good, store.memory, sizeof(good));
        for (int round = 0; round < 2000; round++) {
                record_store_clear(&store);
                memcpy(store.memory, good, sizeof(good));
                for (uint32_t hits = 1 + draw(20); hits > 0; hits--)
                        store.memory[draw(round % 2 ? sizeof(good) : 64) + (round % 2 ? 0 : p[draw(12)].at * 128)] =
                                (unsigned char)(draw(2) ? draw(256) : draw(3));
                fd = fcntl(store.fd, F_DUPFD_CLOEXEC, 0);
                record_store_close(&store);
                if (record_store_open(&store, &fd) == 1)
                        use_hostile();
        }
}
END_TEST

/* ---- ends of jobs ---------------------------------------------------------------------------------------------------- */

static bool has_id(const struct record_end *end, const void *user) {
        return end->id == *(const uint32_t *)user;
}
static int find_end(uint32_t id, struct record_end *ret) {
        return record_store_find_end(&store, has_id, &id, ret);
}

START_TEST(the_last_ends_are_remembered_and_the_oldest_forgotten) {
        struct record_end end;

        ck_assert_int_eq(find_end(1, &end), -ENOENT);
        for (uint32_t i = 1; i <= 3 * RECORD_ENDS; i++) {
                record_store_put_end(&store, &(struct record_end){ .id = i,
                                                                   .unit_hash = i * 3,
                                                                   .begin_us = i * 5,
                                                                   .type = 2,
                                                                   .result = (uint16_t)(i % 7) });
                ck_assert_int_eq(find_end(i, &end), 0);
        }
        ck_assert_int_eq(open_again(), 1);
        for (uint32_t i = 1; i <= 3 * RECORD_ENDS; i++) {
                ck_assert_int_eq(find_end(i, &end), i > 2 * RECORD_ENDS ? 0 : -ENOENT);
                if (i <= 2 * RECORD_ENDS)
                        continue;
                ck_assert_uint_eq(end.unit_hash, i * 3);
                ck_assert_uint_eq(end.begin_us, i * 5);
                ck_assert_uint_eq(end.result, i % 7);
        }
}
END_TEST

START_TEST(of_several_ends_the_latest_is_found) {
        struct record_end end;

        for (uint16_t i = 0; i < 3; i++)
                record_store_put_end(&store, &(struct record_end){ .id = 8, .result = i });
        ck_assert_int_eq(find_end(8, &end), 0);
        ck_assert_uint_eq(end.result, 2);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("record-store");
        TCase *all = tcase_create("all"), *hostile = tcase_create("hostile");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(all, set_up, tear_down);
        tcase_set_timeout(all, 30);
        tcase_add_test(all, what_is_written_is_read_by_the_next);
        tcase_add_test(all, the_newest_is_read);
        tcase_add_test(all, records_of_every_size_are_read_back);
        tcase_add_test(all, a_record_that_grows_takes_its_pid_along);
        tcase_add_test(all, a_service_keeps_its_place_through_its_life);
        tcase_add_test(all, a_new_place_has_no_pid_of_its_predecessor);
        tcase_add_test(all, freed_places_are_given_out_again);
        tcase_add_test(all, walking_twice_gives_no_place_out_twice);
        tcase_add_test(all, a_full_store_refuses_and_keeps_what_it_has);
        tcase_add_test(all, a_cleared_store_is_empty_and_can_be_used);
        tcase_add_test(all, a_place_of_another_store_is_none);
        tcase_add_test(all, a_closed_store_refuses);
        tcase_add_test(all, a_damaged_slot_falls_back_to_the_other);
        tcase_add_test(all, a_place_with_two_damaged_slots_is_counted_and_given_up);
        tcase_add_test(all, a_damaged_head_counts_once_and_hides_nothing_behind_it);
        tcase_add_test(all, memory_of_another_layout_is_not_read);
        tcase_add_test(all, memory_of_another_size_is_not_read);
        tcase_add_test(all, nobody_can_take_the_memory_away_from_under_us);
        tcase_add_test(all, the_last_ends_are_remembered_and_the_oldest_forgotten);
        tcase_add_test(all, of_several_ends_the_latest_is_found);
        tcase_add_checked_fixture(hostile, set_up, tear_down);
        tcase_set_timeout(hostile, 60);
        tcase_add_loop_test(hostile, hostile_bytes_do_no_harm, 0, 5);
        suite_add_tcase(suite, all);
        suite_add_tcase(suite, hostile);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
