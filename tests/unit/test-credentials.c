/* SPDX-License-Identifier: MIT */
/* Names of users and groups become numbers, by the machine's own database (root, daemon, nogroup are in every Debian). */
#include "exec-inside.h"
#include "plan/credentials.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

static struct fixture f;
static struct resolved_credentials c;
static struct exec_failure failure;
static char notes[64];

const char *credentials_dynamic_directory(void) {
        return notes;
}

static void setup(void) {
        fixture_init(&f);
        (void)snprintf(notes, sizeof(notes), "/tmp/keel-test-notes-%d", getpid());
}

static void teardown(void) {
        char command[128];

        resolved_credentials_release(&c);
        (void)snprintf(command, sizeof(command), "rm -rf %s", notes);
        ck_assert_int_eq(system(command), 0);
}

static int resolve(void) {
        resolved_credentials_release(&c);
        failure = (struct exec_failure){ 0 };
        return credentials_resolve(&f.unit, &c, &failure);
}

START_TEST(without_a_user_it_is_who_we_are) {
        ck_assert_int_eq(resolve(), 0);
        ck_assert(!c.has_user);
        ck_assert(!c.has_group);
        ck_assert_uint_eq(c.uid, geteuid());
        ck_assert_uint_eq(c.gid, getegid());
        ck_assert_uint_eq(c.group_count, 0);
        ck_assert_ptr_null(c.user);
}
END_TEST

START_TEST(a_user_brings_group_and_home_and_no_shell_that_refuses) {
        struct passwd *daemon = getpwnam("daemon");

        ck_assert_ptr_nonnull(daemon);
        f.exec.user = (char *)"daemon";
        ck_assert_int_eq(resolve(), 0);
        ck_assert(c.has_user);
        ck_assert_uint_eq(c.uid, daemon->pw_uid);
        ck_assert_uint_eq(c.gid, daemon->pw_gid);
        ck_assert_str_eq(c.user, "daemon");
        ck_assert_str_eq(c.home, daemon->pw_dir);
        ck_assert_ptr_null(c.shell); /* nologin */

        f.exec.user = (char *)"1";
        ck_assert_int_eq(resolve(), 0);
        ck_assert_str_eq(c.user, "daemon");
}
END_TEST

START_TEST(root_is_known_and_has_no_groups_of_its_own) {
        f.exec.user = (char *)"root";
        ck_assert_int_eq(resolve(), 0);
        ck_assert_uint_eq(c.uid, 0);
        ck_assert_str_eq(c.home, "/root");
        ck_assert_str_eq(c.shell, "/bin/bash");
        ck_assert_uint_eq(c.group_count, 0);
}
END_TEST

START_TEST(groups_may_be_names_or_numbers_and_count_once) {
        f.exec.user = (char *)"daemon";
        f.exec.group = (char *)"nogroup";
        f.exec.supplementary_groups = (char *[]){ (char *)"daemon", (char *)"12345", (char *)"daemon", NULL };
        ck_assert_int_eq(resolve(), 0);
        ck_assert_uint_eq(c.gid, getgrnam("nogroup")->gr_gid);
        ck_assert_uint_eq(c.group_count, 3); /* nogroup, daemon, 12345 */
        f.exec.supplementary_groups = (char *[]){ (char *)"no-such-group", NULL };
        ck_assert_int_eq(resolve(), -ESRCH);
        ck_assert_int_eq(failure.exit_status, 216);
        ck_assert_str_eq(failure.detail, "supplementary group 'no-such-group' does not exist");
}
END_TEST

