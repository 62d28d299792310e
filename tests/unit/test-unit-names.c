/* SPDX-License-Identifier: MIT */
/* Names of units, signals and exit statuses. */
#include "supervisor/unit/exit-status.h"
#include "supervisor/unit/unit.h"

#include <check.h>
#include <errno.h>
#include <signal.h>

static const struct {
        const char *name;
        bool is_valid, is_template;
} names[] = {
        { "a.service", true, false },      { "a@b.service", true, false },   { "a@.service", false, true },
        { "a@b@c.service", true, false },  { "-.slice", true, false },       { "a-b_c:d.e.target", true, false },
        { "x\\x2dy.mount", true, false },  { "a", false, false },            { ".service", false, false },
        { "@b.service", false, false },    { "a.nothing", false, false },    { "a b.service", false, false },
        { "a/b.service", false, false },   { "", false, false },             { "\xc3\xa4.service", false, false },
};

START_TEST(a_name_is_plain_an_instance_a_template_or_no_name) {
        ck_assert_int_eq(unit_name_is_valid(names[_i].name), names[_i].is_valid);
        ck_assert_int_eq(unit_name_is_template(names[_i].name), names[_i].is_template);
}
END_TEST

START_TEST(a_name_is_at_most_255_bytes) {
        char name[300];

        memset(name, 'a', sizeof name);
        strcpy(name + 255 - strlen(".service"), ".service");
        ck_assert(unit_name_is_valid(name));
        memset(name, 'a', sizeof name);
        strcpy(name + 256 - strlen(".service"), ".service");
        ck_assert(!unit_name_is_valid(name));
}
END_TEST

START_TEST(templates_and_instances_follow_from_each_other) {
        owned_str template = NULL;
        owned_str instance = NULL;
        owned_str prefix = NULL;
        owned_str part = NULL;

        ck_assert_int_eq(unit_name_template("foo@bar.service", &template), 0);
        ck_assert_str_eq(template, "foo@.service");
        ck_assert_int_eq(unit_name_instance("foo@.service", "x-y", &instance), 0);
        ck_assert_str_eq(instance, "foo@x-y.service");
        ck_assert_int_eq(unit_name_split("foo@bar.service", &prefix, &part), 0);
        ck_assert_str_eq(prefix, "foo");
        ck_assert_str_eq(part, "bar");
        ck_assert_int_eq(unit_name_template("foo.service", &template), -EINVAL);
        ck_assert_int_eq(unit_name_template("foo@.service", &template), -EINVAL);
        ck_assert_int_eq(unit_name_instance("foo@.service", "", &instance), -EINVAL);
        ck_assert_int_eq(unit_name_instance("foo@.service", "a b", &instance), -EINVAL);
}
END_TEST

/* As systemd-escape(1) prints them. */
static const struct {
        const char *plain, *escaped, *path;
} escapes[] = {
        { "foo-bar", "foo\\x2dbar", NULL },
        { "/foo//bar/baz/", "-foo--bar-baz-", "foo-bar-baz" },
        { ".hidden", "\\x2ehidden", NULL },
        { "a.b:c_d", "a.b:c_d", NULL },
        { "/", "-", "-" },
        { "\xc3\xa4", "\\xc3\\xa4", NULL },
};

START_TEST(text_is_escaped_for_names_and_back) {
        owned_str escaped = NULL;
        owned_str plain = NULL;
        owned_str path = NULL;

        ck_assert_int_eq(unit_name_escape(escapes[_i].plain, &escaped), 0);
        ck_assert_str_eq(escaped, escapes[_i].escaped);
        ck_assert_int_eq(unit_name_unescape(escaped, &plain), 0);
        ck_assert_str_eq(plain, escapes[_i].plain);
        if (!escapes[_i].path)
                return;
        ck_assert_int_eq(unit_name_escape_path(escapes[_i].plain, &path), 0);
        ck_assert_str_eq(path, escapes[_i].path);
}
END_TEST

START_TEST(what_is_no_escape_is_refused) {
        owned_str s = NULL;

        ck_assert_int_eq(unit_name_unescape("a\\", &s), -EINVAL);
        ck_assert_int_eq(unit_name_unescape("a\\x4", &s), -EINVAL);
        ck_assert_int_eq(unit_name_unescape("a\\n", &s), -EINVAL);
        ck_assert_int_eq(unit_name_unescape("a\\x00", &s), -EINVAL);
        ck_assert_int_eq(unit_name_escape_path("/a/../b", &s), -EINVAL);
}
END_TEST

static const struct {
        const char *text, *name;
} mangled[] = {
        { "nginx", "nginx.service" },    { "nginx.service", "nginx.service" }, { "foo.bar", "foo.bar.service" },
        { "/mnt/a", "mnt-a.mount" },     { "/dev/sda", "dev-sda.device" },     { "a b", "a\\x20b.service" },
        { "getty@", "getty@.service" },  { "multi-user.target", "multi-user.target" },
};

