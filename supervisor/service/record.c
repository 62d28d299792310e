/* SPDX-License-Identifier: MIT */
/* record: see record.h. A field is a number, whose lowest bit says whether bytes follow, and its value: an integer of 7 bits per
 * byte, lowest first, or a length and so many bytes.
 */
#include "record.h"

#include "base/clock.h"
#include "base/text.h"
#include "service/object.h"

#include <errno.h>

#define PID_MAX 4194304 /* PID_MAX_LIMIT of Linux */

/* ---- writing --------------------------------------------------------------------------------------------------------- */

/* Saved is often, ten times in a restart: what is below is the supervisor's most used code, and written for few instructions. */

#define NUMBER_MAX 10u /* bytes of 64 bits */

static unsigned char *number_at(unsigned char *to, uint64_t value) {
        for (; value >= 0x80; value >>= 7)
                *to++ = (unsigned char)(value | 0x80);
        *to++ = (unsigned char)value;
        return to;
}

static void put_two_numbers(struct record_writer *w, uint64_t first, uint64_t second) {
        unsigned char apart[2 * NUMBER_MAX];
        bool is_tight = w->room - w->length < sizeof(apart);
        unsigned char *begin = is_tight ? apart : w->data + w->length;
        size_t length = (size_t)(number_at(number_at(begin, first), second) - begin);

        if (is_tight && w->room - w->length < length) {
                w->is_full = true;
                return;
        }
        if (is_tight)
                memcpy(w->data + w->length, apart, length);
        w->length += length;
}

static void put_integer(struct record_writer *w, unsigned number, uint64_t value) {
        if (value != 0)
                put_two_numbers(w, number << 1, value);
}

static void put_bytes(struct record_writer *w, unsigned number, const void *bytes, size_t length) {
        put_two_numbers(w, number << 1 | 1, length);
        if (w->is_full || w->room - w->length < length) {
                w->is_full = true;
                return;
        }
        memcpy(w->data + w->length, bytes, length);
        w->length += length;
}

static uint64_t fold_sign(int64_t value) {
        return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}
static int64_t unfold_sign(uint64_t value) {
        return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* The wall clock and the monotonic one mostly keep their distance: one time is the other and little more. */
static void put_time(struct record_writer *w, unsigned number, const struct object_time *t) {
        unsigned char bytes[2 * NUMBER_MAX], *end;

        if (t->realtime_us == 0 && t->monotonic_us == 0)
                return;
        end = number_at(bytes, t->monotonic_us);
        end = number_at(end, fold_sign((int64_t)(t->realtime_us - t->monotonic_us)));
        put_bytes(w, number, bytes, (size_t)(end - bytes));
}

/* Of a digit of either kind, without a branch that depends on it. */
static unsigned digit_of(char c) {
        return ((unsigned char)c & 15u) + ((unsigned char)c >> 6) * 9u;
}

static void put_id(struct record_writer *w, unsigned number, const char *text) {
        unsigned char bytes[16];

        if (!text[0])
                return;
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (unsigned char)(digit_of(text[2 * i]) << 4 | digit_of(text[2 * i + 1]));
        put_bytes(w, number, bytes, sizeof(bytes));
}

static void put_row(struct record_writer *w, const struct record_row *row, unsigned number, const void *field) {
        const char *text;

        switch ((enum record_kind)row->kind) {
        case RECORD_BOOL:
                put_integer(w, number, *(const bool *)field);
                break;
        case RECORD_U32:
                put_integer(w, number, *(const uint32_t *)field);
                break;
        case RECORD_I32:
                put_integer(w, number, fold_sign(*(const int *)field));
                break;
        case RECORD_PID:
                put_integer(w, number, (uint64_t)MAX(*(const pid_t *)field, 0));
                break;
        case RECORD_U64:
                put_integer(w, number, *(const uint64_t *)field);
                break;
        case RECORD_UNTIL:
                put_integer(w, number, *(const uint64_t *)field + 1);
                break;
        case RECORD_TIME:
                put_time(w, number, field);
                break;
        case RECORD_TEXT:
                text = *(char *const *)field;
                if (text)
                        put_bytes(w, number, text, MIN(strlen(text), (size_t)row->most));
                break;
        case RECORD_TEXTS:
                STRV_EACH(one, *(char *const *const *)field)
                        put_bytes(w, number, one, strlen(one));
                break;
        case RECORD_ID:
                put_id(w, number, field);
                break;
        case RECORD_BYTES:
        case RECORD_CHARS:
                text = field;
                if (*text)
                        put_bytes(w, number, text, strnlen(text, row->most));
                break;
        }
}

void record_encode(struct record_writer *w, const struct record_row *rows, size_t count, unsigned base,
                   const void *object) {
        for (size_t i = 0; i < count; i++)
                put_row(w, &rows[i], base + rows[i].number, (const char *)object + rows[i].offset);
}

/* ---- reading --------------------------------------------------------------------------------------------------------- */

struct field {
        unsigned number;
        bool has_bytes;
        uint64_t value; /* or how many bytes */
        const unsigned char *bytes;
};

static int get_number(const unsigned char **at, const unsigned char *end, uint64_t *ret) {
        uint64_t value = 0;

        for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
                unsigned char byte = *(*at)++;

                value |= (uint64_t)(byte & 0x7f) << shift;
                if (!(byte & 0x80)) {
                        *ret = value;
                        return 0;
                }
        }
        return -EBADMSG;
}

