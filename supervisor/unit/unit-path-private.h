/* SPDX-License-Identifier: MIT */
/* unit-path-private: the picture of the search path, for unit-path.c and unit-dropins.c only. */
#pragma once

#include "unit-path.h"

#include "base/hash.h"

#include <sys/stat.h>

#define PATH_DIRECTORIES_MAX 64u /* bits of found_in */

/* One name in the search path's directories. */
struct path_entry {
        UT_hash_handle hh;
        uint64_t found_in;   /* bit per directory */
        uint64_t maybe_link; /* likewise: not known to be a plain file or directory */
        /* after unit_path_resolve(), for unit files: */
        bool is_resolved, exists, is_masked;
        unsigned directory;  /* where the file is */
        char *target;        /* the unit that this is another name of */
        char *bad_alias;     /* one that it may not be another name of */
        struct path_entry *aliases, *next_alias; /* names that have this one as their target */
        char name[];
};

/* One directory of the search path; identity is zero while it is not there. */
struct path_directory {
        char *path;
        dev_t device;
        ino_t inode;
        struct timespec changed;
        int fd; /* while the cache is held and a file of it was asked for; else -1 */
};

struct unit_path_cache {
        struct path_directory directories[PATH_DIRECTORIES_MAX];
        unsigned count;
        struct path_entry *entries; /* uthash: unit files */
        struct path_entry *beside;  /* uthash: "foo.service.d", "foo.service.wants": few, and asked for often */
        unsigned holds;
        bool has_looked; /* since it is held */
};

struct path_entry *unit_path_find(struct unit_path_cache *c, const char *name);
/* Where there is a directory of this name and suffix: a bit each. */
uint64_t unit_path_find_directory(struct unit_path_cache *c, const char *name, const char *suffix);
int unit_path_resolve(struct unit_path_cache *c, struct path_entry *e);
int unit_path_add_aliases(struct unit_path_cache *c, const char *name, char ***names);
