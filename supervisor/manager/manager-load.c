/* SPDX-License-Identifier: MIT */
/* manager-load: where units come from, and the edges between them: what the files say, and systemd's defaults. */
#include "manager-private.h"

#include "init/wire.h"
#include "base/footprint.h"
#include "base/log.h"
#include "base/sys.h"
#include "unit/architecture.h"
#include "unit/search-path.h"
#include "unit/unit-path.h"

#include <errno.h>
#include <sys/utsname.h>
#include <systemd/sd-id128.h>

static void on_diag(struct diag *d UNUSED, enum diag_level level, const char *text) {
        log_unit(level == DIAG_ERROR     ? LOG_LEVEL_ERROR
                 : level == DIAG_WARNING ? LOG_LEVEL_WARNING
                                         : LOG_LEVEL_INFO,
                 NULL, "%s", text);
}

/* A machine, or a container that keel is the system of, wants more than services; `keel run` beside a host must not. */
static int open_search_path(struct manager *m) {
        unsigned parts = m->options.is_system ? SEARCH_PATH_SYSTEM | SEARCH_PATH_MACHINE : 0;
        if (m->keeper->flags & WIRE_FLAG_MACHINE)
                parts |= SEARCH_PATH_MACHINE;
        int r = strv_add_all(&m->context.search_path, m->options.unit_directories);
        return r < 0 ? r : search_path_add(&m->context.search_path, parts);
}

static char *id_text(int (*get)(sd_id128_t *)) {
        sd_id128_t id;
        char text[SD_ID128_STRING_MAX];
        return get(&id) >= 0 ? strdup(sd_id128_to_string(id, text)) : strdup("");
}

int manager_open_context(struct manager *m) {
        struct utsname names;
        m->diag = (struct diag){ .message = on_diag };
        m->context = (struct unit_context){ .runtime_root = "/run",
                                            .state_root = "/var/lib",
                                            .cache_root = "/var/cache",
                                            .logs_root = "/var/log",
                                            .user_name = "root",
                                            .user_home = "/root",
                                            .user_shell = "/bin/sh",
                                            .uid = getuid(),
                                            .gid = getgid(),
                                            .diag = &m->diag };
        if (uname(&names) < 0)
                return -errno;
        m->context.host_name = m->host_name = strdup(names.nodename);
        m->context.kernel_release = m->kernel_release = strdup(names.release);
        m->context.architecture = m->architecture = strdup(architecture_name() ? architecture_name() : names.machine);
        m->context.machine_id = m->machine_id = id_text(sd_id128_get_machine);
        if (!m->host_name || !m->kernel_release || !m->architecture || !m->machine_id)
                return -ENOMEM;
        int r = open_search_path(m);
        return r < 0 ? r : unit_path_cache_new(m->context.search_path, &m->context.path_cache);
}

void manager_close_context(struct manager *m) {
        unit_path_cache_free(m->context.path_cache);
        strv_free(m->context.search_path);
        free(m->host_name);
        free(m->kernel_release);
        free(m->architecture);
        free(m->machine_id);
}

/* ---- nodes ---- */

static int load_unit(struct manager *m, const char *name, struct unit **ret) {
        int r = unit_load(&m->context, name, ret);
        if (r < 0)
                return r;
        /* Slices need no file. */
        if ((*ret)->type == UNIT_SLICE && (*ret)->load_state == UNIT_NOT_FOUND) {
                unit_free(*ret);
                return unit_new_builtin(name, "Slice", ret);
        }
        return 0;
}

/* A node of this unit, which nobody had by this name, or of the one of which it is another name. Takes the unit over. */
static int adopt_unit(struct manager *m, const char *name, struct unit *u, struct node **ret, bool *is_new) {
        bool has_other_name = !text_equal(u->name, name);
        struct node *n = has_other_name ? graph_find(&m->graph, u->name) : NULL;
        *is_new = !n;
        int r = 0;
        if (n)
                unit_free(u);
        else {
                struct object *o = object_new(&m->host, u);
                r = o ? graph_add(&m->graph, o, &n) : -ENOMEM;
                if (r < 0)
                        return r;
                STRV_EACH(alias, n->object->unit->aliases)
                        (void)graph_add_name(&m->graph, n, alias);
        }
        if (has_other_name)
                r = graph_add_name(&m->graph, n, name);
        *ret = n;
        return r == -EEXIST ? 0 : r;
}

