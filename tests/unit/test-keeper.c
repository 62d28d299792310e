/* SPDX-License-Identifier: MIT */
#include "process/keeper.h"

#include "init/wire-check.h"
#include "base/clock.h"
#include "base/text.h"

#include <check.h>
#include <sys/socket.h>
#include <unistd.h>

/* What PID 1 itself says of a name. */
static bool is_accepted(const char *name) {
        union wire_request r = { .name.header = { .kind = WIRE_DROP, .length = sizeof(struct wire_name) } };

        if (strlen(name) >= WIRE_NAME_MAX)
                return false;
        memcpy(r.name.name, name, strlen(name));
        return wire_check(&r, sizeof(struct wire_name), 0) == 0;
}

static void fill(char *unit, size_t length, char last) {
        memset(unit, 'u', length);
        memcpy(unit + length - 9, "0.service", 10);
        unit[length - 9] = last;
}

START_TEST(names_that_fit_are_written_out) {
        owned_str with = keeper_name("store", "web.service", "3");
        owned_str without = keeper_name("log", "web.service", NULL);

        ck_assert_str_eq(with, "store:web.service/3");
        ck_assert_str_eq(without, "log:web.service");
}
END_TEST

START_TEST(names_of_every_length_are_accepted_by_pid_1) {
        char unit[256];

        for (size_t length = 10; length < sizeof(unit); length++) {
                owned_str a = NULL;
                owned_str b = NULL;

                fill(unit, length, '0');
                a = keeper_name("store", unit, NULL);
                b = keeper_name("store", unit, "4294967295");
                ck_assert_msg(is_accepted(a), "%s", a);
                ck_assert_msg(is_accepted(b), "%s", b);
                ck_assert_str_ne(a, b);
                ck_assert_ptr_nonnull(text_after(a, "store:")); /* as keeper_drop_untaken() finds it */
                ck_assert_ptr_nonnull(text_after(b, "store:"));
        }
}
END_TEST

START_TEST(long_units_that_differ_at_their_end_only_have_names_of_their_own) {
        char one[256], other[256];

        fill(one, 255, '1');
        fill(other, 255, '2');
        owned_str a = keeper_name("store", one, "1");
        owned_str b = keeper_name("store", other, "1");
        owned_str again = keeper_name("store", one, "1");
        owned_str third = keeper_name("store", one, "2");
        ck_assert_str_ne(a, b);
        ck_assert_str_ne(a, third);
        ck_assert_str_eq(a, again);
}
END_TEST

START_TEST(every_character_of_a_unit_name_is_accepted) {
        owned_str name = keeper_name("store", "a-Z_0.9:\\x2d@in-\\x40.service", "1");

        ck_assert_msg(is_accepted(name), "%s", name);
}
END_TEST

START_TEST(an_exit_belongs_to_the_process_made_before_it_only) {
        const struct keeper_exit e = { .sequence = 10, .reaped_us = 1000, .pid = 42 };

        ck_assert(keeper_exit_is_of(&e, 42, 9, 1000));
        ck_assert(keeper_exit_is_of(&e, 42, 0, 0));
        ck_assert(!keeper_exit_is_of(&e, 43, 9, 1000));
        ck_assert(!keeper_exit_is_of(&e, 42, 10, 1000)); /* heard of before it was made: somebody else's */
        ck_assert(!keeper_exit_is_of(&e, 42, 9, 1001));
}
END_TEST

START_TEST(what_ended_before_is_found_among_the_pending_exits_only) {
        struct keeper_exit pending[] = { { .sequence = 5, .reaped_us = 50, .pid = 7 },
                                         { .sequence = 6, .reaped_us = 60, .pid = 8 } };
        struct keeper k = { .fd = -1, .pending = pending, .pending_count = 2 };

        ck_assert(keeper_has_ended(&k, 7, 4, 50));
        ck_assert(keeper_has_ended(&k, 8, 5, 0));
        ck_assert(!keeper_has_ended(&k, 8, 6, 0)); /* the pid came again after that */
        ck_assert(!keeper_has_ended(&k, 8, 0, 61));
        ck_assert(!keeper_has_ended(&k, 9, 0, 0));
        k.pending_count = 0;
        ck_assert(!keeper_has_ended(&k, 7, 0, 0));
}
END_TEST

/* PID 1's end of a line to a keeper that has heard its greeting. */
struct line {
        int fd;
        struct keeper keeper;
        sd_event *event;
};

static void say(int fd, unsigned kind, void *record, size_t length) {
        *(struct wire_header *)record = (struct wire_header){ .kind = (uint16_t)kind, .length = (uint32_t)length };
        ck_assert_int_eq(send(fd, record, length, 0), (ssize_t)length);
}

static void ignore_reexeced(void *user UNUSED) {
}

