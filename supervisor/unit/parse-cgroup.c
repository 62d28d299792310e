/* SPDX-License-Identifier: MIT */
/* parse-cgroup: shares and limits of a control group (systemd.resource-control(5)). */
#include "kinds.h"

#include <errno.h>

#define CPU_BITS 8192u /* more than any cpuset has */

static uint64_t clamp(uint64_t n, uint64_t min, uint64_t max) {
        return n < min ? min : n > max ? max : n;
}

int parse_slice(struct parse *p, char **field) {
        owned_str name = NULL;
        int r;

        if (*p->value) {
                r = parse_expand(p, p->value, &name);
                if (r < 0)
                        return r;
                if (!unit_name_is_slice(name))
                        return parse_mistake(p, "'%s' is not the name of a slice; allowed: like system.slice", name);
        }
        free(*field);
        *field = take_ptr(name);
        return 0;
}

void release_delegate(void *settings, void *field) {
        struct cgroup_settings *c = settings;

        (void)field;
        strv_free(take_ptr(c->delegate_controllers));
}

int parse_delegate(struct parse *p, bool *field) {
        /* clang-format off */
        static const char *const known[] = { "cpu",     "cpuacct", "cpuset",       "io",          "blkio",
                                             "memory",  "devices", "pids",         "bpf-firewall", "bpf-devices",
                                             "bpf-foreign", "bpf-socket-bind", "bpf-restrict-network-interfaces" };
        /* clang-format on */
        struct cgroup_settings *c = p->settings;
        const char *rest = p->value;
        bool all;

        if (value_boolean(p->value, &all) == 0) {
                release_delegate(c, field);
                *field = all;
                return 0;
        }
        if (!c->delegate_controllers || !*rest) {
                release_delegate(c, field);
                c->delegate_controllers = calloc(1, sizeof(char *)); /* no controller is not all controllers */
                if (!c->delegate_controllers)
                        return -ENOMEM;
        }
        *field = true;
        for (;;) {
                owned_str word = NULL;
                int r = parse_next_word(p, &rest, 0, &word);

                if (r <= 0)
                        return r;
                if (table_value(known, ARRAY_LEN(known), word) < 0)
                        (void)parse_mistake(p,
                                            "'%s' is not a controller; allowed: yes, no, cpu, cpuset, io, memory, pids",
                                            word);
                else if (strv_add_unique(&c->delegate_controllers, word) < 0)
                        return -ENOMEM;
        }
}

/* ---- weights ------------------------------------------------------------------------------------------------------ */

/* A number from min to max; empty is 0: not set. */
static int read_weight(struct parse *p, uint64_t min, uint64_t max, uint64_t *ret) {
        uint64_t n = 0;

        if (*p->value && (text_to_u64(p->value, 10, &n) < 0 || n < min || n > max))
                return parse_mistake(p, "'%s' is not a weight; allowed: %u to %u", p->value, (unsigned)min,
                                     (unsigned)max);
        *ret = n;
        return 0;
}

int parse_cpu_weight(struct parse *p, uint64_t *field) {
        struct cgroup_settings *c = p->settings;
        bool is_idle = text_equal(p->value, "idle");
        int r = 0;

        if (is_idle && field != &c->cpu_weight)
                return parse_unsupported(p, "'idle' during start-up only is not supported");
        if (is_idle)
                *field = 0;
        else
                r = read_weight(p, 1, 10000, field);
        if (r == 0 && field == &c->cpu_weight)
                c->cpu_weight_idle = is_idle;
        return r;
}

/* Shares of cgroup v1, 1024 being the default, as a weight, 100 being the default. */
int parse_cpu_shares(struct parse *p, uint64_t *field) {
        uint64_t shares = 0;
        int r = read_weight(p, 2, 262144, &shares);

        if (r < 0)
                return r;
        *field = shares ? clamp(shares * 100 / 1024, 1, 10000) : 0;
        return 0;
}

int parse_io_weight(struct parse *p, uint64_t *field) {
        return read_weight(p, 1, 10000, field);
}

