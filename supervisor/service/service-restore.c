/* SPDX-License-Identifier: MIT */
/* service-restore: a service of which a predecessor has left a record: what is saved, and how its life goes on from there.
 *
 * Every external step of the machine is either saved before it (the making of a process), or may be done again (signals, time-outs,
 * clean-up): so a record always tells a state from which the machine can go on.
 */
#include "service-private.h"

#include "adopt.h"
#include "base/log.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#define LOST_US      (5 * US_PER_SEC) /* PID 1 would have told of an exit by then */
#define EXEC_LOOK_US (10 * US_PER_MS)

#define ROW(number, kind, field, most) RECORD_ROW(number, kind, struct service, field, most)
/* The numbers of the main process, and of the control process. */
#define PROCESS_ROWS(base, p) \
        ROW((base), PID, p.pid, 0), ROW((base) + 1, PID, p.last_pid, 0), ROW((base) + 2, U64, p.start_us, 0), \
                ROW((base) + 3, U64, p.exit_us, 0), ROW((base) + 4, BOOL, p.has_ended, 1), \
                ROW((base) + 5, I32, p.status, 0), ROW((base) + 6, BOOL, p.ignores_failure, 1), \
                ROW((base) + 7, U64, p.since_us, 0), ROW((base) + 8, U64, p.since_sequence, 0), \
                ROW((base) + 9, BOOL, p.is_status_lost, 1)

const struct record_row service_rows[] = {
        ROW(1, U32, state, SERVICE_STATE_COUNT_ - 1),
        ROW(2, U32, result, RESULT_COUNT_ - 1),
        ROW(3, U32, reload_result, RESULT_COUNT_ - 1),
        PROCESS_ROWS(4, main),
        PROCESS_ROWS(14, control),
        ROW(24, BOOL, main_pid_known, 1),
        ROW(25, BOOL, main_pid_is_alien, 1),
        ROW(26, U32, command_kind, COMMAND_COUNT_ - 1),
        ROW(27, U32, command_index, UINT16_MAX),
        ROW(28, U32, main_index, UINT16_MAX),
        ROW(29, BOOL, forbids_restart, 1),
        ROW(30, BOOL, is_ready, 1),
        ROW(31, BOOL, wants_reloading, 1),
        ROW(32, BOOL, wants_stopping, 1),
        ROW(33, U32, restart_count, UINT32_MAX),
        ROW(34, TEXT, status_text, 1024),
        ROW(35, I32, status_errno, 0),
        ROW(36, U64, watchdog_us, 0),
        ROW(37, UNTIL, watchdog_deadline_us, 0),
        ROW(38, UNTIL, deadline_us, 0),
        ROW(39, U64, reload_begin_us, 0),
        ROW(40, BYTES, facts, SERVICE_FACTS_MAX),
        ROW(41, U32, spawning, SPAWNING_COUNT_ - 1),
        ROW(42, BOOL, will_restart, 1),
        ROW(43, TEXT, stored_names, STORED_NAMES_MAX),
        ROW(44, U64, runtime_extra_us, 0),
        ROW(45, TEXT, runtime.id, 32),
        ROW(46, U64, oom_kills_seen, 0),
};
_Static_assert(ARRAY_LEN(service_rows) == SERVICE_ROW_COUNT, "the header says how many there are");
_Static_assert(RECORD_BASE_TYPE + SERVICE_ROW_COUNT < RECORD_BASE_JOB, "no number is two fields'");

/* ---- taking over ----------------------------------------------------------------------------------------------------- */

static bool is_idle(const struct service *s) {
        return s->state == SERVICE_DEAD || s->state == SERVICE_FAILED || s->state == SERVICE_AUTO_RESTART;
}

static int on_lost(sd_event_source *source UNUSED, uint64_t now UNUSED, void *user) {
        struct service *s = user;

        if (s->main.is_gone)
                run_end_unknown(s, &s->main);
        if (s->control.is_gone)
                run_end_unknown(s, &s->control);
        service_run(s);
        return 0;
}

/* PID 1 may have reaped it this moment: only when nothing is heard of it for so long, its status is lost. */
static void wait_for_lost(struct service *s) {
        s->lost_source = sd_event_source_disable_unref(s->lost_source);
        (void)sd_event_add_time_relative(s->object.host->event, &s->lost_source, CLOCK_MONOTONIC, LOST_US, 0, on_lost,
                                         s);
}

void service_look_for_lost(struct object *o) {
        struct service *s = service_of(o);
        struct process_info *both[] = { &s->main, &s->control };

        for (size_t i = 0; i < ARRAY_LEN(both); i++) {
                struct process_info *p = both[i];

                /* A process that was reaped has no signals to get; one that was not, has: also a zombie. */
                if (p->pid <= 0 || p->is_gone || p->pidfd < 0 || (p == &s->main && s->main_pid_is_alien) ||
                    sys_pidfd_send_signal(p->pidfd, 0) != -ESRCH)
                        continue;
                p->is_gone = true;
                wait_for_lost(s);
        }
}

