/* SPDX-License-Identifier: MIT */
/* parse: what all parsers need: telling mistakes, specifiers, words. See parse.h. */
#include "parse.h"
#include "specifiers.h"

#include <errno.h>

static void tell(struct parse *p, enum diag_level level, const char *text) {
        struct diag_place at = { unit_file(p->unit, p->origin), p->origin.line, p->key };

        if (p->context->diag)
                diag_say(p->context->diag, level, &at, "%s", text);
}

/* Keeps the first message as the reason, and the worse outcome. Takes text, which may be NULL. */
static int record(struct parse *p, enum outcome outcome, char *text) {
        if (!text)
                return -ENOMEM;
        tell(p, DIAG_WARNING, text);
        p->outcome = MAX(p->outcome, outcome);
        if (p->why)
                free(text);
        else
                p->why = text;
        return -EINVAL;
}

int parse_mistake(struct parse *p, const char *format, ...) {
        char *text;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        return record(p, OUTCOME_INVALID, text);
}

int parse_unsupported(struct parse *p, const char *format, ...) {
        char *text;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        return record(p, OUTCOME_UNSUPPORTED, text);
}

void parse_warning(struct parse *p, const char *format, ...) {
        owned_str text = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        if (text)
                tell(p, DIAG_WARNING, text);
}

int parse_expand(struct parse *p, const char *text, char **ret) {
        struct specifier_trouble trouble;
        int r;

        if (!strchr(text, '%')) {
                *ret = strdup(text);
                return *ret ? 0 : -ENOMEM;
        }
        r = specifiers_expand(p->context, p->unit, text, ret, &trouble);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return parse_mistake(p, "%%%c in '%s' has no value here", trouble.letter, text);
        if (trouble.is_unknown)
                parse_warning(p, "%%%c is not a specifier and is kept as it is; write %%%% for a percent sign",
                              trouble.letter);
        return 0;
}

int parse_next_word(struct parse *p, const char **rest, unsigned flags, char **ret) {
        owned_str word = NULL;
        int r;

        r = value_next_word(rest, flags, &word);
        if (r == -EINVAL)
                return parse_mistake(p, "a quote is not closed, or a backslash does not begin an escape, in: %s",
                                     *rest);
        if (r <= 0)
                return r;
        if (!strchr(word, '%')) {
                *ret = take_ptr(word);
                return 1;
        }
        r = parse_expand(p, word, ret);
        return r < 0 ? r : 1;
}

int parse_absolute(struct parse *p, const char *text, char **ret) {
        int r = value_path(text, ret);

        if (r < 0 && r != -ENOMEM)
                return parse_mistake(p, "'%s' is not a path that can be used; allowed: absolute, without \"..\"", text);
        return r;
}

int parse_enum(struct parse *p, const char *const *words, size_t count, void *field) {
        owned_str allowed = NULL;
        int value = table_value(words, count, p->value);
        bool b;

        if (value < 0 && count >= 2 && text_equal(words[0], "no") && text_equal(words[1], "yes") &&
            value_boolean(p->value, &b) == 0)
                value = b;
        if (value >= 0) {
                memcpy(field, &value, sizeof value); /* the enums are ints, as directive.c checks */
                return 0;
        }
        for (size_t i = 0; i < count; i++) {
                char *more = text_printf("%s%s%s", allowed ? allowed : "", allowed ? ", " : "", words[i]);

                if (!more)
                        return -ENOMEM;
                free(allowed);
                allowed = more;
        }
        return parse_mistake(p, "'%s' is not known; allowed: %s", p->value, allowed);
}

void *parse_grow(void *array_of_items, size_t *count, size_t size) {
        void *items, *grown;

        memcpy(&items, array_of_items, sizeof items); /* a pointer to some struct: read as bytes */
        grown = reallocarray(items, *count + 1, size);
        if (!grown)
                return NULL;
        memcpy(array_of_items, &grown, sizeof grown);
        return memset((char *)grown + (*count)++ * size, 0, size);
}
