/* SPDX-License-Identifier: MIT */
/* text: strings, string vectors, numbers and words. Knows no locale and no unit; allocates with malloc, tells -ENOMEM. */
#include "text.h"
#include "clock.h"

#include <errno.h>
#include <inttypes.h>

bool text_equal_or_null(const char *a, const char *b) {
        if (!a || !b)
                return a == b;
        return text_equal(a, b);
}

bool text_ends_with(const char *s, const char *suffix) {
        size_t length = strlen(s), n = strlen(suffix);

        return length >= n && memcmp(s + length - n, suffix, n) == 0;
}

char *text_printf(const char *format, ...) {
        char *text = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        return n < 0 ? NULL : text;
}

char *text_concat_all(const char *first, ...) {
        size_t length = 0;
        char *text, *end;
        va_list ap;

        va_start(ap, first);
        for (const char *s = first; s; s = va_arg(ap, const char *))
                length += strlen(s);
        va_end(ap);
        text = end = malloc(length + 1);
        if (!text)
                return NULL;
        *end = 0;
        va_start(ap, first);
        for (const char *s = first; s; s = va_arg(ap, const char *))
                end = stpcpy(end, s);
        va_end(ap);
        return text;
}

int text_replace(char **s, const char *value) {
        char *copy = NULL;

        if (value) {
                copy = strdup(value);
                if (!copy)
                        return -ENOMEM;
        }
        free(*s);
        *s = copy;
        return 0;
}

size_t strv_length(char *const *v) {
        size_t n = 0;

        while (v && v[n])
                n++;
        return n;
}

bool strv_contains(char *const *v, const char *s) {
        for (; v && *v; v++)
                if (text_equal(*v, s))
                        return true;
        return false;
}

int strv_adopt(char ***v, char *s) {
        size_t length = strv_length(*v);
        char **grown;

        if (!s)
                return -ENOMEM;
        grown = realloc(*v, (length + 2) * sizeof(*grown));
        if (!grown) {
                free(s);
                return -ENOMEM;
        }
        grown[length] = s;
        grown[length + 1] = NULL;
        *v = grown;
        return 0;
}

int strv_add(char ***v, const char *s) {
        return strv_adopt(v, strdup(s));
}

int strv_add_unique(char ***v, const char *s) {
        int r;

        if (strv_contains(*v, s))
                return 0;
        r = strv_add(v, s);
        return r < 0 ? r : 1;
}

int strv_add_all(char ***v, char *const *more) {
        for (; more && *more; more++) {
                int r = strv_add(v, *more);

                if (r < 0)
                        return r;
        }
        return 0;
}

void strv_remove(char **v, const char *s) {
        char **to = v;

        if (!v)
                return;
        for (char **from = v; *from; from++)
                if (text_equal(*from, s))
                        free(*from);
                else
                        *to++ = *from;
        *to = NULL;
}

char **strv_copy(char *const *v) {
        owned_strv copy = calloc(1, sizeof(*copy));

        if (!copy || strv_add_all(&copy, v) < 0)
                return NULL;
        return take_ptr(copy);
}

char *strv_join(char *const *v, const char *separator) {
        size_t gap = strlen(separator), length = 1;
        char *text, *p;

        STRV_EACH(s, v)
                length += strlen(s) + gap;
        text = p = malloc(length);
        if (!text)
                return NULL;
        STRV_EACH(s, v) {
                if (s_at != v)
                        p = mempcpy(p, separator, gap);
                p = mempcpy(p, s, strlen(s));
        }
        *p = 0;
        return text;
}

void strv_free(char **v) {
        for (char **p = v; p && *p; p++)
                free(*p);
        free(v);
}

/* strtoull(3) takes leading blanks and signs; a number in a unit file has neither. */
int text_to_u64(const char *s, unsigned base, uint64_t *ret) {
        unsigned long long value;
        char *end;

        if (*s < '0' || *s > '9')
                if (base <= 10 || !((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z')))
                        return -EINVAL;
        errno = 0;
        value = strtoull(s, &end, (int)base);
        if (*end || end == s)
                return -EINVAL;
        if (errno)
                return -errno;
        *ret = value;
        return 0;
}

int text_to_i64(const char *s, unsigned base, int64_t *ret) {
        bool minus = *s == '-';
        uint64_t value = 0;
        int r;

        r = text_to_u64(s + (minus || *s == '+'), base, &value);
        if (r < 0)
                return r;
        if (value > (uint64_t)INT64_MAX + minus)
                return -ERANGE;
        *ret = minus ? (int64_t)(0 - value) : (int64_t)value;
        return 0;
}

const char *table_name(const char *const *names, size_t count, int value) {
        if (value < 0 || (size_t)value >= count || !names[value])
                return "?";
        return names[value];
}

int table_value(const char *const *names, size_t count, const char *name) {
        for (size_t i = 0; i < count; i++)
                if (names[i] && text_equal(names[i], name))
                        return (int)i;
        return -1;
}

const char *text_format_span(char buffer[TEXT_SPAN_MAX], uint64_t us) {
        static const struct {
                const char *word;
                uint64_t us;
        } units[] = {
                { "w", 7 * US_PER_DAY }, { "d", US_PER_DAY }, { "h", US_PER_HOUR }, { "min", US_PER_MIN },
                { "s", US_PER_SEC },     { "ms", US_PER_MS }, { "us", 1 },
        };
        size_t used = 0;

        if (us == TIME_NEVER)
                return strcpy(buffer, "infinity");
        if (us == 0)
                return strcpy(buffer, "0");
        for (size_t i = 0; i < ARRAY_LEN(units) && us > 0; i++) {
                uint64_t n = us / units[i].us;

                if (n == 0)
                        continue;
                us %= units[i].us;
                used += (size_t)snprintf(buffer + used, TEXT_SPAN_MAX - used, "%s%" PRIu64 "%s", used ? " " : "", n,
                                         units[i].word);
        }
        return buffer;
}

const char *text_format_size(char buffer[TEXT_SIZE_MAX], uint64_t bytes) {
        static const char words[] = "BKMGTPE";
        uint64_t scale = 1;
        unsigned whole, tenth;
        size_t i = 0;

        if (bytes == UINT64_MAX)
                return strcpy(buffer, "infinity");
        while (bytes / scale >= 1024) { /* ends at E: 2^64 is 16 E */
                scale *= 1024;
                i++;
        }
        whole = (unsigned)(bytes / scale) % 1024;
        tenth = i ? (unsigned)(bytes % scale / (scale / 1024) * 10 / 1024) % 10 : 0;
        if (tenth)
                (void)snprintf(buffer, TEXT_SIZE_MAX, "%u.%u%c", whole, tenth, words[i]);
        else
                (void)snprintf(buffer, TEXT_SIZE_MAX, "%u%c", whole, words[i]);
        return buffer;
}

uint64_t text_hash(const void *data, size_t length) {
        const unsigned char *bytes = data;
        uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ length, word;

        /* FNV-1a by words. */
        for (; length >= sizeof(word); length -= sizeof(word), bytes += sizeof(word)) {
                memcpy(&word, bytes, sizeof(word));
                hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
                hash ^= hash >> 29;
        }
        for (; length > 0; length--)
                hash = (hash ^ *bytes++) * UINT64_C(0x100000001b3);
        return hash ^ hash >> 32;
}
