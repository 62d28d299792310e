/* SPDX-License-Identifier: MIT */
/* log-tail: the last lines of a unit from the files that keel-logger writes (UNIT.log, UNIT.log.1, …), read from their ends:
 * the cost is that of the lines asked for, however large the files are. The bytes are a service's: hostile.
 */
#pragma once

#include "macros.h"

#define LOG_TAIL_BYTES_MAX (1024u * 1024) /* of all the lines together; older ones are left out */

/* The last max_lines lines, oldest first, each ended by a newline, the text terminated. *ret: the caller frees it; "" when there
 * are none. Returns the number of lines or -errno; a unit without files has none. */
int log_tail(int directory_fd, const char *unit, unsigned max_lines, char **ret, size_t *ret_length);

/* One line taken apart. All point into the line; nothing is terminated. */
struct log_tail_line {
        const char *time; /* "2026-11-24T08:25:06.123456Z", time_length bytes; 0: the line has none */
        size_t time_length;
        unsigned priority; /* of a "<3>" prefix, which is not part of the text; 6 without one */
        const char *text;
        size_t text_length;
};

/* Takes the next line off *text (which ends at `end`). false: there is none. */
bool log_tail_next(const char **text, const char *end, struct log_tail_line *ret);
