/* SPDX-License-Identifier: MIT */
/* service-moves: the machine's table and the moves in it. The table is the specification: one row per state, one named move per
 * event. A move answers with the next state, whose entering does the work; it never enters one itself. */
#include "service-private.h"

#include "base/log.h"

#include <signal.h>
#include <sys/random.h>
#include <sys/wait.h>

typedef int (*move)(struct service *s);

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
        return SERVICE_STAY;
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
        return SERVICE_STAY;
}

static int lack_resources(struct service *s) {
        service_note(s, RESULT_RESOURCES);
        return SERVICE_STOP_SIGTERM;
}
static int lack_resources_at_end(struct service *s) {
        service_note(s, RESULT_RESOURCES);
        return SERVICE_FINAL_SIGTERM;
}

static int control_failed(struct service *s) {
        service_note(s, run_result_of(s, &s->control));
        return SERVICE_STOP_SIGTERM;
}
static int control_failed_at_end(struct service *s) {
        service_note(s, run_result_of(s, &s->control));
        return SERVICE_FINAL_SIGTERM;
}

/* ExecCondition=: 1…254 means skip, 255 or a signal means failure. */
static int condition_failed(struct service *s) {
        int status = s->control.status;
        service_note(s, WIFEXITED(status) && WEXITSTATUS(status) < 255 ? RESULT_EXEC_CONDITION
                                                                       : run_result_of(s, &s->control));
        return SERVICE_STOP_SIGTERM;
}

static int main_failed(struct service *s) {
        service_note(s, run_result_of(s, &s->main));
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
                return SERVICE_STAY;
        if (settings(s)->pid_file) {
                if (run_load_pid_file(s) < 0 && s->object.unit->commands->lists[COMMAND_START_POST].count == 0) {
                        timer_extend(s, 0);
                        return SERVICE_STAY; /* the timer looks for it until the start time-out */
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
                if (s->main_index + 1 < s->object.unit->commands->lists[COMMAND_START].count) {
                        s->main_index++;
                        return SERVICE_START;
                }
                return SERVICE_START_POST;
        }
        if (is_notify(s)) {
                service_note(s, r);
                service_note(s, RESULT_PROTOCOL);
                return SERVICE_STOP_SIGTERM;
        }
        service_note(s, r);
        return s->result == RESULT_SUCCESS ? SERVICE_START_POST : SERVICE_STOP_SIGTERM;
}

static int main_ended_beside_control(struct service *s) {
        service_note(s, run_result_of(s, &s->main));
        if (run_is_control_alive(s))
                return SERVICE_STAY;
        return s->state == SERVICE_START_POST ? SERVICE_STOP_SIGTERM : SERVICE_STOP;
}

static int main_ended(struct service *s) {
        if (settings(s)->exit_type == EXIT_TYPE_CGROUP && run_is_any_alive(s))
                return SERVICE_STAY;
        service_note(s, run_result_of(s, &s->main));
        return started(s);
}

static int note_main(struct service *s) {
        service_note(s, run_result_of(s, &s->main));
        return SERVICE_STAY;
}

static int ready(struct service *s) {
        return is_notify(s) ? SERVICE_START_POST : SERVICE_STAY;
}

static int empty_in_start(struct service *s) {
        bool is_waited_for = settings(s)->type == SERVICE_TYPE_FORKING ? !run_is_control_alive(s) : is_notify(s);
        if (!is_waited_for || run_is_main_alive(s))
                return SERVICE_STAY;
        service_note(s, RESULT_PROTOCOL);
        return SERVICE_STOP_SIGTERM;
}

static int empty_in_running(struct service *s) {
        return run_is_main_alive(s) ? SERVICE_STAY : started(s);
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
                return SERVICE_STAY;
        }
        log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "%s timed out", service_state_name(s->state));
        service_note(s, RESULT_TIMEOUT);
        return (int)next[settings(s)->timeout_start_failure_mode];
}

static int runtime_over(struct service *s) {
        log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "ran as long as RuntimeMaxSec= allows");
        service_note(s, RESULT_TIMEOUT);
        return SERVICE_STOP;
}

