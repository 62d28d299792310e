/* SPDX-License-Identifier: MIT */
/* service: a service's life as one table of states and events, with systemd's states and words.
 *
 * One writer of the state (service_dispatch). A cell of the table names a move; a move notes what happened and says which
 * state comes next; entering a state does that state's work (run a command, send a signal, set a timer). Neither calls the
 * machine again: they queue facts.
 */
#pragma once

#include "object.h"

/* X(STATE, "sub-state", active state) */
#define SERVICE_STATES(X) \
        X(DEAD, "dead", INACTIVE) \
        X(CONDITION, "condition", ACTIVATING) \
        X(START_PRE, "start-pre", ACTIVATING) \
        X(START, "start", ACTIVATING) \
        X(START_POST, "start-post", ACTIVATING) \
        X(RUNNING, "running", ACTIVE) \
        X(EXITED, "exited", ACTIVE) \
        X(RELOAD, "reload", RELOADING) \
        X(RELOAD_SIGNAL, "reload-signal", RELOADING) \
        X(RELOAD_NOTIFY, "reload-notify", RELOADING) \
        X(STOP, "stop", DEACTIVATING) \
        X(STOP_WATCHDOG, "stop-watchdog", DEACTIVATING) \
        X(STOP_SIGTERM, "stop-sigterm", DEACTIVATING) \
        X(STOP_SIGKILL, "stop-sigkill", DEACTIVATING) \
        X(STOP_POST, "stop-post", DEACTIVATING) \
        X(FINAL_WATCHDOG, "final-watchdog", DEACTIVATING) \
        X(FINAL_SIGTERM, "final-sigterm", DEACTIVATING) \
        X(FINAL_SIGKILL, "final-sigkill", DEACTIVATING) \
        X(FAILED, "failed", FAILED) \
        X(AUTO_RESTART, "auto-restart", ACTIVATING)

enum service_state {
#define X(name, word, active) SERVICE_##name,
        SERVICE_STATES(X)
#undef X
        SERVICE_STATE_COUNT_
};

/* A process that ended or runs: what `status` shows. */
struct process_info {
        uint64_t start_us, exit_us; /* CLOCK_REALTIME */
        uint64_t since_us, since_sequence; /* made after these (keeper_exit_is_of) */
        pid_t pid;                  /* 0: none runs */
        pid_t last_pid;             /* of the one that runs or ran last */
        int pidfd;                  /* -1: none */
        int status;                 /* wait status once it ended */
        bool has_ended;
        bool is_gone;               /* PID 1 has reaped it, its exit is not told yet: the pid may be another's by now */
        bool is_status_lost;        /* it has ended, nobody knows how */
        bool ignores_failure;       /* the command had '-' */
};

struct stored_fd {
        unsigned number; /* PID 1 knows it as store:UNIT/number */
        char *name;      /* FDNAME */
        int fd;
        struct stored_fd *next;
};

#define SERVICE_FACTS_MAX 8u
#define STORED_NAMES_MAX  6000u /* bytes of stored_names: they must fit in a record */

/* Which process is being made: saved before it is, so that a kill in between is no riddle. */
enum service_spawning { SPAWNING_NOTHING, SPAWNING_CONTROL, SPAWNING_MAIN, SPAWNING_COUNT_ };

struct service { /* in an order without gaps, too */
        struct object object; /* first */
        struct process_info main, control;
        struct exec_runtime runtime;
        char *status_text;
        uint64_t watchdog_us;      /* of now; 0: none */
        uint64_t watchdog_deadline_us, deadline_us; /* CLOCK_MONOTONIC, TIME_NEVER; deadline_us is the state's */
        uint64_t reload_begin_us;
        uint64_t runtime_extra_us; /* of this start, drawn from RuntimeRandomizedExtraSec= */
        uint64_t oom_kills_seen;   /* in its cgroup, by earlier starts */
        sd_event_source *timer, *watchdog_timer, *exec_source, *alien_source, *pid_file_source, *lost_source;
        const struct unit *tracked_unit; /* for which its cgroup was set up */
        struct stored_fd *stored;
        char *stored_names;        /* for the record: "NUMBER=FDNAME" lines */
        unsigned stored_count;
        enum service_state state;
        enum result result, reload_result;
        enum service_command command_kind; /* of the control process */
        unsigned command_index;    /* next command of the current state's list */
        unsigned main_index;       /* ExecStart= that runs, of a oneshot */
        int exec_fd;               /* of a main process that has not exec'ed yet, or -1 */
        unsigned restart_count;    /* NRestarts */
        int status_errno;
        enum service_spawning spawning;
        unsigned fact_count;
        unsigned char facts[SERVICE_FACTS_MAX]; /* enum service_event + 1, a queue; 0 behind the last */
        bool main_pid_known;       /* main.pid is the main process */
        bool main_pid_is_alien;    /* not our child: its status will not come */
        bool forbids_restart;      /* stopped by hand */
        bool is_ready;             /* READY=1 was seen */
        bool wants_reloading, wants_stopping; /* said by the service itself */
        bool will_restart;         /* it has ended, and is about to wait for its restart */
        bool is_cleaned_up;        /* what must not outlive the last run is gone; what the next one takes over is there */
        bool is_known_empty;       /* its cgroup was seen empty since the last process was made in it */
        bool is_dispatching;
};

static inline struct service *service_of(struct object *o) {
        return (struct service *)(void *)o;
}
static inline const struct service *service_of_const(const struct object *o) {
        return (const struct service *)(const void *)o;
}

const char *service_state_name(enum service_state state);

/* A message that a process of this service sent. Takes the fds that it uses. */
struct notify_message;
void service_notified(struct service *s, struct notify_message *m);

/* For status: "exited" "killed" "dumped" and what: e.g. "code=exited, status=217/USER". Returns buffer. */
const char *process_format_status(const struct process_info *p, char buffer[128]);
