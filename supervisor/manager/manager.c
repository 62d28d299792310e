/* SPDX-License-Identifier: MIT */
/* manager: see manager.h. This file owns the life of the manager and the facts that units tell each other through it. */
#include "manager-private.h"

#include "init/wire.h"
#include "base/footprint.h"
#include "base/log.h"
#include "base/sys.h"
#include "service/service.h"
#include "unit/unit-path.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>

/* ---- what units tell ---- */

static void add_job(struct manager *m, enum job_type type, struct node *n, enum job_mode mode) {
        struct job_error error;
        if (jobs_add(&m->jobs, type, n, mode, NULL, &error) < 0)
                log_unit(LOG_LEVEL_WARNING, n->name, "cannot %s: %s", job_type_name(type), error.text);
}

static void on_changed(struct host *host, struct object *o, enum active_state before, enum active_state now) {
        struct manager *m = host->user;
        struct node *n = o->node;
        if (!n)
                return;
        bool was_asked_for = jobs_unit_changed(&m->jobs, n, before, now);
        manager_follow(m, n, before, now, was_asked_for);
        if (before != now) {
                const struct unit_settings *u = o->unit->unit;
                if (now == ACTIVE_FAILED)
                        manager_emergency(host, o, u->failure_action, u->failure_action_exit_status, "failed");
                else if (now == ACTIVE_INACTIVE && before != ACTIVE_FAILED)
                        manager_emergency(host, o, u->success_action, u->success_action_exit_status, "ended");
                if (!manager_will_restart(o))
                        manager_check_main_unit(m, o, now);
        }
        if (m->listener.unit_changed)
                m->listener.unit_changed(m->listener.user, n);
}

static void on_reloaded(struct host *host, struct object *o, enum result result) {
        struct manager *m = host->user;
        jobs_unit_reloaded(&m->jobs, o->node, result);
}

static void on_wants_restart(struct host *host, struct object *o) {
        struct manager *m = host->user;
        /* Asked again by whom a predecessor's fact was left: counted once. */
        if (!o->node->job || o->node->job->type == JOB_STOP)
                service_of(o)->restart_count++;
        add_job(m, JOB_RESTART, o->node, JOB_MODE_REPLACE);
}

static bool has_stop_job(struct host *host UNUSED, const struct object *o) {
        return o->node && o->node->job && o->node->job->type == JOB_STOP;
}

static bool has_start_job(struct host *host UNUSED, const struct object *o) {
        const struct job *j = o->node ? o->node->job : NULL;
        /* A start that is under way has been begun: what ends then is what it started. */
        return j && (j->type == JOB_RESTART || (j->type == JOB_START && j->state == JOB_WAITING));
}

static bool has_restart_job(struct host *host UNUSED, const struct object *o) {
        return o->node && o->node->job && o->node->job->type == JOB_RESTART;
}

/* ---- what jobs tell ---- */

static void on_job_added(void *user, struct job *j) {
        struct manager *m = user;
        if (m->listener.job_new)
                m->listener.job_new(m->listener.user, j);
}

static void on_job_ended(void *user, struct job *j, enum job_result result) {
        struct manager *m = user;
        if (result == JOB_FAILED && j->type == JOB_START)
                log_unit(LOG_LEVEL_DEBUG, j->node->name, "job %s ended: %s", job_type_name(j->type),
                         job_result_name(result));
        manager_save_end(m, j, result);
        if (j->node->object->ops->job_ended)
                j->node->object->ops->job_ended(j->node->object);
        manager_follow_job(m, j->node);
        if (m->listener.job_removed)
                m->listener.job_removed(m->listener.user, j, result);
}

#define SETTLE_US (250 * US_PER_MS)

static int on_settled(sd_event_source *source UNUSED, uint64_t now UNUSED, void *user UNUSED) {
        footprint_shrink();
        return 0;
}

/* Once in a life, when the work that comes with the start is done: what only that needed is given back. */
static void settle_soon(struct manager *m) {
        if (!m->settle_source)
                (void)sd_event_add_time_relative(m->event, &m->settle_source, CLOCK_MONOTONIC, SETTLE_US, US_PER_MS,
                                                 on_settled, m);
}

/* The first time that no job is left, keel's own parent hears that it is up. */
static void on_jobs_idle(void *user) {
        struct manager *m = user;
        if (!m->has_booted) {
                m->has_booted = true;
                log_info("%s is reached", m->options.unit_target);
                manager_save(m);
        }
        if (!m->is_ending) /* then it is over with all of them at once */
                manager_sweep_pipes(m);
        manager_idle(m);
        settle_soon(m);
}

/* ---- messages of services ---- */

