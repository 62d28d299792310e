/* SPDX-License-Identifier: MIT */
/* service: the machine. The table is the specification: one row per state, one named move per event. */
#include "service-private.h"

#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/wait.h>

/* A move answers with the next state: entering it does its work (also when it is the present one: the next command of a list), or with
 * STAY: nothing changes. */
#define STAY (-1)
typedef int (*move)(struct service *s);

static void note(struct service *s, enum result r) {
        if (s->result == RESULT_SUCCESS)
                s->result = r;
}

static const struct service_settings *settings(const struct service *s) {
        return s->object.unit->service;
}

static bool is_notify(const struct service *s) {
        enum service_type t = settings(s)->type;
        return t == SERVICE_TYPE_NOTIFY || t == SERVICE_TYPE_NOTIFY_RELOAD;
}

/* ---- moves ---- */

static int stay(struct service *s) {
        (void)s;
        return STAY;
}

static int begin(struct service *s) {
        s->result = s->reload_result = RESULT_SUCCESS;
        s->forbids_restart = s->is_ready = s->wants_reloading = s->wants_stopping = s->will_restart = false;
        run_begin(s);
        s->runtime_extra_us = 0;
        uint64_t most = settings(s)->runtime_randomized_extra_us, chance;
        if (most > 0 && most < TIME_NEVER && getrandom(&chance, sizeof chance, GRND_NONBLOCK) == sizeof chance)
                s->runtime_extra_us = chance % (most + 1);
        return SERVICE_CONDITION;
}

static int again(struct service *s) {
        return (int)s->state;
}

static int to_start_pre(struct service *s) {
        (void)s;
        return SERVICE_START_PRE;
}
static int to_start(struct service *s) {
        (void)s;
        return SERVICE_START;
}
static int to_start_post(struct service *s) {
        (void)s;
        return SERVICE_START_POST;
}
static int to_stop_sigterm(struct service *s) {
        (void)s;
        return SERVICE_STOP_SIGTERM;
}
static int to_final_sigterm(struct service *s) {
        (void)s;
        return SERVICE_FINAL_SIGTERM;
}
static int to_reload(struct service *s) {
        s->reload_result = RESULT_SUCCESS;
        return SERVICE_RELOAD;
}
static int to_dead(struct service *s) {
        s->forbids_restart = true;
        return SERVICE_DEAD;
}

/* A stop by hand: no restart; what has not come up yet is ended by signals, what runs by ExecStop=. */
static int stop_at_once(struct service *s) {
        s->forbids_restart = true;
        return SERVICE_STOP_SIGTERM;
}
static int stop_in_order(struct service *s) {
        s->forbids_restart = true;
        return SERVICE_STOP;
}
static int forbid_restart(struct service *s) {
        s->forbids_restart = true;
        return STAY;
}

static int lack_resources(struct service *s) {
        note(s, RESULT_RESOURCES);
        return SERVICE_STOP_SIGTERM;
}
static int lack_resources_at_end(struct service *s) {
        note(s, RESULT_RESOURCES);
        return SERVICE_FINAL_SIGTERM;
}

static int control_failed(struct service *s) {
        note(s, run_result_of(s, &s->control));
        return SERVICE_STOP_SIGTERM;
}
static int control_failed_at_end(struct service *s) {
        note(s, run_result_of(s, &s->control));
        return SERVICE_FINAL_SIGTERM;
}

/* ExecCondition=: 1…254 means skip, 255 or a signal means failure. */
static int condition_failed(struct service *s) {
        int status = s->control.status;
        note(s, WIFEXITED(status) && WEXITSTATUS(status) < 255 ? RESULT_EXEC_CONDITION : run_result_of(s, &s->control));
        return SERVICE_STOP_SIGTERM;
}

static int main_failed(struct service *s) {
        note(s, run_result_of(s, &s->main));
        return SERVICE_STOP_SIGTERM;
}

