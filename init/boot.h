/* SPDX-License-Identifier: MIT */
/* boot: what must be there before anything can run: API file systems, three open fds, ctrl-alt-del as a signal. */
#pragma once

enum boot_where {
        BOOT_MACHINE, /* PID 1 of the machine: everything that is missing, and say what fails */
        BOOT_CONTAINER, /* only what is not there at all; what is not allowed is left, silently */
};

/* Opens /dev/null, or /dev/console on a machine, for those of the fds 0, 1 and 2 that are closed. */
void boot_standard_fds(void);
/* Mounts /proc if it is missing, so that the rest can be found out. */
void boot_proc(void);
/* Mounts the others that are missing; never over what is there. */
void boot_mounts(enum boot_where where);
/* ctrl-alt-del and the keyboard request become signals. */
void boot_machine_keys(void);
