/* SPDX-License-Identifier: MIT */
/* record: what of an object is saved, one row per field: number, kind, where it lies. From the row come encoding, decoding and
 * the default (zero: not written at all). A reader skips the numbers that it does not know and leaves the fields alone
 * that are missing, so an older or newer supervisor can take over. Numbers are for ever: never used again for another
 * meaning.
 *
 * On the way back every value is checked against its row; what does not fit is left at its default, and counted.
 */
#pragma once

#include "base/macros.h"

#include <stdint.h>

enum record_kind {
        RECORD_BOOL,
        RECORD_U32,   /* up to `most`: enums and counters */
        RECORD_I32,
        RECORD_PID,   /* pid_t, 0 or above */
        RECORD_U64,
        RECORD_UNTIL, /* uint64_t whose default is TIME_NEVER */
        RECORD_TIME,  /* struct object_time */
        RECORD_TEXT,  /* char *, owned; NULL by default; at most `most` bytes are saved */
        RECORD_TEXTS, /* char **, owned */
        RECORD_ID,    /* char[33]: 32 hexadecimal digits */
        RECORD_BYTES, /* unsigned char[most], no zero among them: read until the first zero */
        RECORD_CHARS, /* char[most], terminated */
};

struct record_row {
        uint8_t number; /* 1…127 */
        uint8_t kind;   /* enum record_kind */
        uint16_t offset;
        uint32_t most;
};

/* A row of a struct's field; the build stops when the kind does not fit the field's type. */
#define RECORD_ROW(number_, kind_, type, field, most_) \
        { \
                .number = (number_), .kind = RECORD_##kind_, .most = (most_), \
                .offset = offsetof(type, field) + \
                          0 * sizeof(char[RECORD_FITS_##kind_(MEMBER_TYPE(type, field), most_) ? 1 : -1]) \
        }
#define RECORD_IS(type, wanted)    __builtin_types_compatible_p(type, wanted)
#define RECORD_FITS_BOOL(type, most)  RECORD_IS(type, bool)
#define RECORD_FITS_U32(type, most)   (sizeof(type) == sizeof(uint32_t))
#define RECORD_FITS_I32(type, most)   RECORD_IS(type, int)
#define RECORD_FITS_PID(type, most)   RECORD_IS(type, pid_t)
#define RECORD_FITS_U64(type, most)   (sizeof(type) == sizeof(uint64_t))
#define RECORD_FITS_UNTIL(type, most) RECORD_FITS_U64(type, most)
#define RECORD_FITS_TIME(type, most)  RECORD_IS(type, struct object_time)
#define RECORD_FITS_TEXT(type, most)  RECORD_IS(type, char *)
#define RECORD_FITS_TEXTS(type, most) RECORD_IS(type, char **)
#define RECORD_FITS_ID(type, most)    RECORD_IS(type, char[33])
#define RECORD_FITS_BYTES(type, most) RECORD_IS(type, unsigned char[most])
#define RECORD_FITS_CHARS(type, most) RECORD_IS(type, char[most])

struct record_writer {
        unsigned char *data; /* the caller's */
        size_t room, length;
        bool is_full; /* something did not fit: the whole is not to be used */
};

/* Appends the fields of *object that are not at their defaults; `base` is added to the rows' numbers (tables of several
 * structs in one record). */
void record_encode(struct record_writer *w, const struct record_row *rows, size_t count, unsigned base, const void *object);
/* Fills in the fields that the record has. How many values did not fit their rows, or -EBADMSG when the record itself is
 * cut (what came before the cut is filled in). Texts that were there are freed. */
int record_decode(const unsigned char *data, size_t length, const struct record_row *rows, size_t count, unsigned base,
                  void *object);
/* Frees the texts. */
void record_release(const struct record_row *rows, size_t count, void *object);
