/* SPDX-License-Identifier: MIT */
/* keep: fds held under names for the supervisor, until it drops them. Without holes: the i-th is at slots[i], for i below
 * count; dropping one moves the last into its place. Names lie packed one after the other, so that a few hundred of
 * them touch a few pages only.
 */
#pragma once

#include "wire.h"

#include <stdbool.h>
#include <stddef.h>

#define KEEP_ROOM       16384u
#define KEEP_NAMES_ROOM (KEEP_ROOM * WIRE_NAME_MAX)

struct keep_slot {
        uint32_t hash; /* of the name */
        uint32_t name; /* where it begins in names[] */
        int32_t fd; /* owned */
};

struct keep {
        struct keep_slot *slots; /* KEEP_ROOM of them, borrowed for good */
        char *names; /* KEEP_NAMES_ROOM bytes, borrowed for good */
        uint32_t count;
        uint32_t names_end;
};

void keep_init(struct keep *k, struct keep_slot *slots, char *names);
/* Holds *fd (adopted: -1 afterwards) under this name; an older fd of that name is closed. 0, or -ENOSPC with *fd untouched. */
int keep_put(struct keep *k, const char *name, int *fd);
/* Closes the fd of that name. 0 or -ENOENT. */
int keep_drop(struct keep *k, const char *name);
/* Is this number an open fd? */
bool keep_is_open(int fd);
/* After slots, names, count and names_end were filled in by another program: drops what is not sound or not open. False when
 * there was such.
 */
bool keep_check(struct keep *k);
static inline const char *keep_name(const struct keep *k, uint32_t i) {
        return k->names + k->slots[i].name;
}
