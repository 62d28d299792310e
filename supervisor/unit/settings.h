/* SPDX-License-Identifier: MIT */
/* settings: what a unit file says, as values. Plain data: the fields that the rows of directives.h fill in, and nothing
 * that happens at run time. Zero bytes are not the defaults: settings_init_*() give them (each row names its own).
 *
 * Conventions: *_us is microseconds, TIME_NEVER is infinity; sizes are bytes, LIMIT_NONE is infinity; strv are
 * NULL-terminated; "-1: not set" where a field says so. Specifiers are expanded. Every string is owned by its struct.
 */
#pragma once

#include "base/clock.h"
#include "base/text.h"

#include <sched.h>
#include <sys/resource.h>

#define LIMIT_NONE UINT64_MAX
#define UNSET      (-1)

/* ---- small shared types ---------------------------------------------------------------------------------------- */

/* A boolean with a word for "not said". */
enum tristate { TRISTATE_UNSET = -1, TRISTATE_NO = 0, TRISTATE_YES = 1 };

/* Where a value came from, for messages and explanations. The file's number in its unit, not its name: what two units say
 * alike is stored once (pack.h). unit_file() tells the name. */
struct origin {
        uint32_t line;
        uint16_t file;
};

/* An amount that is either absolute (bytes, tasks) or a share of what the machine has. */
struct amount {
        uint64_t value;    /* absolute; LIMIT_NONE: infinity */
        unsigned permille; /* when > 0: value is unused */
        bool is_set;
};

enum exec_flag {
        EXEC_IGNORE_FAILURE = 1 << 0,  /* - */
        EXEC_ARGV0 = 1 << 1,           /* @ */
        EXEC_FULL_PRIVILEGES = 1 << 2, /* + */
        EXEC_NO_SETUID = 1 << 3,       /* ! */
        EXEC_AMBIENT_MAGIC = 1 << 4,   /* !! */
        EXEC_NO_ENV_EXPAND = 1 << 5,   /* : */
};

/* One command line. argv is unquoted, with specifiers but without variables expanded (that needs EnvironmentFile=). */
struct exec_command {
        char *path;
        char **argv;
        unsigned flags; /* enum exec_flag */
        struct origin origin;
};

struct exec_commands {
        struct exec_command *items;
        size_t count;
};

/* Exit codes and signals: SuccessExitStatus= and its siblings. */
struct exit_set {
        uint8_t codes[32];  /* bit per exit status 0…255 */
        uint64_t signals;   /* bit n-1 per signal n */
};
static inline bool exit_set_has_code(const struct exit_set *s, int code) {
        return code >= 0 && code < 256 && (s->codes[code / 8] >> (code % 8) & 1);
}
static inline bool exit_set_has_signal(const struct exit_set *s, int signal) {
        return signal > 0 && signal <= 64 && (s->signals >> (signal - 1) & 1);
}

/* ---- [Unit], [Install] ------------------------------------------------------------------------------------------ */

/* Condition*= and Assert*=: the key after the prefix names the test. */
struct condition {
        const char *test;  /* static: "PathExists", "Virtualization", … (a row of conditions.c) */
        char *parameter;
        bool is_assert, is_trigger /* | */, is_negated /* ! */;
};

struct conditions {
        struct condition *items;
        size_t count;
};

enum job_mode {
        JOB_MODE_FAIL,
        JOB_MODE_REPLACE,
        JOB_MODE_REPLACE_IRREVERSIBLY,
        JOB_MODE_ISOLATE,
        JOB_MODE_FLUSH,
        JOB_MODE_IGNORE_DEPENDENCIES,
        JOB_MODE_IGNORE_REQUIREMENTS,
        JOB_MODE_COUNT_
};

enum emergency_action {
        EMERGENCY_NONE,
        EMERGENCY_REBOOT,
        EMERGENCY_REBOOT_FORCE,
        EMERGENCY_REBOOT_IMMEDIATE,
        EMERGENCY_POWEROFF,
        EMERGENCY_POWEROFF_FORCE,
        EMERGENCY_POWEROFF_IMMEDIATE,
        EMERGENCY_EXIT,
        EMERGENCY_EXIT_FORCE,
        EMERGENCY_COUNT_
};

