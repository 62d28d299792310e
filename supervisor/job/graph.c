/* SPDX-License-Identifier: MIT */
/* graph: see graph.h. */
#include "graph.h"

#include <errno.h>
#include <utlist.h>

static const struct {
        enum relation reverse;
        const char *name;
} relations[RELATION_COUNT_] = {
#define X(relation, opposite, property) [RELATION_##relation] = { RELATION_##opposite, property },
        RELATIONS(X)
#undef X
};

const char *relation_name(enum relation r) {
        return r < RELATION_COUNT_ ? relations[r].name : "?";
}

struct node *graph_find(const struct graph *g, const char *name) {
        struct name_entry *e;
        HASH_FIND_STR(g->names, name, e);
        return e ? e->node : NULL;
}

/* NOLINTNEXTLINE(readability-function-size): uthash's macros are many statements */
int graph_add_name(struct graph *g, struct node *node, const char *name) {
        struct name_entry *e;
        size_t length = strlen(name);
        unsigned hash = (unsigned)text_hash(name, length);
        HASH_FIND_BYHASHVALUE(hh, g->names, name, length, hash, e);
        if (e)
                return e->node == node ? 0 : -EEXIST;
        e = calloc(1, sizeof *e + length + 1);
        if (!e)
                return -ENOMEM;
        memcpy(e->name, name, length + 1);
        e->node = node;
        if (!node->name) /* the first is its id */
                node->name = e->name;
        HASH_ADD_KEYPTR_BYHASHVALUE(hh, g->names, e->name, length, hash, e);
        return 0;
}

int graph_add(struct graph *g, struct object *object, struct node **ret) {
        struct node *n = calloc(1, sizeof *n);
        if (!n) {
                object_free(object);
                return -ENOMEM;
        }
        n->object = object;
        object->node = n;
        int r = graph_add_name(g, n, object->unit->name);
        if (r < 0) {
                object_free(object);
                free(n);
                return r;
        }
        DL_APPEND(g->nodes, n);
        g->node_count++;
        *ret = n;
        return 0;
}

static void forget_node_edges(struct node *n) {
        free(n->edges);
        n->edges = NULL;
        n->edge_count = n->edge_room = 0;
        n->edges_sorted = true;
}

void graph_clear(struct graph *g) {
        struct name_entry *e, *next_entry;
        HASH_ITER(hh, g->names, e, next_entry) {
                HASH_DEL(g->names, e);
                free(e);
        }
        struct node *n, *next;
        DL_FOREACH_SAFE(g->nodes, n, next) {
                DL_DELETE(g->nodes, n);
                forget_node_edges(n);
                object_free(n->object);
                free(n);
        }
        g->node_count = 0;
}

void graph_forget_edges(struct graph *g) {
        for (struct node *n = g->nodes; n; n = n->next)
                forget_node_edges(n);
}

static int add_edge(struct node *from, struct node *to, uint32_t bit) {
        if (from->edge_count > 0 && from->edges[from->edge_count - 1].to == to) {
                from->edges[from->edge_count - 1].relations |= bit;
                return 0;
        }
        if (from->edge_count == from->edge_room) {
                size_t room = MAX(from->edge_room * 2, (size_t)8);
                struct edge *longer = reallocarray(from->edges, room, sizeof *longer);
                if (!longer)
                        return -ENOMEM;
                from->edges = longer;
                from->edge_room = (uint32_t)room;
        }
        from->edges[from->edge_count++] = (struct edge){ to, bit };
        from->edges_sorted = false;
        return 0;
}

int graph_relate(struct node *from, enum relation relation, struct node *to) {
        if (from == to)
                return 0;
        int r = add_edge(from, to, 1u << relation);
        return r < 0 ? r : add_edge(to, from, 1u << relations[relation].reverse);
}

int graph_relate_edge(struct node *from, size_t index, enum relation relation) {
        struct edge *e = &from->edges[index];
        int r = add_edge(e->to, from, 1u << relations[relation].reverse);
        if (r == 0)
                e->relations |= 1u << relation;
        return r;
}

/* By name, not by address: walks come in the same order in every run. */
static int compare_edges(const void *a, const void *b) {
        const struct edge *x = a, *y = b;
        return x->to == y->to ? 0 : strcmp(x->to->name, y->to->name);
}

const struct edge *graph_edges(struct node *n, size_t *count) {
        if (!n->edges_sorted && n->edge_count > 1) {
                qsort(n->edges, n->edge_count, sizeof *n->edges, compare_edges);
                size_t kept = 0;
                for (size_t i = 1; i < n->edge_count; i++)
                        if (n->edges[i].to == n->edges[kept].to)
                                n->edges[kept].relations |= n->edges[i].relations;
                        else
                                n->edges[++kept] = n->edges[i];
                n->edge_count = (uint32_t)kept + 1;
                struct edge *shorter = reallocarray(n->edges, n->edge_count, sizeof *n->edges);
                if (shorter) {
                        n->edges = shorter;
                        n->edge_room = n->edge_count;
                }
        }
        n->edges_sorted = true;
        if (count)
                *count = n->edge_count;
        return n->edges;
}

bool graph_related(struct node *from, struct node *to, uint32_t mask) {
        size_t count;
        const struct edge *edges = graph_edges(from, &count);
        size_t low = 0, high = count;
        while (low < high) {
                size_t middle = (low + high) / 2;
                int c = strcmp(edges[middle].to->name, to->name);
                if (c == 0)
                        return edges[middle].relations & mask;
                if (c < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return false;
}
