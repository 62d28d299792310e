/* SPDX-License-Identifier: MIT */
/* pack: settings in one piece of memory, with all that they point to, and one copy for all units that say the same.
 *
 * A service has 2 kB of settings and says a few lines: most services say the same of most things. So what a unit has parsed is
 * put into a piece without pointers to anywhere else (packer_begin and its like), and the piece is looked up among those that there are
 * (packer_finish). Pieces are never written to. What a field holds is packed by the kind of its row in directives.h, as it is
 * parsed and released: pack_K() (kinds.h). A pointer that no row knows of would keep two pieces from being the same, and
 * nothing else is compared by its meaning.
 */
#pragma once

#include "base/macros.h"

#include <stddef.h>
#include <stdint.h>

struct packer { /* zeroed; may make one piece after the other */
        char *data;                 /* the struct, then arrays of what it points to */
        char *text;                 /* the strings, each once; come behind it */
        size_t length, room, text_length, text_room;
        struct packed_pointer *pointers; /* in data */
        size_t pointer_count, pointer_room;
        const char *settings;       /* what data began as */
        int error;                  /* 0 or -ENOMEM: then all calls do nothing */
};

/* Begins with a copy of the struct. Its fields are at the same places in data. */
void packer_begin(struct packer *p, const void *settings, size_t size);
/* Where this field of the struct is in data. */
size_t packer_place(const struct packer *p, const void *field);
/* The pointer at this place of data shall point to a copy of what it points to now; NULL stays NULL. Arrays: where the copy
 * is in data, whose own pointers come next; 0 when there is nothing to do, because it is NULL or was packed before. */
void packer_text(struct packer *p, size_t at);
void packer_strv(struct packer *p, size_t at);
size_t packer_array(struct packer *p, size_t at, size_t size);

/* PACK_ALONE: for what is never the same twice; it need not be found. */
enum pack_sharing { PACK_SHARED, PACK_ALONE };
/* The piece: one that is there already, or a new one. The caller has a reference. 0 or -ENOMEM. */
int packer_finish(struct packer *p, enum pack_sharing sharing, const void **ret);
void packer_free(struct packer *p);
/* NULL is fine. */
void packed_unref(const void *piece);
/* How many different pieces there are; for tests. */
size_t packed_count(void);