static int get_field(const unsigned char **at, const unsigned char *end, struct field *ret) {
        uint64_t key;
        int r = get_number(at, end, &key);

        if (r >= 0)
                r = get_number(at, end, &ret->value);
        if (r < 0 || key >> 1 > UINT16_MAX)
                return -EBADMSG;
        ret->number = (unsigned)(key >> 1);
        ret->has_bytes = key & 1;
        ret->bytes = *at;
        if (!ret->has_bytes)
                return 0;
        if (ret->value > (uint64_t)(end - *at))
                return -EBADMSG;
        *at += ret->value;
        return 0;
}

static bool take_integer(const struct record_row *row, uint64_t value, void *field) {
        int64_t number;

        switch ((int)row->kind) {
        case RECORD_BOOL:
                if (value > 1)
                        return false;
                *(bool *)field = value;
                return true;
        case RECORD_U32:
                if (value > row->most)
                        return false;
                *(uint32_t *)field = (uint32_t)value;
                return true;
        case RECORD_I32:
                number = unfold_sign(value);
                if (number < INT32_MIN || number > INT32_MAX)
                        return false;
                *(int *)field = (int)number;
                return true;
        case RECORD_PID:
                if (value > PID_MAX)
                        return false;
                *(pid_t *)field = (pid_t)value;
                return true;
        case RECORD_U64:
                *(uint64_t *)field = value;
                return true;
        case RECORD_UNTIL:
                *(uint64_t *)field = value - 1;
                return true;
        default:
                return false;
        }
}

static bool take_time(const struct field *f, struct object_time *ret) {
        const unsigned char *at = f->bytes, *end = at + f->value;
        uint64_t monotonic, rest;

        if (get_number(&at, end, &monotonic) < 0 || get_number(&at, end, &rest) < 0)
                return false;
        ret->monotonic_us = monotonic;
        ret->realtime_us = monotonic + (uint64_t)unfold_sign(rest);
        return true;
}

static bool take_text(const struct field *f, uint32_t most, char **ret) {
        char *text = NULL;

        if (f->value <= most && !memchr(f->bytes, 0, f->value))
                text = strndup((const char *)f->bytes, f->value);
        if (!text)
                return false;
        free(*ret);
        *ret = text;
        return true;
}

static bool take_id(const struct field *f, char *ret) {
        static const char digits[] = "0123456789abcdef";

        if (f->value != 16)
                return false;
        for (size_t i = 0; i < 16; i++) {
                ret[2 * i] = digits[f->bytes[i] >> 4];
                ret[2 * i + 1] = digits[f->bytes[i] & 15];
        }
        ret[32] = 0;
        return true;
}

/* The first one takes the place of what was there. */
static bool take_one_of_texts(const struct field *f, bool is_first, char ***texts) {
        char *text = NULL;

        if (!take_text(f, UINT32_MAX, &text))
                return false;
        if (is_first) {
                strv_free(*texts);
                *texts = NULL;
        }
        return strv_adopt(texts, text) >= 0;
}

static bool take_bytes(const struct record_row *row, const struct field *f, bool is_first, void *field) {
        switch ((int)row->kind) {
        case RECORD_TIME:
                return take_time(f, field);
        case RECORD_TEXT:
                return take_text(f, row->most, field);
        case RECORD_TEXTS:
                return take_one_of_texts(f, is_first, field);
        case RECORD_ID:
                return take_id(f, field);
        case RECORD_BYTES:
        case RECORD_CHARS:
                if (f->value > row->most - (row->kind == RECORD_CHARS) || memchr(f->bytes, 0, f->value))
                        return false;
                memset(field, 0, row->most);
                memcpy(field, f->bytes, f->value);
                return true;
        default:
                return false;
        }
}

int record_decode(const unsigned char *data, size_t length, const struct record_row *rows, size_t count, unsigned base,
                  void *object) {
        const unsigned char *at = data, *end = data + length;
        bool has_come[UINT8_MAX + 1] = { false }; /* by the row's number */
        int misfits = 0;

        while (at < end) {
                struct field f;

                if (get_field(&at, end, &f) < 0)
                        return -EBADMSG;
                for (size_t i = 0; i < count; i++) {
                        void *field = (char *)object + rows[i].offset;

                        if (base + rows[i].number != f.number)
                                continue;
                        bool fits = f.has_bytes ? take_bytes(&rows[i], &f, !has_come[rows[i].number], field)
                                                : take_integer(&rows[i], f.value, field);
                        has_come[rows[i].number] |= fits;
                        misfits += !fits;
                }
        }
        return misfits;
}

void record_release(const struct record_row *rows, size_t count, void *object) {
        for (size_t i = 0; i < count; i++) {
                void *field = (char *)object + rows[i].offset;

                if (rows[i].kind == RECORD_TEXT)
                        free(take_ptr(*(char **)field));
                else if (rows[i].kind == RECORD_TEXTS)
                        strv_free(take_ptr(*(char ***)field));
        }
}
