/* SPDX-License-Identifier: MIT */
/* log: makes one line and writes it with one write(2), so that lines of several processes do not mix. */
#include "log.h"

#include <errno.h>
#include <stdarg.h>

#define LOG_LINE_MAX 1024u

static enum log_level lowest = LOG_LEVEL_INFO;

void log_set_level(enum log_level level) {
        lowest = level;
}

void log_unit(enum log_level level, const char *unit, const char *format, ...) {
        char line[LOG_LINE_MAX];
        const size_t room = sizeof(line) - 1; /* the newline's place */
        int kept = errno, n;
        size_t used;
        va_list ap;

        if (level < lowest)
                return;
        n = snprintf(line, room, "keel: %s%s", unit ? unit : "", unit ? ": " : "");
        used = n < 0 ? 0 : MIN((size_t)n, room - 1);
        errno = kept; /* %m in the format means the caller's */
        va_start(ap, format);
        n = vsnprintf(line + used, room - used, format, ap);
        va_end(ap);
        if (n > 0)
                used = MIN(used + (size_t)n, room - 1);
        line[used++] = '\n';
        if (write(STDERR_FILENO, line, used) < 0) {
                /* There is nobody left to tell. */
        }
        errno = kept;
}
