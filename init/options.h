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
        char **rest;
        unsigned rest_count;
};

/* Reads the command line; moves the words that are not ours to the front of argv (o->rest). Says what is wrong and exits with
 * OPTIONS_FAILED, or answers --help and --version and exits with 0.
 */
void options_parse(struct options *o, int argc, char **argv);
