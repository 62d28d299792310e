/* SPDX-License-Identifier: MIT */
/* job: running them. A job waits until nothing that is ordered before it has a job, then asks its unit's object, then ends
 * with what the unit's states say.
 */
#include "job-private.h"

#include "base/log.h"

#include <errno.h>

static const char *const type_names[JOB_TYPE_COUNT_] = {
        [JOB_START] = "start",
        [JOB_VERIFY_ACTIVE] = "verify-active",
        [JOB_STOP] = "stop",
        [JOB_RELOAD] = "reload",
        [JOB_RESTART] = "restart",
        [JOB_RELOAD_OR_START] = "reload-or-start",
        [JOB_TRY_RESTART] = "try-restart",
        [JOB_TRY_RELOAD] = "try-reload",
        [JOB_RELOAD_OR_RESTART] = "reload-or-restart",
        [JOB_NOP] = "nop",
};
static const char *const state_names[JOB_STATE_COUNT_] = { [JOB_WAITING] = "waiting", [JOB_RUNNING] = "running" };
static const char *const result_names[JOB_RESULT_COUNT_] = {
        [JOB_DONE] = "done",       [JOB_CANCELED] = "canceled",     [JOB_TIMEOUT] = "timeout",
        [JOB_FAILED] = "failed",   [JOB_DEPENDENCY] = "dependency", [JOB_SKIPPED] = "skipped",
        [JOB_INVALID] = "invalid", [JOB_ASSERT] = "assert",         [JOB_UNSUPPORTED] = "unsupported",
};

const char *job_type_name(enum job_type type) {
        return table_name(type_names, ARRAY_LEN(type_names), (int)type);
}
const char *job_state_name(enum job_state state) {
        return table_name(state_names, ARRAY_LEN(state_names), (int)state);
}
const char *job_result_name(enum job_result result) {
        return table_name(result_names, ARRAY_LEN(result_names), (int)result);
}

int job_type_merge(enum job_type a, enum job_type b) {
        enum { NO = JOB_IMPOSSIBLE };
        /* Only the types that are ever installed. */
        static const signed char merged[5][5] = {
                /*                 start                verify             stop      reload               restart */
                [JOB_START] = { JOB_START, JOB_START, NO, JOB_RELOAD_OR_START, JOB_RESTART },
                [JOB_VERIFY_ACTIVE] = { JOB_START, JOB_VERIFY_ACTIVE, NO, JOB_RELOAD, JOB_RESTART },
                [JOB_STOP] = { NO, NO, JOB_STOP, NO, NO },
                [JOB_RELOAD] = { JOB_RELOAD_OR_START, JOB_RELOAD, NO, JOB_RELOAD, JOB_RESTART },
                [JOB_RESTART] = { JOB_RESTART, JOB_RESTART, NO, JOB_RESTART, JOB_RESTART },
        };
        if (a == JOB_NOP || b == JOB_NOP)
                return (int)(a == JOB_NOP ? b : a);
        if (a == b)
                return (int)a;
        return a <= JOB_RESTART && b <= JOB_RESTART ? merged[a][b] : JOB_IMPOSSIBLE;
}

enum job_type job_type_collapse(enum job_type type, const struct object *o) {
        enum active_state state = object_active_state(o);
        bool is_down = is_inactive(state) || state == ACTIVE_DEACTIVATING;
        switch ((int)type) {
        case JOB_TRY_RESTART:
                return is_down ? JOB_NOP : JOB_RESTART;
        case JOB_TRY_RELOAD:
                return is_down ? JOB_NOP : JOB_RELOAD;
        case JOB_RELOAD_OR_START:
                return is_down ? JOB_START : JOB_RELOAD;
        case JOB_RELOAD_OR_RESTART:
                return !is_down && o->ops->can_reload && o->ops->can_reload(o) ? JOB_RELOAD : JOB_RESTART;
        default:
                return type;
        }
}

bool job_type_is_redundant(enum job_type type, enum active_state state) {
        switch ((int)type) {
        case JOB_START:
        case JOB_VERIFY_ACTIVE:
                return is_active(state);
        case JOB_STOP:
                return is_inactive(state);
        case JOB_NOP:
                return true;
        default:
                return false;
        }
}

int job_compare(enum job_type a, enum job_type b) {
        if (a == JOB_NOP || b == JOB_NOP)
                return 0;
        /* Stopping goes first, whatever the order says: it gives way to what starts. */
        return b == JOB_STOP || b == JOB_RESTART ? 1 : -1;
}

/* ---- the queue ---- */

