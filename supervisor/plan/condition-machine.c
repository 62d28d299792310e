/* SPDX-License-Identifier: MIT */
/* condition-machine: tests of the machine: firmware, security modules, power, memory, CPUs, cgroups, pressure. */
#include "condition-private.h"

#include "base/sys.h"
#include "unit/value.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/vfs.h>

int condition_virtualization(const struct condition_subject *s) {
        bool is_container, wanted;
        const char *name = virtualization_name(&is_container);
        bool is_virtual = !text_equal(name, "none");

        if (text_equal(s->parameter, "private-users")) {
                owned_str map = condition_read_line("/proc/self/uid_map");
                unsigned inside, outside, count;

                return map && sscanf(map, "%u %u %u", &inside, &outside, &count) == 3 &&
                       (inside != 0 || outside != 0 || count != UINT32_MAX);
        }
        if (value_boolean(s->parameter, &wanted) == 0)
                return wanted == is_virtual;
        if (text_equal(s->parameter, "vm"))
                return is_virtual && !is_container;
        if (text_equal(s->parameter, "container"))
                return is_container;
        return is_virtual && text_equal(s->parameter, name);
}

/* ---- firmware and security ------------------------------------------------------------------------------------------ */

static int is_compatible(const char *wanted) {
        owned_str list = NULL;
        size_t length;

        if (sys_read_file(AT_FDCWD, "/proc/device-tree/compatible", 4096, &list, &length) < 0)
                return 0;
        for (const char *name = list; name < list + length; name += strlen(name) + 1)
                if (text_equal(name, wanted))
                        return 1;
        return 0;
}

/* "FIELD OP VALUE" */
static int test_smbios(const char *text) {
        size_t length = strcspn(text, " \t=<>!$");
        owned_str path = text_printf("/sys/class/dmi/id/%.*s", (int)length, text);
        owned_str value = path && !memchr(text, '/', length) ? condition_read_line(path) : NULL;
        const char *rest = text + length + strspn(text + length, " \t");
        enum comparison comparison = comparison_read(&rest);

        if (comparison == COMPARE_NONE)
                return -EINVAL;
        return value && comparison_of_text(comparison, value, rest);
}

int condition_firmware(const struct condition_subject *s) {
        owned_str inner = NULL;
        const char *rest;
        bool is_smbios;

        if (text_equal(s->parameter, "uefi"))
                return access("/sys/firmware/efi", F_OK) == 0;
        if (text_equal(s->parameter, "device-tree"))
                return access("/sys/firmware/devicetree", F_OK) == 0;
        is_smbios = text_after(s->parameter, "smbios-field(");
        rest = is_smbios ? text_after(s->parameter, "smbios-field(")
                         : text_after(s->parameter, "device-tree-compatible(");
        if (!rest || !text_ends_with(rest, ")"))
                return -EINVAL;
        inner = strndup(rest, strlen(rest) - 1);
        if (!inner)
                return -ENOMEM;
        return is_smbios ? test_smbios(inner) : is_compatible(inner);
}

static int uses_audit(void) {
        owned_fd fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT);

        return fd >= 0;
}

static int uses_apparmor(void) {
        owned_str enabled = condition_read_line("/sys/module/apparmor/parameters/enabled");

        return enabled && *enabled == 'Y';
}

static int has_secure_boot(void) {
        owned_str value = NULL;
        size_t length;

        return sys_read_file(AT_FDCWD, "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", 64,
                             &value, &length) >= 0 &&
               length == 5 && value[4] == 1;
}

static int has_tpm2(void) {
        struct condition_subject s = { "/sys/class/tpmrm", NULL };

        return condition_directory_not_empty(&s);
}

