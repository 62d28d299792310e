/* SPDX-License-Identifier: MIT */
/* ledger: owns the ring of unacknowledged exits. Promises that an exit is delivered until it is acknowledged, or counted
 * as dropped; never allocates, never moves an entry. Called by reap (add) and talk (the rest).
 */
#include "ledger.h"

#include <sys/mman.h>

/* Memory is given back in pieces of whole pages that hold whole exits: 12 pages of 4 KiB. */
#define CHUNK       2048u
#define CHUNK_BYTES (CHUNK * sizeof(struct wire_exit))
_Static_assert(CHUNK_BYTES % 4096 == 0 && LEDGER_ROOM % CHUNK == 0, "chunks are whole pages");

void ledger_init(struct ledger *l, struct wire_exit *ring) {
        *l = (struct ledger){ .ring = ring, .next_sequence = 1 };
}

void ledger_add(struct ledger *l, pid_t pid, int status, uint64_t reaped_us) {
        uint64_t sequence = l->next_sequence++;
        uint32_t place = (l->first + l->count) % LEDGER_ROOM;

        if (l->count == LEDGER_ROOM) {
                l->dropped++;
                return;
        }
        l->ring[place] = (struct wire_exit){ sequence, reaped_us, pid, status };
        l->count++;
        if (place >= l->touched)
                l->touched = place + 1;
}

uint32_t ledger_unsent(const struct ledger *l, struct iovec pieces[2]) {
        uint32_t n = l->count - l->sent, place = (l->first + l->sent) % LEDGER_ROOM, before_end;

        if (n > WIRE_ENDED_BATCH)
                n = WIRE_ENDED_BATCH;
        before_end = LEDGER_ROOM - place < n ? LEDGER_ROOM - place : n;
        pieces[0] = (struct iovec){ &l->ring[place], before_end * sizeof(struct wire_exit) };
        pieces[1] = (struct iovec){ l->ring, (n - before_end) * sizeof(struct wire_exit) };
        return n;
}

void ledger_mark_sent(struct ledger *l, uint32_t how_many) {
        l->sent += how_many;
}

void ledger_rewind(struct ledger *l) {
        l->sent = 0;
}

/* Gives back the chunks from `from` up to `to`, round the ring, but for one that the newest exits have come round to. */
static void give_back(struct ledger *l, uint32_t from, uint32_t to) {
        for (uint32_t c = from; c != to; c = (c + 1) % (LEDGER_ROOM / CHUNK))
                if ((c * CHUNK + LEDGER_ROOM - l->first) % LEDGER_ROOM >= l->count)
                        (void)madvise(&l->ring[c * CHUNK], CHUNK_BYTES, MADV_DONTNEED);
}

/* All is acknowledged: start from the first page again, which is the only one that stays touched in quiet times. */
static void start_over(struct ledger *l) {
        const size_t page = 4096;

        if (l->touched * sizeof(struct wire_exit) > page)
                (void)madvise((char *)l->ring + page, l->touched * sizeof(struct wire_exit) - page, MADV_DONTNEED);
        l->first = l->touched = 0;
}

void ledger_acknowledge(struct ledger *l, uint64_t sequence) {
        uint32_t old_chunk = l->first / CHUNK;

        while (l->count > 0 && l->ring[l->first].sequence <= sequence) {
                l->first = (l->first + 1) % LEDGER_ROOM;
                l->count--;
                l->sent -= l->sent > 0;
        }
        if (l->count == 0)
                start_over(l);
        else
                give_back(l, old_chunk, l->first / CHUNK);
}
