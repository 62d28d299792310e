/* SPDX-License-Identifier: MIT */
/* terminal: the controlling terminal's foreground process group, for `keel -- CMD` and for the proxy of `keel run`. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct terminal {
        int fd; /* of the controlling terminal; -1: there is none */
        bool in_front; /* our job had the foreground when it was last looked at */
        bool shared; /* we are one of several in a pipeline: the command stays in our process group */
};

/* Looks once, at start-up. A PID 1 whose stdin is a terminal without a session makes it its own. */
void terminal_open(struct terminal *t);
/* Does our own process group have the foreground now? Remembers it. */
bool terminal_look(struct terminal *t);
/* Gives the foreground to this process group. All signals must be blocked (SIGTTOU). */
void terminal_give(const struct terminal *t, pid_t group);
