/* SPDX-License-Identifier: MIT */
/* logger: the pipes of all services, and the loop that moves their lines into the store and onto the mirror.
 *
 * Sleeps in epoll_wait(2) without a timeout while nothing happens. Allocates when a service is added and when a line comes in
 * pieces, never per line. Pipes whose services are mirrored are in an epoll set of their own, so that all of them can be
 * left alone with one call while the mirror is full; the others go on.
 */
#pragma once

#include "logger-mirror.h"
#include "logger-store.h"

#include "base/hash.h"

#define LOGGER_COOKIES_MAX 32u

struct logger_held {
        size_t length, room;
        char text[];
};

struct logger_source {
        char *identifier; /* NULL: none */
        struct logger_held *held; /* the beginning of a line whose end has not come: the mirror shows whole lines; or NULL */
        uint8_t flags; /* LOGGER_ADD_* */
        uint8_t priority;
        bool has_large_pipe, has_no_writer, has_spoken;
        bool is_breaking, is_removing; /* what to do when left is 0 */
        bool is_removed; /* and REMOVED has been said: it is read until nobody writes there */
        int fd;
        uint64_t left; /* bytes that were in the pipe when SYNC, BREAK or REMOVE came, and still are */
        struct logger_file file;
        UT_hash_handle hh;
        char unit[];
};

struct logger {
        int line_fd, epoll_fd, mirrored_fd;
        int signal_fd; /* SIGTERM; -1: not watched */
        bool is_mirrored_paused, has_line_closed, is_ending;
        bool is_last; /* nobody will write any more */
        bool owes_answer; /* the line was full */
        union logger_packet ready;
        uint64_t reads; /* so far: tells whether anything was said meanwhile */
        int watched_mirror_fd; /* -1: not watched */
        struct logger_source *sources;
        size_t sources_with_left;
        uint64_t cookies[LOGGER_COOKIES_MAX];
        size_t cookie_count;
        uint64_t sync_deadline_us; /* CLOCK_MONOTONIC; when the latest SYNC stops waiting for the mirror */
        struct logger_stamp stamp;
        struct logger_store store;
        struct logger_mirror mirror;
        struct { /* what the mirror refused of one read */
                struct logger_source *source;
                size_t at, length;
                char stamp[LOGGER_STAMP_LENGTH + 1];
                char data[LOGGER_READ_MAX];
        } backlog;
};

/* Makes the epoll sets. Store and mirror are the caller's to open, before or after. line_fd is borrowed. 0 or -errno. */
int logger_init(struct logger *l, int line_fd);
/* From now on a SIGTERM of PID 1 means that everybody ends: the logger does so as the last one. 0 or -errno. */
int logger_watch_signals(struct logger *l);
/* Says READY, with l->ready, whose directory and error the caller has filled in. 0 or -errno. */
int logger_say_ready(struct logger *l);

/* Serves until the line is closed: then writes what is in the pipes and what comes soon, and returns 0; -errno when epoll
 * fails. Nothing is freed. */
int logger_run(struct logger *l);
/* One round of it: waits at most timeout_ms (-1: for ever). 1: go on, 0: the line is closed. For tests. */
int logger_turn(struct logger *l, int timeout_ms);
/* Gives everything up, but for the store's directory. */
void logger_free(struct logger *l);
