/* SPDX-License-Identifier: MIT */
/* format: a property as `show` prints it. systemd's names do not tell what a number means, so the name decides: the first row
 * that matches it. Pure.
 */
#include "ctl.h"

#include "unit/unit.h"

#include <fnmatch.h>
#include <linux/sched.h>
#include <sys/capability.h>

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static char *format_timestamp(uint64_t value) {
        char date[DATE_MAX];

        return strdup(format_date(date, value));
}

static char *format_span(uint64_t value) {
        char span[TEXT_SPAN_MAX];

        return strdup(value == TIME_NEVER ? "infinity" : value == 0 ? "0" : text_format_span(span, value));
}

static char *format_mode(uint64_t value) {
        return text_printf("%04llo", (unsigned long long)value);
}

static char *format_plain(uint64_t value) {
        return text_printf("%llu", (unsigned long long)value);
}

static char *format_limit(uint64_t value) {
        return value == UINT64_MAX ? strdup("infinity") : format_plain(value);
}

static char *format_maybe(uint64_t value) {
        return value == UINT64_MAX || value == UINT32_MAX ? strdup("[not set]") : format_plain(value);
}

static char *format_hexadecimal(uint64_t value) {
        return text_printf("0x%llx", (unsigned long long)value);
}

static char *format_capabilities(uint64_t value) {
        owned_strv names = NULL;

        for (int i = 0; i < cap_max_bits() && i < 64; i++) {
                char *name = value >> i & 1 ? cap_to_name(i) : NULL;

                if (name && strv_add(&names, name) < 0)
                        return NULL;
                (void)cap_free(name);
        }
        return names ? strv_join(names, " ") : strdup("");
}

/* The mask is of those that are allowed: all of them is no restriction. */
static char *format_namespaces(uint64_t value) {
        static const struct {
                uint64_t bit;
                const char *name;
        } kinds[] = {
                { CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWIPC, "ipc" }, { CLONE_NEWNET, "net" },
                { CLONE_NEWNS, "mnt" },        { CLONE_NEWPID, "pid" }, { CLONE_NEWUSER, "user" },
                { CLONE_NEWUTS, "uts" },
        };
        owned_strv names = NULL;

        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                if ((value & kinds[i].bit) && strv_add(&names, kinds[i].name) < 0)
                        return NULL;
        return strv_length(names) == ARRAY_LEN(kinds) ? strdup("no") : names ? strv_join(names, " ") : strdup("yes");
}

static const struct number_format {
        const char *pattern; /* of the property's name */
        char *(*format)(uint64_t value);
} number_formats[] = {
        { "*TimestampMonotonic", format_plain },
        { "*Timestamp", format_timestamp },
        { "*NSec", format_maybe },
        { "CPUQuotaPerSecUSec", format_span },
        { "*USec", format_span },
        { "UMask", format_mode },
        { "*DirectoryMode", format_mode },
        { "CoredumpFilter", format_hexadecimal },
        { "Limit*", format_limit },
        { "Memory*Current", format_maybe },
        { "MemoryPeak", format_maybe },
        { "Memory*", format_limit },
        { "TasksMax", format_limit },
        { "*Capabilities", format_capabilities },
        { "CapabilityBoundingSet", format_capabilities },
        { "RestrictNamespaces", format_namespaces },
        { "*", format_maybe },
};

static char *format_number(const char *name, uint64_t value) {
        for (size_t i = 0; i < ARRAY_LEN(number_formats); i++)
                if (fnmatch(number_formats[i].pattern, name, 0) == 0)
                        return number_formats[i].format(value);
        return NULL;
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static char *join_texts(const json_t *list, const char *separator) {
        owned_strv words = NULL;

        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *item = json_array_get(list, i);
                char *word = json_is_integer(item) ? text_printf("%lld", (long long)json_integer_value(item))
                                                   : strdup(text_at(list, i));

                if (strv_adopt(&words, word) < 0)
                        return NULL;
        }
        return words ? strv_join(words, separator) : strdup("");
}

/* By their names, without the SIG that all have. */
static char *join_signals(const json_t *list) {
        owned_strv words = NULL;

        for (size_t i = 0; i < json_array_size(list); i++) {
                const char *name = signal_name((int)number_at(list, i));

                if (strv_adopt(&words, name ? strdup(name + strlen("SIG")) : format_plain(number_at(list, i))) < 0)
                        return NULL;
        }
        return words ? strv_join(words, " ") : strdup("");
}

static char *format_bytes(const json_t *list) {
        owned_str text = calloc(json_array_size(list) * 2 + 1, 1);

        for (size_t i = 0; text && i < json_array_size(list); i++)
                (void)snprintf(text + i * 2, 3, "%02x", (unsigned)number_at(list, i) & 0xffu);
        return take_ptr(text);
}

