/* SPDX-License-Identifier: MIT */
/* directive-forms: see directive-forms.h. Pure but for the limits and the memory of the machine, which defaults refer to. */
#include "directive-forms.h"

#include "unit/enums.h"

#include <linux/sched.h>
#include <sys/sysinfo.h>

#define ALL_NAMESPACES \
        (CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS)

#define PUT(name) static int put_##name(sd_bus_message *reply, const struct directive_value *v)
/* The field as what its kind says it is. */
#define AS(type)  (*(type const *)v->field)

/* ---- simple ones ------------------------------------------------------------------------------------------------- */

/* clang-format off */
PUT(text) { return PUT_STRING(reply, AS(char *)); }
PUT(strv) { return sd_bus_message_append_strv(reply, AS(char **)); }
PUT(boolean) { return PUT_BOOL(reply, AS(bool)); }
PUT(tristate) { return PUT_BOOL(reply, AS(enum tristate) == TRISTATE_YES); }
PUT(int) { return PUT_I32(reply, AS(int)); }
PUT(unsigned) { return PUT_U32(reply, AS(unsigned)); }
PUT(u64) { return PUT_U64(reply, AS(uint64_t)); }
PUT(mode) { return PUT_U32(reply, AS(mode_t)); }
PUT(mask) { return PUT_U64(reply, (uint64_t)AS(unsigned long)); }
PUT(coredump_filter) { return PUT_U64(reply, AS(int) < 0 ? 0x33 : (uint64_t)AS(int)); } /* the kernel's default */
PUT(weight) { return PUT_U64(reply, AS(uint64_t) ? AS(uint64_t) : LIMIT_NONE); }
PUT(quota) { return PUT_U64(reply, AS(unsigned) ? AS(unsigned) * 1000ull : TIME_NEVER); }
PUT(directory) { return sd_bus_message_append_strv(reply, AS(struct exec_directory).paths); }
PUT(facility) { return PUT_I32(reply, AS(int) >> 3); }
/* clang-format on */
PUT(timeout_abort) {
        const struct service_settings *service = v->settings;

        return PUT_U64(reply, service->timeout_abort_set ? service->timeout_abort_us : service->timeout_stop_us);
}
/* Allowed, where the field says forbidden. */
/* clang-format off */
PUT(namespaces) { return PUT_U64(reply, ALL_NAMESPACES & ~(uint64_t)AS(unsigned long)); }
/* clang-format on */

/* ---- enumerations ------------------------------------------------------------------------------------------------ */

