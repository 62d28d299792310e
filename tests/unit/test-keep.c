/* SPDX-License-Identifier: MIT */
#include "init/keep.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct keep_slot slots[KEEP_ROOM];
static char names[KEEP_NAMES_ROOM];
static struct keep keep;

static void set_up(void) {
        keep_init(&keep, slots, names);
}

static int put(const char *name) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), number = fd;

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(keep_put(&keep, name, &fd), 0);
        ck_assert_int_eq(fd, -1);
        return number;
}

static int is_open(int fd) {
        return fcntl(fd, F_GETFD) >= 0;
}

static int held_under(const char *name) {
        int found = -1;

        for (uint32_t i = 0; i < keep.count; i++)
                if (strcmp(keep_name(&keep, i), name) == 0) {
                        ck_assert_int_eq(found, -1);
                        found = keep.slots[i].fd;
                }
        return found;
}

START_TEST(it_holds_an_fd_under_its_name) {
        int fd = put("log:web.service");

        ck_assert_int_eq(held_under("log:web.service"), fd);
        ck_assert(is_open(fd));
        ck_assert_int_eq(keep_drop(&keep, "log:web.service"), 0);
        ck_assert(!is_open(fd));
        ck_assert_uint_eq(keep.count, 0);
}
END_TEST

START_TEST(a_newer_fd_replaces_the_older_of_its_name) {
        int first = put("x"), second = put("x");

        ck_assert(!is_open(first));
        ck_assert_int_eq(held_under("x"), second);
        ck_assert_uint_eq(keep.count, 1);
        ck_assert_int_eq(keep_drop(&keep, "x"), 0);
}
END_TEST

START_TEST(an_unknown_name_cannot_be_dropped) {
        (void)put("one");
        ck_assert_int_eq(keep_drop(&keep, "two"), -ENOENT);
        ck_assert_int_eq(keep_drop(&keep, "on"), -ENOENT);
        ck_assert_int_eq(keep_drop(&keep, "one"), 0);
        ck_assert_int_eq(keep_drop(&keep, "one"), -ENOENT);
}
END_TEST

START_TEST(names_survive_any_order_of_drops) {
        char name[64];
        int fds[200], gone[200] = { 0 };

        for (int i = 0; i < 200; i++) {
                snprintf(name, sizeof(name), "log:%.*s%d.service", i % 40, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst", i);
                fds[i] = put(name);
        }
        for (int step = 0; step < 200; step++) {
                int victim = step * 77 % 200;

                snprintf(name, sizeof(name), "log:%.*s%d.service", victim % 40,
                         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst", victim);
                ck_assert_int_eq(keep_drop(&keep, name), 0);
                gone[victim] = 1;
                for (int i = 0; i < 200; i++) {
                        snprintf(name, sizeof(name), "log:%.*s%d.service", i % 40,
                                 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst", i);
                        ck_assert_int_eq(held_under(name), gone[i] ? -1 : fds[i]);
                }
        }
        ck_assert_uint_eq(keep.names_end, 0);
}
END_TEST

START_TEST(full_means_refused) {
        char name[WIRE_NAME_MAX];
        int fd;

        /* The same fd many times over: what is held is not looked at. */
        for (unsigned i = 0; i < KEEP_ROOM; i++) {
                snprintf(name, sizeof(name), "%u", i);
                fd = 1 << 20;
                ck_assert_int_eq(keep_put(&keep, name, &fd), 0);
        }
        fd = 77;
        ck_assert_int_eq(keep_put(&keep, "one more", &fd), -ENOSPC);
        ck_assert_int_eq(fd, 77);
        fd = 78;
        ck_assert_int_eq(keep_put(&keep, "5", &fd), 0); /* in its own place there is room */
        ck_assert_int_eq(keep_drop(&keep, "6"), 0);
        fd = 79;
        ck_assert_int_eq(keep_put(&keep, "one more", &fd), 0);
        ck_assert_int_eq(held_under("one more"), 79);
}
END_TEST

START_TEST(the_longest_names_fit_to_the_last) {
        char name[WIRE_NAME_MAX];
        int fd;

        for (unsigned i = 0; i < KEEP_ROOM; i++) {
                snprintf(name, sizeof(name), "%0*u", (int)sizeof(name) - 1, i);
                fd = 1 << 20;
                ck_assert_int_eq(keep_put(&keep, name, &fd), 0);
        }
        ck_assert_uint_eq(keep.names_end, KEEP_NAMES_ROOM);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("keep");
        TCase *all = tcase_create("all");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(all, set_up, NULL);
        tcase_set_timeout(all, 60);
        tcase_add_test(all, it_holds_an_fd_under_its_name);
        tcase_add_test(all, a_newer_fd_replaces_the_older_of_its_name);
        tcase_add_test(all, an_unknown_name_cannot_be_dropped);
        tcase_add_test(all, names_survive_any_order_of_drops);
        tcase_add_test(all, full_means_refused);
        tcase_add_test(all, the_longest_names_fit_to_the_last);
        suite_add_tcase(suite, all);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
