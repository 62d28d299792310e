/* SPDX-License-Identifier: MIT */
/* pack: see pack.h. While a piece is being made its pointers are distances from its beginning: so pieces that say the same are
 * the same bytes, and their hash is, too. */
#include "pack.h"

#include "base/text.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct packed_pointer {
        size_t at, to;
        bool is_text; /* to is in text, else in data */
};

/* Before every piece. */
struct piece {
        uint64_t hash;
        uint32_t size, references; /* references 0: not in the tree, one owner */
        _Alignas(max_align_t) char data[];
};

static void *pieces; /* tsearch(3), by hash and size */
static size_t piece_count;

/* ---- making one --------------------------------------------------------------------------------------------------- */

/* Room for so many more bytes at the end. */
static bool grow(struct packer *p, char **buffer, size_t *room, size_t length, size_t more) {
        size_t wanted = MAX(length + more, *room * 2);
        char *longer;

        if (p->error < 0 || length + more <= *room)
                return p->error == 0;
        longer = realloc(*buffer, wanted);
        if (!longer) {
                p->error = -ENOMEM;
                return false;
        }
        *buffer = longer;
        *room = wanted;
        return true;
}

void packer_begin(struct packer *p, const void *settings, size_t size) {
        p->settings = settings;
        p->length = p->text_length = p->pointer_count = 0;
        if (!grow(p, &p->data, &p->room, 0, size))
                return;
        memcpy(p->data, settings, size);
        p->length = size;
}

size_t packer_place(const struct packer *p, const void *field) {
        return (size_t)((const char *)field - p->settings);
}

/* The pointer at this place; NULL, too, when it has been set already. */
static const void *pointer_at(const struct packer *p, size_t at) {
        const void *pointer;

        if (p->error < 0)
                return NULL;
        memcpy(&pointer, p->data + at, sizeof pointer);
        return pointer;
}

static void set_pointer(struct packer *p, size_t at, size_t to, bool is_text) {
        const void *none = NULL;

        memcpy(p->data + at, &none, sizeof none); /* until point_from() */
        if (p->pointer_count == p->pointer_room) {
                size_t room = MAX(p->pointer_room * 2, (size_t)16);
                struct packed_pointer *longer = reallocarray(p->pointers, room, sizeof *longer);

                if (!longer) {
                        p->error = -ENOMEM;
                        return;
                }
                p->pointers = longer;
                p->pointer_room = room;
        }
        p->pointers[p->pointer_count++] = (struct packed_pointer){ at, to, is_text };
}

/* Texts that are longer than this together are not looked through for each further one: those of a target with thousands of
 * names. */
#define SEARCHED ((size_t)1024)

/* The same text among those that there are; NULL: it is a new one. */
static const char *find_text(const struct packer *p, const char *text) {
        if (p->text_length == 0 || p->text_length > SEARCHED)
                return NULL;
        for (const char *s = p->text; s < p->text + p->text_length; s += strlen(s) + 1)
                if (text_equal(s, text))
                        return s;
        return NULL;
}

void packer_text(struct packer *p, size_t at) {
        const char *text = pointer_at(p, at), *same;
        size_t size = text ? strlen(text) + 1 : 0;

        if (!text)
                return;
        same = find_text(p, text);
        if (!same) {
                if (!grow(p, &p->text, &p->text_room, p->text_length, size))
                        return;
                same = memcpy(p->text + p->text_length, text, size);
                p->text_length += size;
        }
        set_pointer(p, at, (size_t)(same - p->text), true);
}

size_t packer_array(struct packer *p, size_t at, size_t size) {
        const void *array = pointer_at(p, at);
        size_t begin = (p->length + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);

        if (!array || !grow(p, &p->data, &p->room, p->length, begin - p->length + size))
                return 0;
        memset(p->data + p->length, 0, begin - p->length);
        memcpy(p->data + begin, array, size);
        p->length = begin + size;
        set_pointer(p, at, begin, false);
        return begin;
}

void packer_strv(struct packer *p, size_t at) {
        char *const *v = pointer_at(p, at);
        size_t count = strv_length(v), begin = v ? packer_array(p, at, (count + 1) * sizeof *v) : 0;

        for (size_t i = 0; begin && i < count; i++)
                packer_text(p, begin + i * sizeof *v);
}

