/* SPDX-License-Identifier: MIT */
/* settings: the defaults of every struct of settings.h, where zero is not the default. Freed by the rows of directives.h. */
#include "unit-private.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <signal.h>
#include <syslog.h>

void settings_init_unit(struct unit_settings *s, enum unit_type type) {
        static const struct unit_settings defaults = {
                .default_dependencies = true,
                .on_failure_job_mode = JOB_MODE_REPLACE,
                .on_success_job_mode = JOB_MODE_FAIL,
                .job_timeout_us = TIME_NEVER,
                .job_running_timeout_us = TIME_NEVER,
                .success_action_exit_status = UNSET,
                .failure_action_exit_status = UNSET,
                .start_limit_interval_us = 10 * US_PER_SEC,
                .start_limit_burst = 5,
        };

        memcpy(s, &defaults, sizeof *s); /* with its gaps, which are zero */
        s->ignore_on_isolate = type == UNIT_SLICE || type == UNIT_SCOPE || type == UNIT_DEVICE || type == UNIT_SWAP ||
                               type == UNIT_MOUNT || type == UNIT_AUTOMOUNT;
}

int settings_init_exec(struct exec_settings *s) {
        static const struct exec_settings defaults = {
                .umask = 0022,
                .io_class = IOPRIO_CLASS_BE,
                .io_priority = 4,
                .coredump_filter = UNSET,
                .syslog_facility = LOG_DAEMON,
                .syslog_level = LOG_INFO,
                .syslog_level_prefix = true,
                .log_level_max = UNSET,
                .no_new_privileges = TRISTATE_UNSET,
                .private_mounts = TRISTATE_UNSET,
                .capability_bounding_set = CAPABILITIES_ALL,
                .ignore_sigpipe = true,
        };

        memcpy(s, &defaults, sizeof *s); /* with its gaps, which are zero */
        for (int i = 0; i < DIRECTORY_COUNT_; i++)
                s->directories[i].mode = 0755;
        s->tty_path = strdup("/dev/console");
        return s->tty_path ? 0 : -ENOMEM;
}

void settings_init_kill(struct kill_settings *s) {
        static const struct kill_settings defaults = {
                .mode = KILL_CONTROL_GROUP,
                .signal = SIGTERM,
                .final_signal = SIGKILL,
                .watchdog_signal = SIGABRT,
                .send_sigkill = true,
        };

        memcpy(s, &defaults, sizeof *s); /* with its gaps, which are zero */
}

void settings_init_cgroup(struct cgroup_settings *s) {
        static const struct cgroup_settings defaults = {
                .cpu_quota_period_us = 100 * US_PER_MS,
                .cpu_accounting = TRISTATE_UNSET,
                .memory_accounting = TRISTATE_UNSET,
                .tasks_accounting = TRISTATE_UNSET,
                .io_accounting = TRISTATE_UNSET,
                .ip_accounting = TRISTATE_UNSET,
        };

        memcpy(s, &defaults, sizeof *s); /* with its gaps, which are zero */
}

void settings_init_service(struct service_settings *s) {
        static const struct service_settings defaults = {
                .type = SERVICE_TYPE_SIMPLE,
                .restart_us = 100 * US_PER_MS,
                .restart_max_delay_us = TIME_NEVER,
                .timeout_start_us = 90 * US_PER_SEC,
                .timeout_stop_us = 90 * US_PER_SEC,
                .runtime_max_us = TIME_NEVER,
                .guess_main_pid = true,
                .notify_access = NOTIFY_ACCESS_UNSET,
                .reload_signal = SIGHUP,
                .oom_policy = OOM_POLICY_UNSET,
        };

        memcpy(s, &defaults, sizeof *s); /* with its gaps, which are zero */
}
