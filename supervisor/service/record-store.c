/* SPDX-License-Identifier: MIT */
/* record-store: see record-store.h. The memory: a head of its own with the ring of job ends, then places of a few sizes, each a
 * head and two slots.
 */
#include "record-store.h"

#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define UNIT        128u
#define MEMORY_SIZE (64u << 20) /* of addresses: only what is used has pages */
#define MAGIC       UINT64_C(0x6b65656c2d726563) /* "keel-rec" */
#define PLACE_MAGIC 0x706c6163u /* "plac" */

/* The sizes of places, in units: the first holds a service from its first start on, the second what more it has once it was
 * restarted. A place that is outgrown stays behind, and its page was touched. */
static const uint8_t classes[RECORD_CLASSES] = { 4, 5, 6, 8, 12, 24, 48, 96, 128 };

struct head {
        uint64_t magic;
        uint32_t version, unit;
        uint64_t size;
        _Atomic uint32_t used; /* units, from the start of the memory */
        _Atomic uint32_t end_next; /* of the ring: how many were put */
        struct record_end ends[RECORD_ENDS];
};
#define FIRST_UNIT ((uint32_t)((sizeof(struct head) + UNIT - 1) / UNIT))

struct place {
        uint32_t magic;
        uint8_t units, owner; /* owner 0: free */
        uint16_t reserved;
        int32_t pid; /* the kernel writes it */
        uint32_t reserved_too[5];
};
struct slot {
        uint64_t sequence; /* the higher is the newer */
        uint32_t length, checksum;
        unsigned char data[];
};
_Static_assert(sizeof(struct place) == 32 && sizeof(struct slot) == 16, "the layout is part of the format");
_Static_assert(RECORD_SIZE_MAX == (128 * UNIT - sizeof(struct place)) / 2 - sizeof(struct slot), "the largest class");

/* A kill is no reordering processor: only the compiler must keep the order of the stores. */
#define THEN() atomic_signal_fence(memory_order_seq_cst)

static struct head *head_of(const struct record_store *s) {
        return (struct head *)(void *)s->memory;
}
static struct place *place_at(const struct record_store *s, uint32_t at) {
        return (struct place *)(void *)(s->memory + (size_t)at * UNIT);
}
static size_t slot_room(uint32_t units) {
        return ((size_t)units * UNIT - sizeof(struct place)) / 2;
}
static struct slot *slot_of(struct place *p, unsigned which) {
        return (struct slot *)(void *)((unsigned char *)(p + 1) + which * slot_room(p->units));
}
static uint32_t checksum(const struct slot *t) {
        uint64_t sum = text_hash(t->data, t->length) ^ (t->sequence * UINT64_C(0x9e3779b97f4a7c15)) ^ t->length;

        return (uint32_t)(sum ^ sum >> 32) | 1; /* never 0, which is "being written" */
}
static bool is_whole(const struct slot *t, uint32_t units) {
        return t->checksum != 0 && t->length <= slot_room(units) - sizeof(*t) && t->checksum == checksum(t);
}
/* The newest whole slot; NULL: none. */
static struct slot *newest(struct place *p) {
        struct slot *a = slot_of(p, 0), *b = slot_of(p, 1);
        bool has_a = is_whole(a, p->units), has_b = is_whole(b, p->units);

        if (has_a && has_b)
                return a->sequence > b->sequence ? a : b;
        return has_a ? a : has_b ? b : NULL;
}

/* ---- the memory ------------------------------------------------------------------------------------------------------ */

static int map(struct record_store *s) {
        void *memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, s->fd, 0);

        if (memory == MAP_FAILED)
                return -errno;
        s->memory = memory;
        s->room = MEMORY_SIZE / UNIT;
        return 0;
}

static bool is_ours(const struct record_store *s) {
        const struct head *h = head_of(s);

        return h->magic == MAGIC && h->version == RECORD_STORE_VERSION && h->unit == UNIT && h->size == MEMORY_SIZE &&
               h->used >= FIRST_UNIT && h->used <= s->room;
}

static void survey(struct record_store *s);

/* In memory that is all zeros. */
static void begin(struct record_store *s) {
        struct head *h = head_of(s);

        h->version = RECORD_STORE_VERSION;
        h->unit = UNIT;
        h->size = MEMORY_SIZE;
        h->used = s->used = FIRST_UNIT;
        h->end_next = 0;
        THEN();
        h->magic = MAGIC;
        s->damaged = 0;
        for (size_t i = 0; i < ARRAY_LEN(classes); i++)
                s->freed_count[i] = 0;
}

