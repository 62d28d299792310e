/* SPDX-License-Identifier: MIT */
/* launch: `keel run`: new namespaces, in which this program goes on as PID 1, and a proxy that stays outside. */
#pragma once

#include "options.h"
#include "terminal.h"

#include <sys/types.h>

enum launch_side {
        LAUNCH_INSIDE, /* we are PID 1 of new namespaces */
        LAUNCH_HERE, /* namespaces were not wanted or not allowed (which was said): go on where we are */
};

struct launch {
        const struct options *options;
        struct signals *signals;
        struct terminal *terminal;
        char instance_dir[128]; /* on the host; empty: there is none */
        char cgroup[256]; /* on the host; empty: there is none */
        bool aside; /* outside: we left our cgroup for one beside the new one */
        bool runtime_bound; /* inside, /run/keel is the instance's folder */
        int leash; /* inside: the end to write to; outside: to read from; -1: there is none */
        enum launch_side side;
        pid_t pid; /* outside: of PID 1 inside */
        uid_t uid;
        gid_t gid;
        bool user_namespace;
};

/* Makes them; l->side says where we are then. Outside, this does not return: the proxy exits as PID 1 does. */
void launch(struct launch *l, const struct options *o, struct signals *s, struct terminal *t);
/* Removes what was made on the host. */
void launch_clean_up(struct launch *l);
/* The proxy: forwards signals, follows stops, cleans up and exits as PID 1 inside does. */
_Noreturn void proxy_run(struct launch *l);