/* A weight of the old blkio controller, 500 being the default. */
int parse_block_io_weight(struct parse *p, uint64_t *field) {
        uint64_t weight = 0;
        int r = read_weight(p, 10, 1000, &weight);

        if (r < 0)
                return r;
        *field = weight ? MAX(weight * 100 / 500, (uint64_t)1) : 0;
        return 0;
}

int parse_cpu_quota(struct parse *p, unsigned *field) {
        unsigned permille = 0;

        if (*p->value && !text_equal(p->value, "infinity") &&
            (value_permille(p->value, &permille) < 0 || permille == 0))
                return parse_mistake(p, "'%s' is not a quota; allowed: a percentage of one CPU above 0%%, like 150%%",
                                     p->value);
        *field = permille;
        return 0;
}

int parse_cpu_quota_period(struct parse *p, uint64_t *field) {
        uint64_t period = 100 * US_PER_MS;
        int r;

        if (*p->value) {
                r = parse_span(p, &period);
                if (r < 0)
                        return r;
        }
        *field = clamp(period, US_PER_MS, US_PER_SEC); /* what the kernel takes */
        return 0;
}

/* ---- sets of numbers ---------------------------------------------------------------------------------------------- */

/* "0-3,7" for the bits that are set. */
static char *print_ranges(const uint8_t *bits, size_t count) {
        owned_str text = strdup("");

        for (size_t i = 0; text && i < count; i++) {
                size_t first = i;
                char *longer;

                if (!(bits[i / 8] >> (i % 8) & 1))
                        continue;
                while (i + 1 < count && (bits[(i + 1) / 8] >> ((i + 1) % 8) & 1))
                        i++;
                longer = first == i ? text_printf("%s%s%zu", text, *text ? "," : "", i)
                                    : text_printf("%s%s%zu-%zu", text, *text ? "," : "", first, i);
                free(text);
                text = longer;
        }
        return take_ptr(text);
}

int parse_cpuset(struct parse *p, char **field) {
        uint8_t bits[CPU_BITS / 8] = { 0 };
        char *ranges = NULL;

        if (*p->value) {
                if (*field)
                        (void)value_cpu_list(*field, bits, CPU_BITS); /* our own text: lists add up */
                if (value_cpu_list(p->value, bits, CPU_BITS) < 0)
                        return parse_mistake(p, "'%s' is not a list of numbers; allowed: like \"0-3 7\"", p->value);
                ranges = print_ranges(bits, CPU_BITS);
                if (!ranges)
                        return -ENOMEM;
        }
        free(*field);
        *field = ranges;
        return 0;
}

/* ---- amounts ------------------------------------------------------------------------------------------------------ */

static int read_amount(struct parse *p, int (*read)(const char *s, uint64_t *ret), uint64_t min, struct amount *ret) {
        struct amount a = { .is_set = true };

        if (!*p->value)
                a.is_set = false;
        else if (text_equal(p->value, "infinity"))
                a.value = LIMIT_NONE;
        else if (value_permille(p->value, &a.permille) == 0) {
                if (a.permille > 1000 || (a.permille == 0 && min > 0))
                        return parse_mistake(p, "'%s' is not a share; allowed: up to 100%%", p->value);
        } else if (read(p->value, &a.value) < 0 || a.value < min)
                return parse_mistake(p, "'%s' is not an amount; allowed: %s", p->value,
                                     "a number or size, a percentage, infinity");
        *ret = a;
        return 0;
}

int parse_memory(struct parse *p, struct amount *field) {
        struct cgroup_settings *c = p->settings;

        return read_amount(p, value_size, field == &c->memory_max || field == &c->memory_high, field);
}

static int read_tasks(const char *s, uint64_t *ret) {
        return text_to_u64(s, 10, ret);
}

int parse_tasks(struct parse *p, struct amount *field) {
        return read_amount(p, read_tasks, 1, field);
}

/* ---- devices ------------------------------------------------------------------------------------------------------ */

void release_io_devices(void *settings, void *field) {
        struct cgroup_settings *c = settings;

        (void)field;
        for (size_t i = 0; i < c->io_device_count; i++)
                free(c->io_devices[i].path);
        free(take_ptr(c->io_devices));
        c->io_device_count = 0;
}

