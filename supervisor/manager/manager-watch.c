/* SPDX-License-Identifier: MIT */
/* manager-watch: who is told of an exit, of an emptied cgroup, of an OOM kill. One inotify instance for all cgroups. */
#include "manager-private.h"

#include "base/log.h"
#include "base/sorted.h"
#include "base/sys.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

/* Where the first one is whose pid is not less. */
static size_t find_pid(const struct manager *m, pid_t pid) {
        return SORTED_FIND(m->pids, m->pid_count, pid, pid);
}

static struct object *object_of_pid(const struct manager *m, pid_t pid) {
        size_t i = find_pid(m, pid);
        return i < m->pid_count && m->pids[i].pid == pid ? m->pids[i].object : NULL;
}

/* New pids are mostly the highest: they go to the end. */
int manager_watch_pid(struct host *host, pid_t pid, struct object *o) {
        struct manager *m = host->user;
        size_t i = find_pid(m, pid), behind = m->pid_count - i;
        bool is_there = behind > 0 && m->pids[i].pid == pid;
        if (!o && is_there)
                memmove(&m->pids[i], &m->pids[i + 1], (behind - 1) * sizeof *m->pids), m->pid_count--;
        if (!o)
                return 0;
        if (!is_there && m->pid_count == m->pid_room) {
                size_t room = MAX(m->pid_room + m->pid_room / 2, (size_t)32);
                struct watched_pid *larger = reallocarray(m->pids, room, sizeof *larger);
                if (!larger)
                        return -ENOMEM;
                m->pids = larger;
                m->pid_room = room;
        }
        if (!is_there)
                memmove(&m->pids[i + 1], &m->pids[i], behind * sizeof *m->pids), m->pid_count++;
        m->pids[i] = (struct watched_pid){ pid, o };
        return 0;
}

/* Without cgroups nobody tells when a unit is empty: after exits of strangers, those that wait for it are looked at. */
static int on_sweep(sd_event_source *source UNUSED, void *user) {
        struct manager *m = user;
        for (struct node *n = m->graph.nodes; n; n = n->next) {
                struct object *o = n->object;
                if (o->tracker.mark > 0 && o->ops->cgroup_empty && !is_inactive(object_active_state(o)) &&
                    tracker_is_populated(&o->tracker) == 0)
                        o->ops->cgroup_empty(o);
        }
        return 0;
}

void manager_pid_ended(void *user, const struct keeper_exit *e) {
        struct manager *m = user;
        struct object *o = object_of_pid(m, e->pid);
        if (o)
                o->ops->pid_ended(o, e);
        else if (e->pid == m->logger_pid && e->reaped_us >= m->logger_start_us) /* not one that had its pid before */
                manager_logger_ended(m, e->status);
        if (m->host.cgroups.fd < 0 && m->sweep_source)
                (void)sd_event_source_set_enabled(m->sweep_source, SD_EVENT_ONESHOT);
}

void manager_look_for_lost(struct manager *m) {
        /* One by one: whoever looks may end the watch of this pid, and of others. */
        for (size_t i = 0; i < m->pid_count;) {
                pid_t pid = m->pids[i].pid;
                struct object *o = m->pids[i].object;
                if (o->ops->look_for_lost)
                        o->ops->look_for_lost(o);
                i = find_pid(m, pid + 1);
        }
}

/* NOLINTNEXTLINE(readability-function-size): uthash's macros are many statements */
void manager_unwatch_cgroup(struct host *host, struct object *o) {
        struct manager *m = host->user;
        for (size_t i = 0; i < CGROUP_WATCH_COUNT_; i++) {
                struct watched_cgroup *w;
                int descriptor = o->cgroup_watches[i];
                o->cgroup_watches[i] = -1;
                HASH_FIND_INT(m->cgroups, &descriptor, w);
                if (!w)
                        continue;
                HASH_DEL(m->cgroups, w);
                free(w);
                (void)inotify_rm_watch(m->inotify_fd, descriptor);
        }
}

