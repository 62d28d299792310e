/* SPDX-License-Identifier: MIT */
/* manager-log: one pipe per service whose output is logged, from its first start until its end.
 *
 * PID 1 keeps an O_RDWR fd of each pipe (both ends at once) from before the service's start, so neither our death nor the
 * logger's closes it: a service never gets SIGPIPE, and what nobody has read yet waits for the next logger. What the logger
 * must hear is noted here (due) and told when its line has room: a logger that hangs never holds us up.
 */
#include "manager-private.h"

#include "init/wire.h"
#include "base/log.h"
#include "base/logger-line.h"
#include "base/sys.h"
#include "plan/plan.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <utlist.h>

enum { LOG_DUE_ADD = 1 << 0, LOG_DUE_BREAK = 1 << 1, LOG_DUE_REMOVE = 1 << 2 };

#define KEPT     "log:"
#define NAME_CUT 90

static int reopen(int fd, int flags) {
        owned_fd low = sys_unshelve(fd);
        if (low < 0)
                return low;
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", low);
        return sys_openat(AT_FDCWD, path, flags | O_CLOEXEC, 0);
}

/* ---- telling ---- */

/* How a unit's lines look; made up by the logger. */
struct log_looks {
        uint32_t flags;
        unsigned priority;
        char identifier[LOGGER_IDENTIFIER_MAX];
};

static struct log_looks looks_of(struct manager *m, const struct log_pipe *p) {
        struct node *n = graph_find(&m->graph, p->unit);
        const struct exec_settings *e = n ? n->object->unit->exec : NULL;
        struct log_looks looks = { .flags = LOGGER_ADD_STORE | LOGGER_ADD_MIRROR, .priority = 6 };
        if (e) {
                (void)snprintf(looks.identifier, sizeof looks.identifier, "%s", e->syslog_identifier ?: "");
                looks.priority = (unsigned)e->syslog_level & 7;
                if (e->syslog_level_prefix)
                        looks.flags |= LOGGER_ADD_LEVEL_PREFIX;
        }
        return looks;
}

static uint64_t hash_looks(const struct log_looks *l) {
        return text_hash(l->identifier, strlen(l->identifier)) + (l->flags << 3 | l->priority);
}

static void note_looks(struct manager *m, struct log_pipe *p) {
        struct log_looks looks = looks_of(m, p);
        uint64_t now = hash_looks(&looks);
        if (now == p->looks)
                return;
        p->looks = now;
        p->due |= LOG_DUE_ADD;
}

static int lend(struct manager *m, struct log_pipe *p) {
        owned_fd read_fd = reopen(p->write_fd, O_RDONLY | O_NONBLOCK);
        if (read_fd < 0)
                return read_fd;
        struct log_looks looks = looks_of(m, p);
        struct logger_add_options options = { .flags = looks.flags | (p->is_again ? LOGGER_ADD_AGAIN : 0),
                                              .priority = looks.priority,
                                              .identifier = looks.identifier };
        return logger_line_add(m->logger_fd, p->unit, read_fd, &options);
}

/* 0 or -errno: the rest stays due. */
static int tell(struct manager *m, struct log_pipe *p) {
        int r = 0;
        if (m->logger_fd < 0)
                return -ENOTCONN;
        if (p->due & LOG_DUE_ADD && (r = lend(m, p)) < 0)
                return r;
        p->due &= (uint8_t)~LOG_DUE_ADD;
        if (p->due & LOG_DUE_BREAK && (r = logger_line_unit(m->logger_fd, LOGGER_BREAK, p->unit)) < 0)
                return r;
        p->due &= (uint8_t)~LOG_DUE_BREAK;
        if (p->due & LOG_DUE_REMOVE && (r = logger_line_unit(m->logger_fd, LOGGER_REMOVE, p->unit)) < 0)
                return r;
        p->due = 0;
        return 0;
}

static void tell_or_wait(struct manager *m, struct log_pipe *p) {
        if (tell(m, p) != -EAGAIN)
                return;
        (void)sd_event_source_set_io_events(m->logger_source, EPOLLIN | EPOLLOUT);
        manager_watch_logger(m);
}

int manager_tell_logger(struct manager *m) {
        int r = 0;
        for (struct log_pipe *p = m->pipes; p && r != -EAGAIN; p = p->hh.next)
                r = p->due ? tell(m, p) : 0;
        if (r != -EAGAIN && m->sync_due) {
                r = logger_line_sync(m->logger_fd, (enum logger_kind)m->sync_due, m->drain_cookie);
                if (r != -EAGAIN)
                        m->sync_due = 0;
        }
        if (m->logger_source) /* -EAGAIN: its line is full */
                (void)sd_event_source_set_io_events(m->logger_source, EPOLLIN | (r == -EAGAIN ? EPOLLOUT : 0));
        return r;
}

