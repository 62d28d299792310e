/* SPDX-License-Identifier: MIT */
/* transaction: the consistent set of jobs that one request amounts to, as systemd builds it: pull in what is required,
 * wanted and in conflict, merge what meets on one unit, break ordering cycles where a job may be left out, and only then
 * install. Either all of it is installed or nothing is changed.
 */
#include "job-private.h"

#include "base/log.h"

#include <errno.h>

/* One tentative job per unit and type. */
struct wish {
        struct node *node;
        enum job_type type;
        bool matters; /* to the anchor: it may not be left out */
        bool is_dropped;
        unsigned mark; /* of the search for cycles: 0 new, 1 on the path, 2 done */
        struct wish *via;
        struct wish *next_of_node, *next;
};

struct transaction {
        struct jobs *jobs;
        struct wish *wishes, **end;
        struct wish *anchor;
        bool ignores_order, ignores_requirements, is_irreversible;
        struct job_error *error;
};

static int say(struct transaction *t, int r, const char *bus_name, const char *format, ...) PRINTF_LIKE(4, 5);
static int say(struct transaction *t, int r, const char *bus_name, const char *format, ...) {
        va_list ap;
        va_start(ap, format);
        (void)vsnprintf(t->error->text, sizeof t->error->text, format, ap);
        va_end(ap);
        t->error->bus_name = bus_name;
        return r;
}

static struct wish *find_wish(struct node *n, enum job_type type) {
        for (struct wish *w = n->walk; w; w = w->next_of_node)
                if (w->type == type)
                        return w;
        return NULL;
}

static int check_loaded(struct transaction *t, struct node *n, enum job_type type) {
        if (type == JOB_STOP || type == JOB_NOP)
                return 0;
        const struct unit *u = n->object->unit;
        switch (u->load_state) {
        case UNIT_LOADED:
                return 0;
        case UNIT_NOT_FOUND:
                return say(t, -ENOENT, "org.freedesktop.systemd1.NoSuchUnit", "Unit %s not found.", n->name);
        case UNIT_MASKED:
                return say(t, -ESHUTDOWN, "org.freedesktop.systemd1.UnitMasked", "Unit %s is masked.", n->name);
        case UNIT_BAD_SETTING:
                return say(t, -ENOEXEC, "org.freedesktop.systemd1.BadUnitSetting",
                           "Unit %s has a bad unit file setting: %s", n->name,
                           u->load_error ? u->load_error : "see its file");
        case UNIT_ERROR:
        case UNIT_LOAD_STATE_COUNT_:
                break;
        }
        return say(t, -EIO, "org.freedesktop.systemd1.LoadFailed", "Unit %s failed to load: %s", n->name,
                   u->load_error ? u->load_error : "unknown error");
}

static int pull(struct transaction *t, struct node *n, enum job_type type, bool matters, struct wish **ret);

struct pull_rule {
        uint32_t relations;
        enum job_type type;
        bool is_required; /* its failure is ours */
};

static const struct pull_rule start_rules[] = {
        { RELATION_BIT(REQUIRES) | RELATION_BIT(BINDS_TO), JOB_START, true },
        { RELATION_BIT(REQUISITE), JOB_VERIFY_ACTIVE, true },
        { RELATION_BIT(WANTS) | RELATION_BIT(UPHOLDS), JOB_START, false },
        { RELATION_BIT(CONFLICTS), JOB_STOP, true },
        { RELATION_BIT(CONFLICTED_BY), JOB_STOP, false },
};

static int pull_for_start(struct transaction *t, struct node *n, bool matters) {
        for (size_t i = 0; i < ARRAY_LEN(start_rules); i++) {
                const struct pull_rule *rule = &start_rules[i];
                NODE_EACH(other, n, rule->relations) {
                        if (rule->type == JOB_STOP && is_inactive(object_active_state(other->object)) && !other->job &&
                            !other->walk)
                                continue;
                        int r = pull(t, other, rule->type, matters && rule->is_required, NULL);
                        if (r >= 0 || !rule->is_required) {
                                if (r < 0 && r != -ENOENT)
                                        log_unit(LOG_LEVEL_INFO, n->name, "goes on without %s: %s", other->name,
                                                 t->error->text);
                                continue;
                        }
                        /* A conflict or requirement that cannot be: the reason stands in t->error. */
                        if (rule->type != JOB_STOP)
                                return r;
                }
        }
        return 0;
}

