/* SPDX-License-Identifier: MIT */
/* keep: owns the kept fds. Promises that each stays open until it is dropped, replaced, or PID 1 ends; full means
 * refused. Never looks at what an fd is. Called by talk only.
 *
 * A name is found by going through all slots: with 16,384 of them that takes some 10 µs, and nothing but the slots
 * themselves is touched.
 */
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define NONE UINT32_MAX

void keep_init(struct keep *k, struct keep_slot *slots, char *names) {
        *k = (struct keep){ .slots = slots, .names = names };
}

static uint32_t hash_of(const char *name) {
        uint32_t h = 2166136261u; /* FNV-1a */

        for (; *name; name++)
                h = (h ^ (unsigned char)*name) * 16777619u;
        return h;
}

static uint32_t find(const struct keep *k, const char *name, uint32_t hash) {
        for (uint32_t i = 0; i < k->count; i++)
                if (k->slots[i].hash == hash && strcmp(keep_name(k, i), name) == 0)
                        return i;
        return NONE;
}

int keep_put(struct keep *k, const char *name, int *fd) {
        uint32_t hash = hash_of(name), i = find(k, name, hash);
        size_t size = strlen(name) + 1;

        if (i != NONE) {
                (void)close(k->slots[i].fd);
        } else {
                if (k->count == KEEP_ROOM || KEEP_NAMES_ROOM - k->names_end < size)
                        return -ENOSPC;
                i = k->count++;
                k->slots[i].hash = hash;
                k->slots[i].name = k->names_end;
                memcpy(k->names + k->names_end, name, size);
                k->names_end += (uint32_t)size;
        }
        k->slots[i].fd = *fd;
        *fd = -1;
        return 0;
}

int keep_drop(struct keep *k, const char *name) {
        uint32_t i = find(k, name, hash_of(name)), at, size;

        if (i == NONE)
                return -ENOENT;
        (void)close(k->slots[i].fd);
        at = k->slots[i].name;
        size = (uint32_t)strlen(name) + 1;
        k->slots[i] = k->slots[--k->count];
        memmove(k->names + at, k->names + at + size, k->names_end - at - size);
        k->names_end -= size;
        for (i = 0; i < k->count; i++)
                if (k->slots[i].name > at)
                        k->slots[i].name -= size;
        return 0;
}

bool keep_is_open(int fd) {
        return fcntl(fd, F_GETFD) >= 0 || errno != EBADF;
}

bool keep_check(struct keep *k) {
        uint32_t good = 0, count = k->count;

        if (k->names_end > 0 && k->names[k->names_end - 1] != 0)
                k->names_end = 0;
        for (uint32_t i = 0; i < count; i++) {
                struct keep_slot slot = k->slots[i];

                if (slot.name >= k->names_end || strlen(k->names + slot.name) >= WIRE_NAME_MAX ||
                    !keep_is_open(slot.fd))
                        continue;
                slot.hash = hash_of(k->names + slot.name); /* the other program may have had another */
                k->slots[good++] = slot;
        }
        k->count = good;
        return good == count;
}
