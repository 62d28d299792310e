/* SPDX-License-Identifier: MIT */
/* Values and words. */
#include "supervisor/unit/value.h"

#include <check.h>
#include <errno.h>

/* As `systemd-analyze timespan` has them. */
static const struct {
        const char *text;
        int result;
        uint64_t us;
} spans[] = {
        { "5", 0, 5 * US_PER_SEC },
        { "0", 0, 0 },
        { "2 h", 0, 2 * US_PER_HOUR },
        { "2hours", 0, 2 * US_PER_HOUR },
        { "48hr", 0, 48 * US_PER_HOUR },
        { "1y 12month", 0, 31557600ull * US_PER_SEC + 12 * 2629800ull * US_PER_SEC },
        { "55s500ms", 0, 55500 * US_PER_MS },
        { "300ms20s 5day", 0, 300 * US_PER_MS + 20 * US_PER_SEC + 5 * US_PER_DAY },
        { "1.5h", 0, 90 * US_PER_MIN },
        { "0.5", 0, 500 * US_PER_MS },
        { ".5", 0, 500 * US_PER_MS },
        { "1min 30s", 0, 90 * US_PER_SEC },
        { "1m", 0, US_PER_MIN },
        { "1M", 0, 2629800ull * US_PER_SEC },
        { "7us", 0, 7 },
        { "7µs", 0, 7 },
        { "7μs", 0, 7 },
        { "2weeks", 0, 14 * US_PER_DAY },
        { " 3 ", 0, 3 * US_PER_SEC },
        { "infinity", 0, TIME_NEVER },
        { "", -EINVAL, 0 },
        { "-5", -EINVAL, 0 },
        { "5 parsecs", -EINVAL, 0 },
        { "s", -EINVAL, 0 },
        { "5ns", -EINVAL, 0 },
        { "infinity 5", -EINVAL, 0 },
        { "5.", -EINVAL, 0 },
        { "99999999999999999999", -ERANGE, 0 },
        { "9999999y", -ERANGE, 0 },
};

START_TEST(a_span_is_understood_in_every_spelling) {
        uint64_t us = 42;

        ck_assert_int_eq(value_span(spans[_i].text, US_PER_SEC, &us), spans[_i].result);
        ck_assert_uint_eq(us, spans[_i].result ? 42 : spans[_i].us);
}
END_TEST

static const struct {
        const char *text;
        int result;
        uint64_t bytes;
} sizes[] = {
        { "0", 0, 0 },           { "1024", 0, 1024 },  { "1K", 0, 1024 },           { "512M", 0, 512ull << 20 },
        { "1.5G", 0, 3ull << 29 }, { "2T", 0, 2ull << 40 }, { "1E", 0, 1ull << 60 }, { "1G 512M", 0, 3ull << 29 },
        { "100B", 0, 100 },      { "", -EINVAL, 0 },   { "K", -EINVAL, 0 },         { "1k", -EINVAL, 0 },
        { "512M 1G", -EINVAL, 0 }, { "1X", -EINVAL, 0 }, { "16E", -ERANGE, 0 },     { "-1", -EINVAL, 0 },
        { "5%", -EINVAL, 0 },
};

START_TEST(a_size_counts_in_powers_of_1024) {
        uint64_t bytes = 42;

        ck_assert_int_eq(value_size(sizes[_i].text, &bytes), sizes[_i].result);
        ck_assert_uint_eq(bytes, sizes[_i].result ? 42 : sizes[_i].bytes);
}
END_TEST

START_TEST(shares_modes_errors_and_booleans_are_read) {
        unsigned n = 0;
        mode_t mode = 0;
        int e = 0;
        bool b = false;

        ck_assert(value_permille("25%", &n) == 0 && n == 250);
        ck_assert(value_permille("12.5%", &n) == 0 && n == 125);
        ck_assert(value_permille("200%", &n) == 0 && n == 2000);
        ck_assert(value_permille("7‰", &n) == 0 && n == 7);
        ck_assert(value_permyriad("0.01%", &n) == 0 && n == 1);
        ck_assert_int_eq(value_permille("25", &n), -EINVAL);
        ck_assert_int_eq(value_permille("%", &n), -EINVAL);
        ck_assert(value_mode("2755", &mode) == 0 && mode == 02755);
        ck_assert_int_eq(value_mode("8", &mode), -EINVAL);
        ck_assert_int_eq(value_mode("17777", &mode), -ERANGE);
        ck_assert(value_errno("EPERM", &e) == 0 && e == EPERM);
        ck_assert(value_errno("38", &e) == 0 && e == 38);
        ck_assert_int_eq(value_errno("EWHAT", &e), -EINVAL);
        ck_assert_int_eq(value_errno("4096", &e), -ERANGE);
        ck_assert(value_boolean("On", &b) == 0 && b);
        ck_assert(value_boolean("FALSE", &b) == 0 && !b);
        ck_assert_int_eq(value_boolean("", &b), -EINVAL);
        ck_assert_int_eq(value_boolean("yess", &b), -EINVAL);
}
END_TEST

START_TEST(lists_of_cpus_are_bits) {
        uint8_t bits[4] = { 0 };

        ck_assert_int_eq(value_cpu_list("0-2, 9 31", bits, 32), 0);
        ck_assert(bits[0] == 7 && bits[1] == 2 && bits[2] == 0 && bits[3] == 0x80);
        ck_assert_int_eq(value_cpu_list("32", bits, 32), -ERANGE);
        ck_assert_int_eq(value_cpu_list("3-1", bits, 32), -EINVAL);
        ck_assert_int_eq(value_cpu_list("1-", bits, 32), -EINVAL);
        ck_assert_int_eq(value_cpu_list("99999999999999999999", bits, 32), -ERANGE);
        ck_assert_int_eq(value_cpu_list("a", bits, 32), -EINVAL);
}
END_TEST

