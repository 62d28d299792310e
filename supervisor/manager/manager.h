/* SPDX-License-Identifier: MIT */
/* manager: the event loop, the set of units, reload and shutdown: what binds the layers below into one supervisor. The api
 * layer calls it; it never calls the api but through the listener.
 */
#pragma once

#include "job/job.h"
#include "process/notify.h"

struct manager_options {
        char **unit_directories; /* --units, first wins; NULL: the search path of the mode */
        const char *unit_target; /* --unit-target; NULL: default.target */
        const char *main_unit;   /* --main; NULL: none */
        bool is_system;          /* read the distribution's directories too */
        bool is_distrusting, is_rescue;
        bool strict;             /* refuse to start units with `unavailable` directives */
        char **logger_arguments; /* passed on to keel-logger */
};

struct listener {
        void (*unit_new)(void *user, struct node *node);
        void (*unit_removed)(void *user, struct node *node);
        void (*unit_changed)(void *user, struct node *node);
        void (*job_new)(void *user, struct job *job);
        void (*job_removed)(void *user, struct job *job, enum job_result result); /* before it is freed */
        void (*reloading)(void *user, bool active);
        void (*init_answered)(void *user, const char *why); /* to manager_reexec_init(); NULL: done, else why not */
        void *user;
};

enum manager_state { MANAGER_STARTING, MANAGER_RUNNING, MANAGER_DEGRADED, MANAGER_STOPPING };

struct manager;

int manager_new(const struct manager_options *options, struct keeper *keeper, struct manager **ret);
void manager_free(struct manager *m);
/* Starts the target and runs until the end. Returns the process's exit status. */
int manager_run(struct manager *m);

void manager_set_listener(struct manager *m, const struct listener *listener);
sd_event *manager_event(struct manager *m);
struct graph *manager_graph(struct manager *m);
struct jobs *manager_jobs(struct manager *m);
struct host *manager_host(struct manager *m);
struct keeper *manager_keeper(struct manager *m);
const struct unit_context *manager_context(struct manager *m);
const char *manager_runtime_directory(struct manager *m); /* /run/keel */
int manager_log_directory(struct manager *m);             /* borrowed fd for log_tail(), or -1 */
enum manager_state manager_state(const struct manager *m);
uint64_t manager_start_us(const struct manager *m); /* CLOCK_REALTIME */

/* The node of this name, loaded now when it is not known yet. Also gives nodes that are not found or masked (load_state
 * tells). -EINVAL: not a unit name. */
int manager_load_unit(struct manager *m, const char *name, struct node **ret);
/* By pid of one of its processes; NULL. */
struct node *manager_unit_by_pid(struct manager *m, pid_t pid);

/* daemon-reload: every unit's files are read again; running units keep running. */
int manager_reload(struct manager *m);
void manager_reset_failed(struct manager *m); /* all */

enum manager_end_how { MANAGER_END_EXIT, MANAGER_END_POWEROFF, MANAGER_END_REBOOT, MANAGER_END_HALT, MANAGER_END_KEXEC };
/* Begins the end in order; code is the exit status for exit. With force: at once. */
int manager_end(struct manager *m, enum manager_end_how how, int code, bool force, const char *why);
/* Replaces the supervisor by a fresh one over the same services. */
int manager_reexec(struct manager *m);
/* Has PID 1 replace itself; the listener hears what came of it. */
int manager_reexec_init(struct manager *m);

/* How a job ended that is no longer there; a predecessor's, too. By its number, or (id 0) the latest of this unit that was
 * installed at begin_us (CLOCK_MONOTONIC) or later, and was a stop or was none. 0 or -ENOENT. */
struct job_query {
        uint32_t id;
        const char *unit;
        uint64_t begin_us;
        bool is_stop;
};
int manager_find_ended_job(struct manager *m, const struct job_query *q, uint32_t *ret_id, enum job_result *ret_result);

/* Environment of all services: set-environment, unset-environment. */
int manager_set_environment(struct manager *m, char *const *assignments);
int manager_unset_environment(struct manager *m, char *const *names);
