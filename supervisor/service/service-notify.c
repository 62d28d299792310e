/* SPDX-License-Identifier: MIT */
/* service-notify: what a service says of itself, and the fds that it leaves with us. */
#include "service-private.h"

#include "base/log.h"
#include "process/notify.h"

#include <errno.h>

static void stored_fd_free(struct service *s, struct stored_fd *f) {
        if (s->object.host->keeper && f->kept_name)
                (void)keeper_drop(s->object.host->keeper, f->kept_name);
        close_fd(&f->fd);
        free(f->name);
        free(f->kept_name);
        free(f);
        s->stored_count--;
}

void stored_fds_close(struct service *s) {
        while (s->stored) {
                struct stored_fd *f = s->stored;
                s->stored = f->next;
                stored_fd_free(s, f);
        }
}

static void store(struct service *s, int *fd, const char *name) {
        static unsigned counter;
        if (s->stored_count >= s->object.unit->service->fd_store_max) {
                log_unit(LOG_LEVEL_WARNING, object_name(&s->object),
                         "FileDescriptorStoreMax= is reached: the fd is dropped");
                return;
        }
        struct stored_fd *f = calloc(1, sizeof *f);
        if (!f)
                return;
        f->name = strdup(*name ? name : "stored");
        f->kept_name = text_printf("store:%s/%u", object_name(&s->object), ++counter);
        f->fd = take_fd(fd);
        f->next = s->stored;
        s->stored = f;
        s->stored_count++;
        if (s->object.host->keeper && f->kept_name)
                (void)keeper_keep(s->object.host->keeper, f->kept_name, f->fd);
}

static void unstore(struct service *s, const char *name) {
        for (struct stored_fd **at = &s->stored; *at;) {
                struct stored_fd *f = *at;
                if (!f->name || !text_equal(f->name, name)) {
                        at = &f->next;
                        continue;
                }
                *at = f->next;
                stored_fd_free(s, f);
        }
}

static bool is_heard(const struct service *s, pid_t sender) {
        switch (s->object.unit->service->notify_access) {
        case NOTIFY_ACCESS_ALL:
                return true;
        case NOTIFY_ACCESS_MAIN:
                return sender == s->main.pid;
        case NOTIFY_ACCESS_EXEC:
                return sender == s->main.pid || sender == s->control.pid;
        case NOTIFY_ACCESS_UNSET:
        case NOTIFY_ACCESS_NONE:
        case NOTIFY_ACCESS_COUNT_:
                break;
        }
        return false;
}

static void take_times(struct service *s, const struct notify_message *m) {
        if (m->watchdog_us > 0) {
                s->watchdog_us = m->watchdog_us;
                watchdog_set(s, s->watchdog_us);
        } else if (m->watchdog)
                watchdog_set(s, s->watchdog_us);
        if (m->extend_timeout_us > 0)
                timer_extend(s, m->extend_timeout_us);
}

void service_notified(struct service *s, struct notify_message *m) {
        if (!is_heard(s, m->sender)) {
                log_unit(LOG_LEVEL_DEBUG, object_name(&s->object), "NotifyAccess= does not allow pid %d to speak",
                         m->sender);
                return;
        }
        if (m->main_pid > 0 && run_set_main_pid(s, m->main_pid) < 0)
                log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "MAINPID=%d is not a process of this service",
                         m->main_pid);
        if (m->has_status)
                (void)text_replace(&s->status_text, m->status);
        if (m->error > 0)
                s->status_errno = m->error;
        take_times(s, m);
        if (m->fd_store)
                for (size_t i = 0; i < m->fd_count; i++)
                        store(s, &m->fds[i], m->fd_name);
        if (m->fd_store_remove)
                unstore(s, m->fd_name);
        if (m->ready)
                s->is_ready = true;
        if (m->reloading) {
                s->wants_reloading = true;
                service_dispatch(s, EVENT_SELF_RELOAD);
        }
        if (m->ready) {
                s->wants_reloading = false;
                service_dispatch(s, EVENT_READY);
        }
        if (m->stopping) {
                s->wants_stopping = true;
                service_dispatch(s, EVENT_SELF_STOP);
        }
        if (m->watchdog_trigger)
                service_dispatch(s, EVENT_WATCHDOG);
}