static const struct {
        const char *text, *path; /* NULL: refused */
} paths[] = {
        { "/", "/" },           { "//a//b/./c/", "/a/b/c" }, { "/a/..b", "/a/..b" }, { "/a/../b", NULL },
        { "relative", NULL },   { "", NULL },                { "/.", "/" },
};

START_TEST(a_path_is_absolute_and_cleaned) {
        owned_str path = NULL;

        ck_assert_int_eq(value_path(paths[_i].text, &path), paths[_i].path ? 0 : -EINVAL);
        if (paths[_i].path)
                ck_assert_str_eq(path, paths[_i].path);
}
END_TEST

START_TEST(a_relative_path_is_one_below) {
        owned_str path = NULL;

        ck_assert_int_eq(value_relative_path("a//b/", &path), 0);
        ck_assert_str_eq(path, "a/b");
        ck_assert_int_eq(value_relative_path("/a", &path), -EINVAL);
        ck_assert_int_eq(value_relative_path(".", &path), -EINVAL);
        ck_assert_int_eq(value_relative_path("a/../../b", &path), -EINVAL);
}
END_TEST

static const struct {
        const char *text;
        bool is_utf8;
} texts[] = {
        { "plain", true },         { "\xc3\xa4", true },          { "\xe2\x82\xac", true }, { "\xf0\x9f\x98\x80", true },
        { "\xc0\x80", false },     { "\xe0\x80\x80", false },     { "\xed\xa0\x80", false }, { "\xf4\x90\x80\x80", false },
        { "\xff", false },         { "\xc3", false },             { "a\x80", false },        { "\xf0\x8f\xbf\xbf", false },
};

START_TEST(utf8_is_told_from_what_only_looks_like_it) {
        ck_assert_int_eq(value_is_utf8(texts[_i].text), texts[_i].is_utf8);
}
END_TEST

/* Words, joined by '|'; NULL: an error. */
static const struct {
        const char *line;
        unsigned flags;
        const char *words;
} lines[] = {
        { "a b  c", 0, "a|b|c" },
        { "  a\t", 0, "a" },
        { "", 0, "" },
        { "'a b' \"c d\"", 0, "a b|c d" },
        { "x=\"a b\"y", 0, "x=a by" },
        { "'' \"\"", 0, "|" },
        { "\"it's\" 'say \"hi\"'", 0, "it's|say \"hi\"" },
        { "a\\ b", 0, "a b" },
        { "'open", 0, NULL },
        { "\"open", WORD_C_ESCAPES, NULL },
        { "back\\", 0, NULL },
        { "a\\tb\\x41\\101\\u00e4\\U0001F600\\s", WORD_C_ESCAPES, "a\tbAA\xc3\xa4\xf0\x9f\x98\x80 " },
        { "\"a\\\"b\" '\\''", WORD_C_ESCAPES, "a\"b|'" },
        { "a\\qb", WORD_C_ESCAPES, NULL },
        { "a\\qb", WORD_C_ESCAPES | WORD_RELAXED, "a\\qb" },
        { "a\\", WORD_C_ESCAPES | WORD_RELAXED, "a\\" },
        { "\\x00", WORD_C_ESCAPES, NULL },
        { "\\400", WORD_C_ESCAPES, NULL },
        { "\\ud800", WORD_C_ESCAPES, NULL },
        { "x\\x2dy 'a\\b'", WORD_KEEP_ESCAPES, "x\\x2dy|a\\b" },
        { "'a b'", WORD_KEEP_QUOTES, "'a|b'" },
};

START_TEST(a_line_falls_apart_into_words) {
        const char *rest = lines[_i].line;
        owned_strv words = NULL;
        int r;

        for (;;) {
                char *word;

                r = value_next_word(&rest, lines[_i].flags, &word);
                if (r <= 0)
                        break;
                ck_assert_int_eq(strv_adopt(&words, word), 0);
        }
        ck_assert_int_eq(r, lines[_i].words ? 0 : -EINVAL);
        if (lines[_i].words) {
                owned_str joined = strv_join(words, "|");

                ck_assert_str_eq(joined, lines[_i].words);
        }
}
END_TEST

int main(void) {
        Suite *suite = suite_create("unit-value");
        TCase *c = tcase_create("unit-value");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_loop_test(c, a_span_is_understood_in_every_spelling, 0, (int)ARRAY_LEN(spans));
        tcase_add_loop_test(c, a_size_counts_in_powers_of_1024, 0, (int)ARRAY_LEN(sizes));
        tcase_add_test(c, shares_modes_errors_and_booleans_are_read);
        tcase_add_test(c, lists_of_cpus_are_bits);
        tcase_add_loop_test(c, a_path_is_absolute_and_cleaned, 0, (int)ARRAY_LEN(paths));
        tcase_add_test(c, a_relative_path_is_one_below);
        tcase_add_loop_test(c, utf8_is_told_from_what_only_looks_like_it, 0, (int)ARRAY_LEN(texts));
        tcase_add_loop_test(c, a_line_falls_apart_into_words, 0, (int)ARRAY_LEN(lines));
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
