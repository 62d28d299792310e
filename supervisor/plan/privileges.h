/* SPDX-License-Identifier: MIT */
/* privileges: who the process becomes and what it may still do (systemd.exec(5), "Capabilities", "Security"): user and groups,
 * capabilities, secure bits, no_new_privs, keyring, AppArmor. What we cannot give or take here is recorded in the unit as
 * unavailable. Called by plan_build(), after the policy has been compiled.
 */
#pragma once

#include "plan-private.h"

/* Fills in p->privileges. 0 or -ENOMEM. */
int privileges_resolve(const struct plan_request *request, struct plan *p);
void privileges_release(struct plan_privileges *v);

/* Our own capabilities, a bit each; weak: a test may have others. */
uint64_t privileges_own_effective(void);
