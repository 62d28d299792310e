/* SPDX-License-Identifier: MIT */
/* macros: what every file of the supervisor may use. Ownership shows in the text: `owned_fd fd`, `owned_str s` release at
 * the end of their scope; `take_fd(&fd)` and `take_ptr(p)` move them out. `int *fd` adopts, `int fd` borrows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_LEN(a)          (sizeof(a) / sizeof((a)[0]))
#define MEMBER_TYPE(type, m)  __typeof__(((type *)NULL)->m)
#define container_of(p, type, m) ((type *)(void *)((char *)(p) - offsetof(type, m)))
#define PRINTF_LIKE(f, a)     __attribute__((format(printf, f, a)))
#define UNUSED                __attribute__((unused))
#define WEAK                  __attribute__((weak)) /* a unit test may define its own */
#define FALLTHROUGH           __attribute__((fallthrough))
#define MIN(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define MAX(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ > b_ ? a_ : b_; })

/* Moves a pointer out of an owned variable. */
#define take_ptr(p) ({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })

/* Moves an fd out of an owned variable: *fd is -1 afterwards. */
static inline int take_fd(int *fd) {
        int taken = *fd;
        *fd = -1;
        return taken;
}

/* Closes *fd if it is one, leaves -1 there; errno is kept. */
void close_fd(int *fd);

static inline void free_ptr(void *p) {
        free(*(void **)p);
}

static inline void close_file(FILE **f) {
        if (*f)
                (void)fclose(*f);
}

#define owned_fd   __attribute__((cleanup(close_fd))) int
#define owned_str  __attribute__((cleanup(free_ptr))) char *
#define owned_mem  __attribute__((cleanup(free_ptr)))
#define owned_file __attribute__((cleanup(close_file))) FILE *
/* For other types: DEFINE_OWNED(unit, struct unit *, unit_unref) makes `owned_unit` usable as `OWNED(unit) struct unit *u`. */
#define DEFINE_OWNED(name, type, release) \
        static inline void cleanup_##name(type *p) { \
                if (*p) \
                        release(*p); \
        }
#define OWNED(name) __attribute__((cleanup(cleanup_##name)))