static int load_node(struct manager *m, const char *name, struct node **ret) {
        struct node *n = graph_find(&m->graph, name);
        if (n) {
                *ret = n;
                return 0;
        }
        struct unit *u;
        int r = load_unit(m, name, &u);
        if (r < 0)
                return r;
        bool is_new;
        r = adopt_unit(m, name, u, &n, &is_new);
        if (r < 0)
                return r;
        *ret = n;
        if (!is_new)
                return 0;
        r = manager_relate(m, n);
        if (m->listener.unit_new)
                m->listener.unit_new(m->listener.user, n);
        return r;
}

/* A file may have come since: look again. */
static void load_again(struct manager *m, struct node *n, const char *name) {
        struct unit *u;
        if (load_unit(m, name, &u) < 0)
                return;
        if (u->load_state == UNIT_LOADED && text_equal(u->name, n->name) && u->type == n->object->unit->type) {
                object_replace_unit(n->object, u);
                (void)manager_relate(m, n);
        } else
                unit_free(u);
}

int manager_load_unit(struct manager *m, const char *name, struct node **ret) {
        if (!unit_name_is_valid(name))
                return -EINVAL;
        struct node *n = graph_find(&m->graph, name);
        unit_path_cache_hold(m->context.path_cache);
        /* As long as nothing depends on what we knew. */
        if (n && n->object->unit->load_state != UNIT_LOADED && is_inactive(object_active_state(n->object)) && !n->job)
                load_again(m, n, name);
        int r = load_node(m, name, ret);
        unit_path_cache_release(m->context.path_cache);
        return r;
}

/* ---- edges ---- */

/* With all of these relations. */
static int relate(struct manager *m, struct node *n, uint32_t relations, const char *name) {
        struct node *other;
        int r = load_node(m, name, &other);
        if (r == -EINVAL)
                return 0; /* the parser has said so */
        for (int relation = 0; r >= 0 && relations >> relation; relation++)
                if (relations >> relation & 1)
                        r = graph_relate(n, (enum relation)relation, other);
        return r;
}

static const signed char relation_of[DEPENDENCY_COUNT_] = {
        [DEPENDENCY_REQUIRES] = RELATION_REQUIRES,
        [DEPENDENCY_REQUISITE] = RELATION_REQUISITE,
        [DEPENDENCY_WANTS] = RELATION_WANTS,
        [DEPENDENCY_BINDS_TO] = RELATION_BINDS_TO,
        [DEPENDENCY_PART_OF] = RELATION_PART_OF,
        [DEPENDENCY_UPHOLDS] = RELATION_UPHOLDS,
        [DEPENDENCY_CONFLICTS] = RELATION_CONFLICTS,
        [DEPENDENCY_BEFORE] = RELATION_BEFORE,
        [DEPENDENCY_AFTER] = RELATION_AFTER,
        [DEPENDENCY_ON_FAILURE] = RELATION_ON_FAILURE,
        [DEPENDENCY_ON_SUCCESS] = RELATION_ON_SUCCESS,
        [DEPENDENCY_PROPAGATES_RELOAD_TO] = RELATION_PROPAGATES_RELOAD_TO,
        [DEPENDENCY_RELOAD_PROPAGATED_FROM] = RELATION_RELOAD_PROPAGATED_FROM,
        [DEPENDENCY_PROPAGATES_STOP_TO] = RELATION_PROPAGATES_STOP_TO,
        [DEPENDENCY_STOP_PROPAGATED_FROM] = RELATION_STOP_PROPAGATED_FROM,
        [DEPENDENCY_JOINS_NAMESPACE_OF] = -1,
        [DEPENDENCY_SOCKETS] = RELATION_WANTS,
};

