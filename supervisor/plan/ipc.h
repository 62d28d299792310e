/* SPDX-License-Identifier: MIT */
/* ipc: RemoveIPC=: what a service's user left in SysV and POSIX IPC goes with the service. */
#pragma once

#include "plan.h"

/* After the unit's last process has ended. Nothing is removed for root, nor while a process of that user lives anywhere: it
 * may be another service's. How many objects were removed, or -errno. */
int ipc_remove(struct unit *unit);
