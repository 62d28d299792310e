/* SPDX-License-Identifier: MIT */
/* environment-file: the syntax of EnvironmentFile=: a shell's assignments, without the shell. A machine of one state per
 * place in an assignment. Reads files of the administrator; bounded in size, tolerates any bytes.
 */
#include "environment.h"

#include "base/sys.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>

#define ENVIRONMENT_FILE_MAX (4u * 1024u * 1024u)

struct reader {
        const char *at;
        unsigned line;
        char *out; /* where the next byte of the text under construction goes */
        char *solid; /* behind the last byte that is not blank to be cut off */
};

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
}

static char next(struct reader *r) {
        char c = *r->at;

        if (c) {
                r->at++;
                r->line += c == '\n';
        }
        return c;
}

static void put(struct reader *r, char c, bool is_solid) {
        *r->out++ = c;
        if (is_solid)
                r->solid = r->out;
}

static void skip_line(struct reader *r) {
        char c;

        do
                c = next(r);
        while (c && c != '\n');
}

static void skip_blank(struct reader *r) {
        while (is_blank(*r->at))
                r->at++;
}

/* '…': everything as it is. */
static void read_single_quoted(struct reader *r) {
        char c;

        while ((c = next(r)) && c != '\'')
                put(r, c, true);
}

/* "…": a backslash makes itself, a quote, ` and $ plain, and joins lines. */
static void read_double_quoted(struct reader *r) {
        char c;

        while ((c = next(r)) && c != '"') {
                if (c == '\\' && *r->at) {
                        char escaped = next(r);

                        if (escaped == '\n')
                                continue;
                        if (!strchr("\"\\`$", escaped))
                                put(r, c, true);
                        c = escaped;
                }
                put(r, c, true);
        }
}

/* Up to the end of the line: a backslash makes the next character plain, and joins lines. */
static void read_unquoted(struct reader *r) {
        char c;

        while ((c = next(r)) && c != '\n') {
                bool is_escaped = c == '\\';

                if (is_escaped) {
                        c = next(r);
                        if (!c)
                                break;
                        if (c == '\n')
                                continue;
                }
                put(r, c, is_escaped || !is_blank(c));
        }
}

/* A value: quoted pieces first, then plain text to the end of the line. The reader's text is complete when it returns. */
static void read_value(struct reader *r) {
        for (;;) {
                skip_blank(r);
                if (*r->at == '\'') {
                        r->at++;
                        read_single_quoted(r);
                } else if (*r->at == '"') {
                        r->at++;
                        read_double_quoted(r);
                } else {
                        break;
                }
        }
        read_unquoted(r);
        r->out = r->solid;
}

/* How many bytes follow this first one of a character; -1: it is none. */
static int continuation_bytes(unsigned char first) {
        if (first < 0x80)
                return 0;
        if (first < 0xc2 || first > 0xf4)
                return -1;
        return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

static bool is_utf8(const char *s) {
        while (*s) {
                int more = continuation_bytes((unsigned char)*s++);

                if (more < 0)
                        return false;
                for (; more > 0; more--)
                        if (((unsigned char)*s++ & 0xc0) != 0x80)
                                return false;
        }
        return true;
}

/* Reads "name", up to its '='. False: the line has none; it is passed over. */
static bool read_name(struct reader *r) {
        for (;;) {
                char c = *r->at;

                if (c == 0 || c == '\n') {
                        (void)next(r);
                        return false;
                }
                r->at++;
                if (c == '=')
                        break;
                put(r, c, !is_blank(c));
        }
        r->out = r->solid;
        return true;
}

int environment_parse(const char *text, const char *file, struct diag *diag, char ***environment) {
        struct reader r = { .at = text, .line = 1 };
        owned_str room = malloc(strlen(text) + 2);

        if (!room)
                return -ENOMEM;
        while (*r.at) {
                struct diag_place place = { .file = file, .line = r.line };
                char *copy;

                r.out = r.solid = room;
                while (*r.at && isspace((unsigned char)*r.at))
                        (void)next(&r);
                place.line = r.line;
                if (*r.at == '#' || *r.at == ';') {
                        skip_line(&r);
                        continue;
                }
                if (!read_name(&r))
                        continue;
                put(&r, '=', true);
                read_value(&r);
                *r.out = 0;
                if (!environment_is_assignment(room) || !is_utf8(room)) {
                        diag_say(diag, DIAG_WARNING, &place,
                                 "'%.*s' is not an assignment of a variable; it is left out", (int)strcspn(room, "\n"),
                                 room);
                        continue;
                }
                copy = strdup(room);
                if (!copy || environment_adopt(environment, copy) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int read_one(const char *path, struct diag *diag, char ***environment) {
        owned_str text = NULL;
        int r = sys_read_file(AT_FDCWD, path, ENVIRONMENT_FILE_MAX, &text, NULL);

        return r < 0 ? r : environment_parse(text, path, diag, environment);
}

int environment_read_files(const char *pattern, struct diag *diag, char ***environment, char **failed_path) {
        glob_t found = { 0 };
        int r = 0;

        if (!strpbrk(pattern, "*?[")) {
                r = read_one(pattern, diag, environment);
                if (r < 0)
                        *failed_path = strdup(pattern);
                return r;
        }
        switch (glob(pattern, 0, NULL, &found)) {
        case 0:
                break;
        case GLOB_NOMATCH:
                return -ENOENT;
        case GLOB_NOSPACE:
                return -ENOMEM;
        default:
                return errno ? -errno : -EIO;
        }
        for (size_t i = 0; i < found.gl_pathc && r >= 0; i++) {
                r = read_one(found.gl_pathv[i], diag, environment);
                if (r < 0)
                        *failed_path = strdup(found.gl_pathv[i]);
        }
        globfree(&found);
        return r;
}
