/* SPDX-License-Identifier: MIT */
/* diag: mistakes in files, collected as "file:line: key: what is wrong, what is allowed". Parsing goes on after each. */
#pragma once

#include "macros.h"

enum diag_level { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR };

/* Where in a file we are; borrowed strings. line 0: the file as a whole. key may be NULL. */
struct diag_place {
        const char *file;
        unsigned line;
        const char *key;
};

/* A sink: gets every message, complete and without a newline. It may log, collect or count. */
struct diag {
        void (*message)(struct diag *d, enum diag_level level, const char *text);
        void *user;
        unsigned errors, warnings; /* counted by diag_say */
};

void diag_say(struct diag *d, enum diag_level level, const struct diag_place *at, const char *format, ...)
        PRINTF_LIKE(4, 5);

/* A sink that prints to stderr. */
void diag_to_stderr(struct diag *d, enum diag_level level, const char *text);
