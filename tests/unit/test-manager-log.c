/* SPDX-License-Identifier: MIT */
/* What keel-logger is told while its line is full. */
#include "manager/manager-private.h"

#include "base/logger-line.h"

#include <check.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static struct manager manager;
static int theirs = -1;

static void setup(void) {
        int pair[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
        manager = (struct manager){ .logger_fd = pair[0] };
        theirs = pair[1];
}

static void teardown(void) {
        close_fd(&manager.logger_fd);
        close_fd(&theirs);
}

/* How many packets of this kind are on the line, which is empty afterwards; *ret_last: the last packet of all. */
static unsigned take_all(enum logger_kind kind, union logger_packet *ret_last) {
        unsigned count = 0;
        int fd = -1;

        while (logger_line_receive(theirs, ret_last, &fd) == 1)
                count += ret_last->header.kind == kind;
        return count;
}

START_TEST(its_last_words_are_asked_for_when_the_line_has_room_again) {
        union logger_packet last = { 0 };

        while (logger_line_ping(manager.logger_fd) == 0)
                ;
        manager.sync_due = LOGGER_LAST;
        manager.drain_cookie = 4711;
        manager_tell_logger(&manager);
        ck_assert_uint_eq(manager.sync_due, LOGGER_LAST);
        ck_assert_uint_eq(take_all(LOGGER_LAST, &last), 0);
        manager_tell_logger(&manager); /* as when the line becomes writable */
        ck_assert_uint_eq(manager.sync_due, 0);
        ck_assert_uint_eq(take_all(LOGGER_LAST, &last), 1);
        ck_assert_uint_eq(last.sync.cookie, 4711);
        manager_tell_logger(&manager);
        ck_assert_uint_eq(take_all(LOGGER_LAST, &last), 0); /* once */
}
END_TEST

START_TEST(a_line_that_is_gone_is_asked_nothing_more) {
        manager.sync_due = LOGGER_SYNC;
        close_fd(&theirs);
        manager_tell_logger(&manager);
        ck_assert_uint_eq(manager.sync_due, 0);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("manager-log");
        TCase *c = tcase_create("manager-log");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_test(c, its_last_words_are_asked_for_when_the_line_has_room_again);
        tcase_add_test(c, a_line_that_is_gone_is_asked_nothing_more);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
