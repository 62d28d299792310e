/* SPDX-License-Identifier: MIT */
/* ledger: the exits that the supervisor has not acknowledged yet.
 *
 * Every reap gets the next sequence number, also when there is no room to remember it: such an exit is counted in
 * `dropped` and leaves a gap, and never shows as another status. Memory is touched as it is needed and given back to
 * the kernel when it has been acknowledged.
 */
#pragma once

#include "wire.h"

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#define LEDGER_ROOM 65536u

struct ledger {
        struct wire_exit *ring; /* LEDGER_ROOM of them, page-aligned, zero; borrowed for good */
        uint64_t next_sequence; /* from 1 */
        uint64_t dropped;
        uint32_t first; /* place of the oldest */
        uint32_t count; /* unacknowledged ones */
        uint32_t sent; /* of those, from the oldest on, the present supervisor was sent */
        uint32_t touched; /* places in use since memory was last given back as a whole */
};

void ledger_init(struct ledger *l, struct wire_exit *ring);
void ledger_add(struct ledger *l, pid_t pid, int status, uint64_t reaped_us);
/* The next ones to send, at most WIRE_ENDED_BATCH, oldest first, in one or two pieces (the second may be empty). How many. */
uint32_t ledger_unsent(const struct ledger *l, struct iovec pieces[2]);
/* They are sent. */
void ledger_mark_sent(struct ledger *l, uint32_t how_many);
/* A new supervisor knows of none: everything is unsent again. */
void ledger_rewind(struct ledger *l);
/* Forgets every exit up to and including this sequence number. Numbers not given out yet are fine. */
void ledger_acknowledge(struct ledger *l, uint64_t sequence);
