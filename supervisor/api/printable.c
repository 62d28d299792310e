/* SPDX-License-Identifier: MIT */
/* printable: bytes of services (log lines, command lines) as text that the bus and a terminal can take. Pure. */
#include "api-private.h"

/* How many bytes the UTF-8 sequence at s has; 0: it is none. */
static size_t sequence_length(const unsigned char *s, size_t room) {
        size_t length = *s < 0x80                 ? 1
                        : *s >= 0xc2 && *s < 0xe0 ? 2
                        : (*s & 0xf0) == 0xe0     ? 3
                        : *s >= 0xf0 && *s < 0xf5 ? 4
                                                  : 0;

        if (length == 0 || length > room)
                return 0;
        for (size_t i = 1; i < length; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        /* Overlong forms, surrogates, beyond U+10FFFF. */
        if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] >= 0xa0) || (*s == 0xf0 && s[1] < 0x90) ||
            (*s == 0xf4 && s[1] >= 0x90))
                return 0;
        return length;
}

void make_printable(char *text, size_t length) {
        unsigned char *s = (unsigned char *)text;

        for (size_t i = 0; i < length;) {
                size_t n = sequence_length(s + i, length - i);
                bool is_control = n == 1 ? (s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f
                                         : n == 2 && s[i] == 0xc2 && s[i + 1] < 0xa0; /* C1: some terminals obey them */

                if (n == 0 || is_control)
                        memset(s + i, '?', n ? n : 1);
                i += n ? n : 1;
        }
}
