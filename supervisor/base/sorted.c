/* SPDX-License-Identifier: MIT */
/* sorted: see sorted.h. bsearch(3) finds what is there, and says nothing about where the rest belongs. */
#include "sorted.h"

#include <string.h>

static int number_at(const void *items, size_t at, size_t size) {
        int number;

        memcpy(&number, (const char *)items + at * size, sizeof number);
        return number;
}

size_t sorted_find(const void *items, size_t count, size_t size, int number) {
        size_t low = 0, high = count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (number_at(items, middle, size) < number)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}
