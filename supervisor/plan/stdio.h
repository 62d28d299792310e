/* SPDX-License-Identifier: MIT */
/* stdio: StandardInput=, StandardOutput= and StandardError= (systemd.exec(5), "Logging and standard input/output") become three
 * streams, opened here as far as opening cannot block; the rest (terminals, FIFOs) is the child's, which then takes long.
 * Also takes the fds that the process gets from 3 on. Called by plan_build().
 */
#pragma once

#include "plan-private.h"

/* Fills in p->streams and p->terminal, may set p->takes_long. 0, or -errno with *failure: 208/STDIN, 209/STDOUT, 222/STDERR. */
int stdio_resolve(const struct plan_request *request, struct plan *p, struct exec_failure *failure);

/* Fills in p->fds and what goes with them. 0, or -errno with *failure: 202/FDS. */
int stdio_resolve_fds(const struct plan_request *request, struct plan *p, struct exec_failure *failure);

void stdio_release(struct plan *p);
