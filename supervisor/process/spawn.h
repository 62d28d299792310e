/* SPDX-License-Identifier: MIT */
/* spawn: clone3 of a plan. The child is PID 1's child (CLONE_PARENT), in its cgroup from the first instant
 * (CLONE_INTO_CGROUP), known by a pidfd (CLONE_PIDFD) and by the pid that the kernel stored into the plan's pid slot.
 *
 * Normally vfork-style: spawn() comes back when the child has called execve or has failed. Plans with long set-up or a user
 * namespace take the fork path: spawn() comes back at once and exec_fd tells. Never reaps: the exit status comes from PID 1.
 */
#pragma once

#include "plan/plan.h"

struct spawned {
        pid_t pid;
        int pidfd;                   /* the caller's */
        int exec_fd;                 /* -1: it is known already; else becomes readable: struct exec_failure, or end of file: exec'ed. The caller's. */
        bool has_execed;             /* known: the program runs */
        struct exec_failure failure; /* known: it did not; the child exits with failure.exit_status */
};

/* Notes which signals we ignore: from then on no more will be, and a child has to put back only those. Without this call it puts
 * back all of them. */
void spawn_note_signals(void);

/* init_pid: whose child it must become (getppid() of the supervisor). 0 with *ret filled in; -errno when there is no child at
 * all (EAGAIN, ENOMEM, EBUSY of the cgroup …). */
int spawn(const struct plan *plan, struct spawned *ret);

/* A program of ours: no service, and nothing to set up. */
struct spawn_program {
        const char *path;
        char *const *argv, *const *environment;
        int fds[2]; /* that it gets, under their numbers; -1: none */
};

/* Starts it as a child of PID 1. The pid with its pidfd (the caller's), or -errno; what cannot be executed exits with 127. */
pid_t spawn_program(const struct spawn_program *program, int *ret_pidfd);

/* Reads what exec_fd has to say: 1 exec'ed, 0 failed (*failure), -EAGAIN not known yet. */
int spawn_read_exec_fd(int exec_fd, struct exec_failure *failure);
