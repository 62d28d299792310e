/* SPDX-License-Identifier: MIT */
/* cgroup-private: what cgroup-devices.c does for cgroup-attributes.c, and what the files about the tree share. For cgroup*.c only. */
#pragma once

#include "cgroup.h"

/* Does a unit restrict devices at all? */
bool cgroup_has_device_policy(const struct cgroup_settings *s);

/* Puts the policy at the cgroup in place of an older one. *ret_missing becomes a path (borrowed) that is no device here, and
 * stays forbidden. 0 or -errno: nothing has changed then. */
int cgroup_apply_devices(int cgroup_fd, const struct cgroup_settings *s, bool is_fresh, const char **ret_missing);

/* A cgroup below an open one. Flags beyond O_PATH are not needed for anything that we do with it, CLONE_INTO_CGROUP included. An fd
 * or -errno. */
int cgroup_open_child(int dir_fd, const char *name);
/* The path of the "0::" line; *ret points into text, "" instead of "/". -ENOENT: there is no v2 hierarchy. */
int cgroup_v2_path(char *text, const char **ret);
