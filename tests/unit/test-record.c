/* SPDX-License-Identifier: MIT */
#include "service/record.h"

#include "base/clock.h"
#include "base/text.h"
#include "job/job.h"
#include "service/object.h"

#include <check.h>
#include <errno.h>
#include <sys/mman.h>

enum colour { RED, GREEN, BLUE, COLOUR_COUNT };

/* A field of every kind. */
struct all {
        bool is_on;
        uint32_t counter;
        enum colour colour;
        int number;
        pid_t pid;
        uint64_t wide, until;
        struct object_time when;
        char *text, **texts;
        char id[33], chars[8];
        unsigned char bytes[8];
};

#define ROW(number, kind, field, most) RECORD_ROW(number, kind, struct all, field, most)
static const struct record_row rows[] = {
        ROW(1, BOOL, is_on, 1),
        ROW(2, U32, counter, UINT32_MAX),
        ROW(3, U32, colour, COLOUR_COUNT - 1),
        ROW(4, I32, number, 0),
        ROW(5, PID, pid, 0),
        ROW(6, U64, wide, 0),
        ROW(7, UNTIL, until, 0),
        ROW(8, TIME, when, 0),
        ROW(9, TEXT, text, 20),
        ROW(10, TEXTS, texts, 0),
        ROW(11, ID, id, 0),
        ROW(12, CHARS, chars, 8),
        ROW(13, BYTES, bytes, 8),
};
#undef ROW
#define ROWS rows, ARRAY_LEN(rows), 0

static unsigned char buffer[512];
/* The end of a record lies at the end of a page, behind which nothing may be read. */
static unsigned char *page_end;
static struct all given, got;

static void set_up(void) {
        unsigned char *pages = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        ck_assert_int_eq(mprotect(pages + 4096, 4096, PROT_NONE), 0);
        page_end = pages + 4096;
        given = got = (struct all){ .until = TIME_NEVER };
}

static void forget(struct all *a) {
        free(a->text);
        strv_free(a->texts);
        *a = (struct all){ .until = TIME_NEVER };
}

static void tear_down(void) {
        forget(&given);
        forget(&got);
        (void)munmap(page_end - 4096, 2 * 4096);
}

static void fill(struct all *a) {
        a->is_on = true;
        a->counter = 4000000000;
        a->colour = BLUE;
        a->number = -7;
        a->pid = 4194304;
        a->wide = UINT64_MAX;
        a->until = 12345;
        a->when = (struct object_time){ 1700000000000000, 123456789 };
        a->text = strdup("what it says");
        ck_assert_int_eq(strv_add(&a->texts, "A=1"), 0);
        ck_assert_int_eq(strv_add(&a->texts, ""), 0);
        ck_assert_int_eq(strv_add(&a->texts, "B=2"), 0);
        memcpy(a->id, "0123456789abcdef0123456789abcdef", 33);
        memcpy(a->chars, "sixseve", 8);
        memcpy(a->bytes, "12345678", 8);
}

static size_t encode(const struct all *a) {
        struct record_writer w = { .data = buffer, .room = sizeof(buffer) };

        record_encode(&w, ROWS, a);
        ck_assert(!w.is_full);
        return w.length;
}

static int decode(const void *data, size_t length, struct all *a) {
        memcpy(page_end - length, data, length);
        return record_decode(page_end - length, length, ROWS, a);
}

static void assert_equal_texts(const struct all *a, const struct all *b) {
        ck_assert(text_equal_or_null(a->text, b->text));
        ck_assert_uint_eq(strv_length(a->texts), strv_length(b->texts));
        for (size_t i = 0; i < strv_length(a->texts); i++)
                ck_assert_str_eq(a->texts[i], b->texts[i]);
        ck_assert_mem_eq(a->id, b->id, sizeof(a->id));
        ck_assert_mem_eq(a->chars, b->chars, sizeof(a->chars));
        ck_assert_mem_eq(a->bytes, b->bytes, sizeof(a->bytes));
}

static void assert_equal(const struct all *a, const struct all *b) {
        ck_assert_int_eq(a->is_on, b->is_on);
        ck_assert_uint_eq(a->counter, b->counter);
        ck_assert_int_eq(a->colour, b->colour);
        ck_assert_int_eq(a->number, b->number);
        ck_assert_int_eq(a->pid, b->pid);
        ck_assert_uint_eq(a->wide, b->wide);
        ck_assert_uint_eq(a->until, b->until);
        ck_assert_uint_eq(a->when.realtime_us, b->when.realtime_us);
        ck_assert_uint_eq(a->when.monotonic_us, b->when.monotonic_us);
        assert_equal_texts(a, b);
}

