/* SPDX-License-Identifier: MIT */
/* text-set: adds texts to a vector (text.h) in which each may be once, in a time that does not grow with the vector: what a
 * target with thousands of Wants= needs. Beside a short vector it has no memory of its own.
 */
#pragma once

#include "text.h"

#include <stdint.h>

struct text_set {
        size_t count;    /* of the vector; 0: not looked at yet */
        uint32_t *slots; /* a hash table of positions + 1; NULL while the vector is short */
        size_t slot_count;
};

/* Appends a copy unless it is there. Between two calls for one set nobody else may change the vector. 1 added, 0 was there,
 * -ENOMEM. */
int text_set_add(struct text_set *s, char ***v, const char *text);
/* Frees what belongs to the set; the vector stays. */
void text_set_clear(struct text_set *s);
