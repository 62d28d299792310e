/* SPDX-License-Identifier: MIT */
/* directive: see directive.h. Everything here is made from the rows of directives.h and kinds.h; a row whose kind does not
 * fit its field stops the build. */
#include "directive.h"
#include "directives.h"
#include "kinds.h"

#include <errno.h>
#include <stdlib.h>

/* Which struct a group's fields are in. */
#define GROUP_TYPE_UNIT         struct unit_settings
#define GROUP_TYPE_UNIT_ITSELF  struct unit
#define GROUP_TYPE_INSTALL      struct unit_settings
#define GROUP_TYPE_SERVICE      struct service_settings
#define GROUP_TYPE_COMMANDS     struct command_settings
#define GROUP_TYPE_SERVICE_UNIT struct unit_settings
#define GROUP_TYPE_EXEC         struct exec_settings
#define GROUP_TYPE_KILL         struct kill_settings
#define GROUP_TYPE_CGROUP       struct cgroup_settings

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

#define NUMBER_KIND(name, type, release) KIND_##name,
#define NUMBER_ENUM(name, type, count)   KIND_##name,
enum { KINDS(NUMBER_KIND) UNIT_ENUMS(NUMBER_ENUM) KIND_COUNT_ };
_Static_assert(KIND_COUNT_ < DIRECTIVE_NOT_YET, "a kind fits its field");

#define TYPE_OF_KIND(name, type, release) typedef type kind_type_##name;
#define TYPE_OF_ENUM(name, type, count)   typedef type kind_type_##name;
KINDS(TYPE_OF_KIND)
UNIT_ENUMS(TYPE_OF_ENUM)

/* One function type for all: the field's type is checked per row below. */
#define WRAP_KIND(name, type, release) \
        static int wrap_##name(struct parse *p, void *field) { \
                return parse_##name(p, field); \
        }