START_TEST(a_number_without_a_user_needs_a_group) {
        f.exec.user = (char *)"3999999999";
        ck_assert_int_eq(resolve(), -ESRCH);
        ck_assert_int_eq(failure.exit_status, 217);
        f.exec.group = (char *)"77";
        ck_assert_int_eq(resolve(), 0);
        ck_assert_uint_eq(c.uid, 3999999999u);
        ck_assert_uint_eq(c.gid, 77);
        ck_assert_ptr_null(c.home);
        /* These mean "no change" to the kernel. */
        f.exec.user = (char *)"4294967295";
        ck_assert_int_eq(resolve(), -ESRCH);
        f.exec.user = (char *)"65535";
        ck_assert_int_eq(resolve(), -ESRCH);
}
END_TEST

START_TEST(dynamic_users_differ_by_name_and_stay_the_same) {
        uid_t a = 0, b = 0, again = 0;

        ck_assert_int_eq(credentials_dynamic_uid("a", &a), 0);
        ck_assert_int_eq(credentials_dynamic_uid("b", &b), 0);
        ck_assert_int_eq(credentials_dynamic_uid("a", &again), 0);
        ck_assert_uint_eq(a, again);
        ck_assert_uint_ne(a, b);
}
END_TEST

START_TEST(a_number_that_is_taken_is_not_given_out_twice) {
        uid_t first = 0, second = 0;
        char path[128];
        FILE *note;

        ck_assert_int_eq(credentials_dynamic_uid("a", &first), 0);
        (void)snprintf(path, sizeof(path), "%s/%u", notes, first);
        note = fopen(path, "we");
        ck_assert_ptr_nonnull(note);
        (void)fputs("somebody-else", note);
        (void)fclose(note);
        ck_assert_int_eq(credentials_dynamic_uid("a", &second), 0);
        ck_assert_uint_eq(second, first == 65519 ? 61184 : first + 1);
}
END_TEST

START_TEST(a_dynamic_user_is_named_after_the_unit_and_its_group_likewise) {
        static char odd[] = "odd:name@x.service";

        f.exec.dynamic_user = true;
        ck_assert_int_eq(resolve(), 0);
        ck_assert(c.is_dynamic);
        ck_assert_str_eq(c.user, "try");
        ck_assert_uint_eq(c.uid, c.gid);
        ck_assert_ptr_null(c.home);
        f.unit.name = odd;
        ck_assert_int_eq(resolve(), 0);
        ck_assert_int_eq(strncmp(c.user, "_du", 3), 0);
        f.exec.user = f.exec.group = (char *)"worker";
        ck_assert_int_eq(resolve(), 0);
        ck_assert_str_eq(c.user, "worker");
        ck_assert_uint_eq(c.uid, c.gid);
}
END_TEST

START_TEST(a_static_user_of_the_name_is_used_instead_of_a_dynamic_one) {
        f.exec.dynamic_user = true;
        f.exec.user = (char *)"daemon";
        ck_assert_int_eq(resolve(), 0);
        ck_assert(!c.is_dynamic);
        ck_assert_uint_eq(c.uid, 1);
}
END_TEST

int main(void) {
        const TTest *const tests[] = {
                without_a_user_it_is_who_we_are,
                a_user_brings_group_and_home_and_no_shell_that_refuses,
                root_is_known_and_has_no_groups_of_its_own,
                groups_may_be_names_or_numbers_and_count_once,
                a_number_without_a_user_needs_a_group,
                dynamic_users_differ_by_name_and_stay_the_same,
                a_number_that_is_taken_is_not_given_out_twice,
                a_dynamic_user_is_named_after_the_unit_and_its_group_likewise,
                a_static_user_of_the_name_is_used_instead_of_a_dynamic_one,
        };
        Suite *s = suite_create("credentials");
        TCase *all = tcase_create("all");
        SRunner *r = srunner_create(s);
        int failed;

        tcase_add_checked_fixture(all, setup, teardown);
        for (size_t i = 0; i < ARRAY_LEN(tests); i++)
                tcase_add_test(all, tests[i]);
        suite_add_tcase(s, all);
        srunner_run_all(r, CK_ENV);
        failed = srunner_ntests_failed(r);
        srunner_free(r);
        return failed != 0;
}
