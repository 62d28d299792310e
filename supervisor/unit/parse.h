/* SPDX-License-Identifier: MIT */
/* parse: one assignment on its way into a unit's settings: what every parser is given, and what all of them need.
 *
 * A parser turns p->value into its field. It returns 0, -ENOMEM, or what parse_mistake() returns; the field is untouched
 * when it fails. In a list, one bad entry is a mistake that is told, and the others count: the parser goes on and returns 0.
 * Parsers see one line at a time; what needs more than that is finish.c's.
 */
#pragma once

#include "unit.h"
#include "value.h"

#include "base/text-set.h"

struct directive;

struct parse {
        const struct unit_context *context;
        struct unit *unit;
        const struct directive *directive;
        const char *key;   /* as in the message: "ExecStart" */
        const char *value; /* verbatim, stripped; "" resets */
        struct origin origin;
        void *settings;    /* the struct that the field is in */
        struct text_set *dependencies; /* one for each list of unit->unit.dependencies */
        enum outcome outcome;
        char *why;         /* the first mistake */
};

/* Tells diag, and makes the assignment's outcome `invalid`. Always -EINVAL. Format: "'%s' is not a boolean; allowed: …". */
int parse_mistake(struct parse *p, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same with the outcome `unsupported`: understood, but keel does not do it. Always -EINVAL. */
int parse_unsupported(struct parse *p, const char *format, ...) PRINTF_LIKE(2, 3);
/* Tells diag only: the value counts, but its author should know. */
void parse_warning(struct parse *p, const char *format, ...) PRINTF_LIKE(2, 3);

/* An enumeration out of its table of words; empty is a mistake. */
int parse_enum(struct parse *p, const char *const *words, size_t count, void *field);

/* The next word of *rest, unquoted, with specifiers expanded. 1 a word, 0 the end, or an error that has been told. flags:
 * enum word_flag. */
int parse_next_word(struct parse *p, const char **rest, unsigned flags, char **ret);
/* The whole value with specifiers expanded; the caller frees it. */
int parse_expand(struct parse *p, const char *text, char **ret);
/* An absolute path: told when it is not. */
int parse_absolute(struct parse *p, const char *text, char **ret);

/* Makes room for one more item of this size in an array; the new item is zeroed. NULL: out of memory. */
void *parse_grow(void *array_of_items, size_t *count, size_t size);
#define GROW(array, count) ((__typeof__(array))parse_grow(&(array), &(count), sizeof *(array)))
