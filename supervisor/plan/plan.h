/* SPDX-License-Identifier: MIT */
/* plan: one command of a unit, resolved into everything that the child needs, so that the child itself (exec-child.c) only
 * makes raw system calls: no malloc, stdio, NSS, sd-*, libseccomp after clone3.
 *
 * plan_build() reads what a unit says and what the machine has (users, environment files, paths); it is the place where a
 * directive turns out to be `unavailable`. The child's steps are a table in exec-child.c, each with systemd's exit status (200–243,
 * systemd.exec(5) "Process exit codes").
 */
#pragma once

#include "seccomp.h"
#include "unit/exit-status.h"
#include "unit/unit.h"

#include <sys/types.h>

/* What a service's processes share from its start to its end: private /tmp directories, the network namespace. Made by
 * plan_build() when first needed, kept by the service, ended by exec_runtime_destroy(). */
struct exec_runtime {
        char *id; /* what the private directories are called by: the invocation that made them; saved by the service */
        bool is_renewed; /* nothing has run in it since exec_runtime_renew() */
        char *tmp_directory, *var_tmp_directory; /* on the host: e.g. /tmp/keel-private-<id>-web.service */
        int network_namespace_fd, ipc_namespace_fd; /* -1: none yet */
};
void exec_runtime_init(struct exec_runtime *r);
/* Removes the private directories with all they hold (many files: by a process of its own that PID 1 reaps), closes the fds. */
void exec_runtime_destroy(struct exec_runtime *r);
/* Likewise, but for a service of which nothing runs any more and which is about to start again: a private directory in which
 * nothing is left that tells it from a new one is kept to be that. */
void exec_runtime_renew(struct exec_runtime *r);
/* Finds again what a supervisor before us made for the unit: the directories by r->id, or by the invocation when that is not
 * known, the namespaces from a process that runs in them (pid 0: none is left). r is initialized. 0 or -errno. */
int exec_runtime_adopt(struct exec_runtime *r, const struct unit *unit, const char *invocation_id, pid_t pid);

struct plan_fd {
        int fd;           /* borrowed */
        const char *name; /* LISTEN_FDNAMES */
};

struct plan_request {
        struct unit *unit; /* outcomes are recorded in it */
        const struct exec_command *command;
        enum service_command kind;
        struct diag *diag;
        struct exec_runtime *runtime;

        int log_fd;                  /* write end of the log pipe, or -1: output goes where ours goes */
        int socket_fd;               /* for StandardInput/Output=socket, or -1 */
        const struct plan_fd *fds;   /* from 3 on: sockets, then the fd store */
        size_t fd_count;
        size_t socket_count;         /* how many of them are sockets (LISTEN_FDS counts all) */

        const char *notify_socket;   /* path, or NULL: no NOTIFY_SOCKET */
        uint64_t watchdog_us;        /* 0: no WATCHDOG_USEC */
        pid_t main_pid;              /* > 0: MAINPID */
        const char *invocation_id;   /* 32 hexadecimal digits */
        char *const *environment;    /* more variables of the moment (SERVICE_RESULT=…), last word */
        char *const *manager_environment; /* what the manager passes to all: PATH, LANG… and set-environment */

        int cgroup_fd;               /* -1: no cgroup */
        uint64_t tracking_mark;      /* > 0: hard RLIMIT_LOCKS to set, by which the tracker finds the unit's processes */
        int32_t *pid_slot;           /* where the kernel stores the pid (MAP_SHARED, touched), or NULL */
        sigset_t signal_mask;        /* of the child: normally empty */
        struct rlimit original_nofile; /* soft limit that children get when LimitNOFILE= is not set */
        bool is_pid1_tty_owner;      /* reserved for interactive units on the console */
};

/* Why a plan or a child did not work: systemd's exit status and its name, and errno. */
struct exec_failure {
        int exit_status;  /* 200…243; 0: no failure */
        int error;        /* positive errno, 0 when it does not say more */
        char detail[160]; /* e.g. "user 'redis' does not exist"; may be "" */
};

struct plan; /* plan-private.h */

/* 0, or -errno with *failure filled in (the service then fails as if the process had exited with that status; where that is
 * 0 systemd has none for it, an unreadable EnvironmentFile= for instance: the result is `resources`). */
int plan_build(const struct plan_request *request, struct plan **ret, struct exec_failure *failure);
void plan_free(struct plan *p);
DEFINE_OWNED(plan, struct plan *, plan_free)

/* Does any stream of its processes go to the log pipe? Else it needs none. */
bool plan_uses_log(const struct unit *unit);

/* RuntimeDirectory= and its siblings: what the unit's end removes (RuntimeDirectoryPreserve=; is_restart: it will be
 * started again soon), and what `clean` asks for. */
int plan_remove_runtime_directories(const struct unit *unit, bool is_restart);
