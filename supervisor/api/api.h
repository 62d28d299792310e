/* SPDX-License-Identifier: MIT */
/* api: the control socket: D-Bus, peer to peer, with systemd's objects and our own interface beside them (base/bus-names.h).
 *
 * It asks the layers below and never changes their state but through what they offer (jobs_add, manager_*, ops->kill). Nothing
 * is kept per unit: objects are found when they are asked for. What is kept per client is bounded and freed when it goes.
 */
#pragma once

#include "manager/manager.h"

struct api;

/* Opens <runtime directory>/control, or takes it from PID 1, which keeps it as "control": clients that come while the
 * supervisor is away wait in its backlog. Becomes the manager's listener. 0 or -errno. */
int api_open(struct manager *m, struct api **ret);
/* Closes the clients' connections, not the socket that PID 1 keeps. NULL is fine. */
void api_close(struct api *api);

/* Serves this connected socket as if it had been accepted; adopts *fd. For tests, and for the socket's own loop. */
int api_add_client(struct api *api, int *fd);
