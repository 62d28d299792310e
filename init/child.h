/* SPDX-License-Identifier: MIT */
/* child: the supervisor's life: started, watched by its heartbeat, started again by a ladder when it dies.
 *
 * It may be silent while it has nothing to do and has said so: an idle system costs no wake-up, and a hang does no harm
 * before there is something to do. Then a sign of life is due again, within its heartbeat: from when it says that it works,
 * from when it was told something, from when it was stopped (which the kernel tells).
 */
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
/* It beats. How long it may be silent from now on; 0: it owes nothing, and is silent until there is something to do. */
void child_beats(struct state *s, uint64_t heartbeat_us, uint64_t now);
/* It was told something. */
void child_told(struct state *s, uint64_t now);
/* A signal has stopped it, or it goes on. */
void child_stopped(struct state *s, bool stopped, uint64_t now);
/* It was reaped. */
void child_ended(struct state *s, int status, uint64_t now);
/* Start the next one without a further pause. */
void child_hurry(struct state *s);