/* Is it up? Then running or exited, else it ends. */
static int started(struct service *s) {
        if (s->result != RESULT_SUCCESS)
                return SERVICE_STOP_SIGTERM;
        bool is_alive = s->main_pid_known ? run_is_main_alive(s)
                                          : settings(s)->type == SERVICE_TYPE_FORKING && run_is_any_alive(s);
        if (is_alive) {
                if (s->wants_stopping)
                        return SERVICE_STOP_SIGTERM;
                return s->wants_reloading ? SERVICE_RELOAD_NOTIFY : SERVICE_RUNNING;
        }
        return settings(s)->remain_after_exit ? SERVICE_EXITED : SERVICE_STOP;
}

static int start_command_ended(struct service *s) {
        if (settings(s)->type != SERVICE_TYPE_FORKING)
                return STAY;
        if (settings(s)->pid_file) {
                if (run_load_pid_file(s) < 0 && settings(s)->commands[COMMAND_START_POST].count == 0) {
                        timer_extend(s, 0);
                        return STAY; /* the timer looks for it until the start time-out */
                }
        } else
                run_guess_main_pid(s);
        return SERVICE_START_POST;
}

static int main_ended_in_start(struct service *s) {
        enum result r = run_result_of(s, &s->main);
        if (settings(s)->type == SERVICE_TYPE_ONESHOT) {
                if (r != RESULT_SUCCESS)
                        return main_failed(s);
                if (s->main_index + 1 < settings(s)->commands[COMMAND_START].count) {
                        s->main_index++;
                        return SERVICE_START;
                }
                return SERVICE_START_POST;
        }
        if (is_notify(s)) {
                note(s, r);
                note(s, RESULT_PROTOCOL);
                return SERVICE_STOP_SIGTERM;
        }
        note(s, r);
        return s->result == RESULT_SUCCESS ? SERVICE_START_POST : SERVICE_STOP_SIGTERM;
}

static int main_ended_beside_control(struct service *s) {
        note(s, run_result_of(s, &s->main));
        if (run_is_control_alive(s))
                return STAY;
        return s->state == SERVICE_START_POST ? SERVICE_STOP_SIGTERM : SERVICE_STOP;
}

static int main_ended(struct service *s) {
        if (settings(s)->exit_type == EXIT_TYPE_CGROUP && run_is_any_alive(s))
                return STAY;
        note(s, run_result_of(s, &s->main));
        return started(s);
}

static int note_main(struct service *s) {
        note(s, run_result_of(s, &s->main));
        return STAY;
}

static int ready(struct service *s) {
        return is_notify(s) ? SERVICE_START_POST : STAY;
}

static int empty_in_start(struct service *s) {
        bool is_waited_for = settings(s)->type == SERVICE_TYPE_FORKING ? !run_is_control_alive(s) : is_notify(s);
        if (!is_waited_for || run_is_main_alive(s))
                return STAY;
        note(s, RESULT_PROTOCOL);
        return SERVICE_STOP_SIGTERM;
}

static int empty_in_running(struct service *s) {
        return run_is_main_alive(s) ? STAY : started(s);
}

static int start_timed_out(struct service *s) {
        static const enum service_state next[TIMEOUT_COUNT_] = {
                [TIMEOUT_TERMINATE] = SERVICE_STOP_SIGTERM,
                [TIMEOUT_ABORT] = SERVICE_STOP_WATCHDOG,
                [TIMEOUT_KILL] = SERVICE_STOP_SIGKILL,
        };
        /* A forking service whose PID file has not shown up yet looks again. */
        if (s->state == SERVICE_START && settings(s)->type == SERVICE_TYPE_FORKING && !run_is_control_alive(s) &&
            clock_monotonic_us() < s->deadline_us) {
                if (run_load_pid_file(s) >= 0)
                        return SERVICE_START_POST;
                timer_extend(s, 0);
                return STAY;
        }
        log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "%s timed out", service_state_name(s->state));
        note(s, RESULT_TIMEOUT);
        return (int)next[settings(s)->timeout_start_failure_mode];
}

static int runtime_over(struct service *s) {
        log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "ran as long as RuntimeMaxSec= allows");
        note(s, RESULT_TIMEOUT);
        return SERVICE_STOP;
}

static int stop_timed_out(struct service *s) {
        static const enum service_state next[TIMEOUT_COUNT_] = {
                [TIMEOUT_TERMINATE] = SERVICE_STOP_SIGTERM,
                [TIMEOUT_ABORT] = SERVICE_STOP_WATCHDOG,
                [TIMEOUT_KILL] = SERVICE_STOP_SIGKILL,
        };
        note(s, RESULT_TIMEOUT);
        return (int)next[settings(s)->timeout_stop_failure_mode];
}

