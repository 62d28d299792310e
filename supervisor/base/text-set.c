/* SPDX-License-Identifier: MIT */
/* text-set: see text-set.h. */
#include "text-set.h"

#include <errno.h>
#include <stdlib.h>

#define SHORT 16u /* so few are looked through as fast as they are hashed */

/* Where the text is, or would be. */
static uint32_t *find_slot(const struct text_set *s, char *const *v, const char *text) {
        size_t i = text_hash(text, strlen(text)) & (s->slot_count - 1);

        while (s->slots[i] && !text_equal(v[s->slots[i] - 1], text))
                i = (i + 1) & (s->slot_count - 1);
        return &s->slots[i];
}

/* Room for one more, in the vector and in a table that is half empty. */
static int make_room(struct text_set *s, char ***v) {
        size_t slot_count = MAX(s->slot_count * 2, (size_t)SHORT * 4);
        uint32_t *slots;
        char **grown;

        if (s->count < s->slot_count / 2)
                return 0;
        if (slot_count > UINT32_MAX || !(grown = reallocarray(*v, slot_count / 2 + 1, sizeof(*grown))))
                return -ENOMEM;
        *v = grown;
        slots = calloc(slot_count, sizeof(*slots));
        if (!slots)
                return -ENOMEM;
        free(s->slots);
        s->slots = slots;
        s->slot_count = slot_count;
        for (size_t i = 0; i < s->count; i++)
                *find_slot(s, *v, (*v)[i]) = (uint32_t)i + 1;
        return 0;
}

int text_set_add(struct text_set *s, char ***v, const char *text) {
        uint32_t *slot;
        char *copy;
        int r;

        if (s->count == 0)
                s->count = strv_length(*v);
        if (s->count < SHORT) {
                r = strv_add_unique(v, text);
                s->count += r > 0;
                return r;
        }
        r = make_room(s, v);
        if (r < 0)
                return r;
        slot = find_slot(s, *v, text);
        if (*slot)
                return 0;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        (*v)[s->count++] = copy;
        (*v)[s->count] = NULL;
        *slot = (uint32_t)s->count;
        return 1;
}

void text_set_clear(struct text_set *s) {
        free(s->slots);
        *s = (struct text_set){ 0 };
}