enum collect_mode { COLLECT_INACTIVE, COLLECT_INACTIVE_OR_FAILED, COLLECT_COUNT_ };

/* Dependencies by kind, as named in systemd.unit(5). Reverse kinds that a file cannot write are made by the graph. */
enum dependency {
        DEPENDENCY_REQUIRES,
        DEPENDENCY_REQUISITE,
        DEPENDENCY_WANTS,
        DEPENDENCY_BINDS_TO,
        DEPENDENCY_PART_OF,
        DEPENDENCY_UPHOLDS,
        DEPENDENCY_CONFLICTS,
        DEPENDENCY_BEFORE,
        DEPENDENCY_AFTER,
        DEPENDENCY_ON_FAILURE,
        DEPENDENCY_ON_SUCCESS,
        DEPENDENCY_PROPAGATES_RELOAD_TO,
        DEPENDENCY_RELOAD_PROPAGATED_FROM,
        DEPENDENCY_PROPAGATES_STOP_TO,
        DEPENDENCY_STOP_PROPAGATED_FROM,
        DEPENDENCY_JOINS_NAMESPACE_OF,
        DEPENDENCY_SOCKETS, /* [Service] Sockets=: also Wants= and After= */
        DEPENDENCY_COUNT_
};

struct unit_settings {
        char **documentation;
        char **dependencies[DEPENDENCY_COUNT_]; /* unit names; .wants/ and .requires/ directories included */
        char **requires_mounts_for;             /* absolute paths */
        struct conditions conditions;           /* Condition* and Assert*, in file order */
        bool default_dependencies;              /* default yes */
        bool ignore_on_isolate, stop_when_unneeded, refuse_manual_start, refuse_manual_stop, allow_isolate;
        enum job_mode on_failure_job_mode, on_success_job_mode; /* default replace / fail */
        uint64_t job_timeout_us, job_running_timeout_us;        /* default infinity */
        enum emergency_action job_timeout_action;
        enum emergency_action success_action, failure_action, start_limit_action;
        int success_action_exit_status, failure_action_exit_status; /* UNSET or 0…255 */
        uint64_t start_limit_interval_us; /* default 10 s; 0 or burst 0: no limit */
        unsigned start_limit_burst;       /* default 5 */
        enum collect_mode collect_mode;
        char *source_path;

        /* [Install] */
        char **wanted_by, **required_by, **upheld_by, **also, **alias;
        char *default_instance;
};

/* ---- what a process is made of: systemd.exec(5) ------------------------------------------------------------------ */

enum exec_input { INPUT_NULL, INPUT_TTY, INPUT_TTY_FORCE, INPUT_TTY_FAIL, INPUT_SOCKET, INPUT_FD, INPUT_FILE, INPUT_DATA, INPUT_COUNT_ };
enum exec_output {
        OUTPUT_UNSET, /* output: journal; error: as output */
        OUTPUT_INHERIT,
        OUTPUT_NULL,
        OUTPUT_TTY,
        OUTPUT_JOURNAL, /* the log pipe; also syslog and kmsg */
        OUTPUT_JOURNAL_CONSOLE,
        OUTPUT_KMSG,
        OUTPUT_SOCKET,
        OUTPUT_FD,
        OUTPUT_FILE,
        OUTPUT_APPEND,
        OUTPUT_TRUNCATE,
        OUTPUT_COUNT_
};

enum protect_system { PROTECT_SYSTEM_NO, PROTECT_SYSTEM_YES, PROTECT_SYSTEM_FULL, PROTECT_SYSTEM_STRICT, PROTECT_SYSTEM_COUNT_ };
enum protect_home { PROTECT_HOME_NO, PROTECT_HOME_YES, PROTECT_HOME_READ_ONLY, PROTECT_HOME_TMPFS, PROTECT_HOME_COUNT_ };
enum protect_proc { PROTECT_PROC_DEFAULT, PROTECT_PROC_NOACCESS, PROTECT_PROC_INVISIBLE, PROTECT_PROC_PTRACEABLE, PROTECT_PROC_COUNT_ };
enum proc_subset { PROC_SUBSET_ALL, PROC_SUBSET_PID, PROC_SUBSET_COUNT_ };

