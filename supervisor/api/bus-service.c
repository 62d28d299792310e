/* SPDX-License-Identifier: MIT */
/* bus-service: what is true of a service (or slice) at run time, on systemd's interfaces Service, Slice and Target. What the
 * unit files say is in bus-directives.c. */
#include "api-private.h"

/* NULL for units that only look like one (not found, a type that keel does not run). */
static const struct service *running_service(const struct object *o) {
        return o->ops == &service_ops ? service_of_const(o) : NULL;
}

static const struct process_info no_process = { .pidfd = -1 };

static const struct process_info *main_process(const struct object *o) {
        const struct service *s = running_service(o);

        return s ? &s->main : &no_process;
}

/* si_code and si_status as waitid(2) has them. */
static int exit_code_of(const struct process_info *p) {
        if (!p->has_ended)
                return 0;
        return WIFEXITED(p->status) ? CLD_EXITED : WCOREDUMP(p->status) ? CLD_DUMPED : CLD_KILLED;
}

static int exit_status_of(const struct process_info *p) {
        if (!p->has_ended)
                return 0;
        return WIFEXITED(p->status) ? WEXITSTATUS(p->status) : WTERMSIG(p->status);
}

static struct cgroup_usage usage_of(const struct object *o) {
        struct cgroup_usage usage = {
                .memory_current = LIMIT_NONE,
                .memory_peak = LIMIT_NONE,
                .memory_swap_current = LIMIT_NONE,
                .cpu_usage_us = LIMIT_NONE,
                .tasks_current = LIMIT_NONE,
                .io_read_bytes = LIMIT_NONE,
                .io_write_bytes = LIMIT_NONE,
        };

        if (o->tracker.cgroup_fd >= 0)
                cgroup_usage(o->tracker.cgroup_fd, &usage);
        return usage;
}

/* Without the pids controller the processes are counted. */
static uint64_t tasks_of(const struct object *o) {
        uint64_t tasks = usage_of(o).tasks_current;
        owned_mem pid_t *pids = NULL;
        size_t count = 0;

        if (tasks != LIMIT_NONE || (o->tracker.cgroup_fd < 0 && !o->tracker.mark))
                return tasks;
        return tracker_pids(&o->tracker, &pids, &count) < 0 || !count ? LIMIT_NONE : count;
}

static uint64_t nanoseconds(uint64_t us) {
        return us == LIMIT_NONE ? LIMIT_NONE : us * 1000u;
}

/* ---- Service ----------------------------------------------------------------------------------------------------- */

static int unit_control_group_property(GETTER_ARGUMENTS) {
        owned_str group = unit_control_group(((struct node *)user)->object);

        return group ? sd_bus_message_append(reply, "s", group) : -ENOMEM;
}

/* ROW(KIND, Name, value, FLAGS); o: the object, s: its service or NULL, p: its main process */
#define SERVICE_PROPERTIES(ROW) \
        ROW(STRING, Result, result_name(object_result(o)), IS_CHANGED) \
        ROW(STRING, ReloadResult, result_name(s ? s->reload_result : RESULT_SUCCESS), IS_CHANGED) \
        ROW(STRING, CleanResult, result_name(RESULT_SUCCESS), IS_CHANGED) \
        ROW(U32, MainPID, p->pid, IS_CHANGED) \
        ROW(U32, ControlPID, s ? s->control.pid : 0, IS_CHANGED) \
        ROW(STRING, StatusText, s ? s->status_text : NULL, IS_CHANGED) \
        ROW(I32, StatusErrno, s ? s->status_errno : 0, IS_CHANGED) \
        ROW(U32, NRestarts, s ? s->restart_count : 0, IS_CHANGED) \
        ROW(U32, NFileDescriptorStore, s ? s->stored_count : 0, IS_SILENT) \
        ROW(U32, ExecMainPID, p->last_pid, IS_CHANGED) \
        ROW(U64, ExecMainStartTimestamp, p->start_us, IS_CHANGED) \
        ROW(U64, ExecMainExitTimestamp, p->exit_us, IS_CHANGED) \
        ROW(I32, ExecMainCode, exit_code_of(p), IS_CHANGED) \
        ROW(I32, ExecMainStatus, exit_status_of(p), IS_CHANGED) \
        ROW(U32, UID, UINT32_MAX, IS_CHANGED) \
        ROW(U32, GID, UINT32_MAX, IS_CHANGED)

