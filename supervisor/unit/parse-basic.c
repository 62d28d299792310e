/* SPDX-License-Identifier: MIT */
/* parse-basic: the kinds of value that many directives share: text, paths, booleans, times, numbers, signals, names. Each
 * function is one kind of kinds.h. Called through the table of directive.c only. */
#include "kinds.h"

#include <ctype.h>
#include <errno.h>

void release_text(void *settings, void *field) {
        char **text = field;

        (void)settings;
        free(take_ptr(*text));
}

void release_strv(void *settings, void *field) {
        char ***v = field;

        (void)settings;
        strv_free(take_ptr(*v));
}

/* Replaces the field by text, or empties it when the value is empty. */
static int set_text(char **field, char *text) {
        free(*field);
        *field = text;
        return 0;
}

int parse_text(struct parse *p, char **field) {
        char *text = NULL;
        int r;

        if (*p->value) {
                r = parse_expand(p, p->value, &text);
                if (r < 0)
                        return r;
        }
        return set_text(field, text);
}

int parse_path(struct parse *p, char **field) {
        owned_str text = NULL;
        char *path;
        int r;

        if (!*p->value)
                return set_text(field, NULL);
        r = parse_expand(p, p->value, &text);
        if (r < 0)
                return r;
        r = parse_absolute(p, text, &path);
        return r < 0 ? r : set_text(field, path);
}

int parse_instance_name(struct parse *p, char **field) {
        owned_str text = NULL;
        owned_str name = NULL;
        int r;

        if (!*p->value)
                return set_text(field, NULL);
        r = parse_expand(p, p->value, &text);
        if (r < 0)
                return r;
        r = unit_name_instance("x@.service", text, &name);
        if (r < 0)
                return r == -ENOMEM ? r : parse_mistake(p, "'%s' cannot be the instance of a unit name", text);
        return set_text(field, take_ptr(text));
}

int parse_boolean(struct parse *p, bool *field) {
        if (value_boolean(p->value, field) < 0)
                return parse_mistake(p, "'%s' is not a boolean; allowed: yes, no, true, false, on, off, 1, 0",
                                     p->value);
        return 0;
}

int parse_tristate(struct parse *p, enum tristate *field) {
        bool b;
        int r;

        if (!*p->value) {
                *field = TRISTATE_UNSET;
                return 0;
        }
        r = parse_boolean(p, &b);
        if (r == 0)
                *field = b ? TRISTATE_YES : TRISTATE_NO;
        return r;
}

int parse_count(struct parse *p, unsigned *field) {
        uint64_t n;

        if (text_to_u64(p->value, 0, &n) < 0 || n > UINT32_MAX)
                return parse_mistake(p, "'%s' is not a number from 0 to %u", p->value, UINT32_MAX);
        *field = (unsigned)n;
        return 0;
}

int parse_mode(struct parse *p, mode_t *field) {
        if (value_mode(p->value, field) < 0)
                return parse_mistake(p, "'%s' is not a file mode; allowed: octal, up to 7777", p->value);
        return 0;
}

int parse_span(struct parse *p, uint64_t *field) {
        if (value_span(p->value, US_PER_SEC, field) < 0)
                return parse_mistake(p, "'%s' is not a time span; allowed: seconds, or like \"1min 30s\", or infinity",
                                     p->value);
        return 0;
}

int parse_span_or_never(struct parse *p, uint64_t *field) {
        int r = parse_span(p, field);

        if (r == 0 && *field == 0)
                *field = TIME_NEVER;
        return r;
}

int parse_span_or_none(struct parse *p, uint64_t *field) {
        int r = parse_span(p, field);

        if (r == 0 && *field == TIME_NEVER)
                *field = 0;
        return r;
}

int parse_signal(struct parse *p, int *field) {
        int signal = signal_from_name(p->value);

        if (signal < 0)
                return parse_mistake(p, "'%s' is not a signal; allowed: names like SIGTERM, numbers from 1 to 64",
                                     p->value);
        *field = signal;
        return 0;
}

/* ---- lists of names of environment variables ---------------------------------------------------------------------- */

static bool is_variable_name(const char *s, size_t length) {
        if (length == 0 || isdigit((unsigned char)*s))
                return false;
        for (size_t i = 0; i < length; i++)
                if (!isalnum((unsigned char)s[i]) && s[i] != '_')
                        return false;
        return true;
}

static int parse_variables(struct parse *p, char ***field, bool with_values) {
        const char *rest = p->value;
        int r;

        if (!*rest) {
                strv_free(take_ptr(*field));
                return 0;
        }
        for (;;) {
                owned_str word = NULL;

                r = parse_next_word(p, &rest, WORD_C_ESCAPES, &word);
                if (r <= 0)
                        return r;
                if (!is_variable_name(word, with_values ? strcspn(word, "=") : strlen(word)))
                        (void)parse_mistake(p, "'%s' is not the name of a variable%s", word,
                                            with_values ? " or an assignment" : "");
                else if (strv_add_unique(field, word) < 0)
                        return -ENOMEM;
        }
}

int parse_names(struct parse *p, char ***field) {
        return parse_variables(p, field, false);
}

int parse_unset_names(struct parse *p, char ***field) {
        return parse_variables(p, field, true);
}
