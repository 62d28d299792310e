/* SPDX-License-Identifier: MIT */
/* cgroup-attributes: what a unit's resource directives become as text in the files of its cgroup (systemd.resource-control(5),
 * Documentation/admin-guide/cgroup-v2.rst), and what the kernel tells back.
 *
 * One table: file, controller, directive, formatter, the kernel's default. Each directive that does not arrive is recorded in
 * the unit with the reason; nothing here fails a start. Never makes or removes cgroups, never logs.
 */
#include "cgroup-private.h"

#include "base/sys.h"

#include <errno.h>
#include <sys/sysmacros.h>

#define SMALL_FILE (64u << 10)
#define VALUE_MAX  4096u
#define PIDS_LIMIT 4194304u /* PID_MAX_LIMIT of the kernel */

/* Writes the value into the buffer; false when the directive is not set. */
typedef bool format_fn(const struct cgroup_settings *s, size_t offset, char value[VALUE_MAX]);

#define FIELD(type, s, offset) (*(const type *)(const void *)((const char *)(s) + (offset)))

static bool format_amount(const struct amount *a, uint64_t whole, char value[VALUE_MAX]) {
        unsigned long long amount = a->value;

        if (!a->is_set)
                return false;
        if (a->permille > 0)
                amount = whole / 1000 * a->permille + whole % 1000 * a->permille / 1000;
        if (a->permille == 0 && a->value == LIMIT_NONE)
                (void)snprintf(value, VALUE_MAX, "max");
        else
                (void)snprintf(value, VALUE_MAX, "%llu", amount);
        return true;
}

