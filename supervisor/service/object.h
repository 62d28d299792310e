/* SPDX-License-Identifier: MIT */
/* object: a unit at run time: what its files say (struct unit), its state, and the operations of its type.
 *
 * The types (service.c, target.c, slice.c) each keep their own states by a table and show the outside one of systemd's
 * active states. They know nothing of jobs: they tell their host of every change and ask it for what they cannot do
 * alone (a restart is a job).
 */
#pragma once

#include "plan/plan.h"
#include "process/keeper.h"
#include "process/tracker.h"
#include "record-store.h"
#include "record.h"

#include <systemd/sd-event.h>

enum active_state {
        ACTIVE_INACTIVE,
        ACTIVE_ACTIVATING,
        ACTIVE_ACTIVE,
        ACTIVE_RELOADING,
        ACTIVE_DEACTIVATING,
        ACTIVE_FAILED,
        ACTIVE_STATE_COUNT_
};
const char *active_state_name(enum active_state state);
static inline bool is_active(enum active_state s) {
        return s == ACTIVE_ACTIVE || s == ACTIVE_RELOADING;
}
static inline bool is_inactive(enum active_state s) {
        return s == ACTIVE_INACTIVE || s == ACTIVE_FAILED;
}

/* Results, systemd's words. */
enum result {
        RESULT_SUCCESS,
        RESULT_RESOURCES,
        RESULT_PROTOCOL,
        RESULT_TIMEOUT,
        RESULT_EXIT_CODE,
        RESULT_SIGNAL,
        RESULT_CORE_DUMP,
        RESULT_WATCHDOG,
        RESULT_START_LIMIT_HIT,
        RESULT_OOM_KILL,
        RESULT_EXEC_CONDITION,
        RESULT_COUNT_
};
const char *result_name(enum result r);

struct object;
struct node; /* job/graph.h */

enum cgroup_watch { WATCH_EMPTY, WATCH_OOM, CGROUP_WATCH_COUNT_ };

/* What the objects need of the world, and what they tell it. One per manager. */
struct host {
        sd_event *event;
        struct keeper *keeper; /* NULL in tests */
        struct cgroup_root cgroups;
        const struct unit_context *context;
        const char *runtime_directory; /* /run/keel */
        const char *notify_path;
        char **environment; /* passed to every service */
        struct rlimit original_nofile;
        bool is_shutting_down;
        bool is_strict; /* what cannot be had here is a reason not to start */

        /* The write end of this unit's log pipe, borrowed, or -1: inherit. */
        int (*log_fd)(struct host *host, struct object *o, uid_t uid);
        /* Every process of this life of the unit has ended; not is_empty: but for those that KillMode= leaves. */
        void (*life_ended)(struct host *host, struct object *o, bool is_empty);
        /* An object's active state or sub state changed. */
        void (*changed)(struct host *host, struct object *o, enum active_state before, enum active_state now);
        /* A reload ended. */
        void (*reloaded)(struct host *host, struct object *o, enum result result);
        /* Restart= asks for a restart job. */
        void (*wants_restart)(struct host *host, struct object *o);
        bool (*has_stop_job)(struct host *host, const struct object *o);
        bool (*has_start_job)(struct host *host, const struct object *o);
        bool (*has_restart_job)(struct host *host, const struct object *o); /* whose stop is under way */
        /* Exits of this pid go to o from now on (NULL: to nobody). 0 or -ENOMEM. */
        int (*watch_pid)(struct host *host, pid_t pid, struct object *o);
        /* What happens to o's cgroup is told by cgroup_empty() or oom_killed() from now on. 0 or -errno; nothing to do is 0. */
        int (*watch_cgroup)(struct host *host, struct object *o, enum cgroup_watch what);
        void (*unwatch_cgroup)(struct host *host, struct object *o); /* in both respects */
        /* FailureAction= and its siblings. */
        void (*emergency)(struct host *host, struct object *o, enum emergency_action action, int exit_status, const char *why);
        /* Saves what of the object is saved (record.h): it outlives us from here on. */
        void (*save)(struct host *host, struct object *o);
        /* Where the kernel may store the pid of this object's next process, in the saved record; NULL: nowhere. */
        int32_t *(*pid_slot)(struct host *host, struct object *o);
        void *user;
};

