/* SPDX-License-Identifier: MIT */
/* parse-limits: scheduling, resource limits and other numbers of a process (systemd.exec(5), setrlimit(2)). */
#include "kinds.h"

#include <ctype.h>
#include <errno.h>
#include <linux/ioprio.h>
#include <sys/personality.h>

/* A number from min to max, told when it is not one. */
static int read_number(struct parse *p, int64_t min, int64_t max, int *ret) {
        int64_t n;

        if (text_to_i64(p->value, 10, &n) < 0 || n < min || n > max)
                return parse_mistake(p, "'%s' is not a number from %d to %d", p->value, (int)min, (int)max);
        *ret = (int)n;
        return 0;
}

/* A word of a table, or its number. */
struct word_value {
        const char *word;
        int value;
};

static int read_word(struct parse *p, const struct word_value *table, size_t count, int *ret) {
        int64_t n;

        for (size_t i = 0; i < count; i++)
                if (text_equal(table[i].word, p->value) ||
                    (text_to_i64(p->value, 10, &n) == 0 && n == table[i].value)) {
                        *ret = table[i].value;
                        return 0;
                }
        return parse_mistake(p, "'%s' is not known; allowed: %s, %s, ... (see systemd.exec(5))", p->value,
                             table[0].word, table[1].word);
}

int parse_nice(struct parse *p, int *field) {
        struct exec_settings *e = p->settings;
        int r = 0;

        if (!*p->value)
                *field = 0;
        else
                r = read_number(p, -20, 19, field);
        if (r == 0)
                e->nice_set = *p->value;
        return r;
}

int parse_oom_score_adjust(struct parse *p, int *field) {
        struct exec_settings *e = p->settings;
        int r = 0;

        if (!*p->value)
                *field = 0;
        else
                r = read_number(p, -1000, 1000, field);
        if (r == 0)
                e->oom_score_adjust_set = *p->value;
        return r;
}

int parse_coredump_filter(struct parse *p, int *field) {
        /* clang-format off */
        static const struct word_value types[] = {
                { "private-anonymous", 1 << 0 }, { "shared-anonymous", 1 << 1 }, { "private-file-backed", 1 << 2 },
                { "shared-file-backed", 1 << 3 }, { "elf-headers", 1 << 4 },      { "private-huge", 1 << 5 },
                { "shared-huge", 1 << 6 },        { "private-dax", 1 << 7 },      { "shared-dax", 1 << 8 },
                { "default", 0x33 },              { "all", 0x1ff },
        };
        /* clang-format on */
        const char *rest = p->value;
        int mask = *field == UNSET ? 0 : *field;

        if (!*rest) {
                *field = UNSET;
                return 0;
        }
        for (;;) {
                owned_str word = NULL;
                uint64_t bits = UINT64_MAX;
                int r = parse_next_word(p, &rest, 0, &word);

                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                if (text_to_u64(word, 16, &bits) < 0)
                        for (size_t i = 0; i < ARRAY_LEN(types); i++)
                                if (text_equal(types[i].word, word))
                                        bits = (uint64_t)types[i].value;
                if (bits > INT32_MAX)
                        (void)parse_mistake(
                                p,
                                "'%s' is not a kind of memory; allowed: private-anonymous, ..., default, all, "
                                "a hexadecimal mask",
                                word);
                else
                        mask |= (int)bits;
        }
        *field = mask;
        return 0;
}

int parse_io_class(struct parse *p, int *field) {
        static const struct word_value classes[] = { { "best-effort", IOPRIO_CLASS_BE },
                                                     { "realtime", IOPRIO_CLASS_RT },
                                                     { "idle", IOPRIO_CLASS_IDLE },
                                                     { "none", IOPRIO_CLASS_NONE } };
        struct exec_settings *e = p->settings;
        int r = 0;

        if (!*p->value)
                *field = IOPRIO_CLASS_BE;
        else
                r = read_word(p, classes, ARRAY_LEN(classes), field);
        if (r == 0)
                e->io_set = *p->value;
        return r;
}

int parse_io_priority(struct parse *p, int *field) {
        struct exec_settings *e = p->settings;
        int r = 0;

        if (!*p->value)
                *field = 4;
        else
                r = read_number(p, 0, 7, field);
        if (r == 0)
                e->io_set = *p->value;
        return r;
}

int parse_cpu_policy(struct parse *p, int *field) {
        static const struct word_value policies[] = { { "other", SCHED_OTHER },
                                                      { "batch", SCHED_BATCH },
                                                      { "idle", SCHED_IDLE },
                                                      { "fifo", SCHED_FIFO },
                                                      { "rr", SCHED_RR } };
        struct exec_settings *e = p->settings;
        int r = 0;

        if (!*p->value)
                *field = SCHED_OTHER;
        else
                r = read_word(p, policies, ARRAY_LEN(policies), field);
        if (r < 0)
                return r;
        e->cpu_policy_set = *p->value;
        if ((*field == SCHED_FIFO || *field == SCHED_RR) && e->cpu_priority == 0)
                e->cpu_priority = 1; /* the lowest that these two have */
        return 0;
}

int parse_cpu_priority(struct parse *p, int *field) {
        struct exec_settings *e = p->settings;
        int r = read_number(p, 0, 99, field);

        if (r == 0)
                e->cpu_policy_set = true;
        return r;
}

