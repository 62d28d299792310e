/* SPDX-License-Identifier: MIT */
/* unit-file: reads the text of one unit file and gives each assignment to a handler, verbatim and with its line.
 *
 * inih takes the lines apart (sections, names, values, comments); ours is what inih does not do: joining lines that end in
 * a backslash, values of any length, and telling of the lines that inih would drop without a word.
 */
#pragma once

#include "unit.h"

/* One assignment, borrowed strings. section "" stands before the first section header. line: where it begins. 0, or
 * -errno to stop. */
typedef int (*unit_file_handler)(void *user, const char *section, const char *key, const char *value, unsigned line);

#define UNIT_FILE_MAX (16u << 20) /* bytes */
/* What a section header with a mistake gives as the section: what is below it belongs to nothing. */
#define UNIT_FILE_BROKEN_SECTION "?"

/* Reads this text (length bytes, need not be terminated). file: for messages. 0, -ENOMEM, or what the handler returned. */
int unit_file_parse(const char *text, size_t length, const char *file, struct diag *diag, unit_file_handler handler,
                    void *user);
