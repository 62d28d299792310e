/* SPDX-License-Identifier: MIT */
/* manager-end: how it ends: in order by a target, at once when that is asked for, and by the unit that everything is for. */
#include "manager-private.h"

#include "init/wire.h"
#include "base/log.h"
#include "service/service.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define HOLDUP_US (5 * US_PER_SEC)

static const struct {
        const char *target;
        enum wire_end_how how;
} ends[] = {
        [MANAGER_END_EXIT] = { "exit.target", WIRE_END_EXIT },
        [MANAGER_END_POWEROFF] = { "poweroff.target", WIRE_END_POWEROFF },
        [MANAGER_END_REBOOT] = { "reboot.target", WIRE_END_REBOOT },
        [MANAGER_END_HALT] = { "halt.target", WIRE_END_HALT },
        [MANAGER_END_KEXEC] = { "kexec.target", WIRE_END_KEXEC },
};

/* From here on PID 1 ends what is left. */
static void end_now(struct manager *m) {
        if (m->is_over)
                return;
        m->is_over = true;
        manager_release_logger(m);
        int r = keeper_end(m->keeper, ends[m->end_how].how, m->end_code, m->end_why);
        if (r < 0)
                log_error("PID 1 does not hear of the end: %s", strerror(-r));
        (void)sd_event_exit(m->event, 0);
}

/* Every unit has ended: with what they said last on the disk and on the console. */
static void end_in_order(struct manager *m) {
        if (!m->is_over && !m->drained && manager_drain_logger(m, end_now) == 0)
                end_now(m);
}

