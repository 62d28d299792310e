/* SPDX-License-Identifier: MIT */
/* directories: RuntimeDirectory=, StateDirectory=, CacheDirectory=, LogsDirectory= and ConfigurationDirectory= of a
 * unit (systemd.exec(5)): made before each of its commands, removed at its end as far as RuntimeDirectoryPreserve=
 * wants it (plan_remove_runtime_directories() in plan.h).
 *
 * Promises to follow no symbolic link that somebody other than root could have put there, and to hand over no file
 * by one: services own parts of /run, /var/lib … and may be hostile. Never logs.
 */
#pragma once

#include "plan.h"

struct resolved_credentials;

/* Makes them all, with parents (0755, root's), mode and owner; when the owner of one that exists is wrong,
 * everything in it is handed over. With RootDirectory= they are made on the host, from where mounts.c binds them. 0,
 * or -errno with *failure filled in: 233/RUNTIME_DIRECTORY … 241/CONFIGURATION_DIRECTORY, the path as detail. */
int directories_prepare(const struct plan_request *request, const struct resolved_credentials *credentials,
                        struct exec_failure *failure);

/* Appends RUNTIME_DIRECTORY=/run/a:/run/b and its siblings, for those that the unit sets. 0 or -ENOMEM. */
int directories_environment(const struct unit *unit, char ***environment);

/* Appends the absolute paths of the unit's directories of this kind. 0 or -ENOMEM. */
int directories_paths(const struct exec_settings *settings, enum exec_directory_kind kind, char ***paths);

/* ---- for the tests --------------------------------------------------------------------------------------------- */
/* The place below which a kind lives ("/run"), weak. */
const char *directories_base(enum exec_directory_kind kind);