static bool format_memory(const struct cgroup_settings *s, size_t offset, char value[VALUE_MAX]) {
        const struct amount *a = &FIELD(struct amount, s, offset);
        /* A system call, for a share only. */
        uint64_t whole = a->permille ? (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;

        return format_amount(a, whole, value);
}

static uint64_t read_number(int dir_fd, const char *file, uint64_t otherwise);

/* A share of tasks is a share of what the machine can have: the smaller of its two limits. */
static bool format_tasks(const struct cgroup_settings *s, size_t offset, char value[VALUE_MAX]) {
        const struct amount *a = &FIELD(struct amount, s, offset);
        uint64_t whole = 0;

        if (a->is_set && a->permille > 0)
                whole = MIN(read_number(AT_FDCWD, "/proc/sys/kernel/pid_max", PIDS_LIMIT),
                            read_number(AT_FDCWD, "/proc/sys/kernel/threads-max", PIDS_LIMIT));
        return format_amount(a, whole, value);
}

static bool format_flag(const struct cgroup_settings *s, size_t offset, char value[VALUE_MAX]) {
        (void)snprintf(value, VALUE_MAX, "1");
        return FIELD(bool, s, offset);
}

static bool format_cpu_weight(const struct cgroup_settings *s, size_t offset, char value[VALUE_MAX]) {
        (void)snprintf(value, VALUE_MAX, "%llu", (unsigned long long)FIELD(uint64_t, s, offset));
        return FIELD(uint64_t, s, offset) > 0 && !s->cpu_weight_idle;
}

/* The kernel wants quota and period each between 1 ms and 1 s of period: a tiny share gets a longer period. */
static bool format_cpu_max(const struct cgroup_settings *s, size_t offset UNUSED, char value[VALUE_MAX]) {
        uint64_t period = s->cpu_quota_period_us, quota;

        if (s->cpu_quota_permille == 0)
                return false;
        if (period == 0 || period == TIME_NEVER)
                period = 100 * US_PER_MS;
        period = MAX(period, 1000000ull / s->cpu_quota_permille);
        period = MAX(period, US_PER_MS);
        period = MIN(period, US_PER_SEC);
        quota = MAX(period * s->cpu_quota_permille / 1000, US_PER_MS);
        (void)snprintf(value, VALUE_MAX, "%llu %llu", (unsigned long long)quota, (unsigned long long)period);
        return true;
}

static bool format_io_weight(const struct cgroup_settings *s, size_t offset, char value[VALUE_MAX]) {
        (void)snprintf(value, VALUE_MAX, "default %llu", (unsigned long long)FIELD(uint64_t, s, offset));
        return FIELD(uint64_t, s, offset) > 0;
}

static bool format_cpuset(const struct cgroup_settings *s, size_t offset, char value[VALUE_MAX]) {
        const char *list = FIELD(char *, s, offset);

        (void)snprintf(value, VALUE_MAX, "%s", list ? list : "");
        return list != NULL;
}

struct attribute {
        unsigned controller;
        const char *file;
        const char *key; /* behind "Service." or "Slice." */
        format_fn *format;
        size_t offset;
        const char *reset; /* the kernel's default */
};

#define AT(field) offsetof(struct cgroup_settings, field)

/* clang-format off */
/* Order matters where the kernel checks one file against another: idle before weight. */
static const struct attribute attributes[] = {
        { CGROUP_MEMORY, "memory.min", "MemoryMin", format_memory, AT(memory_min), "0" },
        { CGROUP_MEMORY, "memory.low", "MemoryLow", format_memory, AT(memory_low), "0" },
        { CGROUP_MEMORY, "memory.high", "MemoryHigh", format_memory, AT(memory_high), "max" },
        { CGROUP_MEMORY, "memory.max", "MemoryMax", format_memory, AT(memory_max), "max" },
        { CGROUP_MEMORY, "memory.swap.max", "MemorySwapMax", format_memory, AT(memory_swap_max), "max" },
        { CGROUP_MEMORY, "memory.zswap.max", "MemoryZSwapMax", format_memory, AT(memory_zswap_max), "max" },
        { CGROUP_MEMORY, "memory.oom.group", "OOMPolicy", format_flag, AT(memory_oom_group_set), "0" },
        { CGROUP_PIDS, "pids.max", "TasksMax", format_tasks, AT(tasks_max), "max" },
        { CGROUP_CPU, "cpu.idle", "CPUWeight", format_flag, AT(cpu_weight_idle), "0" },
        { CGROUP_CPU, "cpu.weight", "CPUWeight", format_cpu_weight, AT(cpu_weight), "100" },
        { CGROUP_CPU, "cpu.max", "CPUQuota", format_cpu_max, AT(cpu_quota_permille), "max 100000" },
        { CGROUP_IO, "io.weight", "IOWeight", format_io_weight, AT(io_weight), "default 100" },
        { CGROUP_CPUSET, "cpuset.cpus", "AllowedCPUs", format_cpuset, AT(allowed_cpus), "\n" },
        { CGROUP_CPUSET, "cpuset.mems", "AllowedMemoryNodes", format_cpuset, AT(allowed_memory_nodes), "\n" },
};
/* clang-format on */

/* Limits per block device: what the settings call them, the directive, and the file. */
/* clang-format off */
static const struct {
        const char *key, *directive, *file, *word;
} device_limits[] = {
        { "rbps", "IOReadBandwidthMax", "io.max", "rbps" },   { "wbps", "IOWriteBandwidthMax", "io.max", "wbps" },
        { "riops", "IOReadIOPSMax", "io.max", "riops" },      { "wiops", "IOWriteIOPSMax", "io.max", "wiops" },
        { "weight", "IODeviceWeight", "io.weight", NULL },    { "latency", "IODeviceLatencyTargetSec", "io.latency", "target" },
};
/* clang-format on */

/* Accounting is what the controller does when it is enabled; the kernel always counts CPU time. */
static const struct {
        unsigned controller;
        const char *key;
        size_t offset;
} accounting[] = {
        { CGROUP_MEMORY, "MemoryAccounting", AT(memory_accounting) },
        { CGROUP_PIDS, "TasksAccounting", AT(tasks_accounting) },
        { CGROUP_IO, "IOAccounting", AT(io_accounting) },
};

/* ---- outcomes ------------------------------------------------------------------------------------------------------- */

static void set_outcome(struct unit *unit, const char *directive, enum outcome outcome, const char *why) {
        char key[64];

        (void)snprintf(key, sizeof key, "%s.%s", unit->type == UNIT_SLICE ? "Slice" : "Service", directive);
        (void)unit_set_outcome(unit, key, outcome, why);
}

/* Why there is no controller for this, or NULL when there is. */
static const char *missing_controller(const struct cgroup_root *root, unsigned controller, char buffer[128]) {
        if (root->fd < 0)
                return root->why ? root->why : "there are no cgroups here";
        if (root->controllers & ~root->later & controller)
                return NULL;
        (void)snprintf(buffer, 128, "the cgroup controller '%s' is not available here",
                       cgroup_controller_name(controller));
        return buffer;
}

static void set_failed(struct unit *unit, const char *directive, const char *file, const char *value, int error) {
        char why[192];

        if (error == -ENOENT)
                (void)snprintf(why, sizeof why, "this kernel has no %s", file);
        else
                (void)snprintf(why, sizeof why, "%s: the kernel refuses '%.64s': %s", file, value, strerror(-error));
        set_outcome(unit, directive, OUTCOME_UNAVAILABLE, why);
}

/* ---- writing -------------------------------------------------------------------------------------------------------- */

/* Kernels with the bfq scheduler and without the cost model have io.bfq.weight instead: 1…1000 around the same 100. */
static uint64_t bfq_weight(uint64_t weight) {
        return weight <= 100 ? weight : 100 + (weight - 100) * (1000 - 100) / (10000 - 100);
}

static int write_io_weight(int fd, const char *prefix, uint64_t weight) {
        char value[64];
        int r;

        (void)snprintf(value, sizeof value, "%s %llu", prefix, (unsigned long long)weight);
        r = sys_write_file(fd, "io.weight", value);
        if (r != -ENOENT && r != -EOPNOTSUPP)
                return r;
        (void)snprintf(value, sizeof value, "%s %llu", prefix, (unsigned long long)bfq_weight(weight));
        return sys_write_file(fd, "io.bfq.weight", value);
}

static int write_attribute(int fd, const struct attribute *a, const struct cgroup_settings *s, const char *value) {
        if (a->format == format_io_weight)
                return write_io_weight(fd, "default", s->io_weight);
        return sys_write_file(fd, a->file, value);
}

/* The disk behind a path: a block device itself, or what the file lies on; a partition's whole disk. */
static int disk_of_path(const char *path, char device[32]) {
        char sysfs[64];
        struct stat st;
        dev_t dev;
        owned_str text = NULL;

        if (stat(path, &st) < 0)
                return -errno;
        dev = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
        if (major(dev) == 0) /* overlayfs, tmpfs, btrfs: no one disk */
                return -ENODEV;
        (void)snprintf(device, 32, "%u:%u", major(dev), minor(dev));
        (void)snprintf(sysfs, sizeof sysfs, "/sys/dev/block/%s/partition", device);
        if (access(sysfs, F_OK) < 0)
                return 0;
        (void)snprintf(sysfs, sizeof sysfs, "/sys/dev/block/%s/../dev", device);
        if (sys_read_file(AT_FDCWD, sysfs, 64, &text, NULL) >= 0)
                (void)snprintf(device, 32, "%s", strtok(text, "\n"));
        return 0;
}

static void apply_device_limit(const struct cgroup_root *root, int fd, struct unit *unit,
                               const struct io_device_limit *l) {
        char missing[128], device[32], value[96], why[192];
        const char *reason = missing_controller(root, CGROUP_IO, missing);
        size_t i = 0;
        int r;

        while (i < ARRAY_LEN(device_limits) && !text_equal(device_limits[i].key, l->key))
                i++;
        if (i == ARRAY_LEN(device_limits))
                return;
        if (reason) {
                set_outcome(unit, device_limits[i].directive, OUTCOME_UNAVAILABLE, reason);
                return;
        }
        r = disk_of_path(l->path, device);
        if (r < 0) {
                (void)snprintf(why, sizeof why, "%.96s: no block device: %s", l->path, strerror(-r));
                set_outcome(unit, device_limits[i].directive, OUTCOME_UNAVAILABLE, why);
                return;
        }
        if (!device_limits[i].word)
                r = write_io_weight(fd, device, l->value);
        else {
                if (l->value == LIMIT_NONE)
                        (void)snprintf(value, sizeof value, "%s %s=max", device, device_limits[i].word);
                else
                        (void)snprintf(value, sizeof value, "%s %s=%llu", device, device_limits[i].word,
                                       (unsigned long long)l->value);
                r = sys_write_file(fd, device_limits[i].file, value);
        }
        if (r < 0)
                set_failed(unit, device_limits[i].directive, device_limits[i].file, device, r);
}

static void apply_devices(const struct cgroup_root *root, int fd, struct unit *unit, bool is_fresh) {
        const char *missing = NULL;
        char why[192];
        int r = root->fd < 0 ? 0 : cgroup_apply_devices(fd, unit->cgroup, is_fresh, &missing);

        if (!cgroup_has_device_policy(unit->cgroup) || (root->fd >= 0 && r >= 0 && !missing))
                return;
        if (missing) {
                (void)snprintf(why, sizeof why, "%.96s: there is no such device", missing);
                set_outcome(unit, "DeviceAllow", OUTCOME_UNAVAILABLE, why);
        }
        if (r >= 0 && root->fd >= 0)
                return;
        (void)snprintf(why, sizeof why, "no BPF program can be put at the cgroup: %.128s",
                       r < 0       ? strerror(-r)
                       : root->why ? root->why
                                   : "there are no cgroups here");
        set_outcome(unit, "DeviceAllow", OUTCOME_UNAVAILABLE, why);
        set_outcome(unit, "DevicePolicy", OUTCOME_UNAVAILABLE, why);
}

enum freshness { FRESH, USED };

static int apply(const struct cgroup_root *root, int fd, struct unit *unit, enum freshness freshness) {
        const struct cgroup_settings *s = unit->cgroup;
        char value[VALUE_MAX], missing[128];

        if (!s)
                return 0;
        for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
                const struct attribute *a = &attributes[i];
                bool is_set = a->format(s, a->offset, value);
                const char *why;
                int r;

                if (!is_set && freshness == FRESH)
                        continue;
                why = missing_controller(root, a->controller, missing);
                if (why && is_set)
                        set_outcome(unit, a->key, OUTCOME_UNAVAILABLE, why);
                if (why)
                        continue;
                /* Resets are for what was set before; that there is nothing to reset is no news. */
                r = is_set ? write_attribute(fd, a, s, value) : sys_write_file(fd, a->file, a->reset);
                if (r == -ENODEV)
                        return -ENOENT;
                if (r < 0 && is_set)
                        set_failed(unit, a->key, a->file, value, r);
        }
        for (size_t i = 0; i < s->io_device_count; i++)
                apply_device_limit(root, fd, unit, &s->io_devices[i]);
        for (size_t i = 0; i < ARRAY_LEN(accounting); i++) {
                const char *why = missing_controller(root, accounting[i].controller, missing);

                if (FIELD(enum tristate, s, accounting[i].offset) == TRISTATE_YES && why)
                        set_outcome(unit, accounting[i].key, OUTCOME_UNAVAILABLE, why);
        }
        if (missing_controller(root, CGROUP_MEMORY, missing)) /* nobody tells of a kill for want of memory */
                set_outcome(unit, "OOMPolicy", OUTCOME_UNAVAILABLE, missing_controller(root, CGROUP_MEMORY, missing));
        if (root->fd < 0) {
                set_outcome(unit, "Delegate", OUTCOME_UNAVAILABLE, root->why);
                set_outcome(unit, "Slice", OUTCOME_UNAVAILABLE, root->why);
        }
        apply_devices(root, fd, unit, freshness == FRESH);
        return 0;
}

