/* SPDX-License-Identifier: MIT */
/* seccomp: a unit's policy, compiled to BPF by libseccomp before the spawn and cached by content (seccomp(2)).
 *
 * One policy per service out of every directive that is seccomp underneath: SystemCallFilter=, SystemCallErrorNumber=,
 * SystemCallArchitectures=, SystemCallLog=, RestrictAddressFamilies=, RestrictNamespaces=, MemoryDenyWriteExecute=,
 * RestrictRealtime=, RestrictSUIDSGID=, LockPersonality=, and the seccomp part of ProtectClock=, ProtectHostname=,
 * ProtectKernelModules=, ProtectKernelLogs=, ProtectKernelTunables=, PrivateDevices= (@raw-io). Unknown system calls give
 * ENOSYS, never EPERM. A policy may be several programs, loaded one after the other in order; the kernel takes the
 * strictest answer.
 */
#pragma once

#include "unit/unit.h"

#include <linux/filter.h>

struct seccomp_policy {
        unsigned references;
        char *key;                    /* what it was compiled from, canonical: the cache's key */
        struct sock_fprog *programs;  /* in the order in which they are to be loaded */
        size_t program_count;
};

/* The policy for these settings, from the cache or compiled now; NULL in *ret when nothing is restricted. Mistakes (unknown
 * system call or group) are reported to diag with their origin and skipped, as in systemd. Directives that libseccomp or the kernel cannot do
 * are recorded in the unit as `unavailable`. The caller gets a reference. 0 or -errno. */
int seccomp_compile(struct unit *unit, struct diag *diag, struct seccomp_policy **ret);
void seccomp_policy_unref(struct seccomp_policy *p);

/* Does it need NoNewPrivileges for a process without CAP_SYS_ADMIN — always true when there is a policy; here for names. */
const char *seccomp_syscall_name(int arch_audit, int number); /* static; "NULL" never: "syscall 123" in a static buffer */

/* The groups (@system-service …) of syscall-groups.txt. The members, newline-separated, or NULL when there is no such
 * group. The data are built in. */
const char *seccomp_group(const char *name);

/* Is this kernel able to filter at all (probed once)? */
bool seccomp_is_available(void);