/* a(sasbttttuii) */
static char *format_command(const json_t *c) {
        owned_str arguments = join_texts(json_array_get(c, 1), " ");
        char start[DATE_MAX], stop[DATE_MAX];

        format_date(start, number_at(c, 3));
        format_date(stop, number_at(c, 5));
        return text_printf("{ path=%s ; argv[]=%s ; ignore_errors=%s ; start_time=[%s] ; stop_time=[%s] ; pid=%llu ; "
                           "code=%s ; status=%llu/%llu }",
                           text_at(c, 0), arguments ? arguments : "", json_is_true(json_array_get(c, 2)) ? "yes" : "no",
                           *start ? start : "n/a", *stop ? stop : "n/a", (unsigned long long)number_at(c, 7),
                           number_at(c, 8) == 1   ? "exited"
                           : number_at(c, 8) == 2 ? "killed"
                           : number_at(c, 8) == 3 ? "dumped"
                                                  : "(null)",
                           (unsigned long long)number_at(c, 9), 0ull);
}

/* a(sb) */
static char *format_optional_file(const json_t *f) {
        return text_printf("%s (ignore_errors=%s)", text_at(f, 0), json_is_true(json_array_get(f, 1)) ? "yes" : "no");
}

/* a(sbbsi) */
static char *format_condition(const json_t *c) {
        const json_t *outcome = json_array_get(c, 4);
        json_int_t value = json_integer_value(outcome);

        return text_printf("%s=%s%s%s %s", text_at(c, 0), json_is_true(json_array_get(c, 1)) ? "|" : "",
                           json_is_true(json_array_get(c, 2)) ? "!" : "", text_at(c, 3),
                           value > 0   ? "held"
                           : value < 0 ? "failed"
                                       : "untested");
}

/* a(ss) and other pairs of texts */
static char *format_pair(const json_t *p) {
        return text_printf("%s %s", text_at(p, 0), text_at(p, 1));
}

/* a(st) */
static char *format_device_limit(const json_t *p) {
        return text_printf("%s %llu", text_at(p, 0), (unsigned long long)number_at(p, 1));
}

/* a(ssbt) */
static char *format_bind_mount(const json_t *p) {
        return text_printf("%s:%s:%s", text_at(p, 0), text_at(p, 1), number_at(p, 3) ? "rbind" : "norbind");
}

/* clang-format off */
static const struct {
        const char *type;
        char *(*format)(const json_t *item);
        const char *separator;
} item_formats[] = {
        { "a(sasbttttuii)", format_command, "\n" },
        { "a(sb)", format_optional_file, "\n" },
        { "a(sbbsi)", format_condition, "\n" },
        { "a(ss)", format_pair, " " },
        { "a(st)", format_device_limit, "\n" },
        { "a(ssbt)", format_bind_mount, " " },
};
/* clang-format on */

static char *format_items(const char *type, const json_t *list) {
        owned_strv items = NULL;

        for (size_t i = 0; i < ARRAY_LEN(item_formats); i++) {
                if (!text_equal(item_formats[i].type, type))
                        continue;
                for (size_t k = 0; k < json_array_size(list); k++)
                        if (strv_adopt(&items, item_formats[i].format(json_array_get(list, k))) < 0)
                                return NULL;
                return items ? strv_join(items, item_formats[i].separator) : strdup("");
        }
        return NULL;
}

/* ---- structures -------------------------------------------------------------------------------------------------- */

/* (uo): a job; (ss): an error; (bas): a filter, allow or deny; (aiai): exit codes and signals; (bs): optional, profile. */
static char *format_structure(const char *type, const json_t *value) {
        if (text_equal(type, "(uo)"))
                return number_at(value, 0) ? format_plain(number_at(value, 0)) : strdup("");
        if (text_equal(type, "(ss)"))
                return strdup(text_at(value, 1));
        if (text_equal(type, "(so)"))
                return strdup(text_at(value, 0));
        if (text_equal(type, "(bs)"))
                return text_printf("%s%s", json_is_true(json_array_get(value, 0)) ? "-" : "", text_at(value, 1));
        if (text_equal(type, "(bas)")) {
                owned_str words = join_texts(json_array_get(value, 1), " ");

                return words ? text_printf("%s%s", !json_is_true(json_array_get(value, 0)) && *words ? "~" : "", words)
                             : NULL;
        }
        if (text_equal(type, "(aiai)")) {
                owned_str codes = join_texts(json_array_get(value, 0), " ");
                owned_str signals = join_signals(json_array_get(value, 1));

                return codes && signals ? text_printf("%s%s%s", codes, *codes && *signals ? " " : "", signals) : NULL;
        }
        return NULL;
}

char *value_format(const char *name, const char *type, const json_t *value) {
        switch (type[0]) {
        case 's':
        case 'o':
                return strdup(json_string_value(value) ? json_string_value(value) : "");
        case 'b':
                return strdup(json_is_true(value) ? "yes" : "no");
        case 't':
        case 'u':
                return format_number(name, json_is_null(value) ? UINT64_MAX : (uint64_t)json_integer_value(value));
        case 'i':
        case 'x':
        case 'y':
        case 'n':
        case 'q':
                return text_printf("%lld", (long long)json_integer_value(value));
        case '(':
                return format_structure(type, value);
        case 'a':
                if (text_equal(type, "ay"))
                        return format_bytes(value);
                if (text_equal(type, "as") || text_equal(type, "ai"))
                        return join_texts(value, " ");
                return format_items(type, value);
        default:
                return NULL;
        }
}
