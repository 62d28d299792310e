/* SPDX-License-Identifier: MIT */
/* service-private: what the files of the service machine share; nobody else includes it. */
#pragma once

#include "service.h"

/* What can happen to a service; the columns of the table. */
#define SERVICE_EVENTS(X) \
        X(START) X(STOP) X(RELOAD) X(DONE) X(SPAWN_FAILED) X(CONTROL_OK) X(CONTROL_BAD) X(MAIN_ENDED) X(READY) X(EMPTY) X(TIMEOUT) \
        X(WATCHDOG) X(SELF_RELOAD) X(SELF_STOP) X(OOM)

enum service_event {
#define X(name) EVENT_##name,
        SERVICE_EVENTS(X)
#undef X
        EVENT_COUNT_
};

void service_queue(struct service *s, enum service_event event);
/* Runs the machine until no fact is left. */
void service_run(struct service *s);
/* Queues and runs. */
void service_dispatch(struct service *s, enum service_event event);

void service_note(struct service *s, enum result r); /* what went wrong; the first one counts */

/* service-moves.c: what the event means in the present state: the next state (entering it does its work, also when it is the
 * present one: the next command of a list), or SERVICE_STAY: nothing changes. */
#define SERVICE_STAY (-1)
int service_move(struct service *s, enum service_event event);

/* service-run.c: processes */
void run_commands(struct service *s, enum service_command kind); /* the next of the list as control process, or DONE */
void run_main(struct service *s);
void run_begin(struct service *s); /* forgets the last run's processes */
bool run_is_main_alive(const struct service *s);
bool run_is_control_alive(const struct service *s);
bool run_is_rest_alive(struct service *s); /* the cgroup holds something */
bool run_is_any_alive(struct service *s); /* main, control, or the rest of the cgroup */
/* While main or control process is there, its end is told, and the cgroup is looked at then. Else the cgroup itself is watched: what
 * it still holds is waited for, or is all that there is of the service. */
void run_watch_rest(struct service *s);
/* OOMPolicy=stop: to be told when the kernel kills one of its processes for want of memory. */
void run_watch_oom(struct service *s);
bool run_is_oom_killed(struct service *s); /* since it was asked last */
int run_set_main_pid(struct service *s, pid_t pid);
void run_forget_main(struct service *s);
void run_forget_control(struct service *s);
int run_load_pid_file(struct service *s);
void run_guess_main_pid(struct service *s);
/* Takes over the processes that the unit's cgroup holds already. 0 or -errno. */
int run_adopt(struct service *s);
/* Opens the cgroup for a new start beside what an earlier one left in it. 0 or -errno. */
int run_join_left(struct service *s);
void run_after_death(struct service *s);
enum result run_result_of(const struct service *s, const struct process_info *p);
/* Signals for a state of ending; how many processes got one. */
int run_signal(struct service *s, enum service_state state);
int service_kill(struct object *o, const char *whom, int signal);
void service_pid_ended(struct object *o, const struct keeper_exit *exit);

/* service-plan.c: the plan of a command, to be freed by the caller. 0; -errno and *failure as from plan_build(), or --strict. */
int service_plan(struct service *s, const struct exec_command *command, enum service_command kind, struct plan **ret,
                 struct exec_failure *failure);
/* Where the kernel stores the pid of the next process; NULL: nowhere. Valid until the service is saved. */
int32_t *service_pid_slot(struct service *s);

/* service-restore.c */
extern const struct record_row service_rows[];
#define SERVICE_ROW_COUNT 46u
void service_restore(struct object *o, pid_t spawned);
void service_resume(struct object *o);
void service_look_for_lost(struct object *o);
/* A time-out came while nothing is left but the word of how it ended: nobody is there to be killed. The word comes, or is given up,
 * soon; the time-out is put off until then. */
bool service_awaits_word(struct service *s);
void service_enter_auto_restart(struct service *s); /* service.c */
void run_watch_alien(struct service *s);
void run_end_unknown(struct service *s, struct process_info *p);

/* service-timer.c */
void timer_restore(struct service *s); /* both deadlines, as they are */
void timer_set(struct service *s, uint64_t after_us); /* the state's deadline; TIME_NEVER: none */
void timer_extend(struct service *s, uint64_t after_us);
void watchdog_set(struct service *s, uint64_t period_us);

/* service-notify.c */
void stored_fds_restore(struct service *s);
void stored_fds_close(struct service *s);  /* PID 1 gives them up, too */
void stored_fds_forget(struct service *s); /* it keeps them for our successor */
