/* SPDX-License-Identifier: MIT */
/* print: tables, colours, dates. Colours only where somebody can see them. */
#include "ctl.h"

#include <time.h>

const char *colour_on(const struct ctl *c, enum colour colour) {
        static const char *const codes[] = {
                [COLOUR_NONE] = "",           [COLOUR_GOOD] = "\033[0;1;32m", [COLOUR_BAD] = "\033[0;1;31m",
                [COLOUR_WARN] = "\033[0;33m", [COLOUR_FAINT] = "\033[0;90m",  [COLOUR_STRONG] = "\033[0;1m",
        };

        return c->has_colours ? codes[colour] : "";
}

const char *colour_off(const struct ctl *c, enum colour colour) {
        return c->has_colours && colour != COLOUR_NONE ? "\033[0m" : "";
}

enum colour colour_of_state(const char *active_state) {
        static const struct {
                const char *state;
                enum colour colour;
        } states[] = {
                { "active", COLOUR_GOOD },     { "reloading", COLOUR_GOOD },    { "failed", COLOUR_BAD },
                { "activating", COLOUR_WARN }, { "deactivating", COLOUR_WARN },
        };

        for (size_t i = 0; i < ARRAY_LEN(states); i++)
                if (text_equal(states[i].state, active_state))
                        return states[i].colour;
        return COLOUR_NONE;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* Code points: what a terminal shows of ordinary text. */
static size_t text_width(const char *s) {
        size_t width = 0;

        for (; *s; s++)
                width += ((unsigned char)*s & 0xc0) != 0x80;
        return width;
}

void table_add(struct table *t, const char *const *cells, const enum colour *colours) {
        if (t->rows == t->room) {
                size_t room = t->room ? t->room * 2 : 32;
                char **grown = reallocarray(t->cells, room * t->columns, sizeof(*grown));
                enum colour *painted = grown ? reallocarray(t->colours, room * t->columns, sizeof(*painted)) : NULL;

                if (grown)
                        t->cells = grown;
                if (!painted)
                        return;
                t->colours = painted;
                t->room = room;
        }
        for (size_t i = 0; i < t->columns; i++) {
                t->cells[t->rows * t->columns + i] = strdup(cells[i] ? cells[i] : "");
                t->colours[t->rows * t->columns + i] = colours ? colours[i] : COLOUR_NONE;
        }
        t->rows++;
}

void table_init(struct table *t, const struct ctl *c, const char *const *titles, size_t columns) {
        static const enum colour strong[TABLE_COLUMNS_MAX] = {
                COLOUR_STRONG, COLOUR_STRONG, COLOUR_STRONG, COLOUR_STRONG,
                COLOUR_STRONG, COLOUR_STRONG, COLOUR_STRONG, COLOUR_STRONG,
        };

        *t = (struct table){ .ctl = c, .columns = columns };
        if (!c->no_legend)
                table_add(t, titles, strong);
}

/* Prints at most `room` characters of s. */
static void print_cut(const char *s, size_t room) {
        const char *end = s;

        if (text_width(s) <= room) {
                (void)fputs(s, stdout);
                return;
        }
        for (size_t width = 0; *end && (width < room - 1 || ((unsigned char)*end & 0xc0) == 0x80); end++)
                width += ((unsigned char)end[1] & 0xc0) != 0x80;
        (void)printf("%.*s…", (int)(end - s), s);
}

static void print_cell(const struct table *t, size_t index, size_t width, size_t *used) {
        const char *text = t->cells[index] ? t->cells[index] : "";
        bool is_last = index % t->columns == t->columns - 1;
        size_t room = t->ctl->width > *used + 4 ? t->ctl->width - *used : 4;

        (void)fputs(colour_on(t->ctl, t->colours[index]), stdout);
        if (is_last && t->ctl->width && !t->ctl->full)
                print_cut(text, room);
        else
                (void)fputs(text, stdout);
        (void)fputs(colour_off(t->ctl, t->colours[index]), stdout);
        if (!is_last)
                (void)printf("%*s", (int)(width - text_width(text) + 1), "");
        *used += width + 1;
}

void table_print(const struct table *t) {
        size_t widths[TABLE_COLUMNS_MAX] = { 0 };

        for (size_t i = 0; i < t->rows * t->columns; i++)
                widths[i % t->columns] = MAX(widths[i % t->columns], text_width(t->cells[i] ? t->cells[i] : ""));
        for (size_t row = 0; row < t->rows; row++) {
                size_t used = 0;

                for (size_t i = 0; i < t->columns; i++)
                        print_cell(t, row * t->columns + i, widths[i], &used);
                (void)putchar('\n');
        }
}

void table_free(struct table *t) {
        for (size_t i = 0; i < t->rows * t->columns; i++)
                free(t->cells[i]);
        free(t->cells);
        free(t->colours);
}

/* ---- the rest ---------------------------------------------------------------------------------------------------- */

int print_json(const json_t *value) {
        if (!value)
                return ctl_out_of_memory();
        (void)json_dumpf(value, stdout, isatty(STDOUT_FILENO) ? JSON_INDENT(2) : JSON_COMPACT);
        (void)putchar('\n');
        return STATUS_OK;
}

const char *format_date(char buffer[DATE_MAX], uint64_t realtime_us) {
        time_t seconds = (time_t)(realtime_us / US_PER_SEC);
        struct tm parts;

        buffer[0] = '\0';
        if (realtime_us > 0 && realtime_us < TIME_NEVER && localtime_r(&seconds, &parts))
                (void)strftime(buffer, DATE_MAX, "%a %Y-%m-%d %H:%M:%S %Z", &parts);
        return buffer;
}

const char *format_ago(char buffer[TEXT_SPAN_MAX + 8], uint64_t realtime_us) {
        uint64_t now_us = clock_realtime_us();
        bool is_past = realtime_us <= now_us;
        uint64_t span_us = is_past ? now_us - realtime_us : realtime_us - now_us;
        /* Two units are enough for people. */
        uint64_t grain_us = span_us >= 2 * US_PER_DAY ? US_PER_HOUR
                            : span_us >= US_PER_HOUR  ? US_PER_MIN
                            : span_us >= US_PER_SEC   ? US_PER_SEC
                                                      : US_PER_MS;
        char span[TEXT_SPAN_MAX];

        buffer[0] = '\0';
        if (realtime_us > 0 && realtime_us < TIME_NEVER)
                (void)snprintf(buffer, TEXT_SPAN_MAX + 8, "%s %s",
                               text_format_span(span, MAX(span_us - span_us % grain_us, grain_us)),
                               is_past ? "ago" : "left");
        return buffer;
}