void manager_lend_pipes(struct manager *m) {
        for (struct log_pipe *p = m->pipes; p; p = p->hh.next) {
                p->is_again = p->has_spoken = true;
                p->due |= p->is_leaving ? LOG_DUE_ADD | LOG_DUE_REMOVE : LOG_DUE_ADD;
                note_looks(m, p);
                tell_or_wait(m, p);
        }
}

/* ---- their life ---- */

/* What PID 1 keeps a pipe as. Its names are shorter than units' may be. */
static char *kept_name(const char *unit) {
        if (strlen(KEPT) + strlen(unit) < WIRE_NAME_MAX)
                return text_printf(KEPT "%s", unit);
        return text_printf(KEPT "%.*s:%016llx", NAME_CUT, unit, (unsigned long long)text_hash(unit, strlen(unit)));
}

/* Both ends in one fd are what is watched; the set forgets them when PID 1 has dropped them, too. */
static void watch_pipe(struct manager *m, int both_fd) {
        struct epoll_event e = { .events = EPOLLIN };
        if (m->pipes_fd >= 0)
                (void)epoll_ctl(m->pipes_fd, EPOLL_CTL_ADD, both_fd, &e);
}

/* 0, 1: what a predecessor made, -errno. */
static int make_pipe(struct manager *m, const char *unit, int *ret_fd) {
        owned_str name = kept_name(unit);
        if (!name)
                return -ENOMEM;
        owned_fd kept = keeper_take(m->keeper, name);
        if (kept >= 0) {
                int fd = reopen(kept, O_WRONLY);
                if (fd < 0)
                        return fd;
                watch_pipe(m, kept);
                *ret_fd = fd;
                return 1;
        }
        int fds[2];
        int r = sys_pipe2(fds, O_CLOEXEC);
        if (r < 0)
                return r;
        owned_fd read_fd = fds[0], write_fd = fds[1];
        /* Services of any user may open /dev/stdout. */
        (void)sys_fchmod(write_fd, 0622);
        owned_fd both = reopen(read_fd, O_RDWR);
        if (both < 0)
                return both;
        r = keeper_keep(m->keeper, name, both);
        if (r < 0)
                return r;
        watch_pipe(m, both);
        *ret_fd = take_fd(&write_fd);
        return 0;
}

/* NOLINTNEXTLINE(readability-function-size): uthash's macros are many statements */
static struct log_pipe *find_pipe(struct manager *m, const char *unit) {
        struct log_pipe *p;
        HASH_FIND_STR(m->pipes, unit, p);
        return p;
}

/* NOLINTNEXTLINE(readability-function-size): uthash's macros are many statements */
static int add_pipe(struct manager *m, const char *unit, struct log_pipe **ret) {
        size_t length = strlen(unit);
        struct log_pipe *p = calloc(1, sizeof *p + length + 1);
        if (!p)
                return -ENOMEM;
        memcpy(p->unit, unit, length + 1);
        p->write_fd = -1;
        int r = make_pipe(m, unit, &p->write_fd);
        if (r < 0) {
                free(p);
                return r;
        }
        p->write_fd = sys_shelve(p->write_fd);
        p->is_again = p->has_spoken = r == 1;
        p->due = LOG_DUE_ADD;
        HASH_ADD_KEYPTR(hh, m->pipes, p->unit, length, p);
        *ret = p;
        return 0;
}

static void set_idle(struct manager *m, struct log_pipe *p, bool is_idle) {
        if (is_idle && !p->is_idle)
                DL_APPEND(m->idle_pipes, p);
        else if (!is_idle && p->is_idle)
                DL_DELETE(m->idle_pipes, p);
        p->is_idle = is_idle;
}

static void free_pipe(struct manager *m, struct log_pipe *p) {
        set_idle(m, p, false);
        HASH_DEL(m->pipes, p);
        close_fd(&p->write_fd);
        free(p);
}

int manager_log_fd(struct host *host, struct object *o, uid_t uid UNUSED) {
        struct manager *m = host->user;
        if (!m->logger_path)
                return -1;
        struct log_pipe *p = find_pipe(m, object_name(o));
        if (!p && !plan_uses_log(o->unit))
                return -1;
        int r = p ? 0 : add_pipe(m, object_name(o), &p);
        if (r < 0) {
                log_unit(LOG_LEVEL_ERROR, object_name(o), "no log pipe: %s", strerror(-r));
                return -1;
        }
        set_idle(m, p, false);
        if (p->is_leaving) {
                p->is_leaving = false;
                p->due = LOG_DUE_ADD;
        }
        note_looks(m, p);
        if (p->due)
                tell_or_wait(m, p);
        return p->write_fd;
}

/* Was it ever written to? The logger says so before it reads the first bytes. */
static bool has_spoken(struct manager *m, struct log_pipe *p) {
        int n = 0;
        if (!p->has_spoken && (ioctl(p->write_fd, FIONREAD, &n) < 0 || n > 0))
                p->has_spoken = true;
        if (!p->has_spoken)
                manager_hear_logger(m);
        return p->has_spoken;
}