enum exec_directory_kind { DIRECTORY_RUNTIME, DIRECTORY_STATE, DIRECTORY_CACHE, DIRECTORY_LOGS, DIRECTORY_CONFIGURATION, DIRECTORY_COUNT_ };
enum preserve_mode { PRESERVE_NO, PRESERVE_YES, PRESERVE_RESTART, PRESERVE_COUNT_ };

struct exec_directory {
        char **paths; /* relative, without "..", below /run, /var/lib, /var/cache, /var/log, /etc */
        mode_t mode;  /* default 0755 */
};

struct environment_file {
        char *path; /* absolute, may be a glob */
        bool is_optional; /* - */
};

/* Lists of paths with an optional leading '-' (missing is fine) and '+' (relative to RootDirectory=), as written. */
enum path_list { PATHS_READ_WRITE, PATHS_READ_ONLY, PATHS_INACCESSIBLE, PATHS_EXEC, PATHS_NO_EXEC, PATHS_COUNT_ };

struct bind_mount {
        char *source, *destination;
        bool is_read_only, is_recursive, is_optional;
};

struct tmpfs_mount {
        char *path, *options;
};

/* SystemCallFilter= as lines; compiled by plan/seccomp.c, which knows the groups. */
struct syscall_rule {
        char *text;       /* "read", "@system-service", "ptrace:EPERM", "kill:kill" — one word */
        bool is_deny;     /* its line began with ~ */
        struct origin origin;
};

struct syscall_rules {
        struct syscall_rule *items; /* in file order; an empty assignment has cleared what was before */
        size_t count;
};

#define CAPABILITIES_ALL UINT64_MAX

#define RLIMIT_COUNT 16 /* RLIM_NLIMITS */

