/* SPDX-License-Identifier: MIT */
/* names: what a unit may be called, and the names that follow from one: template, instance, slice (systemd.unit(5)).
 *
 * Pure functions on text. Nothing here knows whether such a unit exists. Anyone may call them.
 */
#include "unit.h"

#include <ctype.h>
#include <errno.h>

#define NAME_MAX_LENGTH 255u
#define NAME_CHARS      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\"
#define PLAIN_CHARS     "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:_."

static const char *const type_suffixes[UNIT_TYPE_COUNT_] = {
        [UNIT_SERVICE] = "service", [UNIT_TARGET] = "target", [UNIT_SLICE] = "slice",   [UNIT_SOCKET] = "socket",
        [UNIT_TIMER] = "timer",     [UNIT_PATH] = "path",     [UNIT_MOUNT] = "mount",   [UNIT_AUTOMOUNT] = "automount",
        [UNIT_SWAP] = "swap",       [UNIT_SCOPE] = "scope",   [UNIT_DEVICE] = "device",
};

const char *unit_type_suffix(enum unit_type type) {
        return table_name(type_suffixes, ARRAY_LEN(type_suffixes), type);
}

static enum unit_type type_of_suffix(const char *suffix) {
        return (enum unit_type)table_value(type_suffixes, ARRAY_LEN(type_suffixes), suffix);
}

enum unit_type unit_name_type(const char *name) {
        const char *dot = strrchr(name, '.');

        return dot ? type_of_suffix(dot + 1) : UNIT_TYPE_INVALID;
}

/* What kinds of name there are: "a.service", "a@.service", "a@b.service". */
enum name_shape { NAME_INVALID, NAME_PLAIN, NAME_TEMPLATE, NAME_INSTANCE };

static enum name_shape name_shape(const char *name) {
        /* What NAME_CHARS has, and '@'. */
        static const bool may_be[UINT8_MAX + 1] = {
                ['0' ... '9'] = true, ['a' ... 'z'] = true, ['A' ... 'Z'] = true, [':'] = true, ['-'] = true,
                ['_'] = true,         ['.'] = true,         ['\\'] = true,        ['@'] = true
        };
        const char *at = NULL, *dot = NULL, *end;

        for (end = name; may_be[(unsigned char)*end]; end++)
                if (*end == '.')
                        dot = end;
                else if (*end == '@' && !at)
                        at = end;
        if (*end || end - name > (ptrdiff_t)NAME_MAX_LENGTH || !dot || dot == name || at == name ||
            type_of_suffix(dot + 1) == UNIT_TYPE_INVALID)
                return NAME_INVALID;
        if (!at || at > dot)
                return at ? NAME_INVALID : NAME_PLAIN;
        return at + 1 == dot ? NAME_TEMPLATE : NAME_INSTANCE;
}

bool unit_name_is_valid(const char *name) {
        enum name_shape shape = name_shape(name);

        return shape == NAME_PLAIN || shape == NAME_INSTANCE;
}

bool unit_name_is_template(const char *name) {
        return strchr(name, '@') && name_shape(name) == NAME_TEMPLATE;
}

bool unit_name_is_instance(const char *name) {
        return strchr(name, '@') && name_shape(name) == NAME_INSTANCE;
}

int unit_name_template(const char *name, char **ret) {
        char *template;

        if (name_shape(name) != NAME_INSTANCE)
                return -EINVAL;
        template = text_printf("%.*s%s", (int)(strchr(name, '@') + 1 - name), name, strrchr(name, '.'));
        if (!template)
                return -ENOMEM;
        *ret = template;
        return 0;
}

int unit_name_instance(const char *template, const char *instance, char **ret) {
        owned_str name = NULL;

        if (name_shape(template) != NAME_TEMPLATE)
                return -EINVAL;
        name = text_printf("%.*s%s%s", (int)(strchr(template, '@') + 1 - template), template, instance,
                           strrchr(template, '.'));
        if (!name)
                return -ENOMEM;
        if (name_shape(name) != NAME_INSTANCE)
                return -EINVAL;
        *ret = take_ptr(name);
        return 0;
}

int unit_name_split(const char *name, char **ret_prefix, char **ret_instance) {
        enum name_shape shape = name_shape(name);
        const char *at = strchr(name, '@'), *dot = strrchr(name, '.');
        owned_str prefix = NULL;
        owned_str instance = NULL;

        if (shape == NAME_INVALID)
                return -EINVAL;
        prefix = strndup(name, (size_t)((shape == NAME_PLAIN ? dot : at) - name));
        if (!prefix)
                return -ENOMEM;
        if (shape == NAME_INSTANCE) {
                instance = strndup(at + 1, (size_t)(dot - at - 1));
                if (!instance)
                        return -ENOMEM;
        }
        *ret_prefix = take_ptr(prefix);
        *ret_instance = take_ptr(instance);
        return 0;
}

/* ---- escaping ---------------------------------------------------------------------------------------------------- */

static char *put_escaped(char *to, unsigned char c) {
        return to + sprintf(to, "\\x%02x", c);
}

