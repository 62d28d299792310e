/* SPDX-License-Identifier: MIT */
/* graph: units and what they say of each other. An edge carries a set of relations; both ends have it, the far end with the
 * reverse relations.
 */
#pragma once

#include "service/object.h"

#include "base/hash.h"

/* Relations, each with its reverse: X(RELATION, REVERSE, "Name as a property") */
#define RELATIONS(X) \
        X(REQUIRES, REQUIRED_BY, "Requires") \
        X(REQUIRED_BY, REQUIRES, "RequiredBy") \
        X(REQUISITE, REQUISITE_OF, "Requisite") \
        X(REQUISITE_OF, REQUISITE, "RequisiteOf") \
        X(WANTS, WANTED_BY, "Wants") \
        X(WANTED_BY, WANTS, "WantedBy") \
        X(BINDS_TO, BOUND_BY, "BindsTo") \
        X(BOUND_BY, BINDS_TO, "BoundBy") \
        X(PART_OF, CONSISTS_OF, "PartOf") \
        X(CONSISTS_OF, PART_OF, "ConsistsOf") \
        X(UPHOLDS, UPHELD_BY, "Upholds") \
        X(UPHELD_BY, UPHOLDS, "UpheldBy") \
        X(CONFLICTS, CONFLICTED_BY, "Conflicts") \
        X(CONFLICTED_BY, CONFLICTS, "ConflictedBy") \
        X(BEFORE, AFTER, "Before") \
        X(AFTER, BEFORE, "After") \
        X(ON_FAILURE, ON_FAILURE_OF, "OnFailure") \
        X(ON_FAILURE_OF, ON_FAILURE, "OnFailureOf") \
        X(ON_SUCCESS, ON_SUCCESS_OF, "OnSuccess") \
        X(ON_SUCCESS_OF, ON_SUCCESS, "OnSuccessOf") \
        X(PROPAGATES_RELOAD_TO, RELOAD_PROPAGATED_FROM, "PropagatesReloadTo") \
        X(RELOAD_PROPAGATED_FROM, PROPAGATES_RELOAD_TO, "ReloadPropagatedFrom") \
        X(PROPAGATES_STOP_TO, STOP_PROPAGATED_FROM, "PropagatesStopTo") \
        X(STOP_PROPAGATED_FROM, PROPAGATES_STOP_TO, "StopPropagatedFrom") \
        X(TRIGGERS, TRIGGERED_BY, "Triggers") \
        X(TRIGGERED_BY, TRIGGERS, "TriggeredBy")

enum relation {
#define X(name, reverse, property) RELATION_##name,
        RELATIONS(X)
#undef X
        RELATION_COUNT_
};
#define RELATION_BIT(name) (1u << RELATION_##name)
const char *relation_name(enum relation r);

/* Without the gap at its end: there are ten for each unit. */
struct edge {
        struct node *to;
        uint32_t relations; /* bits */
} __attribute__((packed, aligned(4)));

struct job;

struct node {
        const char *name;      /* the unit's id; its name_entry's */
        struct object *object; /* never NULL in the graph */
        struct edge *edges;    /* one per neighbour once sorted */
        uint32_t edge_count, edge_room;
        struct job *job; /* installed, or NULL */
        void *walk;      /* of one transaction: its tentative jobs of this node */
        bool edges_sorted;
        bool in_queue;   /* of the manager's walk over units whose dependencies are to be loaded */
        unsigned checks, check_count; /* of the manager's look at what others make of its state */
        uint64_t check_window_us;
        struct node *next_check;
        void *bus;       /* of the api */
        struct node *prev, *next; /* all that there are */
};

struct name_entry { /* every name, aliases too */
        struct node *node;
        UT_hash_handle hh;
        char name[];
};

struct graph {
        struct node *nodes;       /* a list, in the order in which they came */
        struct name_entry *names; /* hash by any name */
        size_t node_count;
};

struct node *graph_find(const struct graph *g, const char *name); /* by any of its names, or NULL */
int graph_add(struct graph *g, struct object *object, struct node **ret); /* takes the object over */
int graph_add_name(struct graph *g, struct node *node, const char *name); /* -EEXIST when it is another unit's */
void graph_clear(struct graph *g);

int graph_relate(struct node *from, enum relation relation, struct node *to);
/* The same for one of graph_edges(from) by its number: no edge of that node comes or moves. */
int graph_relate_edge(struct node *from, size_t index, enum relation relation);
/* Removes all edges, for daemon-reload. */
void graph_forget_edges(struct graph *g);

const struct edge *graph_edges(struct node *n, size_t *count); /* sorted and merged */
bool graph_related(struct node *from, struct node *to, uint32_t relations);

/* NODE_EACH(other, node, mask) { … other->name … }: the neighbours with one of these relations; its edge is node->edges[i_other].
 * The body may end jobs and change states, but must not add edges to node. */
#define NODE_EACH(other, of, mask) \
        for (size_t i_##other = ((void)graph_edges((of), NULL), 0); i_##other < (of)->edge_count; i_##other++) \
                for (struct node *other = (of)->edges[i_##other].relations & (mask) ? (of)->edges[i_##other].to : NULL; other; other = NULL)