static void greet(struct line *l, uint32_t flags) {
        static const struct keeper_handlers handlers = { .reexeced = ignore_reexeced };
        struct wire_welcome welcome = { .version = WIRE_VERSION, .init_pid = 1, .flags = flags };
        struct wire_header all;
        char text[16];
        int pair[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        l->fd = pair[0];
        (void)snprintf(text, sizeof(text), "%d", pair[1]);
        ck_assert_int_eq(setenv(WIRE_FD_ENV, text, 1), 0);
        say(l->fd, WIRE_WELCOME, &welcome, sizeof(welcome));
        say(l->fd, WIRE_KEPT_ALL, &all, sizeof(all));
        ck_assert_int_eq(keeper_open(&l->keeper, 3 * US_PER_MS), 0);
        ck_assert_int_ge(sd_event_new(&l->event), 0);
        ck_assert_int_ge(keeper_attach(&l->keeper, l->event, &handlers), 0);
}

/* What the next beat says. */
static uint64_t next_beat(struct line *l) {
        union wire_request r;
        ssize_t n;

        while ((n = recv(l->fd, &r, sizeof(r), MSG_DONTWAIT)) >= 0)
                if (r.beat.header.kind == WIRE_BEAT)
                        return r.beat.heartbeat_us;
        ck_assert_int_ge(sd_event_run(l->event, UINT64_MAX), 0);
        return next_beat(l);
}

static void hang_up(struct line *l) {
        keeper_close(&l->keeper);
        sd_event_unref(l->event);
        (void)close(l->fd);
}

START_TEST(a_keeper_with_nothing_to_do_says_so_once) {
        struct line l;

        greet(&l, WIRE_FLAG_PID1 | WIRE_FLAG_IDLE);
        ck_assert_uint_eq(next_beat(&l), 0);
        keeper_turn(&l.keeper); /* it has */
        ck_assert_uint_eq(next_beat(&l), 3 * US_PER_MS);
        ck_assert_uint_eq(next_beat(&l), 0);
        hang_up(&l);
}
END_TEST

START_TEST(to_an_older_pid_1_it_goes_on_beating) {
        struct line l;

        greet(&l, WIRE_FLAG_PID1);
        for (unsigned i = 0; i < 3; i++)
                ck_assert_uint_eq(next_beat(&l), 3 * US_PER_MS);
        hang_up(&l);
}
END_TEST

START_TEST(to_one_that_has_become_older_too) {
        struct wire_reexeced older = { .times = 1 }, newer = { .times = 2, .flags = WIRE_FLAG_IDLE };
        struct line l;

        greet(&l, WIRE_FLAG_PID1 | WIRE_FLAG_IDLE);
        ck_assert_uint_eq(next_beat(&l), 0);
        say(l.fd, WIRE_REEXECED, &older, sizeof(older));
        keeper_turn(&l.keeper);
        for (unsigned i = 0; i < 4; i++)
                ck_assert_uint_eq(next_beat(&l), 3 * US_PER_MS);
        say(l.fd, WIRE_REEXECED, &newer, sizeof(newer));
        while (next_beat(&l) != 0)
                ;
        hang_up(&l);
}
END_TEST

/* ---- a line whose other end is ours ---------------------------------------------------------------------------------- */

static unsigned heard;

static void on_ended(void *user UNUSED, const struct keeper_exit *e UNUSED) {
        heard++;
}

static void on_all_ended(void *user UNUSED) { }

/* PID 1 tells of so many exits, and the keeper has all the turns that it wants. */
static void tell_exits(sd_event *event, int fd, uint64_t *sequence, unsigned count) {
        struct wire_ended record = { .header = { .kind = WIRE_ENDED, .count = (uint16_t)count } };
        size_t length = sizeof(struct wire_header) + count * sizeof(struct wire_exit);

        for (unsigned i = 0; i < count; i++)
                record.exits[i] = (struct wire_exit){ .sequence = ++*sequence, .pid = 42 };
        record.header.length = (uint32_t)length;
        ck_assert_int_eq(send(fd, &record, length, 0), length);
        while (sd_event_run(event, 0) > 0)
                ;
}

/* The next record that PID 1 gets: its kind, 0 when there is none. */
static unsigned next_kind(int fd, uint64_t *acknowledged) {
        union wire_request r;
        ssize_t n = recv(fd, &r, sizeof(r), MSG_DONTWAIT);

        if (n > 0 && r.header.kind == WIRE_ACK)
                *acknowledged = r.ack.sequence;
        return n > 0 ? r.header.kind : 0;
}

START_TEST(a_few_exits_are_acknowledged_by_the_next_beat_many_at_once) {
        struct keeper_handlers handlers = { .ended = on_ended, .all_ended = on_all_ended };
        struct keeper k = { .heartbeat_us = 30000000, .is_idle = true };
        uint64_t sequence = 0, acknowledged = 0;
        sd_event *event = NULL;
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
        k.fd = fds[0];
        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_ge(keeper_attach(&k, event, &handlers), 0);
        tell_exits(event, fds[1], &sequence, 3);
        ck_assert_uint_eq(heard, 3);
        ck_assert_uint_eq(next_kind(fds[1], &acknowledged), 0);
        keeper_turn(&k);
        ck_assert_uint_eq(next_kind(fds[1], &acknowledged), WIRE_ACK);
        ck_assert_uint_eq(acknowledged, 3);
        ck_assert_uint_eq(next_kind(fds[1], &acknowledged), WIRE_BEAT);
        tell_exits(event, fds[1], &sequence, 64);
        ck_assert_uint_eq(next_kind(fds[1], &acknowledged), WIRE_ACK);
        ck_assert_uint_eq(acknowledged, 67);
        keeper_close(&k);
        sd_event_unref(event);
        (void)close(fds[1]);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("keeper");
        TCase *all = tcase_create("all");
        SRunner *runner;
        int failed;

        tcase_add_test(all, names_that_fit_are_written_out);
        tcase_add_test(all, names_of_every_length_are_accepted_by_pid_1);
        tcase_add_test(all, long_units_that_differ_at_their_end_only_have_names_of_their_own);
        tcase_add_test(all, every_character_of_a_unit_name_is_accepted);
        tcase_add_test(all, a_keeper_with_nothing_to_do_says_so_once);
        tcase_add_test(all, to_an_older_pid_1_it_goes_on_beating);
        tcase_add_test(all, to_one_that_has_become_older_too);
        tcase_add_test(all, an_exit_belongs_to_the_process_made_before_it_only);
        tcase_add_test(all, what_ended_before_is_found_among_the_pending_exits_only);
        tcase_add_test(all, a_few_exits_are_acknowledged_by_the_next_beat_many_at_once);
        suite_add_tcase(suite, all);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