/* What the rows promise of every object, whatever was read into it. */
static void assert_sane(const struct all *a) {
        ck_assert_uint_lt(a->colour, COLOUR_COUNT);
        ck_assert(a->pid >= 0 && a->pid <= 4194304);
        ck_assert(memchr(a->id, 0, sizeof(a->id)) && memchr(a->chars, 0, sizeof(a->chars)));
        ck_assert(!a->text || strlen(a->text) <= 20);
}

/* ---- there and back -------------------------------------------------------------------------------------------------- */

START_TEST(every_kind_comes_back) {
        fill(&given);
        ck_assert_int_eq(decode(buffer, encode(&given), &got), 0);
        assert_equal(&given, &got);
}
END_TEST

START_TEST(extremes_come_back) {
        static const int numbers[] = { INT32_MIN, INT32_MAX, -1, 1 };
        static const uint64_t wide[] = { 1, 127, 128, UINT64_MAX - 1, UINT64_MAX };

        for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
                given.number = numbers[i];
                ck_assert_int_eq(decode(buffer, encode(&given), &got), 0);
                assert_equal(&given, &got);
        }
        for (size_t i = 0; i < ARRAY_LEN(wide); i++) {
                given.wide = wide[i];
                given.until = wide[i] - 1; /* 0: at once, which is no default */
                given.when = (struct object_time){ wide[i], wide[ARRAY_LEN(wide) - 1 - i] };
                ck_assert_int_eq(decode(buffer, encode(&given), &got), 0);
                assert_equal(&given, &got);
        }
}
END_TEST

START_TEST(an_empty_text_is_not_no_text) {
        given.text = strdup("");
        ck_assert_int_eq(decode(buffer, encode(&given), &got), 0);
        assert_equal(&given, &got);
}
END_TEST

START_TEST(defaults_are_not_written) {
        ck_assert_uint_eq(encode(&given), 0);
        given.wide = 5;
        ck_assert_uint_eq(encode(&given), 2);
}
END_TEST

START_TEST(what_does_not_fit_is_told) {
        size_t length;

        fill(&given);
        length = encode(&given);
        for (size_t room = 0; room <= length; room++) {
                unsigned char *exact = malloc(room ? room : 1);
                struct record_writer w = { .data = exact, .room = room };

                record_encode(&w, ROWS, &given);
                ck_assert_int_eq(w.is_full, room < length);
                ck_assert_uint_le(w.length, room);
                free(exact);
        }
}
END_TEST

START_TEST(long_texts_are_cut_to_what_will_be_read) {
        given.text = strdup("0123456789012345678901234567890");
        ck_assert_int_eq(decode(buffer, encode(&given), &got), 0);
        ck_assert_str_eq(got.text, "01234567890123456789");
}
END_TEST

START_TEST(what_was_there_is_replaced) {
        got.text = strdup("before");
        ck_assert_int_eq(strv_add(&got.texts, "BEFORE=1"), 0);
        fill(&given);
        ck_assert_int_eq(decode(buffer, encode(&given), &got), 0);
        assert_equal(&given, &got);
}
END_TEST

/* ---- other versions -------------------------------------------------------------------------------------------------- */

START_TEST(a_newer_record_is_read_without_what_is_new) {
        struct all newer = { .counter = 1 };
        static const struct record_row extra[] = {
                RECORD_ROW(90, U32, struct all, counter, UINT32_MAX),
                RECORD_ROW(91, TEXT, struct all, text, 100),
                RECORD_ROW(92, TIME, struct all, when, 0),
        };
        struct record_writer w = { .data = buffer, .room = sizeof(buffer) };

        fill(&given);
        newer.text = given.text;
        newer.when = given.when;
        record_encode(&w, extra, ARRAY_LEN(extra), 0, &newer);
        record_encode(&w, ROWS, &given);
        record_encode(&w, extra, ARRAY_LEN(extra), 50, &newer);
        ck_assert_int_eq(decode(buffer, w.length, &got), 0);
        assert_equal(&given, &got);
}
END_TEST

START_TEST(an_older_record_leaves_the_rest_alone) {
        struct record_writer w = { .data = buffer, .room = sizeof(buffer) };

        fill(&got);
        fill(&given);
        given.counter = 5;
        record_encode(&w, &rows[1], 1, 0, &given);
        ck_assert_int_eq(decode(buffer, w.length, &got), 0);
        assert_equal(&given, &got);
}
END_TEST

