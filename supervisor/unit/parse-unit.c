/* SPDX-License-Identifier: MIT */
/* parse-unit: the kinds of value of [Unit] and [Install]: dependencies, conditions, documentation (systemd.unit(5)). */
#include "directive.h"
#include "kinds.h"

#include <errno.h>

/* Dependencies only ever grow: an empty assignment changes nothing, as systemd.unit(5) says of drop-ins. */
int parse_units(struct parse *p, char ***field) {
        struct text_set *known = &p->dependencies[field - p->unit->unit->dependencies];
        const char *rest = p->value;

        for (;;) {
                owned_str word = NULL;
                int r = parse_next_word(p, &rest, WORD_KEEP_ESCAPES, &word);

                if (r <= 0)
                        return r;
                if (!unit_name_is_valid(word))
                        (void)parse_mistake(p, "'%s' is not the name of a unit", word);
                else if (text_set_add(known, field, word) < 0)
                        return -ENOMEM;
        }
}

/* Names for enabling: templates are good too; the unit itself may be one, whose instance is not known yet. */
int parse_install_names(struct parse *p, char ***field) {
        const char *rest = p->value;

        for (;;) {
                owned_str word = NULL;
                int r = parse_next_word(p, &rest, WORD_KEEP_ESCAPES, &word);

                if (r <= 0)
                        return r;
                if (!unit_name_is_valid(word) && !unit_name_is_template(word))
                        (void)parse_mistake(p, "'%s' is not the name of a unit", word);
                else if (strv_add_unique(field, word) < 0)
                        return -ENOMEM;
        }
}

int parse_documentation(struct parse *p, char ***field) {
        static const char *const schemes[] = { "http://", "https://", "file:/", "info:", "man:" };
        const char *rest = p->value;

        if (!*rest)
                strv_free(take_ptr(*field));
        for (;;) {
                owned_str word = NULL;
                bool is_known = false;
                int r = parse_next_word(p, &rest, 0, &word);

                if (r <= 0)
                        return r;
                for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
                        is_known |= text_after(word, schemes[i]) != NULL;
                if (!is_known)
                        (void)parse_mistake(p, "'%s' is not a URI; allowed: http, https, file, info, man", word);
                else if (strv_add(field, word) < 0)
                        return -ENOMEM;
        }
}

int parse_paths(struct parse *p, char ***field) {
        const char *rest = p->value;

        for (;;) {
                owned_str word = NULL;
                owned_str path = NULL;
                int r = parse_next_word(p, &rest, 0, &word);

                if (r <= 0)
                        return r;
                r = parse_absolute(p, word, &path);
                if (r == -ENOMEM || (r == 0 && strv_add_unique(field, path) < 0))
                        return -ENOMEM;
        }
}

int parse_job_mode_isolate(struct parse *p, enum job_mode *field) {
        bool isolate;
        int r = parse_boolean(p, &isolate);

        if (r < 0)
                return r;
        *field = isolate ? JOB_MODE_ISOLATE : JOB_MODE_REPLACE;
        parse_warning(p, "is obsolete; write OnFailureJobMode=%s", job_mode_name(*field));
        return 0;
}

int parse_exit_status(struct parse *p, int *field) {
        uint64_t n;

        if (!*p->value) {
                *field = UNSET;
                return 0;
        }
        if (text_to_u64(p->value, 10, &n) < 0 || n > 255)
                return parse_mistake(p, "'%s' is not an exit status; allowed: 0 to 255", p->value);
        *field = (int)n;
        return 0;
}

/* ---- conditions --------------------------------------------------------------------------------------------------- */

static void free_conditions(struct conditions *c, bool asserts) {
        size_t kept = 0;

        for (size_t i = 0; i < c->count; i++)
                if (c->items[i].is_assert == asserts)
                        free(c->items[i].parameter);
                else
                        c->items[kept++] = c->items[i];
        c->count = kept;
        if (kept == 0)
                free(take_ptr(c->items));
}

void release_conditions(void *settings, void *field) {
        (void)settings;
        free_conditions(field, false);
        free_conditions(field, true);
}

/* The parameter of a test that looks at a path is absolute, and clean but for patterns. */
static int check_parameter(struct parse *p, char **parameter) {
        bool is_glob = text_after(p->directive->syntax, "[|][!]GLOB"),
             is_path = text_after(p->directive->syntax, "[|][!]PATH");
        char *clean;

        if (!**parameter || ((is_glob || is_path) && **parameter != '/'))
                return parse_mistake(p, "'%s' is not what it takes; allowed: %s", *parameter, p->directive->syntax);
        if (is_path && value_path(*parameter, &clean) == 0) {
                free(*parameter);
                *parameter = clean;
        }
        return 0;
}

int parse_condition(struct parse *p, struct conditions *field) {
        const char *assert_test = text_after(p->directive->key, "Assert"), *value = p->value;
        struct condition c = { .is_assert = assert_test != NULL };
        owned_str parameter = NULL;
        struct condition *item;
        int r;

        c.test = assert_test ? assert_test : text_after(p->directive->key, "Condition");
        if (!*value) { /* resets every condition, or every assertion */
                free_conditions(field, c.is_assert);
                return 0;
        }
        if (*value == '|') {
                c.is_trigger = true;
                value += 1 + strspn(value + 1, " \t");
        }
        if (*value == '!') {
                c.is_negated = true;
                value += 1 + strspn(value + 1, " \t");
        }
        r = parse_expand(p, value, &parameter);
        if (r == 0)
                r = check_parameter(p, &parameter);
        if (r < 0)
                return r;
        item = GROW(field->items, field->count);
        if (!item)
                return -ENOMEM;
        *item = c;
        item->parameter = take_ptr(parameter);
        return 0;
}
