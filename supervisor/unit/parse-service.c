/* SPDX-License-Identifier: MIT */
/* parse-service: the kinds of value of [Service]: command lines, exit sets, timeouts, the pid file (systemd.service(5)). */
#include "exit-status.h"
#include "kinds.h"

#include <errno.h>

/* ---- command lines ------------------------------------------------------------------------------------------------ */

static void free_command(struct exec_command *c) {
        free(c->path);
        strv_free(c->argv);
}

void release_commands(void *settings, void *field) {
        struct exec_commands *commands = field;

        (void)settings;
        for (size_t i = 0; i < commands->count; i++)
                free_command(&commands->items[i]);
        free(commands->items);
        *commands = (struct exec_commands){ 0 };
}

static const struct {
        const char *text;
        unsigned flag, excludes;
} prefixes[] = {
        /* longest first */
        { "!!", EXEC_AMBIENT_MAGIC, EXEC_FULL_PRIVILEGES | EXEC_NO_SETUID | EXEC_AMBIENT_MAGIC },
        { "!", EXEC_NO_SETUID, EXEC_FULL_PRIVILEGES | EXEC_NO_SETUID | EXEC_AMBIENT_MAGIC },
        { "+", EXEC_FULL_PRIVILEGES, EXEC_FULL_PRIVILEGES | EXEC_NO_SETUID | EXEC_AMBIENT_MAGIC },
        { "-", EXEC_IGNORE_FAILURE, EXEC_IGNORE_FAILURE },
        { "@", EXEC_ARGV0, EXEC_ARGV0 },
        { ":", EXEC_NO_ENV_EXPAND, EXEC_NO_ENV_EXPAND },
};

/* The special characters before the executable, in any order. Returns what is behind them. */
static const char *read_prefixes(const char *word, unsigned *flags) {
        for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
                const char *rest = text_after(word, prefixes[i].text);

                if (rest && !(*flags & prefixes[i].excludes)) {
                        *flags |= prefixes[i].flag;
                        return read_prefixes(rest, flags);
                }
        }
        return word;
}

/* The executable: absolute, or a bare name that is searched for when it is run. */
static int read_executable(struct parse *p, const char *word, struct exec_command *c) {
        const char *name = read_prefixes(word, &c->flags);
        owned_str path = NULL;
        int r;

        r = parse_expand(p, name, &path);
        if (r < 0)
                return r;
        if (!*path || path[strcspn(path, "\n\r\t\v\f\b\033")])
                return parse_mistake(p, "the name of an executable is missing or has control characters in '%s'",
                                     p->value);
        if (*path == '/') {
                r = parse_absolute(p, path, &c->path);
                if (r < 0)
                        return r;
                if (path[strlen(path) - 1] == '/')
                        return parse_mistake(p, "'%s' is a directory", path);
                return 0;
        }
        if (strchr(path, '/') || text_equal(path, ".") || text_equal(path, ".."))
                return parse_mistake(p, "'%s' is neither an absolute path nor the bare name of an executable", path);
        c->path = take_ptr(path);
        return 0;
}

static bool at_semicolon(const char *s) {
        return s[0] == ';' && (!s[1] || strchr(" \t\n\r", s[1]));
}

/* One word of a command line, specifiers not expanded: for unknown escapes it falls back to taking them as they are. */
static int next_argument(struct parse *p, const char **rest, char **ret) {
        const char *start = *rest;
        int r;

        if (start[0] == '\\' && at_semicolon(start + 1)) {
                *rest = start + 2 + strspn(start + 2, " \t\n\r");
                *ret = strdup(";");
                return *ret ? 1 : -ENOMEM;
        }
        r = value_next_word(rest, WORD_C_ESCAPES, ret);
        if (r != -EINVAL)
                return r;
        *rest = start;
        r = value_next_word(rest, WORD_C_ESCAPES | WORD_RELAXED, ret);
        if (r == -EINVAL)
                return parse_mistake(p, "a quote is not closed in: %s", start);
        parse_warning(p, "a backslash that begins no escape is kept as it is in: %s", start);
        return r;
}

/* The words up to a lone ";" or the end, behind the executable. */
static int read_arguments(struct parse *p, const char **rest, struct exec_command *c) {
        while (!at_semicolon(*rest)) {
                owned_str word = NULL;
                char *argument;
                int r = next_argument(p, rest, &word);

                if (r <= 0)
                        return r;
                r = parse_expand(p, word, &argument);
                if (r < 0)
                        return r;
                r = strv_adopt(&c->argv, argument);
                if (r < 0)
                        return r;
        }
        *rest += 1 + strspn(*rest + 1, " \t\n\r");
        return 0;
}