int unit_name_escape(const char *text, char **ret) {
        char *escaped = malloc(strlen(text) * 4 + 1), *to = escaped;

        if (!escaped)
                return -ENOMEM;
        for (const char *c = text; *c; c++)
                if (*c == '/')
                        *to++ = '-';
                else if (!strchr(PLAIN_CHARS, *c) || (*c == '.' && c == text))
                        to = put_escaped(to, (unsigned char)*c);
                else
                        *to++ = *c;
        *to = 0;
        *ret = escaped;
        return 0;
}

static int hex_digit(char c) {
        return isdigit((unsigned char)c)    ? c - '0'
               : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
                                            : -1;
}

int unit_name_unescape(const char *text, char **ret) {
        owned_str plain = malloc(strlen(text) + 1);
        char *to = plain;

        if (!plain)
                return -ENOMEM;
        for (const char *c = text; *c; c++) {
                if (*c != '\\') {
                        *to++ = *c == '-' ? '/' : *c;
                        continue;
                }
                int high = c[1] == 'x' ? hex_digit(c[2]) : -1, low = high < 0 ? -1 : hex_digit(c[3]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                *to = (char)(high << 4 | low);
                if (!*to++)
                        return -EINVAL;
                c += 3;
        }
        *to = 0;
        *ret = take_ptr(plain);
        return 0;
}

int unit_name_escape_path(const char *path, char **ret) {
        owned_str simple = malloc(strlen(path) + 1);
        char *to = simple;
        int r;

        if (!simple)
                return -ENOMEM;
        for (const char *c = path; *c;) { /* one component per turn; empty ones and "." go, ".." is refused */
                size_t length;

                c += strspn(c, "/");
                length = strcspn(c, "/");
                if (length == 2 && c[0] == '.' && c[1] == '.')
                        return -EINVAL;
                if (length > 0 && !(length == 1 && *c == '.')) {
                        if (to != simple)
                                *to++ = '/';
                        to = mempcpy(to, c, length);
                }
                c += length;
        }
        *to = 0;
        if (!*simple) {
                r = text_replace(&simple, "-");
                if (r < 0)
                        return r;
                *ret = take_ptr(simple);
                return 0;
        }
        return unit_name_escape(simple, ret);
}

/* Escapes what a name may not have, but keeps '-', '@' and escapes that are there already. */
static char *escape_for_mangling(const char *text) {
        char *escaped = malloc(strlen(text) * 4 + sizeof(".service")), *to = escaped;

        for (const char *c = text; escaped && *c; c++)
                if (*c == '/')
                        *to++ = '-';
                else if (!strchr(NAME_CHARS "@", *c))
                        to = put_escaped(to, (unsigned char)*c);
                else
                        *to++ = *c;
        if (escaped)
                *to = 0;
        return escaped;
}

int unit_name_mangle(const char *text, char **ret) {
        owned_str name = NULL;
        owned_str escaped = NULL;
        int r;

        if (!*text)
                return -EINVAL;
        if (*text == '/') {
                r = unit_name_escape_path(text, &escaped);
                if (r < 0)
                        return r;
                name = text_printf("%s.%s", escaped,
                                   text_after(text, "/dev/") || text_after(text, "/sys/") ? "device" : "mount");
        } else if (name_shape(text) != NAME_INVALID) {
                name = strdup(text);
        } else {
                name = escape_for_mangling(text);
                if (name && unit_name_type(name) == UNIT_TYPE_INVALID)
                        strcat(name, ".service"); /* escape_for_mangling() left room for it */
        }
        if (!name)
                return -ENOMEM;
        if (name_shape(name) == NAME_INVALID)
                return -EINVAL;
        *ret = take_ptr(name);
        return 0;
}

/* ---- slices ------------------------------------------------------------------------------------------------------ */

bool unit_name_is_slice(const char *name) {
        const char *dot = strrchr(name, '.');

        if (name_shape(name) != NAME_PLAIN || unit_name_type(name) != UNIT_SLICE)
                return false;
        return text_equal(name, "-.slice") || (*name != '-' && dot[-1] != '-' && !strstr(name, "--"));
}

int unit_slice_parent(const char *slice, char **ret) {
        const char *dash;
        char *parent;

        if (!unit_name_is_slice(slice))
                return -EINVAL;
        if (text_equal(slice, "-.slice"))
                return -ENOENT;
        dash = strrchr(slice, '-');
        parent = dash ? text_printf("%.*s.slice", (int)(dash - slice), slice) : strdup("-.slice");
        if (!parent)
                return -ENOMEM;
        *ret = parent;
        return 0;
}

int unit_default_slice(const struct unit *u, char **ret) {
        owned_str escaped = NULL;
        owned_str prefix = NULL;
        owned_str instance = NULL;
        char *slice;
        int r;

        if (u->type == UNIT_SLICE)
                return unit_slice_parent(u->name, ret);
        if (u->type == UNIT_TARGET || u->type == UNIT_DEVICE || u->type == UNIT_TIMER || u->type == UNIT_PATH ||
            u->type == UNIT_AUTOMOUNT)
                return -ENOENT; /* no processes, no cgroup */
        if (u->instance) {
                r = unit_name_split(u->name, &prefix, &instance);
                if (r == 0)
                        r = unit_name_escape(prefix, &escaped);
                if (r < 0)
                        return r;
        }
        slice = escaped ? text_printf("system-%s.slice", escaped) : strdup("system.slice");
        if (!slice)
                return -ENOMEM;
        *ret = slice;
        return 0;
}