int parse_cpu_affinity(struct parse *p, cpu_set_t *field) {
        struct exec_settings *e = p->settings;
        uint8_t bits[CPU_SETSIZE / 8] = { 0 };

        if (!*p->value) {
                CPU_ZERO(field);
                e->cpu_affinity_set = false;
                return 0;
        }
        if (text_equal(p->value, "numa"))
                return parse_unsupported(p, "'numa' is not supported; write the numbers of the CPUs");
        if (value_cpu_list(p->value, bits, CPU_SETSIZE) < 0)
                return parse_mistake(p, "'%s' is not a list of CPUs; allowed: like \"0-3 7\", less than %d", p->value,
                                     CPU_SETSIZE);
        for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) /* lists add up */
                if (bits[cpu / 8] >> (cpu % 8) & 1)
                        CPU_SET(cpu, field);
        e->cpu_affinity_set = true;
        return 0;
}

int parse_timer_slack(struct parse *p, uint64_t *field) {
        struct exec_settings *e = p->settings;

        if (value_span_ns(p->value, field) < 0)
                return parse_mistake(p, "'%s' is not a time span; a number alone is nanoseconds", p->value);
        e->timer_slack_set = true;
        return 0;
}

int parse_personality(struct parse *p, unsigned long *field) {
        /* The 64-bit ones are what is native where they can run at all. */
        static const struct word_value names[] = {
                { "x86-64", PER_LINUX }, { "x86", PER_LINUX32 },  { "arm64", PER_LINUX },    { "arm", PER_LINUX32 },
                { "ppc64", PER_LINUX },  { "ppc", PER_LINUX32 },  { "ppc64-le", PER_LINUX }, { "ppc-le", PER_LINUX32 },
                { "s390x", PER_LINUX },  { "s390", PER_LINUX32 },
        };
        struct exec_settings *e = p->settings;

        e->personality_set = false;
        if (!*p->value)
                return 0;
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (text_equal(names[i].word, p->value)) {
                        *field = (unsigned long)names[i].value;
                        e->personality_set = true;
                        return 0;
                }
        return parse_mistake(
                p,
                "'%s' is not an architecture; allowed: x86, x86-64, ppc, ppc-le, ppc64, ppc64-le, s390, s390x, "
                "arm, arm64",
                p->value);
}

/* ---- resource limits ---------------------------------------------------------------------------------------------- */

static int read_seconds(const char *s, uint64_t *ret) {
        uint64_t us;
        int r = value_span(s, US_PER_SEC, &us);

        if (r == 0)
                *ret = us == TIME_NEVER ? RLIM_INFINITY : us / US_PER_SEC + (us % US_PER_SEC > 0);
        return r;
}

static int read_microseconds(const char *s, uint64_t *ret) {
        return value_span(s, 1, ret);
}

static int read_count(const char *s, uint64_t *ret) {
        return text_to_u64(s, 10, ret);
}

/* "+5" and "-5" are nice values, "15" is the raw limit, which is 20 - nice. */
static int read_nice(const char *s, uint64_t *ret) {
        int64_t n;
        int r = text_to_i64(s, 10, &n);

        if (r < 0)
                return r;
        if (*s == '+' || *s == '-') {
                if (n < -20 || n > 19)
                        return -ERANGE;
                *ret = (uint64_t)(20 - n);
                return 0;
        }
        if (n > 40)
                return -ERANGE;
        *ret = (uint64_t)MAX(n, 1);
        return 0;
}

/* How the values of each limit are written; sizes where there is no entry. */
static int (*const limit_readers[RLIMIT_COUNT])(const char *s, uint64_t *ret) = {
        [RLIMIT_CPU] = read_seconds,  [RLIMIT_RTTIME] = read_microseconds, [RLIMIT_NOFILE] = read_count,
        [RLIMIT_NPROC] = read_count,  [RLIMIT_LOCKS] = read_count,         [RLIMIT_SIGPENDING] = read_count,
        [RLIMIT_RTPRIO] = read_count, [RLIMIT_NICE] = read_nice,
};

static int read_limit(size_t resource, const char *s, uint64_t *ret) {
        if (text_equal(s, "infinity")) {
                *ret = RLIM_INFINITY;
                return 0;
        }
        return limit_readers[resource] ? limit_readers[resource](s, ret) : value_size(s, ret);
}

int parse_limit(struct parse *p, __typeof__(((struct exec_settings *)NULL)->limits[0]) *field) {
        struct exec_settings *e = p->settings;
        size_t resource = (size_t)(field - e->limits);
        owned_str soft = NULL;
        const char *hard;
        uint64_t soft_value = 0, hard_value = 0;
        int r;

        if (!*p->value) {
                field->is_set = false;
                return 0;
        }
        soft = strdup(p->value);
        if (!soft)
                return -ENOMEM;
        hard = strchr(p->value, ':');
        if (hard)
                soft[hard - p->value] = 0;
        r = read_limit(resource, soft, &soft_value);
        if (r == 0)
                r = read_limit(resource, hard ? hard + 1 : soft, &hard_value);
        if (r < 0)
                return parse_mistake(p, "'%s' is not a limit; allowed: %s, infinity", p->value,
                                     "a value, or SOFT:HARD");
        if (soft_value > hard_value)
                return parse_mistake(p, "the soft limit in '%s' is higher than the hard one", p->value);
        field->soft = soft_value;
        field->hard = hard_value;
        field->is_set = true;
        return 0;
}
