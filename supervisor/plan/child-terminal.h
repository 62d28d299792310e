/* SPDX-License-Identifier: MIT */
/* child-terminal: how a process gets its terminal (tty_ioctl(2), TIOCSCTTY), between clone3 and execve. It may have to wait for
 * it, so plans that want one take long. System calls on the stack only, as all of the child's set-up (exec-child.h).
 */
#pragma once

#include "plan-private.h"

/* TTYReset= and TTYVHangup=, before anybody of the unit has it open; a hang-up may leave a SIGHUP pending. 0 or -errno. */
int child_terminal_clean(const struct plan_terminal *terminal);

/* Opens it and makes it the controlling terminal of the calling session leader: at once, or when the present owner lets go
 * of it (TERMINAL_WAIT). The fd (close-on-exec, the caller's), or -errno: -EPERM is somebody else's terminal. */
int child_terminal_claim(const struct plan_terminal *terminal);