static int stop_timed_out(struct service *s) {
        static const enum service_state next[TIMEOUT_COUNT_] = {
                [TIMEOUT_TERMINATE] = SERVICE_STOP_SIGTERM,
                [TIMEOUT_ABORT] = SERVICE_STOP_WATCHDOG,
                [TIMEOUT_KILL] = SERVICE_STOP_SIGKILL,
        };
        service_note(s, RESULT_TIMEOUT);
        return (int)next[settings(s)->timeout_stop_failure_mode];
}

/* SIGTERM or SIGABRT did not do. */
static int kill_timed_out(struct service *s) {
        if (service_awaits_word(s))
                return SERVICE_STAY;
        service_note(s, RESULT_TIMEOUT);
        bool is_final = s->state == SERVICE_FINAL_SIGTERM || s->state == SERVICE_FINAL_WATCHDOG;
        if (s->object.unit->kill->send_sigkill) {
                log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "%s timed out, sending SIGKILL",
                         service_state_name(s->state));
                return is_final ? SERVICE_FINAL_SIGKILL : SERVICE_STOP_SIGKILL;
        }
        return is_final ? SERVICE_FAILED : SERVICE_STOP_POST;
}
static int sigkill_timed_out(struct service *s) {
        if (service_awaits_word(s))
                return SERVICE_STAY;
        service_note(s, RESULT_TIMEOUT);
        log_unit(LOG_LEVEL_ERROR, object_name(&s->object), "processes are left even after SIGKILL");
        return s->state == SERVICE_FINAL_SIGKILL ? SERVICE_FAILED : SERVICE_STOP_POST;
}
static int stop_post_timed_out(struct service *s) {
        service_note(s, RESULT_TIMEOUT);
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
                return SERVICE_STAY;
        switch ((int)s->state) {
        case SERVICE_STOP_WATCHDOG:
        case SERVICE_STOP_SIGTERM:
        case SERVICE_STOP_SIGKILL:
                return SERVICE_STOP_POST;
        default:
                return run_is_any_alive(s) ? SERVICE_STAY : dead(s);
        }
}
static int main_gone(struct service *s) {
        service_note(s, run_result_of(s, &s->main));
        return gone(s);
}

static int watchdog_hit(struct service *s) {
        log_unit(LOG_LEVEL_ERROR, object_name(&s->object), "watchdog time-out");
        service_note(s, RESULT_WATCHDOG);
        return SERVICE_STOP_WATCHDOG;
}

/* OOMPolicy=stop (systemd.service(5)). With kill it is the kernel that ends the others, too. */
static int oom(struct service *s) {
        if (settings(s)->oom_policy != OOM_POLICY_STOP)
                return SERVICE_STAY;
        log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "a process was killed by the kernel for want of memory");
        service_note(s, RESULT_OOM_KILL);
        return s->state == SERVICE_RUNNING || s->state == SERVICE_EXITED ? SERVICE_STOP : SERVICE_STOP_SIGTERM;
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
        return SERVICE_STAY;
}

/* Should not be: said, and nothing changes. */
static int astonished(struct service *s) {
        log_unit(LOG_LEVEL_DEBUG, object_name(&s->object), "an event that has no meaning in state %s",
                 service_state_name(s->state));
        return SERVICE_STAY;
}

/* ---- the table ---- */

/* clang-format off */

