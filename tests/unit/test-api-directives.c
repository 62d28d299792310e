/* SPDX-License-Identifier: MIT */
/* The tables of the directives' properties: made for the first client, and once. */
#include "api/api-private.h"

#include <check.h>

static struct api api;

static int connect_client(sd_bus **ret) {
        ck_assert_int_ge(sd_bus_new(ret), 0);
        return api_add_directives(&api, *ret);
}

START_TEST(they_are_made_for_the_first_client_and_serve_all) {
        sd_bus *first = NULL, *second = NULL;
        const struct directive_tables *made;

        ck_assert_int_ge(connect_client(&first), 0);
        made = api.directives;
        ck_assert_ptr_nonnull(made);
        ck_assert_int_ge(connect_client(&second), 0);
        ck_assert_ptr_eq(api.directives, made);
        sd_bus_unref(first); /* and they outlive it */
        sd_bus_unref(second);
        ck_assert_int_ge(connect_client(&first), 0);
        ck_assert_ptr_eq(api.directives, made);
        sd_bus_unref(first);
        api_free_directives(&api);
        ck_assert_ptr_null(api.directives);
}
END_TEST

START_TEST(without_a_client_there_is_nothing_to_be_freed) {
        api_free_directives(&api);
        ck_assert_ptr_null(api.directives);
}
END_TEST

START_TEST(what_was_freed_can_be_made_again) {
        sd_bus *bus = NULL;

        for (unsigned i = 0; i < 2; i++) {
                ck_assert_int_ge(connect_client(&bus), 0);
                ck_assert_ptr_nonnull(api.directives);
                sd_bus_unref(bus);
                api_free_directives(&api);
        }
}
END_TEST

int main(void) {
        Suite *suite = suite_create("api-directives");
        TCase *c = tcase_create("api-directives");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_test(c, they_are_made_for_the_first_client_and_serve_all);
        tcase_add_test(c, without_a_client_there_is_nothing_to_be_freed);
        tcase_add_test(c, what_was_freed_can_be_made_again);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
