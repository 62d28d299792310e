/* SPDX-License-Identifier: MIT */
/* specifiers: one row per letter. Values come from the unit's name and from the context; what the context leaves out is
 * asked of the system. Reads only. Called by the parsers, for each text that systemd expands too. */
#include "specifiers.h"
#include "architecture.h"
#include "base/sys.h"
#include "os-release.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <sys/utsname.h>

/* What a row's function is told; exactly one of its members matters to most of them. */
struct subject {
        const struct unit_context *context;
        const struct unit *unit;
        const char *argument; /* of the row */
};

static int give(const char *text, char **ret) {
        char *copy;

        if (!text)
                return -ENXIO;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        *ret = copy;
        return 0;
}

static int give_constant(const struct subject *s, char **ret) {
        return give(s->argument, ret);
}

/* ---- of the name ------------------------------------------------------------------------------------------------- */

static int full_name(const struct subject *s, char **ret) {
        return give(s->unit->name, ret);
}

static int name_without_suffix(const struct subject *s, char **ret) {
        char *name = strndup(s->unit->name, (size_t)(strrchr(s->unit->name, '.') - s->unit->name));

        if (!name)
                return -ENOMEM;
        *ret = name;
        return 0;
}

static const char *last_component(const char *prefix) {
        const char *dash = strrchr(prefix, '-');

        return dash ? dash + 1 : prefix;
}

static int prefix(const struct subject *s, char **ret) {
        owned_str instance = NULL;

        return unit_name_split(s->unit->name, ret, &instance);
}
static int prefix_unescaped(const struct subject *s, char **ret) {
        owned_str whole = NULL;
        int r = prefix(s, &whole);

        return r < 0 ? r : unit_name_unescape(whole, ret);
}
static int last_prefix(const struct subject *s, char **ret) {
        owned_str whole = NULL;
        int r = prefix(s, &whole);

        return r < 0 ? r : give(last_component(whole), ret);
}
static int last_prefix_unescaped(const struct subject *s, char **ret) {
        owned_str whole = NULL;
        int r = prefix(s, &whole);

        return r < 0 ? r : unit_name_unescape(last_component(whole), ret);
}
static int instance(const struct subject *s, char **ret) {
        return give(s->unit->instance ? s->unit->instance : "", ret);
}
static int instance_unescaped(const struct subject *s, char **ret) {
        return unit_name_unescape(s->unit->instance ? s->unit->instance : "", ret);
}

static int file_name(const struct subject *s, char **ret) {
        owned_str plain = NULL;
        int r;

        r = s->unit->instance ? unit_name_unescape(s->unit->instance, &plain) : prefix_unescaped(s, &plain);
        if (r < 0)
                return r;
        *ret = *plain == '/' ? take_ptr(plain) : text_printf("/%s", plain);
        return *ret ? 0 : -ENOMEM;
}

static int fragment(const struct subject *s, char **ret) {
        return give(s->unit->fragment_path ? s->unit->fragment_path : "", ret);
}

static int fragment_directory(const struct subject *s, char **ret) {
        owned_str path = strdup(s->unit->fragment_path ? s->unit->fragment_path : "");

        return path ? give(*path ? dirname(path) : "", ret) : -ENOMEM;
}

/* ---- of the surroundings ------------------------------------------------------------------------------------------ */

static int host_name(const struct subject *s, char **ret) {
        char name[65] = "";

        if (s->context->host_name)
                return give(s->context->host_name, ret);
        if (gethostname(name, sizeof name - 1) < 0)
                return -errno;
        return give(name, ret);
}

static int short_host_name(const struct subject *s, char **ret) {
        int r = host_name(s, ret);

        if (r == 0)
                (*ret)[strcspn(*ret, ".")] = 0;
        return r;
}

static int kernel_release(const struct subject *s, char **ret) {
        struct utsname names;

        if (s->context->kernel_release)
                return give(s->context->kernel_release, ret);
        return uname(&names) < 0 ? -errno : give(names.release, ret);
}

/* A string of the context by its place there, else a fallback. */
#define CONTEXT_STRING(function, member, fallback) \
        static int function(const struct subject *s, char **ret) { \
                return give(s->context->member ? s->context->member : (fallback), ret); \
        }
CONTEXT_STRING(architecture, architecture, architecture_name())
CONTEXT_STRING(runtime_root, runtime_root, "/run")
CONTEXT_STRING(state_root, state_root, "/var/lib")
CONTEXT_STRING(cache_root, cache_root, "/var/cache")
CONTEXT_STRING(logs_root, logs_root, "/var/log")
CONTEXT_STRING(user_name, user_name, "root")
CONTEXT_STRING(user_home, user_home, "/root")
CONTEXT_STRING(user_shell, user_shell, "/bin/sh")

