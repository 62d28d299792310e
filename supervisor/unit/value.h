/* SPDX-License-Identifier: MIT */
/* value: one piece of text → one value, and a line → its words. Pure; the syntax of systemd.syntax(7) and systemd.time(7).
 *
 * All functions return 0 or -errno (-EINVAL: not understood, -ERANGE: too big or too small) and leave *ret alone then.
 */
#pragma once

#include "base/clock.h"
#include "base/text.h"

#include <sys/types.h>

int value_boolean(const char *s, bool *ret);
/* "5min 20s", "infinity", "2.5h"; a number alone counts in default_unit_us. Microseconds. */
int value_span(const char *s, uint64_t default_unit_us, uint64_t *ret);
/* The same in nanoseconds, where a number alone is nanoseconds too. */
int value_span_ns(const char *s, uint64_t *ret);
/* "512M", "1.5G", base 1024. "infinity" is not a size. */
int value_size(const char *s, uint64_t *ret);
/* The same, base 1000. */
int value_size_decimal(const char *s, uint64_t *ret);
/* "25%", "12.5%", "125‰". May be more than 1000. */
int value_permille(const char *s, unsigned *ret);
/* The same in hundredths of a percent. */
int value_permyriad(const char *s, unsigned *ret);
/* Octal, at most 07777. */
int value_mode(const char *s, mode_t *ret);
/* "EPERM" or "1" → 1. */
int value_errno(const char *s, int *ret);
/* "0-3,7 9" → a mask of that many bits; -ERANGE beyond them. */
int value_cpu_list(const char *s, uint8_t *bits, size_t bit_count);

/* Absolute and without "..": a copy without doubled or trailing slashes and "." components. */
int value_path(const char *s, char **ret);
/* The same for a relative path. */
int value_relative_path(const char *s, char **ret);
bool value_is_utf8(const char *s);

enum word_flag {
        WORD_C_ESCAPES = 1 << 0,    /* \n, \x41, \u00e9 … mean what they mean in C; an unknown one is -EINVAL */
        WORD_RELAXED = 1 << 1,      /* … or stays as it is */
        WORD_KEEP_ESCAPES = 1 << 2, /* backslashes stay */
        WORD_KEEP_QUOTES = 1 << 3,  /* quotes are characters like any other */
};

/* The next word of *rest, which moves behind it: quotes are removed, blanks inside of them kept. 1: *ret is a word (owned by
 * the caller, may be empty: ""), 0: no more words. -EINVAL: a quote is not closed, or a bad escape. -ENOMEM. */
int value_next_word(const char **rest, unsigned flags, char **ret);
/* The whole text with C escapes undone; an unknown one is -EINVAL. The caller frees *ret. */
int value_unescape(const char *s, char **ret);