int condition_security(const struct condition_subject *s) {
        static const struct {
                const char *name, *path;
                int (*test)(void);
        } kinds[] = {
                { "selinux", "/sys/fs/selinux/status", NULL },
                { "smack", "/sys/fs/smackfs/load2", NULL },
                { "tomoyo", "/sys/kernel/security/tomoyo/version", NULL },
                { "ima", "/sys/kernel/security/ima", NULL },
                { "apparmor", NULL, uses_apparmor },
                { "audit", NULL, uses_audit },
                { "uefi-secureboot", NULL, has_secure_boot },
                { "tpm2", NULL, has_tpm2 },
        };

        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                if (text_equal(kinds[i].name, s->parameter))
                        return kinds[i].test ? kinds[i].test() : access(kinds[i].path, F_OK) == 0;
        return 0;
}

int condition_capability(const struct condition_subject *s) {
        char lower[64];
        cap_value_t value;
        size_t length = strlen(s->parameter);

        if (length >= sizeof lower)
                return -EINVAL;
        for (size_t i = 0; i <= length; i++)
                lower[i] = (char)tolower((unsigned char)s->parameter[i]);
        if (cap_from_name(lower, &value) < 0)
                return -EINVAL;
        return prctl(PR_CAPBSET_READ, value, 0, 0, 0) == 1;
}

/* ---- power, memory, CPUs -------------------------------------------------------------------------------------------- */

int condition_ac_power(const struct condition_subject *s) {
        DIR *d = opendir("/sys/class/power_supply");
        bool wanted, is_on = false, is_off = false;

        for (struct dirent *item; d && (item = readdir(d));) {
                owned_str type_path = text_printf("/sys/class/power_supply/%s/type", item->d_name);
                owned_str online_path = text_printf("/sys/class/power_supply/%s/online", item->d_name);
                owned_str type = type_path ? condition_read_line(type_path) : NULL;
                owned_str online = NULL;

                if (!type || !text_equal(type, "Mains") || !online_path)
                        continue;
                online = condition_read_line(online_path);
                is_on |= online && text_equal(online, "1");
                is_off |= online && text_equal(online, "0");
        }
        if (d)
                (void)closedir(d);
        if (value_boolean(s->parameter, &wanted) < 0)
                return -EINVAL;
        return wanted == (is_on || !is_off);
}

/* The parameter "[OP]N" against a number; ">=" when there is no operator. */
static int compare_number(const char *parameter, int (*read)(const char *s, uint64_t *ret), uint64_t ours) {
        enum comparison comparison = comparison_read(&parameter);
        uint64_t wanted;
        int r = read(parameter, &wanted);

        if (r < 0)
                return r;
        if (comparison == COMPARE_NONE)
                comparison = COMPARE_GREATER_EQUAL;
        return comparison_holds(comparison, ours < wanted ? -1 : ours > wanted);
}

int condition_memory(const struct condition_subject *s) {
        uint64_t ours = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE), limit;
        owned_str max = condition_read_line("/sys/fs/cgroup/memory.max"); /* a container's own limit */

        if (max && text_to_u64(max, 10, &limit) == 0)
                ours = MIN(ours, limit);
        return compare_number(s->parameter, value_size, ours);
}

static int read_number(const char *s, uint64_t *ret) {
        return text_to_u64(s, 10, ret);
}

int condition_cpus(const struct condition_subject *s) {
        cpu_set_t set;

        if (sched_getaffinity(0, sizeof set, &set) < 0)
                return -errno;
        return compare_number(s->parameter, read_number, (uint64_t)CPU_COUNT(&set));
}

/* ---- cgroups -------------------------------------------------------------------------------------------------------- */

