/* SPDX-License-Identifier: MIT */
/* value: booleans, time spans, sizes, shares, modes, paths out of text. Pure. Called by the parsers of directives. */
#include "value.h"

#include <ctype.h>
#include <errno.h>

static const char blanks[] = " \t\n\r";

int value_boolean(const char *s, bool *ret) {
        static const char *const words[][2] = { { "0", "1" },        { "no", "yes" }, { "n", "y" },
                                                { "false", "true" }, { "f", "t" },    { "off", "on" } };

        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                for (int b = 0; b < 2; b++)
                        if (strcasecmp(s, words[i][b]) == 0) {
                                *ret = b;
                                return 0;
                        }
        return -EINVAL;
}

/* ---- numbers with units ------------------------------------------------------------------------------------------ */

/* Reads "12" or "12.5" at *p: the number is whole + fraction / scale. */
struct decimal {
        uint64_t whole, fraction, scale;
};

static int read_decimal(const char **p, struct decimal *ret) {
        struct decimal d = { .scale = 1 };
        const char *s = *p;

        if (!isdigit((unsigned char)*s) && !(*s == '.' && isdigit((unsigned char)s[1])))
                return -EINVAL;
        for (; isdigit((unsigned char)*s); s++)
                if (__builtin_mul_overflow(d.whole, 10u, &d.whole) ||
                    __builtin_add_overflow(d.whole, (uint64_t)(*s - '0'), &d.whole))
                        return -ERANGE;
        if (*s == '.') {
                s++;
                if (!isdigit((unsigned char)*s))
                        return -EINVAL;
                for (; isdigit((unsigned char)*s); s++)
                        if (d.scale < 1000000000u) { /* more digits are below what we can tell apart */
                                d.fraction = d.fraction * 10 + (uint64_t)(*s - '0');
                                d.scale *= 10;
                        }
        }
        *ret = d;
        *p = s;
        return 0;
}

/* sum += d * unit; -ERANGE on overflow. */
static int add_scaled(uint64_t *sum, struct decimal d, uint64_t unit) {
        unsigned __int128 total =
                (unsigned __int128)d.whole * unit + (unsigned __int128)d.fraction * unit / d.scale + *sum;

        if (total >= UINT64_MAX)
                return -ERANGE;
        *sum = (uint64_t)total;
        return 0;
}

struct unit_word {
        const char *word;
        uint64_t factor;
};

/* The longest word that s begins with; NULL when none does. */
static const struct unit_word *find_unit(const struct unit_word *table, size_t count, const char *s) {
        const struct unit_word *best = NULL;

        for (size_t i = 0; i < count; i++)
                if (*s == *table[i].word && text_after(s, table[i].word) &&
                    (!best || strlen(table[i].word) > strlen(best->word)))
                        best = &table[i];
        return best;
}

#define US(n) (1000ull * (n)) /* the table counts in nanoseconds */

static const struct unit_word span_units[] = {
        { "seconds", US(US_PER_SEC) },
        { "second", US(US_PER_SEC) },
        { "sec", US(US_PER_SEC) },
        { "s", US(US_PER_SEC) },
        { "minutes", US(US_PER_MIN) },
        { "minute", US(US_PER_MIN) },
        { "min", US(US_PER_MIN) },
        { "m", US(US_PER_MIN) },
        { "months", US(2629800 * US_PER_SEC) }, /* 30.4375 days */
        { "month", US(2629800 * US_PER_SEC) },
        { "M", US(2629800 * US_PER_SEC) },
        { "msec", US(US_PER_MS) },
        { "ms", US(US_PER_MS) },
        { "hours", US(US_PER_HOUR) },
        { "hour", US(US_PER_HOUR) },
        { "hr", US(US_PER_HOUR) },
        { "h", US(US_PER_HOUR) },
        { "days", US(US_PER_DAY) },
        { "day", US(US_PER_DAY) },
        { "d", US(US_PER_DAY) },
        { "weeks", US(7 * US_PER_DAY) },
        { "week", US(7 * US_PER_DAY) },
        { "w", US(7 * US_PER_DAY) },
        { "years", US(31557600 * US_PER_SEC) }, /* 365.25 days */
        { "year", US(31557600 * US_PER_SEC) },
        { "y", US(31557600 * US_PER_SEC) },
        { "usec", US(1) },
        { "us", US(1) },
        { "µs", US(1) }, /* U+00B5 */
        { "μs", US(1) }, /* U+03BC */
        { "nsec", 1 },
        { "ns", 1 },
};