/* NOLINTNEXTLINE(readability-function-size): uthash's macros are many statements */
int manager_watch_cgroup(struct host *host, struct object *o, enum cgroup_watch what) {
        static const char *const files[] = { [WATCH_EMPTY] = "cgroup.events", [WATCH_OOM] = "memory.events" };
        struct manager *m = host->user;
        if (o->tracker.cgroup_fd < 0 || o->cgroup_watches[what] >= 0)
                return 0;
        owned_fd low = sys_unshelve(o->tracker.cgroup_fd);
        if (low < 0)
                return low;
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d/%s", low, files[what]);
        int descriptor = inotify_add_watch(m->inotify_fd, path, IN_MODIFY);
        if (descriptor < 0)
                return -errno;
        struct watched_cgroup *w = calloc(1, sizeof *w);
        if (!w)
                return -ENOMEM;
        w->descriptor = o->cgroup_watches[what] = descriptor;
        w->what = what;
        w->object = o;
        HASH_ADD_INT(m->cgroups, descriptor, w);
        return 0;
}

static void tell_of_cgroup(const struct watched_cgroup *w) {
        struct object *o = w->object;
        if (w->what == WATCH_OOM)
                o->ops->oom_killed(o);
        else if (tracker_is_populated(&o->tracker) == 0)
                o->ops->cgroup_empty(o);
}

static int on_inotify(sd_event_source *source UNUSED, int fd, uint32_t events UNUSED, void *user) {
        struct manager *m = user;
        union {
                char bytes[4096];
                struct inotify_event align;
        } buffer;
        ssize_t n = sys_read(fd, buffer.bytes, sizeof buffer.bytes);
        for (ssize_t at = 0; at < n;) {
                const struct inotify_event *e = (const void *)(buffer.bytes + at);
                at += (ssize_t)(sizeof *e + e->len);
                struct watched_cgroup *w;
                int descriptor = e->wd;
                HASH_FIND_INT(m->cgroups, &descriptor, w);
                if (w)
                        tell_of_cgroup(w);
        }
        return 0;
}

int manager_open_watches(struct manager *m) {
        m->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (m->inotify_fd < 0)
                return -errno;
        int r = sd_event_add_io(m->event, &m->inotify_source, m->inotify_fd, EPOLLIN, on_inotify, m);
        if (r >= 0)
                r = sd_event_add_defer(m->event, &m->sweep_source, on_sweep, m);
        return r < 0 ? r : sd_event_source_set_enabled(m->sweep_source, SD_EVENT_OFF);
}

void manager_close_watches(struct manager *m) {
        m->inotify_source = sd_event_source_disable_unref(m->inotify_source);
        m->sweep_source = sd_event_source_disable_unref(m->sweep_source);
        close_fd(&m->inotify_fd);
        free(take_ptr(m->pids));
        m->pid_count = m->pid_room = 0;
        struct watched_cgroup *c, *next_cgroup;
        HASH_ITER(hh, m->cgroups, c, next_cgroup) {
                HASH_DEL(m->cgroups, c);
                free(c);
        }
}

struct node *manager_unit_by_pid(struct manager *m, pid_t pid) {
        struct object *o = object_of_pid(m, pid);
        if (o)
                return o->node;
        if (m->host.cgroups.fd >= 0) {
                owned_str path = NULL;
                if (cgroup_of_pid(&m->host.cgroups, pid, &path) < 0)
                        return NULL;
                /* The innermost part that names a unit. */
                for (char *part; path && *path; *part = 0) {
                        part = strrchr(path, '/');
                        struct node *n = graph_find(&m->graph, part ? part + 1 : path);
                        if (n)
                                return n;
                        if (!part)
                                break;
                }
                return NULL;
        }
        for (struct node *n = m->graph.nodes; n; n = n->next)
                if (n->object->tracker.mark > 0 && tracker_has_pid(&n->object->tracker, &m->host.cgroups, pid) > 0)
                        return n;
        return NULL;
}