static void run_job(struct jobs *js, struct job *j);
static void end_job(struct jobs *js, struct job *j, enum job_result result, bool tell_dependents);

void jobs_run(struct jobs *js) {
        while (js->run_queue) {
                struct job *j = js->run_queue;
                js->run_queue = j->next_queued;
                if (!js->run_queue)
                        js->run_queue_last = NULL;
                j->next_queued = NULL;
                j->is_queued = false;
                if (j->state == JOB_WAITING)
                        run_job(js, j);
        }
        (void)sd_event_source_set_enabled(js->defer, SD_EVENT_OFF);
}

static int on_defer(sd_event_source *source UNUSED, void *user) {
        jobs_run(user);
        return 0;
}

static void enqueue(struct jobs *js, struct job *j) {
        if (!j || j->is_queued || j->state != JOB_WAITING)
                return;
        j->is_queued = true;
        if (js->run_queue_last)
                js->run_queue_last->next_queued = j;
        else
                js->run_queue = j;
        js->run_queue_last = j;
        (void)sd_event_source_set_enabled(js->defer, SD_EVENT_ONESHOT);
}

static void unqueue(struct jobs *js, struct job *j) {
        struct job *before = NULL;
        for (struct job *at = js->run_queue; j->is_queued && at; before = at, at = at->next_queued) {
                if (at != j)
                        continue;
                *(before ? &before->next_queued : &js->run_queue) = j->next_queued;
                if (js->run_queue_last == j)
                        js->run_queue_last = before;
                j->is_queued = false;
        }
}

int jobs_init(struct jobs *js, struct graph *graph, struct host *host) {
        *js = (struct jobs){ .graph = graph, .host = host };
        int r = sd_event_add_defer(host->event, &js->defer, on_defer, js);
        if (r < 0)
                return r;
        /* After exits and messages, before clients' requests: states first, then what follows from them. */
        (void)sd_event_source_set_priority(js->defer, SD_EVENT_PRIORITY_NORMAL - 10);
        return sd_event_source_set_enabled(js->defer, SD_EVENT_OFF);
}

static void job_free(struct jobs *js, struct job *j) {
        unqueue(js, j);
        j->timer = sd_event_source_disable_unref(j->timer);
        HASH_DEL(js->by_id, j);
        if (j->node->job == j)
                j->node->job = NULL;
        free(j);
}

void jobs_done(struct jobs *js) {
        struct job *j, *next;
        HASH_ITER(hh, js->by_id, j, next)
                job_free(js, j);
        js->defer = sd_event_source_disable_unref(js->defer);
}

struct job *jobs_find(const struct jobs *js, uint32_t id) {
        struct job *j;
        HASH_FIND(hh, js->by_id, &id, sizeof id, j);
        return j;
}

static int on_job_timeout(sd_event_source *source UNUSED, uint64_t now UNUSED, void *user) {
        struct job *j = user;
        struct jobs *js = j->jobs;
        struct object *o = j->node->object;
        enum emergency_action action = o->unit->unit->job_timeout_action;
        log_unit(LOG_LEVEL_WARNING, j->node->name, "job %s timed out", job_type_name(j->type));
        uint32_t id = j->id;
        /* First: it is not lost when we are killed in between. It may end the job itself. */
        if (action != EMERGENCY_NONE && js->host->emergency)
                js->host->emergency(js->host, o, action, UNSET, "job timed out");
        if (jobs_find(js, id) == j)
                end_job(js, j, JOB_TIMEOUT, true);
        return 0;
}

/* In so long it is over; a deadline that comes sooner stays. */
static void set_timeout(struct job *j, uint64_t after_us) {
        uint64_t deadline_us, at_us = time_add(clock_monotonic_us(), after_us);
        if (after_us == TIME_NEVER || after_us == 0)
                return;
        if (!j->timer)
                (void)sd_event_add_time(j->jobs->host->event, &j->timer, CLOCK_MONOTONIC, at_us, US_PER_MS,
                                        on_job_timeout, j);
        else if (sd_event_source_get_time(j->timer, &deadline_us) >= 0 && at_us < deadline_us)
                (void)sd_event_source_set_time(j->timer, at_us);
}

/* NOLINTNEXTLINE(readability-function-size): uthash's macros are many statements */
static struct job *job_new(struct jobs *js, uint32_t id, enum job_type type, struct node *node) {
        struct job *j = calloc(1, sizeof *j);
        if (!j)
                return NULL;
        j->id = id;
        j->type = type;
        j->node = node;
        j->jobs = js;
        j->begin_us = clock_monotonic_us();
        j->transaction = js->transaction;
        HASH_ADD(hh, js->by_id, id, sizeof j->id, j);
        node->job = j;
        set_timeout(j, node->object->unit->unit->job_timeout_us);
        if (js->added)
                js->added(js->user, j);
        return j;
}

