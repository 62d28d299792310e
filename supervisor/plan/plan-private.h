/* SPDX-License-Identifier: MIT */
/* plan-private: the inside of a plan, for the files of plan/ and for spawn. plan_build() fills it in; after that nothing but
 * the child writes to it, and only to what is called scratch: with CLONE_VM that is the supervisor's memory.
 *
 * Everything here is resolved: numbers, fds, texts that are written as they are. A field that says "not set" costs the
 * child no system call.
 */
#pragma once

#include "unit/exit-status.h"
#include "plan.h"

#include <limits.h>

struct mount_plan;

/* Who the unit's processes are. Without User= it is who we are: then has_user is false, uid and gid are ours. */
struct resolved_credentials {
        bool has_user;   /* User= or DynamicUser= */
        bool has_group;  /* Group=, or the user's primary group */
        bool is_dynamic; /* DynamicUser=, and there is no static user of that name */
        uid_t uid;
        gid_t gid;
        gid_t *groups;   /* supplementary: of the user in the group database, then SupplementaryGroups= */
        size_t group_count;
        char *user;      /* name, or the number as text; NULL without a user */
        char *home;      /* NULL: none worth mentioning ("/", a relative path) */
        char *shell;     /* NULL: none, or one that refuses to be used (nologin, false) */
};
void resolved_credentials_release(struct resolved_credentials *c);

/* Fills in *failure and returns error (negative errno). */
int exec_fail(struct exec_failure *failure, enum exit_status status, int error, const char *format, ...)
        PRINTF_LIKE(4, 5);

/* The command's prefix + is one, PermissionsStartOnly= the other reason why user, sandbox, limits and seccomp are not for it. */
bool plan_has_full_privileges(const struct plan_request *request);
/* RootDirectory= is for this command (RootDirectoryStartOnly=). */
bool plan_applies_root_directory(const struct plan_request *request);

/* The number behind the last fd that the child needs, the standard streams counted. */
int plan_fds_end(const struct plan *p);

/* What one of the standard streams is connected to. */
enum stream_source {
        STREAM_KEEP,  /* what the supervisor has there */
        STREAM_FD,
        STREAM_COPY,  /* a duplicate of an earlier stream: fd is its number */
        STREAM_PATH,  /* the child opens it: what may block, a FIFO for instance */
        STREAM_TTY,   /* the terminal, which becomes the controlling one */
};

struct plan_stream {
        enum stream_source source;
        int fd;
        bool is_owned;    /* fd is closed by plan_free() */
        const char *path; /* borrowed from the unit */
        int flags;        /* of open(2) */
};

enum terminal_claim { TERMINAL_WAIT, TERMINAL_FORCE, TERMINAL_FAIL };

struct plan_terminal {
        const char *path; /* borrowed; NULL: no stream is connected to one */
        enum terminal_claim claim;
        bool is_hung_up, is_reset;
        bool is_given_away; /* to the unit's user */
};

struct plan_limit {
        int resource; /* RLIMIT_* */
        struct rlimit value;
};

/* What a process has of the machine; systemd.exec(5), "Process properties", "Scheduling". */
struct plan_resources {
        struct plan_limit limits[RLIMIT_COUNT + 1]; /* and the tracking mark */
        size_t limit_count;
        mode_t umask;
        char oom_score_adjust[12], coredump_filter[12]; /* as the files in /proc want it; "": not set */
        int nice, io_priority, cpu_policy, cpu_priority;
        bool sets_nice, sets_io_priority, sets_cpu_policy, sets_cpu_affinity, sets_timer_slack, sets_personality;
        cpu_set_t cpu_affinity;
        unsigned long timer_slack_ns, personality;
};

enum plan_keyring { KEYRING_INHERIT, KEYRING_PRIVATE, KEYRING_SHARED };

struct plan_privileges {
        bool sets_groups, sets_gid, sets_uid;
        bool keeps_capabilities;        /* over the change of the user: for what comes after it */
        uint64_t dropped_capabilities;  /* from the bounding set */
        uint64_t ambient_capabilities;
        bool sets_secure_bits;
        int secure_bits;
        bool no_new_privileges;
        enum plan_keyring keyring;
        char *apparmor_text;            /* "exec PROFILE", NULL: not set */
        bool apparmor_is_optional;
};

/* Where programs are looked for, and PATH of processes whose manager says nothing else. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#define PLAN_PID_SLOTS 3 /* LISTEN_PID, WATCHDOG_PID, SYSTEMD_EXEC_PID */
#define PLAN_PID_DIGITS 10

struct plan {
        /* the program */
        char *path;
        char **argv, **environment;
        char *pid_slots[PLAN_PID_SLOTS]; /* scratch: into environment, room for PLAN_PID_DIGITS and a zero; NULL: unused */

        /* files */
        struct plan_stream streams[3];
        struct plan_terminal terminal;
        int *fds;         /* from 3 on; all of them are above 2 */
        bool *owns_fds;   /* by index: it is our duplicate, which plan_free() closes */
        int *moved_fds;   /* scratch, as many */
        size_t fd_count, socket_count;
        bool sockets_are_nonblocking;

        char *working_directory;
        bool working_directory_is_optional;

        struct resolved_credentials credentials;
        struct plan_resources resources;
        struct plan_privileges privileges;
        struct mount_plan *mounts;      /* NULL: none */
        struct seccomp_policy *seccomp; /* NULL: none */
        bool ignores_sigpipe;
        sigset_t signal_mask;

        int cgroup_fd;     /* borrowed, -1: none */
        int32_t *pid_slot; /* the caller's, or NULL */
        bool takes_long;   /* its set-up may block or is refused to a child on shared memory: fork */
};