/* An id out of a file, as 32 digits without dashes. */
static int give_id(const char *known, const char *path, char **ret) {
        owned_str text = NULL;
        size_t length, used = 0;
        int r;

        if (known)
                return give(known, ret);
        r = sys_read_file(AT_FDCWD, path, 256, &text, &length);
        if (r < 0)
                return r == -ENOMEM ? r : -ENXIO;
        for (size_t i = 0; i < length; i++)
                if (strchr("0123456789abcdef", text[i]) && text[i])
                        text[used++] = text[i];
        text[used] = 0;
        return used == 32 ? give(text, ret) : -ENXIO;
}
static int machine_id(const struct subject *s, char **ret) {
        return give_id(s->context->machine_id, "/etc/machine-id", ret);
}
static int boot_id(const struct subject *s, char **ret) {
        return give_id(s->context->boot_id, "/proc/sys/kernel/random/boot_id", ret);
}

static int print_number(unsigned n, char **ret) {
        *ret = text_printf("%u", n);
        return *ret ? 0 : -ENOMEM;
}
static int user_id(const struct subject *s, char **ret) {
        return print_number(s->context->uid, ret);
}
static int group_id(const struct subject *s, char **ret) {
        return print_number(s->context->gid, ret);
}
static int group_name(const struct subject *s, char **ret) {
        const struct group *g = s->context->gid ? getgrgid(s->context->gid) : NULL;

        if (s->context->gid && !g)
                return group_id(s, ret);
        return give(g ? g->gr_name : "root", ret);
}

static int credentials(const struct subject *s, char **ret) {
        *ret = text_printf("%s/credentials/%s", s->context->runtime_root ? s->context->runtime_root : "/run",
                           s->unit->name);
        return *ret ? 0 : -ENOMEM;
}

static int os_release(const struct subject *s, char **ret) {
        return os_release_value(s->argument, ret);
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static const struct specifier {
        char letter;
        int (*value)(const struct subject *s, char **ret);
        const char *argument;
} specifiers[] = {
        { 'a', architecture, NULL },
        { 'A', os_release, "IMAGE_VERSION" },
        { 'b', boot_id, NULL },
        { 'B', os_release, "BUILD_ID" },
        { 'C', cache_root, NULL },
        { 'd', credentials, NULL },
        { 'E', give_constant, "/etc" },
        { 'f', file_name, NULL },
        { 'g', group_name, NULL },
        { 'G', group_id, NULL },
        { 'h', user_home, NULL },
        { 'H', host_name, NULL },
        { 'i', instance, NULL },
        { 'I', instance_unescaped, NULL },
        { 'j', last_prefix, NULL },
        { 'J', last_prefix_unescaped, NULL },
        { 'l', short_host_name, NULL },
        { 'L', logs_root, NULL },
        { 'm', machine_id, NULL },
        { 'M', os_release, "IMAGE_ID" },
        { 'n', full_name, NULL },
        { 'N', name_without_suffix, NULL },
        { 'o', os_release, "ID" },
        { 'p', prefix, NULL },
        { 'P', prefix_unescaped, NULL },
        { 'q', host_name, NULL }, /* there is no prettier one without hostnamed */
        { 's', user_shell, NULL },
        { 'S', state_root, NULL },
        { 't', runtime_root, NULL },
        { 'T', give_constant, "/tmp" },
        { 'u', user_name, NULL },
        { 'U', user_id, NULL },
        { 'v', kernel_release, NULL },
        { 'V', give_constant, "/var/tmp" },
        { 'w', os_release, "VERSION_ID" },
        { 'W', os_release, "VARIANT_ID" },
        { 'y', fragment, NULL },
        { 'Y', fragment_directory, NULL },
        { '%', give_constant, "%" },
};

static const struct specifier *find_specifier(char letter) {
        for (size_t i = 0; i < ARRAY_LEN(specifiers); i++)
                if (specifiers[i].letter == letter)
                        return &specifiers[i];
        return NULL;
}

/* The value of one letter; what is unknown stays as it is, as in systemd. */
static int expand_one(struct subject *s, char letter, char **ret, struct specifier_trouble *trouble) {
        const struct specifier *row = find_specifier(letter);
        int r;

        if (!row) {
                if (!trouble->letter)
                        *trouble = (struct specifier_trouble){ letter, true };
                *ret = text_printf("%%%c", letter);
                return *ret ? 0 : -ENOMEM;
        }
        s->argument = row->argument;
        r = row->value(s, ret);
        if (r < 0)
                *trouble = (struct specifier_trouble){ letter, false };
        return r;
}

int specifiers_expand(const struct unit_context *context, const struct unit *u, const char *text, char **ret,
                      struct specifier_trouble *trouble) {
        struct subject subject = { context, u, NULL };
        size_t size = strlen(text) + 1, used = 0;
        owned_str expanded = malloc(size);

        *trouble = (struct specifier_trouble){ 0 };
        if (!expanded)
                return -ENOMEM;
        while (*text) {
                owned_str value = NULL;
                size_t length;
                char *grown;
                int r;

                if (*text != '%' || !text[1]) {
                        expanded[used++] = *text++;
                        continue;
                }
                r = expand_one(&subject, text[1], &value, trouble);
                if (r < 0)
                        return r;
                text += 2;
                length = strlen(value);
                size += length;
                grown = realloc(expanded, size);
                if (!grown)
                        return -ENOMEM;
                expanded = grown;
                memcpy(expanded + used, value, length);
                used += length;
        }
        expanded[used] = 0;
        *ret = take_ptr(expanded);
        return 0;
}
