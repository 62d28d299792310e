/* SPDX-License-Identifier: MIT */
/* os-release: one field of os-release(5). */
#pragma once

/* The value of this key, unquoted, in /etc/os-release (or /usr/lib/os-release); "" when it is not there. The caller frees
 * it. 0 or -ENOMEM. */
int os_release_value(const char *key, char **ret);