/* Counts in units of 1/per nanoseconds: span in nanoseconds divided by `per`, each part on its own. */
static int read_span(const char *s, uint64_t default_unit_ns, uint64_t per, uint64_t *ret) {
        uint64_t sum = 0;
        int r;

        s += strspn(s, blanks);
        if (text_after(s, "infinity") && !s[8 + strspn(s + 8, blanks)]) {
                *ret = TIME_NEVER;
                return 0;
        }
        if (!*s)
                return -EINVAL;
        while (*s) {
                const struct unit_word *unit;
                struct decimal number;

                r = read_decimal(&s, &number);
                if (r < 0)
                        return r;
                s += strspn(s, blanks);
                unit = find_unit(span_units, ARRAY_LEN(span_units), s);
                if (unit && unit->factor < per)
                        return -EINVAL; /* nanoseconds where microseconds are the finest */
                r = add_scaled(&sum, number, (unit ? unit->factor : default_unit_ns) / per);
                if (r < 0)
                        return r;
                s += unit ? strlen(unit->word) : 0;
                s += strspn(s, blanks);
        }
        *ret = sum;
        return 0;
}

int value_span(const char *s, uint64_t default_unit_us, uint64_t *ret) {
        return read_span(s, US(default_unit_us), 1000, ret);
}

int value_span_ns(const char *s, uint64_t *ret) {
        return read_span(s, 1, 1, ret);
}

static int read_size(const char *s, uint64_t base, uint64_t *ret) {
        static const char letters[] = "BKMGTPE";
        uint64_t sum = 0, last = UINT64_MAX;
        int r;

        s += strspn(s, blanks);
        if (!*s)
                return -EINVAL;
        while (*s) {
                struct decimal number;
                const char *letter;
                uint64_t factor = 1;

                r = read_decimal(&s, &number);
                if (r < 0)
                        return r;
                s += strspn(s, blanks);
                letter = *s ? strchr(letters, *s) : NULL;
                for (const char *l = letters; letter && l < letter; l++)
                        factor *= base;
                if (factor >= last) /* "1G 512M", not the other way round */
                        return -EINVAL;
                last = factor;
                r = add_scaled(&sum, number, factor);
                if (r < 0)
                        return r;
                s += letter ? 1 : 0;
                s += strspn(s, blanks);
        }
        *ret = sum;
        return 0;
}

int value_size(const char *s, uint64_t *ret) {
        return read_size(s, 1024, ret);
}

int value_size_decimal(const char *s, uint64_t *ret) {
        return read_size(s, 1000, ret);
}

int value_permyriad(const char *s, unsigned *ret) {
        struct decimal number;
        uint64_t permyriad = 0;
        int r;

        r = read_decimal(&s, &number);
        if (r < 0)
                return r;
        if (text_equal(s, "%"))
                r = add_scaled(&permyriad, number, 100);
        else if (text_equal(s, "‰"))
                r = add_scaled(&permyriad, number, 10);
        else if (text_equal(s, "‱"))
                r = add_scaled(&permyriad, number, 1);
        else
                return -EINVAL;
        if (r < 0 || permyriad > INT32_MAX)
                return -ERANGE;
        *ret = (unsigned)permyriad;
        return 0;
}

int value_permille(const char *s, unsigned *ret) {
        unsigned permyriad = 0;
        int r = value_permyriad(s, &permyriad);

        if (r == 0)
                *ret = permyriad / 10;
        return r;
}

