/* SPDX-License-Identifier: MIT */
/* service-timer: the two deadlines of a service: its state's, and its watchdog's. */
#include "service-private.h"

#define PID_FILE_LOOK_US (20 * US_PER_MS)

static int on_time(sd_event_source *source UNUSED, uint64_t now UNUSED, void *user) {
        service_dispatch(user, EVENT_TIMEOUT);
        return 0;
}

static int on_watchdog(sd_event_source *source UNUSED, uint64_t now UNUSED, void *user) {
        service_dispatch(user, EVENT_WATCHDOG);
        return 0;
}

static void arm(struct service *s, sd_event_source **source, uint64_t at_us, sd_event_time_handler_t handler) {
        if (at_us == TIME_NEVER) { /* nearly always: a source that is off still takes its 300 bytes */
                *source = sd_event_source_disable_unref(*source);
                return;
        }
        if (!*source) {
                /* Accurate to a millisecond: a restart delay is a promise. */
                (void)sd_event_add_time(s->object.host->event, source, CLOCK_MONOTONIC, at_us, US_PER_MS, handler, s);
                return;
        }
        (void)sd_event_source_set_time(*source, at_us);
        (void)sd_event_source_set_enabled(*source, SD_EVENT_ONESHOT);
}

/* A forking service whose parent is gone is looked at often, until its PID file is there. */
static bool waits_for_pid_file(const struct service *s) {
        return s->state == SERVICE_START && s->object.unit->service->type == SERVICE_TYPE_FORKING &&
               s->object.unit->service->pid_file && !run_is_control_alive(s) && s->control.has_ended;
}

void timer_set(struct service *s, uint64_t after_us) {
        s->deadline_us = after_us == TIME_NEVER ? TIME_NEVER : time_add(clock_monotonic_us(), after_us);
        arm(s, &s->timer, s->deadline_us, on_time);
}

void timer_restore(struct service *s) {
        arm(s, &s->watchdog_timer, s->watchdog_deadline_us, on_watchdog);
        timer_extend(s, 0);
}

void timer_extend(struct service *s, uint64_t after_us) {
        if (after_us > 0) {
                uint64_t at = time_add(clock_monotonic_us(), after_us);
                if (s->deadline_us != TIME_NEVER && at > s->deadline_us)
                        s->deadline_us = at;
        }
        uint64_t at = s->deadline_us;
        if (waits_for_pid_file(s))
                at = MIN(at, clock_monotonic_us() + PID_FILE_LOOK_US);
        arm(s, &s->timer, at, on_time);
}

void watchdog_set(struct service *s, uint64_t period_us) {
        s->watchdog_deadline_us =
                period_us == 0 || period_us == TIME_NEVER ? TIME_NEVER : time_add(clock_monotonic_us(), period_us);
        arm(s, &s->watchdog_timer, s->watchdog_deadline_us, on_watchdog);
}