struct exec_settings {
        /* identity */
        char *user, *group;
        char **supplementary_groups;
        bool dynamic_user;
        /* place and resources */
        char *working_directory; /* "~": the home directory */
        bool working_directory_optional;
        char *root_directory;
        mode_t umask; /* default 0022 */
        struct { rlim_t soft, hard; bool is_set; } limits[RLIMIT_COUNT]; /* by RLIMIT_* number */
        int nice;            bool nice_set;
        int oom_score_adjust; bool oom_score_adjust_set;
        int io_class, io_priority; bool io_set;       /* ioprio_set(2) */
        int cpu_policy, cpu_priority; bool cpu_policy_set; /* sched_setscheduler(2) */
        bool cpu_reset_on_fork;
        cpu_set_t cpu_affinity; bool cpu_affinity_set;
        uint64_t timer_slack_ns; bool timer_slack_set;
        unsigned long personality; bool personality_set;
        char *utmp_identifier;
        int coredump_filter; /* UNSET or mask */
        /* environment */
        char **environment; /* NAME=VALUE */
        struct environment_file *environment_files;
        size_t environment_file_count;
        char **pass_environment, **unset_environment; /* names (unset: also NAME=VALUE) */
        /* standard streams */
        enum exec_input input;
        enum exec_output output, error;
        char *input_path, *output_path, *error_path; /* for file:, append:, truncate:, fd: (the fd's name) */
        char *input_data; size_t input_data_length;
        char *tty_path; /* default /dev/console */
        bool tty_reset, tty_vhangup, tty_vt_disallocate;
        char *syslog_identifier;
        int syslog_facility, syslog_level; bool syslog_level_prefix; /* LOG_* values, default daemon, info, yes */
        int log_level_max; /* UNSET or 0…7 */
        uint64_t log_rate_limit_interval_us; unsigned log_rate_limit_burst; bool log_rate_limit_set;
        /* directories */
        struct exec_directory directories[DIRECTORY_COUNT_];
        enum preserve_mode runtime_directory_preserve;
        /* privileges */
        enum tristate no_new_privileges;
        uint64_t capability_bounding_set; /* bit per capability; default CAPABILITIES_ALL */
        uint64_t ambient_capabilities;    /* default 0 */
        int secure_bits;                  /* SECBIT_* mask, default 0 */
        bool ignore_sigpipe;              /* default yes */
        char *apparmor_profile; bool apparmor_profile_optional;
        char *keyring_mode;
        bool remove_ipc;
        /* the view of the file system */
        bool private_tmp, private_devices, private_network, private_users, private_ipc;
        enum tristate private_mounts;
        bool mount_api_vfs;
        unsigned long mount_flags; /* 0, MS_SHARED, MS_SLAVE, MS_PRIVATE */
        enum protect_system protect_system;
        enum protect_home protect_home;
        enum protect_proc protect_proc;
        enum proc_subset proc_subset;
        bool protect_kernel_tunables, protect_kernel_modules, protect_kernel_logs;
        bool protect_control_groups, protect_hostname, protect_clock;
        char **paths[PATHS_COUNT_];
        struct bind_mount *bind_mounts; size_t bind_mount_count;
        struct tmpfs_mount *tmpfs_mounts; size_t tmpfs_mount_count;
        char *network_namespace_path, *ipc_namespace_path;
        /* seccomp */
        struct syscall_rules syscall_filter, syscall_log;
        int syscall_errno;                  /* SystemCallErrorNumber=: 0: kill (default), else an errno */
        char **syscall_architectures;       /* "native", "x86-64", … */
        bool address_families_set;          /* RestrictAddressFamilies= was given */
        bool address_families_deny;         /* ~ list */
        bool address_families_none;         /* the word "none": allow no family */
        char **address_families;            /* "AF_INET", … */
        unsigned long restrict_namespaces;  /* CLONE_NEW* that are FORBIDDEN; 0: no restriction */
        bool memory_deny_write_execute, restrict_realtime, restrict_suid_sgid, lock_personality;
};

/* ---- ending processes: systemd.kill(5) ---------------------------------------------------------------------------- */

enum kill_mode { KILL_CONTROL_GROUP, KILL_PROCESS, KILL_MIXED, KILL_NONE, KILL_MODE_COUNT_ };

struct kill_settings {
        enum kill_mode mode;
        int signal;         /* default SIGTERM */
        int restart_signal; /* 0: as signal */
        int final_signal;   /* default SIGKILL */
        int watchdog_signal; /* default SIGABRT */
        bool send_sigkill;  /* default yes */
        bool send_sighup;
};

/* ---- cgroups: systemd.resource-control(5) -------------------------------------------------------------------------- */

struct io_device_limit {
        char *path;
        const char *key; /* static: "rbps", "wbps", "riops", "wiops", "weight", "latency" (IODeviceLatencyTargetSec, µs) */
        uint64_t value;
};

struct device_allow {
        char *path; /* node, or "char-NAME", "block-NAME" */
        char access[4]; /* subset of "rwm" */
};

enum device_policy { DEVICE_POLICY_AUTO, DEVICE_POLICY_CLOSED, DEVICE_POLICY_STRICT, DEVICE_POLICY_COUNT_ };

struct cgroup_settings {
        char *slice; /* NULL: the default of the unit's type */
        bool delegate;
        char **delegate_controllers; /* NULL with delegate: all */
        struct amount memory_min, memory_low, memory_high, memory_max, memory_swap_max, memory_zswap_max, tasks_max;
        bool memory_oom_group_set; /* by OOMPolicy=kill */
        uint64_t cpu_weight, startup_cpu_weight; /* 1…10000; 0: not set */
        bool cpu_weight_idle;
        unsigned cpu_quota_permille; /* of one CPU; 0: not set */
        uint64_t cpu_quota_period_us; /* default 100 ms */
        uint64_t io_weight; /* 1…10000; 0: not set */
        struct io_device_limit *io_devices; size_t io_device_count;
        char *allowed_cpus, *allowed_memory_nodes; /* as cpuset wants them: "0-3,7"; NULL: not set */
        enum device_policy device_policy;
        struct device_allow *device_allow; size_t device_allow_count;
        char **ip_address_allow, **ip_address_deny;
        enum tristate cpu_accounting, memory_accounting, tasks_accounting, io_accounting, ip_accounting;
        char *managed_oom_swap, *managed_oom_memory_pressure;
};

