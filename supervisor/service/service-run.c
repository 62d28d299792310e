/* SPDX-License-Identifier: MIT */
/* service-run: a service's processes: starting its commands, hearing of their ends, signalling what is left. */
#include "service-private.h"

#include "base/log.h"
#include "base/sys.h"
#include "plan/ipc.h"
#include "process/spawn.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

static struct host *host_of(const struct service *s) {
        return s->object.host;
}

static void reset_process(struct process_info *p) {
        close_fd(&p->pidfd);
        *p = (struct process_info){ .pidfd = -1 };
}

void run_begin(struct service *s) {
        s->is_cleaned_up = false;
        run_forget_main(s);
        run_forget_control(s);
        reset_process(&s->main);
        reset_process(&s->control);
        s->main_pid_known = s->main_pid_is_alien = false;
        s->main_index = 0;
        s->status_errno = 0;
        (void)text_replace(&s->status_text, NULL);
        s->watchdog_us = s->object.unit->service->watchdog_us;
}

bool run_is_main_alive(const struct service *s) {
        return s->main.pid > 0;
}

bool run_is_control_alive(const struct service *s) {
        return s->control.pid > 0;
}

/* Nothing will be run in its cgroup any more: the service is at its end, by a stop, and does not come back. */
static bool is_cgroup_over(const struct service *s) {
        struct host *h = host_of(s);
        bool is_final = s->state == SERVICE_FINAL_SIGTERM || s->state == SERVICE_FINAL_WATCHDOG ||
                        s->state == SERVICE_FINAL_SIGKILL;
        return is_final && s->forbids_restart && !run_is_main_alive(s) && !run_is_control_alive(s) &&
               !(h->has_start_job && h->has_start_job(h, &s->object));
}

/* What is empty stays so until we make a process in it. What is over is removed at once if it is empty: the kernel refuses
 * otherwise, and that is one call where a look takes three. */
static bool is_populated(struct service *s) {
        if (s->is_known_empty)
                return false;
        bool is_removed = is_cgroup_over(s) && tracker_remove_empty(&s->object.tracker, &host_of(s)->cgroups) >= 0;
        int r = is_removed ? 0 : tracker_is_populated(&s->object.tracker);
        s->is_known_empty = is_removed || (r == 0 && s->object.tracker.cgroup_fd >= 0);
        return r > 0;
}

bool run_is_rest_alive(struct service *s) {
        return is_populated(s);
}

bool run_is_any_alive(struct service *s) {
        return run_is_main_alive(s) || run_is_control_alive(s) || is_populated(s);
}

static void forget(struct service *s, struct process_info *p) {
        if (p->pid > 0)
                (void)host_of(s)->watch_pid(host_of(s), p->pid, NULL);
        p->pid = 0;
        p->is_gone = false;
        close_fd(&p->pidfd);
}

void run_watch_rest(struct service *s) {
        struct host *h = host_of(s);
        struct object *o = &s->object;
        if (run_is_main_alive(s) || run_is_control_alive(s) || o->tracker.cgroup_fd < 0 ||
            o->cgroup_watches[WATCH_EMPTY] >= 0 || !h->watch_cgroup || s->is_known_empty)
                return;
        int r = is_populated(s) ? h->watch_cgroup(h, o, WATCH_EMPTY) : 0;
        if (r < 0)
                log_unit(LOG_LEVEL_ERROR, object_name(o), "its last process will not be seen to end: %s", strerror(-r));
        /* It may have been just before the watch was there. */
        (void)is_populated(s);
        if (s->is_known_empty)
                service_queue(s, EVENT_EMPTY);
}

void run_forget_main(struct service *s) {
        s->alien_source = sd_event_source_disable_unref(s->alien_source);
        s->exec_source = sd_event_source_disable_unref(s->exec_source);
        close_fd(&s->exec_fd);
        forget(s, &s->main);
}

