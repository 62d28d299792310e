/* SPDX-License-Identifier: MIT */
/* mount-arrange: the sorting and thinning out of the entries that mount-entries.c has gathered; pure. */
#include "mount-entries.h"

#include "base/text.h"

void mount_entry_free(struct mount_entry *e) {
        free(e->path);
        free(e->source);
        free(e->options);
}

void mount_entries_free(struct mount_entries *entries) {
        for (size_t i = 0; i < entries->count; i++)
                mount_entry_free(&entries->items[i]);
        free(entries->items);
        *entries = (struct mount_entries){ 0 };
}

/* As strcmp, but '/' sorts before everything else: what is below a directory comes right after it. */
static int compare_paths(const char *a, const char *b) {
        while (*a && *a == *b) {
                a++;
                b++;
        }
        if (*a == *b)
                return 0;
        if (!*a || !*b)
                return *a ? 1 : -1;
        if (*a == '/' || *b == '/')
                return *a == '/' ? -1 : 1;
        return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int compare_entries(const void *a, const void *b) {
        const struct mount_entry *x = a, *y = b;
        int r = compare_paths(x->path, y->path);

        if (r == 0)
                r = (int)x->tree - (int)y->tree;
        return r != 0 ? r : x->order < y->order ? -1 : 1;
}

static void merge(struct mount_entry *into, struct mount_entry *from) {
        into->set |= from->set;
        into->clear |= from->clear;
        into->is_optional = into->is_optional && from->is_optional;
        mount_entry_free(from);
}

/* One entry per path; nothing below what is inaccessible. */
static void merge_entries(struct mount_entries *entries) {
        size_t kept = 0;
        const struct mount_entry *wall = NULL;

        for (size_t i = 0; i < entries->count; i++) {
                struct mount_entry *e = &entries->items[i], *last = kept > 0 ? &entries->items[kept - 1] : NULL;

                if (last && text_equal(last->path, e->path))
                        merge(last, e);
                else if (wall && path_is_below(e->path, wall->path))
                        mount_entry_free(e);
                else {
                        entries->items[kept] = *e;
                        last = &entries->items[kept++];
                        if (last->tree == TREE_INACCESSIBLE)
                                wall = last;
                }
        }
        entries->count = kept;
}

static void inherit(struct mount_entries *entries, size_t i) {
        struct mount_entry *e = &entries->items[i];
        const struct mount_entry *parent;
        int p = (int)i - 1;

        while (p >= 0 && !path_is_below(e->path, entries->items[p].path))
                p = entries->items[p].parent;
        parent = p >= 0 ? &entries->items[p] : NULL;
        e->parent = p;
        e->region = !parent ? -1 : parent->tree != TREE_SAME ? p : parent->region;
        if (e->tree != TREE_SAME)
                e->effective = e->set;
        else
                e->effective = ((parent ? parent->effective : 0) & ~e->clear) | e->set;
}

void mount_entries_arrange(struct mount_entries *entries) {
        if (entries->count == 0)
                return;
        qsort(entries->items, entries->count, sizeof(*entries->items), compare_entries);
        merge_entries(entries);
        for (size_t i = 0; i < entries->count; i++)
                inherit(entries, i);
}
