/* SPDX-License-Identifier: MIT */
/* seccomp-shorten: a filter to a shorter one that answers the same. The kernel checks, translates and compiles a filter anew for
 * every process that loads it, at a price for each instruction; libseccomp has two of them for each system call. But the calls
 * of a list lie close together: a tree over the ranges of numbers with the same answer is a fifth of it.
 *
 * A filter is first followed for all numbers at once, from branch to branch with the range of numbers that comes there, until
 * it answers or looks at something else than architecture and number. What then follows is copied as it is. Nothing is
 * assumed of how libseccomp writes its filters; one with anything that is not known here stays as it was.
 */
#include "seccomp-private.h"

#include <errno.h>

#define NEAR_MAX 250u /* of a conditional jump, whose distance is a byte; less what may yet come between */

struct range {
        uint32_t first; /* up to that of the next one */
        size_t leaf; /* the instruction at which the number has done its part */
};

enum accumulator { ACCUMULATOR_UNSET, ACCUMULATOR_ARCH, ACCUMULATOR_NUMBER };

struct walk {
        const struct sock_filter *code;
        size_t length;
        uint32_t arch; /* of the calls that are followed */
        struct range *ranges;
        size_t count;
};

/* ---- following ------------------------------------------------------------------------------------------------------ */

static bool is_answer(const struct sock_filter *i) {
        return i->code == (BPF_RET | BPF_K);
}

/* In the order of numbers, for what has the same answer there is one range. Of equal answers the first stands for all. */
static void add_range(struct walk *w, uint32_t first, size_t leaf) {
        for (size_t i = 0; i < w->count && is_answer(&w->code[leaf]); i++)
                if (is_answer(&w->code[w->ranges[i].leaf]) && w->code[w->ranges[i].leaf].k == w->code[leaf].k)
                        leaf = w->ranges[i].leaf;
        if (w->count == 0 || w->ranges[w->count - 1].leaf != leaf)
                w->ranges[w->count++] = (struct range){ first, leaf };
}

static int follow(struct walk *w, size_t at, uint32_t low, uint32_t high, enum accumulator a);

/* The numbers below `from`, those up to `to`, and those above go where they have to. */
static int follow_branches(struct walk *w, size_t at, uint32_t low, uint32_t high, uint64_t from, uint64_t to) {
        size_t if_true = at + 1 + w->code[at].jt, if_false = at + 1 + w->code[at].jf;
        int r = 0;

        if (low < from)
                r = follow(w, if_false, low, (uint32_t)MIN((uint64_t)high, from - 1), ACCUMULATOR_NUMBER);
        if (r >= 0 && low <= to && high >= from)
                r = follow(w, if_true, (uint32_t)MAX((uint64_t)low, from), (uint32_t)MIN((uint64_t)high, to),
                           ACCUMULATOR_NUMBER);
        if (r >= 0 && high > to)
                r = follow(w, if_false, (uint32_t)MAX((uint64_t)low, to + 1), high, ACCUMULATOR_NUMBER);
        return r;
}

/* The values for which a jump is taken. */
static int taken_for(const struct sock_filter *i, uint64_t *from, uint64_t *to) {
        *from = *to = i->k;
        switch (i->code) {
        case BPF_JMP | BPF_JEQ | BPF_K:
                return 0;
        case BPF_JMP | BPF_JGT | BPF_K:
                *from = (uint64_t)i->k + 1;
                break;
        case BPF_JMP | BPF_JGE | BPF_K:
                break;
        default:
                return -ENOTSUP;
        }
        *to = UINT32_MAX;
        return 0;
}

static int follow(struct walk *w, size_t at, uint32_t low, uint32_t high, enum accumulator a) {
        while (at < w->length) {
                const struct sock_filter *i = &w->code[at];
                uint64_t from, to;

                if (i->code == (BPF_LD | BPF_W | BPF_ABS) && i->k == offsetof(struct seccomp_data, nr)) {
                        a = ACCUMULATOR_NUMBER;
                        at++;
                } else if (i->code == (BPF_LD | BPF_W | BPF_ABS) && i->k == offsetof(struct seccomp_data, arch)) {
                        a = ACCUMULATOR_ARCH;
                        at++;
                } else if (i->code == (BPF_LD | BPF_W | BPF_ABS) || is_answer(i)) {
                        add_range(w, low, at);
                        return 0;
                } else if (i->code == (BPF_JMP | BPF_JA)) {
                        at += 1 + (size_t)i->k;
                } else if (a == ACCUMULATOR_UNSET || taken_for(i, &from, &to) < 0) {
                        return -ENOTSUP;
                } else if (a == ACCUMULATOR_ARCH) {
                        at += 1 + (size_t)(w->arch >= from && w->arch <= to ? i->jt : i->jf);
                } else {
                        return follow_branches(w, at, low, high, from, to);
                }
        }
        return -ENOTSUP;
}

/* ---- writing: from the end to the beginning, since all jumps go forward ----------------------------------------------- */

struct writing {
        const struct walk *walk;
        struct sock_filter *out;
        size_t begin; /* what is written so far goes from here to the end */
        size_t *places; /* of the old instructions, in the new program */
};

static size_t put(struct writing *w, uint16_t code, uint32_t k, size_t if_true, size_t if_false) {
        w->out[--w->begin] = (struct sock_filter){ code, (uint8_t)if_true, (uint8_t)if_false, k };
        return w->begin;
}

