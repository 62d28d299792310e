/* SPDX-License-Identifier: MIT */
/* condition: the table of tests, the logic of '!' and '|', and comparisons. See condition.h. */
#include "condition-private.h"

#include "base/sys.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>

static const struct {
        const char *name;
        int (*test)(const struct condition_subject *s);
} tests[] = {
#define ROW(name, function) { #name, condition_##function },
        CONDITION_TESTS(ROW)
#undef ROW
};

int condition_test(const struct condition *c, const struct unit_context *context) {
        struct condition_subject s = { c->parameter, context };

        for (size_t i = 0; i < ARRAY_LEN(tests); i++)
                if (text_equal(tests[i].name, c->test)) {
                        int r = tests[i].test(&s);

                        return r < 0 ? r : (r > 0) != c->is_negated;
                }
        return -EOPNOTSUPP;
}

bool conditions_test(const struct conditions *conditions, bool asserts, const struct unit_context *context,
                     const struct condition **ret_failed) {
        const struct condition *untriggered = NULL;
        bool triggered = false;

        if (ret_failed)
                *ret_failed = NULL;
        for (size_t i = 0; i < conditions->count; i++) {
                const struct condition *c = &conditions->items[i];
                bool holds;

                if (c->is_assert != asserts || (c->is_trigger && triggered))
                        continue;
                holds = condition_test(c, context) > 0;
                if (c->is_trigger) {
                        triggered = holds;
                        if (!untriggered)
                                untriggered = c;
                } else if (!holds) {
                        if (ret_failed)
                                *ret_failed = c;
                        return false;
                }
        }
        if (untriggered && !triggered && ret_failed)
                *ret_failed = untriggered;
        return triggered || !untriggered;
}

/* ---- comparisons -------------------------------------------------------------------------------------------------- */

enum comparison comparison_read(const char **text) {
        static const struct {
                const char *word;
                enum comparison comparison;
        } words[] = {
                /* longest first */
                { "!$=", COMPARE_NO_GLOB },      { "$=", COMPARE_GLOB },   { "<=", COMPARE_LESS_EQUAL },
                { "<>", COMPARE_UNEQUAL },       { "<", COMPARE_LESS },    { "==", COMPARE_EQUAL },
                { ">=", COMPARE_GREATER_EQUAL }, { ">", COMPARE_GREATER }, { "=", COMPARE_TEXT_EQUAL },
                { "!=", COMPARE_TEXT_UNEQUAL },
        };

        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
                const char *rest = text_after(*text, words[i].word);

                if (rest) {
                        *text = rest + strspn(rest, " \t");
                        return words[i].comparison;
                }
        }
        return COMPARE_NONE;
}

bool comparison_holds(enum comparison c, int order) {
        switch (c) {
        case COMPARE_EQUAL:
        case COMPARE_TEXT_EQUAL:
                return order == 0;
        case COMPARE_UNEQUAL:
        case COMPARE_TEXT_UNEQUAL:
                return order != 0;
        case COMPARE_LESS:
                return order < 0;
        case COMPARE_LESS_EQUAL:
                return order <= 0;
        case COMPARE_GREATER_EQUAL:
                return order >= 0;
        case COMPARE_GREATER:
                return order > 0;
        case COMPARE_NONE:
        case COMPARE_GLOB:
        case COMPARE_NO_GLOB:
                break;
        }
        return false;
}

bool comparison_of_text(enum comparison c, const char *value, const char *with) {
        if (c == COMPARE_GLOB || c == COMPARE_NO_GLOB)
                return (fnmatch(with, value, 0) == 0) == (c == COMPARE_GLOB);
        if (c == COMPARE_TEXT_EQUAL || c == COMPARE_TEXT_UNEQUAL)
                return comparison_holds(c, strcmp(value, with));
        return comparison_holds(c, version_compare(value, with));
}

/* Compares two runs of digits by their value. */
static int compare_digits(const char **a, const char **b) {
        size_t length_a, length_b;
        int order;

        *a += strspn(*a, "0");
        *b += strspn(*b, "0");
        length_a = strspn(*a, "0123456789");
        length_b = strspn(*b, "0123456789");
        order = length_a != length_b ? (length_a < length_b ? -1 : 1) : strncmp(*a, *b, length_a);
        *a += length_a;
        *b += length_b;
        return order < 0 ? -1 : order > 0;
}

static int compare_letters(const char **a, const char **b) {
        while (isalpha((unsigned char)**a) && **a == **b)
                ++*a, ++*b;
        if (!isalpha((unsigned char)**a) && !isalpha((unsigned char)**b))
                return 0;
        if (!isalpha((unsigned char)**a) || !isalpha((unsigned char)**b))
                return isalpha((unsigned char)**b) ? -1 : 1;
        return (unsigned char)**a < (unsigned char)**b ? -1 : 1;
}

/* '~' sorts before the end, '-', '^' and '.' after it, each against whatever the other has there. */
static int compare_separators(const char **a, const char **b) {
        static const char order[] = "~";

        if (**a == *order || **b == *order) {
                if (**a != **b)
                        return **a == *order ? -1 : 1;
                ++*a, ++*b;
                return 0;
        }
        if (!**a || !**b)
                return **a ? 1 : **b ? -1 : 0;
        for (const char *c = "-^."; *c; c++) {
                if (**a != *c && **b != *c)
                        continue;
                if (**a != **b)
                        return **a == *c ? -1 : 1;
                ++*a, ++*b;
                return 0;
        }
        return 0;
}

int version_compare(const char *a, const char *b) {
        static const char separators[] = "-~^.";

        while (*a || *b) {
                int order;

                while (*a && !isalnum((unsigned char)*a) && !strchr(separators, *a))
                        a++;
                while (*b && !isalnum((unsigned char)*b) && !strchr(separators, *b))
                        b++;
                if (!isalnum((unsigned char)*a) || !isalnum((unsigned char)*b)) {
                        bool is_end = !*a && !*b;

                        order = compare_separators(&a, &b);
                        if (order != 0 || is_end)
                                return order;
                        continue;
                }
                if (isdigit((unsigned char)*a) != isdigit((unsigned char)*b))
                        return isdigit((unsigned char)*a) ? 1 : -1;
                order = isdigit((unsigned char)*a) ? compare_digits(&a, &b) : compare_letters(&a, &b);
                if (order)
                        return order;
        }
        return 0;
}

/* ---- small reads -------------------------------------------------------------------------------------------------- */

char *condition_read_line(const char *path) {
        char *text;
        size_t length;

        if (sys_read_file(AT_FDCWD, path, 64u * 1024u, &text, &length) < 0)
                return NULL;
        text[strcspn(text, "\n")] = 0;
        return text;
}

int kernel_command_line_value(const char *word, char **ret) {
        owned_str text = NULL;
        size_t length, word_length = strlen(word);
        bool is_container;
        char *rest;
        int r;

        (void)virtualization_name(&is_container);
        r = sys_read_file(AT_FDCWD, is_container ? "/proc/1/cmdline" : "/proc/cmdline", 64u * 1024u, &text, &length);
        if (r < 0)
                return r;
        for (size_t i = 0; i < length; i++)
                if (!text[i])
                        text[i] = ' '; /* arguments of a process end in NUL */
        rest = text;
        for (char *item; (item = strsep(&rest, " \t\n"));) {
                if (strncmp(item, word, word_length) != 0 || (item[word_length] && item[word_length] != '='))
                        continue;
                *ret = strdup(item[word_length] ? item + word_length + 1 : "");
                return *ret ? 1 : -ENOMEM;
        }
        return 0;
}
