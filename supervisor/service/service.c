/* SPDX-License-Identifier: MIT */
/* service: runs the machine whose table is in service-moves.c: it enters the states, and is what a unit's object calls. */
#include "service-private.h"

#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static const struct service_settings *settings(const struct service *s) {
        return s->object.unit->service;
}

/* The first thing that went wrong is the result. */
void service_note(struct service *s, enum result r) {
        if (s->result == RESULT_SUCCESS)
                s->result = r;
}

/* ---- entering a state ---- */

static void set_start_timer(struct service *s) {
        timer_set(s, settings(s)->timeout_start_us);
}

static void enter_commands(struct service *s) {
        static const enum service_command kinds[SERVICE_STATE_COUNT_] = {
                [SERVICE_CONDITION] = COMMAND_CONDITION,
                [SERVICE_START_PRE] = COMMAND_START_PRE,
                [SERVICE_START_POST] = COMMAND_START_POST,
                [SERVICE_RELOAD] = COMMAND_RELOAD,
                [SERVICE_STOP] = COMMAND_STOP,
                [SERVICE_STOP_POST] = COMMAND_STOP_POST,
        };
        bool is_stopping = s->state == SERVICE_STOP || s->state == SERVICE_STOP_POST;
        if (s->command_index == 0 && s->object.unit->commands->lists[kinds[s->state]].count > 0)
                timer_set(s, is_stopping ? settings(s)->timeout_stop_us : settings(s)->timeout_start_us);
        run_commands(s, kinds[s->state]);
}

static void enter_start(struct service *s) {
        set_start_timer(s);
        run_main(s);
}

/* RuntimeMaxSec= counts from when it became active: a reload in between is no new beginning. */
static uint64_t runtime_left_us(const struct service *s) {
        const struct object *o = &s->object;
        uint64_t now = clock_monotonic_us(), since = now;
        if (settings(s)->runtime_max_us == TIME_NEVER)
                return TIME_NEVER;
        if (is_active(o->shown) && o->active_enter.monotonic_us > 0)
                since = o->active_enter.monotonic_us;
        uint64_t end = time_add(time_add(since, settings(s)->runtime_max_us), s->runtime_extra_us);
        return end > now ? end - now : 0;
}

static void enter_running(struct service *s) {
        timer_set(s, runtime_left_us(s));
        watchdog_set(s, s->watchdog_us);
        if (s->main_pid_known && !run_is_main_alive(s))
                service_queue(s, EVENT_MAIN_ENDED);
}

static void enter_exited(struct service *s) {
        timer_set(s, TIME_NEVER);
        watchdog_set(s, 0);
}

static void enter_reload_signal(struct service *s) {
        set_start_timer(s);
        s->reload_begin_us = clock_monotonic_us();
        if (!run_is_main_alive(s) || kill(s->main.pid, settings(s)->reload_signal) < 0)
                service_queue(s, EVENT_SPAWN_FAILED);
}

static void enter_reload_notify(struct service *s) {
        set_start_timer(s);
}

static void enter_ending(struct service *s) {
        bool is_abort = s->state == SERVICE_STOP_WATCHDOG || s->state == SERVICE_FINAL_WATCHDOG;
        watchdog_set(s, 0);
        if (run_signal(s, s->state) > 0)
                timer_set(s, is_abort && settings(s)->timeout_abort_set ? settings(s)->timeout_abort_us
                                                                        : settings(s)->timeout_stop_us);
        else
                service_queue(s, EVENT_DONE);
}

/* Restart=, as the table of systemd.service(5) has it. */
static bool is_restart_wanted(const struct service *s) {
        const struct service_settings *c = settings(s);
        const struct process_info *p = &s->main;
        if (s->forbids_restart || s->object.host->is_shutting_down ||
            s->object.host->has_stop_job(s->object.host, &s->object))
                return false;
        if (s->result == RESULT_START_LIMIT_HIT || s->result == RESULT_EXEC_CONDITION)
                return false;
        if (p->has_ended && WIFEXITED(p->status)) {
                if (exit_set_has_code(&c->restart_prevent_status, WEXITSTATUS(p->status)))
                        return false;
                if (exit_set_has_code(&c->restart_force_status, WEXITSTATUS(p->status)))
                        return true;
        } else if (p->has_ended && WIFSIGNALED(p->status)) {
                if (exit_set_has_signal(&c->restart_prevent_status, WTERMSIG(p->status)))
                        return false;
                if (exit_set_has_signal(&c->restart_force_status, WTERMSIG(p->status)))
                        return true;
        }
        bool is_clean = s->result == RESULT_SUCCESS,
             is_abort = s->result == RESULT_SIGNAL || s->result == RESULT_CORE_DUMP;
        switch (c->restart) {
        case RESTART_ON_SUCCESS:
                return is_clean;
        case RESTART_ON_FAILURE:
                return !is_clean;
        case RESTART_ON_ABNORMAL:
                return !is_clean && s->result != RESULT_EXIT_CODE;
        case RESTART_ON_WATCHDOG:
                return s->result == RESULT_WATCHDOG;
        case RESTART_ON_ABORT:
                return is_abort;
        case RESTART_ALWAYS:
                return true;
        case RESTART_NO:
        case RESTART_COUNT_:
                break;
        }
        return false;
}