/* ---- [Service] ----------------------------------------------------------------------------------------------------- */

enum service_type {
        SERVICE_TYPE_SIMPLE,
        SERVICE_TYPE_EXEC,
        SERVICE_TYPE_FORKING,
        SERVICE_TYPE_ONESHOT,
        SERVICE_TYPE_DBUS,
        SERVICE_TYPE_NOTIFY,
        SERVICE_TYPE_NOTIFY_RELOAD,
        SERVICE_TYPE_IDLE,
        SERVICE_TYPE_COUNT_
};

enum service_restart {
        RESTART_NO,
        RESTART_ON_SUCCESS,
        RESTART_ON_FAILURE,
        RESTART_ON_ABNORMAL,
        RESTART_ON_WATCHDOG,
        RESTART_ON_ABORT,
        RESTART_ALWAYS,
        RESTART_COUNT_
};

enum notify_access { NOTIFY_ACCESS_UNSET = -1, NOTIFY_ACCESS_NONE, NOTIFY_ACCESS_MAIN, NOTIFY_ACCESS_EXEC, NOTIFY_ACCESS_ALL, NOTIFY_ACCESS_COUNT_ };
enum oom_policy { OOM_POLICY_UNSET = -1, OOM_POLICY_CONTINUE, OOM_POLICY_STOP, OOM_POLICY_KILL, OOM_POLICY_COUNT_ };
enum timeout_failure_mode { TIMEOUT_TERMINATE, TIMEOUT_ABORT, TIMEOUT_KILL, TIMEOUT_COUNT_ };
enum restart_mode { RESTART_MODE_NORMAL, RESTART_MODE_DIRECT, RESTART_MODE_COUNT_ };
enum exit_type { EXIT_TYPE_MAIN, EXIT_TYPE_CGROUP, EXIT_TYPE_COUNT_ };

enum service_command {
        COMMAND_CONDITION,
        COMMAND_START_PRE,
        COMMAND_START,
        COMMAND_START_POST,
        COMMAND_RELOAD,
        COMMAND_STOP,
        COMMAND_STOP_POST,
        COMMAND_COUNT_
};

struct service_settings {
        enum service_type type; /* default simple; oneshot when there is ExecStart= none and RemainAfterExit… as systemd */
        bool type_set;
        enum exit_type exit_type;
        enum service_restart restart;
        enum restart_mode restart_mode;
        uint64_t restart_us;           /* default 100 ms */
        unsigned restart_steps;        /* 0: no back-off */
        uint64_t restart_max_delay_us; /* default infinity */
        uint64_t timeout_start_us;     /* default 90 s; oneshot: infinity unless set */
        bool timeout_start_set;
        uint64_t timeout_stop_us;      /* default 90 s */
        uint64_t timeout_abort_us; bool timeout_abort_set; /* else as timeout_stop_us */
        enum timeout_failure_mode timeout_start_failure_mode, timeout_stop_failure_mode;
        uint64_t runtime_max_us, runtime_randomized_extra_us; /* default infinity, 0 */
        uint64_t watchdog_us; /* 0: none */
        bool remain_after_exit;
        bool guess_main_pid; /* default yes */
        bool root_directory_start_only, permissions_start_only;
        bool non_blocking;
        char *pid_file; /* absolute (relative ones are below /run) */
        char *bus_name;
        enum notify_access notify_access;
        unsigned fd_store_max;
        int reload_signal; /* default SIGHUP, for notify-reload */
        enum oom_policy oom_policy;
        struct exit_set success_status, restart_prevent_status, restart_force_status;
};

struct command_settings {
        struct exec_commands lists[COMMAND_COUNT_];
};
