/* SPDX-License-Identifier: MIT */
/* cgroup: keel's part of the cgroup v2 tree (cgroups(7), Documentation/admin-guide/cgroup-v2.rst).
 *
 * keel's root is the cgroup in which it starts; keel itself moves to init.scope below it, units get the path of their slice
 * and name ("system.slice/web.service"). v2 only; on hybrid hosts the v2 mount is found in mountinfo. Controllers are found
 * by reading, never by version. Nothing here logs.
 */
#pragma once

#include "unit/unit.h"

#include <sys/types.h>

enum cgroup_controller {
        CGROUP_CPU = 1 << 0,
        CGROUP_CPUSET = 1 << 1,
        CGROUP_IO = 1 << 2,
        CGROUP_MEMORY = 1 << 3,
        CGROUP_PIDS = 1 << 4,
        CGROUP_HUGETLB = 1 << 5,
        CGROUP_MISC = 1 << 6,
        CGROUP_RDMA = 1 << 7,
};

struct cgroup_root {
        int fd;               /* the directory of keel's root, or -1: cgroups cannot be used */
        char *path;           /* its absolute path */
        char *self;           /* the same as /proc/PID/cgroup names it, "" for the namespace's root */
        unsigned controllers; /* enum cgroup_controller: what can be enabled for our children */
        unsigned later;       /* those of them that are not yet: no unit has wanted them, or the kernel refused */
        bool has_kill;        /* cgroup.kill (Linux 5.14) */
        bool moves_later;     /* keel itself is not in init.scope yet: see cgroup_root_settle() */
        char *why;            /* when fd is -1: what is in the way, e.g. "no cgroup2 mount is writable" */
};

/* Finds keel's root and makes it usable: keel_pids (PID 1, the supervisor) go to init.scope, the controllers are enabled (in the
 * machine's own root, where that does not fail, each when a unit wants it). Always leaves *ret
 * usable for the other functions; fd is -1 and `why` says why when there are no cgroups for us. 0 or -ENOMEM. */
int cgroup_root_open(struct cgroup_root *ret, const pid_t *keel_pids, size_t count);

/* In the machine's own root, where the controllers do not need it, keel's move waits until now, when nothing is to be
 * started. 0 or -errno. */
int cgroup_root_settle(struct cgroup_root *root, const pid_t *keel_pids, size_t count);
void cgroup_root_close(struct cgroup_root *root);

/* Makes the directories of this relative path, enabling the needed controllers (wanted: enum cgroup_controller mask; those
 * that are missing are no error) on the way down. The leaf must be new: one that is left over and empty is removed and
 * made again; one that is populated gives -EBUSY unless `adopt`. *ret_fd is an O_PATH|O_DIRECTORY… fd usable for
 * CLONE_INTO_CGROUP. 0: it is new, 1: adopted, or -errno. */
int cgroup_create(struct cgroup_root *root, const char *path, unsigned wanted, bool adopt, int *ret_fd);

/* "memory" ⇄ CGROUP_MEMORY; 0 and "?" for those that we do not know. */
unsigned cgroup_controller_from_name(const char *name);
const char *cgroup_controller_name(unsigned bit);

/* Which controllers these settings ask for. */
unsigned cgroup_wanted_controllers(const struct cgroup_settings *settings);

/* Writes the settings' attributes, and resets those that are not set to the kernel's defaults. What the kernel or a missing
 * controller does not allow is recorded in the unit as `unavailable` with the reason. 0 or -errno only when the cgroup
 * itself is gone. */
int cgroup_apply(const struct cgroup_root *root, int cgroup_fd, struct unit *unit);

/* The same for a cgroup that was made just now: no resets. cgroup_fd -1: there is none, everything set is recorded as
 * unavailable. */
int cgroup_apply_fresh(const struct cgroup_root *root, int cgroup_fd, struct unit *unit);

/* For Delegate=: gives the cgroup's files to this user. */
int cgroup_delegate(int cgroup_fd, uid_t uid, gid_t gid);

/* Removes the cgroup and all its empty children; -EBUSY when a process is left. -ENOENT is success. */
int cgroup_remove(const struct cgroup_root *root, const char *path);

/* Ends every process in it and below: cgroup.kill, else freeze, SIGKILL each, thaw. */
int cgroup_kill(int cgroup_fd);

/* Every pid in it and below, as seen from our pid namespace; pids of 0 (foreign namespaces) are left out. */
int cgroup_pids(int cgroup_fd, pid_t **ret, size_t *ret_count);

/* 1 populated, 0 empty, -errno (-ENOENT: gone). From cgroup.events. */
int cgroup_is_populated(int cgroup_fd);
/* The same by an fd that was opened for it: one call where the other takes three. It serves for as long as the cgroup is there. */
int cgroup_open_events(int cgroup_fd); /* fd, or -errno */
int cgroup_events_tell_populated(int events_fd);

int cgroup_freeze(int cgroup_fd, bool frozen);

/* What it uses now; LIMIT_NONE where the controller does not tell. */
struct cgroup_usage {
        uint64_t memory_current, memory_peak, memory_swap_current; /* bytes */
        uint64_t cpu_usage_us;
        uint64_t tasks_current;
        uint64_t io_read_bytes, io_write_bytes;
        uint64_t oom_kills; /* memory.events oom_kill; 0 when unknown */
};
void cgroup_usage(int cgroup_fd, struct cgroup_usage *ret);
/* How many of its processes the kernel has killed for want of memory, ever; 0 when that is not told. */
uint64_t cgroup_oom_kills(int cgroup_fd);

/* The cgroup of a process, relative to keel's root without a leading slash ("" for the root itself); -ENOENT when it is
 * outside of keel's root, -ESRCH when the process is gone. */
int cgroup_of_pid(const struct cgroup_root *root, pid_t pid, char **ret);
