/* SPDX-License-Identifier: MIT */
/* pids: a list of processes that grows. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct pids {
        pid_t *items; /* owned: free() */
        size_t count, room;
};

/* 0 or -ENOMEM. */
int pids_add(struct pids *p, pid_t pid);
