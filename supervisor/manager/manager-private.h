/* SPDX-License-Identifier: MIT */
/* manager-private: what the files of the manager share; nobody else includes it. */
#pragma once

#include "manager.h"
#include "service/record-store.h"

struct log_pipe {
        int write_fd;
        uint8_t due;     /* LOG_DUE_*: what the logger has not been told yet */
        bool is_again;   /* an earlier logger had it */
        bool is_idle;    /* on the list of those whose unit has ended */
        bool is_leaving; /* the logger has been told to empty it */
        bool has_spoken; /* something has been written there; in doubt true */
        uint64_t looks;  /* a hash of how the unit's lines look, as it was told last; 0: not yet */
        struct log_pipe *prev, *next; /* idle */
        UT_hash_handle hh;
        char unit[];
};

/* What is known of the logger's life. */
enum logger_watch {
        LOGGER_QUIET,   /* nothing is in any pipe: there is nothing to look at */
        LOGGER_BUSY,    /* something was, a moment ago */
        LOGGER_ASKED,   /* it has been asked whether it lives */
        LOGGER_KILLED,  /* it did not answer */
};

struct watched_pid {
        pid_t pid;
        struct object *object;
};

struct watched_cgroup {
        int descriptor; /* inotify */
        enum cgroup_watch what;
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
        char *host_name, *machine_id, *kernel_release, *architecture;
        uint64_t start_us;

        struct watched_pid *pids; /* by pid */
        size_t pid_count, pid_room;
        struct watched_cgroup *cgroups;
        int inotify_fd;
        sd_event_source *inotify_source, *sweep_source, *notify_source, *holdup_source, *move_source;
        int notify_fd;

        struct node *checks, *last_check; /* manager-follow.c: whose conditions are to be looked at */
        sd_event_source *check_source;

        sd_event_source *settle_source;

        /* logger */
        int logger_fd, log_directory_fd;
        pid_t logger_pid;
        int logger_process_fd; /* pidfd */
        int logger_memory_fd;  /* what a logger leaves to the next one */
        sd_event_source *logger_source, *logger_timer, *pipes_source, *idle_source;
        int pipes_fd; /* an epoll set: readable while something is in a pipe */
        enum logger_watch logger_watch;
        uint64_t logger_start_us;
        unsigned logger_failures; /* one soon after the other */
        char *logger_path;
        struct log_pipe *pipes, *idle_pipes;
        uint64_t drain_cookie;
        bool is_logger_told_all; /* it has been asked for the end, and for nothing since */
        unsigned sync_due; /* enum logger_kind: asked for, when all else has been told; 0: nothing */
        sd_event_source *drain_timer;
        void (*drained)(struct manager *m);

        struct record_store records;
        struct record_place place; /* the manager's own record */
        bool has_record;           /* a predecessor's is to be read */
        bool is_distrusting;       /* but not to be believed */
        bool has_said_unsaved;
        uint32_t committed_transaction; /* of jobs: the last that is whole */
        bool has_begun;            /* the target's start was asked for */
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

/* manager-follow.c */
int manager_open_checks(struct manager *m);
/* A unit's state changed, or its job ended: what follows for others. was_asked_for: by the unit's job. */
void manager_follow(struct manager *m, struct node *n, enum active_state before, enum active_state now, bool was_asked_for);
void manager_follow_job(struct manager *m, struct node *n);
/* After a restart of the supervisor: whatever its predecessor had not looked at yet. */
void manager_follow_all(struct manager *m);
bool manager_will_restart(struct object *o); /* it has ended, and starts again by itself */

/* manager-log.c: the pipes */
int manager_log_fd(struct host *host, struct object *o, uid_t uid);
/* Every process of this life of the unit has ended (is_empty), or some are left as KillMode= wants it. */
void manager_log_life_ended(struct host *host, struct object *o, bool is_empty);
int manager_open_pipes(struct manager *m);
/* From now on what is in a pipe is seen. */
void manager_heed_pipes(struct manager *m);
void manager_close_pipes(struct manager *m);
/* What PID 1 kept for an earlier supervisor; loads the units they are of. */
void manager_take_over_pipes(struct manager *m);
/* Gives up the pipes of units that have ended and are not about to start. */
void manager_sweep_pipes(struct manager *m);
bool manager_is_silent(struct manager *m); /* nobody is left who could write to one of them */
void manager_lend_pipes(struct manager *m);  /* to a logger that knows none */
int manager_tell_logger(struct manager *m); /* what is due; 0: all of it, -EAGAIN: the rest by and by, or -errno */
void manager_pipe_removed(struct manager *m, const char *unit);
void manager_pipe_speaks(struct manager *m, const char *unit);

/* manager-logger.c: the process at their other end */
int manager_start_logger(struct manager *m);
void manager_logger_ended(struct manager *m, int status);
void manager_stop_logger(struct manager *m);
void manager_hear_logger(struct manager *m);  /* what it has said and we have not read yet */
void manager_watch_logger(struct manager *m); /* something is in a pipe or on the line: does it live? */
/* Has all that was said until now written and shown, then calls done, after a few seconds in any case. 0: nothing to wait for. */
int manager_drain_logger(struct manager *m, void (*done)(struct manager *m));
/* Nobody comes after us: the logger ends when we do. */
void manager_release_logger(struct manager *m);

/* manager-watch.c */
int manager_open_watches(struct manager *m);
void manager_close_watches(struct manager *m);
int manager_watch_pid(struct host *host, pid_t pid, struct object *o);
int manager_watch_cgroup(struct host *host, struct object *o, enum cgroup_watch what);
void manager_unwatch_cgroup(struct host *host, struct object *o);
void manager_look_for_lost(struct manager *m); /* exits of watched processes that PID 1 had no room for */
void manager_pid_ended(void *user, const struct keeper_exit *e);

/* manager-record.c */
int manager_open_record(struct manager *m);
void manager_close_record(struct manager *m);
void manager_restore(struct manager *m);
void manager_resume(struct manager *m);
void manager_save(struct manager *m);
void manager_save_unit(struct host *host, struct object *o);
void manager_commit(void *user, uint32_t transaction);
void manager_save_node(void *user, struct node *n);
void manager_save_end(struct manager *m, const struct job *j, enum job_result result);
int32_t *manager_pid_slot(struct host *host, struct object *o);

/* manager-end.c */
void manager_resume_end(struct manager *m);
void manager_signalled(void *user, int signal, pid_t sender);
void manager_emergency(struct host *host, struct object *o, enum emergency_action action, int exit_status, const char *why);
void manager_idle(struct manager *m);
void manager_check_main_unit(struct manager *m, struct object *o, enum active_state now);