void run_forget_control(struct service *s) {
        forget(s, &s->control);
}

/* ---- starting ---- */

static void take_since(struct service *s, struct process_info *p) {
        p->since_us = clock_monotonic_us();
        p->since_sequence = host_of(s)->keeper ? host_of(s)->keeper->last_sequence : 0;
}

/* From here on the record says that a process is being made, and the kernel says there which one it has become. */
static void announce(struct service *s, struct process_info *p) {
        int32_t *slot = service_pid_slot(s);
        if (slot)
                *(volatile int32_t *)slot = 0;
        s->spawning = p == &s->main ? SPAWNING_MAIN : SPAWNING_CONTROL;
        take_since(s, p);
        object_save(&s->object);
}

/* Makes the process; on failure ret->failure says why, as if it had exited with that status. 0 or -errno. */
static int start_process(struct service *s, const struct exec_command *command, enum service_command kind,
                         struct process_info *p, struct spawned *ret) {
        OWNED(plan) struct plan *plan = NULL;

        reset_process(p);
        p->ignores_failure = command->flags & EXEC_IGNORE_FAILURE;
        p->start_us = clock_realtime_us();
        int r = object_open_tracker(&s->object); /* where there was nothing to run at the start */
        if (r == -EBUSY)
                r = run_join_left(s);
        if (r < 0)
                return r;
        announce(s, p);
        s->is_known_empty = false;
        r = service_plan(s, command, kind, &plan, &ret->failure);
        if (r >= 0)
                r = spawn(plan, ret);
        s->spawning = SPAWNING_NOTHING;
        if (r < 0)
                return r;
        p->pid = p->last_pid = ret->pid;
        p->pidfd = ret->pidfd;
        return host_of(s)->watch_pid(host_of(s), p->pid, &s->object);
}

static void log_failure(const struct service *s, const struct exec_command *command, const struct exec_failure *f,
                        int r) {
        const char *file = unit_file(s->object.unit, command->origin);
        const char *name = f->exit_status ? exit_status_name(f->exit_status) : NULL;
        log_unit(LOG_LEVEL_ERROR, object_name(&s->object), "%s:%u: cannot run %s: %d/%s%s%s%s%s", file ? file : "?",
                 command->origin.line, command->path, f->exit_status, name ? name : "RESOURCES",
                 f->detail[0] ? ": " : "", f->detail, f->error || r ? ": " : "",
                 f->error ? strerror(f->error)
                 : r      ? strerror(-r)
                          : "");
}

/* A plan that could not be made counts as a process that exited with that status. */
static enum service_event pretend_exit(struct process_info *p, const struct exec_failure *f, enum service_event ended) {
        if (f->exit_status == 0)
                return EVENT_SPAWN_FAILED;
        p->has_ended = true;
        p->status = f->exit_status << 8;
        p->exit_us = clock_realtime_us();
        return ended;
}

void run_commands(struct service *s, enum service_command kind) {
        const struct exec_commands *list = &s->object.unit->commands->lists[kind];
        if (s->command_index >= list->count) {
                service_queue(s, EVENT_DONE);
                return;
        }
        const struct exec_command *command = &list->items[s->command_index++];
        s->command_kind = kind;
        struct spawned child = { .exec_fd = -1, .pidfd = -1 };
        int r = start_process(s, command, kind, &s->control, &child);
        close_fd(&child.exec_fd);
        if (r >= 0) {
                if (child.failure.exit_status)
                        log_failure(s, command, &child.failure, 0);
                return;
        }
        log_failure(s, command, &child.failure, r);
        enum service_event e = pretend_exit(&s->control, &child.failure, EVENT_CONTROL_BAD);
        service_queue(s, e == EVENT_CONTROL_BAD && s->control.ignores_failure ? EVENT_CONTROL_OK : e);
}