/* Makes its pointers what they would be if it lay at base. */
static void point_from(struct packer *p, const char *base) {
        for (size_t i = 0; i < p->pointer_count; i++) {
                const struct packed_pointer *x = &p->pointers[i];
                uintptr_t to = (uintptr_t)base + x->to + (x->is_text ? p->length : 0);

                memcpy(p->data + x->at, &to, sizeof to);
        }
}

/* ---- finding its like --------------------------------------------------------------------------------------------- */

static int compare_pieces(const void *a, const void *b) {
        const struct piece *x = a, *y = b;

        if (x->hash != y->hash)
                return x->hash < y->hash ? -1 : 1;
        return x->size == y->size ? 0 : x->size < y->size ? -1 : 1;
}

static bool is_same(struct packer *p, const struct piece *piece) {
        point_from(p, piece->data);
        return memcmp(piece->data, p->data, p->length) == 0 &&
               (p->text_length == 0 || memcmp(piece->data + p->length, p->text, p->text_length) == 0);
}

static struct piece *make_piece(struct packer *p, const struct piece *head, bool is_shared) {
        struct piece *piece = malloc(sizeof *piece + head->size);

        if (!piece)
                return NULL;
        *piece = *head;
        if (is_shared && !tsearch(piece, &pieces, compare_pieces)) {
                free(piece);
                return NULL;
        }
        piece->references = is_shared;
        piece_count++;
        point_from(p, piece->data);
        memcpy(piece->data, p->data, p->length);
        if (p->text_length > 0)
                memcpy(piece->data + p->length, p->text, p->text_length);
        return piece;
}

static uint64_t mix(uint64_t hash, const char *data, unsigned shift) {
        uint64_t word;

        memcpy(&word, data, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        return hash ^ hash >> shift;
}

/* Two kilobytes for each unit: four chains of multiplications, of which none waits for another. */
static uint64_t hash_of(const char *data, size_t length) {
        uint64_t a = 1, b = 2, c = 3, d = 4;

        for (; length >= 4 * sizeof a; length -= 4 * sizeof a, data += 4 * sizeof a) {
                a = mix(a, data, 29);
                b = mix(b, data + sizeof a, 30);
                c = mix(c, data + 2 * sizeof a, 31);
                d = mix(d, data + 3 * sizeof a, 32);
        }
        return text_hash((uint64_t[]){ a, b, c, d }, 4 * sizeof a) * 31 + text_hash(data, length);
}

static struct piece *find_or_make(struct packer *p, enum pack_sharing sharing) {
        struct piece head = { .size = (uint32_t)(p->length + p->text_length) };
        struct piece *const *found;

        if (sharing == PACK_ALONE)
                return make_piece(p, &head, false);
        point_from(p, NULL);
        head.hash = hash_of(p->data, p->length) * 31 + hash_of(p->text, p->text_length);
        found = tfind(&head, &pieces, compare_pieces);
        if (!found)
                return make_piece(p, &head, true);
        if (!is_same(p, *found)) /* by chance: it has to do without company */
                return make_piece(p, &head, false);
        (*found)->references++;
        return *found;
}

int packer_finish(struct packer *p, enum pack_sharing sharing, const void **ret) {
        struct piece *piece = p->error < 0 ? NULL : find_or_make(p, sharing);

        if (!piece)
                return -ENOMEM;
        *ret = piece->data;
        return 0;
}

void packer_free(struct packer *p) {
        free(p->data);
        free(p->text);
        free(p->pointers);
        *p = (struct packer){ 0 };
}

void packed_unref(const void *piece) {
        struct piece *p;

        if (!piece)
                return;
        p = (struct piece *)((char *)(uintptr_t)piece - offsetof(struct piece, data));
        if (p->references > 1) {
                p->references--;
                return;
        }
        if (p->references == 1)
                (void)tdelete(p, &pieces, compare_pieces);
        piece_count--;
        free(p);
}

size_t packed_count(void) {
        return piece_count;
}
