/* SPDX-License-Identifier: MIT */
/* mounts: a unit's view of the system (systemd.exec(5), "Sandboxing", "Paths"): which namespaces it gets and what is
 * mounted where in them, resolved before the spawn into the steps that child-mounts.c carries out.
 *
 * Owns the planning only; changes nothing on the machine but for the private directories of PrivateTmp=, the shared
 * namespaces of PrivateNetwork=/PrivateIPC= (both in struct exec_runtime) and the nodes in /run/keel/inaccessible.
 * Records in the unit what this kernel or container does not allow, found by probing; never logs. Called by plan.c,
 * after directories_prepare() (the paths that this makes are looked up here).
 */
#pragma once

#include "child-mounts.h"
#include "plan.h"

struct resolved_credentials;

/* ret is NULL when there is nothing to do. 0, or -errno with *failure filled in: 226/NAMESPACE or 225/NETWORK, the
 * path in question as detail. */
int mount_plan_build(const struct plan_request *request, const struct resolved_credentials *credentials,
                     struct mount_plan **ret, struct exec_failure *failure);
/* NULL is fine. */
void mount_plan_free(struct mount_plan *plan);
DEFINE_OWNED(mount_plan, struct mount_plan *, mount_plan_free)

/* Would the supervisor wait too long for it in a vfork, or is that refused (user namespace)? Then fork. NULL: no. */
bool mount_plan_is_long(const struct mount_plan *plan);

/* ---- what this place allows, probed once in a child of our own ------------------------------------------------- */

enum mount_ability {
        ABILITY_NAMESPACE = 1 << 0, /* unshare(CLONE_NEWNS) and mounting in it, by path and by fd (Linux 5.12) */
        ABILITY_NODES = 1 << 1,     /* device nodes can be made on a tmpfs, and opened */
        ABILITY_PROC = 1 << 2,      /* a procfs of its own with hidepid= and subset= (Linux 5.8) */
        ABILITY_UTS = 1 << 3,       /* unshare(CLONE_NEWUTS) */
        ABILITY_CHROOT = 1 << 4,    /* chroot(2) */
        ABILITY_USERS = 1 << 5,     /* unshare(CLONE_NEWUSER), and mapping two users into it */
};
unsigned mount_abilities(void); /* weak */
unsigned mount_abilities_probe(void);

/* ---- exec-runtime.c -------------------------------------------------------------------------------------------- */

/* Makes what is not there yet: name is the unit's, invocation_id may be NULL. 0 or -errno. */
int exec_runtime_make_tmp(struct exec_runtime *r, const char *name, const char *invocation_id);
/* A network namespace with its loopback up. */
int exec_runtime_make_network(struct exec_runtime *r);
int exec_runtime_make_ipc(struct exec_runtime *r);
/* Removes everything below the directory, and the directory: symbolic links are not followed, what other file
 * systems are mounted below stays. A missing one is fine. 0 or -errno. */
int remove_tree(int dir_fd, const char *path);
