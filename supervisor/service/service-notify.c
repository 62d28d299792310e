/* SPDX-License-Identifier: MIT */
/* service-notify: what a service says of itself, and the fds that it leaves with us. */
#include "service-private.h"

#include "base/log.h"
#include "process/notify.h"

#include <errno.h>
#include <sys/stat.h>

static char *kept_name(const struct service *s, unsigned number) {
        char text[16];
        (void)snprintf(text, sizeof text, "%u", number);
        return keeper_name("store", object_name(&s->object), text);
}

/* PID 1 goes on keeping it. */
static void stored_fd_forget(struct service *s, struct stored_fd *f) {
        close_fd(&f->fd);
        free(f->name);
        free(f);
        s->stored_count--;
}

static void stored_fd_free(struct service *s, struct stored_fd *f) {
        owned_str kept = kept_name(s, f->number);
        if (s->object.host->keeper && kept)
                (void)keeper_drop(s->object.host->keeper, kept);
        stored_fd_forget(s, f);
}

/* What the record says of them. */
static void list_stored(struct service *s) {
        owned_strv lines = NULL;
        for (const struct stored_fd *f = s->stored; f; f = f->next) {
                char *line = text_printf("%u=%s", f->number, f->name ? f->name : "");
                if (!line || strv_adopt(&lines, line) < 0)
                        return;
        }
        free(s->stored_names);
        s->stored_names = lines ? strv_join(lines, "\n") : NULL;
}

void stored_fds_close(struct service *s) {
        while (s->stored) {
                struct stored_fd *f = s->stored;
                s->stored = f->next;
                stored_fd_free(s, f);
        }
        list_stored(s);
}

void stored_fds_forget(struct service *s) {
        while (s->stored) {
                struct stored_fd *f = s->stored;
                s->stored = f->next;
                stored_fd_forget(s, f);
        }
}

static int add_stored(struct service *s, unsigned number, const char *name, int *fd) {
        struct stored_fd *f = calloc(1, sizeof *f);
        if (!f || !(f->name = strdup(*name ? name : "stored"))) {
                free(f);
                return -ENOMEM;
        }
        f->number = number;
        f->fd = take_fd(fd);
        f->next = s->stored;
        s->stored = f;
        s->stored_count++;
        return 0;
}

/* PID 1 has kept what a predecessor stored; the record tells the names. What has no name there was never acknowledged:
 * its message is still to be heard. */
void stored_fds_restore(struct service *s) {
        struct keeper *k = s->object.host->keeper;
        owned_str names = take_ptr(s->stored_names);
        char *rest = names, *line;
        while (k && (line = strsep(&rest, "\n"))) {
                char *name = strchr(line, '=');
                uint64_t number;
                if (!name)
                        continue;
                *name++ = 0;
                if (text_to_u64(line, 10, &number) < 0 || number > UINT32_MAX)
                        continue;
                owned_str kept = kept_name(s, (unsigned)number);
                owned_fd fd = kept ? keeper_take(k, kept) : -1;
                if (fd >= 0)
                        (void)add_stored(s, (unsigned)number, name, &fd);
        }
        list_stored(s);
}

/* The same file under the same name is stored once: a message may be heard twice when we are killed in between. */
static bool is_stored(const struct service *s, int fd, const char *name) {
        struct stat new, old;
        if (fstat(fd, &new) < 0)
                return false;
        for (const struct stored_fd *f = s->stored; f; f = f->next)
                if (text_equal(f->name, *name ? name : "stored") && fstat(f->fd, &old) == 0 &&
                    old.st_dev == new.st_dev && old.st_ino == new.st_ino)
                        return true;
        return false;
}

static void store(struct service *s, int *fd, const char *name) {
        if (is_stored(s, *fd, name)) {
                close_fd(fd);
                return;
        }
        if (s->stored_count >= s->object.unit->service->fd_store_max) {
                log_unit(LOG_LEVEL_WARNING, object_name(&s->object),
                         "FileDescriptorStoreMax= is reached: the fd is dropped");
                return;
        }
        unsigned number = s->stored ? s->stored->number + 1 : 1; /* the latest is first */
        owned_str kept = kept_name(s, number);
        if (s->stored_names && strlen(s->stored_names) + strlen(name) + 16 > STORED_NAMES_MAX) {
                log_unit(LOG_LEVEL_WARNING, object_name(&s->object), "too many names of stored fds: the fd is dropped");
                return;
        }
        if (!kept || add_stored(s, number, name, fd) < 0)
                return;
        if (s->object.host->keeper)
                (void)keeper_keep(s->object.host->keeper, kept, s->stored->fd);
        list_stored(s);
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
        list_stored(s);
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
        object_save(&s->object);
}
