/* SPDX-License-Identifier: MIT */
/* How lines look, where they are kept, and how they are found again. */
#include "base/log-tail.h"
#include "base/sys.h"
#include "log/logger-store.h"

#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

static char directory[64];
static struct logger_store store;
static struct logger_file file;
static int fake_write_error; /* from now on, files cannot be written */
static size_t killed_after = SIZE_MAX; /* bytes written */

ssize_t sys_write(int fd, const void *data, size_t length) {
        ssize_t n;

        if (killed_after <= length) {
                (void)!write(fd, data, killed_after);
                _exit(0);
        }
        if (killed_after != SIZE_MAX)
                killed_after -= length;
        if (fake_write_error)
                return -fake_write_error;
        n = write(fd, data, length);
        return n < 0 ? -errno : n;
}

static void open_store(uint64_t file_bytes, unsigned files, uint64_t total_bytes) {
        struct logger_limits limits = { .file_bytes = file_bytes, .files = files, .total_bytes = total_bytes };
        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        ck_assert_int_eq(logger_store_open(&store, &fd, &limits), 0);
        ck_assert_int_eq(fd, -1);
}

static void set_up(void) {
        (void)snprintf(directory, sizeof(directory), "/tmp/keel-test-log.XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(directory));
        memset(&store, 0, sizeof(store));
        file = (struct logger_file){ .unit = "web.service" };
        fake_write_error = 0;
}

static void tear_down(void) {
        char command[96];

        logger_file_close(&store, &file);
        close_fd(&store.directory_fd);
        logger_memory_close(&store.memory);
        (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
        ck_assert_int_eq(system(command), 0);
}

#define STAMP "2026-11-24T08:25:06.123456Z"

static void append(const char *text) {
        logger_file_append(&store, &file, STAMP, "", text, strlen(text));
}

static char *read_log(const char *name) {
        char *text = NULL;
        size_t length;
        int r = sys_read_file(store.directory_fd, name, 64u << 20, &text, &length);

        return r < 0 ? strdup("") : text;
}

static void expect_log(const char *name, const char *text) {
        owned_str got = read_log(name);

        ck_assert_str_eq(got, text);
}

/* --- text ---------------------------------------------------------------------------------------------------------- */

START_TEST(a_time_is_written_in_utc_to_the_microsecond) {
        static const struct {
                uint64_t us;
                const char *text;
        } rows[] = {
                { 0, "1970-01-01T00:00:00.000000Z" },
                { 951782399999999, "2000-02-28T23:59:59.999999Z" },
                { 951782400000000, "2000-02-29T00:00:00.000000Z" },
                { 1795508706123456, "2026-11-24T08:25:06.123456Z" },
                { 1795508706123457, "2026-11-24T08:25:06.123457Z" },
                { 4107542400000000, "2100-03-01T00:00:00.000000Z" },
                { UINT64_MAX, "9999-12-31T23:59:59.551615Z" },
        };
        struct logger_stamp stamp = { 0 };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                ck_assert_str_eq(logger_stamp_at(&stamp, rows[i].us), rows[i].text);
}
END_TEST

static const char *render(enum logger_format format, enum logger_look look, const char *text, size_t length) {
        static char out[LOGGER_TEXT_ROOM_MIN];
        struct logger_style style = { .format = format, .look = look };
        struct logger_text t = {
                .unit = "a.service", .identifier = "", .stamp = STAMP, .priority = 6, .text = text, .length = length
        };
        size_t n = logger_text_render(&style, &t, out, sizeof(out) - 1);

        out[n] = 0;
        return out;
}

START_TEST(a_terminal_never_sees_a_control_byte_of_a_service) {
        char all[256];
        const char *got;

        for (size_t i = 0; i < sizeof(all); i++)
                all[i] = (char)i;
        got = render(LOGGER_MIRROR_PREFIXED, LOGGER_LOOK_ESCAPED, all, sizeof(all));
        ck_assert_ptr_nonnull(strstr(got, "a.service: \\x00\\x01"));
        for (const char *p = got; p[1]; p++)
                ck_assert_msg(((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f) || *p == '\t', "%02x", *p);
        ck_assert_str_eq(render(LOGGER_MIRROR_PLAIN, LOGGER_LOOK_ESCAPED,
                                "\xc2\x9b"
                                "1mä\r",
                                6),
                         "\\u009b1mä\n");
}
END_TEST

START_TEST(json_is_valid_whatever_the_bytes) {
        ck_assert_str_eq(render(LOGGER_MIRROR_JSON, LOGGER_LOOK_RAW, "\"\\\n\x80ü\xed\xa0\x80", 9),
                         "{\"time\":\"" STAMP "\",\"unit\":\"a.service\",\"priority\":6,"
                         "\"message\":\"\\\"\\\\\\u000a\\ufffdü\\ufffd\\ufffd\\ufffd\"}\n");
}
END_TEST

START_TEST(what_does_not_fit_is_refused_or_cut) {
        struct logger_style style = { .format = LOGGER_MIRROR_PLAIN };
        char text[512], out[300];
        struct logger_text t = { .unit = "a", .identifier = "", .stamp = STAMP, .text = text, .length = sizeof(text) };

        memset(text, 'x', sizeof(text));
        ck_assert_uint_eq(logger_text_render(&style, &t, out, sizeof(out)), 0);
        ck_assert_uint_eq(logger_text_render_cut(&style, &t, out, sizeof(out)), 257);
        t.length = sizeof(out);
        ck_assert_uint_eq(logger_text_render(&style, &t, out, sizeof(out)), 0);
        t.length = sizeof(out) - 1;
        ck_assert_uint_eq(logger_text_render(&style, &t, out, sizeof(out)), sizeof(out));
}
END_TEST

/* --- files --------------------------------------------------------------------------------------------------------- */

START_TEST(a_line_in_pieces_has_the_time_of_its_first) {
        open_store(1u << 20, 4, 0);
        logger_file_open(&store, &file, LOGGER_OPEN_FRESH);
        append("one\ntw");
        expect_log("web.service.log", STAMP " one\n" STAMP " tw");
        append("o\n\nthree\n");
        expect_log("web.service.log", STAMP " one\n" STAMP " two\n" STAMP " \n" STAMP " three\n");
}
END_TEST

START_TEST(a_successor_goes_on_in_the_middle_of_a_line) {
        open_store(1u << 20, 4, 0);
        logger_file_open(&store, &file, LOGGER_OPEN_FRESH);
        append("half");
        logger_file_close(&store, &file);
        file = (struct logger_file){ .unit = "web.service" };
        logger_file_open(&store, &file, LOGGER_OPEN_AGAIN);
        append(" whole\n");
        append("open");
        logger_file_close(&store, &file);
        file = (struct logger_file){ .unit = "web.service" };
        logger_file_open(&store, &file, LOGGER_OPEN_FRESH);
        append("new\n");
        expect_log("web.service.log", STAMP " half whole\n" STAMP " open\n" STAMP " new\n");
}
END_TEST

START_TEST(files_rotate_between_lines_and_the_oldest_goes) {
        char text[1001];

        open_store(8192, 3, 1u << 30);
        memset(text, 'x', 999);
        text[999] = '\n';
        text[1000] = 0;
        for (int c = 'a'; c <= 'z'; c++) {
                text[0] = (char)c;
                append(text);
        }
        for (unsigned i = 0; i < 3; i++) {
                owned_str log = NULL;
                char name[32];

                (void)snprintf(name, sizeof(name), i ? "web.service.log.%u" : "web.service.log", i);
                log = read_log(name);
                ck_assert_uint_le(strlen(log), 8192 + 1028);
                ck_assert_int_eq(strncmp(log, "2026", 4), 0);
                ck_assert_int_eq(log[28], "yqi"[i]);
                ck_assert_int_eq(log[strlen(log) - 1], '\n');
        }
        ck_assert_int_eq(faccessat(store.directory_fd, "web.service.log.3", F_OK, 0), -1);
        ck_assert_uint_eq(store.used_bytes, 18 * 1028);
}
END_TEST

START_TEST(the_directory_as_a_whole_is_bounded) {
        struct logger_file others[8] = { 0 };
        char names[8][32], text[4000];
        uint64_t sum = 0;

        open_store(8192, 4, 65536);
        memset(text, '\n', sizeof(text));
        for (int round = 0; round < 20; round++) {
                for (size_t i = 0; i < ARRAY_LEN(others); i++) {
                        (void)snprintf(names[i], sizeof(names[i]), "u%zu.service", i);
                        others[i].unit = names[i];
                        logger_file_append(&store, &others[i], STAMP, "", text, 100);
                        ck_assert_uint_le(store.used_bytes, 65536 + 8192);
                }
        }
        for (size_t i = 0; i < ARRAY_LEN(others); i++) {
                owned_str log = NULL;

                (void)snprintf(text, sizeof(text), "%s.log", names[i]);
                log = read_log(text);
                sum += strlen(log);
                ck_assert_uint_eq(others[i].lost_bytes, 0);
                logger_file_close(&store, &others[i]);
        }
        ck_assert_uint_gt(sum, 0);
        ck_assert_uint_le(sum, 65536);
}
END_TEST

START_TEST(a_line_without_end_is_cut_and_says_so) {
        owned_str text = malloc(2 * LOGGER_LINE_MAX + 2);
        owned_str log = NULL;
        const char *second;

        open_store(1u << 20, 4, 0);
        memset(text, 'x', 2 * LOGGER_LINE_MAX);
        memcpy(text + 2 * LOGGER_LINE_MAX, "\n", 2);
        append(text);
        append("next\n");
        log = read_log("web.service.log");
        second = strchr(log, '\n') + 1;
        ck_assert_int_eq(second - log, (int)(28 + LOGGER_LINE_MAX + strlen(LOGGER_CUT_MARK) + 1));
        ck_assert_int_eq(strncmp(second, STAMP " " LOGGER_CUT_MARK "x", 32), 0);
        ck_assert_ptr_nonnull(strstr(second, "x\n" STAMP " next\n"));
}
END_TEST

START_TEST(a_full_disk_costs_lines_and_the_file_says_how_many_bytes) {
        open_store(1u << 20, 4, 0);
        append("before\npart");
        fake_write_error = ENOSPC;
        append("ial\nlost\n");
        append("lost too\n");
        fake_write_error = 0;
        append("after\n");
        expect_log("web.service.log",
                   STAMP " before\n" STAMP " part\n" STAMP
                         " keel-logger: 74 bytes were lost here: No space left on device\n" STAMP " after\n");
}
END_TEST

START_TEST(something_else_in_the_files_place_is_not_touched) {
        open_store(1u << 20, 4, 0);
        ck_assert_int_eq(symlinkat("/tmp/keel-test-target", store.directory_fd, "web.service.log"), 0);
        append("no\n");
        ck_assert_int_eq(access("/tmp/keel-test-target", F_OK), -1);
        ck_assert_int_eq(file.lost_error, ELOOP);
}
END_TEST

/* --- the last lines ------------------------------------------------------------------------------------------------ */

static void expect_tail(unsigned max_lines, int lines, const char *text) {
        owned_str got = NULL;
        size_t length = 0;

        ck_assert_int_eq(log_tail(store.directory_fd, "web.service", max_lines, &got, &length), lines);
        ck_assert_str_eq(got, text);
        ck_assert_uint_eq(length, strlen(text));
}

START_TEST(the_last_lines_are_found_across_files) {
        open_store(1u << 20, 4, 0);
        expect_tail(5, 0, "");
        append("a\nb\n");
        logger_file_rotate(&store, &file);
        expect_tail(1, 1, STAMP " b\n");
        append("c\n");
        logger_file_rotate(&store, &file);
        append("d\ne");
        expect_tail(1, 1, STAMP " e\n");
        expect_tail(2, 2, STAMP " d\n" STAMP " e\n");
        expect_tail(4, 4, STAMP " b\n" STAMP " c\n" STAMP " d\n" STAMP " e\n");
        expect_tail(9, 5, STAMP " a\n" STAMP " b\n" STAMP " c\n" STAMP " d\n" STAMP " e\n");
        expect_tail(0, 0, "");
}
END_TEST

START_TEST(the_last_lines_of_a_large_file_are_bounded) {
        owned_str got = NULL;
        size_t length = 0;
        char text[4097];
        int lines;

        open_store(8u << 20, 4, 1u << 30);
        memset(text, 'x', 4096);
        text[4095] = '\n';
        text[4096] = 0;
        for (int i = 0; i < 1000; i++)
                append(text);
        lines = log_tail(store.directory_fd, "web.service", 100000, &got, &length);
        ck_assert_int_eq(lines, (int)(LOG_TAIL_BYTES_MAX / (4096 + 28)));
        ck_assert_uint_eq(length, (size_t)lines * (4096 + 28));
}
END_TEST

START_TEST(a_line_is_taken_apart) {
        const char *text = STAMP " <3>bad\nno time\n" STAMP " \n", *end = text + strlen(text);
        struct log_tail_line l;

        ck_assert(log_tail_next(&text, end, &l));
        ck_assert_uint_eq(l.priority, 3);
        ck_assert_uint_eq(l.time_length, 27);
        ck_assert_int_eq(strncmp(l.text, "bad", l.text_length), 0);
        ck_assert(log_tail_next(&text, end, &l));
        ck_assert_uint_eq(l.time_length, 0);
        ck_assert_uint_eq(l.text_length, 7);
        ck_assert(log_tail_next(&text, end, &l));
        ck_assert_uint_eq(l.time_length, 27);
        ck_assert_uint_eq(l.text_length, 0);
        ck_assert(!log_tail_next(&text, end, &l));
}
END_TEST

/* --- a logger is killed, and the next one goes on ------------------------------------------------------------------ */

enum { READ_BYTES = 60000, LINE_BYTES = 4 }; /* so many short lines that they are several writes */

/* What a pipe gave: the end of a line, many short ones, the beginning of one. */
static void fill_in(char *in, size_t length) {
        for (size_t i = 0; i < length; i++)
                in[i] = i % LINE_BYTES == 1 ? '\n' : (char)('a' + i / LINE_BYTES % 26);
}

enum moment { READING, HAS_READ };

/* A logger that reads, and is killed after it has written so many bytes. */
static void be_killed(enum moment moment, size_t after) {
        pid_t pid = fork();
        int status;

        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                logger_memory_begin(store.memory, "web.service", "me");
                fill_in(store.memory->in, READ_BYTES);
                if (moment == READING)
                        _exit(0);
                logger_memory_has_read(store.memory, READ_BYTES, STAMP);
                killed_after = after;
                logger_file_append(&store, &file, STAMP, "me", store.memory->in, READ_BYTES);
                _exit(1); /* it should not come to that */
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
}

static struct logger_memory *shared_memory(void) {
        owned_fd fd = sys_memfd_create("test", MFD_CLOEXEC);
        struct logger_memory *m = logger_memory_open(fd);

        ck_assert_ptr_nonnull(m);
        return m;
}

START_TEST(what_a_killed_logger_had_read_is_written_once) {
        static char in[READ_BYTES];
        size_t step;
        owned_str whole = NULL;

        store.memory = shared_memory();
        open_store(64u << 20, 2, 256u << 20);
        append("an unfinished ");
        fill_in(in, READ_BYTES);
        logger_file_append(&store, &file, STAMP, "me", in, READ_BYTES);
        whole = read_log("web.service.log");
        step = strlen(whole) / 40;
        for (size_t after = 0; after < strlen(whole) - strlen(STAMP " an unfinished "); after += step) {
                logger_file_close(&store, &file);
                ck_assert_int_eq(unlinkat(store.directory_fd, "web.service.log", 0), 0);
                file = (struct logger_file){ .unit = "web.service" };
                append("an unfinished ");
                be_killed(HAS_READ, after);
                logger_store_recover(&store, STAMP);
                expect_log("web.service.log", whole);
                logger_store_recover(&store, STAMP); /* nothing is left */
                expect_log("web.service.log", whole);
        }
}
END_TEST

START_TEST(what_a_logger_was_killed_over_while_it_read_is_written) {
        static char in[READ_BYTES + 1];
        owned_str whole = NULL;

        store.memory = shared_memory();
        open_store(64u << 20, 2, 256u << 20);
        be_killed(READING, 0);
        logger_store_recover(&store, STAMP);
        whole = read_log("web.service.log");
        fill_in(in, READ_BYTES);
        file.unit = "reference.service";
        logger_file_append(&store, &file, STAMP, "me", in, READ_BYTES);
        expect_log("reference.service.log", whole);
}
END_TEST

START_TEST(a_memory_that_makes_no_sense_is_not_believed) {
        struct logger_memory *m;

        store.memory = m = shared_memory();
        open_store(64u << 20, 2, 256u << 20);
        for (unsigned i = 0; i < 6; i++) {
                logger_memory_begin(m, "web.service", "");
                memcpy(m->in, "text\n", 5);
                logger_memory_has_read(m, 5, STAMP);
                if (i == 0)
                        (void)snprintf(m->unit, sizeof(m->unit), "../../etc/passwd");
                else if (i == 1)
                        memset(m->unit, 'x', sizeof(m->unit));
                else if (i == 2)
                        m->length = UINT32_MAX;
                else if (i == 3)
                        m->done = 6;
                else if (i == 4)
                        logger_memory_writes(m, SIZE_MAX, 5, 1, 1);
                else
                        m->state = 77;
                ck_assert(!logger_memory_recover(m, STAMP));
                ck_assert_uint_eq(m->state, LOGGER_MEMORY_IDLE);
        }
        logger_store_recover(&store, STAMP);
        expect_log("web.service.log", "");
}
END_TEST

int main(void) {
        Suite *suite = suite_create("log");
        TCase *text = tcase_create("text"), *files = tcase_create("files");
        SRunner *runner;
        int failed;

        tcase_add_test(text, a_time_is_written_in_utc_to_the_microsecond);
        tcase_add_test(text, a_terminal_never_sees_a_control_byte_of_a_service);
        tcase_add_test(text, json_is_valid_whatever_the_bytes);
        tcase_add_test(text, what_does_not_fit_is_refused_or_cut);
        tcase_add_test(text, a_line_is_taken_apart);
        tcase_add_checked_fixture(files, set_up, tear_down);
        tcase_add_test(files, a_line_in_pieces_has_the_time_of_its_first);
        tcase_add_test(files, a_successor_goes_on_in_the_middle_of_a_line);
        tcase_add_test(files, files_rotate_between_lines_and_the_oldest_goes);
        tcase_add_test(files, the_directory_as_a_whole_is_bounded);
        tcase_add_test(files, a_line_without_end_is_cut_and_says_so);
        tcase_add_test(files, a_full_disk_costs_lines_and_the_file_says_how_many_bytes);
        tcase_add_test(files, something_else_in_the_files_place_is_not_touched);
        tcase_add_test(files, the_last_lines_are_found_across_files);
        tcase_add_test(files, the_last_lines_of_a_large_file_are_bounded);
        tcase_add_test(files, what_a_killed_logger_had_read_is_written_once);
        tcase_add_test(files, what_a_logger_was_killed_over_while_it_read_is_written);
        tcase_add_test(files, a_memory_that_makes_no_sense_is_not_believed);
        suite_add_tcase(suite, text);
        suite_add_tcase(suite, files);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
