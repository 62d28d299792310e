/* SPDX-License-Identifier: MIT */
/* command: the program of a command line and its arguments with variables put in (systemd.service(5), "Command lines").
 * Pure but for looking for the program. Called by plan_build().
 */
#pragma once

#include "base/macros.h"

/* argv with variables from environment: "$NAME" as a word of its own gives as many words as the value has (quotes are
 * respected), "${NAME}" inside a word its value as it is, "$$" a dollar sign; unknown variables are empty. The program's own
 * name (argv[0]) is left alone. *ret is the caller's. 0 or -ENOMEM. */
int command_expand(char *const *argv, char *const *environment, char ***ret);

/* The absolute path of a program: itself when it has a '/', else the first executable file of that name in the
 * directories of path ("/usr/bin:/bin"), looked up below root (NULL: "/") as a chroot would. *ret is the caller's.
 * 0, -ENOENT, -EACCES (there, not executable), -errno. */
int command_find(const char *program, const char *path, const char *root, char **ret);
