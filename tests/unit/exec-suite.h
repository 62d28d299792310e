/* SPDX-License-Identifier: MIT */
/* exec-suite: the suites of real children, which are looked at from inside by a shell and from outside in /proc. */
#pragma once

#include "exec-inside.h"

static struct fixture f;

static inline void set_up_fixture(void) {
        fixture_init(&f);
}

static inline void add_tests(Suite *s, const char *name, const TTest **tests, size_t count) {
        TCase *c = tcase_create(name);

        tcase_add_checked_fixture(c, set_up_fixture, NULL);
        tcase_set_timeout(c, 60);
        for (size_t i = 0; i < count; i++)
                tcase_add_test(c, tests[i]);
        suite_add_tcase(s, c);
}
#define ADD(s, name, ...) \
        do { \
                const TTest *tests_[] = { __VA_ARGS__ }; \
                add_tests(s, name, tests_, ARRAY_LEN(tests_)); \
        } while (0)

static inline int run_suite(Suite *s) {
        SRunner *r = srunner_create(s);
        int failed;

        srunner_run_all(r, CK_ENV);
        failed = srunner_ntests_failed(r);
        srunner_free(r);
        return failed != 0;
}
