/* SPDX-License-Identifier: MIT */
/* child: the supervisor's life: started, watched by its heartbeat, started again by a ladder when it dies. */
#pragma once

#include "state.h"

/* What is due now: start one, kill a silent one. When to come again, at the latest. */
uint64_t child_tick(struct state *s, uint64_t now);
/* A record came from it. */
void child_heard(struct state *s, uint64_t now);
/* It said HELLO, and how long it may be silent from now on (0: for ever). */
void child_talks(struct state *s, uint64_t heartbeat_us, uint64_t now);
/* It is about to end, and its successor is to start at once; it has 10 s for that. */
void child_leaves(struct state *s, uint64_t now);
/* Its end of the line is closed: it is ending, or is ended soon. */
void child_hung_up(struct state *s, uint64_t now);
/* It was reaped. */
void child_ended(struct state *s, int status, uint64_t now);
/* Start the next one without a further pause. */
void child_hurry(struct state *s);