START_TEST(tables_of_several_structs_share_a_record) {
        struct all other = { .until = TIME_NEVER }, other_got = other;
        struct record_writer w = { .data = buffer, .room = sizeof(buffer) };

        fill(&given);
        other.wide = 99;
        record_encode(&w, ROWS, &given);
        record_encode(&w, rows, ARRAY_LEN(rows), 64, &other);
        ck_assert_int_eq(decode(buffer, w.length, &got), 0);
        assert_equal(&given, &got);
        ck_assert_int_eq(record_decode(buffer, w.length, rows, ARRAY_LEN(rows), 64, &other_got), 0);
        assert_equal(&other, &other_got);
}
END_TEST

/* ---- hostile ones ---------------------------------------------------------------------------------------------------- */

START_TEST(a_record_that_is_cut_is_no_danger) {
        size_t length;

        fill(&given);
        length = encode(&given);
        for (size_t n = 0; n < length; n++) {
                int r = decode(buffer, n, &got);

                ck_assert(r == 0 || r == -EBADMSG);
                assert_sane(&got);
                forget(&got);
        }
}
END_TEST

START_TEST(no_flipped_bit_is_a_danger) {
        size_t length;

        fill(&given);
        length = encode(&given);
        for (size_t i = 0; i < length; i++)
                for (unsigned bit = 0; bit < 8; bit++) {
                        buffer[i] ^= (unsigned char)(1u << bit);
                        (void)decode(buffer, length, &got);
                        assert_sane(&got);
                        forget(&got);
                        buffer[i] ^= (unsigned char)(1u << bit);
                }
}
END_TEST

