/* SPDX-License-Identifier: MIT */
/* parse-streams: standard input, output and error, and how log lines are labelled (systemd.exec(5) "Logging"). */
#include "kinds.h"

#include <errno.h>
#include <syslog.h>

/* How a stream may be named; a word that ends in ':' takes a path or a name behind it. */
struct stream_word {
        const char *word;
        int value;
        bool takes_path;
};

static const struct stream_word input_words[] = {
        { "null", INPUT_NULL, false },
        { "tty", INPUT_TTY, false },
        { "tty-force", INPUT_TTY_FORCE, false },
        { "tty-fail", INPUT_TTY_FAIL, false },
        { "socket", INPUT_SOCKET, false },
        { "data", INPUT_DATA, false },
        { "fd", INPUT_FD, false },
        { "fd:", INPUT_FD, false },
        { "file:", INPUT_FILE, true },
};
static const struct stream_word output_words[] = {
        { "inherit", OUTPUT_INHERIT, false },
        { "null", OUTPUT_NULL, false },
        { "tty", OUTPUT_TTY, false },
        { "journal", OUTPUT_JOURNAL, false },
        { "syslog", OUTPUT_JOURNAL, false },
        { "journal+console", OUTPUT_JOURNAL_CONSOLE, false },
        { "syslog+console", OUTPUT_JOURNAL_CONSOLE, false },
        { "kmsg", OUTPUT_KMSG, false },
        { "kmsg+console", OUTPUT_KMSG, false },
        { "socket", OUTPUT_SOCKET, false },
        { "fd", OUTPUT_FD, false },
        { "fd:", OUTPUT_FD, false },
        { "file:", OUTPUT_FILE, true },
        { "append:", OUTPUT_APPEND, true },
        { "truncate:", OUTPUT_TRUNCATE, true },
};

/* Reads p->value by this table: the row, and what is behind a ':' (NULL when there is nothing). */
static int read_stream(struct parse *p, const struct stream_word *table, size_t count, const struct stream_word **ret,
                       char **ret_path) {
        for (size_t i = 0; i < count; i++) {
                const char *rest = text_after(p->value, table[i].word);
                bool takes_more = text_ends_with(table[i].word, ":");
                owned_str text = NULL;
                int r;

                if (!rest || (*rest && !takes_more))
                        continue;
                *ret_path = NULL;
                if (takes_more) {
                        r = parse_expand(p, rest, &text);
                        if (r == 0 && table[i].takes_path)
                                r = parse_absolute(p, text, ret_path);
                        else if (r == 0)
                                *ret_path = take_ptr(text);
                        if (r < 0)
                                return r;
                }
                *ret = &table[i];
                return 0;
        }
        return parse_mistake(p, "'%s' is not known; allowed: %s", p->value,
                             table == input_words
                                     ? "null, tty, tty-force, tty-fail, socket, data, fd:NAME, file:PATH"
                                     : "inherit, null, tty, journal, kmsg, journal+console, socket, fd:NAME, "
                                       "file:PATH, append:PATH, truncate:PATH");
}

int parse_input(struct parse *p, enum exec_input *field) {
        struct exec_settings *e = p->settings;
        const struct stream_word *row;
        char *path;
        int r = read_stream(p, input_words, ARRAY_LEN(input_words), &row, &path);

        if (r < 0)
                return r;
        *field = (enum exec_input)row->value;
        free(e->input_path);
        e->input_path = path;
        return 0;
}

int parse_output(struct parse *p, enum exec_output *field) {
        struct exec_settings *e = p->settings;
        char **path_field = field == &e->error ? &e->error_path : &e->output_path;
        const struct stream_word *row;
        char *path;
        int r = read_stream(p, output_words, ARRAY_LEN(output_words), &row, &path);

        if (r < 0)
                return r;
        *field = (enum exec_output)row->value;
        free(*path_field);
        *path_field = path;
        return 0;
}

void release_input(void *settings, void *field) {
        struct exec_settings *e = settings;

        (void)field;
        free(take_ptr(e->input_path));
}

void release_input_data(void *settings, void *field) {
        struct exec_settings *e = settings;

        (void)field;
        free(take_ptr(e->input_data));
        e->input_data_length = 0;
}