static int on_notify(sd_event_source *source UNUSED, int fd, uint32_t events UNUSED, void *user) {
        struct manager *m = user;
        static struct notify_message message; /* 6 KiB: not on the stack of every event */
        for (unsigned i = 0; i < 32; i++) {
                int r = notify_peek(fd, &message);
                if (r <= 0)
                        return 0;
                struct node *n = manager_unit_by_pid(m, message.sender);
                if (n && n->object->unit->type == UNIT_SERVICE)
                        service_notified(service_of(n->object), &message);
                notify_message_close_fds(&message);
                notify_discard(fd);
        }
        return 0;
}

static int open_notify(struct manager *m) {
        m->notify_path = text_printf("%s/notify", m->runtime_directory);
        if (!m->notify_path)
                return -ENOMEM;
        m->host.notify_path = m->notify_path;
        m->notify_fd = keeper_take(m->keeper, "notify");
        if (m->notify_fd < 0) {
                m->notify_fd = notify_socket_open(m->notify_path);
                if (m->notify_fd < 0)
                        return m->notify_fd;
                (void)keeper_keep(m->keeper, "notify", m->notify_fd);
        }
        int r = sd_event_add_io(m->event, &m->notify_source, m->notify_fd, EPOLLIN, on_notify, m);
        /* What a service said before it ended is heard before its end. */
        return r < 0 ? r : sd_event_source_set_priority(m->notify_source, SD_EVENT_PRIORITY_IMPORTANT - 5);
}

/* ---- life ---- */

static void init_answered(struct manager *m, const char *why) {
        if (m->listener.init_answered)
                m->listener.init_answered(m->listener.user, why);
}

static void on_refused(void *user, unsigned kind, unsigned refusal, const char *name) {
        if (kind == WIRE_REEXEC) {
                init_answered(user, text_is_empty(name) ? "PID 1 cannot do that" : name);
                return;
        }
        log_error("PID 1 refused record %u (%s): reason %u", kind, name, refusal);
}

static void on_reexeced(void *user) {
        log_notice("PID 1 has replaced itself");
        init_answered(user, NULL);
}

static void on_dropped(void *user, uint64_t how_many) {
        log_error("PID 1 had no room for the exit statuses of %" PRIu64 " processes: they are lost", how_many);
        /* One of them may have been a service's: who waits for an exit looks whether it will ever come. */
        manager_look_for_lost(user);
}

/* Not in the next turn of the loop: the next start of what restarts is waiting. */
static void on_all_ended(void *user) {
        struct manager *m = user;
        jobs_run(&m->jobs);
}

static void on_lost(void *user) {
        struct manager *m = user;
        m->exit_status = 1;
        (void)sd_event_exit(m->event, 1);
}

static void fill_host(struct manager *m) {
        struct host *h = &m->host;
        h->event = m->event;
        h->keeper = m->keeper;
        h->context = &m->context;
        h->runtime_directory = m->runtime_directory;
        h->is_strict = m->options.strict;
        h->log_fd = manager_log_fd;
        h->life_ended = manager_log_life_ended;
        h->changed = on_changed;
        h->reloaded = on_reloaded;
        h->wants_restart = on_wants_restart;
        h->has_stop_job = has_stop_job;
        h->has_start_job = has_start_job;
        h->has_restart_job = has_restart_job;
        h->watch_pid = manager_watch_pid;
        h->watch_cgroup = manager_watch_cgroup;
        h->unwatch_cgroup = manager_unwatch_cgroup;
        h->emergency = manager_emergency;
        h->save = manager_save_unit;
        h->pid_slot = manager_pid_slot;
        h->user = m;
        /* PID 1 has raised our soft limit; services get the one that it found. */
        (void)getrlimit(RLIMIT_NOFILE, &h->original_nofile);
        const char *soft = getenv("KEEL_NOFILE_SOFT");
        uint64_t limit;
        if (soft && text_to_u64(soft, 10, &limit) >= 0 && limit <= h->original_nofile.rlim_max)
                h->original_nofile.rlim_cur = (rlim_t)limit;
}

/* Nothing else is to be done now. */
static int on_move_time(sd_event_source *source UNUSED, void *user) {
        struct manager *m = user;
        pid_t ours[] = { m->keeper->init_pid, getpid() };
        int r = cgroup_root_settle(&m->host.cgroups, ours, ARRAY_LEN(ours));
        if (r < 0)
                log_warning("keel's processes cannot be moved into init.scope: %s", strerror(-r));
        return 0;
}

