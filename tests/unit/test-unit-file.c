/* SPDX-License-Identifier: MIT */
/* The text of a unit file becomes assignments, verbatim. */
#include "supervisor/unit/unit-file.h"

#include <check.h>
#include <errno.h>

static char got[1 << 16], said[1 << 12];
static size_t longest;

static int collect(void *user, const char *section, const char *key, const char *value, unsigned line) {
        size_t used = strlen(got);

        (void)user;
        longest = MAX(longest, strlen(value));
        (void)snprintf(got + used, sizeof got - used, "%u [%s] %s=<%.100s>\n", line, section, key, value);
        return text_equal(key, "Stop") ? -ECANCELED : 0;
}

static void hear(struct diag *d, enum diag_level level, const char *text) {
        (void)d;
        (void)level;
        (void)snprintf(said + strlen(said), sizeof said - strlen(said), "%s\n", text);
}

static int read_text(const char *text, size_t length) {
        struct diag d = { .message = hear };
        owned_str own = malloc(length + 1); /* no byte more */

        memcpy(own, text, length);
        got[0] = said[0] = 0;
        longest = 0;
        return unit_file_parse(own, length, "f", &d, collect, NULL);
}

static const struct {
        const char *text, *got, *said;
} files[] = {
        { "[A]\nK=v\n", "2 [A] K=<v>\n", "" },
        { "[A]\nK=v", "2 [A] K=<v>\n", "" },
        { "[A]\r\nK = v w \r\n", "2 [A] K=<v w>\n", "" },
        { "\xef\xbb\xbf[A]\nK=v", "2 [A] K=<v>\n", "" },
        /* nothing inside of a value means anything here */
        { "[A]\nK=a ; b # c : d = e [f] \"g\" 'h'\n", "2 [A] K=<a ; b # c : d = e [f] \"g\" 'h'>\n", "" },
        { "[A]\nK=a:b\n", "2 [A] K=<a:b>\n", "" },
        { "[A]\nK=\nK=1\nK=1\n", "2 [A] K=<>\n3 [A] K=<1>\n4 [A] K=<1>\n", "" },
        { "# c\n; c\n\n  # c\n[A]\n", "", "" },
        { "[A]\n   K=indented\n", "2 [A] K=<indented>\n", "" },
        { "[A]\nK=a\n  b=c\n", "2 [A] K=<a>\n3 [A] b=<c>\n", "" },
        { "K=v\n", "1 [] K=<v>\n", "" },
        /* continuation */
        { "[A]\nK=a \\\n  b\\\nc\nL=d\n", "2 [A] K=<a    b c>\n5 [A] L=<d>\n", "" },
        { "[A]\nK=a\\\n# comment\n  ; another \\\n b\nL=c\n", "2 [A] K=<a  b>\n6 [A] L=<c>\n", "" },
        { "[A]\nK=a\\\\\nL=b\n", "2 [A] K=<a\\\\>\n3 [A] L=<b>\n", "" },
        { "[A]\nK=a\\\\\\\nb\n", "2 [A] K=<a\\\\ b>\n", "" },
        { "[A]\nK=a\\\n\nL=b\n", "2 [A] K=<a>\n4 [A] L=<b>\n", "" },
        { "[A]\nK=a\\", "2 [A] K=<a>\n", "" },
        { "[A]\n# comment \\\nK=v\n", "3 [A] K=<v>\n", "" },
        { "\r\n[A]\r\nK=a\\\r\n b \r\n# c\r\nL=c\r\r\n", "3 [A] K=<a  b>\n6 [A] L=<c>\n", "" },
        { "[A]\nK=a \\\n\\\nL=b \\\n\nM=c\n", "2 [A] K=<a   L=b>\n6 [A] M=<c>\n", "" },
        { "[A]\n \t \\\n K=v\n", "2 [A] K=<v>\n", "" },
        { "\xef\xbb\xbf# c\n\xef\xbb\xbf[A]\nK=v", "3 [] K=<v>\n",
          "f:2: a line is KEY=VALUE or [Section]; this one is ignored\n" },
        { "[A]\nK=\xc3\xa4 \\\n \xe2\x82\xac\n", "2 [A] K=<\xc3\xa4   \xe2\x82\xac>\n", "" },
        { "[A\\\nB]\nK=v\n", "3 [A B] K=<v>\n", "" },
        /* mistakes */
        { "[A]\nnothing\nK=v\n", "3 [A] K=<v>\n", "f:2: a line is KEY=VALUE or [Section]; this one is ignored\n" },
        { "[A]\nK:v\n", "", "f:2: a line is KEY=VALUE or [Section]; this one is ignored\n" },
        { "[A]\nK:a=v\n", "", "f:2: a key has no ':' in its name; the line is ignored\n" },
        { "[A]\n=v\n", "", "f:2: there is no key before the '='; the line is ignored\n" },
        { "[A]\nK=1\n[B\nK=2\n[C]\nK=3\n", "2 [A] K=<1>\n4 [?] K=<2>\n6 [C] K=<3>\n",
          "f:3: a section header is [Name] and nothing else; the lines below it are ignored\n" },
        { "[A] # c\nK=1\n", "2 [?] K=<1>\n",
          "f:1: a section header is [Name] and nothing else; the lines below it are ignored\n" },
        { "[A]\nK=1\n[]\nK=2\n[B]]\nK=3\n[[C]\nK=4\n", "2 [A] K=<1>\n4 [?] K=<2>\n6 [?] K=<3>\n8 [?] K=<4>\n",
          "f:3: a section header is [Name] and nothing else; the lines below it are ignored\n"
          "f:5: a section header is [Name] and nothing else; the lines below it are ignored\n"
          "f:7: a section header is [Name] and nothing else; the lines below it are ignored\n" },
        { "[A]\n# c\n\nK:a \\\n=v\n  = v\n", "",
          "f:4: a key has no ':' in its name; the line is ignored\n"
          "f:6: there is no key before the '='; the line is ignored\n" },
        { "[A]\nK=a\\\n\xff\nL=v\n", "4 [A] L=<v>\n", "f:2: a line that is not UTF-8 is ignored\n" },
        { "[A]\nK=\xff\nL=v\n", "3 [A] L=<v>\n", "f:2: a line that is not UTF-8 is ignored\n" },
};

