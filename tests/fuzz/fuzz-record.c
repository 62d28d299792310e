/* SPDX-License-Identifier: MIT */
/* What a supervisor finds in the memory that its predecessor left: the first byte says whether the rest is one record, or an image
 * of places.
 */
#include "base/clock.h"
#include "base/text.h"
#include "job/job.h"
#include "service/object.h"

#include <fcntl.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) \
        do { \
                if (!(condition)) \
                        __builtin_trap(); \
        } while (0)

struct table {
        const struct record_row *rows;
        size_t count, size;
        unsigned base;
};

static void *new_object(const struct table *t) {
        char *object = calloc(1, t->size);

        MUST(object);
        for (size_t i = 0; i < t->count; i++)
                if (t->rows[i].kind == RECORD_UNTIL)
                        *(uint64_t *)(void *)(object + t->rows[i].offset) = TIME_NEVER;
        return object;
}

static void free_texts(const struct table *t, char *object) {
        for (size_t i = 0; i < t->count; i++) {
                void *field = object + t->rows[i].offset;

                if (t->rows[i].kind == RECORD_TEXT)
                        free(*(char **)field);
                else if (t->rows[i].kind == RECORD_TEXTS)
                        strv_free(*(char ***)field);
        }
        free(object);
}

static size_t encode(const struct table *t, const void *object, unsigned char *buffer) {
        struct record_writer w = { .data = buffer, .room = RECORD_SIZE_MAX };

        record_encode(&w, t->rows, t->count, t->base, object);
        MUST(w.length <= RECORD_SIZE_MAX);
        return w.is_full ? 0 : w.length;
}

/* What was read comes back as it is when it is written and read again. */
static void fuzz_table(const struct table *t, const uint8_t *data, size_t size) {
        static unsigned char once[RECORD_SIZE_MAX], twice[RECORD_SIZE_MAX];
        char *object = new_object(t), *again = new_object(t);
        size_t length;

        (void)record_decode(data, size, t->rows, t->count, t->base, object);
        length = encode(t, object, once);
        MUST(record_decode(once, length, t->rows, t->count, t->base, again) == 0);
        if (length > 0) {
                MUST(encode(t, again, twice) == length);
                MUST(memcmp(once, twice, length) == 0);
        }
        free_texts(t, object);
        free_texts(t, again);
}

static void fuzz_rows(const uint8_t *data, size_t size) {
        const struct table tables[] = {
                { object_rows, object_row_count, sizeof(struct object), 0 },
                { service_ops.rows, service_ops.row_count, service_ops.size, RECORD_BASE_TYPE },
                { target_ops.rows, target_ops.row_count, target_ops.size, RECORD_BASE_TYPE },
                { job_rows, job_row_count, sizeof(struct job), RECORD_BASE_JOB },
        };

        for (size_t i = 0; i < ARRAY_LEN(tables); i++)
                fuzz_table(&tables[i], data, size);
}

static unsigned read_all(struct record_store *s, struct record_found *last) {
        struct record_found found;
        unsigned count = 0, damaged = 0;
        uint32_t at = 0;

        for (; record_store_next(s, &at, &found, &damaged) > 0; count++) {
                *last = found;
                fuzz_rows(found.data, found.length);
        }
        return count;
}

#define UNIT 128u /* of the store */
#define USED 24u /* where its head says how many units are in use */

static void fuzz_store(const uint8_t *data, size_t size) {
        static struct record_store s = { .fd = -1 };
        struct record_place mine[2] = { 0 };
        struct record_found found;
        unsigned before;
        int fd = -1;

        if (!s.memory)
                MUST(record_store_open(&s, &fd) == 0);
        record_store_clear(&s);
        size = MIN(size, (size_t)1 << 20);
        memcpy(s.memory + (size_t)s.used * UNIT, data, size);
        *(uint32_t *)(void *)(s.memory + USED) = s.used + (uint32_t)((size + UNIT - 1) / UNIT);
        fd = fcntl(s.fd, F_DUPFD_CLOEXEC, 0);
        record_store_close(&s);
        MUST(record_store_open(&s, &fd) == 1);
        before = read_all(&s, &found);
        MUST(read_all(&s, &found) == before);
        if (before > 0) {
                struct record_place taken = found.place;

                MUST(record_store_pid_slot(&s, &taken));
                MUST(record_store_write(&s, &taken, RECORD_OF_UNIT, data, MIN(size, 700u)) == 0);
                MUST(read_all(&s, &found) == before);
                record_store_free(&s, &taken);
                before--;
        }
        for (size_t i = 0; i < ARRAY_LEN(mine); i++)
                MUST(record_store_write(&s, &mine[i], RECORD_OF_MANAGER, data, MIN(size, 100u)) == 0);
        MUST(read_all(&s, &found) == before + ARRAY_LEN(mine));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        if (size == 0)
                return 0;
        if (data[0] == 's')
                fuzz_store(data + 1, size - 1);
        else
                fuzz_rows(data + 1, size - 1);
        return 0;
}