/* RestartSec=, growing to RestartMaxDelaySec= in RestartSteps= equal factors. */
static uint64_t restart_delay_us(const struct service *s) {
        const struct service_settings *c = settings(s);
        if (c->restart_steps == 0 || c->restart_max_delay_us == TIME_NEVER || c->restart_us == 0 ||
            s->restart_count == 0 || c->restart_us >= c->restart_max_delay_us)
                return c->restart_us;
        if (s->restart_count >= c->restart_steps)
                return c->restart_max_delay_us;
        /* The steps-th root by bisection: no libm for one number. */
        double ratio = (double)c->restart_max_delay_us / (double)c->restart_us, low = 1, high = ratio;
        for (int i = 0; i < 64; i++) {
                double middle = (low + high) / 2, power = 1;
                for (unsigned k = 0; k < c->restart_steps; k++)
                        power *= middle;
                *(power < ratio ? &low : &high) = middle;
        }
        double delay = (double)c->restart_us;
        for (unsigned k = 0; k < s->restart_count; k++)
                delay *= low;
        return (uint64_t)delay;
}

static void enter_auto_restart(struct service *s) {
        uint64_t delay_us = restart_delay_us(s);
        timer_set(s, delay_us == 0 ? TIME_NEVER : delay_us);
        if (delay_us == 0)
                service_queue(s, EVENT_TIMEOUT);
}

static void enter_dead(struct service *s) {
        timer_set(s, TIME_NEVER);
        watchdog_set(s, 0);
        run_after_death(s);
}

static const struct {
        const char *name;
        enum active_state active;
        void (*enter)(struct service *s);
} traits[SERVICE_STATE_COUNT_] = {
#define X(state, word, shown) [SERVICE_##state] = { .name = word, .active = ACTIVE_##shown },
        SERVICE_STATES(X)
#undef X
};

static void (*const enters[SERVICE_STATE_COUNT_])(struct service *s) = {
        [SERVICE_DEAD] = enter_dead,
        [SERVICE_CONDITION] = enter_commands,
        [SERVICE_START_PRE] = enter_commands,
        [SERVICE_START] = enter_start,
        [SERVICE_START_POST] = enter_commands,
        [SERVICE_RUNNING] = enter_running,
        [SERVICE_EXITED] = enter_exited,
        [SERVICE_RELOAD] = enter_commands,
        [SERVICE_RELOAD_SIGNAL] = enter_reload_signal,
        [SERVICE_RELOAD_NOTIFY] = enter_reload_notify,
        [SERVICE_STOP] = enter_commands,
        [SERVICE_STOP_WATCHDOG] = enter_ending,
        [SERVICE_STOP_SIGTERM] = enter_ending,
        [SERVICE_STOP_SIGKILL] = enter_ending,
        [SERVICE_STOP_POST] = enter_commands,
        [SERVICE_FINAL_WATCHDOG] = enter_ending,
        [SERVICE_FINAL_SIGTERM] = enter_ending,
        [SERVICE_FINAL_SIGKILL] = enter_ending,
        [SERVICE_FAILED] = enter_dead,
        [SERVICE_AUTO_RESTART] = enter_auto_restart,
};

const char *service_state_name(enum service_state state) {
        return state < SERVICE_STATE_COUNT_ ? traits[state].name : "?";
}

/* What is said of an end, once. */
static void log_end(const struct service *s, enum service_state next) {
        char text[128];
        if (next == SERVICE_FAILED)
                log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "failed with result '%s'%s%s",
                         result_name(s->result), s->main.has_ended ? ": main process " : "",
                         s->main.has_ended ? process_format_status(&s->main, text) : "");
        else
                log_unit(LOG_LEVEL_INFO, object_name(&s->object), "stopped");
}

