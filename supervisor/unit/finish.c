/* SPDX-License-Identifier: MIT */
/* finish: what follows from the lines of a unit taken together: defaults that depend on other keys, and the checks that make
 * a unit unusable (load state bad-setting), as systemd.service(5) and systemd.exec(5) have them. Depends on this unit
 * alone; what depends on other units is the graph's. */
#include "unit-private.h"

#include <errno.h>
#include <linux/capability.h>

#define CAP_BIT(cap) (1ull << (cap))

/* ---- defaults ------------------------------------------------------------------------------------------------------ */

/* A unit does not depend on itself, by any of its names. */
static void drop_own_names(struct unit *u) {
        struct unit_settings *s = unit_draft_of(u, GROUP_UNIT);

        for (int kind = 0; kind < DEPENDENCY_COUNT_; kind++) {
                strv_remove(s->dependencies[kind], u->name);
                STRV_EACH(alias, u->aliases)
                        strv_remove(s->dependencies[kind], alias);
        }
}

static bool is_set(const struct unit *u, const char *key) {
        const struct directive *d = directive_find("Service", key);

        for (size_t i = 0; i < u->assignment_count; i++)
                if (unit_directive_at(u, i) == d && unit_assignment(u, i).outcome < OUTCOME_UNSUPPORTED)
                        return true;
        return false;
}

static void finish_type(struct service_settings *s, const struct unit *u) {
        s->type_set = is_set(u, "Type");
        if (!s->type_set && s->bus_name)
                s->type = SERVICE_TYPE_DBUS;
        else if (!s->type_set)
                s->type = u->commands->lists[COMMAND_START].count > 0 ? SERVICE_TYPE_SIMPLE : SERVICE_TYPE_ONESHOT;
        if (s->type == SERVICE_TYPE_ONESHOT && !s->timeout_start_set)
                s->timeout_start_us = TIME_NEVER;
}

/* Who needs the notify socket has it, whatever NotifyAccess= says. */
static void finish_notify(struct service_settings *s) {
        bool is_needed = s->type == SERVICE_TYPE_NOTIFY || s->type == SERVICE_TYPE_NOTIFY_RELOAD ||
                         s->watchdog_us > 0 || s->fd_store_max > 0;

        if (s->notify_access == NOTIFY_ACCESS_UNSET)
                s->notify_access = NOTIFY_ACCESS_NONE;
        if (s->notify_access == NOTIFY_ACCESS_NONE && is_needed)
                s->notify_access = NOTIFY_ACCESS_MAIN;
}

static void finish_streams(struct exec_settings *e, const struct unit *u) {
        bool is_terminal = e->input == INPUT_TTY || e->input == INPUT_TTY_FORCE || e->input == INPUT_TTY_FAIL;

        if (e->input_data_length > 0 && !is_set(u, "StandardInput"))
                e->input = INPUT_DATA;
        if (e->output == OUTPUT_UNSET && (is_terminal || e->input == INPUT_SOCKET || e->input == INPUT_FD))
                e->output = OUTPUT_INHERIT;
}

/* Capabilities that a directive takes away along with what it is for. */
static void finish_privileges(struct exec_settings *e) {
        uint64_t taken = 0;

        if (e->private_devices)
                taken |= CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_SYS_RAWIO);
        if (e->protect_kernel_modules)
                taken |= CAP_BIT(CAP_SYS_MODULE);
        if (e->protect_kernel_logs)
                taken |= CAP_BIT(CAP_SYSLOG);
        if (e->protect_clock)
                taken |= CAP_BIT(CAP_SYS_TIME) | CAP_BIT(CAP_WAKE_ALARM);
        e->capability_bounding_set &= ~taken;
        if (!e->dynamic_user)
                return;
        e->private_tmp = e->remove_ipc = e->restrict_suid_sgid = true;
        e->no_new_privileges = TRISTATE_YES;
        e->protect_system = PROTECT_SYSTEM_STRICT;
        if (e->protect_home == PROTECT_HOME_NO)
                e->protect_home = PROTECT_HOME_READ_ONLY;
}

static void finish_cgroup(struct unit *u) {
        struct service_settings *s = unit_draft_of(u, GROUP_SERVICE);
        struct cgroup_settings *c = unit_draft_of(u, GROUP_CGROUP);

        if (s->oom_policy == OOM_POLICY_UNSET)
                s->oom_policy = c->delegate ? OOM_POLICY_CONTINUE : OOM_POLICY_STOP;
        c->memory_oom_group_set = s->oom_policy == OOM_POLICY_KILL;
        if (u->exec->private_devices && c->device_policy == DEVICE_POLICY_AUTO)
                c->device_policy = DEVICE_POLICY_CLOSED;
}

/* ---- checks -------------------------------------------------------------------------------------------------------- */

