/* SPDX-License-Identifier: MIT */
/* Also the proof that the seam works: sys_write below takes the place of the real one. */
#include "base/diag.h"
#include "base/sys.h"
#include "base/text.h"

#include <check.h>
#include <errno.h>

static ssize_t (*fake_write)(int fd, const void *data, size_t length);

ssize_t sys_write(int fd, const void *data, size_t length) {
        if (fake_write)
                return fake_write(fd, data, length);
        return write(fd, data, length);
}

static char folder[] = "/tmp/keel-test-sys-XXXXXX";

static void enter(void) {
        ck_assert_ptr_nonnull(mkdtemp(folder));
        ck_assert_int_eq(chdir(folder), 0);
}

static void leave(void) {
        owned_str command = text_printf("rm -rf %s", folder);

        ck_assert_int_eq(chdir("/"), 0);
        ck_assert_int_eq(system(command), 0);
}

static ssize_t half_write(int fd, const void *data, size_t length) {
        (void)fd;
        (void)data;
        return (ssize_t)(length / 2);
}

START_TEST(a_write_that_the_file_takes_in_part_is_an_error) {
        owned_fd fd = sys_openat(AT_FDCWD, "attribute", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(sys_write_file(AT_FDCWD, "attribute", "123456"), 0);
        fake_write = half_write;
        ck_assert_int_eq(sys_write_file(AT_FDCWD, "attribute", "123456"), -EIO);
        fake_write = NULL;
}
END_TEST

START_TEST(files_are_read_whole_up_to_a_limit) {
        owned_str text = NULL;
        size_t length = 0;

        ck_assert_int_eq(sys_read_file(AT_FDCWD, "/proc/self/status", 65536, &text, &length), 0);
        ck_assert_uint_eq(strlen(text), length);
        ck_assert_ptr_nonnull(strstr(text, "\nPPid:"));
        ck_assert_int_eq(sys_read_file(AT_FDCWD, "/proc/self/status", 100, &text, NULL), -EFBIG);
        ck_assert_int_eq(sys_read_file(AT_FDCWD, "/proc/self/nothing", 100, &text, NULL), -ENOENT);
        ck_assert_uint_eq(strlen(text), length); /* untouched by failures */
}
END_TEST

START_TEST(a_regular_file_is_read_into_the_callers_room_or_into_more) {
        char path[] = "/tmp/keel-test-sys-XXXXXX", room[8];
        owned_fd fd = mkstemp(path);
        owned_str longer = NULL;
        size_t length;

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(sys_read_regular(AT_FDCWD, path, room, sizeof room, 64, &longer, &length), 0);
        ck_assert_uint_eq(length, 0);
        ck_assert_int_eq(write(fd, "abcdef", 6), 6);
        ck_assert_int_eq(sys_read_regular(AT_FDCWD, path, room, sizeof room, 64, &longer, &length), 0);
        ck_assert_ptr_null(longer);
        ck_assert_str_eq(room, "abcdef");
        ck_assert_uint_eq(length, 6);
        ck_assert_int_eq(write(fd, "g", 1), 1);
        ck_assert_int_eq(sys_read_regular(AT_FDCWD, path, room, sizeof room, 64, &longer, &length), 0);
        ck_assert_str_eq(longer, "abcdefg");
        ck_assert_uint_eq(length, 7);
        (void)unlink(path);
        ck_assert_int_eq(sys_read_regular(AT_FDCWD, path, room, sizeof room, 64, &longer, &length), -ENOENT);
        ck_assert_int_eq(sys_read_regular(AT_FDCWD, "/", room, sizeof room, 64, &longer, &length), -EISDIR);
        ck_assert_int_eq(mkfifo(path, 0600), 0);
        ck_assert_int_eq(sys_read_regular(AT_FDCWD, path, room, sizeof room, 64, &longer, &length), -ENOTSUP);
        (void)unlink(path);
}
END_TEST

START_TEST(parents_are_made_and_files_in_the_way_reported) {
        owned_fd fd = -1;

        ck_assert_int_eq(sys_mkdir_parents("a//b/c/", 0755), 0);
        ck_assert_int_eq(sys_mkdir_parents("a/b/c", 0755), 0);
        ck_assert_int_eq(access("a/b/c", F_OK), 0);
        fd = sys_openat(AT_FDCWD, "a/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        ck_assert_int_eq(sys_mkdir_parents("a/file", 0755), -ENOTDIR);
        ck_assert_int_eq(sys_mkdir_parents("a/file/b", 0755), -ENOTDIR);
}
END_TEST

static char said[256];

static void collect(struct diag *d, enum diag_level level, const char *text) {
        (void)d;
        (void)level;
        (void)snprintf(said, sizeof(said), "%s", text);
}

START_TEST(a_mistake_names_file_line_and_key) {
        struct diag d = { .message = collect };
        struct diag_place at = { "x.service", 7, "Restart" };

        diag_say(&d, DIAG_ERROR, &at, "'%s' is not known", "sometimes");
        ck_assert_str_eq(said, "x.service:7: Restart: 'sometimes' is not known");
        at.key = NULL;
        diag_say(&d, DIAG_WARNING, &at, "no section yet");
        ck_assert_str_eq(said, "x.service:7: no section yet");
        at.line = 0;
        diag_say(&d, DIAG_NOTE, &at, "is empty");
        ck_assert_str_eq(said, "x.service: is empty");
        ck_assert_uint_eq(d.errors, 1);
        ck_assert_uint_eq(d.warnings, 1);
        diag_say(NULL, DIAG_ERROR, &at, "nobody listens");
}
END_TEST

START_TEST(an_fd_that_goes_out_of_scope_is_closed_and_errno_stays) {
        int number;
        {
                owned_fd fd = sys_openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC, 0);

                number = fd;
                errno = EXDEV;
        }
        ck_assert_int_eq(errno, EXDEV);
        ck_assert_int_eq(fcntl(number, F_GETFD), -1);
}
END_TEST

START_TEST(what_is_on_the_shelf_has_a_low_number_for_as_long_as_it_is_needed) {
        owned_fd shelved = sys_shelve(open("/dev/null", O_RDONLY | O_CLOEXEC));
        int first = sys_unshelve(shelved), second;

        ck_assert_int_ge(shelved, SYS_FD_SHELF);
        ck_assert_int_ge(first, 0);
        ck_assert_int_lt(first, SYS_FD_SHELF);
        ck_assert_int_eq(fcntl(first, F_GETFD), FD_CLOEXEC);
        (void)close(first);
        second = sys_unshelve(shelved);
        ck_assert_int_eq(second, first);
        (void)close(second);
        ck_assert_int_eq(sys_unshelve(-1), -EBADF);
}
END_TEST

START_TEST(an_fd_that_is_closed_later_is_closed_when_it_is_due) {
        int fds[40], kept[40];

        for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
                kept[i] = fds[i] = sys_openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC, 0);
                sys_close_later(&fds[i]);
                ck_assert_int_eq(fds[i], -1);
        }
        ck_assert_int_ge(fcntl(kept[39], F_GETFD), 0);
        sys_close_due();
        for (size_t i = 0; i < ARRAY_LEN(fds); i++)
                ck_assert_int_eq(fcntl(kept[i], F_GETFD), -1);
        sys_close_later(&fds[0]);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("sys");
        TCase *c = tcase_create("sys");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_checked_fixture(c, enter, leave);
        tcase_add_test(c, a_write_that_the_file_takes_in_part_is_an_error);
        tcase_add_test(c, files_are_read_whole_up_to_a_limit);
        tcase_add_test(c, a_regular_file_is_read_into_the_callers_room_or_into_more);
        tcase_add_test(c, parents_are_made_and_files_in_the_way_reported);
        tcase_add_test(c, a_mistake_names_file_line_and_key);
        tcase_add_test(c, an_fd_that_goes_out_of_scope_is_closed_and_errno_stays);
        tcase_add_test(c, what_is_on_the_shelf_has_a_low_number_for_as_long_as_it_is_needed);
        tcase_add_test(c, an_fd_that_is_closed_later_is_closed_when_it_is_due);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