/* ---- saved jobs ---- */

#define ROW(number, kind, field, most) RECORD_ROW(number, kind, struct job, field, most)
const struct record_row job_rows[] = {
        ROW(1, U32, id, UINT32_MAX),
        ROW(2, U32, type, JOB_TYPE_COUNT_ - 1),
        ROW(3, U32, state, JOB_STATE_COUNT_ - 1),
        ROW(4, BOOL, is_irreversible, 1),
        ROW(5, BOOL, ignores_order, 1),
        ROW(6, BOOL, is_second_half, 1),
        ROW(7, U64, begin_us, 0),
        ROW(8, BOOL, has_result, 1),
        ROW(9, U32, result, JOB_RESULT_COUNT_ - 1),
        ROW(10, U32, transaction, UINT32_MAX),
        ROW(11, U64, running_since_us, 0),
};
#undef ROW
const size_t job_row_count = ARRAY_LEN(job_rows);

static void save(struct jobs *js, struct node *n) {
        if (js->changed)
                js->changed(js->user, n);
}

/* Was it carried out already, as far as the unit's state tells? Then it is not done again, but waited for. */
static bool is_under_way(const struct job *j) {
        const struct object *o = j->node->object;
        enum active_state now = object_active_state(o);
        /* A change that nobody was told of yet ends it. A unit that is at rest has not heard of it. */
        return o->told != now || (now != ACTIVE_ACTIVE && !is_inactive(now));
}

/* The time-out began then, when a predecessor was there. */
static void set_timeout_since(struct job *j, uint64_t since_us, uint64_t timeout_us) {
        uint64_t now_us = clock_monotonic_us(), gone_us = now_us > since_us ? now_us - since_us : 0;
        if (timeout_us == TIME_NEVER || timeout_us == 0)
                return;
        set_timeout(j, timeout_us > gone_us ? timeout_us - gone_us : 1);
}

int jobs_restore(struct jobs *js, const struct job *saved, struct node *node) {
        if (jobs_find(js, saved->id))
                return -EEXIST;
        struct job *j = job_new(js, saved->id, saved->type, node);
        if (!j)
                return -ENOMEM;
        js->last_id = MAX(js->last_id, saved->id);
        j->state = saved->state;
        j->is_irreversible = saved->is_irreversible;
        j->ignores_order = saved->ignores_order;
        j->is_second_half = saved->is_second_half;
        j->has_result = saved->has_result;
        j->result = saved->result;
        if (j->state == JOB_RUNNING && !j->has_result && !is_under_way(j))
                j->state = JOB_WAITING;
        j->transaction = saved->transaction;
        j->begin_us = MIN(saved->begin_us, j->begin_us);
        set_timeout_since(j, j->begin_us, node->object->unit->unit->job_timeout_us);
        j->running_since_us = j->state == JOB_RUNNING ? saved->running_since_us : 0;
        if (j->running_since_us > 0)
                set_timeout_since(j, j->running_since_us, node->object->unit->unit->job_running_timeout_us);
        return 0;
}

void jobs_resume(struct jobs *js) {
        struct job *j, *next;
        /* Ending one may end others. */
        for (j = js->by_id; j;) {
                if (!j->has_result) {
                        j = j->hh.next;
                        continue;
                }
                end_job(js, j, j->result, true);
                j = js->by_id;
        }
        HASH_ITER(hh, js->by_id, j, next)
                enqueue(js, j);
}

int job_install(struct jobs *js, struct node *node, enum job_type type, bool is_irreversible, bool ignores_order,
                struct job **ret) {
        struct job *there = node->job;
        if (there) {
                int merged = job_type_merge(there->type, type);
                if (merged == JOB_IMPOSSIBLE)
                        end_job(js, there, JOB_CANCELED, false);
                else if (there->state == JOB_WAITING || (enum job_type)merged == there->type) {
                        there->type = job_type_collapse((enum job_type)merged, node->object);
                        there->is_irreversible |= is_irreversible;
                        there->ignores_order |= ignores_order;
                        enqueue(js, there);
                        save(js, node);
                        *ret = there;
                        return 0;
                } else {
                        there->type = job_type_collapse((enum job_type)merged, node->object);
                        there->state = JOB_WAITING;
                        enqueue(js, there);
                        save(js, node);
                        *ret = there;
                        return 0;
                }
        }
        struct job *j = job_new(js, ++js->last_id, type, node);
        if (!j)
                return -ENOMEM;
        j->is_irreversible = is_irreversible;
        j->ignores_order = ignores_order;
        enqueue(js, j);
        save(js, node);
        *ret = j;
        return 0;
}

