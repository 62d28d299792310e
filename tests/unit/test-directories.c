/* SPDX-License-Identifier: MIT */
/* In a folder of its own that stands for /run and the others. What is about owners wants root, and is counted as
 * skipped without. */
#include "plan-alone.h"
#include "plan/directories.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static char folder[] = "/tmp/keel-test-directories-XXXXXX";
static char bases[DIRECTORY_COUNT_][64];

const char *directories_base(enum exec_directory_kind kind) {
        return bases[kind];
}

static struct exec_settings settings;
static struct unit unit = { .type = UNIT_SERVICE, .exec = &settings };
static struct exec_command command;
static struct plan_request request = { .unit = &unit, .command = &command };
static struct resolved_credentials credentials;
static struct exec_failure failure;

static void setup(void) {
        static const char *const names[DIRECTORY_COUNT_] = { "run", "lib", "cache", "log", "etc" };

        umask(022);
        ck_assert_ptr_nonnull(mkdtemp(folder));
        ck_assert_int_eq(chmod(folder, 0755), 0);
        for (int i = 0; i < DIRECTORY_COUNT_; i++) {
                (void)snprintf(bases[i], sizeof(bases[i]), "%s/%s", folder, names[i]);
                ck_assert_int_eq(mkdir(bases[i], 0755), 0);
                settings.directories[i].mode = 0755;
        }
        credentials.uid = geteuid();
        credentials.gid = getegid();
        ck_assert_int_eq(chdir(folder), 0);
}

static void teardown(void) {
        owned_str remove = text_printf("rm -rf %s", folder);

        ck_assert_int_eq(chdir("/"), 0);
        ck_assert_int_eq(system(remove), 0);
        for (int i = 0; i < DIRECTORY_COUNT_; i++)
                strv_free(settings.directories[i].paths);
}

static void want(enum exec_directory_kind kind, const char *path) {
        ck_assert_int_eq(strv_add(&settings.directories[kind].paths, path), 0);
}

static int prepare(void) {
        return directories_prepare(&request, &credentials, &failure);
}

static struct stat look(const char *path) {
        struct stat s;

        ck_assert_msg(lstat(path, &s) == 0, "%s: %m", path);
        return s;
}

static mode_t mode_of(const char *path) {
        return look(path).st_mode & 07777;
}

static void make_file(const char *path) {
        int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

        ck_assert_int_ge(fd, 0);
        (void)close(fd);
}

START_TEST(each_kind_is_made_in_its_place_with_parents_and_mode) {
        umask(077);
        settings.directories[DIRECTORY_RUNTIME].mode = 0750;
        want(DIRECTORY_RUNTIME, "a/b");
        want(DIRECTORY_STATE, "c");
        want(DIRECTORY_CONFIGURATION, "d");
        ck_assert_int_eq(prepare(), 0);
        ck_assert_uint_eq(mode_of("run/a"), 0755);
        ck_assert_uint_eq(mode_of("run/a/b"), 0750);
        ck_assert_uint_eq(mode_of("lib/c"), 0755);
        ck_assert_uint_eq(mode_of("etc/d"), 0755);
        ck_assert_int_eq(prepare(), 0);
}
END_TEST

START_TEST(an_existing_mode_is_set_right_but_below_etc) {
        ck_assert_int_eq(mkdir("lib/c", 0700), 0);
        ck_assert_int_eq(mkdir("etc/d", 0700), 0);
        want(DIRECTORY_STATE, "c");
        want(DIRECTORY_CONFIGURATION, "d");
        ck_assert_int_eq(prepare(), 0);
        ck_assert_uint_eq(mode_of("lib/c"), 0755);
        ck_assert_uint_eq(mode_of("etc/d"), 0700);
}
END_TEST

START_TEST(the_environment_names_them_joined_by_colons) {
        owned_strv environment = NULL;
        const char *run = bases[DIRECTORY_RUNTIME];
        owned_str runtime = text_printf("RUNTIME_DIRECTORY=%s/a/b:%s/c", run, run);
        owned_str logs = text_printf("LOGS_DIRECTORY=%s/l", bases[DIRECTORY_LOGS]);

        want(DIRECTORY_RUNTIME, "a/b");
        want(DIRECTORY_RUNTIME, "c:link");
        want(DIRECTORY_LOGS, "l");
        ck_assert_int_eq(directories_environment(&unit, &environment), 0);
        ck_assert_uint_eq(strv_length(environment), 2);
        ck_assert(strv_contains(environment, runtime));
        ck_assert(strv_contains(environment, logs));
}
END_TEST

START_TEST(what_is_in_the_way_gives_the_exit_status_of_its_kind) {
        make_file("cache/x");
        want(DIRECTORY_CACHE, "x/y");
        ck_assert_int_eq(prepare(), -ENOTDIR);
        ck_assert_int_eq(failure.exit_status, 239);
        ck_assert_int_eq(failure.error, ENOTDIR);
        ck_assert(text_ends_with(failure.detail, "/cache/x/y"));
}
END_TEST

START_TEST(runtime_directories_are_removed_as_far_as_they_are_not_preserved) {
        want(DIRECTORY_RUNTIME, "a/b:link");
        want(DIRECTORY_STATE, "s");
        ck_assert_int_eq(prepare(), 0);
        make_file("run/a/b/file");
        ck_assert(S_ISLNK(look("run/link").st_mode));
        settings.runtime_directory_preserve = PRESERVE_YES;
        ck_assert_int_eq(plan_remove_runtime_directories(&unit, false), 0);
        settings.runtime_directory_preserve = PRESERVE_RESTART;
        ck_assert_int_eq(plan_remove_runtime_directories(&unit, true), 0);
        (void)look("run/a/b/file");
        ck_assert_int_eq(plan_remove_runtime_directories(&unit, false), 0);
        (void)look("run/a");
        (void)look("lib/s");
        ck_assert(access("run/a/b", F_OK) < 0);
        ck_assert(faccessat(AT_FDCWD, "run/link", F_OK, AT_SYMLINK_NOFOLLOW) < 0);
        settings.runtime_directory_preserve = PRESERVE_NO;
        ck_assert_int_eq(plan_remove_runtime_directories(&unit, false), 0);
}
END_TEST