static int open_cgroups(struct manager *m) {
        pid_t ours[] = { m->keeper->init_pid, getpid() };
        int r = cgroup_root_open(&m->host.cgroups, ours, ARRAY_LEN(ours));
        if (r < 0)
                return r;
        if (m->host.cgroups.fd < 0)
                log_notice("no cgroups (%s): processes are tracked by a mark",
                           m->host.cgroups.why ? m->host.cgroups.why : "?");
        if (!m->host.cgroups.moves_later)
                return 0;
        r = sd_event_add_defer(m->event, &m->move_source, on_move_time, m);
        return r < 0 ? r : sd_event_source_set_priority(m->move_source, SD_EVENT_PRIORITY_IDLE + 1);
}

static int open_parts(struct manager *m) {
        struct keeper_handlers handlers = {
                .ended = manager_pid_ended,
                .all_ended = on_all_ended,
                .signalled = manager_signalled,
                .refused = on_refused,
                .reexeced = on_reexeced,
                .dropped = on_dropped,
                .lost = on_lost,
                .user = m,
        };
        int r = sd_event_new(&m->event);
        if (r < 0)
                return r;
        fill_host(m);
        r = sys_mkdir_parents(m->runtime_directory, 0755);
        if (r >= 0)
                r = manager_open_context(m);
        if (r >= 0)
                r = manager_open_record(m);
        if (r >= 0)
                r = jobs_init(&m->jobs, &m->graph, &m->host);
        if (r >= 0)
                r = manager_open_checks(m);
        if (r >= 0)
                r = manager_open_watches(m);
        if (r >= 0)
                r = open_notify(m);
        if (r >= 0)
                r = keeper_attach(m->keeper, m->event, &handlers);
        if (r < 0)
                return r;
        m->jobs.added = on_job_added;
        m->jobs.ended = on_job_ended;
        m->jobs.idle = on_jobs_idle;
        m->jobs.changed = manager_save_node;
        m->jobs.committed = manager_commit;
        m->jobs.user = m;
        if (m->keeper->dropped_exits > 0)
                on_dropped(m, m->keeper->dropped_exits);
        return open_cgroups(m);
}