static bool has_no_command(const struct unit *u) {
        return !u->commands->lists[COMMAND_START].count && !u->commands->lists[COMMAND_STOP].count &&
               u->unit->success_action == EMERGENCY_NONE;
}
static bool has_no_start(const struct unit *u) {
        return !u->commands->lists[COMMAND_START].count && u->service->type != SERVICE_TYPE_ONESHOT;
}
static bool has_no_start_and_no_effect(const struct unit *u) {
        return !u->commands->lists[COMMAND_START].count && !u->service->remain_after_exit &&
               u->unit->success_action == EMERGENCY_NONE;
}
static bool has_many_starts(const struct unit *u) {
        return u->commands->lists[COMMAND_START].count > 1 && u->service->type != SERVICE_TYPE_ONESHOT;
}
static bool is_oneshot_that_restarts(const struct unit *u) {
        return u->service->type == SERVICE_TYPE_ONESHOT &&
               (u->service->restart == RESTART_ALWAYS || u->service->restart == RESTART_ON_SUCCESS);
}
static bool is_oneshot_that_is_forced(const struct unit *u) {
        static const struct exit_set none;

        return u->service->type == SERVICE_TYPE_ONESHOT &&
               memcmp(&u->service->restart_force_status, &none, sizeof none) != 0;
}
static bool is_oneshot_with_exit_type(const struct unit *u) {
        return u->service->type == SERVICE_TYPE_ONESHOT && u->service->exit_type == EXIT_TYPE_CGROUP;
}
static bool is_dbus_without_name(const struct unit *u) {
        return u->service->type == SERVICE_TYPE_DBUS && !u->service->bus_name;
}

static const struct check {
        bool (*is_wrong)(const struct unit *u);
        const char *key, *what;
} service_checks[] = {
        { has_no_command, "Service.ExecStart", "the service has no ExecStart=, ExecStop= or SuccessAction=" },
        { has_no_start, "Service.Type", "the service has no ExecStart=, which only Type=oneshot may leave out" },
        { has_no_start_and_no_effect, "Service.ExecStart",
          "the service has no ExecStart= and no SuccessAction=, and RemainAfterExit= is not yes" },
        { has_many_starts, "Service.ExecStart",
          "the service has more than one ExecStart=, which only Type=oneshot may have" },
        { is_oneshot_that_restarts, "Service.Restart",
          "Restart=always and Restart=on-success are not for Type=oneshot; allowed: no, on-failure, on-abnormal, "
          "on-watchdog, "
          "on-abort" },
        { is_oneshot_that_is_forced, "Service.RestartForceExitStatus",
          "RestartForceExitStatus= is not for Type=oneshot" },
        { is_oneshot_with_exit_type, "Service.ExitType", "ExitType=cgroup is not for Type=oneshot" },
        { is_dbus_without_name, "Service.Type", "Type=dbus needs BusName=" },
};

/* The unit cannot be used; said with the place of the line that is to blame, if there is one. */
static int refuse(const struct unit_context *context, struct unit *u, const char *key, const char *what) {
        struct assignment a = unit_find_assignment(u, key);
        struct diag_place at = { a.key ? a.file : u->fragment_path, a.origin.line, NULL };

        free(u->load_error);
        u->load_error = a.key ? text_printf("%s:%u: %s", at.file, at.line, what) : text_printf("%s: %s", u->name, what);
        if (!u->load_error)
                return -ENOMEM;
        u->load_state = UNIT_BAD_SETTING;
        if (context->diag)
                diag_say(context->diag, DIAG_ERROR, &at, "%s", what);
        return 0;
}

static int finish_service(const struct unit_context *context, struct unit *u) {
        struct service_settings *service = unit_draft_of(u, GROUP_SERVICE);
        struct exec_settings *exec = unit_draft_of(u, GROUP_EXEC);

        finish_type(service, u);
        finish_notify(service);
        finish_streams(exec, u);
        finish_privileges(exec);
        finish_cgroup(u);
        for (size_t i = 0; i < ARRAY_LEN(service_checks); i++)
                if (service_checks[i].is_wrong(u))
                        return refuse(context, u, service_checks[i].key, service_checks[i].what);
        return 0;
}

static int finish_slice(const struct unit_context *context, struct unit *u) {
        owned_str parent = NULL;
        int r;

        if (!unit_name_is_slice(u->name))
                return refuse(context, u, "Slice.Slice", "a slice's name has no empty parts between its dashes");
        r = unit_slice_parent(u->name, &parent);
        if (r == -ENOMEM)
                return r;
        if (u->cgroup->slice && (r < 0 || !text_equal(parent, u->cgroup->slice)))
                return refuse(context, u, "Slice.Slice",
                              "a slice is in the slice that its name says; Slice= cannot be another");
        return 0;
}

int unit_finish(const struct unit_context *context, struct unit *u) {
        int r = 0;

        drop_own_names(u);
        if (u->type == UNIT_SERVICE)
                r = finish_service(context, u);
        else if (u->type == UNIT_SLICE)
                r = finish_slice(context, u);
        return r < 0 ? r : unit_note_not_done(context, u);
}
