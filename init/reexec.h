/* SPDX-License-Identifier: MIT */
/* reexec: PID 1 replaces itself: by the program that is at its path now. Every process stays its child, every fd open. */
#pragma once

#include "state.h"

/* Has the program at our path asked whether it can take over. What comes of it the supervisor is told: REEXECED or REFUSED. */
void reexec_ask(struct state *s, uint64_t now);
/* The one that was asked has ended. */
void reexec_answered(struct state *s, int status);
/* Goes over when it is time to: does not return when that works. When to come again, at the latest. */
uint64_t reexec_tick(struct state *s, uint64_t now);