#define RESTARTS_WITH_US \
        (RELATION_BIT(REQUIRED_BY) | RELATION_BIT(BOUND_BY) | RELATION_BIT(REQUISITE_OF) | RELATION_BIT(CONSISTS_OF))
#define STOPS_WITH_US (RESTARTS_WITH_US | RELATION_BIT(PROPAGATES_STOP_TO))

static int pull_for_stop(struct transaction *t, struct node *n, enum job_type type, bool matters) {
        NODE_EACH(other, n, type == JOB_RESTART ? RESTARTS_WITH_US : STOPS_WITH_US) {
                enum job_type with = JOB_STOP;
                if (type == JOB_RESTART) {
                        with = job_type_collapse(JOB_TRY_RESTART, other->object);
                        if (with == JOB_NOP)
                                continue;
                } else if (is_inactive(object_active_state(other->object)) && !other->job)
                        continue;
                int r = pull(t, other, with, matters, NULL);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int pull_for_reload(struct transaction *t, struct node *n) {
        NODE_EACH(other, n, RELATION_BIT(PROPAGATES_RELOAD_TO)) {
                enum job_type with = job_type_collapse(JOB_TRY_RELOAD, other->object);
                if (with != JOB_NOP && other->object->ops->can_reload && other->object->ops->can_reload(other->object))
                        (void)pull(t, other, with, false, NULL);
        }
        return 0;
}

static int pull(struct transaction *t, struct node *n, enum job_type type, bool matters, struct wish **ret) {
        type = job_type_collapse(type, n->object);
        struct wish *w = find_wish(n, type);
        if (w) {
                bool is_news = matters && !w->matters;
                w->matters |= matters;
                if (ret)
                        *ret = w;
                if (!is_news)
                        return 0;
        } else {
                int r = check_loaded(t, n, type);
                if (r < 0)
                        return r;
                w = calloc(1, sizeof *w);
                if (!w)
                        return -ENOMEM;
                *w = (struct wish){ .node = n, .type = type, .matters = matters, .next_of_node = n->walk };
                n->walk = w;
                *t->end = w;
                t->end = &w->next;
                if (ret)
                        *ret = w;
        }
        if (t->ignores_requirements || type == JOB_NOP || type == JOB_VERIFY_ACTIVE)
                return 0;
        int r = 0;
        if (type == JOB_START || type == JOB_RESTART)
                r = pull_for_start(t, n, matters);
        if (r < 0) {
                w->is_dropped = true;
                return r;
        }
        if (type == JOB_STOP || type == JOB_RESTART)
                r = pull_for_stop(t, n, type, matters);
        if (type == JOB_RELOAD)
                r = pull_for_reload(t, n);
        return r;
}

/* ---- merging ---- */

static void drop_wishes(struct node *n) {
        for (struct wish *w = n->walk; w; w = w->next_of_node)
                w->is_dropped = true;
}

/* start and stop of one unit cannot both be: what does not matter gives way, of two that matter the request is refused. */
static int merge_node(struct transaction *t, struct node *n) {
        struct wish *kept = NULL;
        for (struct wish *w = n->walk; w; w = w->next_of_node) {
                if (w->is_dropped)
                        continue;
                if (!kept) {
                        kept = w;
                        continue;
                }
                int merged = job_type_merge(kept->type, w->type);
                if (merged != JOB_IMPOSSIBLE) {
                        kept->type = (enum job_type)merged;
                        kept->matters |= w->matters;
                        if (t->anchor == w)
                                t->anchor = kept;
                        w->is_dropped = true;
                        continue;
                }
                if (kept->matters && w->matters)
                        return say(t, -EDEADLK, "org.freedesktop.systemd1.TransactionJobsConflicting",
                                   "Transaction contains conflicting jobs '%s' and '%s' for %s. Probably contradicting "
                                   "requirement dependencies configured.",
                                   job_type_name(kept->type), job_type_name(w->type), n->name);
                /* Of two that do not matter, stopping gives way to starting. */
                bool drop_kept = w->matters || (!kept->matters && kept->type == JOB_STOP);
                if (drop_kept) {
                        kept->is_dropped = true;
                        kept = w;
                } else
                        w->is_dropped = true;
        }
        return 0;
}

/* What needs a dropped start cannot start either. */
static void drop_dependents(struct node *n) {
        NODE_EACH(other, n, RELATION_BIT(REQUIRED_BY) | RELATION_BIT(BOUND_BY))
                for (struct wish *w = other->walk; w; w = w->next_of_node)
                        if (!w->is_dropped && !w->matters && (w->type == JOB_START || w->type == JOB_RESTART)) {
                                w->is_dropped = true;
                                drop_dependents(other);
                        }
}

/* ---- ordering ---- */

static struct wish *live_wish(struct node *n) {
        for (struct wish *w = n->walk; w; w = w->next_of_node)
                if (!w->is_dropped)
                        return w;
        return NULL;
}

static int visit(struct transaction *t, struct wish *w, struct wish *via);

/* The cycle is the path from `closing` back to itself: name its edges, leave one out. -EAGAIN: left one out. */
static int break_cycle(struct transaction *t, struct wish *last, struct wish *first) {
        char edges[384] = "";
        struct wish *victim = NULL;
        for (struct wish *w = last;; w = w->via) {
                size_t n = strlen(edges);
                (void)snprintf(edges + n, sizeof edges - n, "%s%s/%s", n ? " after " : "", w->node->name,
                               job_type_name(w->type));
                if (!w->matters && (!victim || victim->type == JOB_STOP))
                        victim = w;
                if (w == first || !w->via)
                        break;
        }
        if (!victim)
                return say(t, -EDEADLK, "org.freedesktop.systemd1.TransactionOrderIsCyclic",
                           "Transaction order is cyclic: %s after %s/%s", edges, last->node->name,
                           job_type_name(last->type));
        log_unit(LOG_LEVEL_WARNING, victim->node->name,
                 "ordering cycle %s after %s/%s: job %s/%s is left out to break it", edges, last->node->name,
                 job_type_name(last->type), victim->node->name, job_type_name(victim->type));
        drop_wishes(victim->node);
        drop_dependents(victim->node);
        return -EAGAIN;
}

static int visit(struct transaction *t, struct wish *w, struct wish *via) {
        if (w->mark == 2)
                return 0;
        if (w->mark == 1)
                return via ? break_cycle(t, via, w) : 0; /* nobody meets the first of a path but from its end */
        w->mark = 1;
        w->via = via;
        /* Towards what must be done before it, whichever of the two relations says so. */
        NODE_EACH(other, w->node, RELATION_BIT(AFTER) | RELATION_BIT(BEFORE)) {
                struct wish *o = live_wish(other);
                if (!o)
                        continue;
                bool is_after = w->node->edges[i_other].relations & RELATION_BIT(AFTER);
                int order = is_after ? -job_compare(o->type, w->type) : job_compare(w->type, o->type);
                if (order <= 0)
                        continue;
                int r = visit(t, o, w);
                if (r < 0)
                        return r;
        }
        w->mark = 2;
        return 0;
}

static int order_all(struct transaction *t) {
        if (t->ignores_order)
                return 0;
        for (;;) {
                for (struct wish *w = t->wishes; w; w = w->next)
                        w->mark = 0;
                int r = 0;
                for (struct wish *w = t->wishes; w && r >= 0; w = w->next)
                        if (!w->is_dropped)
                                r = visit(t, w, NULL);
                if (r != -EAGAIN)
                        return r;
        }
}

/* ---- the whole ---- */

/* Jobs that change nothing are left out, but not the anchor, and not where a job is installed that they would change. */
static void drop_redundant(struct transaction *t) {
        for (struct wish *w = t->wishes; w; w = w->next)
                if (!w->is_dropped && w != t->anchor &&
                    job_type_is_redundant(w->type, object_active_state(w->node->object)) &&
                    (!w->node->job || w->node->job->type == w->type || w->node->job->type == JOB_NOP))
                        w->is_dropped = true;
}

static int check_installed(struct transaction *t, enum job_mode mode) {
        for (struct wish *w = t->wishes; w; w = w->next) {
                const struct job *j = w->node->job;
                if (w->is_dropped || !j || job_type_merge(j->type, w->type) != JOB_IMPOSSIBLE)
                        continue;
                if (j->is_irreversible || mode == JOB_MODE_FAIL)
                        return say(t, -EEXIST, "org.freedesktop.systemd1.TransactionIsDestructive",
                                   "Transaction for %s/%s is destructive (%s has '%s' job queued, but '%s' is included "
                                   "in transaction).",
                                   t->anchor->node->name, job_type_name(t->anchor->type), w->node->name,
                                   job_type_name(j->type), job_type_name(w->type));
        }
        return 0;
}

/* isolate: everything that is not pulled in is stopped. */
static int pull_isolate(struct transaction *t) {
        for (struct node *n = t->jobs->graph->nodes; n; n = n->next) {
                if (n->walk || n->object->unit->unit->ignore_on_isolate || n->object->unit->type == UNIT_SLICE)
                        continue;
                if (is_inactive(object_active_state(n->object)) && !n->job)
                        continue;
                int r = pull(t, n, JOB_STOP, true, NULL);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int install(struct transaction *t, struct job **ret) {
        t->jobs->transaction = t->jobs->last_id + 1;
        for (struct wish *w = t->wishes; w; w = w->next) {
                if (w->is_dropped)
                        continue;
                struct job *j = NULL;
                int r = job_install(t->jobs, w->node, w->type, t->is_irreversible, t->ignores_order, &j);
                if (r < 0)
                        return r;
                if (w == t->anchor && ret)
                        *ret = j;
        }
        if (t->jobs->committed)
                t->jobs->committed(t->jobs->user, t->jobs->transaction);
        return 0;
}

static void transaction_free(struct transaction *t) {
        for (struct wish *w = t->wishes, *next; w; w = next) {
                next = w->next;
                w->node->walk = NULL;
                free(w);
        }
}

static int build(struct transaction *t, enum job_type type, struct node *node, enum job_mode mode) {
        int r = pull(t, node, type, true, &t->anchor);
        if (r >= 0 && mode == JOB_MODE_ISOLATE)
                r = pull_isolate(t);
        if (r < 0)
                return r;
        drop_redundant(t);
        for (struct wish *w = t->wishes; w && r >= 0; w = w->next)
                if (!w->is_dropped)
                        r = merge_node(t, w->node);
        if (r >= 0)
                r = order_all(t);
        return r < 0 ? r : check_installed(t, mode);
}

int jobs_add(struct jobs *js, enum job_type type, struct node *node, enum job_mode mode, struct job **ret,
             struct job_error *error) {
        struct job_error unused;
        struct transaction t = { .jobs = js,
                                 .ignores_order = mode == JOB_MODE_IGNORE_DEPENDENCIES,
                                 .ignores_requirements =
                                         mode == JOB_MODE_IGNORE_DEPENDENCIES || mode == JOB_MODE_IGNORE_REQUIREMENTS,
                                 .is_irreversible = mode == JOB_MODE_REPLACE_IRREVERSIBLY,
                                 .error = error ? error : &unused };
        t.end = &t.wishes;
        *t.error = (struct job_error){ .text = "", .bus_name = "org.freedesktop.DBus.Error.Failed" };
        struct job *job = NULL;
        int r;
        if (mode == JOB_MODE_ISOLATE && type == JOB_START && !node->object->unit->unit->allow_isolate)
                r = say(&t, -EPERM, "org.freedesktop.systemd1.NoIsolation",
                        "Operation refused, unit may not be isolated.");
        else
                r = build(&t, type, node, mode);
        if (r >= 0)
                r = install(&t, &job);
        if (r < 0 && !t.error->text[0])
                (void)say(&t, r, "org.freedesktop.DBus.Error.Failed", "%s", strerror(-r));
        transaction_free(&t);
        if (r >= 0 && ret)
                *ret = job;
        return r < 0 ? r : 0;
}
