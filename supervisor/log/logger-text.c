/* SPDX-License-Identifier: MIT */
/* logger-text: renders times and lines.
 *
 * A sink counts on when it is full, so that every renderer is written without a check of its own and the caller learns at
 * the end whether all of it fit. Bytes of services are hostile: nothing of them reaches a terminal but printable characters,
 * and JSON is valid whatever they are.
 */
#include "logger-text.h"

#include <string.h>

/* --- time ---------------------------------------------------------------------------------------------------------- */

static void put_digits(char *at, unsigned digits, unsigned long value) {
        while (digits-- > 0) {
                at[digits] = (char)('0' + value % 10);
                value /= 10;
        }
}

/* Year, month, day of a day since 1970, in the Gregorian calendar: eras of 400 years, years that begin in March. */
static void civil_date(uint64_t days, unsigned long *year, unsigned long *month, unsigned long *day) {
        uint64_t z = days + 719468, era = z / 146097, of_era = z % 146097;
        uint64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
        uint64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        uint64_t march_month = (5 * of_year + 2) / 153;

        *day = of_year - (153 * march_month + 2) / 5 + 1;
        *month = march_month < 10 ? march_month + 3 : march_month - 9;
        *year = year_of_era + era * 400 + (*month <= 2);
}

const char *logger_stamp_at(struct logger_stamp *s, uint64_t realtime_us) {
        static const uint64_t last_second = 253402300799; /* of the year 9999 */
        uint64_t second = MIN(realtime_us / 1000000, last_second);
        unsigned long year, month, day, of_day = second % 86400;

        if (second != s->second || !s->text[0]) {
                civil_date(second / 86400, &year, &month, &day);
                memcpy(s->text, "0000-00-00T00:00:00.000000Z", LOGGER_STAMP_LENGTH + 1);
                put_digits(s->text, 4, year);
                put_digits(s->text + 5, 2, month);
                put_digits(s->text + 8, 2, day);
                put_digits(s->text + 11, 2, of_day / 3600);
                put_digits(s->text + 14, 2, of_day / 60 % 60);
                put_digits(s->text + 17, 2, of_day % 60);
                s->second = second;
        }
        put_digits(s->text + 20, 6, realtime_us % 1000000);
        return s->text;
}

size_t logger_level_prefix(const char *text, size_t length, unsigned *priority) {
        if (length < 3 || text[0] != '<' || text[1] < '0' || text[1] > '7' || text[2] != '>')
                return 0;
        *priority = (unsigned)(text[1] - '0');
        return 3;
}

/* --- bytes --------------------------------------------------------------------------------------------------------- */

struct sink {
        char *out;
        size_t room, used; /* used > room: it did not fit */
};

static inline void put(struct sink *s, const char *bytes, size_t length) {
        if (s->used > s->room || length > s->room - s->used) {
                s->used = s->room + 1;
                return;
        }
        memcpy(s->out + s->used, bytes, length);
        s->used += length;
}

static inline void put_text(struct sink *s, const char *text) {
        put(s, text, strlen(text));
}

static void put_hex(struct sink *s, const char *before, unsigned byte) {
        static const char digits[] = "0123456789abcdef";

        put_text(s, before);
        put(s, &digits[byte >> 4], 1);
        put(s, &digits[byte & 15], 1);
}

