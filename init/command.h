/* SPDX-License-Identifier: MIT */
/* command: `keel -- CMD`: one command, and no supervisor. */
#pragma once

#include "options.h"
#include "state.h"
#include "terminal.h"

struct command {
        const struct options *options;
        const struct signals *signals; /* as found, for the command */
        struct terminal terminal;
        int leash; /* tells the proxy outside with which signal the command stopped; -1: there is none */
        pid_t pid; /* the command's */
        bool stop_asked; /* its stop was asked for by a signal that we forwarded */
};

/* Runs it to its end and exits as it did. */
_Noreturn void command_run(struct command *c);
