/* SPDX-License-Identifier: MIT */
/* logger-store: the directory of log files: UNIT.log, UNIT.log.1 (the one before it), UNIT.log.2, …
 *
 * Every line begins with its time. Bytes are written as soon as they come, an unfinished line, too: so a killed logger loses
 * nothing (logger-memory.h), and its successor sees from the file's last byte whether a line is open.
 * Files are bounded one by one and all together; a full disk costs lines, which are counted and reported in the file, and
 * never stops the logger. No call blocks but for the disk. Owns the directory's fd and the files' fds.
 */
#pragma once

#include "logger-memory.h"
#include "logger-text.h"

#include <sys/types.h>

struct logger_limits {
        uint64_t file_bytes; /* a file is rotated before a line would begin beyond this */
        unsigned files; /* of a unit, the current one included; at least 1 */
        uint64_t total_bytes; /* of the directory; 0: a tenth of the file system, at most 512 MiB */
};

/* One unit's current file. Zeroed but for unit. */
struct logger_file {
        const char *unit; /* borrowed */
        uint64_t size, inode;
        size_t line_length; /* bytes of the open line so far, its time not counted; 0: at the beginning of a line */
        uint64_t lost_bytes; /* since the last report */
        int lost_error;
        int fd;
        bool is_open;
        bool is_line_open; /* the last byte is not a newline */
        bool wants_rotation; /* at the next beginning of a line */
        struct logger_file *prev, *next;
};

struct logger_store {
        int directory_fd; /* -1: nothing is stored */
        struct logger_limits limits;
        uint64_t used_bytes;
        struct logger_file *files; /* the open ones */
        struct logger_memory *memory; /* owned; its out[] is what is gathered for one write */
        size_t out_used;
        size_t covers; /* so many bytes of the memory's in[] are in the file when out[] is */
};

/* Adopts the directory. Measures what is in it. Without a memory yet, makes a private one. 0 or -errno. */
int logger_store_open(struct logger_store *s, int *directory_fd, const struct logger_limits *limits);
/* Writes what a killed logger had read and not written. stamp: now. */
void logger_store_recover(struct logger_store *s, const char *stamp);

enum logger_open { LOGGER_OPEN_FRESH, LOGGER_OPEN_AGAIN };
/* For a new pipe (FRESH) an unfinished last line of the file is ended; else it goes on. Files are made with their first line. */
void logger_file_open(struct logger_store *s, struct logger_file *f, enum logger_open how);
/* Adds bytes of a service, all read at the time stamp. identifier: "" for none. */
void logger_file_append(struct logger_store *s, struct logger_file *f, const char *stamp, const char *identifier,
                        const char *data, size_t length);
/* Ends an unfinished line. */
void logger_file_break(struct logger_store *s, struct logger_file *f);
void logger_file_rotate(struct logger_store *s, struct logger_file *f);
/* An open line stays open in the file: a later logger may go on with it. */
void logger_file_close(struct logger_store *s, struct logger_file *f);