static int read_command(struct parse *p, const char **rest, struct exec_command *c) {
        owned_str word = NULL;
        int r;

        r = next_argument(p, rest, &word);
        if (r < 0)
                return r;
        r = read_executable(p, r == 0 ? "" : word, c);
        if (r < 0)
                return r;
        if (!(c->flags & EXEC_ARGV0) && strv_add(&c->argv, c->path) < 0)
                return -ENOMEM;
        r = read_arguments(p, rest, c);
        if (r == 0 && !c->argv)
                return parse_mistake(p, "'@' wants a name for argv[0] behind the executable");
        return r;
}

/* A line with a mistake in any of its commands is ignored as a whole. */
int parse_commands(struct parse *p, struct exec_commands *field) {
        struct exec_commands line = { 0 };
        const char *rest = p->value;
        int r = 0;

        if (!*rest) {
                release_commands(p->settings, field);
                return 0;
        }
        while (r == 0 && *rest) {
                struct exec_command *c;

                if (at_semicolon(rest)) { /* nothing between two of them */
                        rest += 1 + strspn(rest + 1, " \t\n\r");
                        continue;
                }
                c = GROW(line.items, line.count);
                if (!c)
                        r = -ENOMEM;
                else
                        r = read_command(p, &rest, c);
                if (c)
                        c->origin = p->origin;
        }
        for (size_t i = 0; r == 0 && i < line.count; i++) {
                struct exec_command *c = GROW(field->items, field->count);

                if (!c) {
                        r = -ENOMEM;
                        break;
                }
                *c = line.items[i];
                line.items[i] = (struct exec_command){ 0 };
        }
        release_commands(p->settings, &line);
        return r;
}

/* ---- the rest ----------------------------------------------------------------------------------------------------- */

int parse_exit_set(struct parse *p, struct exit_set *field) {
        const char *rest = p->value;

        if (!*rest)
                *field = (struct exit_set){ 0 };
        for (;;) {
                owned_str word = NULL;
                uint64_t n;
                int r = parse_next_word(p, &rest, 0, &word), status, signal;

                if (r <= 0)
                        return r;
                status = text_to_u64(word, 10, &n) == 0 && n <= 255 ? (int)n : exit_status_from_name(word);
                signal = status >= 0 || (*word >= '0' && *word <= '9') ? -1 : signal_from_name(word);
                if (status >= 0)
                        field->codes[status / 8] |= (uint8_t)(1u << (status % 8));
                else if (signal > 0)
                        field->signals |= 1ull << (signal - 1);
                else
                        (void)parse_mistake(
                                p, "'%s' is neither an exit status (0 to 255, or a name like TEMPFAIL) nor a signal",
                                word);
        }
}

int parse_timeout_start(struct parse *p, uint64_t *field) {
        struct service_settings *s = p->settings;
        int r = parse_span_or_never(p, field);

        if (r == 0)
                s->timeout_start_set = true;
        return r;
}

int parse_timeout_both(struct parse *p, uint64_t *field) {
        struct service_settings *s = p->settings;
        int r = parse_timeout_start(p, field);

        if (r == 0)
                s->timeout_stop_us = *field;
        return r;
}

int parse_timeout_abort(struct parse *p, uint64_t *field) {
        struct service_settings *s = p->settings;
        int r;

        if (!*p->value) { /* as TimeoutStopSec= again */
                s->timeout_abort_set = false;
                return 0;
        }
        r = parse_span_or_never(p, field);
        if (r == 0)
                s->timeout_abort_set = true;
        return r;
}

int parse_pid_file(struct parse *p, char **field) {
        const char *root = p->context->runtime_root ? p->context->runtime_root : "/run";
        owned_str text = NULL;
        owned_str absolute = NULL;
        char *path;
        int r;

        if (!*p->value) {
                free(take_ptr(*field));
                return 0;
        }
        r = parse_expand(p, p->value, &text);
        if (r < 0)
                return r;
        absolute = *text == '/' ? strdup(text) : text_printf("%s/%s", root, text);
        if (!absolute)
                return -ENOMEM;
        r = parse_absolute(p, absolute, &path);
        if (r < 0)
                return r;
        free(*field);
        *field = path;
        if (text_after(path, "/var/run/"))
                parse_warning(p, "'%s' is below /var/run; better: %s", path, path + strlen("/var"));
        return 0;
}

int parse_bus_name(struct parse *p, char **field) {
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
        owned_str name = NULL;
        size_t length;
        int r;

        r = parse_expand(p, p->value, &name);
        if (r < 0)
                return r;
        length = strlen(name);
        if (length > 255 || strspn(name, allowed) != length || !strchr(name, '.') || strstr(name, "..") ||
            *name == '.' || name[length - 1] == '.')
                return parse_mistake(p, "'%s' is not a D-Bus name; allowed: like org.example.Name", name);
        free(*field);
        *field = take_ptr(name);
        return 0;
}
