/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text-set.h"

#include <check.h>
#include <errno.h>

START_TEST(a_vector_grows_shrinks_and_copies) {
        owned_strv v = NULL;
        owned_strv copy = NULL;
        owned_str joined = NULL;

        ck_assert_uint_eq(strv_length(NULL), 0);
        ck_assert_int_eq(strv_add(&v, "a"), 0);
        ck_assert_int_eq(strv_add_unique(&v, "b"), 1);
        ck_assert_int_eq(strv_add_unique(&v, "a"), 0);
        ck_assert_int_eq(strv_adopt(&v, strdup("c")), 0);
        strv_remove(v, "b");
        ck_assert_int_eq(strv_add_all(&copy, v), 0);
        ck_assert_int_eq(strv_add_all(&copy, v), 0);
        joined = strv_join(copy, ", ");
        ck_assert_str_eq(joined, "a, c, a, c");
        ck_assert(strv_contains(v, "c"));
        ck_assert(!strv_contains(v, "b"));
        ck_assert(!strv_contains(NULL, "b"));
}
END_TEST

/* Through the whole of its growth, and as a vector without it would be. */
START_TEST(a_set_keeps_the_first_of_each_in_order) {
        struct text_set set = { 0 };
        owned_strv v = NULL;
        char text[16];

        ck_assert_int_eq(strv_add(&v, "0"), 0);
        for (unsigned round = 0; round < 2; round++)
                for (unsigned i = 0; i < 3000; i++) {
                        (void)snprintf(text, sizeof(text), "%u", i);
                        ck_assert_int_eq(text_set_add(&set, &v, text), round == 0 && i > 0);
                }
        text_set_clear(&set);
        ck_assert_uint_eq(strv_length(v), 3000);
        for (unsigned i = 0; i < 3000; i++) {
                (void)snprintf(text, sizeof(text), "%u", i);
                ck_assert_str_eq(v[i], text);
        }
}
END_TEST

START_TEST(texts_are_put_one_behind_the_other) {
        owned_str three = text_concat("a", "", "bc");
        owned_str one = text_concat("");

        ck_assert_str_eq(three, "abc");
        ck_assert_str_eq(one, "");
}
END_TEST

START_TEST(an_empty_vector_joins_to_an_empty_string) {
        owned_str joined = strv_join(NULL, ",");
        owned_strv copy = strv_copy(NULL);

        ck_assert_str_eq(joined, "");
        ck_assert_ptr_nonnull(copy);
        ck_assert_uint_eq(strv_length(copy), 0);
}
END_TEST

START_TEST(empty_strings_are_joined_too) {
        char *words[] = { (char *)"", (char *)"x", (char *)"", NULL };
        owned_str joined = strv_join(words, "|");

        ck_assert_str_eq(joined, "|x|");
}
END_TEST

