/* SPDX-License-Identifier: MIT */
/* record-fixture: a store of records for a test, that of a supervisor which may die at any time. */
#pragma once

#include "service/record-store.h"

#include "base/text.h"

#include <check.h>
#include <fcntl.h>
#include <sys/stat.h>

static struct record_store store;

static inline void set_up(void) {
        int fd = -1;

        ck_assert_int_eq(record_store_open(&store, &fd), 0);
}

static inline void tear_down(void) {
        record_store_close(&store);
}

/* The supervisor dies, and another one comes. */
static inline int open_again(void) {
        int fd = fcntl(store.fd, F_DUPFD_CLOEXEC, 0), r;

        ck_assert_int_ge(fd, 0);
        record_store_close(&store);
        r = record_store_open(&store, &fd);
        ck_assert_int_eq(fd, -1);
        return r;
}

static inline off_t size_of_memory(void) {
        struct stat st;

        ck_assert_int_eq(fstat(store.fd, &st), 0);
        return st.st_size;
}

static inline int write_text(struct record_place *p, const char *text) {
        return record_store_write(&store, p, RECORD_OF_UNIT, text, strlen(text));
}

/* How many records there are; the last one of them. */
static inline unsigned read_all(struct record_found *last, unsigned *damaged) {
        struct record_found found;
        unsigned count = 0, ignored = 0;
        uint32_t at = 0;

        while (record_store_next(&store, &at, &found, damaged ? damaged : &ignored) > 0) {
                ck_assert(found.data >= store.memory);
                ck_assert_uint_le((size_t)(found.data - store.memory) + found.length, (size_t)size_of_memory());
                *last = found;
                count++;
        }
        return count;
}
