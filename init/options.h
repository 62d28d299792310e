/* SPDX-License-Identifier: MIT */
/* options: keel's command line. */
#pragma once

#include "signals.h"

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_FAILED 125 /* exit code of keel's own failures, as of other programs that run programs */

struct options {
        /* for one command */
        char **command; /* argv of what follows "--"; NULL: supervise */
        bool group; /* signals go to its whole process group */
        int parent_death; /* signal to get when our parent dies; 0: none */
        uint8_t rewrite[SIGNALS_MAX + 1]; /* forwarded instead; 0: not at all */
        uint8_t remap[256]; /* exit codes */
        /* keel run */
        bool run, net, no_namespaces;
        const char *root, *name;
        /* words that are not ours: the supervisor's */
        char **rest; /* set by the caller: room for argc of them */
        unsigned rest_count;
        bool forgiving; /* set by the caller: what is wrong is passed over, and nothing exits */
};

/* Reads the command line. Says what is wrong and exits with OPTIONS_FAILED, or answers --help, --version and --can-take and
 * exits.
 */
void options_parse(struct options *o, int argc, char **argv);