static void enter_state(struct service *s, enum service_state next) {
        bool is_end = next == SERVICE_DEAD || next == SERVICE_FAILED;
        bool wants_restart = is_end && s->state != SERVICE_AUTO_RESTART && is_restart_wanted(s);
        if (next != s->state || next == SERVICE_START) {
                s->command_index = next == s->state ? s->command_index : 0;
                enum service_state before = s->state;
                s->state = next;
                if (is_end && before != SERVICE_AUTO_RESTART)
                        log_end(s, next);
                if (next == SERVICE_RUNNING && traits[before].active == ACTIVE_ACTIVATING)
                        log_unit(LOG_LEVEL_INFO, object_name(&s->object), "started");
        }
        s->will_restart = wants_restart;
        enters[next](s);
        if (wants_restart) {
                /* Those who wait see the failure first, then that it will be tried again. */
                if (settings(s)->restart_mode == RESTART_MODE_NORMAL)
                        object_changed(&s->object);
                service_enter_auto_restart(s);
        } else
                object_changed(&s->object);
}

void service_enter_auto_restart(struct service *s) {
        s->will_restart = false;
        s->state = SERVICE_AUTO_RESTART;
        enters[SERVICE_AUTO_RESTART](s);
        object_changed(&s->object);
}

void service_queue(struct service *s, enum service_event event) {
        if (s->fact_count < SERVICE_FACTS_MAX)
                s->facts[s->fact_count++] = (unsigned char)(event + 1);
        else
                log_unit(LOG_LEVEL_ERROR, object_name(&s->object), "too many facts at once");
}

static void run_fact(struct service *s) {
        enum service_event e = (enum service_event)(s->facts[0] - 1);
        /* What a move tells others may save us: then the fact is still to be dealt with. */
        int next = service_move(s, e);
        s->fact_count--;
        memmove(s->facts, s->facts + 1, s->fact_count);
        s->facts[s->fact_count] = 0;
        if (next != SERVICE_STAY)
                enter_state(s, (enum service_state)next);
}

void service_run(struct service *s) {
        if (s->is_dispatching)
                return;
        s->is_dispatching = s->object.is_saved_soon = true;
        do {
                while (s->fact_count > 0)
                        run_fact(s);
                run_watch_rest(s);
        } while (s->fact_count > 0);
        s->is_dispatching = s->object.is_saved_soon = false;
        object_save(&s->object);
}

void service_dispatch(struct service *s, enum service_event event) {
        service_queue(s, event);
        service_run(s);
}

/* ---- the object's operations ---- */

static int service_init(struct object *o) {
        struct service *s = service_of(o);
        s->main.pidfd = s->control.pidfd = s->exec_fd = -1;
        s->deadline_us = s->watchdog_deadline_us = TIME_NEVER;
        exec_runtime_init(&s->runtime);
        return 0;
}

static void service_done(struct object *o) {
        struct service *s = service_of(o);
        run_forget_main(s);
        run_forget_control(s);
        s->lost_source = sd_event_source_disable_unref(s->lost_source);
        s->timer = sd_event_source_disable_unref(s->timer);
        s->watchdog_timer = sd_event_source_disable_unref(s->watchdog_timer);
        stored_fds_forget(s);
        if (s->runtime.is_renewed) /* for a start that did not come */
                exec_runtime_destroy(&s->runtime);
        free(s->status_text);
        free(s->stored_names);
}

/* An earlier supervisor started it and it runs on: taken over as it is. Only what is proved empty is started anew. */
static int service_adopt(struct object *o) {
        struct service *s = service_of(o);
        int r = run_adopt(s);
        if (r < 0)
                return r;
        o->is_history_known = true;
        log_unit(LOG_LEVEL_NOTICE, object_name(&s->object), "taken over%s",
                 s->main_pid_known ? "" : ", its main process is not known");
        s->result = s->reload_result = RESULT_SUCCESS;
        s->state = SERVICE_RUNNING;
        s->watchdog_us = settings(s)->watchdog_us;
        enter_running(s);
        object_changed(&s->object);
        service_run(s);
        return 0;
}

/* Some are there for what follows from them, and have nothing to run. */
static bool has_commands(const struct service *s) {
        for (size_t i = 0; i < COMMAND_COUNT_; i++)
                if (s->object.unit->commands->lists[i].count > 0)
                        return true;
        return false;
}