/* Something that can be jumped to from in front of all that is written, and does the same. */
static size_t near(struct writing *w, size_t target) {
        const struct sock_filter *i = &w->out[target];

        if (target - w->begin <= NEAR_MAX)
                return target;
        if (!is_answer(i))
                return put(w, BPF_JMP | BPF_JA, (uint32_t)(target - w->begin), 0, 0);
        for (size_t at = w->begin; at < w->begin + NEAR_MAX; at++)
                if (is_answer(&w->out[at]) && w->out[at].k == i->k)
                        return at;
        return put(w, i->code, i->k, 0, 0);
}

static void put_branch(struct writing *w, uint16_t code, uint32_t k, size_t if_true, size_t if_false) {
        if_true = near(w, if_true);
        if_false = near(w, if_false);
        (void)put(w, code, k, if_true - w->begin, if_false - w->begin);
}

/* All that can come after the number has done its part. Jumps get shorter at most. */
static void put_leaves(struct writing *w, bool *is_reached, size_t foreign) {
        const struct walk *from = w->walk;

        is_reached[foreign] = true;
        for (size_t i = 0; i < from->count; i++)
                is_reached[from->ranges[i].leaf] = true;
        for (size_t at = 0; at < from->length; at++) {
                const struct sock_filter *i = &from->code[at];

                if (!is_reached[at] || BPF_CLASS(i->code) == BPF_RET)
                        continue;
                if (i->code == (BPF_JMP | BPF_JA))
                        is_reached[at + 1 + i->k] = true;
                else
                        is_reached[at + 1 + i->jt] = is_reached[at + 1 + i->jf] = true;
        }
        for (size_t at = from->length; at-- > 0;) {
                struct sock_filter i = from->code[at];

                if (!is_reached[at])
                        continue;
                if (i.code == (BPF_JMP | BPF_JA))
                        i.k = (uint32_t)(w->places[at + 1 + i.k] - w->begin);
                else if (BPF_CLASS(i.code) == BPF_JMP) {
                        i.jt = (uint8_t)(w->places[at + 1 + i.jt] - w->begin);
                        i.jf = (uint8_t)(w->places[at + 1 + i.jf] - w->begin);
                }
                w->places[at] = put(w, i.code, i.k, i.jt, i.jf);
        }
}

/* A tree over so many ranges from this one on; where it begins. */
static size_t put_tree(struct writing *w, const struct range *ranges, size_t count) {
        size_t below, above;

        if (count == 1)
                return w->places[ranges->leaf];
        above = put_tree(w, ranges + count / 2, count - count / 2);
        below = put_tree(w, ranges, count / 2);
        put_branch(w, BPF_JMP | BPF_JGE | BPF_K, ranges[count / 2].first, above, below);
        return w->begin;
}

static void put_beginning(struct writing *w, size_t tree, size_t foreign) {
        size_t number;

        if (tree != w->begin)
                (void)put(w, BPF_JMP | BPF_JA, (uint32_t)(tree - w->begin), 0, 0);
        number = put(w, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
        put_branch(w, BPF_JMP | BPF_JEQ | BPF_K, w->walk->arch, number, w->places[foreign]);
        (void)put(w, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
}

/* ---- together ------------------------------------------------------------------------------------------------------- */

/* Every jump is within the program, so that what is copied needs no second look. */
static bool is_sound(const struct sock_filter *code, size_t length) {
        for (size_t at = 0; at < length; at++) {
                const struct sock_filter *i = &code[at];
                bool is_jump = BPF_CLASS(i->code) == BPF_JMP, is_always = i->code == (BPF_JMP | BPF_JA);
                uint64_t furthest = is_always ? i->k : is_jump ? MAX(i->jt, i->jf) : 0;

                if (BPF_CLASS(i->code) != BPF_RET && at + 1 + furthest >= length)
                        return false;
        }
        return true;
}

int seccomp_shorten(struct sock_filter *code, size_t *length, uint32_t arch) {
        size_t n = *length, room = 8 * n + 32,
               foreign; /* two branches for each instruction, and near() for both of their ways */
        owned_mem struct range *ranges = calloc(2 * n + 1, sizeof *ranges);
        owned_mem struct sock_filter *out = calloc(room, sizeof *out);
        owned_mem size_t *places = calloc(n, sizeof *places);
        owned_mem bool *is_reached = calloc(n, sizeof *is_reached);
        struct walk walk = { .code = code, .length = n, .arch = ~arch, .ranges = ranges };
        struct writing w = { .walk = &walk, .out = out, .begin = room, .places = places };

        if (!ranges || !out || !places || !is_reached)
                return -ENOMEM;
        if (!is_sound(code, n) || follow(&walk, 0, 0, UINT32_MAX, ACCUMULATOR_UNSET) < 0 || walk.count != 1 ||
            !is_answer(&code[ranges->leaf]))
                return -ENOTSUP;
        foreign = ranges->leaf;
        walk.count = 0;
        walk.arch = arch;
        if (follow(&walk, 0, 0, UINT32_MAX, ACCUMULATOR_UNSET) < 0)
                return -ENOTSUP;
        put_leaves(&w, is_reached, foreign);
        put_beginning(&w, put_tree(&w, ranges, walk.count), foreign);
        if (room - w.begin >= n)
                return -ENOTSUP;
        *length = room - w.begin;
        memcpy(code, out + w.begin, *length * sizeof *code);
        return 0;
}
