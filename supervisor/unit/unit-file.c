/* SPDX-License-Identifier: MIT */
/* unit-file: see unit-file.h. Inside, a reader makes logical lines out of the text and hands them to inih piece by piece,
 * as fgets(3) would; what inih cannot take as it is meant (a ':' before the '=', a line without '=', a broken header) is
 * told or put right here and never reaches it. */
#include "unit-file.h"
#include "value.h"

#include <errno.h>
#include <ini.h>
#include <limits.h>

/* What inih strips. */
static bool is_blank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
}

struct reader {
        const char *at, *end; /* what is left of the text */
        unsigned next_line; /* of `at`, from 1 */
        unsigned line; /* where the current logical line begins */
        char *joined; /* the current logical line with its newline, our own memory */
        size_t length, size, given; /* of joined; given: what inih has had of it */
        const char *file;
        struct diag *diag;
        unit_file_handler handler;
        void *user;
        int error;
};

static void tell(struct reader *r, const char *text) {
        struct diag_place at = { r->file, r->line, NULL };

        if (r->diag)
                diag_say(r->diag, DIAG_WARNING, &at, "%s", text);
}

static int append(struct reader *r, const char *data, size_t length) {
        if (r->length + length + 1 > r->size) {
                size_t size = MAX((r->length + length + 1) * 2, (size_t)256);
                char *grown = realloc(r->joined, size);

                if (!grown)
                        return -ENOMEM;
                r->joined = grown;
                r->size = size;
        }
        memcpy(r->joined + r->length, data, length);
        r->length += length;
        r->joined[r->length] = 0;
        return 0;
}

/* Does the line so far end in a backslash that no other backslash escapes? */
static bool ends_in_backslash(const char *text, size_t length) {
        size_t count = 0;

        while (count < length && text[length - 1 - count] == '\\')
                count++;
        return count % 2;
}

static bool is_comment(const char *line, size_t length) {
        size_t i = 0;

        while (i < length && is_blank(line[i]))
                i++;
        return i < length && (line[i] == '#' || line[i] == ';');
}

/* The next physical line without its end; false at the end of the text. */
static bool next_physical(struct reader *r, const char **ret, size_t *ret_length) {
        const char *newline;

        if (r->at >= r->end)
                return false;
        newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
        *ret = r->at;
        *ret_length = (size_t)((newline ? newline : r->end) - r->at);
        r->at = newline ? newline + 1 : r->end;
        r->next_line++;
        while (*ret_length > 0 && (*ret)[*ret_length - 1] == '\r')
                (*ret_length)--;
        return true;
}

/* Joins physical lines into one logical line. Comment lines inside are left out, the backslash becomes a blank. 1 a line, 0 the
 * end, -ENOMEM. */
static int join(struct reader *r) {
        const char *line;
        size_t length;
        bool more = false;
        int e;

        r->length = r->given = 0;
        r->line = r->next_line;
        while (next_physical(r, &line, &length)) {
                if (is_comment(line, length)) {
                        if (more)
                                continue;
                        length = 0; /* inih would skip it too; an empty line keeps its own count */
                }
                e = append(r, line, length);
                if (e < 0)
                        return e;
                more = length > 0 && ends_in_backslash(r->joined, r->length);
                if (!more)
                        return 1;
                r->joined[r->length - 1] = ' ';
        }
        return more;
}

/* Empties the current line, so that inih sees nothing of it. */
static void drop(struct reader *r, const char *why) {
        if (why)
                tell(r, why);
        r->length = 0;
        (void)append(r, "", 0);
}

static void check_header(struct reader *r, const char *start) {
        size_t length = strlen(start);

        while (length > 0 && is_blank(start[length - 1]))
                length--;
        if (length > 2 && start[length - 1] == ']' && !memchr(start + 1, '[', length - 1) &&
            memchr(start, ']', length) == start + length - 1)
                return;
        drop(r, "a section header is [Name] and nothing else; the lines below it are ignored");
        r->error = append(r, "[" UNIT_FILE_BROKEN_SECTION "]", strlen("[" UNIT_FILE_BROKEN_SECTION "]"));
}

/* inih takes "a:b=c" for a: "b=c", and drops a line without either without a word. */
static void check_assignment(struct reader *r, const char *start) {
        size_t length = strcspn(start, "=:");

        if (start[length] == 0 || !strchr(start, '='))
                drop(r, "a line is KEY=VALUE or [Section]; this one is ignored");
        else if (start[length] == ':')
                drop(r, "a key has no ':' in its name; the line is ignored");
        else if (length == 0)
                drop(r, "there is no key before the '='; the line is ignored");
}

/* Looks at a whole logical line before inih does. */
static void check(struct reader *r) {
        const char *start;

        if (strlen(r->joined) != r->length) {
                drop(r, "a line with a NUL byte is ignored");
                return;
        }
        if (!value_is_utf8(r->joined)) {
                drop(r, "a line that is not UTF-8 is ignored");
                return;
        }
        start = r->joined + (r->line == 1 && text_after(r->joined, "\xef\xbb\xbf") ? 3 : 0);
        while (is_blank(*start))
                start++;
        if (*start == '[')
                check_header(r, start);
        else if (*start)
                check_assignment(r, start);
}

/* inih's reader: at most size - 1 bytes of the current logical line, or the next one when it has been given. */
static char *give(char *to, int size, void *stream) {
        struct reader *r = stream;
        size_t length;

        if (r->error < 0)
                return NULL;
        if (r->given >= r->length) {
                int e = join(r);

                if (e > 0) {
                        check(r);
                        e = r->error < 0 ? r->error : append(r, "\n", 1);
                        e = e < 0 ? e : 1;
                }
                if (e <= 0) {
                        r->error = e;
                        return NULL;
                }
        }
        length = MIN(r->length - r->given, (size_t)size - 1);
        memcpy(to, r->joined + r->given, length);
        to[length] = 0;
        r->given += length;
        return to;
}

static int take(void *user, const char *section, const char *name, const char *value) {
        struct reader *r = user;

        if (r->error == 0)
                r->error = r->handler(r->user, section, name, value, r->line);
        return 1;
}

int unit_file_parse(const char *text, size_t length, const char *file, struct diag *diag, unit_file_handler handler,
                    void *user) {
        struct reader r = { .at = text,
                            .end = text + length,
                            .next_line = 1,
                            .file = file,
                            .diag = diag,
                            .handler = handler,
                            .user = user };
        int e;

        ini_use_stack = false;
        ini_allow_realloc = true;
        ini_initial_alloc = 1024;
        ini_max_line = INT_MAX / 2;
        ini_allow_inline_comments = false;
        ini_allow_multiline = false;
        ini_allow_bom = true;
        ini_allow_no_value = false;
        e = ini_parse_stream(give, &r, take, &r);
        free(r.joined);
        if (r.error < 0)
                return r.error;
        return e == -2 ? -ENOMEM : 0;
}
