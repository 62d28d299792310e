/* SPDX-License-Identifier: MIT */
/* exit-status: the names of exit statuses that unit files may use (systemd.exec(5) "Process exit codes"). */
#pragma once

/* 0…255, or -EINVAL when there is no such name. */
int exit_status_from_name(const char *name);
