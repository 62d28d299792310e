/* SPDX-License-Identifier: MIT */
/* The table of directives: every row can be found, tried with good, empty and bad values, and released. */
#include "unit-fixture.h"

#include "supervisor/unit/directive.h"
#include "supervisor/unit/parse.h"

/* Values of all kinds of syntax; none may crash a parser, leak, or go by without an outcome. */
static const char *const values[] = {
        "", "yes", "no", "5", "-5", "0", "5s", "infinity", "10%", "1G", "/a/b", "a b c", "~", "~a", "-", "-/x:/y:rbind", "%i%n%%%",
        "%", "'", "\"", "\\\\", "a\\b", "=", ":", "/dev/sda 5M", "/dev/sda", "CAP_KILL", "AF_INET", "@system-service read:EPERM", "user",
        "SIGTERM", "a.service", "a.slice", "x@.service", "@", "!!", "@/bin/a", "|!x", "| ! /x", "file:", "fd:", "file:/x", "0-3,5",
        "A=1", "99999999999999999999999", "\xf0\x9f\x98\x80", "idle", "none", "default", "1:2", ":", "::", ";", "; ;", "/;x", "QQ==",
};

/* Which type of unit has this section. */
static enum unit_type type_of(const struct directive *d) {
        for (int type = 0; type < UNIT_TYPE_COUNT_; type++)
                if (section_is_allowed(group_section(d->group), type))
                        return type;
        return UNIT_TYPE_INVALID;
}

START_TEST(every_row_is_found_by_its_section_and_key) {
        for (size_t i = 0; i < directive_count; i++) {
                const struct directive *d = &directives[i];

                ck_assert_ptr_eq(directive_find(group_section(d->group), d->key), d);
                ck_assert_msg(*d->help && *d->syntax, "%s", d->key);
        }
        ck_assert_ptr_null(directive_find("Unit", "ExecStart"));
        ck_assert_ptr_null(directive_find("Nonsense", "ExecStart"));
        ck_assert_ptr_null(directive_find("Service", "execstart"));
        ck_assert_ptr_null(directive_find("Service", ""));
}
END_TEST

START_TEST(keys_that_are_nearly_right_are_guessed) {
        ck_assert_str_eq(directive_guess("Service", "execstart"), "ExecStart");
        ck_assert_str_eq(directive_guess("Service", "Exec-Start"), "ExecStart");
        ck_assert_str_eq(directive_guess("Service", "WatchDog"), "WatchdogSec");
        ck_assert_ptr_null(directive_guess("Service", "Wants"));
        ck_assert_ptr_null(directive_guess("Nonsense", "ExecStart"));
}
END_TEST

/* What the row has filled in is found to be the same when it is there once more: nothing that it points to is forgotten. */
static void try_packing(const struct unit *u, const struct directive *d) {
        OWNED(unit) struct unit *again = fixture_load(u->name);

        for (int group = 0; group < GROUP_COUNT_; group++)
                ck_assert_msg(group == GROUP_UNIT_ITSELF || group == GROUP_COMMANDS || unit_settings_of(u, group) == unit_settings_of(again, group),
                              "%s", d->key);
}

/* Loads a unit that gives one key every value in turn. */
static void try_row(const struct directive *d) {
        enum unit_type type = type_of(d);
        owned_str name = text_printf("try.%s", unit_type_suffix(type));
        owned_str path = text_printf("%s/%s", fixture_lib, name);
        OWNED(unit) struct unit *u = NULL;
        owned_file f = fopen(path, "w");
        size_t first = type == UNIT_SERVICE;

        ck_assert_int_ne(type, UNIT_TYPE_INVALID);
        ck_assert_ptr_nonnull(f);
        (void)fputs(type == UNIT_SERVICE ? "[Service]\nExecStart=/bin/a\n" : "", f);
        (void)fprintf(f, "[%s]\n", group_section(d->group));
        for (size_t v = 0; v < ARRAY_LEN(values); v++)
                (void)fprintf(f, "%s=%s\n", d->key, values[v]);
        (void)fflush(f);
        u = fixture_load(name);
        ck_assert_uint_eq(u->assignment_count, first + ARRAY_LEN(values));
        for (size_t i = first; i < u->assignment_count; i++) {
                const struct assignment line = unit_assignment(u, i), *a = &line;

                ck_assert_msg(a->directive == (unsigned)(d - directives), "%s=%s", d->key, a->value);
                ck_assert_msg((a->outcome == OUTCOME_APPLIED) == (a->why == NULL), "%s=%s", d->key, a->value);
                ck_assert_msg(d->kind != DIRECTIVE_NOT_YET || a->outcome == OUTCOME_UNSUPPORTED, "%s=%s", d->key, a->value);
        }
        try_packing(u, d);
        fixture_said[0] = 0;
}

START_TEST(every_row_takes_any_value_or_tells) {
        for (size_t i = 0; i < directive_count; i++)
                try_row(&directives[i]);
}
END_TEST

/* The text between quotes is a key: what a reader of the table would look for. */
static size_t count_lines(enum directive_format format, const char *part) {
        owned_mem char *text = NULL;
        size_t length, count = 0;
        FILE *f = open_memstream(&text, &length);

        directives_print(f, format);
        ck_assert_int_eq(fclose(f), 0);
        for (const char *at = text; (at = strstr(at, part)); at++)
                count++;
        return count;
}

START_TEST(the_table_can_be_printed) {
        ck_assert_uint_eq(count_lines(DIRECTIVES_AS_TABLE, "Service\tTimeoutStopSec\tTIME\tspan_or_never\t"), 1);
        ck_assert_uint_eq(count_lines(DIRECTIVES_AS_DICTIONARY, "\"\\x0aExecReload=\""), 1);
        ck_assert_uint_eq(count_lines(DIRECTIVES_AS_HELP, "[Service]\n"), 1);
        ck_assert_uint_gt(count_lines(DIRECTIVES_AS_HELP, "not implemented yet"), 50);
        ck_assert_uint_eq(count_lines(DIRECTIVES_AS_TABLE, "Slice\tMemoryMax\t"), 1);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("directive");
        TCase *c = tcase_create("directive");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_checked_fixture(c, fixture_setup, fixture_teardown);
        tcase_add_test(c, every_row_is_found_by_its_section_and_key);
        tcase_add_test(c, keys_that_are_nearly_right_are_guessed);
        tcase_add_test(c, every_row_takes_any_value_or_tells);
        tcase_add_test(c, the_table_can_be_printed);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
