/* SPDX-License-Identifier: MIT */
/* manager-private: what the files of the manager share; nobody else includes it. */
#pragma once

#include "manager.h"

struct log_pipe {
        char *unit;
        int write_fd;
        bool is_again; /* an earlier logger had it */
        UT_hash_handle hh;
};

struct watched_pid {
        pid_t pid;
        struct object *object;
        UT_hash_handle hh;
};

struct watched_cgroup {
        int descriptor; /* inotify */
        struct object *object;
        UT_hash_handle hh;
};

struct manager {
        struct manager_options options;
        struct keeper *keeper;
        sd_event *event;
        struct host host;
        struct graph graph;
        struct jobs jobs;
        struct unit_context context;
        struct diag diag;
        struct listener listener;
        char *runtime_directory, *notify_path;
        char *host_name, *machine_id, *boot_id, *kernel_release, *architecture;
        uint64_t start_us;

        struct watched_pid *pids;
        struct watched_cgroup *cgroups;
        int inotify_fd;
        sd_event_source *inotify_source, *sweep_source, *notify_source, *holdup_source;
        int notify_fd;

        /* logger */
        int logger_fd, log_directory_fd;
        pid_t logger_pid;
        sd_event_source *logger_source;
        struct log_pipe *pipes;

        bool has_booted, is_ending, is_over;
        enum manager_end_how end_how;
        int end_code;
        char end_why[128];
        int exit_status;
};

/* manager-load.c */
int manager_open_context(struct manager *m);
void manager_close_context(struct manager *m);
int manager_relate(struct manager *m, struct node *n); /* the edges that its files and defaults make; loads what it names */

/* manager-log.c */
int manager_log_fd(struct host *host, struct object *o, uid_t uid);
int manager_start_logger(struct manager *m);
void manager_logger_ended(struct manager *m);
void manager_stop_logger(struct manager *m);

/* manager-watch.c */
int manager_open_watches(struct manager *m);
void manager_close_watches(struct manager *m);
int manager_watch_pid(struct host *host, pid_t pid, struct object *o);
int manager_watch_cgroup(struct host *host, struct object *o, bool on);
void manager_pid_ended(void *user, const struct keeper_exit *e);

/* manager-end.c */
void manager_signalled(void *user, int signal, pid_t sender);
void manager_emergency(struct host *host, struct object *o, enum emergency_action action, int exit_status, const char *why);
void manager_idle(struct manager *m);
void manager_check_main_unit(struct manager *m, struct object *o, enum active_state now);
