/* SPDX-License-Identifier: MIT */
/* mount-steps: entries (mount-entries.h) → the steps that the child carries out (child-mounts.h). For mounts.c and the
 * tests only. Pure but for looking at /dev.
 *
 * The order is: take detached copies of everything that comes from the host, and of what must be seen as it is although
 * it lies below something that gets read-only; then down the tree, parents first: mount, make the mount points for what
 * comes below, set the attributes. So what is set recursively on a parent never has to be taken back from a child.
 */
#pragma once

#include "child-mounts.h"
#include "mount-entries.h"

struct mount_surroundings {
        bool can_make_nodes;                /* else the nodes of a private /dev are bound from the host's */
        const char *inaccessible_directory; /* empty, mode 000 */
        const char *inaccessible_file;
        unsigned long propagation;          /* MountFlags=: 0 as MS_SHARED */
};

/* Appends a step with these strings (copied into the plan). 0 or -ENOMEM. */
int mount_plan_add(struct mount_plan *plan, struct mount_step step);

/* Appends everything from unshare(CLONE_NEWNS) to pivot_root. root as in struct mount_inputs. 0, -ENOMEM, or -EINVAL
 * with a bind over "/" itself. */
int mount_plan_add_entries(struct mount_plan *plan, const struct mount_entries *entries, const char *root,
                           const struct mount_surroundings *surroundings);