static void remove_io_devices(struct cgroup_settings *c, const char *key, const char *path) {
        size_t kept = 0;

        for (size_t i = 0; i < c->io_device_count; i++)
                if (text_equal(c->io_devices[i].key, key) && (!path || text_equal(c->io_devices[i].path, path)))
                        free(c->io_devices[i].path);
                else
                        c->io_devices[kept++] = c->io_devices[i];
        c->io_device_count = kept;
}

/* "DEVICE VALUE"; a device that was named before gets the new value, an empty assignment forgets all of this key. */
static int read_io_device(struct parse *p, const char *key, int (*read)(const char *s, uint64_t *ret)) {
        struct cgroup_settings *c = p->settings;
        const char *rest = p->value;
        owned_str word = NULL;
        owned_str path = NULL;
        struct io_device_limit *item;
        uint64_t value;
        int r;

        if (!*rest) {
                remove_io_devices(c, key, NULL);
                return 0;
        }
        r = parse_next_word(p, &rest, 0, &word);
        if (r == 0)
                r = -EINVAL;
        if (r > 0)
                r = parse_absolute(p, word, &path);
        if (r < 0)
                return r;
        if (read(rest, &value) < 0)
                return parse_mistake(p, "'%s' is not a value; allowed: DEVICE and %s", rest,
                                     text_equal(key, "weight") ? "1 to 10000" : "an amount");
        remove_io_devices(c, key, path);
        item = GROW(c->io_devices, c->io_device_count);
        if (!item)
                return -ENOMEM;
        *item = (struct io_device_limit){ take_ptr(path), key, value };
        return 0;
}

static int read_rate(const char *s, uint64_t *ret) {
        if (text_equal(s, "infinity")) {
                *ret = LIMIT_NONE;
                return 0;
        }
        return value_size_decimal(s, ret);
}

static int read_device_weight(const char *s, uint64_t *ret) {
        uint64_t n;

        if (text_to_u64(s, 10, &n) < 0 || n < 1 || n > 10000)
                return -EINVAL;
        *ret = n;
        return 0;
}

static int read_latency(const char *s, uint64_t *ret) {
        return value_span(s, US_PER_SEC, ret);
}

#define IO_KIND(kind, key, read) \
        int parse_##kind(struct parse *p, struct io_device_limit **field) { \
                (void)field; \
                return read_io_device(p, key, read); \
        }
IO_KIND(io_device_weight, "weight", read_device_weight)
IO_KIND(io_read_bandwidth, "rbps", read_rate)
IO_KIND(io_write_bandwidth, "wbps", read_rate)
IO_KIND(io_read_iops, "riops", read_rate)
IO_KIND(io_write_iops, "wiops", read_rate)
IO_KIND(io_latency, "latency", read_latency)

void release_device_allow(void *settings, void *field) {
        struct cgroup_settings *c = settings;

        (void)field;
        for (size_t i = 0; i < c->device_allow_count; i++)
                free(c->device_allow[i].path);
        free(take_ptr(c->device_allow));
        c->device_allow_count = 0;
}

int parse_device_allow(struct parse *p, struct device_allow **field) {
        struct cgroup_settings *c = p->settings;
        const char *rest = p->value;
        owned_str path = NULL;
        struct device_allow *item;
        int r;

        if (!*rest) {
                release_device_allow(c, field);
                return 0;
        }
        r = parse_next_word(p, &rest, 0, &path);
        if (r < 0)
                return r;
        if (r == 0 || (!text_after(path, "/dev/") && !text_after(path, "/run/") && !text_after(path, "char-") &&
                       !text_after(path, "block-")))
                return parse_mistake(p, "'%s' is not a device; allowed: /dev/..., char-..., block-...", r ? path : "");
        if (strlen(rest) > 3 || strspn(rest, "rwm") != strlen(rest))
                return parse_mistake(p, "'%s' is not an access; allowed: letters of rwm", rest);
        item = GROW(*field, c->device_allow_count);
        if (!item)
                return -ENOMEM;
        item->path = take_ptr(path);
        strcpy(item->access, *rest ? rest : "rwm");
        return 0;
}
