/* SPDX-License-Identifier: MIT */
/* sorted: where a number stands in a list that is kept in order. */
#pragma once

#include <stddef.h>

/* Where the first item is whose number is not less: the number's own place, or the one that it belongs into; count when all are
 * less. Each of the `count` items takes `size` bytes and begins with its number, an int; SORTED_FIND() checks that.
 */
size_t sorted_find(const void *items, size_t count, size_t size, int number);

#define SORTED_FIND(items, count, field, number) \
        ({ \
                _Static_assert(__builtin_types_compatible_p(__typeof__((items)->field), int), #field " is no int"); \
                _Static_assert(offsetof(__typeof__(*(items)), field) == 0, #field " does not come first"); \
                sorted_find(items, count, sizeof *(items), number); \
        })
