/* SPDX-License-Identifier: MIT */
#include "base/macros.h"
#include "base/sorted.h"

#include <check.h>
#include <limits.h>

struct item {
        int number;
        char more[12];
};

/* Each number is found at its place, and each other one before the next higher, in lists of every length. */
START_TEST(a_number_has_one_place) {
        struct item items[70];

        for (size_t count = 0; count <= ARRAY_LEN(items); count++) {
                for (size_t i = 0; i < count; i++)
                        items[i] = (struct item){ .number = -20 + 3 * (int)i };
                for (size_t i = 0; i < count; i++) {
                        ck_assert_uint_eq(SORTED_FIND(items, count, number, items[i].number - 1), i);
                        ck_assert_uint_eq(SORTED_FIND(items, count, number, items[i].number), i);
                        ck_assert_uint_eq(SORTED_FIND(items, count, number, items[i].number + 1), i + 1);
                }
                ck_assert_uint_eq(SORTED_FIND(items, count, number, INT_MIN), 0);
                ck_assert_uint_eq(SORTED_FIND(items, count, number, INT_MAX), count);
        }
}
END_TEST

START_TEST(of_equal_numbers_it_is_the_first) {
        const struct item items[] = {
                { .number = 1 }, { .number = 2 }, { .number = 2 }, { .number = 2 }, { .number = 3 }
        };

        ck_assert_uint_eq(SORTED_FIND(items, ARRAY_LEN(items), number, 2), 1);
}
END_TEST

START_TEST(a_list_that_is_not_there_is_empty) {
        const struct item *none = NULL;

        ck_assert_uint_eq(SORTED_FIND(none, 0, number, 7), 0);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("sorted");
        TCase *c = tcase_create("sorted");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_test(c, a_number_has_one_place);
        tcase_add_test(c, of_equal_numbers_it_is_the_first);
        tcase_add_test(c, a_list_that_is_not_there_is_empty);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