static int open_new(struct record_store *s) {
        int r;

        s->fd = sys_memfd_create("keel-record", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (s->fd < 0)
                return s->fd;
        r = sys_ftruncate(s->fd, MEMORY_SIZE);
        if (r < 0)
                return r;
        /* Whoever holds it cannot take pages away from under us. */
        (void)fcntl(s->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
        r = map(s);
        if (r < 0)
                return r;
        begin(s);
        return 0;
}

int record_store_open(struct record_store *s, int *fd) {
        struct stat st;
        int r;

        *s = (struct record_store){ .fd = take_fd(fd) };
        if (s->fd >= 0 && fstat(s->fd, &st) == 0 && st.st_size == MEMORY_SIZE && map(s) >= 0 && is_ours(s)) {
                s->used = head_of(s)->used;
                survey(s);
                return 1;
        }
        record_store_close(s);
        r = open_new(s);
        if (r < 0)
                record_store_close(s);
        return r;
}

void record_store_close(struct record_store *s) {
        if (s->memory)
                (void)munmap(s->memory, MEMORY_SIZE);
        close_fd(&s->fd);
        for (size_t i = 0; i < ARRAY_LEN(classes); i++)
                free(s->freed[i]);
        *s = (struct record_store){ .fd = -1 };
}

void record_store_clear(struct record_store *s) {
        (void)madvise(s->memory, MEMORY_SIZE, MADV_REMOVE);
        begin(s);
}

/* ---- places ---------------------------------------------------------------------------------------------------------- */

static int class_for(size_t length) {
        for (size_t i = 0; i < ARRAY_LEN(classes); i++)
                if (length + sizeof(struct slot) <= slot_room(classes[i]))
                        return (int)i;
        return -E2BIG;
}

static int class_of(uint32_t units) {
        for (size_t i = 0; i < ARRAY_LEN(classes); i++)
                if (classes[i] == units)
                        return (int)i;
        return -EINVAL;
}

static int remember_freed(struct record_store *s, int class, uint32_t at) {
        if (s->freed_count[class] == s->freed_room[class]) {
                size_t room = s->freed_room[class] ? s->freed_room[class] * 2 : 16;
                uint32_t *grown = reallocarray(s->freed[class], room, sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                s->freed[class] = grown;
                s->freed_room[class] = room;
        }
        s->freed[class][s->freed_count[class]++] = at;
        return 0;
}

/* A free place of that class, its head written; it counts from the first whole slot on. */
static int take_place(struct record_store *s, int class, enum record_owner owner, struct record_place *ret) {
        uint32_t units = classes[class], at;
        struct place *p;

        if (s->freed_count[class] > 0)
                at = s->freed[class][--s->freed_count[class]];
        else if (s->used + units <= s->room) {
                at = s->used;
                s->used += units;
        } else
                return -ENOSPC;
        p = place_at(s, at);
        p->units = (uint8_t)units;
        p->pid = 0;
        for (unsigned i = 0; i < 2; i++)
                *slot_of(p, i) = (struct slot){ 0 };
        THEN();
        p->owner = (uint8_t)owner;
        p->magic = PLACE_MAGIC;
        THEN();
        if (s->used > head_of(s)->used)
                head_of(s)->used = s->used;
        *ret = (struct record_place){ .at = at, .units = units };
        return 0;
}

static void fill_slot(struct slot *t, uint64_t sequence, const void *data, size_t length) {
        t->checksum = 0;
        THEN();
        t->sequence = sequence;
        t->length = (uint32_t)length;
        memcpy(t->data, data, length);
        THEN();
        t->checksum = checksum(t);
}

/* The newest whole slot, without reading it when we wrote it ourselves. */
static struct slot *last_of(struct place *p, uint64_t sequence) {
        for (unsigned i = 0; sequence > 0 && i < 2; i++)
                if (slot_of(p, i)->sequence == sequence && slot_of(p, i)->checksum != 0)
                        return slot_of(p, i);
        return newest(p);
}

/* The sequence number that it got. */
static uint64_t write_slot(struct place *p, uint64_t last_sequence, uint64_t after, const void *data, size_t length) {
        struct slot *last = last_of(p, last_sequence);
        uint64_t sequence = (last ? last->sequence : after) + 1;

        fill_slot(slot_of(p, last == slot_of(p, 0) ? 1 : 0), sequence, data, length);
        return sequence;
}

/* A place that the memory knows nothing of (of another store, or of before it was cleared) is none. */
static bool has_place(const struct record_store *s, const struct record_place *p) {
        struct place *there;

        if (!s->memory || p->units == 0 || p->at < FIRST_UNIT || p->at >= s->used || p->units > s->used - p->at)
                return false;
        there = place_at(s, p->at);
        return there->magic == PLACE_MAGIC && there->owner != 0 && there->units == p->units;
}

int record_store_write(struct record_store *s, struct record_place *p, enum record_owner owner, const void *data,
                       size_t length) {
        struct record_place old = has_place(s, p) ? *p : (struct record_place){ 0 }, new;
        uint64_t after = 0;
        int class, r;

        if (!s->memory)
                return -ENOTCONN;
        if (old.units > 0 && length + sizeof(struct slot) <= slot_room(old.units)) {
                p->sequence = write_slot(place_at(s, old.at), old.sequence, 0, data, length);
                return 0;
        }
        class = class_for(length);
        if (class < 0)
                return class;
        r = take_place(s, class, owner, &new);
        if (r < 0)
                return r;
        if (old.units > 0) {
                struct slot *last = last_of(place_at(s, old.at), old.sequence);

                after = last ? last->sequence : 0;
                place_at(s, new.at)->pid = place_at(s, old.at)->pid;
        }
        /* While both are there, the higher sequence number counts. */
        new.sequence = write_slot(place_at(s, new.at), 0, after, data, length);
        THEN();
        record_store_free(s, &old);
        *p = new;
        return 0;
}

void record_store_free(struct record_store *s, struct record_place *p) {
        if (has_place(s, p)) {
                int class = class_of(p->units);

                place_at(s, p->at)->owner = 0;
                if (class >= 0)
                        (void)remember_freed(s, class, p->at); /* else it stays unused until the next supervisor */
        }
        *p = (struct record_place){ 0 };
}

int32_t *record_store_pid_slot(const struct record_store *s, const struct record_place *p) {
        return has_place(s, p) ? &place_at(s, p->at)->pid : NULL;
}

/* ---- reading --------------------------------------------------------------------------------------------------------- */

/* The next place from *at on; NULL: none is left. What is no head of a place is skipped: the next one lies at one of the next
 * units. */
static struct place *next_place(const struct record_store *s, uint32_t *at, unsigned *damaged) {
        bool is_lost = false;

        for (; s->memory && *at < s->used; (*at)++) {
                struct place *p = place_at(s, *at);

                if (p->magic == PLACE_MAGIC && class_of(p->units) >= 0 && *at + p->units <= s->used)
                        return p;
                /* It must not be taken for one again when `used` has grown. */
                if (p->magic == PLACE_MAGIC)
                        p->magic = 0;
                *damaged += !is_lost;
                is_lost = true;
        }
        return NULL;
}

/* Once, when the memory is opened: which places may be given out again. A place whose first write was cut short has no record
 * yet, and is no damage. */
static void survey(struct record_store *s) {
        struct place *p;

        for (uint32_t at = FIRST_UNIT; (p = next_place(s, &at, &s->damaged)); at += p->units) {
                if (p->owner && newest(p))
                        continue;
                s->damaged += p->owner && (slot_of(p, 0)->checksum != 0 || slot_of(p, 1)->checksum != 0);
                p->owner = 0;
                (void)remember_freed(s, class_of(p->units), at);
        }
}

int record_store_next(struct record_store *s, uint32_t *at, struct record_found *ret, unsigned *damaged) {
        uint32_t i = MAX(*at, FIRST_UNIT);
        unsigned counted_already = 0;
        struct place *p;

        if (*at == 0)
                *damaged += s->damaged;
        for (; (p = next_place(s, &i, &counted_already)); i += p->units) {
                struct slot *t = p->owner ? newest(p) : NULL;

                if (!t)
                        continue;
                *ret = (struct record_found){ .owner = (enum record_owner)p->owner,
                                              .place = { i, p->units, t->sequence },
                                              .data = t->data,
                                              .length = t->length,
                                              .sequence = t->sequence,
                                              .spawned_pid = p->pid };
                *at = i + p->units;
                return 1;
        }
        *at = i;
        return 0;
}

/* ---- ends of jobs ---------------------------------------------------------------------------------------------------- */

void record_store_put_end(struct record_store *s, const struct record_end *end) {
        struct record_end *place;

        if (!s->memory)
                return;
        place = &head_of(s)->ends[head_of(s)->end_next % RECORD_ENDS];
        /* While it is being written it is nobody's: half of it is the one before. */
        place->id = 0;
        THEN();
        place->unit_hash = end->unit_hash;
        place->begin_us = end->begin_us;
        place->type = end->type;
        place->result = end->result;
        THEN();
        place->id = end->id;
        THEN();
        head_of(s)->end_next++;
}

int record_store_find_end(const struct record_store *s, bool (*match)(const struct record_end *end, const void *user),
                          const void *user, struct record_end *ret) {
        uint32_t next = s->memory ? head_of(s)->end_next : 0;

        for (uint32_t i = 1; i <= RECORD_ENDS && i <= next; i++) {
                const struct record_end *end = &head_of(s)->ends[(next - i) % RECORD_ENDS];

                if (end->id != 0 && match(end, user)) {
                        *ret = *end;
                        return 0;
                }
        }
        return -ENOENT;
}