void release_output(void *settings, void *field) {
        struct exec_settings *e = settings;

        free(field == &e->error ? take_ptr(e->error_path) : take_ptr(e->output_path));
}

/* ---- input out of the file ---------------------------------------------------------------------------------------- */

static int append_input(struct exec_settings *e, const void *data, size_t length) {
        char *grown = realloc(e->input_data, e->input_data_length + length + 1);

        if (!grown)
                return -ENOMEM;
        memcpy(grown + e->input_data_length, data, length);
        e->input_data = grown;
        e->input_data_length += length;
        grown[e->input_data_length] = 0;
        return 0;
}

int parse_input_text(struct parse *p, char **field) {
        struct exec_settings *e = p->settings;
        owned_str plain = NULL;
        owned_str text = NULL;
        int r;

        (void)field;
        if (!*p->value) {
                release_input_data(e, field);
                return 0;
        }
        r = value_unescape(p->value, &plain);
        if (r < 0)
                return r == -ENOMEM ? r : parse_mistake(p, "a backslash does not begin an escape in: %s", p->value);
        r = parse_expand(p, plain, &text);
        if (r < 0)
                return r;
        r = append_input(e, text, strlen(text));
        return r < 0 ? r : append_input(e, "\n", 1);
}

int parse_input_base64(struct parse *p, char **field) {
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        struct exec_settings *e = p->settings;
        owned_mem uint8_t *bytes = malloc(strlen(p->value) + 1);
        size_t count = 0, n = 0, padding = 0;
        uint32_t group = 0;

        (void)field;
        if (!bytes)
                return -ENOMEM;
        if (!*p->value)
                release_input_data(e, field);
        for (const char *c = p->value; *c; c++) {
                const char *digit = strchr(digits, *c);

                if (strchr(" \t\n\r", *c))
                        continue;
                if (*c == '=')
                        padding++;
                else if (!digit || padding)
                        return parse_mistake(p, "'%c' is not a digit of base64 here", *c);
                group = group << 6 | (uint32_t)(digit ? digit - digits : 0);
                if (++n % 4 == 0) {
                        bytes[count++] = (uint8_t)(group >> 16);
                        bytes[count++] = (uint8_t)(group >> 8);
                        bytes[count++] = (uint8_t)group;
                }
        }
        if (n % 4 || padding > 2 || padding > count)
                return parse_mistake(p, "is not complete base64");
        return append_input(e, bytes, count - padding);
}

/* ---- labels of log lines ------------------------------------------------------------------------------------------ */

/* clang-format off */
static const char *const facilities[] = { "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
                                          "authpriv", "ftp", NULL, NULL, NULL, NULL, "local0", "local1", "local2", "local3",
                                          "local4", "local5", "local6", "local7" };
/* clang-format on */
static const char *const levels[] = { "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug" };

int parse_syslog_facility(struct parse *p, int *field) {
        int facility = table_value(facilities, ARRAY_LEN(facilities), p->value);

        if (facility < 0)
                return parse_mistake(p,
                                     "'%s' is not a facility; allowed: kern, user, mail, daemon, ..., local0 to local7",
                                     p->value);
        *field = facility << 3; /* as LOG_DAEMON and its siblings are */
        return 0;
}

int parse_syslog_level(struct parse *p, int *field) {
        int level = table_value(levels, ARRAY_LEN(levels), p->value);
        uint64_t n;

        if (level < 0 && text_to_u64(p->value, 10, &n) == 0 && n <= LOG_DEBUG)
                level = (int)n;
        if (level < 0)
                return parse_mistake(
                        p, "'%s' is not a level; allowed: emerg, alert, crit, err, warning, notice, info, debug",
                        p->value);
        *field = level;
        return 0;
}

int parse_log_interval(struct parse *p, uint64_t *field) {
        struct exec_settings *e = p->settings;
        int r = parse_span(p, field);

        if (r == 0)
                e->log_rate_limit_set = true;
        return r;
}

int parse_log_burst(struct parse *p, unsigned *field) {
        struct exec_settings *e = p->settings;
        int r = parse_count(p, field);

        if (r == 0)
                e->log_rate_limit_set = true;
        return r;
}
