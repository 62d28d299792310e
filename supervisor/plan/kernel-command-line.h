/* SPDX-License-Identifier: MIT */
/* kernel-command-line: what the owner of a machine asks of its init with words for the kernel (kernel-command-line(7)). Only
 * reads the text that it is given.
 */
#pragma once

#include "base/macros.h"

/* Is nothing to be said on the console of what goes well? `quiet` asks for that; systemd.show_status= (a boolean, auto, error)
 * says so or the contrary whatever else is there, the last one counts. */
bool kernel_command_line_is_quiet(const char *text);
