/* SPDX-License-Identifier: MIT */
/* logger-mirror: the services' lines on PID 1's stdout.
 *
 * Never blocks the logger. When nobody reads there, lines wait in a buffer; when it is full, logger_mirror_add() refuses
 * and the caller holds its services up (their pipes fill, as with any pipe), but only for block_us: after that lines are
 * dropped and counted, and the count is shown when somebody reads again. A mirror whose reader is gone is given up.
 */
#pragma once

#include "logger-text.h"

#define LOGGER_MIRROR_ROOM (128u * 1024)

enum logger_mirror_state {
        LOGGER_MIRROR_OFF, /* none was wanted, or its reader is gone */
        LOGGER_MIRROR_FLOWING,
        LOGGER_MIRROR_WAITING, /* full; until deadline_us services wait */
        LOGGER_MIRROR_DROPPING, /* full for too long: what does not fit is counted */
};

struct logger_mirror {
        enum logger_mirror_state state;
        int fd;
        bool owns_fd, is_socket;
        bool must_ask; /* the description is shared and blocking: poll(2) before each small write */
        bool can_be_full; /* pipe, terminal, socket: may be watched with epoll; else writes are done at once */
        struct logger_style style;
        uint64_t block_us; /* 0: drop at once */
        uint64_t deadline_us; /* CLOCK_MONOTONIC; valid while waiting */
        uint64_t dropped_lines;
        size_t start, end;
        char buffer[LOGGER_MIRROR_ROOM];
};

enum logger_color { LOGGER_COLOR_AUTO, LOGGER_COLOR_NEVER, LOGGER_COLOR_ALWAYS };

/* fd is borrowed. Call it before privileges are dropped: it opens pipes and terminals once more, for a description of its own. */
void logger_mirror_open(struct logger_mirror *m, int fd, enum logger_format format, enum logger_color color,
                        uint64_t block_us);
void logger_mirror_close(struct logger_mirror *m);

/* 1 taken (or dropped and counted), 0 refused: come again with the same line when it has been flushed or has timed out. */
int logger_mirror_add(struct logger_mirror *m, const struct logger_text *text);
/* Writes what can be written now. stamp: for the report of dropped lines. */
void logger_mirror_flush(struct logger_mirror *m, const char *stamp);
/* The deadline has passed: from now on lines are dropped, until somebody reads. Does nothing before the deadline. */
void logger_mirror_expire(struct logger_mirror *m, uint64_t monotonic_us);
/* Something waits for the mirror to become writable. */
static inline bool logger_mirror_is_busy(const struct logger_mirror *m) {
        return m->state != LOGGER_MIRROR_OFF && m->end > m->start;
}
