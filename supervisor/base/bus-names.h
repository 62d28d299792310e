/* SPDX-License-Identifier: MIT */
/* bus-names: what both ends of the control socket call things. The first half is systemd's, so that its tools work too. */
#pragma once

#define BUS_PATH        "/org/freedesktop/systemd1"
#define BUS_UNIT_PATH   "/org/freedesktop/systemd1/unit"
#define BUS_JOB_PATH    "/org/freedesktop/systemd1/job"
#define BUS_MANAGER     "org.freedesktop.systemd1.Manager"
#define BUS_UNIT        "org.freedesktop.systemd1.Unit"
#define BUS_JOB         "org.freedesktop.systemd1.Job"
#define BUS_TYPE_PREFIX "org.freedesktop.systemd1." /* + Service, Target, Slice … */
#define BUS_SENDER      "org.freedesktop.systemd1"

#define BUS_ERROR_NO_SUCH_UNIT       "org.freedesktop.systemd1.NoSuchUnit"
#define BUS_ERROR_NO_UNIT_FOR_PID    "org.freedesktop.systemd1.NoUnitForPID"
#define BUS_ERROR_NO_SUCH_JOB        "org.freedesktop.systemd1.NoSuchJob"
#define BUS_ERROR_NO_SUCH_PROCESS    "org.freedesktop.systemd1.NoSuchProcess"
#define BUS_ERROR_UNIT_MASKED        "org.freedesktop.systemd1.UnitMasked"
#define BUS_ERROR_LOAD_FAILED        "org.freedesktop.systemd1.LoadFailed"
#define BUS_ERROR_BAD_SETTING        "org.freedesktop.systemd1.BadUnitSetting"
#define BUS_ERROR_ONLY_BY_DEPENDENCY "org.freedesktop.systemd1.OnlyByDependency"
#define BUS_ERROR_NO_ISOLATION       "org.freedesktop.systemd1.NoIsolation"
#define BUS_ERROR_DESTRUCTIVE        "org.freedesktop.systemd1.TransactionIsDestructive"
#define BUS_ERROR_NOT_APPLICABLE     "org.freedesktop.systemd1.JobTypeNotApplicable"
#define BUS_ERROR_CYCLE              "org.freedesktop.systemd1.TransactionOrderIsCyclic"
#define BUS_ERROR_SHUTTING_DOWN      "org.freedesktop.systemd1.ShuttingDown"

/* keel's own. */
#define BUS_KEEL_MANAGER "org.keel1.Manager"

/* Below the runtime directory. */
#define CONTROL_SOCKET_NAME "control"
