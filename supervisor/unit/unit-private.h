/* SPDX-License-Identifier: MIT */
/* unit-private: what the files of this folder share and nobody else needs. */
#pragma once

#include "unit.h"

/* Defaults. 0 or -ENOMEM. */
void settings_init_unit(struct unit_settings *s, enum unit_type type);
int settings_init_exec(struct exec_settings *s);
void settings_init_kill(struct kill_settings *s);
void settings_init_cgroup(struct cgroup_settings *s);
void settings_init_service(struct service_settings *s);

/* A unit of this name with the defaults of its type and nothing read yet. 0, -EINVAL, -ENOMEM. */
int unit_new(const char *name, struct unit **ret);
/* The name as it is stored in u->files, for origins; NULL when out of memory. */
const char *unit_intern_file(struct unit *u, const char *path);
/* Appends an assignment; takes why (may be NULL) in any case. 0 or -ENOMEM. */
int unit_add_assignment(struct unit *u, const struct assignment *a, const char *section, const char *key, const char *value);

/* finish.c: all lines are read: what follows from them together, and whether the unit can be used. Sets load_state. 0 or
 * -ENOMEM. */
int unit_finish(const struct unit_context *context, struct unit *u);
/* not-done.c: marks the lines that ask for what keel does not do. 0 or -ENOMEM. */
int unit_note_not_done(const struct unit_context *context, struct unit *u);