/* Length of the valid UTF-8 sequence at p, 0 when there is none (surrogates and overlong forms are none). */
static size_t utf8_length(const unsigned char *p, size_t length) {
        static const struct {
                unsigned char from, to, second_from, second_to, length;
        } rows[] = {
                { 0x00, 0x7f, 0x00, 0xff, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
                { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
                { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                if (p[0] < rows[i].from || p[0] > rows[i].to)
                        continue;
                if (rows[i].length > length ||
                    (rows[i].length > 1 && (p[1] < rows[i].second_from || p[1] > rows[i].second_to)))
                        return 0;
                for (size_t k = 2; k < rows[i].length; k++)
                        if (p[k] < 0x80 || p[k] > 0xbf)
                                return 0;
                return rows[i].length;
        }
        return 0;
}

/* One character as a terminal may see it. U+0080…U+009F are control characters, too. */
static void put_visible(struct sink *s, const unsigned char *p, size_t length) {
        if (length == 0 || (length == 1 && ((p[0] < 0x20 && p[0] != '\t') || p[0] == 0x7f)))
                put_hex(s, "\\x", p[0]);
        else if (length == 2 && p[0] == 0xc2 && p[1] < 0xa0)
                put_hex(s, "\\u00", p[1]);
        else
                put(s, (const char *)p, length);
}

static void put_json(struct sink *s, const unsigned char *p, size_t length) {
        if (length == 0)
                put_text(s, "\\ufffd");
        else if (length == 1 && (p[0] < 0x20 || p[0] == 0x7f))
                put_hex(s, "\\u00", p[0]);
        else if (length == 1 && (p[0] == '"' || p[0] == '\\'))
                put(s, (const char[]){ '\\', (char)p[0] }, 2);
        else
                put(s, (const char *)p, length);
}

/* Walks the characters; runs of ordinary bytes go at once. */
static void put_characters(struct sink *s, const char *bytes, size_t length,
                           void (*put_one)(struct sink *, const unsigned char *, size_t)) {
        const unsigned char *p = (const unsigned char *)bytes, *end = p + length;

        while (p < end) {
                const unsigned char *run = p;
                size_t n;

                while (p < end && *p >= 0x20 && *p < 0x7f && *p != '"' && *p != '\\')
                        p++;
                put(s, (const char *)run, (size_t)(p - run));
                if (p == end)
                        break;
                n = utf8_length(p, (size_t)(end - p));
                put_one(s, p, n);
                p += MAX(n, (size_t)1);
        }
}

/* --- lines --------------------------------------------------------------------------------------------------------- */

/* Bytes of a service or of its unit file, as this style shows them. */
static void put_foreign(struct sink *s, const struct logger_style *style, const char *text, size_t length) {
        if (style->format == LOGGER_MIRROR_JSON)
                put_characters(s, text, length, put_json);
        else if (style->look == LOGGER_LOOK_RAW)
                put(s, text, length);
        else /* "\r\n" is an end of line, nothing to make visible */
                put_characters(s, text, length - (length > 0 && text[length - 1] == '\r'), put_visible);
}

static void put_plain(struct sink *s, const struct logger_style *style, const struct logger_text *t) {
        if (t->identifier[0]) {
                put_foreign(s, style, t->identifier, strlen(t->identifier));
                put_text(s, ": ");
        }
        put_foreign(s, style, t->text, t->length);
}

/* A unit always has the same color: FNV-1a of its name, out of those that are readable on black and white. */
static const char *unit_color(const char *unit) {
        static const char *const colors[] = { "\033[32m", "\033[33m", "\033[34m", "\033[35m", "\033[36m",
                                              "\033[92m", "\033[94m", "\033[95m", "\033[96m" };
        uint32_t hash = 2166136261u;

        for (const char *p = unit; *p; p++)
                hash = (hash ^ (unsigned char)*p) * 16777619u;
        return colors[hash % ARRAY_LEN(colors)];
}

/* The text's color by its level: errors red, warnings yellow, notices bold, debugging grey. */
static const char *priority_color(unsigned priority) {
        static const char *const colors[8] = { "\033[31;1m", "\033[31;1m", "\033[31;1m", "\033[31m",
                                               "\033[33m",   "\033[1m",    "",           "\033[90m" };
        return colors[priority & 7];
}

static void put_prefixed(struct sink *s, const struct logger_style *style, const struct logger_text *t) {
        const char *color = priority_color(t->priority);
        bool is_colored = style->look == LOGGER_LOOK_COLORED;

        if (is_colored)
                put_text(s, unit_color(t->unit));
        put_text(s, t->unit);
        put_text(s, ":");
        if (is_colored)
                put_text(s, "\033[0m");
        put_text(s, " ");
        if (is_colored)
                put_text(s, color);
        put_plain(s, style, t);
        if (is_colored && color[0])
                put_text(s, "\033[0m");
}

static void put_object(struct sink *s, const struct logger_style *style, const struct logger_text *t) {
        char priority = (char)('0' + (t->priority & 7));

        put_text(s, "{\"time\":\"");
        put(s, t->stamp, LOGGER_STAMP_LENGTH);
        put_text(s, "\",\"unit\":\"");
        put_foreign(s, style, t->unit, strlen(t->unit));
        if (t->identifier[0]) {
                put_text(s, "\",\"identifier\":\"");
                put_foreign(s, style, t->identifier, strlen(t->identifier));
        }
        put_text(s, "\",\"priority\":");
        put(s, &priority, 1);
        put_text(s, ",\"message\":\"");
        put_foreign(s, style, t->text, t->length);
        put_text(s, "\"}");
}

size_t logger_text_render(const struct logger_style *style, const struct logger_text *text, char *out, size_t room) {
        static void (*const renderers[])(struct sink *, const struct logger_style *, const struct logger_text *) = {
                [LOGGER_MIRROR_PLAIN] = put_plain,
                [LOGGER_MIRROR_PREFIXED] = put_prefixed,
                [LOGGER_MIRROR_JSON] = put_object,
        };
        struct sink s = { .out = out, .room = room };

        if (style->format == LOGGER_MIRROR_NONE)
                return 0;
        renderers[style->format](&s, style, text);
        put(&s, "\n", 1);
        return s.used > s.room ? 0 : s.used;
}

size_t logger_text_render_cut(const struct logger_style *style, const struct logger_text *text, char *out,
                              size_t room) {
        struct logger_text t = *text;
        size_t n;

        /* A byte becomes six at most: halving ends soon. */
        while ((n = logger_text_render(style, &t, out, room)) == 0 && t.length > 0)
                t.length /= 2;
        return n;
}