struct object_ops {
        size_t size;
        int (*init)(struct object *o); /* after loading */
        void (*done)(struct object *o);
        /* Jobs. 0: under way or done (the active state tells), -EALREADY nothing to do, -EAGAIN not now: ask again when the
         * state changes, -EOPNOTSUPP not for this type, other: failed. */
        int (*start)(struct object *o);
        int (*stop)(struct object *o);
        int (*reload)(struct object *o);
        bool (*can_reload)(const struct object *o);
        enum active_state (*active_state)(const struct object *o);
        const char *(*sub_state)(const struct object *o);
        enum result (*result)(const struct object *o); /* may be NULL: success */
        void (*reset_failed)(struct object *o);
        /* keelctl kill; whom: "main", "control", "all". */
        int (*kill)(struct object *o, const char *whom, int signal);
        void (*pid_ended)(struct object *o, const struct keeper_exit *exit);
        void (*cgroup_empty)(struct object *o);
        void (*oom_killed)(struct object *o); /* memory.events has changed: has the kernel killed one for want of memory? */
        void (*look_for_lost)(struct object *o); /* exits were lost: has a process gone whose exit is not told? */
        void (*job_ended)(struct object *o); /* whatever came of it: it has none now */
        void (*start_failed)(struct object *o, enum result result); /* before ops->start was called: start limit */

        /* What is saved beside the object's own rows. */
        const struct record_row *rows;
        size_t row_count;
        /* A predecessor's record was read into it: takes its processes, fds and cgroup over. Tells nobody, starts nothing. spawned:
         * the pid that the kernel stored last, 0 for none. */
        void (*restore)(struct object *o, pid_t spawned);
        /* Once all are restored: goes on where the predecessor stopped. */
        void (*resume)(struct object *o);
        /* There is no record, but its cgroup is populated: takes it for running. 0 or -errno. */
        int (*adopt)(struct object *o);
};

struct object_time { /* 0: never */
        uint64_t realtime_us, monotonic_us;
};

struct object { /* in an order without gaps: there are thousands */
        struct unit *unit; /* owned */
        const struct object_ops *ops;
        struct host *host;
        struct node *node; /* of the layer above */
        struct object_time state_change, inactive_exit, active_enter, active_exit, inactive_enter, condition_at;
        const struct condition *failed_condition; /* of unit, or NULL */
        /* start limit */
        uint64_t start_window_us;
        unsigned start_count;
        enum active_state shown; /* what host->changed was told last */
        enum active_state told;  /* the same, once it has done what follows from that */
        int cgroup_watches[CGROUP_WATCH_COUNT_]; /* of the host; -1: none */
        struct record_place record;
        struct tracker tracker;
        char invocation_id[33];
        bool condition_result; /* of the last start */
        bool is_saved_soon;      /* by its type, before anything else happens: a change need not save it, too */
        bool is_history_known;   /* how its last start ended is known: what is left in its cgroup is no riddle */
};

/* Takes the unit over (also on failure). NULL only when out of memory. */
struct object *object_new(struct host *host, struct unit *unit);
void object_free(struct object *o);
/* daemon-reload: the old unit is freed. */
void object_replace_unit(struct object *o, struct unit *unit);

enum active_state object_active_state(const struct object *o);
const char *object_sub_state(const struct object *o);
enum result object_result(const struct object *o);
static inline const char *object_name(const struct object *o) {
        return o->unit->name;
}

/* Types call it after every change of their state: keeps the times, tells the host. */
void object_changed(struct object *o);

/* Start with everything that precedes it for every type: start limit, conditions, assertions. -ESTALE start limit hit, -ECOMM
 * condition not met, -EPROTO assertion failed, -ENOENT not loaded, else as ops->start. */
int object_start(struct object *o);
static inline void object_save(struct object *o) {
        if (o->host->save)
                o->host->save(o->host, o);
}
extern const struct record_row object_rows[];
extern const size_t object_row_count;
/* The numbers of a type's own rows begin here, those of jobs there (record.h). */
#define RECORD_BASE_TYPE 16u
#define RECORD_BASE_JOB  64u
/* Draws a new invocation id. */
void object_new_invocation(struct object *o);
/* Opens the unit's cgroup or mark, once per life. 0 or -errno. */
int object_open_tracker(struct object *o);
/* Says which directives cannot be had here, each with its line. How many. */
unsigned object_report_unavailable(const struct object *o);
/* "system.slice/web.service"; newly allocated, NULL when out of memory. */
char *object_cgroup_path(const struct object *o);

extern const struct object_ops service_ops, target_ops, slice_ops, foreign_ops;
