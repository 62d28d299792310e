/* SPDX-License-Identifier: MIT */
/* manager-follow: what the other units make of it that a unit changed its state, beyond the jobs of a transaction
 * (systemd.unit(5)): what it needed when it came up by itself, who goes with it, who is started at its end, whom nobody
 * needs any more.
 *
 * Two kinds. Events: at a change that no job asked for, Requires= and its siblings are made good at once. Conditions: whether a
 * unit is unneeded, bound to what is gone, or to be held up, is looked at a moment later, when the states have settled: a
 * unit that is being restarted is not gone.
 */
#include "manager-private.h"

#include "base/log.h"
#include "service/service.h"

enum check {
        CHECK_UNNEEDED = 1 << 0, /* StopWhenUnneeded= */
        CHECK_BOUND = 1 << 1, /* BindsTo= */
        CHECK_UPHELD = 1 << 2, /* Upholds= */
};

/* Two units that undo each other must not keep us busy. */
#define CHECK_WINDOW_US (10 * US_PER_SEC)
#define CHECK_BURST     16u

#define NEEDED_BY \
        (RELATION_BIT(REQUIRED_BY) | RELATION_BIT(REQUISITE_OF) | RELATION_BIT(WANTED_BY) | RELATION_BIT(BOUND_BY) | \
         RELATION_BIT(UPHELD_BY))
#define NEEDS \
        (RELATION_BIT(REQUIRES) | RELATION_BIT(REQUISITE) | RELATION_BIT(WANTS) | RELATION_BIT(BINDS_TO) | \
         RELATION_BIT(UPHOLDS))

static enum active_state state_of(const struct node *n) {
        return object_active_state(n->object);
}

static void add_job(struct manager *m, enum job_type type, struct node *n, enum job_mode mode) {
        struct job_error error;
        if (jobs_add(&m->jobs, type, n, mode, NULL, &error) < 0)
                log_unit(LOG_LEVEL_WARNING, n->name, "cannot %s: %s", job_type_name(type), error.text);
}

/* ---- conditions ---- */

static bool is_needed(struct node *n) {
        NODE_EACH(user, n, NEEDED_BY)
                if (user->job || !is_inactive(state_of(user)))
                        return true;
        return false;
}

/* The unit without which this one cannot be, and which is gone; NULL. */
static struct node *missing_base(struct node *n) {
        NODE_EACH(base, n, RELATION_BIT(BINDS_TO))
                if (!base->job && is_inactive(state_of(base)))
                        return base;
        return NULL;
}

static struct node *upholder(struct node *n) {
        NODE_EACH(other, n, RELATION_BIT(UPHELD_BY))
                if (is_active(state_of(other)))
                        return other;
        return NULL;
}

static bool is_allowed(struct node *n) {
        uint64_t now = clock_monotonic_us();
        if (n->check_window_us == 0 || now >= n->check_window_us + CHECK_WINDOW_US) {
                n->check_window_us = now;
                n->check_count = 0;
        }
        if (n->check_count >= CHECK_BURST) {
                log_unit(LOG_LEVEL_WARNING, n->name, "started and stopped too often for others' sake; left as it is");
                return false;
        }
        n->check_count++;
        return true;
}

static void run_checks(struct manager *m, struct node *n, unsigned checks) {
        struct node *why;
        if (n->job)
                return; /* its end brings us back */
        if ((checks & CHECK_BOUND) && state_of(n) == ACTIVE_ACTIVE && (why = missing_base(n)) && is_allowed(n)) {
                log_unit(LOG_LEVEL_INFO, n->name, "stopped, as %s is not there any more", why->name);
                add_job(m, JOB_STOP, n, JOB_MODE_REPLACE);
        } else if ((checks & CHECK_UNNEEDED) && n->object->unit->unit->stop_when_unneeded &&
                   state_of(n) == ACTIVE_ACTIVE && !is_needed(n) && is_allowed(n)) {
                log_unit(LOG_LEVEL_INFO, n->name, "stopped, as nothing needs it any more");
                add_job(m, JOB_STOP, n, JOB_MODE_FAIL);
        } else if ((checks & CHECK_UPHELD) && is_inactive(state_of(n)) && (why = upholder(n)) && is_allowed(n)) {
                log_unit(LOG_LEVEL_INFO, n->name, "started, as %s upholds it", why->name);
                add_job(m, JOB_START, n, JOB_MODE_FAIL);
        }
}

