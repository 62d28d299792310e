/* SPDX-License-Identifier: MIT */
/* exec-child: what the child does between clone3 and execve: a table of named steps, in the order in which the kernel needs
 * them, each with the exit status of systemd (systemd.exec(5), "Process exit codes") for when it fails.
 *
 * Promises: system calls on the plan's resolved data, nothing else; no malloc, stdio, NSS, no libc function with a state
 * but errno's (tests/exec-child.symbols is the list). With CLONE_VM it runs on the supervisor's memory, which it leaves as it
 * is but for the report, the plan's scratch and its own stack. Called by process/spawn.c only, with all signals blocked.
 */
#pragma once

#include "plan.h"

#define EXEC_CHILD_SIGNAL(signal) (UINT64_C(1) << ((signal) - 1))

struct exec_child {
        const struct plan *plan;
        struct exec_failure *report; /* filled in when a step fails */
        int exec_fd;                 /* where the report is written to as well; closed by execve; -1: none */
        bool joins_cgroup;           /* it has not been created in its cgroup */
        uint64_t unknown_signals;    /* one bit each, EXEC_CHILD_SIGNAL(): those that may have another disposition than the default */
        bool ignores_sigpipe;        /* it does already */
        unsigned shares_fds_below;   /* > 0: its table of fds is the supervisor's; it needs a copy of it up to here */
};

/* Does not return: the program runs, or the process has exited with the step's status. Takes a const struct exec_child *;
 * the int is what the caller's trampoline wants. */
int exec_child(void *child) __attribute__((noreturn));

/* For tests: the names of the steps in their order; NULL behind the last. */
const char *exec_child_step_name(size_t index);