START_TEST(vectors_can_be_walked) {
        char *words[] = { (char *)"x", (char *)"y", NULL };
        size_t n = 0;

        STRV_EACH(s, words)
                n += strlen(s);
        STRV_EACH(s, (char **)NULL)
                n += strlen(s);
        ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(prefix_suffix_and_null_are_told_apart) {
        ck_assert_str_eq(text_after("file:/x", "file:"), "/x");
        ck_assert_ptr_null(text_after("file", "file:"));
        ck_assert(text_ends_with("a.service", ".service"));
        ck_assert(!text_ends_with("ice", ".service"));
        ck_assert(text_equal_or_null(NULL, NULL));
        ck_assert(!text_equal_or_null(NULL, ""));
        ck_assert(text_equal_or_null("a", "a"));
}
END_TEST

START_TEST(replacing_frees_the_old_and_takes_null) {
        owned_str s = NULL;

        ck_assert_int_eq(text_replace(&s, "one"), 0);
        ck_assert_int_eq(text_replace(&s, "two"), 0);
        ck_assert_str_eq(s, "two");
        ck_assert_int_eq(text_replace(&s, NULL), 0);
        ck_assert_ptr_null(s);
}
END_TEST

static const struct {
        const char *text;
        unsigned base;
        int result;
        uint64_t value;
} numbers[] = {
        { "0", 10, 0, 0 },           { "18446744073709551615", 10, 0, UINT64_MAX },
        { "0x1f", 0, 0, 31 },        { "0644", 0, 0, 420 },
        { "755", 8, 0, 493 },        { "ff", 16, 0, 255 },
        { "", 10, -EINVAL, 0 },      { "18446744073709551616", 10, -ERANGE, 0 },
        { "-1", 10, -EINVAL, 0 },    { " 1", 10, -EINVAL, 0 },
        { "1 ", 10, -EINVAL, 0 },    { "+1", 10, -EINVAL, 0 },
        { "x", 10, -EINVAL, 0 },     { "8", 8, -EINVAL, 0 },
        { "-1", 16, -EINVAL, 0 },    { "g", 16, -EINVAL, 0 },
};

START_TEST(a_number_is_the_whole_string_or_none) {
        uint64_t value = 42;

        ck_assert_int_eq(text_to_u64(numbers[_i].text, numbers[_i].base, &value), numbers[_i].result);
        ck_assert_uint_eq(value, numbers[_i].result ? 42 : numbers[_i].value);
}
END_TEST

START_TEST(signed_numbers_reach_both_ends) {
        int64_t value = 0;

        ck_assert_int_eq(text_to_i64("-9223372036854775808", 10, &value), 0);
        ck_assert_int_eq(value, INT64_MIN);
        ck_assert_int_eq(text_to_i64("9223372036854775807", 10, &value), 0);
        ck_assert_int_eq(value, INT64_MAX);
        ck_assert_int_eq(text_to_i64("9223372036854775808", 10, &value), -ERANGE);
        ck_assert_int_eq(text_to_i64("+19", 10, &value), 0);
        ck_assert_int_eq(value, 19);
        ck_assert_int_eq(text_to_i64("--1", 10, &value), -EINVAL);
        ck_assert_int_eq(text_to_i64("-", 10, &value), -EINVAL);
        ck_assert_int_eq(value, 19);
}
END_TEST

START_TEST(names_come_from_a_table_with_holes) {
        static const char *const names[] = { "zero", NULL, "two" };

        ck_assert_str_eq(table_name(names, 3, 2), "two");
        ck_assert_str_eq(table_name(names, 3, 1), "?");
        ck_assert_str_eq(table_name(names, 3, 3), "?");
        ck_assert_str_eq(table_name(names, 3, -1), "?");
        ck_assert_int_eq(table_value(names, 3, "two"), 2);
        ck_assert_int_eq(table_value(names, 3, "one"), -1);
}
END_TEST

static const struct {
        uint64_t us;
        const char *text;
} spans[] = {
        { 0, "0" },
        { 1, "1us" },
        { 90 * US_PER_SEC, "1min 30s" },
        { 1500 * US_PER_MS, "1s 500ms" },
        { TIME_NEVER, "infinity" },
        { 15 * US_PER_DAY + US_PER_HOUR, "2w 1d 1h" },
};

START_TEST(a_span_reads_as_people_write_it) {
        char buffer[TEXT_SPAN_MAX];

        ck_assert_str_eq(text_format_span(buffer, spans[_i].us), spans[_i].text);
}
END_TEST

START_TEST(the_longest_span_fits) {
        char buffer[TEXT_SPAN_MAX];

        ck_assert_uint_lt(strlen(text_format_span(buffer, TIME_NEVER - 1)), TEXT_SPAN_MAX - 1);
}
END_TEST

static const struct {
        uint64_t bytes;
        const char *text;
} sizes[] = {
        { 0, "0B" },
        { 1023, "1023B" },
        { 1024, "1K" },
        { 1536, "1.5K" },
        { 24536678, "23.3M" },
        { 16ull << 30, "16G" },
        { UINT64_MAX - 1, "15.9E" },
        { UINT64_MAX, "infinity" },
};

START_TEST(a_size_has_one_decimal) {
        char buffer[TEXT_SIZE_MAX];

        ck_assert_str_eq(text_format_size(buffer, sizes[_i].bytes), sizes[_i].text);
}
END_TEST

START_TEST(times_saturate) {
        ck_assert_uint_eq(time_add(1, 2), 3);
        ck_assert_uint_eq(time_add(TIME_NEVER, 2), TIME_NEVER);
        ck_assert_uint_eq(time_add(TIME_NEVER - 1, 2), TIME_NEVER);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("text");
        TCase *c = tcase_create("text");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_test(c, a_vector_grows_shrinks_and_copies);
        tcase_add_test(c, a_set_keeps_the_first_of_each_in_order);
        tcase_add_test(c, texts_are_put_one_behind_the_other);
        tcase_add_test(c, an_empty_vector_joins_to_an_empty_string);
        tcase_add_test(c, empty_strings_are_joined_too);
        tcase_add_test(c, vectors_can_be_walked);
        tcase_add_test(c, prefix_suffix_and_null_are_told_apart);
        tcase_add_test(c, replacing_frees_the_old_and_takes_null);
        tcase_add_loop_test(c, a_number_is_the_whole_string_or_none, 0, (int)ARRAY_LEN(numbers));
        tcase_add_test(c, signed_numbers_reach_both_ends);
        tcase_add_test(c, names_come_from_a_table_with_holes);
        tcase_add_loop_test(c, a_span_reads_as_people_write_it, 0, (int)ARRAY_LEN(spans));
        tcase_add_test(c, the_longest_span_fits);
        tcase_add_loop_test(c, a_size_has_one_decimal, 0, (int)ARRAY_LEN(sizes));
        tcase_add_test(c, times_saturate);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
