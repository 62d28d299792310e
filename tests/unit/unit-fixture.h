/* SPDX-License-Identifier: MIT */
/* unit-fixture: a search path of two directories below a temporary folder, and a context that collects what diag is told. For
 * the tests of supervisor/unit/ and of what stands on it. */
#pragma once

#include "supervisor/base/sys.h"
#include "supervisor/unit/unit-path.h"
#include "supervisor/unit/unit.h"

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>

/* The nearer and the farther directory, as /etc and /usr/lib are. */
static char fixture_folder[] = "/tmp/keel-unit-XXXXXX";
static char fixture_etc[64], fixture_lib[64];
static char *fixture_path[] = { fixture_etc, fixture_lib, NULL };
static char fixture_said[65536]; /* all messages, a line each */

static void fixture_collect(struct diag *d, enum diag_level level, const char *text) {
        size_t used = strlen(fixture_said);

        (void)d;
        (void)level;
        (void)snprintf(fixture_said + used, sizeof fixture_said - used, "%s\n", text);
}

static struct diag fixture_diag = { .message = fixture_collect };
static struct unit_context fixture_context = {
        .search_path = fixture_path,
        .host_name = "box.example.org",
        .machine_id = "0123456789abcdef0123456789abcdef",
        .boot_id = "fedcba9876543210fedcba9876543210",
        .kernel_release = "6.1.0-keel",
        .architecture = "x86-64",
        .runtime_root = "/run",
        .state_root = "/var/lib",
        .cache_root = "/var/cache",
        .logs_root = "/var/log",
        .user_name = "root",
        .user_home = "/root",
        .user_shell = "/bin/sh",
        .diag = &fixture_diag,
};

static inline void fixture_setup(void) {
        strcpy(fixture_folder, "/tmp/keel-unit-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(fixture_folder));
        (void)snprintf(fixture_etc, sizeof fixture_etc, "%s/etc", fixture_folder);
        (void)snprintf(fixture_lib, sizeof fixture_lib, "%s/lib", fixture_folder);
        ck_assert_int_eq(mkdir(fixture_etc, 0755), 0);
        ck_assert_int_eq(mkdir(fixture_lib, 0755), 0);
        fixture_said[0] = 0;
}

static inline int fixture_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

static inline void fixture_teardown(void) {
        unit_path_cache_free(take_ptr(fixture_context.path_cache));
        (void)nftw(fixture_folder, fixture_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Writes a file below the folder ("lib/a.service"), making its directory. */
static inline char *fixture_make_path(const char *name) {
        char *path = text_printf("%s/%s", fixture_folder, name);
        owned_str directory = strdup(path);

        *strrchr(directory, '/') = 0;
        ck_assert_int_eq(sys_mkdir_parents(directory, 0755), 0);
        return path;
}

/* Writes a file below the folder ("lib/a.service"), making its directory. */
static inline void fixture_write(const char *name, const char *text) {
        owned_str path = fixture_make_path(name);
        owned_file f = fopen(path, "w");

        ck_assert_ptr_nonnull(f);
        ck_assert_int_ge(fputs(text, f), 0);
}

static inline void fixture_link(const char *target, const char *name) {
        owned_str path = fixture_make_path(name);

        ck_assert_int_eq(symlink(target, path), 0);
}

static inline struct unit *fixture_load(const char *name) {
        struct unit *u = NULL;

        ck_assert_int_eq(unit_load(&fixture_context, name, &u), 0);
        return u;
}

/* A service out of these lines of [Service], with an ExecStart=. */
static inline struct unit *fixture_service(const char *lines) {
        owned_str text = text_printf("[Service]\nExecStart=/bin/true\n%s\n", lines);

        fixture_write("lib/t.service", text);
        return fixture_load("t.service");
}

/* "a|b|c" */
static inline void fixture_expect_strv(char *const *v, const char *expected) {
        owned_str joined = strv_join(v, "|");

        ck_assert_str_eq(joined, expected);
}

static inline void fixture_expect_said(const char *part) {
        ck_assert_msg(strstr(fixture_said, part), "'%s' was not said, but: %s", part, fixture_said);
}
