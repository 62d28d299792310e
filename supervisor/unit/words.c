/* SPDX-License-Identifier: MIT */
/* words: a line taken apart into words, with quotes and C escapes (systemd.syntax(7) "Quoting"). Pure. */
#include "value.h"

#include <ctype.h>
#include <errno.h>

/* Reads `count` digits of this base; -1 when there are not so many. */
static int64_t read_digits(const char *s, unsigned count, unsigned base) {
        int64_t value = 0;

        for (unsigned i = 0; i < count; i++) {
                unsigned char c = (unsigned char)s[i];
                unsigned digit = isdigit(c) ? (unsigned)c - '0' : isxdigit(c) ? (unsigned)tolower(c) - 'a' + 10u : base;

                if (digit >= base)
                        return -1;
                value = value * base + digit;
        }
        return value;
}

static char *put_utf8(char *to, uint32_t point) {
        if (point < 0x80) {
                *to++ = (char)point;
        } else if (point < 0x800) {
                *to++ = (char)(0xc0 | point >> 6);
                *to++ = (char)(0x80 | (point & 0x3f));
        } else if (point < 0x10000) {
                *to++ = (char)(0xe0 | point >> 12);
                *to++ = (char)(0x80 | (point >> 6 & 0x3f));
                *to++ = (char)(0x80 | (point & 0x3f));
        } else {
                *to++ = (char)(0xf0 | point >> 18);
                *to++ = (char)(0x80 | (point >> 12 & 0x3f));
                *to++ = (char)(0x80 | (point >> 6 & 0x3f));
                *to++ = (char)(0x80 | (point & 0x3f));
        }
        return to;
}

/* Undoes one escape, s being behind the backslash. Returns how many characters it took, 0: not an escape. What it writes is
 * never longer than the escape. */
static unsigned put_escape(const char *s, char **to) {
        static const char letters[] = "abfnrtvs\\\"'", values[] = "\a\b\f\n\r\t\v \\\"'";
        static const struct {
                char letter;
                uint8_t digits, base;
        } numbers[] = { { 'x', 2, 16 }, { 'u', 4, 16 }, { 'U', 8, 16 } };
        const char *letter = *s ? strchr(letters, *s) : NULL;

        if (letter) {
                *(*to)++ = values[letter - letters];
                return 1;
        }
        for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
                int64_t value = *s == numbers[i].letter ? read_digits(s + 1, numbers[i].digits, numbers[i].base) : -1;

                if (value <= 0 || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
                        continue;
                if (numbers[i].letter == 'x')
                        *(*to)++ = (char)value;
                else
                        *to = put_utf8(*to, (uint32_t)value);
                return 1u + numbers[i].digits;
        }
        if (*s >= '0' && *s <= '3') {
                int64_t value = read_digits(s, 3, 8);

                if (value > 0) {
                        *(*to)++ = (char)value;
                        return 3;
                }
        }
        return 0;
}

/* One backslash at *s. 0 or -EINVAL. */
static int take_backslash(const char **s, unsigned flags, char **to) {
        unsigned taken;

        if (flags & WORD_KEEP_ESCAPES) {
                *(*to)++ = *(*s)++;
                if (**s)
                        *(*to)++ = *(*s)++;
                return 0;
        }
        (*s)++;
        if (!(flags & WORD_C_ESCAPES)) {
                if (!**s)
                        return -EINVAL;
                *(*to)++ = *(*s)++;
                return 0;
        }
        taken = put_escape(*s, to);
        if (taken == 0) {
                if (!(flags & WORD_RELAXED))
                        return -EINVAL;
                *(*to)++ = '\\';
                taken = **s ? 1 : 0;
                if (taken)
                        *(*to)++ = **s;
        }
        *s += taken;
        return 0;
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_blanks(const char *s) {
        while (is_blank(*s))
                s++;
        return s;
}

int value_next_word(const char **rest, unsigned flags, char **ret) {
        const char *s = skip_blanks(*rest);
        owned_str word = NULL;
        char quote = 0, *to;

        if (!*s) {
                *rest = s;
                return 0;
        }
        word = to = malloc(strlen(s) + 1);
        if (!word)
                return -ENOMEM;
        while (*s && (quote || !is_blank(*s))) {
                bool is_quote = !(flags & WORD_KEEP_QUOTES) && (quote ? *s == quote : *s == '"' || *s == '\'');

                if (*s == '\\') {
                        int r = take_backslash(&s, flags, &to);

                        if (r < 0)
                                return r;
                } else if (is_quote) {
                        quote = quote ? 0 : *s;
                        s++;
                } else {
                        *to++ = *s++;
                }
        }
        if (quote)
                return -EINVAL;
        *to = 0;
        *rest = skip_blanks(s);
        *ret = take_ptr(word);
        return 1;
}

int value_unescape(const char *s, char **ret) {
        owned_str plain = malloc(strlen(s) + 1);
        char *to = plain;

        if (!plain)
                return -ENOMEM;
        while (*s)
                if (*s == '\\') {
                        int r = take_backslash(&s, WORD_C_ESCAPES, &to);

                        if (r < 0)
                                return r;
                } else {
                        *to++ = *s++;
                }
        *to = 0;
        *ret = take_ptr(plain);
        return 0;
}
