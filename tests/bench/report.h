/* SPDX-License-Identifier: MIT */
/* report: one record for each start, written to a named pipe by whoever is started: its time is taken in main(), so it does
 * not matter when it is read. Records are shorter than PIPE_BUF: none is mixed with another.
 */
#pragma once

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define REPORT_BEGIN UINT32_MAX /* index: the supervisor is about to be executed */

struct report {
        uint64_t ns; /* CLOCK_MONOTONIC */
        uint32_t index;
        uint32_t pid; /* in its own namespace */
};

static inline uint64_t report_now(void) {
        struct timespec t;

        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The pipe stays open: its reader sees the end of it when all who reported have ended. */
static inline void report_send(const char *path, uint32_t index, uint64_t ns) {
        struct report r = { .ns = ns, .index = index, .pid = (uint32_t)getpid() };
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd < 0 || write(fd, &r, sizeof(r)) != (ssize_t)sizeof(r))
                _exit(97);
}
