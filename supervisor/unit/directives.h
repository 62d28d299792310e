/* SPDX-License-Identifier: MIT */
/* directives: every key that a unit file may have, one row each. Parser table, known keys, manual, completion, fuzz
 * dictionary and tests are made from these rows; nothing else in keel lists or compares keys.
 *
 *   ROW(group, key, kind, field, syntax, what it does)
 *   NOT_YET(group, key, syntax, what it would do)     known to systemd, reported as `unsupported`
 *
 * A group is a set of keys that may stand together in one or more sections (directive.c says in which) and the struct that
 * its fields belong to. A kind is one parser (kinds.h); its type must be the field's type, or the build stops. Several
 * rows may name one field: older spellings of the same thing. Fields are described in settings.h.
 */
#pragma once

#define DIRECTIVES(ROW, NOT_YET) \
        DIRECTIVES_UNIT(ROW, NOT_YET) \
        DIRECTIVES_CONDITIONS(ROW) \
        DIRECTIVES_INSTALL(ROW) \
        DIRECTIVES_SERVICE(ROW, NOT_YET) \
        DIRECTIVES_EXEC(ROW, NOT_YET) \
        DIRECTIVES_SANDBOX(ROW, NOT_YET) \
        DIRECTIVES_KILL(ROW) \
        DIRECTIVES_CGROUP(ROW, NOT_YET) \
        DIRECTIVES_OTHER_TYPES(NOT_YET)

/* ---- [Unit]: systemd.unit(5) -------------------------------------------------------------------------------------- */
#define DIRECTIVES_UNIT(ROW, NOT_YET) \
        ROW(UNIT_ITSELF, Description, text, description, "TEXT", "What people see in lists and messages.") \
        ROW(UNIT, Documentation, documentation, documentation, "URI...", "Where to read more: http(s), file, info, man.") \
        ROW(UNIT, SourcePath, path, source_path, "PATH", "The configuration file that this unit was made from.") \
        ROW(UNIT, Requires, units, dependencies[DEPENDENCY_REQUIRES], "UNIT...", "Started along; stopped with them.") \
        ROW(UNIT, Requisite, units, dependencies[DEPENDENCY_REQUISITE], "UNIT...", "Must be active already.") \
        ROW(UNIT, Wants, units, dependencies[DEPENDENCY_WANTS], "UNIT...", "Started along; may fail.") \
        ROW(UNIT, BindsTo, units, dependencies[DEPENDENCY_BINDS_TO], "UNIT...", "Requires=, and stopped whenever they stop.") \
        ROW(UNIT, BindTo, units, dependencies[DEPENDENCY_BINDS_TO], "UNIT...", "Old name of BindsTo=.") \
        ROW(UNIT, PartOf, units, dependencies[DEPENDENCY_PART_OF], "UNIT...", "Stopped and restarted with them.") \
        ROW(UNIT, Upholds, units, dependencies[DEPENDENCY_UPHOLDS], "UNIT...", "Kept running while this unit is up.") \
        ROW(UNIT, Conflicts, units, dependencies[DEPENDENCY_CONFLICTS], "UNIT...", "Starting one stops the other.") \
        ROW(UNIT, Before, units, dependencies[DEPENDENCY_BEFORE], "UNIT...", "They start after this one is up.") \
        ROW(UNIT, After, units, dependencies[DEPENDENCY_AFTER], "UNIT...", "This one starts after they are up.") \
        ROW(UNIT, OnFailure, units, dependencies[DEPENDENCY_ON_FAILURE], "UNIT...", "Started when this unit fails.") \
        ROW(UNIT, OnSuccess, units, dependencies[DEPENDENCY_ON_SUCCESS], "UNIT...", "Started when it ends well.") \
        ROW(UNIT, PropagatesReloadTo, units, dependencies[DEPENDENCY_PROPAGATES_RELOAD_TO], "UNIT...", \
            "Reloaded with this unit.") \
        ROW(UNIT, PropagateReloadTo, units, dependencies[DEPENDENCY_PROPAGATES_RELOAD_TO], "UNIT...", \
            "Old name of PropagatesReloadTo=.") \
        ROW(UNIT, ReloadPropagatedFrom, units, dependencies[DEPENDENCY_RELOAD_PROPAGATED_FROM], "UNIT...", \
            "This unit is reloaded with them.") \
        ROW(UNIT, PropagateReloadFrom, units, dependencies[DEPENDENCY_RELOAD_PROPAGATED_FROM], "UNIT...", \
            "Old name of ReloadPropagatedFrom=.") \
        ROW(UNIT, PropagatesStopTo, units, dependencies[DEPENDENCY_PROPAGATES_STOP_TO], "UNIT...", \
            "Stopped with this unit.") \
        ROW(UNIT, StopPropagatedFrom, units, dependencies[DEPENDENCY_STOP_PROPAGATED_FROM], "UNIT...", \
            "This unit is stopped with them.") \
        ROW(UNIT, JoinsNamespaceOf, units, dependencies[DEPENDENCY_JOINS_NAMESPACE_OF], "UNIT...", \
            "Shares their private /tmp and network.") \
        ROW(UNIT, RequiresOverridable, units, dependencies[DEPENDENCY_REQUIRES], "UNIT...", "Obsolete: Requires=.") \
        ROW(UNIT, RequisiteOverridable, units, dependencies[DEPENDENCY_REQUISITE], "UNIT...", "Obsolete: Requisite=.") \
        ROW(UNIT, RequiresMountsFor, paths, requires_mounts_for, "PATH...", "Needs the mount units of these paths.") \
        ROW(UNIT, StopWhenUnneeded, boolean, stop_when_unneeded, "BOOL", "Stopped when no active unit needs it.") \
        ROW(UNIT, RefuseManualStart, boolean, refuse_manual_start, "BOOL", "Started as a dependency only.") \
        ROW(UNIT, RefuseManualStop, boolean, refuse_manual_stop, "BOOL", "Stopped as a dependency only.") \
        ROW(UNIT, AllowIsolate, boolean, allow_isolate, "BOOL", "May be used with isolate.") \
        ROW(UNIT, DefaultDependencies, boolean, default_dependencies, "BOOL", "Add the dependencies of its type.") \
        ROW(UNIT, OnSuccessJobMode, job_mode, on_success_job_mode, "MODE", "How units of OnSuccess= are queued.") \
        ROW(UNIT, OnFailureJobMode, job_mode, on_failure_job_mode, "MODE", "How units of OnFailure= are queued.") \
        ROW(UNIT, OnFailureIsolate, job_mode_isolate, on_failure_job_mode, "BOOL", "Obsolete: OnFailureJobMode=isolate.") \
        ROW(UNIT, IgnoreOnIsolate, boolean, ignore_on_isolate, "BOOL", "Left alone by isolate.") \
        ROW(UNIT, JobTimeoutSec, span_or_never, job_timeout_us, "TIME", "How long a job may wait and run.") \
        ROW(UNIT, JobRunningTimeoutSec, span_or_never, job_running_timeout_us, "TIME", "How long a job may run.") \
        ROW(UNIT, JobTimeoutAction, emergency_action, job_timeout_action, "ACTION", "What to do when a job times out.") \
        NOT_YET(UNIT, JobTimeoutRebootArgument, "TEXT", "Argument of reboot(2) for JobTimeoutAction=.") \
        ROW(UNIT, StartLimitIntervalSec, span, start_limit_interval_us, "TIME", "The window that starts are counted in.") \
        ROW(UNIT, StartLimitInterval, span, start_limit_interval_us, "TIME", "Old name of StartLimitIntervalSec=.") \
        ROW(UNIT, StartLimitBurst, count, start_limit_burst, "N", "How many starts are allowed in the window.") \
        ROW(UNIT, StartLimitAction, emergency_action, start_limit_action, "ACTION", "What to do when there are more.") \
        ROW(UNIT, FailureAction, emergency_action, failure_action, "ACTION", "What keel does when the unit fails.") \
        ROW(UNIT, SuccessAction, emergency_action, success_action, "ACTION", "What keel does when it ends well.") \
        ROW(UNIT, FailureActionExitStatus, exit_status, failure_action_exit_status, "0...255", \
            "keel's own exit status for FailureAction=exit.") \
        ROW(UNIT, SuccessActionExitStatus, exit_status, success_action_exit_status, "0...255", \
            "keel's own exit status for SuccessAction=exit.") \
        NOT_YET(UNIT, RebootArgument, "TEXT", "Argument of reboot(2).") \
        ROW(UNIT, CollectMode, collect_mode, collect_mode, "MODE", "When an unused unit is forgotten.")