static int on_exec_fd(sd_event_source *source, int fd, uint32_t events UNUSED, void *user) {
        struct service *s = user;
        struct exec_failure failure; /* its exit status says it, too */
        int r = spawn_read_exec_fd(fd, &failure);
        if (r == -EAGAIN)
                return 0;
        (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
        if (r == 1 && s->state == SERVICE_START && s->object.unit->service->type == SERVICE_TYPE_EXEC)
                service_dispatch(s, EVENT_DONE);
        return 0;
}

static void run_oneshot_without_command(struct service *s) {
        service_queue(s, EVENT_DONE);
}

void run_main(struct service *s) {
        const struct service_settings *c = s->object.unit->service;
        const struct exec_commands *list = &s->object.unit->commands->lists[COMMAND_START];
        if (s->main_index >= list->count) {
                run_oneshot_without_command(s);
                return;
        }
        const struct exec_command *command = &list->items[s->main_index];
        struct process_info *p = c->type == SERVICE_TYPE_FORKING ? &s->control : &s->main;
        s->command_kind = COMMAND_START;
        if (p == &s->main)
                run_forget_main(s);
        struct spawned child = { .exec_fd = -1, .pidfd = -1 };
        int r = start_process(s, command, COMMAND_START, p, &child);
        if (r < 0) {
                log_failure(s, command, &child.failure, r);
                s->main_pid_known = p == &s->main;
                enum service_event bad = p == &s->main ? EVENT_MAIN_ENDED : EVENT_CONTROL_BAD;
                /* A simple service is active before its program is found wanting. */
                if (p == &s->main && c->type == SERVICE_TYPE_SIMPLE)
                        service_queue(s, EVENT_DONE);
                service_queue(s, pretend_exit(p, &child.failure, bad));
                return;
        }
        if (child.failure.exit_status)
                log_failure(s, command, &child.failure, 0);
        if (p == &s->control) {
                close_fd(&child.exec_fd);
                return;
        }
        s->main_pid_known = true;
        s->exec_fd = child.exec_fd;
        if (s->exec_fd >= 0)
                (void)sd_event_add_io(host_of(s)->event, &s->exec_source, s->exec_fd, EPOLLIN, on_exec_fd, s);
        bool is_up = c->type == SERVICE_TYPE_SIMPLE || c->type == SERVICE_TYPE_IDLE || c->type == SERVICE_TYPE_DBUS ||
                     (c->type == SERVICE_TYPE_EXEC && child.has_execed);
        if (is_up)
                service_queue(s, EVENT_DONE);
}

/* ---- the main process of a forking service ---- */

static pid_t parent_of(pid_t pid) {
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
        owned_str text = NULL;
        size_t length;
        if (sys_read_file(AT_FDCWD, path, 4096, &text, &length) < 0)
                return -1;
        const char *end = strrchr(text, ')');
        int parent;
        return end && sscanf(end + 1, " %*c %d", &parent) == 1 ? parent : -1;
}

static int on_alien_end(sd_event_source *source, int fd UNUSED, uint32_t events UNUSED, void *user) {
        struct service *s = user;
        (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
        s->main.has_ended = true;
        s->main.status = 0;
        s->main.exit_us = clock_realtime_us();
        run_forget_main(s);
        service_dispatch(s, EVENT_MAIN_ENDED);
        return 0;
}

void run_watch_alien(struct service *s) {
        if (s->main_pid_is_alien && s->main.pidfd >= 0 && !s->alien_source)
                (void)sd_event_add_io(host_of(s)->event, &s->alien_source, s->main.pidfd, EPOLLIN, on_alien_end, s);
}

int run_set_main_pid(struct service *s, pid_t pid) {
        if (pid == s->main.pid)
                return 0;
        if (pid <= 1 || pid == getpid())
                return -EINVAL;
        owned_fd pidfd = sys_pidfd_open(pid, 0);
        if (pidfd < 0)
                return pidfd;
        int r = tracker_has_pid(&s->object.tracker, &host_of(s)->cgroups, pid);
        if (r == 0)
                return -EPERM;
        run_forget_main(s);
        reset_process(&s->main);
        s->main.pid = s->main.last_pid = pid;
        s->main.start_us = clock_realtime_us();
        take_since(s, &s->main);
        s->main.pidfd = take_fd(&pidfd);
        s->main_pid_known = true;
        pid_t init_pid = host_of(s)->keeper ? host_of(s)->keeper->init_pid : getppid();
        s->main_pid_is_alien = parent_of(pid) != init_pid;
        run_watch_alien(s);
        return host_of(s)->watch_pid(host_of(s), pid, &s->object);
}

int run_load_pid_file(struct service *s) {
        const char *path = s->object.unit->service->pid_file;
        if (!path)
                return -ENOENT;
        owned_str text = NULL;
        size_t length;
        int r = sys_read_file(AT_FDCWD, path, 64, &text, &length);
        if (r < 0)
                return r;
        text[strcspn(text, " \t\r\n")] = 0;
        uint64_t pid;
        if (text_to_u64(text, 10, &pid) < 0 || pid > INT32_MAX)
                return -EINVAL;
        return run_set_main_pid(s, (pid_t)pid);
}

/* GuessMainPID=: the only process of the unit that is a child of PID 1. */
void run_guess_main_pid(struct service *s) {
        if (!s->object.unit->service->guess_main_pid || s->main_pid_known)
                return;
        owned_mem pid_t *pids = NULL;
        size_t count = 0;
        if (tracker_pids(&s->object.tracker, &pids, &count) < 0)
                return;
        pid_t found = 0, init_pid = host_of(s)->keeper ? host_of(s)->keeper->init_pid : getppid();
        for (size_t i = 0; i < count; i++)
                if (parent_of(pids[i]) == init_pid) {
                        if (found)
                                return;
                        found = pids[i];
                }
        if (found)
                (void)run_set_main_pid(s, found);
}

/* ---- ends ---- */

enum result run_result_of(const struct service *s, const struct process_info *p) {
        if (!p->has_ended || p->ignores_failure)
                return RESULT_SUCCESS;
        if (p->is_status_lost)
                return RESULT_RESOURCES;
        const struct exit_set *ok = &s->object.unit->service->success_status;
        /* A daemon that is asked to end by a signal ends well by it; a command does not. */
        static const int clean_signals[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };
        bool is_daemon = s->object.unit->service->type != SERVICE_TYPE_ONESHOT &&
                         (p == &s->main || s->command_kind == COMMAND_START);
        if (WIFEXITED(p->status)) {
                int code = WEXITSTATUS(p->status);
                return code == 0 || exit_set_has_code(ok, code) ? RESULT_SUCCESS : RESULT_EXIT_CODE;
        }
        int signal = WTERMSIG(p->status);
        if (exit_set_has_signal(ok, signal))
                return RESULT_SUCCESS;
        for (size_t i = 0; is_daemon && i < ARRAY_LEN(clean_signals); i++)
                if (signal == clean_signals[i])
                        return RESULT_SUCCESS;
        return WCOREDUMP(p->status) ? RESULT_CORE_DUMP : RESULT_SIGNAL;
}

static void note_end(struct process_info *p, const struct keeper_exit *e) {
        p->has_ended = true;
        p->status = e->status;
        p->exit_us = clock_realtime_us();
        p->pid = 0;
        p->is_gone = false;
        sys_close_later(&p->pidfd);
}

static bool is_of(const struct keeper_exit *e, const struct process_info *p) {
        return p->pid > 0 && keeper_exit_is_of(e, p->pid, p->since_sequence, p->since_us);
}

void run_watch_oom(struct service *s) {
        struct host *h = host_of(s);
        if (s->object.unit->service->oom_policy != OOM_POLICY_STOP || !h->watch_cgroup)
                return;
        bool has_controller = h->cgroups.controllers & CGROUP_MEMORY;
        bool is_on = has_controller && !(h->cgroups.later & CGROUP_MEMORY);
        int r = is_on ? h->watch_cgroup(h, &s->object, WATCH_OOM) : -ENOENT;
        if (r == -ENOENT) /* told only to who has asked for the policy: it is the default */
                (void)unit_set_outcome(s->object.unit, "Service.OOMPolicy", OUTCOME_UNAVAILABLE,
                                       has_controller
                                               ? "the memory controller is not on for this unit: MemoryAccounting=yes"
                                               : "there is no memory controller here");
        else if (r < 0)
                log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "OOMPolicy= counts for its main process only: %s",
                         strerror(-r));
}

/* Has the kernel killed processes of this start for want of memory? */
bool run_is_oom_killed(struct service *s) {
        const struct object *o = &s->object;
        const struct cgroup_root *root = &o->host->cgroups;
        if (o->tracker.cgroup_fd < 0 || !(root->controllers & ~root->later & CGROUP_MEMORY))
                return false;
        uint64_t before = s->oom_kills_seen;
        s->oom_kills_seen = cgroup_oom_kills(o->tracker.cgroup_fd);
        return s->oom_kills_seen > before;
}

void service_pid_ended(struct object *o, const struct keeper_exit *e) {
        struct service *s = service_of(o);
        char text[128];
        if (is_of(e, &s->control)) {
                note_end(&s->control, e);
                (void)host_of(s)->watch_pid(host_of(s), e->pid, NULL);
                enum result r = run_result_of(s, &s->control);
                if (r != RESULT_SUCCESS)
                        log_unit(LOG_LEVEL_NOTICE, object_name(o), "control process %s",
                                 process_format_status(&s->control, text));
                service_dispatch(s, r == RESULT_SUCCESS ? EVENT_CONTROL_OK : EVENT_CONTROL_BAD);
        } else if (is_of(e, &s->main)) {
                note_end(&s->main, e);
                (void)host_of(s)->watch_pid(host_of(s), e->pid, NULL);
                s->alien_source = sd_event_source_disable_unref(s->alien_source);
                s->exec_source = sd_event_source_disable_unref(s->exec_source);
                close_fd(&s->exec_fd);
                if (WIFSIGNALED(e->status) && WTERMSIG(e->status) == SIGKILL && run_is_oom_killed(s) &&
                    s->result == RESULT_SUCCESS)
                        s->result = RESULT_OOM_KILL;
                /* Forking daemons move to another pid: the PID file says so before the old one is gone. */
                if (s->object.unit->service->pid_file && run_load_pid_file(s) >= 0 && run_is_main_alive(s)) {
                        object_save(&s->object); /* before this end is acknowledged */
                        return;
                }
                bool is_bad = run_result_of(s, &s->main) != RESULT_SUCCESS;
                service_dispatch(s, EVENT_MAIN_ENDED);
                /* Where the service has failed by it, that says it already. */
                if (!is_inactive(object_active_state(o)) && s->state != SERVICE_AUTO_RESTART)
                        log_unit(is_bad ? LOG_LEVEL_NOTICE : LOG_LEVEL_DEBUG, object_name(o), "main process %s",
                                 process_format_status(&s->main, text));
        }
}

const char *process_format_status(const struct process_info *p, char buffer[128]) {
        if (!p->has_ended)
                (void)snprintf(buffer, 128, "runs");
        else if (p->is_status_lost)
                (void)snprintf(buffer, 128, "its status was lost");
        else if (WIFEXITED(p->status)) {
                const char *name = exit_status_name(WEXITSTATUS(p->status));
                (void)snprintf(buffer, 128, "code=exited, status=%d%s%s", WEXITSTATUS(p->status), name ? "/" : "",
                               name ? name : "");
        } else {
                const char *name = signal_name(WTERMSIG(p->status));
                (void)snprintf(buffer, 128, "code=%s, status=%d/%s%s", WCOREDUMP(p->status) ? "dumped" : "killed",
                               WTERMSIG(p->status), name ? name + 3 : "?",
                               WTERMSIG(p->status) == SIGSYS ? " (a system call that its policy forbids)" : "");
        }
        return buffer;
}

/* ---- signals ---- */

static int signal_process(const struct process_info *p, int signal) {
        if (p->pid <= 0 || p->is_gone)
                return 0;
        int r = p->pidfd >= 0 ? sys_pidfd_send_signal(p->pidfd, signal) : sys_kill(p->pid, signal);
        return r < 0 ? 0 : 1;
}

/* KillSignal=, or RestartKillSignal= when it is stopped to be started again. */
static int first_signal(const struct service *s) {
        const struct kill_settings *k = s->object.unit->kill;
        struct host *h = host_of(s);
        bool is_restart = k->restart_signal > 0 && h->has_restart_job && h->has_restart_job(h, &s->object);
        return is_restart ? k->restart_signal : k->signal;
}

/* 1: its end is to come: also when it has ended already, and PID 1 is about to tell. */
static int end_process(const struct process_info *p, int signal) {
        (void)signal_process(p, signal);
        return p->pid > 0;
}

int run_signal(struct service *s, enum service_state state) {
        const struct kill_settings *k = s->object.unit->kill;
        bool is_kill = state == SERVICE_STOP_SIGKILL || state == SERVICE_FINAL_SIGKILL;
        bool is_abort = state == SERVICE_STOP_WATCHDOG || state == SERVICE_FINAL_WATCHDOG;
        bool is_quiet =
                state == SERVICE_STOP_SIGTERM && s->wants_stopping && run_is_main_alive(s) && !s->forbids_restart;
        int signal = is_kill ? k->final_signal : is_abort ? k->watchdog_signal : first_signal(s);
        if (k->mode == KILL_NONE)
                return 0;
        if (is_quiet)
                return 1; /* it said STOPPING=1: it is on its way */
        int hit = end_process(&s->main, signal) + end_process(&s->control, signal);
        if (k->send_sighup && !is_kill && !is_abort) {
                (void)signal_process(&s->main, SIGHUP);
                (void)signal_process(&s->control, SIGHUP);
        }
        if (k->mode == KILL_CONTROL_GROUP || (k->mode == KILL_MIXED && is_kill)) {
                if (run_is_main_alive(s) || run_is_control_alive(s) || is_populated(s)) {
                        pid_t except[2] = { s->main.pid, s->control.pid };
                        int n = tracker_signal(&s->object.tracker, signal, except, 2);
                        if (n > 0 && k->send_sighup && !is_kill)
                                (void)tracker_signal(&s->object.tracker, SIGHUP, except, 2);
                        hit += n > 0 ? n : 0;
                }
        }
        if (hit > 0 && !is_kill) {
                /* The stopped and the frozen would never hear it. */
                (void)signal_process(&s->main, SIGCONT);
                (void)signal_process(&s->control, SIGCONT);
        }
        return hit;
}

int service_kill(struct object *o, const char *whom, int signal) {
        struct service *s = service_of(o);
        if (text_equal(whom, "main"))
                return signal_process(&s->main, signal) ? 0 : -ESRCH;
        if (text_equal(whom, "control"))
                return signal_process(&s->control, signal) ? 0 : -ESRCH;
        int hit = signal_process(&s->main, signal) + signal_process(&s->control, signal);
        pid_t except[2] = { s->main.pid, s->control.pid };
        int n = tracker_signal(&o->tracker, signal, except, 2);
        return hit + (n > 0 ? n : 0) > 0 ? 0 : -ESRCH;
}

int run_join_left(struct service *s) {
        struct host *h = host_of(s);
        owned_str path = object_cgroup_path(&s->object);
        if (!path)
                return -ENOMEM;
        log_unit(LOG_LEVEL_NOTICE, object_name(&s->object), "processes of an earlier start are left in its cgroup");
        return tracker_open(&s->object.tracker, &h->cgroups, s->object.unit, path, true);
}

/* It has ended, and nobody can say how. */
void run_end_unknown(struct service *s, struct process_info *p) {
        log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "process %d has ended, its exit status was lost", p->pid);
        (void)host_of(s)->watch_pid(host_of(s), p->pid, NULL);
        p->has_ended = p->is_status_lost = true;
        p->exit_us = clock_realtime_us();
        p->pid = 0;
        p->is_gone = false;
        close_fd(&p->pidfd);
        service_queue(s, p == &s->main ? EVENT_MAIN_ENDED : EVENT_CONTROL_BAD);
}