/* Says who holds the end up. */
static int on_holdup(sd_event_source *source, uint64_t now, void *user) {
        struct manager *m = user;
        for (struct job *j = m->jobs.by_id; j; j = j->hh.next) {
                char span[TEXT_SPAN_MAX];
                if (j->type == JOB_STOP && j->state == JOB_RUNNING)
                        log_unit(LOG_LEVEL_NOTICE, j->node->name, "the end waits for it: %s since %s",
                                 object_sub_state(j->node->object),
                                 text_format_span(span,
                                                  (clock_monotonic_us() - j->begin_us) / US_PER_SEC * US_PER_SEC));
        }
        (void)sd_event_source_set_time(source, now + HOLDUP_US);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int watch_holdup(struct manager *m) {
        return sd_event_add_time_relative(m->event, &m->holdup_source, CLOCK_MONOTONIC, HOLDUP_US, US_PER_SEC,
                                          on_holdup, m);
}

/* Everything stops, by the target of this end. */
static void stop_all(struct manager *m) {
        const char *target = ends[m->end_how].target;
        struct node *n;
        struct job_error error = { .text = "" };
        int r = manager_load_unit(m, target, &n);
        if (r >= 0)
                r = jobs_add(&m->jobs, JOB_START, n, JOB_MODE_REPLACE_IRREVERSIBLY, NULL, &error);
        if (r >= 0)
                return;
        log_warning("cannot end by %s (%s): stopping every unit", target, error.text);
        for (n = m->graph.nodes; n; n = n->next)
                if (!is_inactive(object_active_state(n->object)))
                        (void)jobs_add(&m->jobs, JOB_STOP, n, JOB_MODE_REPLACE, NULL, NULL);
        if (jobs_count(&m->jobs) == 0)
                end_in_order(m);
}

/* A predecessor has begun it. */
void manager_resume_end(struct manager *m) {
        (void)watch_holdup(m);
        stop_all(m); /* what it asked for may not have been asked for in full */
}

int manager_end(struct manager *m, enum manager_end_how how, int code, bool force, const char *why) {
        if (!m->is_ending || force) {
                m->end_how = how;
                m->end_code = code;
                (void)snprintf(m->end_why, sizeof m->end_why, "%s", why ? why : "");
        }
        if (force) {
                end_now(m);
                return 0;
        }
        if (m->is_ending)
                return 0;
        m->is_ending = m->host.is_shutting_down = true;
        log_notice("ending%s%s", m->end_why[0] ? ": " : "", m->end_why);
        (void)watch_holdup(m);
        manager_save(m); /* before the jobs: who comes after us knows what they are for */
        stop_all(m);
        return 0;
}

void manager_idle(struct manager *m) {
        if (m->is_ending)
                end_in_order(m);
}

/* What PID 1's signals mean (systemd(1) "Signals", in the part that makes sense here). */
static const struct {
        int signal; /* from SIGRTMIN on: -n */
        enum manager_end_how how;
} end_signals[] = {
        { SIGTERM, MANAGER_END_EXIT }, { SIGINT, MANAGER_END_EXIT }, { SIGPWR, MANAGER_END_POWEROFF },
        { SIGQUIT, MANAGER_END_EXIT }, { -3, MANAGER_END_HALT },     { -4, MANAGER_END_POWEROFF },
        { -5, MANAGER_END_REBOOT },    { -6, MANAGER_END_KEXEC },
};

void manager_signalled(void *user, int signal, pid_t sender UNUSED) {
        struct manager *m = user;
        if (signal == SIGHUP) {
                log_notice("reloading, as SIGHUP asks");
                (void)manager_reload(m);
                return;
        }
        for (size_t i = 0; i < ARRAY_LEN(end_signals); i++) {
                int wanted = end_signals[i].signal < 0 ? SIGRTMIN - end_signals[i].signal : end_signals[i].signal;
                if (wanted != signal)
                        continue;
                /* Ctrl-Alt-Del on a machine; a second Ctrl-C everywhere means now. */
                enum manager_end_how how = end_signals[i].how;
                if (signal == SIGINT && (m->keeper->flags & WIRE_FLAG_MACHINE))
                        how = MANAGER_END_REBOOT;
                (void)manager_end(m, how, 0, m->is_ending && signal == SIGINT, "");
                return;
        }
}

/* The exit status that a unit leaves to keel: its main process's, 128+N for a signal; 1 or 0 where there was none. */
static int unit_exit_code(struct object *o, bool has_failed) {
        const struct service *s = o->unit->type == UNIT_SERVICE ? service_of_const(o) : NULL;

        if (!s || !s->main.has_ended)
                return has_failed;
        return WIFEXITED(s->main.status) ? WEXITSTATUS(s->main.status) : 128 + WTERMSIG(s->main.status);
}

void manager_emergency(struct host *host, struct object *o, enum emergency_action action, int exit_status,
                       const char *why) {
        static const struct {
                enum manager_end_how how;
                bool force;
        } actions[EMERGENCY_COUNT_] = {
                [EMERGENCY_REBOOT] = { MANAGER_END_REBOOT, false },
                [EMERGENCY_REBOOT_FORCE] = { MANAGER_END_REBOOT, true },
                [EMERGENCY_REBOOT_IMMEDIATE] = { MANAGER_END_REBOOT, true },
                [EMERGENCY_POWEROFF] = { MANAGER_END_POWEROFF, false },
                [EMERGENCY_POWEROFF_FORCE] = { MANAGER_END_POWEROFF, true },
                [EMERGENCY_POWEROFF_IMMEDIATE] = { MANAGER_END_POWEROFF, true },
                [EMERGENCY_EXIT] = { MANAGER_END_EXIT, false },
                [EMERGENCY_EXIT_FORCE] = { MANAGER_END_EXIT, true },
        };
        struct manager *m = host->user;
        if (action == EMERGENCY_NONE)
                return;
        /* The last unit of an end in order: with the reason and the code that the end began with. */
        if (m->is_ending && actions[action].force) {
                end_in_order(m);
                return;
        }
        char text[128];
        (void)snprintf(text, sizeof text, "%s: %s", object_name(o), why);
        if (exit_status == UNSET)
                exit_status = unit_exit_code(o, object_active_state(o) == ACTIVE_FAILED);
        (void)manager_end(m, actions[action].how, exit_status, actions[action].force, text);
}

/* --main: keel is there for this unit, and ends as it ends. */
void manager_check_main_unit(struct manager *m, struct object *o, enum active_state now) {
        if (!m->options.main_unit || !is_inactive(now) || m->is_ending ||
            !text_equal(object_name(o), m->options.main_unit) || o->unit->type != UNIT_SERVICE)
                return;
        const struct service *s = service_of_const(o);
        char text[128], why[128];
        (void)snprintf(why, sizeof why, "main unit %s ended: %.60s", object_name(o),
                       process_format_status(&s->main, text));
        (void)manager_end(m, MANAGER_END_EXIT, unit_exit_code(o, now == ACTIVE_FAILED), false, why);
}