/* clang-format off */
#define MAKE_ENUM(name, type, count) \
        PUT(name) { return PUT_STRING(reply, AS(int) < 0 ? "" : table_name(name##_words, (size_t)(count), AS(int))); }
/* clang-format on */
UNIT_ENUMS(MAKE_ENUM)

PUT(input) {
        static const char *const words[INPUT_COUNT_] = { "null",   "tty", "tty-force", "tty-fail",
                                                         "socket", "fd",  "file",      "data" };

        return PUT_STRING(reply, table_name(words, ARRAY_LEN(words), (int)AS(enum exec_input)));
}

PUT(output) {
        bool is_stdout = v->field == (const void *)&((const struct exec_settings *)v->settings)->output;
        /* clang-format off */
        const char *const words[OUTPUT_COUNT_] = { is_stdout ? "journal" : "inherit", "inherit", "null", "tty", "journal",
                                                          "journal+console", "kmsg", "socket", "fd", "file", "append",
                                                          "truncate" };
        /* clang-format on */

        return PUT_STRING(reply, table_name(words, ARRAY_LEN(words), (int)AS(enum exec_output)));
}

/* ---- limits and amounts ------------------------------------------------------------------------------------------ */

static struct rlimit limit_of(const struct directive_value *v) {
        const struct exec_settings *exec = v->settings;
        size_t resource = (size_t)((const char *)v->field - (const char *)exec->limits) / sizeof(exec->limits[0]);
        struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

        if (exec->limits[resource].is_set)
                return (struct rlimit){ exec->limits[resource].soft, exec->limits[resource].hard };
        (void)getrlimit((__rlimit_resource_t)resource, &limit); /* what children inherit from us */
        if (resource == RLIMIT_NOFILE && v->node->object->host->original_nofile.rlim_max)
                limit = v->node->object->host->original_nofile;
        return limit;
}

/* clang-format off */
PUT(limit) { return PUT_U64(reply, limit_of(v).rlim_max); }
PUT(soft_limit) { return PUT_U64(reply, limit_of(v).rlim_cur); }
/* clang-format on */

const struct directive_form directive_form_soft_limit = { "soft limit", "t", put_soft_limit };

PUT(memory) {
        const struct amount *a = v->field;
        struct sysinfo machine;

        if (!a->is_set) /* MemoryMin and MemoryLow protect nothing, the others limit nothing */
                return PUT_U64(reply,
                               text_after(v->directive->key, "MemoryMin") || text_after(v->directive->key, "MemoryLow")
                                       ? 0
                                       : LIMIT_NONE);
        if (!a->permille)
                return PUT_U64(reply, a->value);
        return PUT_U64(reply, sysinfo(&machine) < 0
                                      ? LIMIT_NONE
                                      : (uint64_t)machine.totalram * machine.mem_unit / 1000 * a->permille);
}

PUT(tasks) {
        const struct amount *a = v->field;
        struct sysinfo machine;

        if (!a->is_set || (a->permille && sysinfo(&machine) < 0))
                return PUT_U64(reply, LIMIT_NONE);
        return PUT_U64(reply, a->permille ? 32768ull * a->permille / 1000 : a->value);
}

/* ---- lists of structures ----------------------------------------------------------------------------------------- */

#define LIST(reply, signature, count, i, put) \
        ({ \
                int r_ = sd_bus_message_open_container(reply, 'a', signature); \
                for (size_t i = 0; r_ >= 0 && i < (count); i++) \
                        r_ = (put); \
                r_ < 0 ? r_ : sd_bus_message_close_container(reply); \
        })

static int put_exit_numbers(sd_bus_message *reply, const struct exit_set *set, bool are_signals) {
        int r = sd_bus_message_open_container(reply, 'a', "i");

        for (int i = are_signals ? 1 : 0; r >= 0 && i <= (are_signals ? 64 : 255); i++)
                if (are_signals ? exit_set_has_signal(set, i) : exit_set_has_code(set, i))
                        r = sd_bus_message_append(reply, "i", i);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

PUT(exit_set) {
        int r = sd_bus_message_open_container(reply, 'r', "aiai");

        if (r >= 0)
                r = put_exit_numbers(reply, v->field, false);
        if (r >= 0)
                r = put_exit_numbers(reply, v->field, true);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* (bas): is it a list of what is allowed? and the words */
static int put_filter(sd_bus_message *reply, bool allows, char **words) {
        int r = sd_bus_message_open_container(reply, 'r', "bas");

        if (r >= 0)
                r = sd_bus_message_append(reply, "b", (int)allows);
        if (r >= 0)
                r = sd_bus_message_append_strv(reply, words);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

PUT(syscalls) {
        const struct syscall_rules *rules = v->field;
        bool allows = rules->count > 0 && !rules->items[0].is_deny; /* the first line says which it is */
        owned_strv words = NULL;

        for (size_t i = 0; i < rules->count; i++)
                if (!rules->items[i].is_deny == allows && strv_add(&words, rules->items[i].text) < 0)
                        return -ENOMEM;
        return put_filter(reply, allows, words);
}

PUT(address_families) {
        const struct exec_settings *exec = v->settings;

        return put_filter(reply, exec->address_families_set && !exec->address_families_deny, exec->address_families);
}

PUT(apparmor_profile) {
        const struct exec_settings *exec = v->settings;

        return sd_bus_message_append(reply, "(bs)", (int)exec->apparmor_profile_optional, exec->apparmor_profile);
}

PUT(environment_files) {
        const struct exec_settings *exec = v->settings;
        const struct environment_file *files = exec->environment_files;

        return LIST(reply, "(sb)", exec->environment_file_count, i,
                    sd_bus_message_append(reply, "(sb)", files[i].path, (int)files[i].is_optional));
}

static int put_mounts(sd_bus_message *reply, const struct exec_settings *exec, bool read_only) {
        const struct bind_mount *b = exec->bind_mounts;

        return LIST(reply, "(ssbt)", exec->bind_mount_count, i,
                    b[i].is_read_only != read_only
                            ? 0
                            : sd_bus_message_append(reply, "(ssbt)", b[i].source, b[i].destination,
                                                    (int)b[i].is_optional,
                                                    b[i].is_recursive ? (uint64_t)0x4000 /* MS_REC */ : (uint64_t)0));
}

/* clang-format off */
PUT(bind_mounts) { return put_mounts(reply, v->settings, false); }
PUT(bind_mounts_read_only) { return put_mounts(reply, v->settings, true); }
/* clang-format on */

PUT(tmpfs_mounts) {
        const struct exec_settings *exec = v->settings;
        const struct tmpfs_mount *t = exec->tmpfs_mounts;

        return LIST(reply, "(ss)", exec->tmpfs_mount_count, i,
                    sd_bus_message_append(reply, "(ss)", t[i].path, t[i].options));
}

PUT(device_allow) {
        const struct cgroup_settings *cgroup = v->settings;
        const struct device_allow *d = cgroup->device_allow;

        return LIST(reply, "(ss)", cgroup->device_allow_count, i,
                    sd_bus_message_append(reply, "(ss)", d[i].path, d[i].access));
}

/* The devices of this directive, which the kinds tell apart by io.max's words. */
static int put_io_devices(sd_bus_message *reply, const struct directive_value *v, const char *key) {
        const struct cgroup_settings *cgroup = v->settings;
        const struct io_device_limit *d = cgroup->io_devices;

        return LIST(reply, "(st)", cgroup->io_device_count, i,
                    text_equal(d[i].key, key) ? sd_bus_message_append(reply, "(st)", d[i].path, d[i].value) : 0);
}

/* clang-format off */
PUT(io_device_weight) { return put_io_devices(reply, v, "weight"); }
PUT(io_read_bandwidth) { return put_io_devices(reply, v, "rbps"); }
PUT(io_write_bandwidth) { return put_io_devices(reply, v, "wbps"); }
PUT(io_read_iops) { return put_io_devices(reply, v, "riops"); }
PUT(io_write_iops) { return put_io_devices(reply, v, "wiops"); }
PUT(io_latency) { return put_io_devices(reply, v, "latency"); }
/* clang-format on */

/* ---- commands ---------------------------------------------------------------------------------------------------- */

static const struct process_info never_ran = { .pidfd = -1 };

/* What is known of the last run of command i of this list: the service keeps the main and the last control process. */
static const struct process_info *last_run(const struct directive_value *v, size_t i) {
        const struct object *o = v->node->object;
        const struct service *s = o->ops == &service_ops ? service_of_const(o) : NULL;
        const struct exec_commands *list = v->field;
        size_t kind = s && o->unit->commands ? (size_t)(list - o->unit->commands->lists) : COMMAND_COUNT_;
        size_t last;

        if (kind == COMMAND_START && s->main_index == i)
                return o->unit->service->type == SERVICE_TYPE_FORKING ? &s->control : &s->main;
        if (kind >= COMMAND_COUNT_ || s->command_kind != (enum service_command)kind ||
            s->control.last_pid == s->main.last_pid)
                return &never_ran;
        /* The index is the next command's, and 0 again once the list is through. */
        last = s->command_index > 0 ? s->command_index - 1 : list->count - 1;
        return last == i ? &s->control : &never_ran;
}

static int put_command(sd_bus_message *reply, const struct exec_command *c, const struct process_info *p) {
        bool ended = p->has_ended;
        int code = !ended ? 0 : WIFEXITED(p->status) ? CLD_EXITED : WCOREDUMP(p->status) ? CLD_DUMPED : CLD_KILLED;
        int status = !ended ? 0 : WIFEXITED(p->status) ? WEXITSTATUS(p->status) : WTERMSIG(p->status);
        int r = sd_bus_message_open_container(reply, 'r', "sasbttttuii");

        if (r >= 0)
                r = sd_bus_message_append(reply, "s", c->path);
        if (r >= 0)
                r = sd_bus_message_append_strv(reply, c->argv);
        if (r >= 0)
                r = sd_bus_message_append(reply, "bttttuii", (int)!!(c->flags & EXEC_IGNORE_FAILURE), p->start_us,
                                          (uint64_t)0, p->exit_us, (uint64_t)0, (uint32_t)p->last_pid, code, status);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

PUT(commands) {
        const struct exec_commands *list = v->field;

        return LIST(reply, "(sasbttttuii)", list->count, i, put_command(reply, &list->items[i], last_run(v, i)));
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

#define ENUM_FORM(name, type, count) { #name, "s", put_##name },

/* clang-format off */
static const struct directive_form forms[] = {
        UNIT_ENUMS(ENUM_FORM)
        { "text", "s", put_text },
        { "path", "s", put_text },
        { "pid_file", "s", put_text },
        { "bus_name", "s", put_text },
        { "user", "s", put_text },
        { "working_directory", "s", put_text },
        { "keyring_mode", "s", put_text },
        { "slice", "s", put_text },
        { "managed_oom", "s", put_text },
        { "boolean", "b", put_boolean },
        { "delegate", "b", put_boolean },
        { "tristate", "b", put_tristate },
        { "count", "u", put_unsigned },
        { "log_burst", "u", put_unsigned },
        { "mode", "u", put_mode },
        { "span", "t", put_u64 },
        { "span_or_never", "t", put_u64 },
        { "span_or_none", "t", put_u64 },
        { "timeout_start", "t", put_u64 },
        { "timeout_abort", "t", put_timeout_abort },
        { "log_interval", "t", put_u64 },
        { "timer_slack", "t", put_u64 },
        { "capabilities", "t", put_u64 },
        { "cpu_quota_period", "t", put_u64 },
        { "cpu_quota", "t", put_quota },
        { "cpu_weight", "t", put_weight },
        { "io_weight", "t", put_weight },
        { "mount_flags", "t", put_mask },
        { "namespaces", "t", put_namespaces },
        { "coredump_filter", "t", put_coredump_filter },
        { "limit", "t", put_limit },
        { "memory", "t", put_memory },
        { "tasks", "t", put_tasks },
        { "signal", "i", put_int },
        { "exit_status", "i", put_int },
        { "nice", "i", put_int },
        { "oom_score_adjust", "i", put_int },
        { "io_class", "i", put_int },
        { "io_priority", "i", put_int },
        { "cpu_policy", "i", put_int },
        { "cpu_priority", "i", put_int },
        { "secure_bits", "i", put_int },
        { "syslog_facility", "i", put_facility },
        { "syslog_level", "i", put_int },
        { "syscall_errno", "i", put_int },
        { "names", "as", put_strv },
        { "unset_names", "as", put_strv },
        { "documentation", "as", put_strv },
        { "paths", "as", put_strv },
        { "user_list", "as", put_strv },
        { "environment", "as", put_strv },
        { "path_list", "as", put_strv },
        { "architectures", "as", put_strv },
        { "directory", "as", put_directory },
        { "input", "s", put_input },
        { "output", "s", put_output },
        { "exit_set", "(aiai)", put_exit_set },
        { "syscalls", "(bas)", put_syscalls },
        { "address_families", "(bas)", put_address_families },
        { "apparmor_profile", "(bs)", put_apparmor_profile },
        { "environment_files", "a(sb)", put_environment_files },
        { "bind_mounts", "a(ssbt)", put_bind_mounts },
        { "bind_mounts_read_only", "a(ssbt)", put_bind_mounts_read_only },
        { "tmpfs_mounts", "a(ss)", put_tmpfs_mounts },
        { "device_allow", "a(ss)", put_device_allow },
        { "io_device_weight", "a(st)", put_io_device_weight },
        { "io_read_bandwidth", "a(st)", put_io_read_bandwidth },
        { "io_write_bandwidth", "a(st)", put_io_write_bandwidth },
        { "io_read_iops", "a(st)", put_io_read_iops },
        { "io_write_iops", "a(st)", put_io_write_iops },
        { "io_latency", "a(st)", put_io_latency },
        { "commands", "a(sasbttttuii)", put_commands },
};
/* clang-format on */

const struct directive_form *directive_form_find(const char *kind) {
        for (size_t i = 0; i < ARRAY_LEN(forms); i++)
                if (text_equal(forms[i].kind, kind))
                        return &forms[i];
        return NULL;
}

int directive_put_nothing(sd_bus_message *reply, const char *signature) {
        int r;

        switch (signature[0]) {
        case 's':
                return sd_bus_message_append(reply, "s", "");
        case 'b':
                return sd_bus_message_append(reply, "b", 0);
        case 'u':
                return sd_bus_message_append(reply, "u", 0u);
        case 'i':
                return sd_bus_message_append(reply, "i", 0);
        case 't':
                return sd_bus_message_append(reply, "t", LIMIT_NONE);
        case 'a':
                r = sd_bus_message_open_container(reply, 'a', signature + 1);
                return r < 0 ? r : sd_bus_message_close_container(reply);
        default:
                if (text_equal(signature, "(bas)"))
                        return put_filter(reply, false, NULL);
                if (text_equal(signature, "(bs)"))
                        return sd_bus_message_append(reply, "(bs)", 0, "");
                return sd_bus_message_append(reply, "(aiai)", 0, 0);
        }
}
