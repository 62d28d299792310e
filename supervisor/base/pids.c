/* SPDX-License-Identifier: MIT */
/* pids: see pids.h. */
#include "pids.h"

#include <errno.h>
#include <stdlib.h>

int pids_add(struct pids *p, pid_t pid) {
        if (p->count == p->room) {
                size_t room = p->room ? p->room * 2 : 16;
                pid_t *grown = reallocarray(p->items, room, sizeof *grown);

                if (!grown)
                        return -ENOMEM;
                p->items = grown;
                p->room = room;
        }
        p->items[p->count++] = pid;
        return 0;
}
