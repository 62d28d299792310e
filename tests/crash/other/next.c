/* SPDX-License-Identifier: MIT */
/* next: what makes a keel-supervisor of a later version, as its records go: it knows fields that ours does not, and has given
 * up three that ours has. What is linked with it calls these two in place of record.c's (ld --wrap).
 */
#include "service/object.h"
#include "service/record.h"

#include <string.h>

#define MARK "of a later version"

void __real_record_encode(struct record_writer *w, const struct record_row *rows, size_t count, unsigned base,
                          const void *object);
int __real_record_decode(const unsigned char *data, size_t length, const struct record_row *rows, size_t count,
                         unsigned base, void *object);
void __wrap_record_encode(struct record_writer *w, const struct record_row *rows, size_t count, unsigned base,
                          const void *object);
int __wrap_record_decode(const unsigned char *data, size_t length, const struct record_row *rows, size_t count,
                         unsigned base, void *object);

struct later {
        uint64_t number;
        char *text;
        struct object_time time;
};
/* Of each table: numbers that nobody has had yet. */
static const struct record_row later_rows[] = {
        RECORD_ROW(14, U64, struct later, number, 0),
        RECORD_ROW(100, TEXT, struct later, text, 64),
        RECORD_ROW(101, TIME, struct later, time, 0),
};
/* A unit's `active_exit`, a service's `status_text`, a job's `begin_us`. */
static const struct {
        unsigned base, number, kind;
} given_up[] = {
        { 0, 5, RECORD_TIME },
        { RECORD_BASE_TYPE, 34, RECORD_TEXT },
        { RECORD_BASE_JOB, 7, RECORD_U64 },
};

static bool is_given_up(const struct record_row *row, unsigned base) {
        for (size_t i = 0; i < ARRAY_LEN(given_up); i++)
                if (given_up[i].base == base && given_up[i].number == row->number && given_up[i].kind == row->kind)
                        return true;
        return false;
}

/* The rows that are left. */
static size_t keep_rows(struct record_row *to, const struct record_row *rows, size_t count, unsigned base) {
        size_t kept = 0;

        for (size_t i = 0; i < count; i++)
                if (!is_given_up(&rows[i], base))
                        to[kept++] = rows[i];
        return kept;
}

void __wrap_record_encode(struct record_writer *w, const struct record_row *rows, size_t count, unsigned base,
                          const void *object) {
        static char mark[] = MARK;
        const struct later later = { .number = UINT64_MAX, .text = mark, .time = { 1, 2 } };
        struct record_row kept[128];

        /* Before the known ones and behind them. */
        __real_record_encode(w, later_rows, 1, 0, &later);
        __real_record_encode(w, kept, keep_rows(kept, rows, count, base), base, object);
        __real_record_encode(w, later_rows + 1, 2, 0, &later);
}

int __wrap_record_decode(const unsigned char *data, size_t length, const struct record_row *rows, size_t count,
                         unsigned base, void *object) {
        struct record_row kept[128];

        return __real_record_decode(data, length, kept, keep_rows(kept, rows, count, base), base, object);
}