static int relate_files(struct manager *m, struct node *n) {
        for (int kind = 0; kind < DEPENDENCY_COUNT_; kind++) {
                if (relation_of[kind] < 0)
                        continue;
                STRV_EACH(name, n->object->unit->unit->dependencies[kind]) {
                        int r = relate(m, n, 1u << relation_of[kind], name);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

struct default_edge {
        uint32_t relations;
        const char *name;
};

static int relate_defaults(struct manager *m, struct node *n) {
        static const struct default_edge of_services[] = {
                { RELATION_BIT(REQUIRES) | RELATION_BIT(AFTER), "sysinit.target" },
                { RELATION_BIT(AFTER), "basic.target" },
                { RELATION_BIT(CONFLICTS) | RELATION_BIT(BEFORE), "shutdown.target" },
        };
        const struct unit *u = n->object->unit;
        if (!u->unit->default_dependencies || text_equal(u->name, "shutdown.target"))
                return 0;
        /* Targets and slices: only that they go at shutdown. */
        size_t first = u->type == UNIT_TARGET || u->type == UNIT_SLICE ? 2 : 0;
        for (size_t i = first; i < ARRAY_LEN(of_services); i++) {
                int r = relate(m, n, of_services[i].relations, of_services[i].name);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* A target comes after what it pulls in, unless that says it comes after the target. */
static int order_target(struct node *n) {
        size_t count;
        uint32_t pulled = RELATION_BIT(WANTS) | RELATION_BIT(REQUIRES) | RELATION_BIT(BINDS_TO) |
                          RELATION_BIT(UPHOLDS) | RELATION_BIT(REQUISITE) | RELATION_BIT(PART_OF);
        const struct edge *edges = graph_edges(n, &count);
        for (size_t i = 0; i < count; i++) {
                if (!(edges[i].relations & pulled) ||
                    (edges[i].relations & (RELATION_BIT(BEFORE) | RELATION_BIT(AFTER))) ||
                    !edges[i].to->object->unit->unit->default_dependencies)
                        continue;
                int r = graph_relate_edge(n, i, RELATION_AFTER);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int relate_slice(struct manager *m, struct node *n) {
        const struct unit *u = n->object->unit;
        if (!u->cgroup || text_equal(u->name, "-.slice"))
                return 0;
        owned_str slice = NULL;
        int r = u->cgroup->slice ? text_replace(&slice, u->cgroup->slice) : unit_default_slice(u, &slice);
        return r < 0 ? r : relate(m, n, RELATION_BIT(REQUIRES) | RELATION_BIT(AFTER), slice);
}

/* RequiresMountsFor=, until there are mount units: the file systems of /etc/fstab are there with local-fs.target, unless the unit
 * says that it helps to mount them. */
static int relate_mounts(struct manager *m, struct node *n) {
        static const char target[] = "local-fs.target";
        struct node *other;
        if (!n->object->unit->unit->requires_mounts_for)
                return 0;
        int r = load_node(m, target, &other);
        if (r < 0 || graph_related(n, other, RELATION_BIT(BEFORE)))
                return r;
        r = graph_relate(n, RELATION_AFTER, other);
        return r < 0 ? r : graph_relate(n, RELATION_WANTS, other);
}

int manager_relate(struct manager *m, struct node *n) {
        const struct unit *u = n->object->unit;
        if (u->load_state != UNIT_LOADED)
                return 0;
        int r = relate_files(m, n);
        STRV_EACH(name, u->unit->dependencies[DEPENDENCY_SOCKETS])
                r = r < 0 ? r : relate(m, n, RELATION_BIT(AFTER), name);
        if (r >= 0)
                r = relate_mounts(m, n);
        if (r >= 0)
                r = relate_defaults(m, n);
        if (r >= 0 && u->type == UNIT_TARGET && u->unit->default_dependencies)
                r = order_target(n);
        return r < 0 ? r : relate_slice(m, n);
}

int manager_reload(struct manager *m) {
        if (m->listener.reloading)
                m->listener.reloading(m->listener.user, true);
        unit_path_cache_hold(m->context.path_cache);
        for (struct node *n = m->graph.nodes; n; n = n->next) {
                struct unit *u;
                int r = load_unit(m, n->name, &u);
                if (r < 0)
                        continue;
                /* What runs keeps its old words when its file is gone. */
                bool is_lost = u->load_state == UNIT_NOT_FOUND && !is_inactive(object_active_state(n->object));
                if (is_lost || u->type != n->object->unit->type || !text_equal(u->name, n->name))
                        unit_free(u);
                else
                        object_replace_unit(n->object, u);
        }
        graph_forget_edges(&m->graph);
        int r = 0;
        for (struct node *n = m->graph.nodes; n && r >= 0; n = n->next)
                r = manager_relate(m, n);
        unit_path_cache_release(m->context.path_cache);
        unit_path_cache_forget(m->context.path_cache);
        footprint_shrink();
        if (m->listener.reloading)
                m->listener.reloading(m->listener.user, false);
        return r;
}
