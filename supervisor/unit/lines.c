/* SPDX-License-Identifier: MIT */
/* lines: the assignments of a unit, and what became of them, in little room: a few numbers for each, and one piece of memory
 * for the texts of all. */
#include "unit-private.h"

#include <errno.h>

#define UNKNOWN UINT16_MAX /* of directive: section and key are in the texts, before the value */

struct unit_line {
        uint32_t number : 23; /* in the file */
        uint32_t section : 5;
        uint32_t outcome : 4;
        uint32_t text; /* the value's place in the texts */
        uint32_t why; /* likewise; 0: none */
        uint16_t directive;
        uint16_t file;
};
_Static_assert(OUTCOME_COUNT_ <= 1 << 4, "an outcome fits its field");
#define NUMBER_MAX  ((1u << 23) - 1)
#define SECTION_MAX ((1u << 5) - 1)
#define TEXT_MORE   ((size_t)256) /* bytes that a unit with some lines will need */

/* Appends to the texts. 0 or -ENOMEM. */
static int add_text(struct unit *u, const char *text, uint32_t *ret) {
        size_t size = strlen(text) + 1, begin = u->line_text_length, wanted = begin + size;

        if (wanted > UINT32_MAX)
                return -ENOMEM;
        if (wanted > u->line_text_room) {
                size_t room = u->is_packed ? wanted : MAX(wanted + TEXT_MORE, (size_t)u->line_text_room * 2);
                char *longer = realloc(u->line_texts, MIN(room, (size_t)UINT32_MAX));

                if (!longer)
                        return -ENOMEM;
                u->line_texts = longer;
                u->line_text_room = (uint32_t)MIN(room, (size_t)UINT32_MAX);
        }
        memcpy(u->line_texts + begin, text, size);
        u->line_text_length = (uint32_t)wanted;
        *ret = (uint32_t)begin;
        return 0;
}

/* The next value's place is never 0: that is no reason. */
static int set_why(struct unit *u, struct unit_line *l, const char *why) {
        return why ? add_text(u, why, &l->why) : 0;
}

static int fill_in(struct unit *u, struct unit_line *l, const struct assignment *a) {
        uint32_t begin, number = MIN(a->origin.line, NUMBER_MAX);
        int r = 0;

        *l = (struct unit_line){ .number = number,
                                 .directive = a->directive == DIRECTIVE_UNKNOWN ? UNKNOWN : (uint16_t)a->directive,
                                 .file = a->origin.file,
                                 .outcome = (unsigned)a->outcome & 15u };
        if (l->directive == UNKNOWN) {
                r = add_text(u, a->section, &l->text);
                if (r == 0)
                        r = add_text(u, a->key, &begin);
                if (r == 0)
                        r = add_text(u, a->value, &begin);
        } else {
                l->section = section_number(a->section) & SECTION_MAX;
                r = add_text(u, a->value, &l->text);
        }
        return r < 0 ? r : set_why(u, l, a->why);
}

int unit_add_assignment(struct unit *u, const struct assignment *a) {
        int r;

        if (u->assignment_count == u->line_room) {
                uint32_t room = MAX(u->line_room * 2, (uint32_t)16);
                struct unit_line *grown = reallocarray(u->lines, room, sizeof *grown);

                if (!grown)
                        return -ENOMEM;
                u->lines = grown;
                u->line_room = room;
        }
        r = fill_in(u, &u->lines[u->assignment_count], a);
        if (r == 0)
                u->assignment_count++;
        return r;
}

void unit_trim_lines(struct unit *u) {
        struct unit_line *fewer =
                u->assignment_count > 0 ? reallocarray(u->lines, u->assignment_count, sizeof *fewer) : NULL;
        char *shorter = u->line_text_length > 0 ? realloc(u->line_texts, u->line_text_length) : NULL;

        if (fewer) {
                u->lines = fewer;
                u->line_room = u->assignment_count;
        }
        if (shorter) {
                u->line_texts = shorter;
                u->line_text_room = u->line_text_length;
        }
}

const struct directive *unit_directive_at(const struct unit *u, size_t index) {
        return u->lines[index].directive == UNKNOWN ? NULL : &directives[u->lines[index].directive];
}

struct assignment unit_assignment(const struct unit *u, size_t index) {
        const struct unit_line *l = &u->lines[index];
        const char *text = u->line_texts + l->text;
        struct assignment a = { .directive = l->directive == UNKNOWN ? DIRECTIVE_UNKNOWN : l->directive,
                                .outcome = (enum outcome)l->outcome,
                                .origin = { l->number, l->file },
                                .why = l->why ? u->line_texts + l->why : NULL };

        a.file = unit_file(u, a.origin);
        if (l->directive == UNKNOWN) {
                a.section = text;
                a.key = a.section + strlen(a.section) + 1;
                a.value = a.key + strlen(a.key) + 1;
        } else {
                a.section = section_name(l->section);
                a.key = directives[l->directive].key;
                a.value = text;
        }
        return a;
}

/* "Service.ExecStart" */
static bool is_key(const struct assignment *a, const char *key) {
        const char *rest = text_after(key, a->section);

        return rest && *rest == '.' && text_equal(rest + 1, a->key);
}

struct assignment unit_find_assignment(const struct unit *u, const char *key) {
        for (size_t i = u->assignment_count; i-- > 0;) {
                struct assignment a = unit_assignment(u, i);

                if (is_key(&a, key))
                        return a;
        }
        return (struct assignment){ 0 };
}

int unit_worsen(struct unit *u, size_t index, enum outcome outcome, const char *why) {
        struct unit_line *l = &u->lines[index];
        int r;

        if ((enum outcome)l->outcome >= outcome)
                return 0;
        r = set_why(u, l, why);
        if (r == 0)
                l->outcome = (uint8_t)outcome;
        return r;
}

int unit_set_outcome(struct unit *u, const char *key, enum outcome outcome, const char *why) {
        for (size_t i = 0; i < u->assignment_count; i++) {
                struct assignment a = unit_assignment(u, i);

                if (is_key(&a, key) && unit_worsen(u, i, outcome, why) < 0)
                        return -ENOMEM;
        }
        return 0;
}

void unit_inherit_outcomes(struct unit *u, const struct unit *earlier) {
        for (size_t i = 0; i < earlier->assignment_count; i++) {
                enum outcome outcome = (enum outcome)earlier->lines[i].outcome;
                struct assignment old;

                if (outcome != OUTCOME_EMULATED && outcome != OUTCOME_UNAVAILABLE)
                        continue;
                old = unit_assignment(earlier, i);
                for (size_t k = 0; k < u->assignment_count; k++) {
                        struct assignment a = unit_assignment(u, k);

                        if (text_equal(a.section, old.section) && text_equal(a.key, old.key) &&
                            text_equal(a.value, old.value))
                                (void)unit_worsen(u, k, old.outcome, old.why);
                }
        }
}
