/* SPDX-License-Identifier: MIT */
/* mount-fixture: settings to plan mounts for, and a folder. For test-mount-entries and test-mounts. */
#pragma once

#include "supervisor/base/sys.h"
#include "supervisor/base/text.h"
#include "supervisor/plan/mounts.h"
#include "supervisor/unit/settings.h"

#include <check.h>
#include <errno.h>
#include <sys/stat.h>

static struct exec_settings settings;
static char folder[] = "/tmp/keel-test-mounts-XXXXXX";

static inline void make_folder(void) {
        ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline void remove_folder(void) {
        ck_assert_int_eq(remove_tree(AT_FDCWD, folder), 0);
}

static inline char *inside(const char *name) {
        char *path = text_printf("%s/%s", folder, name);

        ck_assert_ptr_nonnull(path);
        return path;
}

static inline void make_directory(const char *name) {
        owned_str path = inside(name);

        ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
}

static inline void list(enum path_list which, const char *path) {
        ck_assert_int_eq(strv_add(&settings.paths[which], path), 0);
}

static inline void bind_into(const char *source, const char *destination, bool is_read_only) {
        static struct bind_mount mounts[8];

        mounts[settings.bind_mount_count++] = (struct bind_mount){ .source = strdup(source),
                                                                   .destination = strdup(destination),
                                                                   .is_read_only = is_read_only,
                                                                   .is_recursive = true };
        settings.bind_mounts = mounts;
}

static inline void temporary(const char *path, const char *options) {
        static struct tmpfs_mount mounts[4];

        mounts[settings.tmpfs_mount_count++] = (struct tmpfs_mount){ strdup(path), strdup(options) };
        settings.tmpfs_mounts = mounts;
}
