/* SPDX-License-Identifier: MIT */
/* search-path: the directories that unit files are looked for in, by what keel is there. Pure but for finding our own. */
#pragma once

enum search_path_part {
        SEARCH_PATH_SYSTEM = 1 << 0, /* keel is the system: the distribution's units are its own */
        SEARCH_PATH_MACHINE = 1 << 1, /* it has what a machine needs of one: console, host name, file systems, users */
};

/* Appends them, first wins; what keel ships comes last, always. parts: bits. 0 or -ENOMEM. */
int search_path_add(char ***path, unsigned parts);