START_TEST(every_line_is_given_or_told_of) {
        ck_assert_int_eq(read_text(files[_i].text, strlen(files[_i].text)), 0);
        ck_assert_str_eq(got, files[_i].got);
        ck_assert_str_eq(said, files[_i].said);
}
END_TEST

START_TEST(a_nul_byte_spoils_its_own_line_only) {
        static const char text[] = "[A]\nK=a\0b\nL=v\n";

        ck_assert_int_eq(read_text(text, sizeof text - 1), 0);
        ck_assert_str_eq(got, "3 [A] L=<v>\n");
        ck_assert_str_eq(said, "f:2: a line with a NUL byte is ignored\n");
}
END_TEST

START_TEST(a_value_may_be_a_megabyte) {
        size_t length = 1u << 20;
        owned_str text = malloc(length + 64);
        char *end;

        strcpy(text, "[A]\nK=");
        end = text + strlen(text);
        memset(end, 'x', length);
        strcpy(end + length, "\nL=v\n");
        ck_assert_int_eq(read_text(text, strlen(text)), 0);
        ck_assert_uint_eq(longest, length);
        ck_assert_ptr_nonnull(strstr(got, "3 [A] L=<v>\n"));
}
END_TEST

START_TEST(names_longer_than_any_real_one_are_given_too) {
        owned_str text = text_printf("[%0100d]\n%0200d=v\n", 1, 2);

        ck_assert_int_eq(read_text(text, strlen(text)), 0);
        ck_assert_ptr_nonnull(strstr(got, "2=<v>"));
        ck_assert_uint_gt(strlen(got), 200);
}
END_TEST

START_TEST(the_handler_can_stop_it) {
        static const char text[] = "[A]\nK=1\nStop=1\nL=1\n";

        ck_assert_int_eq(read_text(text, strlen(text)), -ECANCELED);
        ck_assert_str_eq(got, "2 [A] K=<1>\n3 [A] Stop=<1>\n");
}
END_TEST

START_TEST(no_text_is_no_lines) {
        ck_assert_int_eq(read_text("", 0), 0);
        ck_assert_str_eq(got, "");
        ck_assert_int_eq(read_text("\n\n\n", 3), 0);
        ck_assert_str_eq(got, "");
}
END_TEST

int main(void) {
        Suite *suite = suite_create("unit-file");
        TCase *c = tcase_create("unit-file");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_loop_test(c, every_line_is_given_or_told_of, 0, (int)ARRAY_LEN(files));
        tcase_add_test(c, a_nul_byte_spoils_its_own_line_only);
        tcase_add_test(c, a_value_may_be_a_megabyte);
        tcase_add_test(c, names_longer_than_any_real_one_are_given_too);
        tcase_add_test(c, the_handler_can_stop_it);
        tcase_add_test(c, no_text_is_no_lines);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
