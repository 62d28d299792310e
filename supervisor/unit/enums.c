/* SPDX-License-Identifier: MIT */
/* enums: see enums.h. Only tables, and the questions that other layers ask of them. */
#include "enums.h"

const char *const job_mode_words[] = {
        [JOB_MODE_FAIL] = "fail",
        [JOB_MODE_REPLACE] = "replace",
        [JOB_MODE_REPLACE_IRREVERSIBLY] = "replace-irreversibly",
        [JOB_MODE_ISOLATE] = "isolate",
        [JOB_MODE_FLUSH] = "flush",
        [JOB_MODE_IGNORE_DEPENDENCIES] = "ignore-dependencies",
        [JOB_MODE_IGNORE_REQUIREMENTS] = "ignore-requirements",
};
const char *const emergency_action_words[] = {
        [EMERGENCY_NONE] = "none",
        [EMERGENCY_REBOOT] = "reboot",
        [EMERGENCY_REBOOT_FORCE] = "reboot-force",
        [EMERGENCY_REBOOT_IMMEDIATE] = "reboot-immediate",
        [EMERGENCY_POWEROFF] = "poweroff",
        [EMERGENCY_POWEROFF_FORCE] = "poweroff-force",
        [EMERGENCY_POWEROFF_IMMEDIATE] = "poweroff-immediate",
        [EMERGENCY_EXIT] = "exit",
        [EMERGENCY_EXIT_FORCE] = "exit-force",
};
const char *const collect_mode_words[] = {
        [COLLECT_INACTIVE] = "inactive",
        [COLLECT_INACTIVE_OR_FAILED] = "inactive-or-failed",
};
const char *const service_type_words[] = {
        [SERVICE_TYPE_SIMPLE] = "simple",   [SERVICE_TYPE_EXEC] = "exec",
        [SERVICE_TYPE_FORKING] = "forking", [SERVICE_TYPE_ONESHOT] = "oneshot",
        [SERVICE_TYPE_DBUS] = "dbus",       [SERVICE_TYPE_NOTIFY] = "notify",
        [SERVICE_TYPE_IDLE] = "idle",       [SERVICE_TYPE_NOTIFY_RELOAD] = "notify-reload",
};
const char *const service_restart_words[] = {
        [RESTART_NO] = "no",
        [RESTART_ON_SUCCESS] = "on-success",
        [RESTART_ON_FAILURE] = "on-failure",
        [RESTART_ON_ABNORMAL] = "on-abnormal",
        [RESTART_ON_WATCHDOG] = "on-watchdog",
        [RESTART_ON_ABORT] = "on-abort",
        [RESTART_ALWAYS] = "always",
};
const char *const restart_mode_words[] = { [RESTART_MODE_NORMAL] = "normal", [RESTART_MODE_DIRECT] = "direct" };
const char *const exit_type_words[] = { [EXIT_TYPE_MAIN] = "main", [EXIT_TYPE_CGROUP] = "cgroup" };
const char *const notify_access_words[] = {
        [NOTIFY_ACCESS_NONE] = "none",
        [NOTIFY_ACCESS_MAIN] = "main",
        [NOTIFY_ACCESS_EXEC] = "exec",
        [NOTIFY_ACCESS_ALL] = "all",
};
const char *const oom_policy_words[] = {
        [OOM_POLICY_CONTINUE] = "continue",
        [OOM_POLICY_STOP] = "stop",
        [OOM_POLICY_KILL] = "kill",
};
const char *const timeout_failure_mode_words[] = {
        [TIMEOUT_TERMINATE] = "terminate",
        [TIMEOUT_ABORT] = "abort",
        [TIMEOUT_KILL] = "kill",
};
const char *const kill_mode_words[] = {
        [KILL_CONTROL_GROUP] = "control-group",
        [KILL_PROCESS] = "process",
        [KILL_MIXED] = "mixed",
        [KILL_NONE] = "none",
};
const char *const protect_system_words[] = {
        [PROTECT_SYSTEM_NO] = "no",
        [PROTECT_SYSTEM_YES] = "yes",
        [PROTECT_SYSTEM_FULL] = "full",
        [PROTECT_SYSTEM_STRICT] = "strict",
};
const char *const protect_home_words[] = {
        [PROTECT_HOME_NO] = "no",
        [PROTECT_HOME_YES] = "yes",
        [PROTECT_HOME_READ_ONLY] = "read-only",
        [PROTECT_HOME_TMPFS] = "tmpfs",
};
const char *const protect_proc_words[] = {
        [PROTECT_PROC_DEFAULT] = "default",
        [PROTECT_PROC_NOACCESS] = "noaccess",
        [PROTECT_PROC_INVISIBLE] = "invisible",
        [PROTECT_PROC_PTRACEABLE] = "ptraceable",
};
const char *const proc_subset_words[] = { [PROC_SUBSET_ALL] = "all", [PROC_SUBSET_PID] = "pid" };
const char *const preserve_mode_words[] = {
        [PRESERVE_NO] = "no",
        [PRESERVE_YES] = "yes",
        [PRESERVE_RESTART] = "restart",
};
const char *const device_policy_words[] = {
        [DEVICE_POLICY_AUTO] = "auto",
        [DEVICE_POLICY_CLOSED] = "closed",
        [DEVICE_POLICY_STRICT] = "strict",
};

