/* SPDX-License-Identifier: MIT */
/* manager-logger: the process that reads the pipes: its start, its line, and whether it lives.
 *
 * It is a child of PID 1 like every service and outlives us: PID 1 keeps our end of its line and its pidfd, so that our
 * successor goes on with the same one. Never do two of them read one pipe: one that does not answer is killed and reaped
 * before the next one starts. Nobody asks while there is nothing to read: an idle keel is not woken for that.
 */
#include "manager-private.h"

#include "base/log.h"
#include "base/logger-line.h"
#include "base/sys.h"
#include "process/spawn.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define KEPT_LINE    "logger-line" /* + LOGGER_VERSION */
#define KEPT_PROCESS "logger-process"
#define KEPT_MEMORY  "logger-memory"

#define BUSY_US         (5 * US_PER_SEC) /* something is there to be read: ask after so long whether it is read */
#define ANSWER_US       (10 * US_PER_SEC) /* no answer for so long: it hangs */
#define DRAIN_US        (3 * US_PER_SEC)
#define YOUNG_US        (50 * US_PER_MS) /* ended before that, several times: the next one waits for a moment */
#define RETRY_US        (50 * US_PER_MS)
#define RETRIES_MAX     5u
#define STATUS_OPTIONS  2 /* it does not understand its options */
#define RECORDS_AT_ONCE 64

static char *kept_line_name(void) {
        return text_printf(KEPT_LINE ":%u", LOGGER_VERSION);
}

/* ---- does it live? ---- */

static void set_timer(struct manager *m, enum logger_watch state, uint64_t after_us) {
        m->logger_watch = state;
        (void)sd_event_source_set_time_relative(m->logger_timer, after_us);
        (void)sd_event_source_set_enabled(m->logger_timer, SD_EVENT_ONESHOT);
        (void)sd_event_source_set_enabled(m->pipes_source, SD_EVENT_OFF);
}

static void ask(struct manager *m) {
        (void)logger_line_ping(m->logger_fd); /* a full line is a question, too */
        set_timer(m, LOGGER_ASKED, ANSWER_US);
}

void manager_watch_logger(struct manager *m) {
        (void)sd_event_source_set_enabled(m->pipes_source, SD_EVENT_OFF);
        if (m->logger_fd >= 0 && m->logger_watch == LOGGER_QUIET)
                set_timer(m, LOGGER_BUSY, BUSY_US);
}

static void has_answered(struct manager *m) {
        m->logger_watch = LOGGER_QUIET;
        (void)sd_event_source_set_enabled(m->logger_timer, SD_EVENT_OFF);
        manager_heed_pipes(m);
}

static int try_to_start(struct manager *m);

static int on_timer(sd_event_source *source UNUSED, uint64_t now UNUSED, void *user) {
        struct manager *m = user;
        if (m->logger_fd < 0) {
                (void)try_to_start(m);
        } else if (m->logger_watch == LOGGER_BUSY) {
                ask(m);
        } else if (m->logger_watch == LOGGER_ASKED) {
                log_error("keel-logger does not answer for %llu s: killing it", ANSWER_US / US_PER_SEC);
                m->logger_watch = LOGGER_KILLED;
                (void)sys_pidfd_send_signal(m->logger_process_fd, SIGKILL);
        }
        return 0;
}

/* ---- its line ---- */

static void drained(struct manager *m) {
        void (*done)(struct manager *) = m->drained;
        m->drain_timer = sd_event_source_disable_unref(m->drain_timer);
        m->drained = NULL;
        if (done)
                done(m);
}