#define WRAP_ENUM(name, type, count) \
        _Static_assert(sizeof(type) == sizeof(int), #type " is as big as parse_enum() thinks"); \
        static int wrap_##name(struct parse *p, void *field) { \
                return parse_enum(p, name##_words, (size_t)(count), field); \
        }
KINDS(WRAP_KIND)
UNIT_ENUMS(WRAP_ENUM)

static void release_nothing(void *settings UNUSED, void *field UNUSED) { }
static void pack_nothing(struct packer *p UNUSED, const void *settings UNUSED, const void *field UNUSED) { }

struct kind {
        const char *name;
        int (*parse)(struct parse *p, void *field);
        void (*release)(void *settings, void *field);
        void (*pack)(struct packer *p, const void *settings, const void *field);
        size_t size; /* of the field */
};
#define ROW_OF_KIND(name, type, release) \
        [KIND_##name] = { #name, wrap_##name, release_##release, pack_##release, sizeof(type) },
#define ROW_OF_ENUM(name, type, count) \
        [KIND_##name] = { #name, wrap_##name, release_nothing, pack_nothing, sizeof(type) },
static const struct kind kinds[] = { KINDS(ROW_OF_KIND) UNIT_ENUMS(ROW_OF_ENUM) };

/* ---- rows -------------------------------------------------------------------------------------------------------- */

#define CHECK_ROW(group_, key_, kind_, field_, syntax_, help_) \
        _Static_assert(__builtin_types_compatible_p(MEMBER_TYPE(GROUP_TYPE_##group_, field_), kind_type_##kind_), \
                       #key_ ": this kind of value does not fit the field");
#define CHECK_NOTHING(group_, key_, syntax_, help_)
DIRECTIVES(CHECK_ROW, CHECK_NOTHING)

#define MAKE_ROW(group_, key_, kind_, field_, syntax_, help_) \
        { #key_, syntax_, help_, GROUP_##group_, KIND_##kind_, offsetof(GROUP_TYPE_##group_, field_) },
#define MAKE_NOT_YET(group_, key_, syntax_, help_) { #key_, syntax_, help_, GROUP_##group_, DIRECTIVE_NOT_YET, 0 },
const struct directive directives[] = { DIRECTIVES(MAKE_ROW, MAKE_NOT_YET) };
const size_t directive_count = ARRAY_LEN(directives);

_Static_assert(sizeof(struct exec_settings) <= UINT16_MAX, "an offset fits its field");

#define G(group) (1u << GROUP_##group)

/* Which groups a section may have keys of, and which types of unit may have the section. */
static const struct section {
        const char *name;
        enum unit_type type; /* UNIT_TYPE_INVALID: all */
        unsigned groups;
} sections[] = {
        { "Unit", UNIT_TYPE_INVALID, G(UNIT) | G(UNIT_ITSELF) },
        { "Install", UNIT_TYPE_INVALID, G(INSTALL) },
        { "Service", UNIT_SERVICE, G(SERVICE) | G(COMMANDS) | G(SERVICE_UNIT) | G(EXEC) | G(KILL) | G(CGROUP) },
        { "Slice", UNIT_SLICE, G(CGROUP) },
        { "Socket", UNIT_SOCKET, G(SOCKET) | G(EXEC) | G(KILL) | G(CGROUP) },
        { "Timer", UNIT_TIMER, G(TIMER) },
        { "Path", UNIT_PATH, G(PATH) },
        { "Mount", UNIT_MOUNT, G(MOUNT) | G(EXEC) | G(KILL) | G(CGROUP) },
        { "Automount", UNIT_AUTOMOUNT, G(AUTOMOUNT) },
        { "Swap", UNIT_SWAP, G(SWAP) | G(EXEC) | G(KILL) | G(CGROUP) },
        { "Scope", UNIT_SCOPE, G(SCOPE) | G(KILL) | G(CGROUP) },
        { "X-Keel", UNIT_TYPE_INVALID, 0 }, /* our own keys: none yet */
};

static const struct section *find_section(const char *name) {
        static const struct section *last = sections; /* the lines of a section ask one after the other */

        for (size_t i = 0; !text_equal(last->name, name); i++) {
                if (i == ARRAY_LEN(sections))
                        return NULL;
                last = &sections[i];
        }
        return last;
}

bool section_is_known(const char *section) {
        return find_section(section);
}

unsigned section_number(const char *section) {
        const struct section *s = find_section(section);

        return s ? (unsigned)(s - sections) : 0;
}

const char *section_name(unsigned number) {
        return sections[number].name;
}

bool section_is_allowed(const char *section, enum unit_type type) {
        const struct section *s = find_section(section);

        return s && (s->type == UNIT_TYPE_INVALID || s->type == type);
}

const char *group_section(enum directive_group group) {
        for (size_t i = 0; i < ARRAY_LEN(sections); i++)
                if (sections[i].groups >> group & 1)
                        return sections[i].name;
        return "?";
}

/* ---- looking up -------------------------------------------------------------------------------------------------- */

/* A hash table of the rows' numbers + 1, by key; made at the first look-up. Rows of one key are found in their order. */
static uint16_t by_key[2 * DIRECTIVES_MAX];
_Static_assert(ARRAY_LEN(directives) <= DIRECTIVES_MAX, "half of the table is empty");

static size_t first_slot(const char *key) {
        return text_hash(key, strlen(key)) % ARRAY_LEN(by_key);
}

static void fill_by_key(void) {
        for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
                size_t slot = first_slot(directives[i].key);

                while (by_key[slot])
                        slot = (slot + 1) % ARRAY_LEN(by_key);
                by_key[slot] = (uint16_t)(i + 1);
        }
}

const struct directive *directive_find(const char *section, const char *key) {
        const struct section *s = find_section(section);
        static bool is_filled;

        if (!is_filled)
                fill_by_key();
        is_filled = true;
        for (size_t slot = first_slot(key); s && by_key[slot]; slot = (slot + 1) % ARRAY_LEN(by_key)) {
                const struct directive *d = &directives[by_key[slot] - 1];

                if (s->groups >> d->group & 1 && text_equal(d->key, key))
                        return d;
        }
        return NULL;
}

/* Equal but for case, blanks, '-' and '_'. */
static bool looks_like(const char *a, const char *b) {
        for (;;) {
                a += strspn(a, " \t_-");
                b += strspn(b, " \t_-");
                if (!*a || !*b)
                        return !*a && !*b;
                if ((*a++ | 32) != (*b++ | 32))
                        return false;
        }
}

const char *directive_guess(const char *section, const char *key) {
        const struct section *s = find_section(section);
        owned_str longer = NULL;

        if (!s)
                return NULL;
        longer = text_printf("%sSec", key);
        for (size_t i = 0; i < ARRAY_LEN(directives); i++)
                if ((s->groups >> directives[i].group & 1) &&
                    (looks_like(directives[i].key, key) || (longer && looks_like(directives[i].key, longer))))
                        return directives[i].key;
        return NULL;
}

int directive_parse(struct parse *p) {
        return kinds[p->directive->kind].parse(p, (char *)p->settings + p->directive->offset);
}

const char *directive_kind_name(const struct directive *d) {
        return d->kind == DIRECTIVE_NOT_YET ? "not yet" : kinds[d->kind].name;
}

const void *unit_settings_of(const struct unit *u, enum directive_group group) {
        switch ((int)group) {
        case GROUP_UNIT:
        case GROUP_INSTALL:
        case GROUP_SERVICE_UNIT:
                return u->unit;
        case GROUP_UNIT_ITSELF:
                return u;
        case GROUP_SERVICE:
                return u->service;
        case GROUP_COMMANDS:
                return u->commands;
        case GROUP_EXEC:
                return u->exec;
        case GROUP_KILL:
                return u->kill;
        case GROUP_CGROUP:
                return u->cgroup;
        default:
                return NULL;
        }
}

/* The fields that hold more than their own bytes, each once, those of a group one behind the other; made at the first use. Most
 * fields are numbers, and most of these are empty. */
static struct holder {
        const struct kind *kind;
        uint16_t offset;
        bool begins_with_pointer; /* NULL: it holds nothing */
} holders[ARRAY_LEN(directives)];
static uint16_t holders_end[GROUP_COUNT_];

static void add_holder(const struct directive *d, uint16_t begin, uint16_t *end) {
        const struct kind *kind = &kinds[d->kind];

        for (uint16_t i = begin; i < *end; i++)
                if (holders[i].offset == d->offset && holders[i].kind->pack == kind->pack)
                        return;
        holders[(*end)++] = (struct holder){ kind, d->offset, kind->size >= sizeof(void *) };
}

static void find_holders_once(void) {
        uint16_t end = 0;

        for (int group = 0; !holders_end[GROUP_COUNT_ - 1] && group < GROUP_COUNT_; group++) {
                uint16_t begin = end;

                for (const struct directive *d = directives; d < directives + ARRAY_LEN(directives); d++)
                        if (d->group == group && d->kind != DIRECTIVE_NOT_YET && kinds[d->kind].pack != pack_nothing)
                                add_holder(d, begin, &end);
                holders_end[group] = end;
        }
}

static bool holds_something(const struct holder *h, const void *settings) {
        const void *pointer = h;

        if (h->begins_with_pointer)
                memcpy(&pointer, (const char *)settings + h->offset, sizeof pointer);
        return pointer;
}

/* Of this group: from where, and how many. */
static const struct holder *holders_of(int group, size_t *count) {
        uint16_t begin = group > 0 ? holders_end[group - 1] : 0;

        *count = holders_end[group] - (size_t)begin;
        return holders + begin;
}

void directive_release_groups(unsigned groups, void *settings) {
        size_t count;

        find_holders_once();
        for (int group = 0; settings && groups >> group; group++) {
                const struct holder *h = holders_of(group, &count);

                for (size_t i = 0; groups >> group & 1 && i < count; i++)
                        if (holds_something(&h[i], settings))
                                h[i].kind->release(settings, (char *)settings + h[i].offset);
        }
}

void directive_pack_groups(unsigned groups, struct packer *p, const void *settings) {
        size_t count;

        find_holders_once();
        for (int group = 0; groups >> group; group++) {
                const struct holder *h = holders_of(group, &count);

                for (size_t i = 0; groups >> group & 1 && i < count; i++)
                        if (holds_something(&h[i], settings))
                                h[i].kind->pack(p, settings, (const char *)settings + h[i].offset);
        }
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

static void print_row(FILE *to, enum directive_format format, const struct section *s, const struct directive *d) {
        if (format == DIRECTIVES_AS_DICTIONARY)
                (void)fprintf(to, "\"\\x0a%s=\"\n", d->key);
        else if (format == DIRECTIVES_AS_TABLE)
                (void)fprintf(to, "%s\t%s\t%s\t%s\t%s\n", s->name, d->key, d->syntax, directive_kind_name(d), d->help);
        else
                (void)fprintf(to, "  %s=%s\n        %s%s\n", d->key, d->syntax, d->help,
                              d->kind == DIRECTIVE_NOT_YET ? " (not implemented yet: reported as unsupported)" : "");
}

void directives_print(FILE *to, enum directive_format format) {
        for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
                if (format == DIRECTIVES_AS_HELP)
                        (void)fprintf(to, "[%s]\n", sections[i].name);
                else if (format == DIRECTIVES_AS_DICTIONARY)
                        (void)fprintf(to, "\"\\x0a[%s]\\x0a\"\n", sections[i].name);
                for (size_t j = 0; j < ARRAY_LEN(directives); j++)
                        if (sections[i].groups >> directives[j].group & 1)
                                print_row(to, format, &sections[i], &directives[j]);
        }
}
