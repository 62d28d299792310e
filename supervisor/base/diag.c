/* SPDX-License-Identifier: MIT */
/* diag: makes the text of a message about a place in a file and hands it to the sink. It counts, it never decides. */
#include "diag.h"

#include <stdarg.h>

#define DIAG_TEXT_MAX 1024u

/* "file:line: key: ", as far as these are known. Returns the length, less than size. */
static size_t format_place(char *text, size_t size, const struct diag_place *at) {
        int n = 0;

        text[0] = 0;
        if (!at)
                return 0;
        if (at->file && at->line)
                n = snprintf(text, size, "%s:%u: %s%s", at->file, at->line, at->key ? at->key : "",
                             at->key ? ": " : "");
        else if (at->file)
                n = snprintf(text, size, "%s: %s%s", at->file, at->key ? at->key : "", at->key ? ": " : "");
        else if (at->key)
                n = snprintf(text, size, "%s: ", at->key);
        return n < 0 ? 0 : MIN((size_t)n, size - 1);
}

void diag_say(struct diag *d, enum diag_level level, const struct diag_place *at, const char *format, ...) {
        char text[DIAG_TEXT_MAX];
        size_t used;
        va_list ap;

        if (!d)
                return;
        d->errors += level == DIAG_ERROR;
        d->warnings += level == DIAG_WARNING;
        if (!d->message)
                return;
        used = format_place(text, sizeof(text), at);
        va_start(ap, format);
        (void)vsnprintf(text + used, sizeof(text) - used, format, ap);
        va_end(ap);
        d->message(d, level, text);
}

void diag_to_stderr(struct diag *d, enum diag_level level, const char *text) {
        static const char *const words[] = { [DIAG_NOTE] = "note: ", [DIAG_WARNING] = "warning: ", [DIAG_ERROR] = "" };

        (void)d;
        (void)fprintf(stderr, "%s%s\n", words[level], text);
}