/* A test is a Condition= (skip the unit) and an Assert= (fail the job). plan/condition.c has a function for each.
 * CONDITION(R, test, ...) makes both rows. */
#define CONDITION(R, test, syntax, help) \
        R(UNIT, Condition##test, condition, conditions, syntax, "Skips the start unless " help ".") \
        R(UNIT, Assert##test, condition, conditions, syntax, "Fails the start unless " help ".")

#define DIRECTIVES_CONDITIONS(R) \
        CONDITION(R, PathExists, "[|][!]PATH", "the path exists") \
        CONDITION(R, PathExistsGlob, "[|][!]GLOB", "something matches") \
        CONDITION(R, PathIsDirectory, "[|][!]PATH", "it is a directory") \
        CONDITION(R, PathIsSymbolicLink, "[|][!]PATH", "it is a symbolic link") \
        CONDITION(R, PathIsMountPoint, "[|][!]PATH", "it is a mount point") \
        CONDITION(R, PathIsReadWrite, "[|][!]PATH", "its file system is writable") \
        CONDITION(R, PathIsEncrypted, "[|][!]PATH", "its file system is on dm-crypt") \
        CONDITION(R, DirectoryNotEmpty, "[|][!]PATH", "it is a directory with something in it") \
        CONDITION(R, FileNotEmpty, "[|][!]PATH", "it is a regular file with something in it") \
        CONDITION(R, FileIsExecutable, "[|][!]PATH", "it is an executable regular file") \
        CONDITION(R, NeedsUpdate, "[|][!]/etc|/var", "/usr is newer than the directory's .updated") \
        CONDITION(R, FirstBoot, "[|][!]BOOL", "the system boots for the first time") \
        CONDITION(R, Architecture, "[|][!]ARCH|native", "this is the machine's architecture") \
        CONDITION(R, Firmware, "[|][!]uefi|device-tree|...", "the firmware is of this type") \
        CONDITION(R, Virtualization, "[|][!]BOOL|vm|container|NAME", "we run virtualized, in this") \
        CONDITION(R, Host, "[|][!]NAME|ID", "the host name or machine id matches") \
        CONDITION(R, KernelCommandLine, "[|][!]WORD[=VALUE]", "the kernel was booted with this") \
        CONDITION(R, KernelVersion, "[|][!]EXPRESSION...", "the kernel's release matches") \
        CONDITION(R, Credential, "[|][!]NAME", "keel was given this credential") \
        CONDITION(R, Security, "[|][!]NAME", "this security technology is on") \
        CONDITION(R, Capability, "[|][!]CAP_NAME", "it is in keel's bounding set") \
        CONDITION(R, ACPower, "[|][!]BOOL", "we are on AC power") \
        CONDITION(R, Memory, "[|][!][OP]SIZE", "there is that much memory") \
        CONDITION(R, CPUFeature, "[|][!]NAME", "the CPU has this feature") \
        CONDITION(R, CPUs, "[|][!][OP]N", "there are that many CPUs") \
        CONDITION(R, Environment, "[|][!]NAME[=VALUE]", "it is in keel's environment") \
        CONDITION(R, User, "[|][!]NAME|UID|@system", "keel runs as this user") \
        CONDITION(R, Group, "[|][!]NAME|GID", "keel runs in this group") \
        CONDITION(R, ControlGroupController, "[|][!]NAME...|v1|v2", "these cgroup controllers are there") \
        CONDITION(R, OSRelease, "[|][!]KEY OP VALUE...", "os-release says so") \
        CONDITION(R, MemoryPressure, "[|][!][SLICE:]PERCENT[/TIME]", "memory pressure is not above it") \
        CONDITION(R, CPUPressure, "[|][!][SLICE:]PERCENT[/TIME]", "CPU pressure is not above it") \
        CONDITION(R, IOPressure, "[|][!][SLICE:]PERCENT[/TIME]", "IO pressure is not above it")

/* ---- [Install] ---------------------------------------------------------------------------------------------------- */
#define DIRECTIVES_INSTALL(ROW) \
        ROW(INSTALL, Alias, install_names, alias, "UNIT...", "More names for it when enabled.") \
        ROW(INSTALL, WantedBy, install_names, wanted_by, "UNIT...", "They get Wants= on it when enabled.") \
        ROW(INSTALL, RequiredBy, install_names, required_by, "UNIT...", "They get Requires= on it when enabled.") \
        ROW(INSTALL, UpheldBy, install_names, upheld_by, "UNIT...", "They get Upholds= on it when enabled.") \
        ROW(INSTALL, Also, install_names, also, "UNIT...", "Enabled and disabled along.") \
        ROW(INSTALL, DefaultInstance, instance_name, default_instance, "TEXT", "Instance of a template enabled without one.")

/* ---- [Service]: systemd.service(5) -------------------------------------------------------------------------------- */
#define DIRECTIVES_SERVICE(ROW, NOT_YET) \
        ROW(SERVICE, Type, service_type, type, "TYPE", "How to tell that the service is up.") \
        ROW(SERVICE, ExitType, exit_type, exit_type, "main|cgroup", "Whose end is the service's end.") \
        ROW(SERVICE, RemainAfterExit, boolean, remain_after_exit, "BOOL", "Active even with no process left.") \
        ROW(SERVICE, GuessMainPID, boolean, guess_main_pid, "BOOL", "Guess the main process of a forking service.") \
        ROW(SERVICE, PIDFile, pid_file, pid_file, "PATH", "Where a forking service writes its main pid.") \
        ROW(SERVICE, BusName, bus_name, bus_name, "NAME", "The D-Bus name that it takes when it is up.") \
        ROW(COMMANDS, ExecCondition, commands, lists[COMMAND_CONDITION], "COMMAND", "1...254: skip the start quietly.") \
        ROW(COMMANDS, ExecStartPre, commands, lists[COMMAND_START_PRE], "COMMAND", "Run before ExecStart=.") \
        ROW(COMMANDS, ExecStart, commands, lists[COMMAND_START], "COMMAND", "The service itself.") \
        ROW(COMMANDS, ExecStartPost, commands, lists[COMMAND_START_POST], "COMMAND", "Run when it is up.") \
        ROW(COMMANDS, ExecReload, commands, lists[COMMAND_RELOAD], "COMMAND", "Makes it read its configuration again.") \
        ROW(COMMANDS, ExecStop, commands, lists[COMMAND_STOP], "COMMAND", "Asks it to stop, before signals do.") \
        ROW(COMMANDS, ExecStopPost, commands, lists[COMMAND_STOP_POST], "COMMAND", "Run after every end.") \
        ROW(SERVICE, RestartSec, span, restart_us, "TIME", "Pause before a restart.") \
        ROW(SERVICE, RestartSteps, count, restart_steps, "N", "Steps from RestartSec= up to RestartMaxDelaySec=.") \
        ROW(SERVICE, RestartMaxDelaySec, span, restart_max_delay_us, "TIME", "The longest pause before a restart.") \
        ROW(SERVICE, RestartMode, restart_mode, restart_mode, "normal|direct", "Whether a restart passes through failed.") \
        ROW(SERVICE, Restart, service_restart, restart, "WHEN", "After which ends it is started again.") \
        ROW(SERVICE, TimeoutSec, timeout_both, timeout_start_us, "TIME", "TimeoutStartSec= and TimeoutStopSec=.") \
        ROW(SERVICE, TimeoutStartSec, timeout_start, timeout_start_us, "TIME", "How long a start may take.") \
        ROW(SERVICE, TimeoutStopSec, span_or_never, timeout_stop_us, "TIME", "How long a stop may take before SIGKILL.") \
        ROW(SERVICE, TimeoutAbortSec, timeout_abort, timeout_abort_us, "TIME", "The same after a watchdog's abort.") \
        ROW(SERVICE, TimeoutStartFailureMode, timeout_failure_mode, timeout_start_failure_mode, "MODE", \
            "How a start that took too long is ended.") \
        ROW(SERVICE, TimeoutStopFailureMode, timeout_failure_mode, timeout_stop_failure_mode, "MODE", \
            "How a stop that took too long is ended.") \
        ROW(SERVICE, RuntimeMaxSec, span, runtime_max_us, "TIME", "How long it may be active.") \
        ROW(SERVICE, RuntimeRandomizedExtraSec, span, runtime_randomized_extra_us, "TIME", "Up to this much longer.") \
        ROW(SERVICE, WatchdogSec, span_or_none, watchdog_us, "TIME", "How often it must send WATCHDOG=1.") \
        ROW(SERVICE, RestartPreventExitStatus, exit_set, restart_prevent_status, "STATUS...", "Ends without restart.") \
        ROW(SERVICE, RestartForceExitStatus, exit_set, restart_force_status, "STATUS...", "Ends always with restart.") \
        ROW(SERVICE, SuccessExitStatus, exit_set, success_status, "STATUS...", "More ends that count as success.") \
        ROW(SERVICE, PermissionsStartOnly, boolean, permissions_start_only, "BOOL", "User= for ExecStart= only. Use +.") \
        ROW(SERVICE, RootDirectoryStartOnly, boolean, root_directory_start_only, "BOOL", \
            "RootDirectory= for ExecStart= only.") \
        ROW(SERVICE, NonBlocking, boolean, non_blocking, "BOOL", "O_NONBLOCK on sockets that are passed.") \
        ROW(SERVICE, FileDescriptorStoreMax, count, fd_store_max, "N", "How many fds keel keeps for it.") \
        ROW(SERVICE, NotifyAccess, notify_access, notify_access, "WHO", "Whose sd_notify(3) messages count.") \
        ROW(SERVICE, ReloadSignal, signal, reload_signal, "SIGNAL", "What reloads a notify-reload service.") \
        ROW(SERVICE, OOMPolicy, oom_policy, oom_policy, "POLICY", "What follows when the OOM killer hits it.") \
        NOT_YET(SERVICE, OpenFile, "PATH[:NAME[:OPTIONS]]", "Opens a file and passes it as an fd.") \
        NOT_YET(SERVICE, FileDescriptorStorePreserve, "no|yes|restart", "Keeps the fd store of a stopped service.") \
        NOT_YET(SERVICE, USBFunctionDescriptors, "PATH", "USB FunctionFS descriptors.") \
        NOT_YET(SERVICE, USBFunctionStrings, "PATH", "USB FunctionFS strings.") \
        ROW(SERVICE_UNIT, Sockets, units, dependencies[DEPENDENCY_SOCKETS], "UNIT...", "Socket units that pass it fds.") \
        ROW(SERVICE_UNIT, StartLimitInterval, span, start_limit_interval_us, "TIME", "Old place: [Unit].") \
        ROW(SERVICE_UNIT, StartLimitBurst, count, start_limit_burst, "N", "Old place: [Unit].") \
        ROW(SERVICE_UNIT, StartLimitAction, emergency_action, start_limit_action, "ACTION", "Old place: [Unit].") \
        ROW(SERVICE_UNIT, FailureAction, emergency_action, failure_action, "ACTION", "Old place: [Unit].") \
        NOT_YET(SERVICE_UNIT, RebootArgument, "TEXT", "Old place: [Unit].")

/* ---- processes: systemd.exec(5) ----------------------------------------------------------------------------------- */
#define DIRECTIVES_EXEC(ROW, NOT_YET) \
        ROW(EXEC, WorkingDirectory, working_directory, working_directory, "[-]PATH|~", "Where it starts.") \
        ROW(EXEC, RootDirectory, path, root_directory, "PATH", "Its root directory.") \
        ROW(EXEC, User, user, user, "NAME|UID", "Who it runs as.") \
        ROW(EXEC, Group, user, group, "NAME|GID", "Its group; default the user's.") \
        ROW(EXEC, SupplementaryGroups, user_list, supplementary_groups, "GROUP...", "More groups.") \
        ROW(EXEC, DynamicUser, boolean, dynamic_user, "BOOL", "A user of its own for as long as it runs.") \
        ROW(EXEC, Nice, nice, nice, "-20...19", "Scheduling priority.") \
        ROW(EXEC, OOMScoreAdjust, oom_score_adjust, oom_score_adjust, "-1000...1000", "How dear it is to the OOM killer.") \
        ROW(EXEC, CoredumpFilter, coredump_filter, coredump_filter, "TYPE...|MASK", "Which memory a core dump has.") \
        ROW(EXEC, IOSchedulingClass, io_class, io_class, "CLASS", "IO scheduling class: realtime, best-effort, idle.") \
        ROW(EXEC, IOSchedulingPriority, io_priority, io_priority, "0...7", "IO priority in its class; 0 is first.") \
        ROW(EXEC, CPUSchedulingPolicy, cpu_policy, cpu_policy, "POLICY", "other, batch, idle, fifo, rr.") \
        ROW(EXEC, CPUSchedulingPriority, cpu_priority, cpu_priority, "1...99", "Real-time priority.") \
        ROW(EXEC, CPUSchedulingResetOnFork, boolean, cpu_reset_on_fork, "BOOL", "Children are not real-time.") \
        ROW(EXEC, CPUAffinity, cpu_affinity, cpu_affinity, "CPU...|numa", "The CPUs it may run on.") \
        NOT_YET(EXEC, NUMAPolicy, "POLICY", "Memory policy of NUMA machines.") \
        NOT_YET(EXEC, NUMAMask, "NODE...|all", "NUMA nodes for NUMAPolicy=.") \
        ROW(EXEC, UMask, mode, umask, "MODE", "File mode creation mask.") \
        ROW(EXEC, Environment, environment, environment, "NAME=VALUE...", "Environment variables.") \
        ROW(EXEC, EnvironmentFile, environment_files, environment_files, "[-]PATH", "Reads variables from a file.") \
        ROW(EXEC, PassEnvironment, names, pass_environment, "NAME...", "Passes keel's own variables on.") \
        ROW(EXEC, UnsetEnvironment, unset_names, unset_environment, "NAME[=VALUE]...", "Removes variables, last of all.") \
        NOT_YET(EXEC, ExecSearchPath, "PATH[:PATH...]", "Where commands without a slash are searched.") \
        ROW(EXEC, StandardInput, input, input, "INPUT", "What is fd 0.") \
        ROW(EXEC, StandardOutput, output, output, "OUTPUT", "What is fd 1.") \
        ROW(EXEC, StandardError, output, error, "OUTPUT", "What is fd 2.") \
        ROW(EXEC, StandardInputText, input_text, input_data, "TEXT", "A line of input for StandardInput=data.") \
        ROW(EXEC, StandardInputData, input_base64, input_data, "BASE64", "Input for StandardInput=data.") \
        ROW(EXEC, TTYPath, path, tty_path, "PATH", "The terminal of tty input and output.") \
        ROW(EXEC, TTYReset, boolean, tty_reset, "BOOL", "Resets the terminal before and after.") \
        ROW(EXEC, TTYVHangup, boolean, tty_vhangup, "BOOL", "Disconnects others before and after.") \
        ROW(EXEC, TTYVTDisallocate, boolean, tty_vt_disallocate, "BOOL", "Clears the virtual terminal before and after.") \
        NOT_YET(EXEC, TTYRows, "N", "Rows of the terminal.") \
        NOT_YET(EXEC, TTYColumns, "N", "Columns of the terminal.") \
        ROW(EXEC, SyslogIdentifier, text, syslog_identifier, "TEXT", "The name on its log lines.") \
        ROW(EXEC, SyslogFacility, syslog_facility, syslog_facility, "FACILITY", "Facility of its log lines.") \
        ROW(EXEC, SyslogLevel, syslog_level, syslog_level, "LEVEL", "Level of lines without a prefix.") \
        ROW(EXEC, SyslogLevelPrefix, boolean, syslog_level_prefix, "BOOL", "Lines may begin with <N>.") \
        ROW(EXEC, LogLevelMax, syslog_level, log_level_max, "LEVEL", "Drops lines of less weight.") \
        ROW(EXEC, LogRateLimitIntervalSec, log_interval, log_rate_limit_interval_us, "TIME", "Window of its log rate limit.") \
        ROW(EXEC, LogRateLimitBurst, log_burst, log_rate_limit_burst, "N", "Lines allowed in the window.") \
        NOT_YET(EXEC, LogExtraFields, "FIELD=VALUE...", "More fields for each log entry.") \
        NOT_YET(EXEC, LogNamespace, "NAME", "A journal of its own.") \
        ROW(EXEC, TimerSlackNSec, timer_slack, timer_slack_ns, "TIME", "How late timers may fire.") \
        ROW(EXEC, KeyringMode, keyring_mode, keyring_mode, "MODE", "inherit, private or shared kernel keyring.") \
        ROW(EXEC, Personality, personality, personality, "ARCH", "What uname(2) says of the architecture.") \
        ROW(EXEC, LimitCPU, limit, limits[RLIMIT_CPU], "TIME[:TIME]", "CPU time.") \
        ROW(EXEC, LimitFSIZE, limit, limits[RLIMIT_FSIZE], "SIZE[:SIZE]", "File size.") \
        ROW(EXEC, LimitDATA, limit, limits[RLIMIT_DATA], "SIZE[:SIZE]", "Data segment.") \
        ROW(EXEC, LimitSTACK, limit, limits[RLIMIT_STACK], "SIZE[:SIZE]", "Stack.") \
        ROW(EXEC, LimitCORE, limit, limits[RLIMIT_CORE], "SIZE[:SIZE]", "Core dump.") \
        ROW(EXEC, LimitRSS, limit, limits[RLIMIT_RSS], "SIZE[:SIZE]", "Resident memory; Linux ignores it.") \
        ROW(EXEC, LimitNOFILE, limit, limits[RLIMIT_NOFILE], "N[:N]", "Open files.") \
        ROW(EXEC, LimitAS, limit, limits[RLIMIT_AS], "SIZE[:SIZE]", "Address space.") \
        ROW(EXEC, LimitNPROC, limit, limits[RLIMIT_NPROC], "N[:N]", "Processes of the user.") \
        ROW(EXEC, LimitMEMLOCK, limit, limits[RLIMIT_MEMLOCK], "SIZE[:SIZE]", "Locked memory.") \
        ROW(EXEC, LimitLOCKS, limit, limits[RLIMIT_LOCKS], "N[:N]", "File locks; Linux ignores it.") \
        ROW(EXEC, LimitSIGPENDING, limit, limits[RLIMIT_SIGPENDING], "N[:N]", "Queued signals.") \
        ROW(EXEC, LimitMSGQUEUE, limit, limits[RLIMIT_MSGQUEUE], "SIZE[:SIZE]", "POSIX message queues.") \
        ROW(EXEC, LimitNICE, limit, limits[RLIMIT_NICE], "NICE[:NICE]", "How far it may lower its nice value.") \
        ROW(EXEC, LimitRTPRIO, limit, limits[RLIMIT_RTPRIO], "N[:N]", "Real-time priority it may take.") \
        ROW(EXEC, LimitRTTIME, limit, limits[RLIMIT_RTTIME], "TIME[:TIME]", "Real-time CPU time without a pause.") \
        ROW(EXEC, RuntimeDirectory, directory, directories[DIRECTORY_RUNTIME], "NAME...", "Made below /run for it.") \
        ROW(EXEC, RuntimeDirectoryMode, mode, directories[DIRECTORY_RUNTIME].mode, "MODE", "Their mode.") \
        ROW(EXEC, RuntimeDirectoryPreserve, preserve_mode, runtime_directory_preserve, "no|yes|restart", \
            "Whether they outlive it.") \
        ROW(EXEC, StateDirectory, directory, directories[DIRECTORY_STATE], "NAME...", "Made below /var/lib for it.") \
        ROW(EXEC, StateDirectoryMode, mode, directories[DIRECTORY_STATE].mode, "MODE", "Their mode.") \
        ROW(EXEC, CacheDirectory, directory, directories[DIRECTORY_CACHE], "NAME...", "Made below /var/cache for it.") \
        ROW(EXEC, CacheDirectoryMode, mode, directories[DIRECTORY_CACHE].mode, "MODE", "Their mode.") \
        ROW(EXEC, LogsDirectory, directory, directories[DIRECTORY_LOGS], "NAME...", "Made below /var/log for it.") \
        ROW(EXEC, LogsDirectoryMode, mode, directories[DIRECTORY_LOGS].mode, "MODE", "Their mode.") \
        ROW(EXEC, ConfigurationDirectory, directory, directories[DIRECTORY_CONFIGURATION], "NAME...", \
            "Made below /etc for it.") \
        ROW(EXEC, ConfigurationDirectoryMode, mode, directories[DIRECTORY_CONFIGURATION].mode, "MODE", "Their mode.") \
        NOT_YET(EXEC, TimeoutCleanSec, "TIME", "How long a clean may take.") \
        NOT_YET(EXEC, SetCredential, "ID:VALUE", "A credential with this value.") \
        NOT_YET(EXEC, SetCredentialEncrypted, "ID:VALUE", "The same, encrypted.") \
        NOT_YET(EXEC, LoadCredential, "ID[:PATH]", "A credential from a file or socket.") \
        NOT_YET(EXEC, LoadCredentialEncrypted, "ID[:PATH]", "The same, encrypted.") \
        NOT_YET(EXEC, PAMName, "NAME", "Opens a PAM session.") \
        ROW(EXEC, IgnoreSIGPIPE, boolean, ignore_sigpipe, "BOOL", "Starts with SIGPIPE ignored.") \
        ROW(EXEC, UtmpIdentifier, text, utmp_identifier, "ID", "Makes utmp records.") \
        NOT_YET(EXEC, UtmpMode, "init|login|user", "Which utmp records.")

/* ---- what processes may see and do: systemd.exec(5) ---------------------------------------------------------------- */
#define DIRECTIVES_SANDBOX(ROW, NOT_YET) \
        ROW(EXEC, NoNewPrivileges, tristate, no_new_privileges, "BOOL", "execve(2) gives no privileges.") \
        ROW(EXEC, CapabilityBoundingSet, capabilities, capability_bounding_set, "[~]CAP...", "What it may ever have.") \
        ROW(EXEC, AmbientCapabilities, capabilities, ambient_capabilities, "[~]CAP...", "What it has without being root.") \
        ROW(EXEC, SecureBits, secure_bits, secure_bits, "BIT...", "securebits of capabilities(7).") \
        NOT_YET(EXEC, SELinuxContext, "[-]LABEL", "SELinux context.") \
        ROW(EXEC, AppArmorProfile, apparmor_profile, apparmor_profile, "[-]NAME", "AppArmor profile.") \
        NOT_YET(EXEC, SmackProcessLabel, "[-]LABEL", "SMACK label.") \
        ROW(EXEC, RemoveIPC, boolean, remove_ipc, "BOOL", "Removes the user's SysV and POSIX IPC at the end.") \
        ROW(EXEC, PrivateTmp, boolean, private_tmp, "BOOL", "Its own /tmp and /var/tmp.") \
        ROW(EXEC, PrivateDevices, boolean, private_devices, "BOOL", "A /dev with pseudo devices only.") \
        ROW(EXEC, PrivateNetwork, boolean, private_network, "BOOL", "A network with a loopback only.") \
        ROW(EXEC, PrivateUsers, boolean, private_users, "BOOL", "Its own user namespace.") \
        ROW(EXEC, PrivateIPC, boolean, private_ipc, "BOOL", "Its own IPC namespace.") \
        ROW(EXEC, PrivateMounts, tristate, private_mounts, "BOOL", "Its own mount namespace.") \
        ROW(EXEC, MountAPIVFS, boolean, mount_api_vfs, "BOOL", "/proc, /sys, /dev in its RootDirectory=.") \
        ROW(EXEC, MountFlags, mount_flags, mount_flags, "shared|slave|private", "How mounts propagate.") \
        ROW(EXEC, ProtectSystem, protect_system, protect_system, "BOOL|full|strict", "Read-only system directories.") \
        ROW(EXEC, ProtectHome, protect_home, protect_home, "BOOL|read-only|tmpfs", "No home directories.") \
        ROW(EXEC, ProtectProc, protect_proc, protect_proc, "MODE", "Which processes /proc shows.") \
        ROW(EXEC, ProcSubset, proc_subset, proc_subset, "all|pid", "Only the pid part of /proc.") \
        ROW(EXEC, ProtectKernelTunables, boolean, protect_kernel_tunables, "BOOL", "Read-only /proc/sys, /sys ...") \
        ROW(EXEC, ProtectKernelModules, boolean, protect_kernel_modules, "BOOL", "No loading of modules.") \
        ROW(EXEC, ProtectKernelLogs, boolean, protect_kernel_logs, "BOOL", "No kernel log.") \
        ROW(EXEC, ProtectControlGroups, boolean, protect_control_groups, "BOOL", "Read-only cgroups.") \
        ROW(EXEC, ProtectHostname, boolean, protect_hostname, "BOOL", "No change of the host name.") \
        ROW(EXEC, ProtectClock, boolean, protect_clock, "BOOL", "No change of the clock.") \
        ROW(EXEC, ReadWritePaths, path_list, paths[PATHS_READ_WRITE], "[-][+]PATH...", "Writable in spite of the rest.") \
        ROW(EXEC, ReadOnlyPaths, path_list, paths[PATHS_READ_ONLY], "[-][+]PATH...", "Read-only.") \
        ROW(EXEC, InaccessiblePaths, path_list, paths[PATHS_INACCESSIBLE], "[-][+]PATH...", "Not there at all.") \
        ROW(EXEC, ExecPaths, path_list, paths[PATHS_EXEC], "[-][+]PATH...", "Programs may be run from here.") \
        ROW(EXEC, NoExecPaths, path_list, paths[PATHS_NO_EXEC], "[-][+]PATH...", "No programs may be run from here.") \
        ROW(EXEC, ReadWriteDirectories, path_list, paths[PATHS_READ_WRITE], "[-][+]PATH...", "Old: ReadWritePaths=.") \
        ROW(EXEC, ReadOnlyDirectories, path_list, paths[PATHS_READ_ONLY], "[-][+]PATH...", "Old: ReadOnlyPaths=.") \
        ROW(EXEC, InaccessibleDirectories, path_list, paths[PATHS_INACCESSIBLE], "[-][+]PATH...", "Old: InaccessiblePaths=.") \
        ROW(EXEC, BindPaths, bind_mounts, bind_mounts, "[-]PATH[:PATH[:OPTIONS]]...", "Bind mounts.") \
        ROW(EXEC, BindReadOnlyPaths, bind_mounts_read_only, bind_mounts, "[-]PATH[:PATH[:OPTIONS]]...", \
            "Read-only bind mounts.") \
        ROW(EXEC, TemporaryFileSystem, tmpfs_mounts, tmpfs_mounts, "PATH[:OPTIONS]...", "An empty tmpfs there.") \
        ROW(EXEC, NetworkNamespacePath, path, network_namespace_path, "PATH", "The network namespace to join.") \
        ROW(EXEC, IPCNamespacePath, path, ipc_namespace_path, "PATH", "The IPC namespace to join.") \
        NOT_YET(EXEC, RootImage, "PATH", "A disk image as root.") \
        NOT_YET(EXEC, RootImageOptions, "[PARTITION:]OPTIONS...", "Mount options of RootImage=.") \
        NOT_YET(EXEC, RootHash, "HASH|PATH", "dm-verity root hash of RootImage=.") \
        NOT_YET(EXEC, RootHashSignature, "PATH|BASE64", "Signature of RootHash=.") \
        NOT_YET(EXEC, RootVerity, "PATH", "dm-verity data of RootImage=.") \
        NOT_YET(EXEC, RootEphemeral, "BOOL", "Works on a throw-away copy of the root.") \
        NOT_YET(EXEC, ExtensionDirectories, "PATH...", "Overlays directories on /usr and /opt.") \
        NOT_YET(EXEC, ExtensionImages, "PATH...", "Overlays images on /usr and /opt.") \
        NOT_YET(EXEC, MountImages, "SOURCE:DESTINATION...", "Mounts disk images.") \
        ROW(EXEC, SystemCallFilter, syscalls, syscall_filter, "[~]CALL|@GROUP[:ERRNO]...", "Allowed system calls.") \
        ROW(EXEC, SystemCallErrorNumber, syscall_errno, syscall_errno, "ERRNO|kill", "What a forbidden call gives.") \
        ROW(EXEC, SystemCallArchitectures, architectures, syscall_architectures, "ARCH...", "Allowed call conventions.") \
        ROW(EXEC, SystemCallLog, syscalls, syscall_log, "[~]CALL|@GROUP...", "System calls that are logged.") \
        ROW(EXEC, MemoryDenyWriteExecute, boolean, memory_deny_write_execute, "BOOL", "No writable executable memory.") \
        ROW(EXEC, RestrictAddressFamilies, address_families, address_families, "[~]AF...|none", "Allowed socket families.") \
        ROW(EXEC, RestrictNamespaces, namespaces, restrict_namespaces, "BOOL|[~]TYPE...", "Namespaces it may use.") \
        ROW(EXEC, RestrictRealtime, boolean, restrict_realtime, "BOOL", "No real-time scheduling.") \
        ROW(EXEC, RestrictSUIDSGID, boolean, restrict_suid_sgid, "BOOL", "No setting of set-id bits.") \
        ROW(EXEC, LockPersonality, boolean, lock_personality, "BOOL", "No change of personality(2).") \
        NOT_YET(EXEC, RestrictFileSystems, "[~]FS...", "Allowed file systems, by BPF.")

/* ---- ending processes: systemd.kill(5) ----------------------------------------------------------------------------- */
#define DIRECTIVES_KILL(ROW) \
        ROW(KILL, KillMode, kill_mode, mode, "MODE", "Whom a stop signals.") \
        ROW(KILL, KillSignal, signal, signal, "SIGNAL", "The first signal of a stop.") \
        ROW(KILL, RestartKillSignal, signal, restart_signal, "SIGNAL", "The same for a restart.") \
        ROW(KILL, FinalKillSignal, signal, final_signal, "SIGNAL", "The last signal of a stop.") \
        ROW(KILL, WatchdogSignal, signal, watchdog_signal, "SIGNAL", "What a missed watchdog sends.") \
        ROW(KILL, SendSIGKILL, boolean, send_sigkill, "BOOL", "Whether the last signal is sent at all.") \
        ROW(KILL, SendSIGHUP, boolean, send_sighup, "BOOL", "SIGHUP right after the first signal.")

/* ---- cgroups: systemd.resource-control(5) -------------------------------------------------------------------------- */
#define DIRECTIVES_CGROUP(ROW, NOT_YET) \
        ROW(CGROUP, Slice, slice, slice, "SLICE", "Where in the tree its cgroup is.") \
        ROW(CGROUP, Delegate, delegate, delegate, "BOOL|CONTROLLER...", "It manages its own subtree.") \
        NOT_YET(CGROUP, DelegateSubgroup, "NAME", "Its processes start in this subgroup.") \
        NOT_YET(CGROUP, DisableControllers, "CONTROLLER...", "Controllers not to enable below.") \
        ROW(CGROUP, CPUAccounting, tristate, cpu_accounting, "BOOL", "Counts CPU time.") \
        ROW(CGROUP, CPUWeight, cpu_weight, cpu_weight, "1...10000|idle", "Share of CPU time.") \
        ROW(CGROUP, StartupCPUWeight, cpu_weight, startup_cpu_weight, "1...10000|idle", "The same during start-up.") \
        ROW(CGROUP, CPUShares, cpu_shares, cpu_weight, "2...262144", "Old: CPUWeight= times 10.24.") \
        ROW(CGROUP, StartupCPUShares, cpu_shares, startup_cpu_weight, "2...262144", "Old: StartupCPUWeight= times 10.24.") \
        ROW(CGROUP, CPUQuota, cpu_quota, cpu_quota_permille, "PERCENT", "Most CPU time, of one CPU.") \
        ROW(CGROUP, CPUQuotaPeriodSec, cpu_quota_period, cpu_quota_period_us, "TIME", "Over which the quota counts.") \
        ROW(CGROUP, AllowedCPUs, cpuset, allowed_cpus, "CPU...", "CPUs of the cgroup.") \
        NOT_YET(CGROUP, StartupAllowedCPUs, "CPU...", "The same during start-up.") \
        ROW(CGROUP, AllowedMemoryNodes, cpuset, allowed_memory_nodes, "NODE...", "NUMA nodes of the cgroup.") \
        NOT_YET(CGROUP, StartupAllowedMemoryNodes, "NODE...", "The same during start-up.") \
        ROW(CGROUP, MemoryAccounting, tristate, memory_accounting, "BOOL", "Counts memory.") \
        ROW(CGROUP, MemoryMin, memory, memory_min, "SIZE|PERCENT|infinity", "Memory never taken away.") \
        ROW(CGROUP, MemoryLow, memory, memory_low, "SIZE|PERCENT|infinity", "Memory taken away last.") \
        ROW(CGROUP, MemoryHigh, memory, memory_high, "SIZE|PERCENT|infinity", "Slowed down above it.") \
        ROW(CGROUP, MemoryMax, memory, memory_max, "SIZE|PERCENT|infinity", "Killed above it.") \
        ROW(CGROUP, MemoryLimit, memory, memory_max, "SIZE|PERCENT|infinity", "Old: MemoryMax=.") \
        ROW(CGROUP, MemorySwapMax, memory, memory_swap_max, "SIZE|PERCENT|infinity", "Most swap.") \
        ROW(CGROUP, MemoryZSwapMax, memory, memory_zswap_max, "SIZE|PERCENT|infinity", "Most zswap.") \
        NOT_YET(CGROUP, DefaultMemoryMin, "SIZE", "MemoryMin= of the units below.") \
        NOT_YET(CGROUP, DefaultMemoryLow, "SIZE", "MemoryLow= of the units below.") \
        ROW(CGROUP, TasksAccounting, tristate, tasks_accounting, "BOOL", "Counts tasks.") \
        ROW(CGROUP, TasksMax, tasks, tasks_max, "N|PERCENT|infinity", "Most processes and threads.") \
        ROW(CGROUP, IOAccounting, tristate, io_accounting, "BOOL", "Counts block IO.") \
        ROW(CGROUP, IOWeight, io_weight, io_weight, "1...10000", "Share of block IO.") \
        NOT_YET(CGROUP, StartupIOWeight, "1...10000", "The same during start-up.") \
        ROW(CGROUP, IODeviceWeight, io_device_weight, io_devices, "DEVICE WEIGHT", "The same for one device.") \
        ROW(CGROUP, IOReadBandwidthMax, io_read_bandwidth, io_devices, "DEVICE SIZE", "Bytes read per second.") \
        ROW(CGROUP, IOWriteBandwidthMax, io_write_bandwidth, io_devices, "DEVICE SIZE", "Bytes written per second.") \
        ROW(CGROUP, IOReadIOPSMax, io_read_iops, io_devices, "DEVICE N", "Reads per second.") \
        ROW(CGROUP, IOWriteIOPSMax, io_write_iops, io_devices, "DEVICE N", "Writes per second.") \
        ROW(CGROUP, IODeviceLatencyTargetSec, io_latency, io_devices, "DEVICE TIME", "Latency that others make room for.") \
        ROW(CGROUP, BlockIOAccounting, tristate, io_accounting, "BOOL", "Old: IOAccounting=.") \
        ROW(CGROUP, BlockIOWeight, block_io_weight, io_weight, "10...1000", "Old: IOWeight= times 5.") \
        NOT_YET(CGROUP, StartupBlockIOWeight, "10...1000", "Old: StartupIOWeight=.") \
        NOT_YET(CGROUP, BlockIODeviceWeight, "DEVICE WEIGHT", "Old: IODeviceWeight=.") \
        ROW(CGROUP, BlockIOReadBandwidth, io_read_bandwidth, io_devices, "DEVICE SIZE", "Old: IOReadBandwidthMax=.") \
        ROW(CGROUP, BlockIOWriteBandwidth, io_write_bandwidth, io_devices, "DEVICE SIZE", "Old: IOWriteBandwidthMax=.") \
        ROW(CGROUP, DevicePolicy, device_policy, device_policy, "auto|closed|strict", "Which devices without being named.") \
        ROW(CGROUP, DeviceAllow, device_allow, device_allow, "DEVICE [rwm]", "A device that it may use.") \
        ROW(CGROUP, IPAccounting, tristate, ip_accounting, "BOOL", "Counts network traffic.") \
        ROW(CGROUP, IPAddressAllow, ip_addresses, ip_address_allow, "ADDRESS[/BITS]...|any|...", "Peers that are allowed.") \
        ROW(CGROUP, IPAddressDeny, ip_addresses, ip_address_deny, "ADDRESS[/BITS]...|any|...", "Peers that are not.") \
        NOT_YET(CGROUP, IPIngressFilterPath, "PATH", "A BPF program for packets that come in.") \
        NOT_YET(CGROUP, IPEgressFilterPath, "PATH", "A BPF program for packets that go out.") \
        NOT_YET(CGROUP, BPFProgram, "TYPE:PATH", "A BPF program for the cgroup.") \
        NOT_YET(CGROUP, SocketBindAllow, "RULE", "Addresses it may bind.") \
        NOT_YET(CGROUP, SocketBindDeny, "RULE", "Addresses it may not bind.") \
        NOT_YET(CGROUP, RestrictNetworkInterfaces, "[~]NAME...", "Network interfaces it may use.") \
        ROW(CGROUP, ManagedOOMSwap, managed_oom, managed_oom_swap, "auto|kill", "For systemd-oomd.") \
        ROW(CGROUP, ManagedOOMMemoryPressure, managed_oom, managed_oom_memory_pressure, "auto|kill", "For systemd-oomd.") \
        NOT_YET(CGROUP, ManagedOOMMemoryPressureLimit, "PERCENT", "For systemd-oomd.") \
        NOT_YET(CGROUP, ManagedOOMPreference, "none|avoid|omit", "For systemd-oomd.")

#include "directives-other.h"
