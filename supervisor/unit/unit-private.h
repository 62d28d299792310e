/* SPDX-License-Identifier: MIT */
/* unit-private: what the files of this folder share and nobody else needs. */
#pragma once

#include "directive.h"

/* Defaults. 0 or -ENOMEM. */
void settings_init_unit(struct unit_settings *s, enum unit_type type);
int settings_init_exec(struct exec_settings *s);
void settings_init_kill(struct kill_settings *s);
void settings_init_cgroup(struct cgroup_settings *s);
void settings_init_service(struct service_settings *s);

/* A unit of this name with the defaults of its type and nothing read yet. 0, -EINVAL, -ENOMEM. */
int unit_new(const char *name, struct unit **ret);
/* The number of the file in u->files, for origins; -ENOMEM, -E2BIG. */
int unit_intern_file(struct unit *u, const char *path);
/* The settings of a unit that is being loaded, to be written to; NULL where it has none. */
void *unit_draft_of(struct unit *u, enum directive_group group);
/* It is loaded: nothing of the settings changes any more, and they may be another unit's, too. 0 or -ENOMEM. */
int unit_pack(struct unit *u);
/* lines.c. Appends a copy of an assignment; raises the outcome of one (why is copied); gives up the room that is left for more.
 * 0 or -ENOMEM. */
int unit_add_assignment(struct unit *u, const struct assignment *a);
/* The directive of an assignment; NULL: a key that is none. Quicker than unit_assignment(). */
const struct directive *unit_directive_at(const struct unit *u, size_t index);
int unit_worsen(struct unit *u, size_t index, enum outcome outcome, const char *why);
void unit_trim_lines(struct unit *u);

/* finish.c: all lines are read: what follows from them together, and whether the unit can be used. Sets load_state. 0 or
 * -ENOMEM. */
int unit_finish(const struct unit_context *context, struct unit *u);
/* not-done.c: marks the lines that ask for what keel does not do. 0 or -ENOMEM. */
int unit_note_not_done(const struct unit_context *context, struct unit *u);
