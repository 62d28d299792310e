/* SPDX-License-Identifier: MIT */
/* credentials: User=, Group=, SupplementaryGroups= and DynamicUser= become numbers (systemd.exec(5), "User/Group identity"),
 * through NSS, in the supervisor: the child only has the numbers.
 *
 * root is known without asking anybody, so that a root file system without /etc/passwd works. Called by plan_build() only.
 */
#pragma once

#include "plan-private.h"

/* 0, or -errno with *failure filled in: 217/USER or 216/GROUP. The caller releases *ret. DynamicUser= is recorded in the
 * unit as emulated. */
int credentials_resolve(struct unit *unit, struct resolved_credentials *ret, struct exec_failure *failure);

/* The number that DynamicUser= draws for this name, out of 61184…65519: by the name's hash, the next one when it is
 * somebody's; the same again for the same name as long as keel's runtime directory lives. 0 or -errno. */
int credentials_dynamic_uid(const char *name, uid_t *ret);

/* For the tests: where the numbers that were given out are noted, weak. */
const char *credentials_dynamic_directory(void);
