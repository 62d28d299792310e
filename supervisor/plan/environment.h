/* SPDX-License-Identifier: MIT */
/* environment: the variables of a process (systemd.exec(5), "Environment variables in spawned processes"), put together from
 * the manager, the unit and its files, and the reader of EnvironmentFile=.
 *
 * Later sources win: manager, what the manager says of this process, PassEnvironment=, Environment=, EnvironmentFile=,
 * the request's variables of the moment; then UnsetEnvironment= removes. Numbers that only the child knows are left as
 * slots in the text.
 */
#pragma once

#include "plan-private.h"

/* Fills in p->environment and p->pid_slots; p's credentials and streams must be there. 0, or -errno with *failure
 * filled in, whose exit status is 0: it is the result `resources`. */
int environment_build(const struct plan_request *request, struct plan *p, struct exec_failure *failure);

/* Sets NAME=VALUE, replacing a variable of the same name; takes over the text, also on failure. 0 or -ENOMEM. */
int environment_adopt(char ***environment, char *assignment);
int environment_set(char ***environment, const char *name, const char *value);
/* The value, or NULL; length is that of the name. */
const char *environment_get(char *const *environment, const char *name, size_t length);
/* Removes NAME, or NAME=VALUE where that is its value. */
void environment_unset(char **environment, const char *name_or_assignment);
/* Is this the beginning of NAME=, and NAME a variable's name? */
bool environment_is_assignment(const char *text);

/* ---- environment-file.c ---- */

/* Reads text as a file of EnvironmentFile= into the environment: assignments in order, the later one wins. What is no valid
 * assignment is reported to diag (file is its name there) and left out. 0 or -ENOMEM. */
int environment_parse(const char *text, const char *file, struct diag *diag, char ***environment);

/* Reads all files that the pattern means. 0; -ENOENT: there is none; -errno, with *failed_path the one it was (the
 * caller's, may be NULL). */
int environment_read_files(const char *pattern, struct diag *diag, char ***environment, char **failed_path);