static int service_start(struct object *o) {
        struct service *s = service_of(o);
        if (s->state != SERVICE_DEAD && s->state != SERVICE_FAILED && s->state != SERVICE_AUTO_RESTART)
                return 0; /* under way */
        int r = has_commands(s) ? object_open_tracker(o) : 0;
        /* How it ended is known: what is left of it was left there by KillMode=. Else it is still that service. */
        if (r == -EBUSY && o->is_history_known)
                r = run_join_left(s);
        else if (r == -EBUSY && service_adopt(o) >= 0)
                return 0;
        if (r < 0) {
                log_unit(LOG_LEVEL_ERROR, object_name(o), "not started, it has no cgroup: %s", strerror(-r));
                return r;
        }
        o->is_history_known = true;
        s->tracked_unit = o->unit;
        run_watch_oom(s);
        object_new_invocation(o);
        service_dispatch(s, EVENT_START);
        return 0;
}

static int service_stop(struct object *o) {
        struct service *s = service_of(o);
        if (s->state == SERVICE_DEAD || s->state == SERVICE_FAILED)
                return -EALREADY;
        service_dispatch(s, EVENT_STOP);
        return 0;
}

static bool service_can_reload(const struct object *o) {
        const struct service_settings *c = o->unit->service;
        return c && (o->unit->commands->lists[COMMAND_RELOAD].count > 0 || c->type == SERVICE_TYPE_NOTIFY_RELOAD);
}

static int service_reload(struct object *o) {
        if (!service_can_reload(o))
                return -EOPNOTSUPP;
        service_dispatch(service_of(o), EVENT_RELOAD);
        return 0;
}

static enum active_state service_active_state(const struct object *o) {
        enum service_state state = service_of_const(o)->state;
        /* Type=idle and simple services count as active from their exec on. */
        return traits[state].active;
}

static const char *service_sub_state(const struct object *o) {
        return traits[service_of_const(o)->state].name;
}

static enum result service_result(const struct object *o) {
        return service_of_const(o)->result;
}

static void service_reset_failed(struct object *o) {
        struct service *s = service_of(o);
        s->result = s->reload_result = RESULT_SUCCESS;
        s->restart_count = 0;
        o->start_count = 0;
        if (s->state == SERVICE_FAILED) {
                s->state = SERVICE_DEAD;
                object_changed(o);
        } else if (o->is_history_known)
                object_save(o);
}

static void service_cgroup_empty(struct object *o) {
        struct service *s = service_of(o);
        if (!run_is_main_alive(s)) /* the end of that one is told by and by, and means more */
                service_dispatch(s, EVENT_EMPTY);
}

static void service_oom_killed(struct object *o) {
        struct service *s = service_of(o);
        if (run_is_oom_killed(s))
                service_dispatch(s, EVENT_OOM);
}

/* The start that it was kept for has not come: it was refused. */
static void service_job_ended(struct object *o) {
        struct service *s = service_of(o);
        if (s->is_cleaned_up && !s->will_restart && (s->state == SERVICE_DEAD || s->state == SERVICE_FAILED))
                run_after_death(s);
}

static void service_start_failed(struct object *o, enum result result) {
        struct service *s = service_of(o);
        s->result = result;
        log_unit(LOG_LEVEL_WARNING, object_name(o), "start request repeated too quickly");
        s->state = SERVICE_FAILED;
        timer_set(s, TIME_NEVER);
        /* First: it is not lost when we are killed in between. */
        if (o->unit->unit->start_limit_action != EMERGENCY_NONE)
                o->host->emergency(o->host, o, o->unit->unit->start_limit_action, UNSET, "start limit hit");
        object_changed(o);
}

const struct object_ops service_ops = {
        .size = sizeof(struct service),
        .init = service_init,
        .done = service_done,
        .start = service_start,
        .stop = service_stop,
        .reload = service_reload,
        .can_reload = service_can_reload,
        .active_state = service_active_state,
        .sub_state = service_sub_state,
        .result = service_result,
        .reset_failed = service_reset_failed,
        .kill = service_kill,
        .pid_ended = service_pid_ended,
        .cgroup_empty = service_cgroup_empty,
        .look_for_lost = service_look_for_lost,
        .oom_killed = service_oom_killed,
        .job_ended = service_job_ended,
        .start_failed = service_start_failed,
        .rows = service_rows,
        .row_count = SERVICE_ROW_COUNT,
        .restore = service_restore,
        .resume = service_resume,
        .adopt = service_adopt,
};