/* SIGTERM or SIGABRT did not do. */
static int kill_timed_out(struct service *s) {
        note(s, RESULT_TIMEOUT);
        bool is_final = s->state == SERVICE_FINAL_SIGTERM || s->state == SERVICE_FINAL_WATCHDOG;
        if (s->object.unit->kill->send_sigkill) {
                log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "%s timed out, sending SIGKILL",
                         service_state_name(s->state));
                return is_final ? SERVICE_FINAL_SIGKILL : SERVICE_STOP_SIGKILL;
        }
        return is_final ? SERVICE_FAILED : SERVICE_STOP_POST;
}
static int sigkill_timed_out(struct service *s) {
        note(s, RESULT_TIMEOUT);
        log_unit(LOG_LEVEL_ERROR, object_name(&s->object), "processes are left even after SIGKILL");
        return s->state == SERVICE_FINAL_SIGKILL ? SERVICE_FAILED : SERVICE_STOP_POST;
}
static int stop_post_timed_out(struct service *s) {
        note(s, RESULT_TIMEOUT);
        return SERVICE_FINAL_SIGTERM;
}

static int dead(struct service *s) {
        return s->result == RESULT_SUCCESS || s->result == RESULT_EXEC_CONDITION ? SERVICE_DEAD : SERVICE_FAILED;
}

/* Nothing was there to be signalled. */
static int nothing_left(struct service *s) {
        switch ((int)s->state) {
        case SERVICE_STOP_WATCHDOG:
        case SERVICE_STOP_SIGTERM:
                return s->object.unit->kill->send_sigkill ? SERVICE_STOP_SIGKILL : SERVICE_STOP_POST;
        case SERVICE_FINAL_WATCHDOG:
        case SERVICE_FINAL_SIGTERM:
                return s->object.unit->kill->send_sigkill ? SERVICE_FINAL_SIGKILL : dead(s);
        case SERVICE_STOP_SIGKILL:
                return SERVICE_STOP_POST;
        default:
                return dead(s);
        }
}

/* One of those that were signalled ended: go on when main and control process are both gone. */
static int gone(struct service *s) {
        if (run_is_main_alive(s) || run_is_control_alive(s))
                return STAY;
        switch ((int)s->state) {
        case SERVICE_STOP_WATCHDOG:
        case SERVICE_STOP_SIGTERM:
        case SERVICE_STOP_SIGKILL:
                return SERVICE_STOP_POST;
        default:
                return run_is_any_alive(s) ? STAY : dead(s);
        }
}
static int main_gone(struct service *s) {
        note(s, run_result_of(s, &s->main));
        return gone(s);
}

static int watchdog_hit(struct service *s) {
        log_unit(LOG_LEVEL_ERROR, object_name(&s->object), "watchdog time-out");
        note(s, RESULT_WATCHDOG);
        return SERVICE_STOP_WATCHDOG;
}

static int self_reload(struct service *s) {
        (void)s;
        return SERVICE_RELOAD_NOTIFY;
}

static int self_reload_in_signal(struct service *s) {
        (void)s;
        return SERVICE_RELOAD_NOTIFY;
}

static int reload_end(struct service *s, enum result r) {
        s->reload_result = r;
        if (r != RESULT_SUCCESS)
                log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "reload failed: %s", result_name(r));
        s->object.host->reloaded(s->object.host, &s->object, r);
        return started(s);
}
static int reload_commands_done(struct service *s) {
        if (settings(s)->pid_file)
                (void)run_load_pid_file(s);
        return settings(s)->type == SERVICE_TYPE_NOTIFY_RELOAD ? SERVICE_RELOAD_SIGNAL : reload_end(s, RESULT_SUCCESS);
}
static int reload_done(struct service *s) {
        s->wants_reloading = false;
        return reload_end(s, RESULT_SUCCESS);
}
static int reload_command_failed(struct service *s) {
        return reload_end(s, run_result_of(s, &s->control));
}
static int reload_lacks_resources(struct service *s) {
        return reload_end(s, RESULT_RESOURCES);
}
static int reload_timed_out(struct service *s) {
        if (run_is_control_alive(s))
                (void)kill(s->control.pid, SIGKILL);
        run_forget_control(s);
        s->wants_reloading = false;
        return reload_end(s, RESULT_TIMEOUT);
}

