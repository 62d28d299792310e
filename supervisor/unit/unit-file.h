/* SPDX-License-Identifier: MIT */
/* unit-file: takes the text of one unit file apart (systemd.syntax(7)) and gives each assignment to a handler, verbatim and with
 * its line. Tells of the lines that are none.
 */
#pragma once

#include "unit.h"

/* One assignment, borrowed strings. section "" stands before the first section header;
 * it is the same pointer for all lines below one header. line: where it begins. 0, or
 * -errno to stop. */
typedef int (*unit_file_handler)(void *user, const char *section, const char *key, const char *value, unsigned line);

#define UNIT_FILE_MAX (16u << 20) /* bytes */
/* What a section header with a mistake gives as the section: what is below it belongs to nothing. */
#define UNIT_FILE_BROKEN_SECTION "?"

/* Reads this text, length bytes and one more that may be written to, and leaves it in pieces. file: for messages. 0, or what the
 * handler returned. */
int unit_file_parse(char *text, size_t length, const char *file, struct diag *diag, unit_file_handler handler,
                    void *user);
