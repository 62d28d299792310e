/* SPDX-License-Identifier: MIT */
/* enums: the words of every enumeration that a unit file can name. One row each; the parsers, the names for people and the
 * lists of allowed words come from here. A table whose first words are "no" and "yes" also takes the other booleans.
 */
#pragma once

#include "unit.h"

/*       name                  type                          how many */
#define UNIT_ENUMS(E) \
        E(job_mode,             enum job_mode,                JOB_MODE_COUNT_) \
        E(emergency_action,     enum emergency_action,        EMERGENCY_COUNT_) \
        E(collect_mode,         enum collect_mode,            COLLECT_COUNT_) \
        E(service_type,         enum service_type,            SERVICE_TYPE_COUNT_) \
        E(service_restart,      enum service_restart,         RESTART_COUNT_) \
        E(restart_mode,         enum restart_mode,            RESTART_MODE_COUNT_) \
        E(exit_type,            enum exit_type,               EXIT_TYPE_COUNT_) \
        E(notify_access,        enum notify_access,           NOTIFY_ACCESS_COUNT_) \
        E(oom_policy,           enum oom_policy,              OOM_POLICY_COUNT_) \
        E(timeout_failure_mode, enum timeout_failure_mode,    TIMEOUT_COUNT_) \
        E(kill_mode,            enum kill_mode,               KILL_MODE_COUNT_) \
        E(protect_system,       enum protect_system,          PROTECT_SYSTEM_COUNT_) \
        E(protect_home,         enum protect_home,            PROTECT_HOME_COUNT_) \
        E(protect_proc,         enum protect_proc,            PROTECT_PROC_COUNT_) \
        E(proc_subset,          enum proc_subset,             PROC_SUBSET_COUNT_) \
        E(preserve_mode,        enum preserve_mode,           PRESERVE_COUNT_) \
        E(device_policy,        enum device_policy,           DEVICE_POLICY_COUNT_)

#define DECLARE_WORDS(name, type, count) extern const char *const name##_words[count];
UNIT_ENUMS(DECLARE_WORDS)
#undef DECLARE_WORDS
