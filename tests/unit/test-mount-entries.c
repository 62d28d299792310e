/* SPDX-License-Identifier: MIT */
/* What made-up settings ask for, as a list of entries. Nothing is mounted. */
#include "plan/mount-entries.h"
#include "mount-fixture.h"

#include <sys/mount.h>

static struct mount_entries collect(const struct mount_inputs *more) {
        struct mount_inputs inputs = more ? *more : (struct mount_inputs){ 0 };
        struct mount_entries entries = { 0 };
        owned_str failed = NULL;

        inputs.settings = &settings;
        inputs.root = inputs.root ? inputs.root : "";
        ck_assert_int_eq(mount_entries_collect(&inputs, &entries, &failed), 0);
        return entries;
}

static const struct mount_entry *find(const struct mount_entries *entries, const char *path) {
        for (size_t i = 0; i < entries->count; i++)
                if (text_equal(entries->items[i].path, path))
                        return &entries->items[i];
        return NULL;
}

START_TEST(of_nested_paths_the_most_specific_wins) {
        struct mount_entries entries;

        list(PATHS_READ_ONLY, "/");
        list(PATHS_READ_WRITE, "/usr");
        list(PATHS_READ_ONLY, "/usr/share");
        list(PATHS_NO_EXEC, "/usr/share");
        entries = collect(NULL);
        ck_assert_uint_eq(entries.count, 3);
        ck_assert_uint_eq(find(&entries, "/")->effective, ATTRIBUTE_READ_ONLY);
        ck_assert_uint_eq(find(&entries, "/usr")->effective, 0);
        ck_assert_uint_eq(find(&entries, "/usr/share")->effective, ATTRIBUTE_READ_ONLY | ATTRIBUTE_NO_EXEC);
        mount_entries_free(&entries);
}
END_TEST

START_TEST(of_one_path_given_twice_read_only_wins) {
        struct mount_entries entries;

        list(PATHS_READ_WRITE, "/usr//share/.");
        list(PATHS_READ_ONLY, "/usr/share/");
        entries = collect(NULL);
        ck_assert_uint_eq(entries.count, 1);
        ck_assert_uint_eq(entries.items[0].effective, ATTRIBUTE_READ_ONLY);
        mount_entries_free(&entries);
}
END_TEST

START_TEST(nothing_is_seen_below_what_is_inaccessible) {
        struct mount_entries entries;

        list(PATHS_INACCESSIBLE, "/usr");
        list(PATHS_READ_WRITE, "/usr/share");
        bind_into("/etc", "/usr/share", false);
        entries = collect(NULL);
        ck_assert_uint_eq(entries.count, 1);
        ck_assert_int_eq(entries.items[0].tree, TREE_INACCESSIBLE);
        mount_entries_free(&entries);
}
END_TEST

START_TEST(symbolic_links_are_resolved_inside_the_root) {
        struct mount_entries entries;
        owned_str link = inside("link");

        make_directory("a");
        make_directory("etc");
        ck_assert_int_eq(symlink("/a", link), 0);
        list(PATHS_READ_ONLY, "+/link");
        list(PATHS_READ_ONLY, "/etc"); /* the host's: not in this root */
        entries = collect(&(struct mount_inputs){ .root = folder });
        ck_assert_uint_eq(entries.count, 1);
        ck_assert_str_eq(entries.items[0].path, "/a");
        mount_entries_free(&entries);
}
END_TEST

START_TEST(strict_leaves_to_other_directives_what_is_theirs) {
        struct mount_entries entries;

        settings.protect_system = PROTECT_SYSTEM_STRICT;
        settings.protect_control_groups = true;
        entries = collect(NULL);
        ck_assert_uint_eq(find(&entries, "/")->effective, ATTRIBUTE_READ_ONLY);
        ck_assert_uint_eq(find(&entries, "/proc")->effective, 0);
        ck_assert_uint_eq(find(&entries, "/sys")->effective, 0);
        ck_assert_uint_eq(find(&entries, "/sys/fs/cgroup")->effective, ATTRIBUTE_READ_ONLY);
        mount_entries_free(&entries);
}
END_TEST

START_TEST(the_options_of_a_tmpfs_are_flags_and_the_rest) {
        unsigned long flags = MS_NODEV | MS_STRICTATIME;
        owned_str data = NULL;

        ck_assert_int_eq(mount_options_split("ro,size=10%,dev,noexec", &flags, &data), 0);
        ck_assert_uint_eq(flags, MS_RDONLY | MS_STRICTATIME | MS_NOEXEC);
        ck_assert_str_eq(data, "size=10%,mode=0755");
}
END_TEST

int main(void) {
        Suite *suite = suite_create("mount-entries");
        TCase *c = tcase_create("mount-entries");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_checked_fixture(c, make_folder, remove_folder);
        tcase_add_test(c, of_nested_paths_the_most_specific_wins);
        tcase_add_test(c, of_one_path_given_twice_read_only_wins);
        tcase_add_test(c, nothing_is_seen_below_what_is_inaccessible);
        tcase_add_test(c, symbolic_links_are_resolved_inside_the_root);
        tcase_add_test(c, strict_leaves_to_other_directives_what_is_theirs);
        tcase_add_test(c, the_options_of_a_tmpfs_are_flags_and_the_rest);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