/* ---- running ---- */

static bool is_runnable(struct job *j) {
        if (j->ignores_order || j->type == JOB_NOP)
                return true;
        NODE_EACH(other, j->node, RELATION_BIT(AFTER))
                if (other->job && -job_compare(other->job->type, j->type) > 0)
                        return false;
        NODE_EACH(other, j->node, RELATION_BIT(BEFORE))
                if (other->job && job_compare(j->type, other->job->type) > 0)
                        return false;
        return true;
}

/* BindsTo= with After=, and Requisite=: what must be active now, is it? */
static bool are_bindings_up(struct node *n) {
        NODE_EACH(other, n, RELATION_BIT(BINDS_TO))
                if (graph_related(n, other, RELATION_BIT(AFTER)) && !is_active(object_active_state(other->object)))
                        return false;
        return true;
}

static int perform(struct job *j) {
        struct object *o = j->node->object;
        switch ((int)j->type) {
        case JOB_START:
                return are_bindings_up(j->node) ? object_start(o) : -EPROTONOSUPPORT;
        case JOB_STOP:
        case JOB_RESTART:
                return o->ops->stop(o);
        case JOB_RELOAD: {
                enum active_state state = object_active_state(o);
                if (state == ACTIVE_RELOADING)
                        return -EAGAIN;
                if (state != ACTIVE_ACTIVE)
                        return -ENOEXEC;
                return o->ops->reload ? o->ops->reload(o) : -EOPNOTSUPP;
        }
        case JOB_VERIFY_ACTIVE: {
                enum active_state state = object_active_state(o);
                return is_active(state) ? -EALREADY : state == ACTIVE_ACTIVATING ? -EAGAIN : -EBADR;
        }
        default:
                return -EALREADY;
        }
}

static enum job_result result_of_refusal(int r) {
        static const struct {
                int error;
                enum job_result result;
        } rows[] = {
                { -EALREADY, JOB_DONE },
                { -ECOMM, JOB_DONE },
                { -EBADR, JOB_SKIPPED },
                { -ENOEXEC, JOB_INVALID },
                { -EPROTO, JOB_ASSERT },
                { -EOPNOTSUPP, JOB_UNSUPPORTED },
                { -EPROTONOSUPPORT, JOB_DEPENDENCY },
                { -ENOENT, JOB_FAILED },
        };
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (rows[i].error == r)
                        return rows[i].result;
        return JOB_FAILED;
}

static void wake_neighbours(struct jobs *js, struct node *n) {
        NODE_EACH(other, n, RELATION_BIT(AFTER) | RELATION_BIT(BEFORE))
                enqueue(js, other->job);
}

/* The first half of a restart is done: those that waited for the stop may go on. */
static void become_start(struct jobs *js, struct job *j) {
        j->type = JOB_START;
        j->state = JOB_WAITING;
        j->is_second_half = true;
        enqueue(js, j);
        save(js, j->node);
        wake_neighbours(js, j->node);
}

/* After the unit said that it is where the job wanted it (or that it never will be). */
static void settle(struct jobs *js, struct job *j) {
        enum active_state state = object_active_state(j->node->object);
        switch ((int)j->type) {
        case JOB_START:
        case JOB_VERIFY_ACTIVE:
                if (is_active(state))
                        end_job(js, j, JOB_DONE, true);
                else if (state == ACTIVE_FAILED)
                        end_job(js, j, JOB_FAILED, true);
                else if (state == ACTIVE_INACTIVE)
                        end_job(js, j, object_result(j->node->object) == RESULT_SUCCESS ? JOB_DONE : JOB_SKIPPED, true);
                break;
        case JOB_STOP:
                if (is_inactive(state))
                        end_job(js, j, JOB_DONE, true);
                break;
        case JOB_RESTART:
                if (!is_inactive(state))
                        break;
                become_start(js, j);
                break;
        case JOB_RELOAD: /* it ended in the midst of it */
                if (is_inactive(state))
                        end_job(js, j, JOB_FAILED, true);
                break;
        default:
                break;
        }
}

