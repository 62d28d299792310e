/* SPDX-License-Identifier: MIT */
/* resources: limits, priorities and schedulers of a process (systemd.exec(5), "Process properties", "Scheduling"), as far as
 * this place allows them. Whether it does is found by trying it on ourselves and taking it back; what is not allowed is
 * recorded in the unit as unavailable and left out, or brought as near as it gets (limits). Called by plan_build().
 */
#pragma once

#include "plan-private.h"

/* Fills in p->resources. Never fails. */
void resources_resolve(const struct plan_request *request, struct plan *p);