bool service_awaits_word(struct service *s) {
        enum kill_mode mode = s->object.unit->kill->mode;
        bool is_rest_killed = mode == KILL_CONTROL_GROUP || mode == KILL_MIXED;

        if ((s->main.pid > 0 && !s->main.is_gone) || (s->control.pid > 0 && !s->control.is_gone))
                return false;
        if ((!s->main.is_gone && !s->control.is_gone) || (is_rest_killed && run_is_rest_alive(s)))
                return false;
        if (!s->lost_source)
                wait_for_lost(s);
        timer_set(s, LOST_US);
        return true;
}

static enum adopt_process look_at(struct service *s, struct process_info *p) {
        const struct keeper *k = s->object.host->keeper;
        owned_fd pidfd = -1;

        if (p->pid <= 0)
                return ADOPT_PROCESS_LOST;
        if (k && keeper_has_ended(k, p->pid, p->since_sequence, p->since_us))
                return ADOPT_PROCESS_ENDED;
        /* PID 1 has not reaped it, so the pid is still its own. Of strangers PID 1 knows nothing: the cgroup does. */
        pidfd = sys_pidfd_open(p->pid, 0);
        if (pidfd < 0 || (p == &s->main && s->main_pid_is_alien &&
                          tracker_has_pid(&s->object.tracker, &s->object.host->cgroups, p->pid) <= 0))
                return ADOPT_PROCESS_LOST;
        p->pidfd = take_fd(&pidfd);
        return ADOPT_PROCESS_ALIVE;
}

static void restore_process(struct service *s, struct process_info *p, enum adopt_cgroup cgroup) {
        struct host *h = s->object.host;

        if (p->pid <= 0)
                return;
        enum adopt_verdict verdict = adopt_verdict(ADOPT_RECORD_VALID, look_at(s, p), cgroup);

        if (verdict == ADOPT_END_UNKNOWN && p == &s->main && s->main_pid_is_alien) {
                run_end_unknown(s, p);
                return;
        }
        if (verdict == ADOPT_END_UNKNOWN)
                wait_for_lost(s);
        p->is_gone = verdict != ADOPT_GO_ON;
        (void)h->watch_pid(h, p->pid, &s->object);
}

/* A process was being made when the predecessor was killed: either the kernel has stored its pid, or there is none. */
static void finish_spawn(struct service *s, pid_t spawned) {
        struct process_info *p = s->spawning == SPAWNING_MAIN ? &s->main : &s->control;

        if (s->spawning == SPAWNING_NOTHING || spawned <= 0)
                return;
        p->pid = p->last_pid = spawned;
        p->has_ended = p->is_status_lost = false;
        s->main_pid_known |= p == &s->main;
        s->spawning = SPAWNING_NOTHING;
}