/* Each does not fit its row: counted, and the field is at its default. Numbers are NUMBER << 1, | 1 with bytes. */
static const struct misfit {
        const char *what;
        size_t length;
        unsigned char data[24];
} misfits[] = {
        { "a truth of 2", 2, { 1 << 1, 2 } },
        { "a number of more than 32 bits", 6, { 2 << 1, 0x80, 0x80, 0x80, 0x80, 0x10 } },
        { "a word that the enum has not", 2, { 3 << 1, COLOUR_COUNT } },
        { "a signed number above its range", 6, { 4 << 1, 0x80, 0x80, 0x80, 0x80, 0x10 } },
        { "a signed number below its range", 6, { 4 << 1, 0x81, 0x80, 0x80, 0x80, 0x10 } },
        { "a pid above the most there is", 5, { 5 << 1, 0x81, 0x80, 0x80, 0x02 } },
        { "a truth with bytes", 3, { 1 << 1 | 1, 1, 1 } },
        { "a number with bytes", 3, { 6 << 1 | 1, 1, 1 } },
        { "a text without", 2, { 9 << 1, 1 } },
        { "a time without", 2, { 8 << 1, 1 } },
        { "an empty time", 2, { 8 << 1 | 1, 0 } },
        { "half a time", 3, { 8 << 1 | 1, 1, 5 } },
        { "a time that does not end", 4, { 8 << 1 | 1, 2, 5, 0x80 } },
        { "a text with a zero", 5, { 9 << 1 | 1, 3, 'a', 0, 'b' } },
        { "a text that is too long", 23, { 9 << 1 | 1, 21, [2 ... 22] = 'x' } },
        { "one of several texts with a zero", 4, { 10 << 1 | 1, 2, 'a', 0 } },
        { "a short id", 17, { 11 << 1 | 1, 15 } },
        { "a long id", 19, { 11 << 1 | 1, 17 } },
        { "an empty id", 2, { 11 << 1 | 1, 0 } },
        { "characters without room for the end", 10, { 12 << 1 | 1, 8, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' } },
        { "characters with a zero", 4, { 12 << 1 | 1, 2, 0, 'a' } },
        { "bytes that are too many", 11, { 13 << 1 | 1, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9 } },
        { "bytes with a zero", 5, { 13 << 1 | 1, 3, 1, 0, 1 } },
};

START_TEST(what_does_not_fit_its_row_is_counted_and_left_out) {
        const struct misfit *m = &misfits[_i];

        ck_assert_msg(decode(m->data, m->length, &got) == 1, "%s", m->what);
        assert_equal(&given, &got);
        /* What was there stays. */
        fill(&given);
        fill(&got);
        ck_assert_int_eq(decode(m->data, m->length, &got), 1);
        assert_equal(&given, &got);
}
END_TEST

static const struct misfit cuts[] = {
        { "a number alone", 1, { 2 << 1 } },
        { "a value that does not end", 3, { 2 << 1, 0x80, 0x80 } },
        { "a value of eleven bytes", 12, { 6 << 1, [1 ... 10] = 0x80, 0x01 } },
        { "more bytes than there are", 4, { 9 << 1 | 1, 3, 'a', 'b' } },
        { "almost endless bytes", 12, { 9 << 1 | 1, [1 ... 9] = 0xff, 0x01, 'a' } },
        { "a field number that never was", 5, { 0x80, 0x80, 0x80, 0x01, 1 } },
};

START_TEST(what_is_no_record_is_refused) {
        const struct misfit *m = &cuts[_i];

        ck_assert_msg(decode(m->data, m->length, &got) == -EBADMSG, "%s", m->what);
        assert_equal(&given, &got);
}
END_TEST

START_TEST(the_last_of_several_counts) {
        static const unsigned char twice[] = { 2 << 1, 5, 9 << 1 | 1, 1, 'a', 2 << 1, 6, 9 << 1 | 1, 1, 'b' };

        ck_assert_int_eq(decode(twice, sizeof(twice), &got), 0);
        ck_assert_uint_eq(got.counter, 6);
        ck_assert_str_eq(got.text, "b");
}
END_TEST

/* ---- the tables of the real objects ---------------------------------------------------------------------------------- */

#define NAME_NUMBER 15u /* of the unit's name, in a unit's record */

static size_t size_of(const struct record_row *row) {
        static const uint8_t sizes[] = {
                [RECORD_BOOL] = sizeof(bool),
                [RECORD_U32] = 4,
                [RECORD_I32] = 4,
                [RECORD_PID] = sizeof(pid_t),
                [RECORD_U64] = 8,
                [RECORD_UNTIL] = 8,
                [RECORD_TIME] = sizeof(struct object_time),
                [RECORD_TEXT] = sizeof(char *),
                [RECORD_TEXTS] = sizeof(char **),
                [RECORD_ID] = 33,
        };

        return row->kind < ARRAY_LEN(sizes) ? sizes[row->kind] : row->most;
}

static void check_table(const struct record_row *table, size_t count, unsigned base, unsigned first, unsigned end,
                        size_t size) {
        for (size_t i = 0; i < count; i++) {
                const struct record_row *row = &table[i];

                ck_assert_uint_le(row->kind, RECORD_CHARS);
                ck_assert_uint_ge(row->number, 1);
                ck_assert_uint_le(row->number, 127);
                ck_assert_uint_ge(base + row->number, first);
                ck_assert_uint_lt(base + row->number, end);
                ck_assert_uint_le(row->offset + size_of(row), size);
                for (size_t k = 0; k < i; k++) {
                        ck_assert_uint_ne(row->number, table[k].number);
                        ck_assert(row->offset >= table[k].offset + size_of(&table[k]) ||
                                  table[k].offset >= row->offset + size_of(row));
                }
        }
}

START_TEST(no_number_and_no_field_is_in_the_tables_twice) {
        static const struct object_ops *const types[] = { &service_ops, &target_ops, &slice_ops };

        check_table(object_rows, object_row_count, 0, 1, NAME_NUMBER, sizeof(struct object));
        for (size_t i = 0; i < ARRAY_LEN(types); i++) {
                ck_assert_uint_gt(types[i]->row_count, 0);
                check_table(types[i]->rows, types[i]->row_count, RECORD_BASE_TYPE, NAME_NUMBER + 1, RECORD_BASE_JOB + 1,
                            types[i]->size);
        }
        check_table(job_rows, job_row_count, RECORD_BASE_JOB, RECORD_BASE_JOB + 1, UINT16_MAX, sizeof(struct job));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("record");
        TCase *all = tcase_create("all");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(all, set_up, tear_down);
        tcase_add_test(all, every_kind_comes_back);
        tcase_add_test(all, extremes_come_back);
        tcase_add_test(all, an_empty_text_is_not_no_text);
        tcase_add_test(all, defaults_are_not_written);
        tcase_add_test(all, what_does_not_fit_is_told);
        tcase_add_test(all, long_texts_are_cut_to_what_will_be_read);
        tcase_add_test(all, what_was_there_is_replaced);
        tcase_add_test(all, a_newer_record_is_read_without_what_is_new);
        tcase_add_test(all, an_older_record_leaves_the_rest_alone);
        tcase_add_test(all, tables_of_several_structs_share_a_record);
        tcase_add_test(all, a_record_that_is_cut_is_no_danger);
        tcase_add_test(all, no_flipped_bit_is_a_danger);
        tcase_add_loop_test(all, what_does_not_fit_its_row_is_counted_and_left_out, 0, ARRAY_LEN(misfits));
        tcase_add_loop_test(all, what_is_no_record_is_refused, 0, ARRAY_LEN(cuts));
        tcase_add_test(all, the_last_of_several_counts);
        tcase_add_test(all, no_number_and_no_field_is_in_the_tables_twice);
        suite_add_tcase(suite, all);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
