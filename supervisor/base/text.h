/* SPDX-License-Identifier: MIT */
/* text: strings and NULL-terminated string vectors ("strv"). No locale. Allocation failure is -ENOMEM, never an abort. */
#pragma once

#include "macros.h"

#include <stdarg.h>
#include <string.h>

static inline bool text_equal(const char *a, const char *b) {
        return strcmp(a, b) == 0;
}
/* NULL equals NULL only. */
bool text_equal_or_null(const char *a, const char *b);
static inline bool text_is_empty(const char *s) {
        return !s || !*s;
}
/* The rest of s behind the prefix, or NULL. */
static inline const char *text_after(const char *s, const char *prefix) {
        size_t n = strlen(prefix);

        return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}
bool text_ends_with(const char *s, const char *suffix);
/* Newly allocated; NULL when out of memory. */
char *text_printf(const char *format, ...) PRINTF_LIKE(1, 2);
/* One behind the other; quicker than text_printf(). Newly allocated; NULL when out of memory. */
char *text_concat_all(const char *first, ...) __attribute__((sentinel)); /* NULL behind the last */
#define text_concat(...) text_concat_all(__VA_ARGS__, (const char *)NULL)
/* Replaces *s by a copy of value (NULL allowed). 0 or -ENOMEM. */
int text_replace(char **s, const char *value);

/* strv: every function takes NULL for the empty vector. */
size_t strv_length(char *const *v);
bool strv_contains(char *const *v, const char *s);
/* Appends a copy; 0 or -ENOMEM. */
int strv_add(char ***v, const char *s);
/* Appends s itself; it is freed on failure. 0 or -ENOMEM. */
int strv_adopt(char ***v, char *s);
/* Appends a copy unless it is there. 1 added, 0 was there, -ENOMEM. */
int strv_add_unique(char ***v, const char *s);
int strv_add_all(char ***v, char *const *more);
void strv_remove(char **v, const char *s);
char **strv_copy(char *const *v);
/* Newly allocated; NULL when out of memory. */
char *strv_join(char *const *v, const char *separator);
void strv_free(char **v);
static inline void strv_freep(char ***v) {
        strv_free(*v);
}
#define owned_strv __attribute__((cleanup(strv_freep))) char **

#define STRV_EACH(s, v) for (char *const *s##_at = (v); s##_at && *s##_at; s##_at++) for (const char *s = *s##_at; s; s = NULL)

/* Numbers: whole string, base 10 (or 0x/0 prefix when base is 0). 0, -EINVAL or -ERANGE. */
int text_to_u64(const char *s, unsigned base, uint64_t *ret);
int text_to_i64(const char *s, unsigned base, int64_t *ret);

/* Of any bytes; part of formats and kept names, so it stays as it is. */
uint64_t text_hash(const void *data, size_t length);

/* Names by table: an enum's words, indexed by value; holes may be NULL. */
const char *table_name(const char *const *names, size_t count, int value); /* "?" when there is none */
int table_value(const char *const *names, size_t count, const char *name); /* -1 when there is none */

/* For people: "1min 30s", "23.4M", into a caller's buffer, which is returned. */
#define TEXT_SPAN_MAX 64u
#define TEXT_SIZE_MAX 16u
const char *text_format_span(char buffer[TEXT_SPAN_MAX], uint64_t us);
const char *text_format_size(char buffer[TEXT_SIZE_MAX], uint64_t bytes);
