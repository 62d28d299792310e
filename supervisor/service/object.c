/* SPDX-License-Identifier: MIT */
/* object: see object.h. */
#include "object.h"

#include "base/log.h"
#include "plan/condition.h"

#include <errno.h>
#include <systemd/sd-id128.h>

static const char *const active_names[ACTIVE_STATE_COUNT_] = {
        [ACTIVE_INACTIVE] = "inactive",   [ACTIVE_ACTIVATING] = "activating",     [ACTIVE_ACTIVE] = "active",
        [ACTIVE_RELOADING] = "reloading", [ACTIVE_DEACTIVATING] = "deactivating", [ACTIVE_FAILED] = "failed",
};

static const char *const result_names[RESULT_COUNT_] = {
        [RESULT_SUCCESS] = "success",
        [RESULT_RESOURCES] = "resources",
        [RESULT_PROTOCOL] = "protocol",
        [RESULT_TIMEOUT] = "timeout",
        [RESULT_EXIT_CODE] = "exit-code",
        [RESULT_SIGNAL] = "signal",
        [RESULT_CORE_DUMP] = "core-dump",
        [RESULT_WATCHDOG] = "watchdog",
        [RESULT_START_LIMIT_HIT] = "start-limit-hit",
        [RESULT_OOM_KILL] = "oom-kill",
        [RESULT_EXEC_CONDITION] = "exec-condition",
};

/* Types that have no machine of their own yet are foreign: they load and report, and refuse to start. */
static const struct object_ops *const ops_by_type[UNIT_TYPE_COUNT_] = {
        [UNIT_SERVICE] = &service_ops,
        [UNIT_TARGET] = &target_ops,
        [UNIT_SLICE] = &slice_ops,
};

#define ROW(number, kind, field, most) RECORD_ROW(number, kind, struct object, field, most)
const struct record_row object_rows[] = {
        ROW(1, ID, invocation_id, 0),
        ROW(2, TIME, state_change, 0),
        ROW(3, TIME, inactive_exit, 0),
        ROW(4, TIME, active_enter, 0),
        ROW(5, TIME, active_exit, 0),
        ROW(6, TIME, inactive_enter, 0),
        ROW(7, TIME, condition_at, 0),
        ROW(8, BOOL, condition_result, 1),
        ROW(9, U64, start_window_us, 0),
        ROW(10, U32, start_count, UINT32_MAX),
        ROW(11, U32, told, ACTIVE_STATE_COUNT_ - 1),
        ROW(12, U64, tracker.mark, 0),
        ROW(13, TEXT, tracker.cgroup_path, 4095), /* Slice= may be another one by then */
};
#undef ROW
const size_t object_row_count = ARRAY_LEN(object_rows);

const char *active_state_name(enum active_state state) {
        return table_name(active_names, ARRAY_LEN(active_names), (int)state);
}

const char *result_name(enum result r) {
        return table_name(result_names, ARRAY_LEN(result_names), (int)r);
}

struct object *object_new(struct host *host, struct unit *unit) {
        const struct object_ops *ops = ops_by_type[unit->type] ? ops_by_type[unit->type] : &foreign_ops;
        struct object *o = calloc(1, ops->size);
        if (!o) {
                unit_free(unit);
                return NULL;
        }
        o->unit = unit;
        o->ops = ops;
        o->host = host;
        o->condition_result = true;
        for (size_t i = 0; i < CGROUP_WATCH_COUNT_; i++)
                o->cgroup_watches[i] = -1;
        tracker_init(&o->tracker);
        if (ops->init && ops->init(o) < 0) {
                object_free(o);
                return NULL;
        }
        o->shown = o->told = object_active_state(o);
        return o;
}

void object_free(struct object *o) {
        if (!o)
                return;
        if (o->ops->done)
                o->ops->done(o);
        tracker_close(&o->tracker);
        unit_free(o->unit);
        free(o);
}

void object_replace_unit(struct object *o, struct unit *unit) {
        unit_inherit_outcomes(unit, o->unit);
        unit_free(o->unit);
        o->unit = unit;
        o->failed_condition = NULL;
}

enum active_state object_active_state(const struct object *o) {
        return o->ops->active_state(o);
}

const char *object_sub_state(const struct object *o) {
        return o->ops->sub_state(o);
}

enum result object_result(const struct object *o) {
        return o->ops->result ? o->ops->result(o) : RESULT_SUCCESS;
}

static void take_time(struct object_time *t) {
        t->realtime_us = clock_realtime_us();
        t->monotonic_us = clock_monotonic_us();
}