int manager_new(const struct manager_options *options, struct keeper *keeper, struct manager **ret) {
        struct manager *m = calloc(1, sizeof *m);
        if (!m)
                return -ENOMEM;
        m->options = *options;
        m->keeper = keeper;
        m->inotify_fd = m->notify_fd = m->logger_fd = m->log_directory_fd = -1;
        m->pipes_fd = m->logger_process_fd = m->logger_memory_fd = -1;
        m->host.cgroups.fd = m->records.fd = -1;
        m->start_us = clock_realtime_us();
        if (!m->options.unit_target)
                m->options.unit_target = "default.target";
        const char *directory = getenv("KEEL_RUNTIME_DIR");
        m->runtime_directory = strdup(directory ? directory : "/run/keel");
        int r = m->runtime_directory ? open_parts(m) : -ENOMEM;
        static char *const base[] = { (char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                      NULL };
        if (r >= 0 && !m->host.environment) /* a predecessor's stays */
                r = manager_set_environment(m, base);
        if (r >= 0) {
                int started = manager_start_logger(m);
                if (started < 0)
                        log_warning("no keel-logger (%s): services write where keel writes", strerror(-started));
        }
        if (r < 0) {
                manager_free(m);
                return r;
        }
        *ret = m;
        return 0;
}

void manager_free(struct manager *m) {
        if (!m)
                return;
        jobs_done(&m->jobs);
        graph_clear(&m->graph);
        manager_stop_logger(m);
        manager_close_watches(m);
        m->check_source = sd_event_source_disable_unref(m->check_source);
        m->notify_source = sd_event_source_disable_unref(m->notify_source);
        m->move_source = sd_event_source_disable_unref(m->move_source);
        m->holdup_source = sd_event_source_disable_unref(m->holdup_source);
        close_fd(&m->notify_fd);
        cgroup_root_close(&m->host.cgroups);
        manager_close_record(m);
        manager_close_context(m);
        strv_free(m->host.environment);
        free(m->notify_path);
        free(m->runtime_directory);
        sd_event_source_unref(m->settle_source);
        sd_event_unref(m->event);
        free(m);
}

/* --main may name a unit that the target does not pull in. */
static void start_first(struct manager *m, const char *name) {
        struct node *n;
        struct job_error error = { .text = "not a unit name" };
        int r = manager_load_unit(m, name, &n);
        if (r >= 0)
                r = jobs_add(&m->jobs, JOB_START, n, JOB_MODE_REPLACE, NULL, &error);
        if (r < 0) {
                log_error("cannot start %s: %s", name, error.text);
                if (m->options.main_unit && text_equal(name, m->options.main_unit))
                        (void)manager_end(m, MANAGER_END_EXIT, 1, false, error.text);
        }
}

/* Supervisors have died again and again: nothing is taken over, nothing is started, so that nothing of that can end us, too. What
 * runs goes on. On a machine there is a shell on the console. */
static void start_rescue(struct manager *m) {
        log_error(
                "rescue: what runs goes on unsupervised, nothing is started; keelctl can look, start, and end it all");
        if (m->keeper->flags & WIRE_FLAG_MACHINE)
                start_first(m, "rescue.target");
}

/* As sd_event_loop(3), but PID 1 hears of work before it is begun. */
static int loop(struct manager *m) {
        int r = 0;
        while (r >= 0 && sd_event_get_state(m->event) != SD_EVENT_FINISHED) {
                r = sd_event_prepare(m->event);
                if (r == 0) {
                        sys_close_due();
                        r = sd_event_wait(m->event, UINT64_MAX);
                }
                if (r <= 0)
                        continue;
                keeper_turn(m->keeper);
                r = sd_event_dispatch(m->event);
        }
        return r;
}

int manager_run(struct manager *m) {
        manager_restore(m);
        manager_take_over_pipes(m);
        manager_resume(m);
        if (m->options.is_rescue)
                start_rescue(m);
        else if (m->is_ending)
                manager_resume_end(m);
        else if (!m->has_begun) {
                start_first(m, m->options.unit_target);
                if (m->options.main_unit)
                        start_first(m, m->options.main_unit);
                m->has_begun = true;
        }
        manager_save(m);
        /* Once all is loaded, names of files are seldom asked for; what is started next takes their room. */
        unit_path_cache_forget(m->context.path_cache);
        if (jobs_count(&m->jobs) == 0)
                settle_soon(m);
        sys_release_low_fds();
        int r = loop(m);
        return r < 0 ? 1 : m->exit_status;
}

int manager_reexec(struct manager *m) {
        int r = keeper_reexec(m->keeper, WIRE_REEXEC_SUPERVISOR);
        return r < 0 ? r : sd_event_exit(m->event, 0);
}

int manager_reexec_init(struct manager *m) {
        return keeper_reexec(m->keeper, WIRE_REEXEC_INIT);
}

void manager_reset_failed(struct manager *m) {
        for (struct node *n = m->graph.nodes; n; n = n->next)
                if (n->object->ops->reset_failed)
                        n->object->ops->reset_failed(n->object);
}

/* ---- what the api asks ---- */

void manager_set_listener(struct manager *m, const struct listener *listener) {
        m->listener = *listener;
}
sd_event *manager_event(struct manager *m) {
        return m->event;
}
struct graph *manager_graph(struct manager *m) {
        return &m->graph;
}
struct jobs *manager_jobs(struct manager *m) {
        return &m->jobs;
}
struct host *manager_host(struct manager *m) {
        return &m->host;
}
struct keeper *manager_keeper(struct manager *m) {
        return m->keeper;
}
const struct unit_context *manager_context(struct manager *m) {
        return &m->context;
}
const char *manager_runtime_directory(struct manager *m) {
        return m->runtime_directory;
}
int manager_log_directory(struct manager *m) {
        return m->log_directory_fd;
}
uint64_t manager_start_us(const struct manager *m) {
        return m->start_us;
}

enum manager_state manager_state(const struct manager *m) {
        if (m->is_ending)
                return MANAGER_STOPPING;
        if (!m->has_booted)
                return MANAGER_STARTING;
        for (struct node *n = m->graph.nodes; n; n = n->next)
                if (object_active_state(n->object) == ACTIVE_FAILED)
                        return MANAGER_DEGRADED;
        return MANAGER_RUNNING;
}

static size_t name_length(const char *assignment) {
        return strcspn(assignment, "=");
}

int manager_unset_environment(struct manager *m, char *const *names) {
        STRV_EACH(name, names) {
                size_t length = name_length(name);
                char **to = m->host.environment;
                for (char **from = m->host.environment; from && *from; from++)
                        if (name_length(*from) == length && strncmp(*from, name, length) == 0)
                                free(*from);
                        else
                                *to++ = *from;
                if (to)
                        *to = NULL;
        }
        manager_save(m);
        return 0;
}

int manager_set_environment(struct manager *m, char *const *assignments) {
        STRV_EACH(assignment, assignments)
                if (!strchr(assignment, '=') || *assignment == '=')
                        return -EINVAL;
        (void)manager_unset_environment(m, assignments);
        int r = strv_add_all(&m->host.environment, assignments);
        manager_save(m);
        return r;
}
