/* SPDX-License-Identifier: MIT */
/* target: targets, slices and units of types that keel does not run: two states and no processes of their own. */
#include "object.h"

#include <errno.h>

struct passive {
        struct object object; /* first */
        bool is_active;
};

static struct passive *passive_of(struct object *o) {
        return (struct passive *)(void *)o;
}

static int passive_start(struct object *o) {
        if (passive_of(o)->is_active)
                return -EALREADY;
        passive_of(o)->is_active = true;
        object_new_invocation(o);
        object_changed(o);
        return 0;
}

static int passive_stop(struct object *o) {
        if (!passive_of(o)->is_active)
                return -EALREADY;
        passive_of(o)->is_active = false;
        object_changed(o);
        return 0;
}

static enum active_state passive_active_state(const struct object *o) {
        return ((const struct passive *)(const void *)o)->is_active ? ACTIVE_ACTIVE : ACTIVE_INACTIVE;
}

static const char *passive_sub_state(const struct object *o) {
        return passive_active_state(o) == ACTIVE_ACTIVE ? "active" : "dead";
}

/* A slice's limits are written when it starts: its directory must be there before its units. */
static int open_slice(struct object *o) {
        if (!o->unit->cgroup || o->tracker.cgroup_fd >= 0 || text_equal(o->unit->name, "-.slice"))
                return 0;
        if (o->host->cgroups.fd < 0)
                return cgroup_apply(&o->host->cgroups, -1, o->unit); /* says what cannot be had */
        owned_str path = object_cgroup_path(o);
        return path ? tracker_open(&o->tracker, &o->host->cgroups, o->unit, path, true) : -ENOMEM;
}

static int slice_start(struct object *o) {
        if (passive_of(o)->is_active)
                return -EALREADY;
        int r = open_slice(o);
        if (r < 0)
                return r;
        if (object_report_unavailable(o) > 0 && o->host->is_strict) {
                (void)tracker_remove(&o->tracker, &o->host->cgroups);
                return -EOPNOTSUPP;
        }
        return passive_start(o);
}

static int slice_stop(struct object *o) {
        int r = passive_stop(o);
        (void)tracker_remove(&o->tracker, &o->host->cgroups);
        return r;
}

static const struct record_row passive_rows[] = { RECORD_ROW(1, BOOL, struct passive, is_active, 1) };

static void passive_resume(struct object *o) {
        if (object_active_state(o) != o->told)
                object_changed(o);
}

static void slice_restore(struct object *o, pid_t spawned UNUSED) {
        if (passive_of(o)->is_active)
                (void)open_slice(o);
}

static int foreign_start(struct object *o) {
        (void)o;
        return -EOPNOTSUPP;
}

const struct object_ops target_ops = {
        .size = sizeof(struct passive),
        .start = passive_start,
        .stop = passive_stop,
        .active_state = passive_active_state,
        .sub_state = passive_sub_state,
        .rows = passive_rows,
        .row_count = ARRAY_LEN(passive_rows),
        .resume = passive_resume,
};

const struct object_ops slice_ops = {
        .size = sizeof(struct passive),
        .start = slice_start,
        .stop = slice_stop,
        .active_state = passive_active_state,
        .sub_state = passive_sub_state,
        .rows = passive_rows,
        .row_count = ARRAY_LEN(passive_rows),
        .restore = slice_restore,
        .resume = passive_resume,
};

const struct object_ops foreign_ops = {
        .size = sizeof(struct passive),
        .start = foreign_start,
        .stop = passive_stop,
        .active_state = passive_active_state,
        .sub_state = passive_sub_state,
};
