/* SPDX-License-Identifier: MIT */
/* job: a request to bring a unit into a state, at most one per unit, ordered by After=/Before=. transaction.c makes them in
 * consistent sets; job.c runs them. Types, merging and results are systemd's.
 */
#pragma once

#include "graph.h"

enum job_type {
        JOB_START,
        JOB_VERIFY_ACTIVE,
        JOB_STOP,
        JOB_RELOAD,
        JOB_RESTART,
        JOB_RELOAD_OR_START,   /* collapses when it is installed: start or reload */
        JOB_TRY_RESTART,       /* collapses: restart or nop */
        JOB_TRY_RELOAD,        /* collapses: reload or nop */
        JOB_RELOAD_OR_RESTART, /* collapses: reload when the unit can, else restart */
        JOB_NOP,
        JOB_TYPE_COUNT_
};
const char *job_type_name(enum job_type type);

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_STATE_COUNT_ };
const char *job_state_name(enum job_state state);

enum job_result {
        JOB_DONE,
        JOB_CANCELED,
        JOB_TIMEOUT,
        JOB_FAILED,
        JOB_DEPENDENCY,
        JOB_SKIPPED,
        JOB_INVALID,
        JOB_ASSERT,
        JOB_UNSUPPORTED,
        JOB_RESULT_COUNT_
};
const char *job_result_name(enum job_result result);

struct job {
        uint32_t id;
        enum job_type type;
        enum job_state state;
        struct node *node;
        struct jobs *jobs;
        bool is_irreversible, ignores_order, is_queued;
        bool is_second_half;    /* the start of what was a restart */
        uint32_t transaction;   /* that brought it: the number of that one's first job */
        uint64_t running_since_us; /* CLOCK_MONOTONIC: when it was carried out; 0: not yet */
        bool has_result;        /* it has ended, and those are being told who depend on that */
        enum job_result result;
        uint64_t begin_us;      /* CLOCK_MONOTONIC: when it was installed */
        sd_event_source *timer; /* JobTimeoutSec=, JobRunningTimeoutSec=: the sooner one */
        struct job *next_queued;
        void *bus;              /* of the api */
        UT_hash_handle hh;      /* by id */
};

struct jobs {
        struct graph *graph;
        struct host *host;
        uint32_t last_id;
        struct job *by_id; /* hash of the installed */
        struct job *run_queue, *run_queue_last;
        sd_event_source *defer;
        /* Told of new jobs, and of ends (before the job is freed); idle: no job is left. */
        void (*added)(void *user, struct job *j);
        void (*ended)(void *user, struct job *j, enum job_result result);
        uint32_t transaction; /* that is being installed */
        void (*committed)(void *user, uint32_t transaction); /* all jobs of it are installed */
        /* What is saved of this node's job has changed; it may have none any more. */
        void (*changed)(void *user, struct node *n);
        void (*idle)(void *user);
        void *user;
};

int jobs_init(struct jobs *js, struct graph *graph, struct host *host);
void jobs_done(struct jobs *js);
static inline size_t jobs_count(const struct jobs *js) {
        return HASH_COUNT(js->by_id);
}

/* Why a transaction did not come about: a sentence that names units and edges. */
struct job_error {
        char text[512];
        const char *bus_name; /* org.freedesktop.systemd1.*, static */
};

/* Enqueues a job with everything it pulls in. 0 and *ret (borrowed: valid until its end; NULL when there was nothing to do), or
 * -errno with *error: -ENOENT not found, -ESHUTDOWN masked, -ENOEXEC bad setting, -EDEADLK ordering cycle that cannot be broken,
 * -EEXIST conflicts with a job that may not be replaced, -EOPNOTSUPP. */
int jobs_add(struct jobs *js, enum job_type type, struct node *node, enum job_mode mode, struct job **ret,
             struct job_error *error);

/* Runs what can run now, as the event loop would in its next turn. */
void jobs_run(struct jobs *js);
/* Ends a job from outside: cancel. */
void job_finish(struct jobs *js, struct job *j, enum job_result result);
struct job *jobs_find(const struct jobs *js, uint32_t id);
/* What of a job is saved (service/record.h). */
extern const struct record_row job_rows[];
extern const size_t job_row_count;
/* Installs a predecessor's job as it was saved, without a transaction. 0, -EEXIST (there is a job of this number) or
 * -ENOMEM. */
int jobs_restore(struct jobs *js, const struct job *saved, struct node *node);
/* Once all are there: ends those whose end was being told, runs the others on. */
void jobs_resume(struct jobs *js);

/* The host's facts, passed on by the manager: a unit's active state changed; a reload ended. The first answers whether the unit's
 * job asked for that change. */
bool jobs_unit_changed(struct jobs *js, struct node *node, enum active_state before, enum active_state now);
void jobs_unit_reloaded(struct jobs *js, struct node *node, enum result result);
