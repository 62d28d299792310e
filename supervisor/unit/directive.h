/* SPDX-License-Identifier: MIT */
/* directive: the rows of directives.h as data, to look up and to walk. Read-only after the first call; no thread safety. */
#pragma once

#include "unit.h"

enum directive_group {
        GROUP_UNIT,
        GROUP_UNIT_ITSELF, /* keys of [Unit] whose fields are in struct unit: no two units share them */
        GROUP_INSTALL,
        GROUP_SERVICE,
        GROUP_COMMANDS,     /* keys of [Service] */
        GROUP_SERVICE_UNIT, /* keys of [Service] whose fields are in struct unit_settings */
        GROUP_EXEC,
        GROUP_KILL,
        GROUP_CGROUP,
        GROUP_SOCKET,
        GROUP_TIMER,
        GROUP_PATH,
        GROUP_MOUNT,
        GROUP_AUTOMOUNT,
        GROUP_SWAP,
        GROUP_SCOPE,
        GROUP_COUNT_
};

struct directive {
        const char *key, *syntax, *help;
        uint8_t group;   /* enum directive_group */
        uint8_t kind;    /* row of kinds.h; DIRECTIVE_NOT_YET */
        uint16_t offset; /* of the field in the group's struct */
};

#define DIRECTIVE_NOT_YET UINT8_MAX

#define DIRECTIVES_MAX 1024

extern const struct directive directives[]; /* at most so many */
extern const size_t directive_count;

/* Is there a section of this name in any unit file? */
bool section_is_known(const char *section);
/* Sections have numbers; that of a section that is known. */
unsigned section_number(const char *section);
const char *section_name(unsigned number);
/* May a unit of this type have it? */
bool section_is_allowed(const char *section, enum unit_type type);
/* The section that a group's keys stand in, the first when there are several: "Service" for GROUP_EXEC. */
const char *group_section(enum directive_group group);
/* The directive of this key in this section, or NULL. */
const struct directive *directive_find(const char *section, const char *key);
/* A known key of the section that looks like it ("Exec Start", "execstart"), to ask "did you mean"; NULL. */
const char *directive_guess(const char *section, const char *key);

struct parse;
/* Parses p->value into the field of p->directive; the settings must be there. 0 or -errno, told to diag. */
int directive_parse(struct parse *p);
const char *directive_kind_name(const struct directive *d); /* "span", "not yet" */

/* The struct of this unit that a group's fields are in; NULL when such a unit has none. */
const void *unit_settings_of(const struct unit *u, enum directive_group group);
/* Frees, and packs, all that the fields of these groups hold (a bit each); all of them are in this struct. */
void directive_release_groups(unsigned groups, void *settings);
struct packer;
void directive_pack_groups(unsigned groups, struct packer *p, const void *settings);

enum directive_format {
        DIRECTIVES_AS_TABLE,      /* section, key, syntax, kind, help; tab-separated */
        DIRECTIVES_AS_HELP,       /* for people */
        DIRECTIVES_AS_DICTIONARY, /* for a fuzzer: one quoted word per line */
};
void directives_print(FILE *to, enum directive_format format);