int value_mode(const char *s, mode_t *ret) {
        mode_t mode = 0;

        if (!*s || strspn(s, "01234567") != strlen(s))
                return -EINVAL;
        for (; *s; s++) {
                mode = mode * 8 + (mode_t)(*s - '0');
                if (mode > 07777)
                        return -ERANGE;
        }
        *ret = mode;
        return 0;
}

int value_errno(const char *s, int *ret) {
        uint64_t n;

        if (text_to_u64(s, 10, &n) == 0) {
                if (n > 4095) /* MAX_ERRNO of the kernel */
                        return -ERANGE;
                *ret = (int)n;
                return 0;
        }
        for (int e = 1; e < 134; e++) {
                const char *name = strerrorname_np(e);

                if (name && text_equal(name, s)) {
                        *ret = e;
                        return 0;
                }
        }
        if (text_equal(s, "EWOULDBLOCK") || text_equal(s, "EDEADLOCK") || text_equal(s, "ENOTSUP")) {
                *ret = *s == 'E' && s[1] == 'W' ? EAGAIN : s[1] == 'D' ? EDEADLK : EOPNOTSUPP;
                return 0;
        }
        return -EINVAL;
}

int value_cpu_list(const char *s, uint8_t *bits, size_t bit_count) {
        while (*(s += strspn(s, ", \t"))) {
                char *end;
                unsigned long first, last;

                if (!isdigit((unsigned char)*s))
                        return -EINVAL;
                first = last = strtoul(s, &end, 10);
                if (*end == '-') {
                        if (!isdigit((unsigned char)end[1]))
                                return -EINVAL;
                        last = strtoul(end + 1, &end, 10);
                }
                if (last < first || (*end && !strchr(", \t", *end)))
                        return -EINVAL;
                if (last >= bit_count)
                        return -ERANGE;
                for (; first <= last; first++)
                        bits[first / 8] |= (uint8_t)(1u << (first % 8));
                s = end;
        }
        return 0;
}

/* ---- paths ------------------------------------------------------------------------------------------------------- */

static int clean_path(const char *s, char **ret) {
        char *path, *to;

        if (strlen(s) >= 4096)
                return -ENAMETOOLONG;
        path = to = malloc(strlen(s) + 2);
        if (!path)
                return -ENOMEM;
        if (*s == '/')
                /* cppcheck-suppress uninitdata; it is written, not read */
                *to++ = '/';
        for (;;) {
                size_t length;

                s += strspn(s, "/");
                if (!*s)
                        break;
                length = strcspn(s, "/");
                if (length == 2 && s[0] == '.' && s[1] == '.') {
                        free(path);
                        return -EINVAL;
                }
                if (!(length == 1 && *s == '.')) {
                        if (to > path && to[-1] != '/')
                                *to++ = '/';
                        to = mempcpy(to, s, length);
                }
                s += length;
        }
        *to = 0;
        *ret = path;
        return 0;
}

int value_path(const char *s, char **ret) {
        return *s == '/' ? clean_path(s, ret) : -EINVAL;
}

int value_relative_path(const char *s, char **ret) {
        char *path;
        int r;

        if (!*s || *s == '/')
                return -EINVAL;
        r = clean_path(s, &path);
        if (r < 0)
                return r;
        if (!*path) {
                free(path);
                return -EINVAL;
        }
        *ret = path;
        return 0;
}

/* How many bytes follow this one in its character; -1: no character begins so. */
static int utf8_following(unsigned char c) {
        return c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : (c & 0xf0) == 0xe0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : -1;
}

bool value_is_utf8(const char *s) {
        while (*s) {
                unsigned char c = (unsigned char)*s++;
                int more = utf8_following(c);
                uint32_t point;

                if (more < 0)
                        return false;
                point = more == 0 ? c : c & (0x3fu >> more);
                for (int i = 0; i < more; i++) {
                        if (((unsigned char)*s & 0xc0) != 0x80)
                                return false;
                        point = point << 6 | ((unsigned char)*s++ & 0x3f);
                }
                if ((more == 2 && point < 0x800) || (more == 3 && (point < 0x10000 || point > 0x10ffff)) ||
                    (point >= 0xd800 && point < 0xe000))
                        return false;
        }
        return true;
}