/* What an ended service has left behind. */
static void clean_idle(struct service *s, const char *path) {
        const struct cgroup_root *cgroups = &s->object.host->cgroups;
        owned_fd fd = cgroups->fd < 0 ? -ENOENT : sys_openat(cgroups->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        enum adopt_cgroup cgroup = adopt_cgroup_of(fd < 0 ? fd : cgroup_is_populated(fd));

        if (adopt_verdict(ADOPT_RECORD_IDLE, ADOPT_PROCESS_LOST, cgroup) == ADOPT_CLEAN)
                (void)cgroup_remove(cgroups, path);
}

static enum adopt_cgroup restore_tracker(struct service *s) {
        struct object *o = &s->object;
        struct host *h = o->host;
        owned_str saved = take_ptr(o->tracker.cgroup_path);
        owned_str path = saved ? take_ptr(saved) : object_cgroup_path(o);
        int r;

        if (is_idle(s)) {
                if (path)
                        clean_idle(s, path);
                return ADOPT_CGROUP_GONE;
        }
        r = path ? tracker_open(&o->tracker, &h->cgroups, o->unit, path, true) : -ENOMEM;
        if (r < 0) {
                log_unit(LOG_LEVEL_ERROR, object_name(o), "its cgroup cannot be taken over: %s", strerror(-r));
                return ADOPT_CGROUP_GONE;
        }
        run_watch_oom(s);
        return adopt_cgroup_of(tracker_is_populated(&o->tracker) > 0);
}

void service_restore(struct object *o, pid_t spawned) {
        struct service *s = service_of(o);
        enum adopt_cgroup cgroup;

        while (s->fact_count < SERVICE_FACTS_MAX && s->facts[s->fact_count]) {
                if (s->facts[s->fact_count] > EVENT_COUNT_)
                        s->facts[s->fact_count] = 0; /* of a newer supervisor: not known here */
                else
                        s->fact_count++;
        }
        finish_spawn(s, spawned);
        cgroup = restore_tracker(s);
        stored_fds_restore(s);
        if (is_idle(s)) {
                if (s->runtime.id)
                        (void)exec_runtime_adopt(&s->runtime, o->unit, o->invocation_id, 0);
                if (s->state != SERVICE_AUTO_RESTART && !s->will_restart)
                        exec_runtime_destroy(&s->runtime); /* it was kept for a start that may not come any more */
                return;
        }
        restore_process(s, &s->main, cgroup);
        restore_process(s, &s->control, cgroup);
        (void)exec_runtime_adopt(&s->runtime, o->unit, o->invocation_id, s->main.pidfd >= 0 ? s->main.pid : 0);
}

/* ---- going on -------------------------------------------------------------------------------------------------------- */

/* Does the process run its own program by now? It does not before execve(2): then it is still one of ours. */
static bool has_execed(pid_t pid) {
        char path[64], theirs[PATH_MAX], ours[PATH_MAX];
        ssize_t n, m;

        (void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
        n = readlink(path, theirs, sizeof(theirs) - 1);
        m = readlink("/proc/self/exe", ours, sizeof(ours) - 1);
        if (n < 0 || m < 0)
                return false; /* its end will be told */
        theirs[n] = ours[m] = 0;
        theirs[strcspn(theirs, " ")] = ours[strcspn(ours, " ")] = 0; /* " (deleted)" */
        return !text_equal(theirs, ours);
}

static int on_exec_look(sd_event_source *source, uint64_t now, void *user) {
        struct service *s = user;

        if (s->state != SERVICE_START || !run_is_main_alive(s))
                return 0;
        if (has_execed(s->main.pid)) {
                service_dispatch(s, EVENT_DONE);
                return 0;
        }
        (void)sd_event_source_set_time(source, now + EXEC_LOOK_US);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static bool has_fact(const struct service *s, enum service_event event) {
        return memchr(s->facts, (int)event + 1, s->fact_count) != NULL;
}

static void queue_once(struct service *s, enum service_event event) {
        if (!has_fact(s, event))
                service_queue(s, event);
}

/* A start whose process is there: what it waits for besides the process itself. */
static void resume_start(struct service *s) {
        const struct service_settings *c = s->object.unit->service;

        if (!run_is_main_alive(s))
                return;
        switch ((int)c->type) {
        case SERVICE_TYPE_SIMPLE:
        case SERVICE_TYPE_IDLE:
        case SERVICE_TYPE_DBUS:
                queue_once(s, EVENT_DONE);
                break;
        case SERVICE_TYPE_EXEC:
                if (!has_fact(s, EVENT_DONE))
                        (void)sd_event_add_time_relative(s->object.host->event, &s->exec_source, CLOCK_MONOTONIC, 0,
                                                         US_PER_MS, on_exec_look, s);
                break;
        case SERVICE_TYPE_NOTIFY:
        case SERVICE_TYPE_NOTIFY_RELOAD:
                if (s->is_ready)
                        queue_once(s, EVENT_READY);
                break;
        default:
                break;
        }
}

/* The predecessor was killed when it was about to make a process, and there is none: made now. */
static void redo_spawn(struct service *s) {
        enum service_spawning spawning = s->spawning;

        s->spawning = SPAWNING_NOTHING;
        if (spawning == SPAWNING_MAIN || s->command_kind == COMMAND_START) {
                run_main(s);
                return;
        }
        if (s->command_index > 0)
                s->command_index--;
        run_commands(s, s->command_kind);
}

static bool is_command_state(const struct service *s) {
        static const bool has_commands[SERVICE_STATE_COUNT_] = {
                [SERVICE_CONDITION] = true, [SERVICE_START_PRE] = true, [SERVICE_START_POST] = true,
                [SERVICE_RELOAD] = true,    [SERVICE_STOP] = true,      [SERVICE_STOP_POST] = true,
        };
        return has_commands[s->state];
}

void service_resume(struct object *o) {
        struct service *s = service_of(o);

        if (object_active_state(o) != o->told &&
            !(s->will_restart && o->unit->service->restart_mode != RESTART_MODE_NORMAL))
                object_changed(o);
        if (s->will_restart && (s->state == SERVICE_DEAD || s->state == SERVICE_FAILED)) {
                service_enter_auto_restart(s);
                service_run(s);
                return;
        }
        timer_restore(s);
        run_watch_alien(s);
        if (is_idle(s)) {
                service_run(s);
                return;
        }
        if (s->spawning != SPAWNING_NOTHING)
                redo_spawn(s);
        else if (s->state == SERVICE_START)
                resume_start(s);
        else if (is_command_state(s) && !run_is_control_alive(s) && s->fact_count == 0)
                run_commands(s, s->command_kind);
        if (s->state == SERVICE_RUNNING && s->main_pid_known && !run_is_main_alive(s))
                queue_once(s, EVENT_MAIN_ENDED);
        if (tracker_is_populated(&o->tracker) == 0)
                queue_once(s, EVENT_EMPTY);
        if (run_is_oom_killed(s)) /* while nobody was there to be told */
                queue_once(s, EVENT_OOM);
        service_run(s);
}
