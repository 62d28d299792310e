/* SPDX-License-Identifier: MIT */
/* kinds: the kinds of value that directives have. One row each: its name, the type of the fields that it may fill in, and how
 * such a field is released and packed. The parser of kind K is parse_K(); the rows of directives.h are checked against the types.
 *
 * A field that is released and is as big as a pointer begins with one, and holds nothing while that is NULL.
 *
 *        KIND(name, type, release)
 */
#pragma once

#include "enums.h"
#include "parse.h"

#define KINDS(KIND) \
        /* simple values: parse-basic.c */ \
        KIND(text, char *, text) \
        KIND(path, char *, text) \
        KIND(instance_name, char *, text) \
        KIND(boolean, bool, nothing) \
        KIND(tristate, enum tristate, nothing) \
        KIND(count, unsigned, nothing) \
        KIND(mode, mode_t, nothing) \
        KIND(span, uint64_t, nothing) \
        KIND(span_or_never, uint64_t, nothing) /* 0 is infinity */ \
        KIND(span_or_none, uint64_t, nothing)  /* infinity is 0 */ \
        KIND(signal, int, nothing) \
        KIND(names, char **, strv) \
        KIND(unset_names, char **, strv) \
        /* [Unit], [Install]: parse-unit.c */ \
        KIND(documentation, char **, strv) \
        KIND(units, char **, strv) \
        KIND(install_names, char **, strv) \
        KIND(paths, char **, strv) \
        KIND(condition, struct conditions, conditions) \
        KIND(job_mode_isolate, enum job_mode, nothing) \
        KIND(exit_status, int, nothing) \
        /* [Service]: parse-service.c */ \
        KIND(commands, struct exec_commands, commands) \
        KIND(exit_set, struct exit_set, nothing) \
        KIND(timeout_both, uint64_t, nothing) \
        KIND(timeout_start, uint64_t, nothing) \
        KIND(timeout_abort, uint64_t, nothing) \
        KIND(pid_file, char *, text) \
        KIND(bus_name, char *, text) \
        /* processes: parse-exec.c, parse-limits.c, parse-streams.c */ \
        KIND(user, char *, text) \
        KIND(user_list, char **, strv) \
        KIND(working_directory, char *, text) \
        KIND(environment, char **, strv) \
        KIND(environment_files, struct environment_file *, environment_files) \
        KIND(keyring_mode, char *, text) \
        KIND(directory, struct exec_directory, directory) \
        KIND(nice, int, nothing) \
        KIND(oom_score_adjust, int, nothing) \
        KIND(coredump_filter, int, nothing) \
        KIND(io_class, int, nothing) \
        KIND(io_priority, int, nothing) \
        KIND(cpu_policy, int, nothing) \
        KIND(cpu_priority, int, nothing) \
        KIND(cpu_affinity, cpu_set_t, nothing) \
        KIND(timer_slack, uint64_t, nothing) \
        KIND(personality, unsigned long, nothing) \
        KIND(limit, __typeof__(((struct exec_settings *)NULL)->limits[0]), nothing) \
        KIND(input, enum exec_input, input) \
        KIND(output, enum exec_output, output) \
        KIND(input_text, char *, input_data) \
        KIND(input_base64, char *, input_data) \
        KIND(syslog_facility, int, nothing) \
        KIND(syslog_level, int, nothing) \
        KIND(log_interval, uint64_t, nothing) \
        KIND(log_burst, unsigned, nothing) \
        /* the sandbox: parse-sandbox.c, parse-seccomp.c */ \
        KIND(capabilities, uint64_t, nothing) \
        KIND(secure_bits, int, nothing) \
        KIND(apparmor_profile, char *, text) \
        KIND(mount_flags, unsigned long, nothing) \
        KIND(path_list, char **, strv) \
        KIND(bind_mounts, struct bind_mount *, bind_mounts) \
        KIND(bind_mounts_read_only, struct bind_mount *, bind_mounts) \
        KIND(tmpfs_mounts, struct tmpfs_mount *, tmpfs_mounts) \
        KIND(syscalls, struct syscall_rules, syscalls) \
        KIND(syscall_errno, int, nothing) \
        KIND(architectures, char **, strv) \
        KIND(address_families, char **, strv) \
        KIND(namespaces, unsigned long, nothing) \
        /* cgroups: parse-cgroup.c */ \
        KIND(slice, char *, text) \
        KIND(delegate, bool, delegate) \
        KIND(cpu_weight, uint64_t, nothing) \
        KIND(cpu_shares, uint64_t, nothing) \
        KIND(io_weight, uint64_t, nothing) \
        KIND(block_io_weight, uint64_t, nothing) \
        KIND(cpu_quota, unsigned, nothing) \
        KIND(cpu_quota_period, uint64_t, nothing) \
        KIND(cpuset, char *, text) \
        KIND(memory, struct amount, nothing) \
        KIND(tasks, struct amount, nothing) \
        KIND(io_device_weight, struct io_device_limit *, io_devices) \
        KIND(io_read_bandwidth, struct io_device_limit *, io_devices) \
        KIND(io_write_bandwidth, struct io_device_limit *, io_devices) \
        KIND(io_read_iops, struct io_device_limit *, io_devices) \
        KIND(io_write_iops, struct io_device_limit *, io_devices) \
        KIND(io_latency, struct io_device_limit *, io_devices) \
        KIND(device_allow, struct device_allow *, device_allow) \
        KIND(ip_addresses, char **, strv) \
        KIND(managed_oom, char *, text)

#define DECLARE_PARSER(name, type, release) int parse_##name(struct parse *p, type *field);
KINDS(DECLARE_PARSER)
#undef DECLARE_PARSER

/* Frees what a field of that kind holds, and leaves it empty: may be called twice. settings: the struct around it. */
#define RELEASES(R) \
        R(text) R(strv) R(conditions) R(commands) R(environment_files) R(directory) R(input) R(input_data) R(output) R(bind_mounts) \
        R(tmpfs_mounts) R(syscalls) R(delegate) R(io_devices) R(device_allow)
#define DECLARE_RELEASE(name) void release_##name(void *settings, void *field);
RELEASES(DECLARE_RELEASE)
#undef DECLARE_RELEASE

/* Packs all that a field of that kind holds (pack.h). */
struct packer;
#define DECLARE_PACK(name) void pack_##name(struct packer *p, const void *settings, const void *field);
RELEASES(DECLARE_PACK)
#undef DECLARE_PACK