int run_adopt(struct service *s) {
        struct host *h = host_of(s);
        owned_str path = object_cgroup_path(&s->object);
        if (!path)
                return -ENOMEM;
        int r = tracker_open(&s->object.tracker, &h->cgroups, s->object.unit, path, true);
        if (r < 0)
                return r;
        run_begin(s);
        if (s->object.unit->service->pid_file)
                (void)run_load_pid_file(s);
        if (!s->main_pid_known)
                run_guess_main_pid(s);
        (void)run_is_oom_killed(s); /* what was before is not counted */
        run_watch_oom(s);
        return 0;
}

/* An empty cgroup serves again when the next start is at once: to make one takes longer than to fill it. Not one that was
 * delegated (others have changed it), nor for a unit that was read anew (its limits may be others). */
static bool can_keep_cgroup(struct service *s, bool has_start_job) {
        const struct object *o = &s->object;
        bool is_at_once = has_start_job || (s->will_restart && o->unit->service->restart_us == 0);
        return is_at_once && o->tracker.cgroup_fd >= 0 && s->tracked_unit == o->unit && !o->unit->cgroup->delegate &&
               !is_populated(s);
}

static bool drop_tracker(struct service *s) {
        struct host *h = host_of(s);
        if (h->unwatch_cgroup)
                h->unwatch_cgroup(h, &s->object);
        bool is_empty = tracker_remove(&s->object.tracker, &h->cgroups) >= 0;
        if (!is_empty)
                log_unit(LOG_LEVEL_DEBUG, object_name(&s->object), "processes were left behind, as KillMode= wants it");
        tracker_close(&s->object.tracker);
        tracker_init(&s->object.tracker);
        s->oom_kills_seen = 0;
        s->tracked_unit = NULL;
        return is_empty;
}