int condition_control_group_controller(const struct condition_subject *s) {
        static const char *const known[] = { "cpu", "cpuset", "io", "memory", "pids" };
        owned_str ours = NULL;
        const char *rest = s->parameter;
        struct statfs fs;
        bool is_v2 = statfs("/sys/fs/cgroup", &fs) == 0 && (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC;

        if (text_equal(rest, "v2") || text_equal(rest, "v1"))
                return is_v2 == text_equal(rest, "v2");
        ours = condition_read_line(is_v2 ? "/sys/fs/cgroup/cgroup.controllers"
                                         : "/sys/fs/cgroup/unified/cgroup.controllers");
        for (;;) {
                owned_str word = NULL;
                const char *at = ours ? ours : "";
                bool found = false;
                int r = value_next_word(&rest, 0, &word);

                if (r < 0)
                        return r;
                if (r == 0)
                        return 1;
                if (table_value(known, ARRAY_LEN(known), word) < 0)
                        continue; /* unknown ones do not matter */
                for (owned_str name = NULL; !found && value_next_word(&at, 0, &name) > 0; free(take_ptr(name)))
                        found = text_equal(name, word);
                if (!found)
                        return 0;
        }
}

/* The average over this time in a line of a pressure file, in hundredths of a percent; -ENODATA. */
static int read_pressure(const char *path, const char *average, unsigned *ret) {
        owned_str text = NULL;
        size_t length;
        const char *line, *value;
        unsigned whole, hundredths;

        if (sys_read_file(AT_FDCWD, path, 4096, &text, &length) < 0)
                return -ENODATA;
        line = strstr(text, "full ");
        if (!line)
                line = strstr(text, "some ");
        value = line ? strstr(line, average) : NULL;
        if (!value || sscanf(value + strlen(average), "%u.%2u", &whole, &hundredths) != 2)
                return -ENODATA;
        *ret = whole * 100 + hundredths;
        return 0;
}

/* A slice's place in the tree: "a-b.slice" is a.slice/a-b.slice. */
static char *slice_path(const char *slice) {
        owned_str path = strdup("");

        if (text_equal(slice, "-.slice"))
                return take_ptr(path);
        for (const char *dash = slice; path && (dash = strpbrk(dash, "-.")); dash++) {
                char *longer = text_printf("%s/%.*s.slice", path, (int)(dash - slice), slice);

                free(path);
                path = longer;
                if (*dash == '.')
                        break;
        }
        return take_ptr(path);
}

/* "[SLICE:]PERCENT[/TIME]" */
static int test_pressure(const char *parameter, const char *resource) {
        static const struct {
                const char *word, *average;
        } times[] = { { "10sec", "avg10=" }, { "1min", "avg60=" }, { "5min", "avg300=" } };
        owned_str slice = NULL;
        owned_str path = NULL;
        owned_str percent = NULL;
        const char *colon = strchr(parameter, ':'), *slash, *average = "avg300=";
        unsigned limit, ours;

        if (colon) {
                owned_str name = strndup(parameter, (size_t)(colon - parameter));

                if (!name || !unit_name_is_slice(name))
                        return name ? -EINVAL : -ENOMEM;
                slice = slice_path(name);
                parameter = colon + 1;
        }
        slash = strchrnul(parameter, '/');
        percent = strndup(parameter, (size_t)(slash - parameter));
        path = slice ? text_printf("/sys/fs/cgroup%s/%s.pressure", slice, resource)
                     : text_printf("/proc/pressure/%s", resource);
        if (!percent || !path)
                return -ENOMEM;
        if (value_permyriad(percent, &limit) < 0 || limit > 10000)
                return -EINVAL;
        if (*slash) {
                average = NULL;
                for (size_t i = 0; i < ARRAY_LEN(times); i++)
                        if (text_equal(times[i].word, slash + 1))
                                average = times[i].average;
                if (!average)
                        return -EINVAL;
        }
        if (read_pressure(path, average, &ours) < 0)
                return 1; /* the kernel does not measure it: nothing stands against the start */
        return ours <= limit;
}

int condition_memory_pressure(const struct condition_subject *s) {
        return test_pressure(s->parameter, "memory");
}
int condition_cpu_pressure(const struct condition_subject *s) {
        return test_pressure(s->parameter, "cpu");
}
int condition_io_pressure(const struct condition_subject *s) {
        return test_pressure(s->parameter, "io");
}