START_TEST(a_link_that_the_administrator_made_is_followed) {
        owned_str target = text_printf("%s/elsewhere", folder);

        ck_assert_int_eq(mkdir("elsewhere", 0700), 0);
        ck_assert_int_eq(symlink(target, "lib/c"), 0);
        want(DIRECTORY_STATE, "c/d");
        want(DIRECTORY_STATE, "c");
        ck_assert_int_eq(prepare(), 0);
        ck_assert_uint_eq(mode_of("elsewhere"), 0755);
        ck_assert_uint_eq(mode_of("elsewhere/d"), 0755);
}
END_TEST

/* ---- as root --------------------------------------------------------------------------------------------------- */

static void mine(const char *path) {
        struct stat s = look(path);

        ck_assert_msg(s.st_uid == 4242 && s.st_gid == 4242, "%s belongs to %u:%u", path, s.st_uid, s.st_gid);
}

START_TEST(a_directory_of_somebody_else_is_handed_over_with_all_in_it) {
        credentials.uid = credentials.gid = 4242;
        want(DIRECTORY_STATE, "a/b");
        want(DIRECTORY_CONFIGURATION, "e");
        ck_assert_int_eq(mkdir("lib/a", 0755), 0);
        ck_assert_int_eq(mkdir("lib/a/b", 0755), 0);
        ck_assert_int_eq(mkdir("lib/a/b/c", 0700), 0);
        make_file("lib/a/b/c/file");
        make_file("outside");
        ck_assert_int_eq(symlink("../../../../outside", "lib/a/b/c/link"), 0);
        ck_assert_int_eq(prepare(), 0);
        ck_assert_uint_eq(look("lib/a").st_uid, 0);
        mine("lib/a/b");
        mine("lib/a/b/c");
        mine("lib/a/b/c/file");
        mine("lib/a/b/c/link");
        ck_assert_uint_eq(look("outside").st_uid, 0);
        ck_assert_uint_eq(look("etc/e").st_uid, 0);
}
END_TEST

START_TEST(a_link_that_a_service_made_is_not_followed) {
        owned_str target = text_printf("%s/secret", folder);

        credentials.uid = credentials.gid = 4242;
        ck_assert_int_eq(mkdir("secret", 0700), 0);
        ck_assert_int_eq(mkdir("run/a", 0755), 0);
        ck_assert_int_eq(symlink(target, "run/a/b"), 0);
        ck_assert_int_eq(lchown("run/a/b", 4242, 4242), 0);
        ck_assert_int_eq(chown("run/a", 4242, 4242), 0);
        want(DIRECTORY_RUNTIME, "a/b");
        ck_assert_int_eq(prepare(), -ELOOP);
        ck_assert_int_eq(failure.exit_status, 233);
        ck_assert_uint_eq(look("secret").st_uid, 0);
        ck_assert_uint_eq(mode_of("secret"), 0700);
        ck_assert_int_eq(plan_remove_runtime_directories(&unit, false), 0); /* the link, not what it points to */
        (void)look("secret");
}
END_TEST

START_TEST(a_file_that_the_old_owner_may_have_linked_from_elsewhere_is_not_handed_over) {
        credentials.uid = credentials.gid = 4242;
        make_file("shadow");
        ck_assert_int_eq(mkdir("lib/a", 0755), 0);
        ck_assert_int_eq(link("shadow", "lib/a/mine-now"), 0);
        ck_assert_int_eq(chown("lib/a", 77, 77), 0);
        want(DIRECTORY_STATE, "a");
        ck_assert_int_eq(prepare(), 0);
        mine("lib/a");
        ck_assert_uint_eq(look("shadow").st_uid, 0);
}
END_TEST

static Suite *directories_suite(bool is_root) {
        Suite *s = suite_create("directories");
        TCase *anybody = tcase_create("anybody"), *root = tcase_create("root");

        tcase_add_checked_fixture(anybody, setup, teardown);
        tcase_add_checked_fixture(root, setup, teardown);
        suite_add_tcase(s, anybody);
        tcase_add_test(anybody, each_kind_is_made_in_its_place_with_parents_and_mode);
        tcase_add_test(anybody, an_existing_mode_is_set_right_but_below_etc);
        tcase_add_test(anybody, the_environment_names_them_joined_by_colons);
        tcase_add_test(anybody, what_is_in_the_way_gives_the_exit_status_of_its_kind);
        tcase_add_test(anybody, runtime_directories_are_removed_as_far_as_they_are_not_preserved);
        tcase_add_test(anybody, a_link_that_the_administrator_made_is_followed);
        if (is_root)
                suite_add_tcase(s, root);
        else
                (void)puts("SKIP: root: not root");
        tcase_add_test(root, a_directory_of_somebody_else_is_handed_over_with_all_in_it);
        tcase_add_test(root, a_link_that_a_service_made_is_not_followed);
        tcase_add_test(root, a_file_that_the_old_owner_may_have_linked_from_elsewhere_is_not_handed_over);
        return s;
}

int main(void) {
        SRunner *runner = srunner_create(directories_suite(geteuid() == 0));
        int failed;

        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? 1 : 0;
}