int cgroup_apply(const struct cgroup_root *root, int cgroup_fd, struct unit *unit) {
        return apply(root, cgroup_fd, unit, USED);
}

int cgroup_apply_fresh(const struct cgroup_root *root, int cgroup_fd, struct unit *unit) {
        return apply(root, cgroup_fd, unit, FRESH);
}

unsigned cgroup_wanted_controllers(const struct cgroup_settings *settings) {
        char value[VALUE_MAX];
        unsigned wanted = 0;

        if (!settings)
                return 0;
        for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
                if (attributes[i].format(settings, attributes[i].offset, value))
                        wanted |= attributes[i].controller;
        for (size_t i = 0; i < ARRAY_LEN(accounting); i++)
                if (FIELD(enum tristate, settings, accounting[i].offset) == TRISTATE_YES)
                        wanted |= accounting[i].controller;
        if (settings->io_device_count > 0)
                wanted |= CGROUP_IO;
        if (settings->delegate && !settings->delegate_controllers)
                wanted |= CGROUP_CPU | CGROUP_CPUSET | CGROUP_IO | CGROUP_MEMORY | CGROUP_PIDS;
        else if (settings->delegate)
                STRV_EACH(name, settings->delegate_controllers)
                        wanted |= cgroup_controller_from_name(name);
        return wanted;
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */

static uint64_t read_number(int dir_fd, const char *file, uint64_t otherwise) {
        owned_str text = NULL;
        char *end;
        uint64_t n;

        if (sys_read_file(dir_fd, file, SMALL_FILE, &text, NULL) < 0)
                return otherwise;
        errno = 0;
        n = strtoull(text, &end, 10);
        return errno || end == text ? otherwise : n;
}

/* The sum of all "word=N" or "word N" of a file; LIMIT_NONE when there is no file or no such word. */
static uint64_t read_sum(int dir_fd, const char *file, const char *word) {
        owned_str text = NULL;
        char *rest = NULL;
        uint64_t sum = 0;
        bool found = false;
        size_t length = strlen(word);

        if (sys_read_file(dir_fd, file, SMALL_FILE, &text, NULL) < 0)
                return LIMIT_NONE;
        for (char *t = strtok_r(text, " \n", &rest); t; t = strtok_r(NULL, " \n", &rest)) {
                const char *number = NULL;

                if (strncmp(t, word, length) == 0 && t[length] == '=')
                        number = t + length + 1;
                else if (text_equal(t, word))
                        number = strtok_r(NULL, " \n", &rest);
                if (!number)
                        continue;
                sum += strtoull(number, NULL, 10);
                found = true;
        }
        return found ? sum : LIMIT_NONE;
}

uint64_t cgroup_oom_kills(int cgroup_fd) {
        uint64_t kills = read_sum(cgroup_fd, "memory.events", "oom_kill");

        return kills == LIMIT_NONE ? 0 : kills;
}

void cgroup_usage(int cgroup_fd, struct cgroup_usage *ret) {
        *ret = (struct cgroup_usage){
                .memory_current = read_number(cgroup_fd, "memory.current", LIMIT_NONE),
                .memory_peak = read_number(cgroup_fd, "memory.peak", LIMIT_NONE),
                .memory_swap_current = read_number(cgroup_fd, "memory.swap.current", LIMIT_NONE),
                .cpu_usage_us = read_sum(cgroup_fd, "cpu.stat", "usage_usec"),
                .tasks_current = read_number(cgroup_fd, "pids.current", LIMIT_NONE),
                .io_read_bytes = read_sum(cgroup_fd, "io.stat", "rbytes"),
                .io_write_bytes = read_sum(cgroup_fd, "io.stat", "wbytes"),
                .oom_kills = cgroup_oom_kills(cgroup_fd),
        };
}