static void run_job(struct jobs *js, struct job *j) {
        if (!is_runnable(j))
                return;
        uint32_t id = j->id;
        j->state = JOB_RUNNING;
        j->running_since_us = clock_monotonic_us();
        set_timeout(j, j->node->object->unit->unit->job_running_timeout_us);
        int r = perform(j);
        /* The object may have ended it already. */
        if (jobs_find(js, id) != j || j->state != JOB_RUNNING)
                return;
        if (r == -EAGAIN)
                j->state = JOB_WAITING;
        else if (r == -EALREADY && j->type == JOB_RESTART) {
                become_start(js, j);
        } else if (r < 0)
                end_job(js, j, result_of_refusal(r), true);
        else if (j->type != JOB_RELOAD)
                settle(js, j);
}

/* A start that failed takes those with it that require it. */
#define REQUIRING (RELATION_BIT(REQUIRED_BY) | RELATION_BIT(REQUISITE_OF) | RELATION_BIT(BOUND_BY))
static void fail_dependents(struct jobs *js, struct node *n, uint32_t relations) {
        NODE_EACH(other, n, relations) {
                struct job *j = other->job;
                if (!j || j->has_result ||
                    (j->type != JOB_START && j->type != JOB_VERIFY_ACTIVE && !(j->type == JOB_RESTART)))
                        continue;
                if (j->state == JOB_RUNNING && !graph_related(other, n, RELATION_BIT(AFTER)))
                        continue; /* it is up already, or on its own way */
                log_unit(LOG_LEVEL_WARNING, other->name, "not started: %s, which it requires, failed", n->name);
                end_job(js, j, JOB_DEPENDENCY, true);
        }
}

static void end_job(struct jobs *js, struct job *j, enum job_result result, bool tell_dependents) {
        struct node *n = j->node;
        enum job_type type = j->type;
        j->state = JOB_RUNNING; /* it is not run again while listeners hear of it */
        /* Saved until all have been told: who comes after us tells them again. */
        j->has_result = true;
        j->result = result;
        save(js, n);
        n->job = NULL;
        if (js->ended)
                js->ended(js->user, j, result);
        n->job = j;
        bool is_failure = result != JOB_DONE && result != JOB_CANCELED;
        if (tell_dependents && is_failure && result != JOB_SKIPPED &&
            (type == JOB_START || type == JOB_VERIFY_ACTIVE || type == JOB_RESTART))
                fail_dependents(js, n, REQUIRING);
        if (tell_dependents && result == JOB_SKIPPED && type == JOB_VERIFY_ACTIVE)
                fail_dependents(js, n, REQUIRING);
        /* Requisite= wants it active: that it was started and is over already does not do. */
        if (tell_dependents && result == JOB_DONE && type == JOB_START && is_inactive(object_active_state(n->object)))
                fail_dependents(js, n, RELATION_BIT(REQUISITE_OF));
        job_free(js, j);
        save(js, n);
        /* Those that waited for it. */
        wake_neighbours(js, n);
        enqueue(js, n->job);
        if (jobs_count(js) == 0 && js->idle)
                js->idle(js->user);
}

void job_finish(struct jobs *js, struct job *j, enum job_result result) {
        if (!j->has_result)
                end_job(js, j, result, true);
}

/* Is this state on the way of a running job of that type? */
static bool is_on_the_way(enum job_type type, enum active_state now) {
        switch ((int)type) {
        case JOB_START:
        case JOB_VERIFY_ACTIVE:
                return is_active(now) || now == ACTIVE_ACTIVATING;
        case JOB_STOP:
        case JOB_RESTART:
                return is_inactive(now) || now == ACTIVE_DEACTIVATING;
        case JOB_RELOAD:
                return is_active(now) || now == ACTIVE_ACTIVATING;
        default:
                return true;
        }
}

bool jobs_unit_changed(struct jobs *js, struct node *node, enum active_state before, enum active_state now) {
        struct job *j = node->job;
        if (!j)
                return false;
        if (j->state == JOB_WAITING) {
                /* What could not be done in that state may be possible in this one. */
                if (before != now)
                        enqueue(js, j);
                return true;
        }
        bool was_asked_for = is_on_the_way(j->type, now);
        if (!j->has_result)
                settle(js, j);
        return was_asked_for;
}

void jobs_unit_reloaded(struct jobs *js, struct node *node, enum result result) {
        struct job *j = node->job;
        if (j && j->type == JOB_RELOAD && j->state == JOB_RUNNING && !j->has_result)
                end_job(js, j, result == RESULT_SUCCESS ? JOB_DONE : JOB_FAILED, true);
}