static void heard_ready(struct manager *m, struct logger_ready *ready) {
        if (m->logger_watch == LOGGER_ASKED)
                has_answered(m);
        if (ready->error)
                log_warning("keel-logger keeps no files: %s", strerror(ready->error));
        close_fd(&m->log_directory_fd);
        if (ready->error == 0 && ready->directory[0])
                m->log_directory_fd = sys_openat(AT_FDCWD, ready->directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}

static void heard(struct manager *m, union logger_packet *p) {
        if (p->header.kind == LOGGER_READY)
                heard_ready(m, &p->ready);
        else if (p->header.kind == LOGGER_REMOVED)
                manager_pipe_removed(m, p->unit.unit);
        else if (p->header.kind == LOGGER_SPEAKS)
                manager_pipe_speaks(m, p->unit.unit);
        else if (p->header.kind == LOGGER_SYNCED && p->sync.cookie == m->drain_cookie)
                drained(m);
}

void manager_hear_logger(struct manager *m) {
        for (unsigned i = 0; i < RECORDS_AT_ONCE && m->logger_fd >= 0; i++) {
                union logger_packet packet;
                int passed = -1, r = logger_line_receive(m->logger_fd, &packet, &passed);
                close_fd(&passed);
                if (r == -EAGAIN)
                        return;
                if (r == 0) { /* it has ended; PID 1 will tell */
                        (void)sd_event_source_set_enabled(m->logger_source, SD_EVENT_OFF);
                        return;
                }
                if (r == 1)
                        heard(m, &packet);
        }
}

static int on_logger(sd_event_source *source UNUSED, int fd UNUSED, uint32_t events, void *user) {
        struct manager *m = user;
        manager_hear_logger(m);
        if (events & EPOLLOUT && m->logger_fd >= 0)
                manager_tell_logger(m);
        return 0;
}

/* ---- its start ---- */

/* Beside our own program, else where it was installed. */
static char *find_logger(void) {
        char self[4096];
        ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
        if (n > 0) {
                self[n] = 0;
                char *slash = strrchr(self, '/');
                if (slash) {
                        *slash = 0;
                        char *near = text_printf("%s/keel-logger", self);
                        if (near && access(near, X_OK) == 0)
                                return near;
                        free(near);
                }
        }
        return access(LIBEXECDIR "/keel-logger", X_OK) == 0 ? strdup(LIBEXECDIR "/keel-logger") : NULL;
}

static pid_t spawn_logger(struct manager *m, int line_fd, int *ret_process_fd) {
        owned_strv argv = NULL;
        owned_strv environment = NULL;
        owned_str fd_text = text_printf(LOGGER_FD_ENV "=%d", line_fd);
        owned_str memory_text = text_printf(LOGGER_MEMORY_ENV "=%d", m->logger_memory_fd);
        owned_str local = text_printf("--directory=%s/log", m->runtime_directory);
        if (!fd_text || !memory_text || !local || strv_add(&environment, fd_text) < 0 ||
            (m->logger_memory_fd >= 0 && strv_add(&environment, memory_text) < 0) ||
            strv_add(&environment, "PATH=/usr/sbin:/usr/bin:/sbin:/bin") < 0)
                return -ENOMEM;
        /* The first directory that can be had is taken. */
        if (strv_add(&argv, m->logger_path) < 0 || strv_add_all(&argv, m->options.logger_arguments) < 0 ||
            (m->options.is_system && strv_add(&argv, "--directory=/var/log/keel") < 0) || strv_add(&argv, local) < 0)
                return -ENOMEM;
        struct spawn_program program = { .path = m->logger_path,
                                         .argv = argv,
                                         .environment = environment,
                                         .fds = { line_fd, m->logger_memory_fd } };
        return spawn_program(&program, ret_process_fd);
}

static int listen_to(struct manager *m, int *line_fd, int *process_fd, pid_t pid) {
        m->logger_pid = pid;
        /* A source goes before its fd: epoll would be asked to forget a number that is another file's by then. */
        m->logger_source = sd_event_source_disable_unref(m->logger_source);
        close_fd(&m->logger_fd);
        close_fd(&m->logger_process_fd);
        m->logger_fd = take_fd(line_fd);
        m->logger_process_fd = take_fd(process_fd);
        return sd_event_add_io(m->event, &m->logger_source, m->logger_fd, EPOLLIN, on_logger, m);
}

/* What a killed logger had read and not written is there for the next one. Without it a kill costs one buffer. */
static void open_memory(struct manager *m) {
        m->logger_memory_fd = keeper_take(m->keeper, KEPT_MEMORY);
        if (m->logger_memory_fd >= 0)
                return;
        m->logger_memory_fd = sys_memfd_create("keel-logger", MFD_CLOEXEC);
        if (m->logger_memory_fd >= 0)
                (void)keeper_keep(m->keeper, KEPT_MEMORY, m->logger_memory_fd);
}

static int start_new(struct manager *m) {
        int pair[2];
        owned_str name = kept_line_name();
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        owned_fd ours = pair[0], theirs = pair[1], process = -1;
        /* In this order: a successor of ours that finds the line without the process finds a logger without pipes, or none. */
        (void)keeper_drop(m->keeper, KEPT_PROCESS);
        int r = name ? keeper_keep(m->keeper, name, ours) : -ENOMEM;
        if (r < 0)
                return r;
        m->logger_start_us = clock_monotonic_us();
        pid_t pid = spawn_logger(m, theirs, &process);
        if (pid < 0)
                return pid;
        (void)keeper_keep(m->keeper, KEPT_PROCESS, process);
        r = listen_to(m, &ours, &process, pid);
        set_timer(m, LOGGER_ASKED, ANSWER_US); /* it says READY by itself */
        manager_lend_pipes(m);
        return r;
}

/* Whose pidfd is it? 0 when it has been reaped. */
static pid_t pid_of(int process_fd) {
        char path[64];
        owned_str text = NULL;
        size_t length;
        (void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", process_fd);
        if (process_fd < 0 || sys_read_file(AT_FDCWD, path, 4096, &text, &length) < 0)
                return 0;
        const char *line = strstr(text, "\nPid:");
        int pid = 0;
        return line && sscanf(line, "\nPid: %d", &pid) == 1 && pid > 0 ? pid : 0;
}

/* The logger of our predecessor, when it lives. 1: goes on with it. */
static int take_over(struct manager *m) {
        owned_str name = kept_line_name();
        owned_fd process = keeper_take(m->keeper, KEPT_PROCESS), line = name ? keeper_take(m->keeper, name) : -ENOMEM;
        m->logger_start_us = clock_monotonic_us(); /* it was not reaped before */
        pid_t pid = pid_of(process);
        if (pid == 0)
                return 0;
        if (line < 0) { /* it speaks another version */
                (void)sys_pidfd_send_signal(process, SIGKILL);
                return 0;
        }
        int r = listen_to(m, &line, &process, pid);
        if (r < 0)
                return r;
        ask(m);
        return 1;
}

static int try_to_start(struct manager *m) {
        int r = start_new(m);
        if (r >= 0)
                return r;
        log_error("cannot start keel-logger: %s", strerror(-r));
        set_timer(m, LOGGER_QUIET, RETRY_US << RETRIES_MAX);
        return r;
}

int manager_start_logger(struct manager *m) {
        m->logger_pid = 0; /* its pidfd knows better than a record */
        m->logger_path = find_logger();
        if (!m->logger_path)
                return -ENOENT;
        open_memory(m);
        int r = manager_open_pipes(m);
        if (r >= 0)
                r = sd_event_add_time(m->event, &m->logger_timer, CLOCK_MONOTONIC, 0, US_PER_SEC / 100, on_timer, m);
        if (r >= 0)
                r = sd_event_source_set_enabled(m->logger_timer, SD_EVENT_OFF);
        if (r >= 0)
                r = take_over(m);
        if (r == 0)
                (void)try_to_start(m);
        return MIN(r, 0);
}

void manager_logger_ended(struct manager *m, int status) {
        uint64_t now_us = clock_monotonic_us();
        m->logger_pid = 0;
        m->logger_source = sd_event_source_disable_unref(m->logger_source);
        close_fd(&m->logger_fd);
        close_fd(&m->logger_process_fd);
        if (m->is_over)
                return;
        drained(m); /* what is left in the pipes has nobody to wait for */
        if (m->is_over)
                return;
        log_warning("keel-logger ended; starting another");
        if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_OPTIONS && m->options.logger_arguments) {
                log_error("keel-logger does not understand its options: going on without them");
                m->options.logger_arguments = NULL; /* its owner is who gave us the options */
        }
        m->logger_failures = now_us - m->logger_start_us < YOUNG_US ? MIN(m->logger_failures + 1, RETRIES_MAX) : 0;
        if (m->logger_failures > 3)
                set_timer(m, LOGGER_QUIET, RETRY_US << m->logger_failures);
        else
                (void)try_to_start(m);
}

/* ---- the end ---- */

static int on_drain_timer(sd_event_source *source UNUSED, uint64_t now UNUSED, void *user) {
        struct manager *m = user;
        log_warning("keel-logger has not written everything after %llu s: not waiting for it", DRAIN_US / US_PER_SEC);
        drained(m);
        return 0;
}

int manager_drain_logger(struct manager *m, void (*done)(struct manager *m)) {
        if (m->logger_fd < 0)
                return 0;
        bool is_last = manager_is_silent(m);
        if (!is_last)
                manager_sweep_pipes(m);
        m->drain_cookie = clock_monotonic_us(); /* not one that a predecessor of ours had */
        m->sync_due = is_last ? LOGGER_LAST : LOGGER_SYNC;
        int told = manager_tell_logger(m);
        /* It knows that nobody will say any more: it ends by itself when all is written and shown, and PID 1 waits for that. */
        m->is_logger_told_all = is_last && told >= 0;
        if (m->is_logger_told_all)
                return 0;
        m->drained = done;
        int r = sd_event_add_time_relative(m->event, &m->drain_timer, CLOCK_MONOTONIC, DRAIN_US, US_PER_MS,
                                           on_drain_timer, m);
        if (r < 0)
                m->drained = NULL;
        return r < 0 ? 0 : 1;
}

void manager_release_logger(struct manager *m) {
        if (m->is_logger_told_all)
                return;
        owned_str name = kept_line_name();
        if (name)
                (void)keeper_drop(m->keeper, name);
        (void)keeper_drop(m->keeper, KEPT_PROCESS);
}

void manager_stop_logger(struct manager *m) {
        m->logger_source = sd_event_source_disable_unref(m->logger_source);
        m->logger_timer = sd_event_source_disable_unref(m->logger_timer);
        m->drain_timer = sd_event_source_disable_unref(m->drain_timer);
        manager_close_pipes(m);
        close_fd(&m->logger_fd);
        close_fd(&m->logger_process_fd);
        close_fd(&m->logger_memory_fd);
        close_fd(&m->log_directory_fd);
        free(m->logger_path);
        m->logger_path = NULL;
}
