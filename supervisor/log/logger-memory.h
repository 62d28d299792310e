/* SPDX-License-Identifier: MIT */
/* logger-memory: the one read that is on its way from a pipe into a file, in memory that outlives the logger.
 *
 * What read(2) takes out of a pipe is nowhere else. So it is read into memory that PID 1 keeps (a memfd), with notes of how
 * far it has come: of a logger that is killed between any two instructions the next one finds what was read, and which bytes
 * of it the file has. The kernel writes nothing but the bytes when it reads: how many they are is seen from the filling
 * behind them, which no text contains. Without such a memory it is private, and a kill costs what was read, 64 KiB at most.
 * The memory is read back as hostile input. Owned by the store.
 */
#pragma once

#include "base/logger-line.h"
#include "base/macros.h"
#include "logger-text.h"

#define LOGGER_READ_MAX (64u * 1024)
#define LOGGER_OUT_ROOM (128u * 1024)

enum logger_memory_state {
        LOGGER_MEMORY_IDLE,
        LOGGER_MEMORY_READING, /* in[] may have been filled already */
        LOGGER_MEMORY_HELD, /* in[] has `length` bytes, the first `done` of them are in the file */
};

struct logger_memory {
        uint64_t magic;
        uint32_t state; /* enum logger_memory_state */
        uint32_t length, done;
        /* The write that is under way: so many bytes of out[], behind the first `base` bytes of the file; after it, `covers`
         * bytes of in[] are in the file. */
        uint32_t is_writing, used, covers;
        uint64_t base, inode;
        char unit[LOGGER_UNIT_MAX];
        char identifier[LOGGER_IDENTIFIER_MAX];
        char stamp[LOGGER_STAMP_LENGTH + 1];
        char in[LOGGER_READ_MAX];
        char out[LOGGER_OUT_ROOM];
};

/* Maps the memory behind fd (-1: private memory), whose size becomes right. NULL when out of memory. fd is borrowed. */
struct logger_memory *logger_memory_open(int fd);
void logger_memory_close(struct logger_memory **m);

/* In this order. Between begin and end, nobody else uses in[]. */
void logger_memory_begin(struct logger_memory *m, const char *unit, const char *identifier);
void logger_memory_has_read(struct logger_memory *m, size_t length, const char *stamp);
void logger_memory_end(struct logger_memory *m);

/* Around each write of out[]. */
void logger_memory_writes(struct logger_memory *m, size_t used, size_t covers, uint64_t inode, uint64_t base);
void logger_memory_has_written(struct logger_memory *m);

/* What a killed logger left: true when there is something and the notes make sense; then it is as after has_read(), with
 * `stamp` where none was noted yet. */
bool logger_memory_recover(struct logger_memory *m, const char *stamp);
