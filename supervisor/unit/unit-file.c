/* SPDX-License-Identifier: MIT */
/* unit-file: see unit-file.h. Works in the text itself: lines are joined where they stand, and names and values end with a NUL
 * where they end; nothing is copied or allocated. */
#include "unit-file.h"
#include "value.h"

static bool is_blank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
}

struct reader {
        char *at, *end; /* what is left of the text; *end may be written to */
        unsigned next_line; /* of `at`, from 1 */
        unsigned line; /* where the current logical line begins */
        bool is_ascii; /* no byte needs a second look */
        const char *section;
        const char *file;
        struct diag *diag;
};

static void tell(struct reader *r, const char *text) {
        struct diag_place at = { r->file, r->line, NULL };

        if (r->diag)
                diag_say(r->diag, DIAG_WARNING, &at, "%s", text);
}

/* Neither NUL nor more than one byte for a character. */
static bool is_plain(const char *text, size_t length) {
        const uint64_t low = UINT64_C(0x0101010101010101), high = low << 7;
        uint64_t word;

        for (; length >= sizeof word; length -= sizeof word, text += sizeof word) {
                memcpy(&word, text, sizeof word);
                if (((word - low) | word) & high)
                        return false;
        }
        for (; length > 0; length--, text++)
                if ((signed char)*text <= 0)
                        return false;
        return true;
}

/* Does the line so far end in a backslash that no other backslash escapes? */
static bool ends_in_backslash(const char *text, const char *end) {
        const char *s = end;

        while (s > text && s[-1] == '\\')
                s--;
        return (end - s) % 2;
}

static bool is_comment(const char *line, const char *end) {
        while (line < end && is_blank(*line))
                line++;
        return line < end && (*line == '#' || *line == ';');
}

/* The next physical line without its end; false at the end of the text. */
static bool next_physical(struct reader *r, char **ret, char **ret_end) {
        char *newline;

        if (r->at >= r->end)
                return false;
        newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
        *ret = r->at;
        *ret_end = newline ? newline : r->end;
        r->at = newline ? newline + 1 : r->end;
        r->next_line++;
        while (*ret_end > *ret && (*ret_end)[-1] == '\r')
                (*ret_end)--;
        return true;
}

/* The next logical line: physical ones moved together, the backslashes between them becoming blanks, comments left out. False at
 * the end of the text. */
static bool next_logical(struct reader *r, char **ret, char **ret_end) {
        char *line, *end;
        bool more = false;

        *ret = *ret_end = r->at;
        r->line = r->next_line;
        while (next_physical(r, &line, &end)) {
                if (is_comment(line, end)) {
                        if (!more)
                                r->line = r->next_line;
                        continue;
                }
                if (!more) {
                        *ret = line;
                        *ret_end = end;
                } else {
                        memmove(*ret_end, line, (size_t)(end - line));
                        *ret_end += end - line;
                }
                more = end > line && ends_in_backslash(*ret, *ret_end);
                if (!more)
                        return true;
                (*ret_end)[-1] = ' ';
        }
        return more;
}

/* "[Name]", and the blanks are off. */
static void take_header(struct reader *r, char *line, char *end) {
        if (end - line > 2 && memchr(line, ']', (size_t)(end - line)) == end - 1 &&
            !memchr(line + 1, '[', (size_t)(end - line) - 1)) {
                end[-1] = 0;
                r->section = line + 1;
                return;
        }
        tell(r, "a section header is [Name] and nothing else; the lines below it are ignored");
        r->section = UNIT_FILE_BROKEN_SECTION;
}

/* Ends the key and gives the value; NULL: it is no assignment, which has been told. */
static char *split(struct reader *r, char *line) {
        char *equals = strchr(line, '='), *end = equals, *value;
        const char *why = NULL;

        if (!equals)
                why = "a line is KEY=VALUE or [Section]; this one is ignored";
        else if (memchr(line, ':', (size_t)(equals - line)))
                why = "a key has no ':' in its name; the line is ignored";
        else if (equals == line)
                why = "there is no key before the '='; the line is ignored";
        if (why) {
                tell(r, why);
                return NULL;
        }
        while (is_blank(end[-1]))
                end--;
        *end = 0;
        for (value = equals + 1; is_blank(*value);)
                value++;
        return value;
}

/* Is a line that has other bytes than ASCII text? */
static bool is_text(struct reader *r, const char *line, const char *end) {
        const char *why = NULL;

        if (memchr(line, 0, (size_t)(end - line)))
                why = "a line with a NUL byte is ignored";
        else if (!value_is_utf8(line))
                why = "a line that is not UTF-8 is ignored";
        if (why)
                tell(r, why);
        return !why;
}

int unit_file_parse(char *text, size_t length, const char *file, struct diag *diag, unit_file_handler handler,
                    void *user) {
        bool has_mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
        struct reader r = { .at = text + (has_mark ? 3 : 0),
                            .end = text + length,
                            .next_line = 1,
                            .section = "",
                            .file = file,
                            .diag = diag };
        char *line, *end, *value;
        int e = 0;

        r.is_ascii = is_plain(r.at, (size_t)(r.end - r.at));
        while (e == 0 && next_logical(&r, &line, &end)) {
                *end = 0;
                if (!r.is_ascii && !is_text(&r, line, end))
                        continue;
                while (line < end && is_blank(*line))
                        line++;
                while (end > line && is_blank(end[-1]))
                        *--end = 0;
                if (*line == '[')
                        take_header(&r, line, end);
                else if (*line && (value = split(&r, line)))
                        e = handler(user, r.section, line, value, r.line);
        }
        return e;
}
