/* SPDX-License-Identifier: MIT */
/* record-store: the memory in which the supervisor's saved records lie. PID 1 keeps it (as the fd "record"), so that it
 * outlives every supervisor.
 *
 * A record has a place with two slots, written in turn: sequence number and checksum tell the newest whole one, wherever a
 * kill has fallen. Beside them lies one number that the kernel itself writes: the pid of a process that is being made.
 * What is read back is taken as hostile: nothing in it is used as an address, a size or an index before it was checked.
 * Never logs. Memory that no record uses is never touched, and so costs nothing.
 */
#pragma once

#include "base/macros.h"

#include <sys/types.h>

/* Of the layout of places; what is in a record tells its own fields. (A test builds a supervisor of another one.) */
#ifndef RECORD_STORE_VERSION
#define RECORD_STORE_VERSION 1u
#endif
#define RECORD_SIZE_MAX      8160u /* bytes of one record */
#define RECORD_CLASSES       9u    /* sizes of places */
#define RECORD_ENDS          1024u /* how many ends of jobs are remembered */

enum record_owner { RECORD_OF_UNIT = 1, RECORD_OF_MANAGER };

/* How a job ended, for clients that were not told: a ring, oldest overwritten. */
struct record_end {
        uint64_t unit_hash; /* text_hash() of the unit's name */
        uint64_t begin_us; /* CLOCK_MONOTONIC: when the job was installed */
        uint32_t id; /* of the job; 0: none */
        uint16_t type; /* enum job_type */
        uint16_t result; /* enum job_result */
};

struct record_place {
        uint32_t at, units; /* where it lies in the memory, in units of the store; units 0: it has none yet */
        uint64_t sequence;  /* of the last whole slot there; 0: to be found by looking */
};

struct record_store {
        unsigned char *memory; /* MAP_SHARED; NULL: not open */
        int fd; /* of it; owned */
        uint32_t room, used; /* units in all, and up to where places have been given out */
        uint32_t *freed[RECORD_CLASSES]; /* by size class: places that may be given out again */
        size_t freed_count[RECORD_CLASSES], freed_room[RECORD_CLASSES];
        unsigned damaged; /* places in which no record was found that is whole, when it was opened */
};

/* Opens the memory: the one behind *fd (adopted: -1 afterwards), or new memory when that is -1 or not of this layout.
 * 1 it holds what a predecessor saved, 0 it is new, -errno. */
int record_store_open(struct record_store *s, int *fd);
void record_store_close(struct record_store *s);
/* Forgets everything that is in it. */
void record_store_clear(struct record_store *s);

/* Saves a record, in the place that it had (moved when it has grown). 0; -E2BIG, -ENOSPC or -ENOMEM, and the old one stands. */
int record_store_write(struct record_store *s, struct record_place *p, enum record_owner owner, const void *data,
                       size_t length);
void record_store_free(struct record_store *s, struct record_place *p);
/* Where the kernel may store the pid of the process that is being made; NULL when there is no place. Valid until the next
 * record_store_write() of that place. */
int32_t *record_store_pid_slot(const struct record_store *s, const struct record_place *p);

/* The next whole record from *at on (0 first): 1 with everything filled in (data is borrowed: until the next write), 0 when
 * there is none left. May be walked any number of times; the first step adds how many places are damaged, and were given up
 * when the memory was opened. */
struct record_found {
        enum record_owner owner;
        struct record_place place;
        const unsigned char *data;
        size_t length;
        uint64_t sequence;
        pid_t spawned_pid; /* 0: the kernel has stored none */
};
int record_store_next(struct record_store *s, uint32_t *at, struct record_found *ret, unsigned *damaged);

void record_store_put_end(struct record_store *s, const struct record_end *end);
/* The latest end for which match() is true. 0 or -ENOENT. */
int record_store_find_end(const struct record_store *s, bool (*match)(const struct record_end *end, const void *user),
                          const void *user, struct record_end *ret);