/* Words that unit files do not use but people read. */
static const char *const load_state_words[UNIT_LOAD_STATE_COUNT_] = {
        [UNIT_LOADED] = "loaded", [UNIT_NOT_FOUND] = "not-found", [UNIT_BAD_SETTING] = "bad-setting",
        [UNIT_ERROR] = "error",   [UNIT_MASKED] = "masked",
};
static const char *const outcome_words[OUTCOME_COUNT_] = {
        [OUTCOME_APPLIED] = "applied",         [OUTCOME_EMULATED] = "emulated", [OUTCOME_UNAVAILABLE] = "unavailable",
        [OUTCOME_UNSUPPORTED] = "unsupported", [OUTCOME_INVALID] = "invalid",
};
static const char *const dependency_words[DEPENDENCY_COUNT_] = {
        [DEPENDENCY_REQUIRES] = "Requires",
        [DEPENDENCY_REQUISITE] = "Requisite",
        [DEPENDENCY_WANTS] = "Wants",
        [DEPENDENCY_BINDS_TO] = "BindsTo",
        [DEPENDENCY_PART_OF] = "PartOf",
        [DEPENDENCY_UPHOLDS] = "Upholds",
        [DEPENDENCY_CONFLICTS] = "Conflicts",
        [DEPENDENCY_BEFORE] = "Before",
        [DEPENDENCY_AFTER] = "After",
        [DEPENDENCY_ON_FAILURE] = "OnFailure",
        [DEPENDENCY_ON_SUCCESS] = "OnSuccess",
        [DEPENDENCY_PROPAGATES_RELOAD_TO] = "PropagatesReloadTo",
        [DEPENDENCY_RELOAD_PROPAGATED_FROM] = "ReloadPropagatedFrom",
        [DEPENDENCY_PROPAGATES_STOP_TO] = "PropagatesStopTo",
        [DEPENDENCY_STOP_PROPAGATED_FROM] = "StopPropagatedFrom",
        [DEPENDENCY_JOINS_NAMESPACE_OF] = "JoinsNamespaceOf",
        [DEPENDENCY_SOCKETS] = "Sockets",
};

#define WORD(table, value) table_name(table, ARRAY_LEN(table), (int)(value))

const char *unit_load_state_name(enum unit_load_state state) {
        return WORD(load_state_words, state);
}
const char *outcome_name(enum outcome outcome) {
        return WORD(outcome_words, outcome);
}
const char *dependency_name(enum dependency kind) {
        return WORD(dependency_words, kind);
}
const char *job_mode_name(enum job_mode mode) {
        return WORD(job_mode_words, mode);
}
int job_mode_from_name(const char *name) {
        return table_value(job_mode_words, ARRAY_LEN(job_mode_words), name);
}
const char *emergency_action_name(enum emergency_action action) {
        return WORD(emergency_action_words, action);
}
const char *service_type_name(enum service_type type) {
        return WORD(service_type_words, type);
}
const char *service_restart_name(enum service_restart restart) {
        return WORD(service_restart_words, restart);
}
const char *kill_mode_name(enum kill_mode mode) {
        return WORD(kill_mode_words, mode);
}
const char *notify_access_name(enum notify_access access) {
        return WORD(notify_access_words, access);
}
