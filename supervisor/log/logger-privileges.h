/* SPDX-License-Identifier: MIT */
/* logger-privileges: opens the directory while the logger may, then gives up what it does not need. */
#pragma once

#include "base/macros.h"

#include <sys/types.h>

/* The user to become: `name` in /etc/passwd, else nobody (65534). Reads the file itself: no NSS in a logger. */
void logger_find_user(const char *name, uid_t *ret_uid, gid_t *ret_gid);

/* Makes the directory with its parents, opens it and waits (at most wait_us) for an earlier logger to let go of it, so that
 * the order of lines is kept. It and the log files in it become uid's, if that is what we can do. fd or -errno; -EROFS,
 * -EACCES: not usable. */
int logger_open_directory(const char *path, uid_t uid, gid_t gid, uint64_t wait_us);

/* Becomes the user, without groups, capabilities or a way to get any. Where the namespace does not have the user or we are
 * not root it stays who it is, still without capabilities. 1: is the user now, 0: stays, -errno. */
int logger_drop_privileges(uid_t uid, gid_t gid);
