/* SPDX-License-Identifier: MIT */
/* tracker: which processes belong to a unit, however they forked: by cgroup where there is one, else by a mark.
 *
 * The mark, for containers without a writable cgroup2: each start of a unit gets a number of its own as the hard limit of
 * RLIMIT_LOCKS, a limit that Linux has not enforced since 2.4, that every child inherits through fork, setsid, setuid and
 * exec, that an unprivileged process can only lower, and that anyone may read in /proc/PID/limits.
 */
#pragma once

#include "plan/cgroup.h"

struct tracker {
        int cgroup_fd;          /* owned; -1: by mark */
        int events_fd;          /* owned; of a cgroup that is asked again and again whether it is empty; -1: not kept */
        char *cgroup_path;      /* relative to keel's root; owned; NULL: none */
        uint64_t mark;          /* 0: none */
};

void tracker_init(struct tracker *t);
void tracker_close(struct tracker *t); /* forgets; ends nothing */

/* Makes the unit's cgroup (or draws a mark) and applies its settings. adopt: take over what is there; by mark, the caller
 * has put the recorded mark into t->mark before. 0 or -errno. */
int tracker_open(struct tracker *t, struct cgroup_root *root, struct unit *unit, const char *cgroup_path, bool adopt);

/* Sends a signal to every process of the unit, but for the pids in `except`. Returns how many got it, or -errno. SIGKILL to all goes
 * by cgroup.kill, and by mark repeats until no new one appears (bounded). */
int tracker_signal(const struct tracker *t, int signal, const pid_t *except, size_t except_count);

/* 1 some process is left, 0 none, -errno. Zombies do not count. */
int tracker_is_populated(const struct tracker *t);
/* It will be asked so again: the file that tells is kept open from now on, unless fds are scarce. */
void tracker_keep_events(struct tracker *t);
int tracker_pids(const struct tracker *t, pid_t **ret, size_t *ret_count);
/* 1 the process belongs to it, 0 not, -ESRCH gone. */
int tracker_has_pid(const struct tracker *t, const struct cgroup_root *root, pid_t pid);
/* A mark for a new start, below our own hard RLIMIT_LOCKS; 0 when there is no room. For tracker_open and tests. */
uint64_t tracker_draw_mark(uint64_t own_hard_limit);

/* Removes the cgroup; -EBUSY when a process is left. */
int tracker_remove(struct tracker *t, const struct cgroup_root *root);
/* The same when nothing at all is in it, no cgroup below it either, and closes the tracker then; else -EBUSY. -ENOTCONN without
 * a cgroup. */
int tracker_remove_empty(struct tracker *t, const struct cgroup_root *root);