void manager_log_life_ended(struct host *host, struct object *o, bool is_empty) {
        struct manager *m = host->user;
        struct log_pipe *p = find_pipe(m, object_name(o));
        if (!p)
                return;
        /* In the end all of them are broken, when the last one has ended. */
        if (m->is_ending ? p->has_spoken : has_spoken(m, p)) {
                p->due |= LOG_DUE_BREAK;
                tell_or_wait(m, p);
        }
        set_idle(m, p, is_empty);
        if (is_empty && !m->is_ending)
                (void)sd_event_source_set_enabled(m->idle_source, SD_EVENT_ONESHOT);
}

void manager_sweep_pipes(struct manager *m) {
        struct log_pipe *p, *next;
        DL_FOREACH_SAFE(m->idle_pipes, p, next) {
                struct node *n = graph_find(&m->graph, p->unit);
                if (n && is_inactive(object_active_state(n->object)) && n->job)
                        continue; /* looked at again when there is no job */
                set_idle(m, p, false);
                if (n && !is_inactive(object_active_state(n->object)))
                        continue; /* it will be started again */
                p->is_leaving = true;
                p->due |= LOG_DUE_REMOVE;
                tell_or_wait(m, p);
        }
}

bool manager_is_silent(struct manager *m) {
        if (m->host.cgroups.fd < 0)
                return false; /* a mark does not tell of everybody */
        for (struct log_pipe *p = m->pipes; p; p = p->hh.next)
                if (!p->is_idle && !p->is_leaving)
                        return false;
        return true;
}

void manager_pipe_removed(struct manager *m, const char *unit) {
        struct log_pipe *p = find_pipe(m, unit);
        if (!p || !p->is_leaving || p->due)
                return; /* it is wanted again */
        owned_str name = kept_name(unit);
        if (name)
                (void)keeper_drop(m->keeper, name);
        free_pipe(m, p);
}

void manager_pipe_speaks(struct manager *m, const char *unit) {
        struct log_pipe *p = find_pipe(m, unit);
        if (p)
                p->has_spoken = true;
}

/* ---- taking over ---- */

static void take_over_pipe(struct manager *m, const char *unit) {
        struct node *n = NULL;
        struct log_pipe *p;
        (void)manager_load_unit(m, unit, &n);
        if (find_pipe(m, unit) || add_pipe(m, unit, &p) < 0)
                return;
        note_looks(m, p);
        tell_or_wait(m, p);
        /* Its unit ended before the pipe was given up. Where nobody can tell that it did, the pipe stays. */
        bool has_ended = n && is_inactive(object_active_state(n->object)) && m->host.cgroups.fd >= 0;
        set_idle(m, p, has_ended);
        (void)sd_event_source_set_enabled(m->idle_source, SD_EVENT_ONESHOT);
}

void manager_take_over_pipes(struct manager *m) {
        struct kept_fd *kept, *next;
        owned_strv units = NULL;
        HASH_ITER(hh, m->keeper->kept, kept, next) {
                const char *unit = kept->name + strlen(KEPT);
                if (strncmp(kept->name, KEPT, strlen(KEPT)) == 0 && strlen(unit) < NAME_CUT + 17)
                        (void)strv_add(&units, unit);
        }
        STRV_EACH(unit, units)
                take_over_pipe(m, unit);
        /* Long names do not tell their unit: those units are asked that are loaded. */
        for (struct node *n = m->graph.nodes; n; n = n->next) {
                owned_str name = strlen(n->name) >= NAME_CUT + 17 ? kept_name(n->name) : NULL;
                HASH_FIND_STR(m->keeper->kept, name ? name : "", kept);
                if (kept)
                        take_over_pipe(m, n->name);
        }
}

static int on_idle_pipes(sd_event_source *source UNUSED, void *user) {
        manager_sweep_pipes(user);
        return 0;
}

static int on_pipes(sd_event_source *source UNUSED, int fd UNUSED, uint32_t events UNUSED, void *user) {
        manager_watch_logger(user);
        return 0;
}

int manager_open_pipes(struct manager *m) {
        m->pipes_fd = epoll_create1(EPOLL_CLOEXEC);
        if (m->pipes_fd < 0)
                return -errno;
        int r = sd_event_add_defer(m->event, &m->idle_source, on_idle_pipes, m);
        return r < 0 ? r : sd_event_source_set_enabled(m->idle_source, SD_EVENT_OFF);
}

void manager_heed_pipes(struct manager *m) {
        if (m->pipes_source)
                (void)sd_event_source_set_enabled(m->pipes_source, SD_EVENT_ON);
        else
                (void)sd_event_add_io(m->event, &m->pipes_source, m->pipes_fd, EPOLLIN, on_pipes, m);
}

void manager_close_pipes(struct manager *m) {
        struct log_pipe *p, *next;
        m->pipes_source = sd_event_source_disable_unref(m->pipes_source);
        m->idle_source = sd_event_source_disable_unref(m->idle_source);
        close_fd(&m->pipes_fd);
        HASH_ITER(hh, m->pipes, p, next)
                free_pipe(m, p);
}