void object_changed(struct object *o) {
        enum active_state before = o->shown, now = object_active_state(o);
        take_time(&o->state_change);
        if (is_inactive(before) && !is_inactive(now))
                o->inactive_exit = o->state_change;
        if (!is_inactive(before) && is_inactive(now))
                o->inactive_enter = o->state_change;
        if (!is_active(before) && is_active(now))
                o->active_enter = o->state_change;
        if (is_active(before) && !is_active(now))
                o->active_exit = o->state_change;
        o->shown = now;
        /* Saved before anyone hears of it and after all have: what follows from it is not lost in between. */
        if (before != now)
                object_save(o);
        o->host->changed(o->host, o, before, now);
        o->told = now;
        if (!o->is_saved_soon)
                object_save(o);
}

/* StartLimitIntervalSec=, StartLimitBurst=: a window that begins with its first start. */
static bool start_limit_is_hit(struct object *o) {
        const struct unit_settings *u = o->unit->unit;
        if (u->start_limit_interval_us == 0 || u->start_limit_burst == 0)
                return false;
        uint64_t now = clock_monotonic_us();
        if (o->start_window_us == 0 || now >= time_add(o->start_window_us, u->start_limit_interval_us)) {
                o->start_window_us = now;
                o->start_count = 0;
        }
        if (o->start_count >= u->start_limit_burst)
                return true;
        o->start_count++;
        return false;
}

static int check_conditions(struct object *o) {
        take_time(&o->condition_at);
        const struct condition *failed = NULL;
        bool holds = conditions_test(&o->unit->unit->conditions, false, o->host->context, &failed);
        o->failed_condition = failed;
        o->condition_result = holds;
        if (!holds) {
                log_unit(LOG_LEVEL_INFO, object_name(o), "not started: condition %s=%s was not met",
                         failed ? failed->test : "?", failed && failed->parameter ? failed->parameter : "");
                return -ECOMM;
        }
        if (!conditions_test(&o->unit->unit->conditions, true, o->host->context, &failed)) {
                log_unit(LOG_LEVEL_ERROR, object_name(o), "not started: assertion %s=%s failed",
                         failed ? failed->test : "?", failed && failed->parameter ? failed->parameter : "");
                return -EPROTO;
        }
        return 0;
}

int object_start(struct object *o) {
        enum active_state now = object_active_state(o);
        if (is_active(now))
                return -EALREADY;
        if (o->unit->load_state != UNIT_LOADED)
                return -ENOENT;
        if (now == ACTIVE_DEACTIVATING)
                return -EAGAIN;
        if (is_inactive(now)) {
                int r = check_conditions(o);
                if (r < 0)
                        return r;
                if (o->ops->start_failed && start_limit_is_hit(o)) {
                        o->ops->start_failed(o, RESULT_START_LIMIT_HIT);
                        return -ESTALE;
                }
        }
        return o->ops->start(o);
}

unsigned object_report_unavailable(const struct object *o) {
        unsigned count = 0;
        for (size_t i = 0; i < o->unit->assignment_count; i++) {
                struct assignment a = unit_assignment(o->unit, i);
                if (a.outcome != OUTCOME_UNAVAILABLE)
                        continue;
                count++;
                log_unit(o->host->is_strict ? LOG_LEVEL_ERROR : LOG_LEVEL_NOTICE, object_name(o),
                         "%s:%u: %s=%s is unavailable%s%s", a.file, a.origin.line, a.key, a.value, a.why ? ": " : "",
                         a.why ? a.why : "");
        }
        return count;
}

void object_new_invocation(struct object *o) {
        sd_id128_t id;
        if (sd_id128_randomize(&id) >= 0)
                (void)sd_id128_to_string(id, o->invocation_id);
}

char *object_cgroup_path(const struct object *o) {
        owned_str slice = NULL;
        const char *name = o->unit->cgroup ? o->unit->cgroup->slice : NULL;
        if (!name) {
                if (unit_default_slice(o->unit, &slice) < 0)
                        return NULL;
                name = slice;
        }
        /* system-getty.slice is system.slice/system-getty.slice: each dash is a level. */
        owned_str path = NULL;
        if (!text_equal(name, "-.slice"))
                for (size_t i = 0; name[i]; i++)
                        if (name[i] == '-' || text_equal(name + i, ".slice")) {
                                char *longer = text_printf("%s%.*s.slice/", path ? path : "", (int)i, name);
                                if (!longer)
                                        return NULL;
                                free(path);
                                path = longer;
                                if (name[i] == '.')
                                        break;
                        }
        return text_printf("%s%s", path ? path : "", o->unit->name);
}

int object_open_tracker(struct object *o) {
        if (o->tracker.cgroup_fd >= 0 || o->tracker.mark > 0)
                return 0;
        owned_str path = object_cgroup_path(o);
        if (!path)
                return -ENOMEM;
        return tracker_open(&o->tracker, &o->host->cgroups, o->unit, path, false);
}