START_TEST(what_people_type_becomes_a_name) {
        owned_str name = NULL;

        ck_assert_int_eq(unit_name_mangle(mangled[_i].text, &name), 0);
        ck_assert_str_eq(name, mangled[_i].name);
}
END_TEST

START_TEST(a_slice_knows_its_parent) {
        owned_str a = NULL;
        owned_str b = NULL;
        char *none;

        ck_assert_int_eq(unit_slice_parent("system-foo.slice", &a), 0);
        ck_assert_str_eq(a, "system.slice");
        ck_assert_int_eq(unit_slice_parent("foo.slice", &b), 0);
        ck_assert_str_eq(b, "-.slice");
        ck_assert_int_eq(unit_slice_parent("-.slice", &none), -ENOENT);
        ck_assert_int_eq(unit_slice_parent("a--b.slice", &none), -EINVAL);
        ck_assert_int_eq(unit_slice_parent("-a.slice", &none), -EINVAL);
        ck_assert_int_eq(unit_slice_parent("a-.slice", &none), -EINVAL);
}
END_TEST

static const struct {
        const char *unit, *slice;
} default_slices[] = {
        { "web.service", "system.slice" },
        { "getty@tty1.service", "system-getty.slice" },
        { "foo-bar@x.service", "system-foo\\x2dbar.slice" },
        { "a-b.slice", "a.slice" },
};

START_TEST(every_unit_with_processes_has_a_slice) {
        OWNED(unit) struct unit *u = NULL;
        owned_str slice = NULL;

        ck_assert_int_eq(unit_new_builtin(default_slices[_i].unit, "x", &u), 0);
        ck_assert_int_eq(unit_default_slice(u, &slice), 0);
        ck_assert_str_eq(slice, default_slices[_i].slice);
}
END_TEST

static const struct {
        const char *name;
        int signal;
} signals[] = {
        { "SIGTERM", SIGTERM }, { "TERM", SIGTERM }, { "15", SIGTERM }, { "SIGIOT", SIGABRT }, { "SIGCLD", SIGCHLD },
        { "0", -EINVAL },       { "65", -EINVAL },   { "term", -EINVAL }, { "", -EINVAL },     { "RTMIN+99", -EINVAL },
        { "RTMIN-1", -EINVAL },
};

START_TEST(a_signal_has_a_name_and_a_number) {
        ck_assert_int_eq(signal_from_name(signals[_i].name), signals[_i].signal);
}
END_TEST

START_TEST(every_signal_has_a_name_that_leads_back) {
        for (int s = 1; s < 32; s++)
                ck_assert_int_eq(signal_from_name(signal_name(s)), s);
        for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
                ck_assert_int_eq(signal_from_name(signal_name(s)), s);
        ck_assert_int_eq(signal_from_name("SIGRTMIN+3"), SIGRTMIN + 3);
        ck_assert_int_eq(signal_from_name("RTMAX-1"), SIGRTMAX - 1);
        ck_assert_ptr_null(signal_name(0));
        ck_assert_ptr_null(signal_name(99));
}
END_TEST

START_TEST(exit_statuses_have_systemds_names) {
        ck_assert_str_eq(exit_status_name(217), "USER");
        ck_assert_str_eq(exit_status_name(226), "NAMESPACE");
        ck_assert_ptr_null(exit_status_name(42));
        ck_assert_ptr_null(exit_status_name(-1));
        ck_assert_ptr_null(exit_status_name(256));
        for (int s = 0; s < 256; s++)
                if (exit_status_name(s))
                        ck_assert_int_eq(exit_status_from_name(exit_status_name(s)), s);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("unit-names");
        TCase *c = tcase_create("unit-names");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_loop_test(c, a_name_is_plain_an_instance_a_template_or_no_name, 0, (int)ARRAY_LEN(names));
        tcase_add_test(c, a_name_is_at_most_255_bytes);
        tcase_add_test(c, templates_and_instances_follow_from_each_other);
        tcase_add_loop_test(c, text_is_escaped_for_names_and_back, 0, (int)ARRAY_LEN(escapes));
        tcase_add_test(c, what_is_no_escape_is_refused);
        tcase_add_loop_test(c, what_people_type_becomes_a_name, 0, (int)ARRAY_LEN(mangled));
        tcase_add_test(c, a_slice_knows_its_parent);
        tcase_add_loop_test(c, every_unit_with_processes_has_a_slice, 0, (int)ARRAY_LEN(default_slices));
        tcase_add_loop_test(c, a_signal_has_a_name_and_a_number, 0, (int)ARRAY_LEN(signals));
        tcase_add_test(c, every_signal_has_a_name_that_leads_back);
        tcase_add_test(c, exit_statuses_have_systemds_names);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
