/* SPDX-License-Identifier: MIT */
#include "plan/kernel-command-line.h"

#include <check.h>
#include <stdlib.h>

START_TEST(quiet_hides_what_goes_well) {
        ck_assert(kernel_command_line_is_quiet("console=ttyS0 quiet\n"));
        ck_assert(kernel_command_line_is_quiet("quiet"));
        ck_assert(!kernel_command_line_is_quiet(""));
        ck_assert(!kernel_command_line_is_quiet("root=/dev/sda1 ro\n"));
}
END_TEST

START_TEST(only_the_whole_word_counts) {
        ck_assert(!kernel_command_line_is_quiet("quieter quiet=1 unquiet not-quiet\n"));
        ck_assert(!kernel_command_line_is_quiet("systemd.show_status_of=no\n"));
}
END_TEST

START_TEST(an_explicit_status_decides_and_the_last_of_them) {
        ck_assert(kernel_command_line_is_quiet("systemd.show_status=no"));
        ck_assert(kernel_command_line_is_quiet("systemd.show_status=0 rw"));
        ck_assert(kernel_command_line_is_quiet("systemd.show_status=auto"));
        ck_assert(kernel_command_line_is_quiet("systemd.show_status=error"));
        ck_assert(kernel_command_line_is_quiet("systemd.show-status=No"));
        ck_assert(!kernel_command_line_is_quiet("quiet systemd.show_status=yes"));
        ck_assert(!kernel_command_line_is_quiet("systemd.show_status quiet"));
        ck_assert(!kernel_command_line_is_quiet("systemd.show_status=no quiet systemd.show_status=1\n"));
        ck_assert(kernel_command_line_is_quiet("systemd.show_status=1 systemd.show_status=off"));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("kernel-command-line");
        TCase *all = tcase_create("all");
        tcase_add_test(all, quiet_hides_what_goes_well);
        tcase_add_test(all, only_the_whole_word_counts);
        tcase_add_test(all, an_explicit_status_decides_and_the_last_of_them);
        suite_add_tcase(suite, all);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? 1 : 0;
}