/* What must not outlive the service. */
void run_after_death(struct service *s) {
        struct host *h = host_of(s);
        run_forget_main(s);
        run_forget_control(s);
        bool has_start_job = h->has_start_job && h->has_start_job(h, &s->object);
        bool comes_back = s->will_restart || has_start_job;
        /* From the wait for its restart to that restart: nothing has happened. A start that is refused ends its job. */
        if (comes_back && s->is_cleaned_up)
                return;
        s->is_cleaned_up = comes_back;
        bool is_kept = can_keep_cgroup(s, has_start_job), is_empty = is_kept || drop_tracker(s);
        if (is_kept && s->will_restart && s->restart_count > 0) /* not the first time, so not the last */
                tracker_keep_events(&s->object.tracker);
        if (h->life_ended)
                h->life_ended(h, &s->object, is_empty);
        if (!comes_back)
                (void)ipc_remove(s->object.unit);
        if (is_empty && comes_back)
                exec_runtime_renew(&s->runtime);
        else
                exec_runtime_destroy(&s->runtime);
        (void)plan_remove_runtime_directories(s->object.unit, comes_back);
        if (s->object.unit->service->pid_file)
                (void)sys_unlinkat(AT_FDCWD, s->object.unit->service->pid_file, 0);
        if (!comes_back)
                stored_fds_close(s);
}