static int on_checks(sd_event_source *source, void *user) {
        struct manager *m = user;
        while (m->checks) {
                struct node *n = m->checks;
                unsigned checks = n->checks;
                m->checks = n->next_check;
                if (!m->checks)
                        m->last_check = NULL;
                n->next_check = NULL;
                n->checks = 0;
                if (!m->is_ending)
                        run_checks(m, n, checks);
        }
        return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

static void check_later(struct manager *m, struct node *n, unsigned checks) {
        if ((checks & CHECK_UNNEEDED) && !n->object->unit->unit->stop_when_unneeded)
                checks &= ~(unsigned)CHECK_UNNEEDED;
        if (!checks || m->is_ending)
                return;
        if (!n->checks) {
                *(m->last_check ? &m->last_check->next_check : &m->checks) = n;
                m->last_check = n;
        }
        n->checks |= checks;
        (void)sd_event_source_set_enabled(m->check_source, SD_EVENT_ONESHOT);
}

int manager_open_checks(struct manager *m) {
        int r = sd_event_add_defer(m->event, &m->check_source, on_checks, m);
        if (r < 0)
                return r;
        /* After the jobs' own turn. */
        (void)sd_event_source_set_priority(m->check_source, SD_EVENT_PRIORITY_NORMAL - 5);
        return sd_event_source_set_enabled(m->check_source, SD_EVENT_OFF);
}

/* ---- events ---- */

static bool is_up_or_coming(const struct node *n) {
        return is_active(state_of(n)) || state_of(n) == ACTIVE_ACTIVATING;
}

/* It came up without a job: what a transaction would have pulled in or stopped. What is ordered before it is left alone: for
 * that it is too late. */
static void start_late(struct manager *m, struct node *n) {
        static const struct {
                uint32_t relations;
                enum job_mode mode;
        } rules[] = {
                { RELATION_BIT(REQUIRES) | RELATION_BIT(BINDS_TO) | RELATION_BIT(UPHOLDS), JOB_MODE_REPLACE },
                { RELATION_BIT(WANTS), JOB_MODE_FAIL },
        };
        for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
                NODE_EACH(other, n, rules[i].relations)
                        if (!is_up_or_coming(other) && !graph_related(n, other, RELATION_BIT(AFTER)))
                                add_job(m, JOB_START, other, rules[i].mode);
        }
        NODE_EACH(other, n, RELATION_BIT(CONFLICTS) | RELATION_BIT(CONFLICTED_BY))
                if (is_up_or_coming(other))
                        add_job(m, JOB_STOP, other, JOB_MODE_REPLACE);
}

/* It goes without a job: so do those that are bound to it. */
static void stop_along(struct manager *m, struct node *n) {
        NODE_EACH(other, n, RELATION_BIT(BOUND_BY) | RELATION_BIT(PROPAGATES_STOP_TO))
                if (is_up_or_coming(other))
                        add_job(m, JOB_STOP, other, JOB_MODE_REPLACE);
}

static void trigger(struct manager *m, struct node *n, enum relation relation, enum job_mode mode) {
        NODE_EACH(other, n, 1u << relation) {
                log_unit(LOG_LEVEL_INFO, n->name, "starts %s, its %s=", other->name, relation_name(relation));
                add_job(m, JOB_START, other, mode);
        }
}

bool manager_will_restart(struct object *o) {
        return o->unit->type == UNIT_SERVICE && service_of(o)->will_restart;
}

/* A service that will be started again has not come to its end: OnFailure= and OnSuccess= wait until it gives up. */
static void follow_end(struct manager *m, struct node *n, enum active_state before, enum active_state now) {
        const struct unit_settings *u = n->object->unit->unit;
        if (manager_will_restart(n->object))
                return;
        if (now == ACTIVE_FAILED && before != ACTIVE_FAILED)
                trigger(m, n, RELATION_ON_FAILURE, u->on_failure_job_mode);
        if (now == ACTIVE_INACTIVE && !is_inactive(before))
                trigger(m, n, RELATION_ON_SUCCESS, u->on_success_job_mode);
}

void manager_follow(struct manager *m, struct node *n, enum active_state before, enum active_state now,
                    bool was_asked_for) {
        bool was_up = is_active(before) || before == ACTIVE_ACTIVATING;
        bool is_up = is_active(now) || now == ACTIVE_ACTIVATING;
        if (before == now)
                return;
        /* Before the first target is reached, what is up without a job was taken over from an earlier supervisor. */
        if (!was_asked_for && !m->is_ending && is_inactive(before) && is_up && m->has_booted)
                start_late(m, n);
        if (!was_asked_for && !m->is_ending && was_up && !is_up)
                stop_along(m, n);
        follow_end(m, n, before, now);
        if (is_inactive(now)) {
                NODE_EACH(other, n, NEEDS)
                        check_later(m, other, CHECK_UNNEEDED);
                NODE_EACH(other, n, RELATION_BIT(BOUND_BY))
                        check_later(m, other, CHECK_BOUND);
                check_later(m, n, CHECK_UPHELD);
        }
        if (is_active(now)) {
                NODE_EACH(other, n, RELATION_BIT(UPHOLDS))
                        check_later(m, other, CHECK_UPHELD);
                check_later(m, n, CHECK_UNNEEDED | CHECK_BOUND);
        }
}

void manager_follow_job(struct manager *m, struct node *n) {
        NODE_EACH(other, n, NEEDS)
                check_later(m, other, CHECK_UNNEEDED);
        if (is_inactive(state_of(n)))
                check_later(m, n, CHECK_UPHELD);
        else
                check_later(m, n, CHECK_UNNEEDED | CHECK_BOUND);
}

void manager_follow_all(struct manager *m) {
        for (struct node *n = m->graph.nodes; n; n = n->next)
                check_later(m, n, CHECK_UNNEEDED | CHECK_BOUND | CHECK_UPHELD);
}