static int restart_now(struct service *s) {
        timer_set(s, TIME_NEVER); /* asked for once, also by whoever comes after us */
        s->object.host->wants_restart(s->object.host, &s->object);
        return STAY;
}

/* Should not be: said, and nothing changes. */
static int astonished(struct service *s) {
        log_unit(LOG_LEVEL_DEBUG, object_name(&s->object), "an event that has no meaning in state %s",
                 service_state_name(s->state));
        return STAY;
}

/* ---- the table ---- */

/* clang-format off */

#define ROW(state, start, stop, reload, done, spawn_failed, control_ok, control_bad, main, ready_, empty, timeout, watchdog, self_reload_, self_stop) \
        [SERVICE_##state] = { start, stop, reload, done, spawn_failed, control_ok, control_bad, main, ready_, empty, timeout, watchdog, self_reload_, self_stop }

static const move table[SERVICE_STATE_COUNT_][EVENT_COUNT_] = {
        /*  state           START       STOP            RELOAD      DONE                  SPAWN_FAILED           CONTROL_OK           CONTROL_BAD            MAIN_ENDED                 READY        EMPTY             TIMEOUT              WATCHDOG      SELF_RELOAD            SELF_STOP */
        ROW(DEAD,           begin,      stay,           astonished, astonished,           astonished,            stay,                stay,                  stay,                      stay,        stay,             astonished,          stay,         stay,                  stay),
        ROW(CONDITION,      stay,       stop_at_once,   astonished, to_start_pre,         lack_resources,        again,               condition_failed,      stay,                      stay,        stay,             start_timed_out,     stay,         stay,                  stay),
        ROW(START_PRE,      stay,       stop_at_once,   astonished, to_start,             lack_resources,        again,               control_failed,        stay,                      stay,        stay,             start_timed_out,     stay,         stay,                  stay),
        ROW(START,          stay,       stop_at_once,   astonished, to_start_post,        lack_resources,        start_command_ended, control_failed,        main_ended_in_start,       ready,       empty_in_start,   start_timed_out,     watchdog_hit, stay,                  to_stop_sigterm),
        ROW(START_POST,     stay,       stop_at_once,   astonished, started,              lack_resources,        again,               control_failed,        main_ended_beside_control, stay,        empty_in_start,   start_timed_out,     watchdog_hit, stay,                  stay),
        ROW(RUNNING,        stay,       stop_in_order,  to_reload,  stay,                 astonished,            stay,                stay,                  main_ended,                stay,        empty_in_running, runtime_over,        watchdog_hit, self_reload,           to_stop_sigterm),
        ROW(EXITED,         stay,       stop_in_order,  to_reload,  stay,                 astonished,            stay,                stay,                  stay,                      stay,        stay,             runtime_over,        stay,         stay,                  stay),
        ROW(RELOAD,         stay,       stop_at_once,   stay,       reload_commands_done, reload_lacks_resources, again,              reload_command_failed, main_ended_beside_control, stay,        stay,             reload_timed_out,    watchdog_hit, stay,                  stay),
        ROW(RELOAD_SIGNAL,  stay,       stop_at_once,   stay,       stay,                 reload_lacks_resources, stay,               stay,                  main_ended_beside_control, stay,        stay,             reload_timed_out,    watchdog_hit, self_reload_in_signal, to_stop_sigterm),
        ROW(RELOAD_NOTIFY,  stay,       stop_at_once,   stay,       stay,                 reload_lacks_resources, stay,               stay,                  main_ended_beside_control, reload_done, stay,             reload_timed_out,    watchdog_hit, stay,                  to_stop_sigterm),
        ROW(STOP,           astonished, forbid_restart, astonished, to_stop_sigterm,      lack_resources,        again,               control_failed,        note_main,                 stay,        stay,             stop_timed_out,      stay,         stay,                  stay),
        ROW(STOP_WATCHDOG,  astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             kill_timed_out,      stay,         stay,                  stay),
        ROW(STOP_SIGTERM,   astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             kill_timed_out,      stay,         stay,                  stay),
        ROW(STOP_SIGKILL,   astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             sigkill_timed_out,   stay,         stay,                  stay),
        ROW(STOP_POST,      astonished, forbid_restart, astonished, to_final_sigterm,     lack_resources_at_end, again,               control_failed_at_end, note_main,                 stay,        stay,             stop_post_timed_out, stay,         stay,                  stay),
        ROW(FINAL_WATCHDOG, astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             kill_timed_out,      stay,         stay,                  stay),
        ROW(FINAL_SIGTERM,  astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             kill_timed_out,      stay,         stay,                  stay),
        ROW(FINAL_SIGKILL,  astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             sigkill_timed_out,   stay,         stay,                  stay),
        ROW(FAILED,         begin,      stay,           astonished, astonished,           astonished,            stay,                stay,                  stay,                      stay,        stay,             astonished,          stay,         stay,                  stay),
        ROW(AUTO_RESTART,   begin,      to_dead,        astonished, astonished,           astonished,            stay,                stay,                  stay,                      stay,        stay,             restart_now,         stay,         stay,                  stay),
};
/* clang-format on */

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
        if (s->command_index == 0)
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
        timer_set(s, is_abort && settings(s)->timeout_abort_set ? settings(s)->timeout_abort_us
                                                                : settings(s)->timeout_stop_us);
        if (run_signal(s, s->state) <= 0)
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

void service_run(struct service *s) {
        if (s->is_dispatching)
                return;
        s->is_dispatching = true;
        while (s->fact_count > 0) {
                enum service_event e = (enum service_event)(s->facts[0] - 1);
                /* What a move tells others may save us: then the fact is still to be dealt with. */
                int next = table[s->state][e](s);
                s->fact_count--;
                memmove(s->facts, s->facts + 1, s->fact_count);
                s->facts[s->fact_count] = 0;
                if (next != STAY)
                        enter_state(s, (enum service_state)next);
        }
        s->is_dispatching = false;
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
        stored_fds_close(s);
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

static int service_start(struct object *o) {
        struct service *s = service_of(o);
        if (s->state != SERVICE_DEAD && s->state != SERVICE_FAILED && s->state != SERVICE_AUTO_RESTART)
                return 0; /* under way */
        int r = object_open_tracker(o);
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
        return c && (c->commands[COMMAND_RELOAD].count > 0 || c->type == SERVICE_TYPE_NOTIFY_RELOAD);
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
        service_dispatch(service_of(o), EVENT_EMPTY);
}

static void service_oom_killed(struct object *o) {
        struct service *s = service_of(o);
        enum oom_policy policy = settings(s)->oom_policy;
        log_unit(LOG_LEVEL_WARNING, object_name(o), "a process was killed by the kernel for want of memory");
        if (policy == OOM_POLICY_CONTINUE || traits[s->state].active == ACTIVE_INACTIVE ||
            traits[s->state].active == ACTIVE_FAILED)
                return;
        note(s, RESULT_OOM_KILL);
        if (s->state == SERVICE_RUNNING && run_is_main_alive(s)) {
                enter_state(s, SERVICE_STOP_SIGTERM);
                service_dispatch(s, EVENT_READY); /* runs what was queued; meaningless while ending */
        }
}

static void service_start_failed(struct object *o, enum result result) {
        struct service *s = service_of(o);
        s->result = result;
        log_unit(LOG_LEVEL_WARNING, object_name(o), "start request repeated too quickly");
        s->state = SERVICE_FAILED;
        timer_set(s, TIME_NEVER);
        /* First: it is not lost when we are killed in between. */
        if (o->unit->unit.start_limit_action != EMERGENCY_NONE)
                o->host->emergency(o->host, o, o->unit->unit.start_limit_action, UNSET, "start limit hit");
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
        .oom_killed = service_oom_killed,
        .start_failed = service_start_failed,
        .rows = service_rows,
        .row_count = SERVICE_ROW_COUNT,
        .restore = service_restore,
        .resume = service_resume,
        .adopt = service_adopt,
};
