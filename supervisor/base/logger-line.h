/* SPDX-License-Identifier: MIT */
/* logger-line: the records on the line between the supervisor and keel-logger, and the supervisor's end of it.
 *
 * One SOCK_SEQPACKET pair, one record per packet, native byte order. The logger finds its end in the environment
 * (KEEL_LOGGER_FD). It says READY when its directory is open and its privileges are dropped, and again at every PING;
 * records sent before the first READY wait on the line. It ends when the line is closed, or when PID 1 has ended
 * everybody else: it ignores SIGTERM, SIGINT and SIGHUP, so that a kill(-1) at shutdown does not cut off the last words
 * of the services. PID 1 keeps the supervisor's end: a new supervisor goes on talking to the same logger.
 *
 * One pipe per service. Whoever keeps a pipe must hold one O_RDWR fd of it, so that it has a reader and a writer at any
 * time: a service never gets SIGPIPE, and what a dead logger has not read yet waits in the pipe for the next one, which
 * is given every pipe again (ADD with LOGGER_ADD_AGAIN).
 */
#pragma once

#include "macros.h"

#define LOGGER_VERSION        3u
#define LOGGER_FD_ENV         "KEEL_LOGGER_FD" /* decimal number of the logger's end of the line */
#define LOGGER_MEMORY_ENV     "KEEL_LOGGER_MEMORY_FD" /* of a memfd that every logger gets: what one had read when it was killed */
#define LOGGER_UNIT_MAX       256u /* bytes of a unit's name, the final 0 included */
#define LOGGER_IDENTIFIER_MAX 64u
#define LOGGER_DIRECTORY_MAX  256u

enum logger_kind {
        /* supervisor -> logger */
        LOGGER_ADD =
                1, /* struct logger_add + the pipe's read end. A unit that is there already gets this pipe instead. */
        LOGGER_REMOVE, /* struct logger_unit: write what is in the pipe now, end the line, answer REMOVED; read on until
                         * nobody has the pipe open for writing, then close. Unknown names are answered, too. */
        LOGGER_BREAK, /* struct logger_unit: write what is in the pipe now, end an unfinished line: its process has ended */
        LOGGER_ROTATE, /* struct logger_unit: begin a new file; "" for all units */
        LOGGER_SYNC, /* struct logger_sync: answer when all that is in the pipes now has been written, and shown if stdout
                         * is read; that it is not read holds the answer up for some seconds at most (--block-for) */
        LOGGER_PING, /* struct logger_sync: answer READY at once */
        LOGGER_LAST, /* struct logger_sync: a BREAK for every unit and a SYNC; nobody is there any more who could write. The logger
                         * waits for nobody when it ends. An ADD takes it back. */

        /* logger -> supervisor */
        LOGGER_READY = 65, /* struct logger_ready */
        LOGGER_SYNCED, /* struct logger_sync: the cookie of the SYNC or LAST; REMOVEs and BREAKs before it are done, too */
        LOGGER_REMOVED, /* struct logger_unit: nothing of this unit is left in its pipe */
        LOGGER_SPEAKS, /* struct logger_unit: its pipe has its first bytes; said before they are read. Who never spoke
                            * needs no BREAK. */
};

struct logger_header {
        uint16_t kind; /* enum logger_kind */
        uint16_t zero;
        uint32_t length; /* bytes of the whole packet */
};

enum {
        LOGGER_ADD_STORE = 1 << 0, /* keep the lines in the directory */
        LOGGER_ADD_MIRROR = 1 << 1, /* and show them on stdout */
        LOGGER_ADD_LEVEL_PREFIX = 1 << 2, /* a line's "<3>" is its level (SyslogLevelPrefix=, sd-daemon(3)) */
        LOGGER_ADD_AGAIN = 1 << 3, /* an earlier logger had this pipe: the first bytes may continue its last line */
};

struct logger_add {
        struct logger_header header;
        uint32_t flags; /* LOGGER_ADD_* */
        uint32_t priority; /* SyslogLevel=, 0…7, of lines without a prefix; 6 (info) is the default */
        char unit[LOGGER_UNIT_MAX]; /* terminated; without '/' */
        char identifier[LOGGER_IDENTIFIER_MAX]; /* SyslogIdentifier=, or "" */
};

struct logger_unit {
        struct logger_header header;
        char unit[LOGGER_UNIT_MAX];
};

struct logger_sync {
        struct logger_header header;
        uint64_t cookie;
};

struct logger_ready {
        struct logger_header header;
        uint32_t version;
        int32_t error; /* positive errno: no directory could be used, nothing is stored */
        char directory[LOGGER_DIRECTORY_MAX]; /* where the lines are kept; "" when they are not */
};

union logger_packet {
        struct logger_header header;
        struct logger_add add;
        struct logger_unit unit;
        struct logger_sync sync;
        struct logger_ready ready;
};

/* The supervisor's end. 0, -EAGAIN when the line is full, -EPIPE when the logger is gone, -errno. Nothing here blocks or
 * raises SIGPIPE. */

struct logger_add_options {
        uint32_t flags; /* LOGGER_ADD_* */
        unsigned priority;
        const char *identifier; /* NULL: none */
};

/* Lends read_fd to the logger: a duplicate is sent, the caller's stays his. -ENAMETOOLONG, -EINVAL for a bad name. */
int logger_line_add(int line_fd, const char *unit, int read_fd, const struct logger_add_options *options);
/* kind: LOGGER_REMOVE, LOGGER_BREAK or LOGGER_ROTATE (the logger's end: LOGGER_REMOVED or LOGGER_SPEAKS). */
int logger_line_unit(int line_fd, enum logger_kind kind, const char *unit);
/* kind: LOGGER_SYNC or LOGGER_LAST. */
int logger_line_sync(int line_fd, enum logger_kind kind, uint64_t cookie);
int logger_line_ping(int line_fd);

/* The next record, for either end: 1 with *ret and *ret_fd (-1, or an fd that is the caller's), 0 when the other end has closed,
 * -EAGAIN when there is none now, -EBADMSG for a malformed one (it is consumed), -errno. Never blocks. */
int logger_line_receive(int line_fd, union logger_packet *ret, int *ret_fd);

/* Sends any record whose header.kind is set; header.length is filled in. For the logger's end. */
int logger_line_send(int line_fd, union logger_packet *packet, int fd);