#define ROW(state, start, stop, reload, done, spawn_failed, control_ok, control_bad, main, ready_, empty, timeout, watchdog, self_reload_, self_stop, oom_) \
        [SERVICE_##state] = { start, stop, reload, done, spawn_failed, control_ok, control_bad, main, ready_, empty, timeout, watchdog, self_reload_, self_stop, oom_ }

static const move table[SERVICE_STATE_COUNT_][EVENT_COUNT_] = {
        /*  state           START       STOP            RELOAD      DONE                  SPAWN_FAILED           CONTROL_OK           CONTROL_BAD            MAIN_ENDED                 READY        EMPTY             TIMEOUT              WATCHDOG      SELF_RELOAD            SELF_STOP        OOM */
        ROW(DEAD,           begin,      stay,           astonished, astonished,           astonished,            stay,                stay,                  stay,                      stay,        stay,             astonished,          stay,         stay,                  stay,            stay),
        ROW(CONDITION,      stay,       stop_at_once,   astonished, to_start_pre,         lack_resources,        again,               condition_failed,      stay,                      stay,        stay,             start_timed_out,     stay,         stay,                  stay,            oom),
        ROW(START_PRE,      stay,       stop_at_once,   astonished, to_start,             lack_resources,        again,               control_failed,        stay,                      stay,        stay,             start_timed_out,     stay,         stay,                  stay,            oom),
        ROW(START,          stay,       stop_at_once,   astonished, to_start_post,        lack_resources,        start_command_ended, control_failed,        main_ended_in_start,       ready,       empty_in_start,   start_timed_out,     watchdog_hit, stay,                  to_stop_sigterm, oom),
        ROW(START_POST,     stay,       stop_at_once,   astonished, started,              lack_resources,        again,               control_failed,        main_ended_beside_control, stay,        empty_in_start,   start_timed_out,     watchdog_hit, stay,                  stay,            oom),
        ROW(RUNNING,        stay,       stop_in_order,  to_reload,  stay,                 astonished,            stay,                stay,                  main_ended,                stay,        empty_in_running, runtime_over,        watchdog_hit, self_reload,           to_stop_sigterm, oom),
        ROW(EXITED,         stay,       stop_in_order,  to_reload,  stay,                 astonished,            stay,                stay,                  stay,                      stay,        stay,             runtime_over,        stay,         stay,                  stay,            oom),
        ROW(RELOAD,         stay,       stop_at_once,   stay,       reload_commands_done, reload_lacks_resources, again,              reload_command_failed, main_ended_beside_control, stay,        stay,             reload_timed_out,    watchdog_hit, stay,                  stay,            oom),
        ROW(RELOAD_SIGNAL,  stay,       stop_at_once,   stay,       stay,                 reload_lacks_resources, stay,               stay,                  main_ended_beside_control, stay,        stay,             reload_timed_out,    watchdog_hit, self_reload_in_signal, to_stop_sigterm, oom),
        ROW(RELOAD_NOTIFY,  stay,       stop_at_once,   stay,       stay,                 reload_lacks_resources, stay,               stay,                  main_ended_beside_control, reload_done, stay,             reload_timed_out,    watchdog_hit, stay,                  to_stop_sigterm, oom),
        ROW(STOP,           astonished, forbid_restart, astonished, to_stop_sigterm,      lack_resources,        again,               control_failed,        note_main,                 stay,        stay,             stop_timed_out,      stay,         stay,                  stay,            oom),
        ROW(STOP_WATCHDOG,  astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             kill_timed_out,      stay,         stay,                  stay,            stay),
        ROW(STOP_SIGTERM,   astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             kill_timed_out,      stay,         stay,                  stay,            stay),
        ROW(STOP_SIGKILL,   astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             sigkill_timed_out,   stay,         stay,                  stay,            stay),
        ROW(STOP_POST,      astonished, forbid_restart, astonished, to_final_sigterm,     lack_resources_at_end, again,               control_failed_at_end, note_main,                 stay,        stay,             stop_post_timed_out, stay,         stay,                  stay,            stay),
        ROW(FINAL_WATCHDOG, astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             kill_timed_out,      stay,         stay,                  stay,            stay),
        ROW(FINAL_SIGTERM,  astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             kill_timed_out,      stay,         stay,                  stay,            stay),
        ROW(FINAL_SIGKILL,  astonished, forbid_restart, astonished, nothing_left,         astonished,            gone,                gone,                  main_gone,                 stay,        gone,             sigkill_timed_out,   stay,         stay,                  stay,            stay),
        ROW(FAILED,         begin,      stay,           astonished, astonished,           astonished,            stay,                stay,                  stay,                      stay,        stay,             astonished,          stay,         stay,                  stay,            stay),
        ROW(AUTO_RESTART,   begin,      to_dead,        astonished, astonished,           astonished,            stay,                stay,                  stay,                      stay,        stay,             restart_now,         stay,         stay,                  stay,            stay),
};
/* clang-format on */

int service_move(struct service *s, enum service_event event) {
        return table[s->state][event](s);
}
