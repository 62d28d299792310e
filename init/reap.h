/* SPDX-License-Identifier: MIT */
/* reap: every zombie, at once: the supervisor's to child, all others into the ledger. */
#pragma once

#include "state.h"

/* Reaps what is there, up to a bound (state.more_zombies: there is more). */
void reap(struct state *s);