#define MAKE_SERVICE_GETTER(kind, name, value, flags) \
        static int service_##name(GETTER_ARGUMENTS) { \
                UNUSED const struct object *o = ((struct node *)user)->object; \
                UNUSED const struct service *s = running_service(o); \
                UNUSED const struct process_info *p = main_process(o); \
                return PUT_##kind(reply, value); \
        }
SERVICE_PROPERTIES(MAKE_SERVICE_GETTER)

/* ROW(KIND, Name, value, FLAGS); o: the object */
#define CGROUP_PROPERTIES(ROW) \
        ROW(U64, MemoryCurrent, usage_of(o).memory_current, IS_SILENT) \
        ROW(U64, MemoryPeak, usage_of(o).memory_peak, IS_SILENT) \
        ROW(U64, MemorySwapCurrent, usage_of(o).memory_swap_current, IS_SILENT) \
        ROW(U64, CPUUsageNSec, nanoseconds(usage_of(o).cpu_usage_us), IS_SILENT) \
        ROW(U64, TasksCurrent, tasks_of(o), IS_SILENT) \
        ROW(U64, IOReadBytes, usage_of(o).io_read_bytes, IS_SILENT) \
        ROW(U64, IOWriteBytes, usage_of(o).io_write_bytes, IS_SILENT)

#define MAKE_CGROUP_GETTER(kind, name, value, flags) \
        static int cgroup_##name(GETTER_ARGUMENTS) { \
                const struct object *o = ((struct node *)user)->object; \
                return PUT_##kind(reply, value); \
        }
CGROUP_PROPERTIES(MAKE_CGROUP_GETTER)

#define MAKE_SERVICE_ROW(kind, name, value, flags) SD_BUS_PROPERTY(#name, SIGNATURE_##kind, service_##name, 0, flags),
#define MAKE_CGROUP_ROW(kind, name, value, flags)  SD_BUS_PROPERTY(#name, SIGNATURE_##kind, cgroup_##name, 0, flags),

/* clang-format off */
static const sd_bus_vtable service_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SERVICE_PROPERTIES(MAKE_SERVICE_ROW)
        SD_BUS_PROPERTY("ControlGroup", "s", unit_control_group_property, 0, 0),
        CGROUP_PROPERTIES(MAKE_CGROUP_ROW)
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable slice_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("ControlGroup", "s", unit_control_group_property, 0, 0),
        CGROUP_PROPERTIES(MAKE_CGROUP_ROW)
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable target_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_VTABLE_END,
};
/* clang-format on */

static int find_service(UNUSED sd_bus *bus, const char *path, UNUSED const char *interface, void *user, void **found,
                        sd_bus_error *error) {
        return api_find_unit(user, path, UNIT_SERVICE, found, error);
}

static int find_slice(UNUSED sd_bus *bus, const char *path, UNUSED const char *interface, void *user, void **found,
                      sd_bus_error *error) {
        return api_find_unit(user, path, UNIT_SLICE, found, error);
}

static int find_target(UNUSED sd_bus *bus, const char *path, UNUSED const char *interface, void *user, void **found,
                       sd_bus_error *error) {
        return api_find_unit(user, path, UNIT_TARGET, found, error);
}

int api_add_services(struct api *api, sd_bus *bus) {
        static const struct {
                const char *interface;
                const sd_bus_vtable *vtable;
                sd_bus_object_find_t find;
        } types[] = {
                { BUS_TYPE_PREFIX "Service", service_vtable, find_service },
                { BUS_TYPE_PREFIX "Slice", slice_vtable, find_slice },
                { BUS_TYPE_PREFIX "Target", target_vtable, find_target },
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(types); i++)
                r = sd_bus_add_fallback_vtable(bus, NULL, BUS_UNIT_PATH, types[i].interface, types[i].vtable,
                                               types[i].find, api);
        return r;
}
