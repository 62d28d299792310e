/* SPDX-License-Identifier: MIT */
/* Which cgroup is keel's root, from files of /proc that say what the test wants. Nothing is made anywhere. */
#include "base/sys.h"
#include "plan/cgroup.h"

#include <check.h>
#include <errno.h>

static const char *self_text, *mounts_text;
static unsigned made;

int sys_read_file(int dir_fd UNUSED, const char *path, size_t limit UNUSED, char **ret, size_t *ret_length) {
        const char *text = text_equal(path, "/proc/self/cgroup")      ? self_text
                           : text_equal(path, "/proc/self/mountinfo") ? mounts_text
                                                                      : NULL;

        if (!text)
                return -ENOENT;
        *ret = strdup(text);
        if (ret_length)
                *ret_length = strlen(text);
        return *ret ? 0 : -ENOMEM;
}

int sys_mkdirat(int dir_fd UNUSED, const char *path UNUSED, mode_t mode UNUSED) {
        made++;
        return -EROFS;
}

/* The host's tree put into a container with a cgroup namespace of its own: our cgroup is one below its root, whose name we do not
 * know, and the root is everybody's. */
START_TEST(the_root_of_others_is_not_taken_for_ours) {
        pid_t self = getpid();
        struct cgroup_root root;

        self_text = "0::/\n";
        mounts_text = "30 1 0:20 /.. /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw\n";
        ck_assert_int_eq(cgroup_root_open(&root, &self, 1), 0);
        ck_assert_int_lt(root.fd, 0);
        ck_assert_str_eq(root.why, "the cgroup2 mount does not show the cgroup that keel is in");
        ck_assert_uint_eq(made, 0);
        cgroup_root_close(&root);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("cgroup-root");
        TCase *all = tcase_create("all");
        SRunner *runner;
        int failed;

        tcase_add_test(all, the_root_of_others_is_not_taken_for_ours);
        suite_add_tcase(suite, all);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
