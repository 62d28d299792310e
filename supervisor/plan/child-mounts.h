/* SPDX-License-Identifier: MIT */
/* child-mounts: the child's part of namespaces and mounts. mounts.c has resolved everything into an array of steps;
 * here they are carried out one after the other, between clone3 and execve.
 *
 * Promises: raw system calls on the plan's data and the stack only, well under 4 KiB of it; no malloc, stdio or
 * other state of libc but errno, so that it may run on memory that is shared with the supervisor (CLONE_VM). The
 * plan's slots are the one thing that is written to. Never logs: the caller hands on which step failed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mount_plan;

/* Where it failed: systemd's exit status for the step, and its path or name (lives as long as the plan). */
struct child_mounts_failure {
        int exit_status;
        const char *what;
};

/* Joins and makes the namespaces, mounts, changes the root; leaves the working directory at "/" when it changed
 * anything there, and the umask as it was. For the place in the child before the groups are dropped: it wants all
 * capabilities. plan may be NULL: nothing to do. 0, or -errno with *failure filled in. */
int child_mounts(const struct mount_plan *plan, struct child_mounts_failure *failure);

/* PrivateUsers=: the user namespace, with root and the unit's own user and group mapped to themselves. For the place
 * after setgroups/setresgid (whose groups it does not map) and before setresuid. Only in a child that does not share
 * memory. 0 (also when none is wanted), or -errno. */
int child_user_namespace(const struct mount_plan *plan);

/* ---- the plan's inside: for mounts.c, mount-steps.c and the tests only ----------------------------------------- */

enum mount_op {
        MOUNT_OP_JOIN,           /* setns(fd, flags) */
        MOUNT_OP_UNSHARE,        /* unshare(flags) */
        MOUNT_OP_PROPAGATION,    /* of everything below the root: flags (MS_SLAVE …) */
        MOUNT_OP_TAKE,           /* slot = a detached copy of the host's path; STEP_RECURSIVE: with its submounts */
        MOUNT_OP_TAKE_INSIDE,    /* likewise, path is inside the new root */
        MOUNT_OP_ROOT,           /* path, on the host, is where the new root is put together ("/": it stays) */
        MOUNT_OP_ROOT_BIND,      /* likewise, made a mount by binding it on itself */
        MOUNT_OP_ROOT_TMPFS,     /* likewise, over which a new tmpfs is mounted (flags, text: options) */
        MOUNT_OP_ENTER,          /* the directory inside the root in which the MAKE steps that follow work */
        MOUNT_OP_MAKE_DIRECTORY, /* text: the name; mode; what is there already is left alone */
        MOUNT_OP_MAKE_FILE,
        MOUNT_OP_MAKE_NODE,      /* device */
        MOUNT_OP_MAKE_LINK,      /* text: the name, source: where it points */
        MOUNT_OP_PUT,            /* attach slot's tree at path inside the root */
        MOUNT_OP_FILESYSTEM,     /* mount a new file system (source: its type, flags, text: options) at path */
        MOUNT_OP_ATTRIBUTES,     /* set and clear MOUNT_ATTR_* at path, or of slot's tree when there is a slot */
        MOUNT_OP_PIVOT,          /* the new root becomes "/" */
        MOUNT_OP_CHROOT,         /* without a mount namespace: chroot(path) */
        MOUNT_OP_PROCESS,        /* slot = /proc/self */
        MOUNT_OP_COUNT_
};

enum mount_step_flag {
        STEP_OPTIONAL = 1 << 0,  /* a missing path, or an empty slot, is no failure */
        STEP_RECURSIVE = 1 << 1, /* with everything that is mounted below */
};

#define NO_SLOT (-1)

/* Strings belong to the plan. */
struct mount_step {
        enum mount_op op;
        unsigned options;    /* enum mount_step_flag */
        int slot;            /* index into the plan's slots, or NO_SLOT */
        int fd;              /* JOIN: borrowed */
        unsigned long flags; /* MS_*, CLONE_* */
        uint64_t set, clear; /* MOUNT_ATTR_* */
        mode_t mode;         /* with S_IF* for nodes */
        dev_t device;
        const char *path, *text, *source;
        const char *what;    /* for messages: a path or a directive's name */
        int exit_status;     /* when it fails */
};

struct mount_plan {
        struct mount_step *steps;
        size_t count;
        int *slots;          /* fds of detached trees; the child's scratch memory */
        size_t slot_count;
        char **strings;      /* what the steps point to */
        int network_fd, ipc_fd; /* owned: of NetworkNamespacePath=, IPCNamespacePath=; -1: none */
        int process_slot;    /* PrivateUsers=: the slot with /proc/self, else NO_SLOT */
        char *uid_map, *gid_map; /* PrivateUsers=: the text for /proc/PID/{uid,gid}_map */
        size_t uid_map_length, gid_map_length;
};
