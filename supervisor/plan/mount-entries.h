/* SPDX-License-Identifier: MIT */
/* mount-entries: what a unit's settings ask for, as a sorted list: one entry per path, with what is to be seen there
 * and with which attributes. Several directives about one path are one entry: the strongest tree, all attributes;
 * read-only beats writable. Of nested paths the most specific wins, but nothing is seen below what is inaccessible.
 *
 * Pure but for looking up paths; for mounts.c, mount-steps.c and the tests only.
 */
#pragma once

#include "plan.h"

/* What is seen at a path; the first is the strongest. */
enum mount_tree {
        TREE_INACCESSIBLE,
        TREE_BIND,    /* source, on the host */
        TREE_DEVICES, /* a /dev with pseudo devices only */
        TREE_PROC,    /* a procfs of its own */
        TREE_MQUEUE,  /* the IPC namespace's message queues */
        TREE_TMPFS,
        TREE_SAME,    /* what is there: only attributes differ */
};

enum mount_attribute { ATTRIBUTE_READ_ONLY = 1 << 0, ATTRIBUTE_NO_EXEC = 1 << 1 };

struct mount_entry {
        char *path;              /* inside the root, absolute, normalized */
        enum mount_tree tree;
        char *source, *options;  /* bind: its source; tmpfs, proc: its options, may be NULL */
        unsigned long flags;     /* tmpfs, proc: MS_* */
        unsigned set, clear;     /* enum mount_attribute: said of this path */
        unsigned effective;      /* with what is inherited from above */
        bool is_optional;        /* a missing path, or source, is fine */
        bool is_recursive;       /* bind: with what is mounted below */
        bool is_directory;       /* of the source, or of what is inaccessible */
        bool exists;             /* in the original tree */
        bool is_implied;         /* bind of a directory of the unit on itself: not needed where it is writable */
        size_t order;            /* in which it was gathered: the first of two trees of a kind wins */
        int parent;              /* index of the nearest entry above, or -1 */
        int region;              /* index of the nearest entry above that is not TREE_SAME, or -1: the original tree */
};

struct mount_entries {
        struct mount_entry *items;
        size_t count;
};

/* The surroundings; borrowed. */
struct mount_inputs {
        const struct exec_settings *settings;
        const char *root;           /* real path of RootDirectory=, "" without */
        bool is_relaxed;            /* full privileges: the root and what is bound into it, no protection */
        bool has_proc_options;      /* ABILITY_PROC */
        bool mounts_api;            /* MountAPIVFS= is in effect */
        bool has_ipc_namespace;
        const char *tmp, *var_tmp;  /* private directories, NULL: none */
        const char *notify_socket;  /* to be seen in RootDirectory=, or NULL */
};

/* 0, or -errno with *failed_path (the caller's to free). */
int mount_entries_collect(const struct mount_inputs *inputs, struct mount_entries *ret, char **failed_path);
void mount_entries_free(struct mount_entries *entries);
void mount_entry_free(struct mount_entry *e); /* what it holds */

/* Sorted, merged and thinned out as above, with parent, region and effective filled in; done by collect already. */
void mount_entries_arrange(struct mount_entries *entries);

/* Is path the same as directory or below it? */
bool path_is_below(const char *path, const char *directory);
/* No "//", "/./", trailing "/"; absolute. NULL when out of memory. */
char *path_normalize(const char *path);
/* TemporaryFileSystem='s options: the mount(2) flags are taken out of the list, *ret_data is what remains, the
 * caller's. */
int mount_options_split(const char *options, unsigned long *flags, char **ret_data);

/* Settings with what DynamicUser= implies. */
enum protect_system mount_protect_system(const struct exec_settings *e);
enum protect_home mount_protect_home(const struct exec_settings *e);
bool mount_wants_private_tmp(const struct exec_settings *e);
