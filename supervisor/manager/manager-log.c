/* SPDX-License-Identifier: MIT */
/* manager-log: one pipe per service, and keel-logger at their other end.
 *
 * PID 1 keeps an O_RDWR fd of each pipe (both ends at once), so neither our death nor the logger's closes it: a service
 * never gets SIGPIPE, and what nobody has read yet waits for the next logger.
 */
#include "manager-private.h"

#include "base/log.h"
#include "base/logger-line.h"
#include "base/sys.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

static int reopen(int fd, int flags) {
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        return sys_openat(AT_FDCWD, path, flags | O_CLOEXEC, 0);
}

static int lend_to_logger(struct manager *m, const struct log_pipe *p) {
        if (m->logger_fd < 0)
                return 0;
        owned_fd read_fd = reopen(p->write_fd, O_RDONLY | O_NONBLOCK);
        if (read_fd < 0)
                return read_fd;
        struct node *n = graph_find(&m->graph, p->unit);
        const struct exec_settings *e = n ? n->object->unit->exec : NULL;
        struct logger_add_options options = { .flags = LOGGER_ADD_STORE | LOGGER_ADD_MIRROR, .priority = 6 };
        if (p->is_again)
                options.flags |= LOGGER_ADD_AGAIN;
        if (e) {
                options.identifier = e->syslog_identifier;
                options.priority = (unsigned)e->syslog_level & 7;
                if (e->syslog_level_prefix)
                        options.flags |= LOGGER_ADD_LEVEL_PREFIX;
        }
        return logger_line_add(m->logger_fd, p->unit, read_fd, &options);
}

static int make_pipe(struct manager *m, const char *unit, int *ret_fd) {
        owned_str name = text_printf("log:%s", unit);
        if (!name)
                return -ENOMEM;
        /* What a predecessor made is used on. */
        owned_fd kept = keeper_take(m->keeper, name);
        if (kept >= 0) {
                *ret_fd = reopen(kept, O_WRONLY);
                return *ret_fd < 0 ? *ret_fd : 1;
        }
        int fds[2];
        int r = sys_pipe2(fds, O_CLOEXEC);
        if (r < 0)
                return r;
        owned_fd read_fd = fds[0], write_fd = fds[1];
        /* Services of any user may open /dev/stdout. */
        (void)sys_fchmod(write_fd, 0622);
        owned_fd both = reopen(read_fd, O_RDWR);
        if (both >= 0)
                (void)keeper_keep(m->keeper, name, both);
        *ret_fd = take_fd(&write_fd);
        return 0;
}

/* NOLINTNEXTLINE(readability-function-size): uthash's macros are many statements */
int manager_log_fd(struct host *host, struct object *o, uid_t uid UNUSED) {
        struct manager *m = host->user;
        if (m->logger_fd < 0)
                return -1;
        struct log_pipe *p;
        HASH_FIND_STR(m->pipes, object_name(o), p);
        if (p)
                return p->write_fd;
        p = calloc(1, sizeof *p);
        if (!p || !(p->unit = strdup(object_name(o)))) {
                free(p);
                return -1;
        }
        p->write_fd = -1;
        int r = make_pipe(m, p->unit, &p->write_fd);
        if (r < 0) {
                log_unit(LOG_LEVEL_ERROR, p->unit, "no log pipe: %s", strerror(-r));
                free(p->unit);
                free(p);
                return -1;
        }
        p->is_again = r == 1;
        HASH_ADD_KEYPTR(hh, m->pipes, p->unit, strlen(p->unit), p);
        (void)lend_to_logger(m, p);
        return p->write_fd;
}

static int on_logger(sd_event_source *source, int fd, uint32_t events UNUSED, void *user) {
        struct manager *m = user;
        union logger_packet packet;
        int passed = -1, r = logger_line_receive(fd, &packet, &passed);
        close_fd(&passed);
        if (r == 1 && packet.header.kind == LOGGER_READY) {
                packet.ready.directory[sizeof packet.ready.directory - 1] = 0;
                if (packet.ready.error == 0 && packet.ready.directory[0]) {
                        close_fd(&m->log_directory_fd);
                        m->log_directory_fd =
                                sys_openat(AT_FDCWD, packet.ready.directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
                }
        } else if (r == 0)
                (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
        return 0;
}

/* Beside our own program, else where it was installed. */
static char *logger_path(void) {
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
        return strdup(LIBEXECDIR "/keel-logger");
}

/* A child of PID 1 like every service: it outlives us. Everything is resolved before; the child only execs. */
static pid_t spawn_logger(struct manager *m, const char *path, int line_fd) {
        owned_strv argv = NULL;
        owned_strv environment = NULL;
        owned_str fd_text = text_printf(LOGGER_FD_ENV "=%d", line_fd);
        owned_str local = text_printf("--directory=%s/log", m->runtime_directory);
        if (!fd_text || !local || strv_add(&environment, fd_text) < 0 ||
            strv_add(&environment, "PATH=/usr/sbin:/usr/bin:/sbin:/bin") < 0)
                return -ENOMEM;
        if (strv_add(&argv, path) < 0 || (m->options.is_system && strv_add(&argv, "--directory=/var/log/keel") < 0) ||
            strv_add(&argv, local) < 0 || strv_add_all(&argv, m->options.logger_arguments) < 0)
                return -ENOMEM;
        struct {
                uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
        } arguments = { .flags = CLONE_PARENT };
        pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
        if (pid != 0)
                return pid < 0 ? -errno : pid;
        (void)syscall(SYS_fcntl, line_fd, F_SETFD, 0);
        sigset_t none;
        sigemptyset(&none);
        (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
        (void)syscall(SYS_execve, path, argv, environment);
        syscall(SYS_exit_group, 127);
        __builtin_unreachable();
}

int manager_start_logger(struct manager *m) {
        int pair[2];
        owned_str path = logger_path();
        if (!path || access(path, X_OK) < 0)
                return -ENOENT;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        owned_fd ours = pair[0], theirs = pair[1];
        pid_t pid = spawn_logger(m, path, theirs);
        if (pid < 0)
                return pid;
        m->logger_pid = pid;
        close_fd(&m->logger_fd);
        m->logger_fd = take_fd(&ours);
        m->logger_source = sd_event_source_disable_unref(m->logger_source);
        int r = sd_event_add_io(m->event, &m->logger_source, m->logger_fd, EPOLLIN, on_logger, m);
        for (struct log_pipe *p = m->pipes; p; p = p->hh.next) {
                p->is_again = true;
                (void)lend_to_logger(m, p);
        }
        return r;
}

void manager_logger_ended(struct manager *m) {
        m->logger_pid = 0;
        m->logger_source = sd_event_source_disable_unref(m->logger_source);
        close_fd(&m->logger_fd);
        if (m->is_over)
                return;
        log_warning("keel-logger ended; starting another");
        int r = manager_start_logger(m);
        if (r < 0)
                log_error("cannot start keel-logger: %s", strerror(-r));
}

void manager_stop_logger(struct manager *m) {
        m->logger_source = sd_event_source_disable_unref(m->logger_source);
        close_fd(&m->logger_fd);
        close_fd(&m->log_directory_fd);
        struct log_pipe *p, *next;
        HASH_ITER(hh, m->pipes, p, next) {
                HASH_DEL(m->pipes, p);
                close_fd(&p->write_fd);
                free(p->unit);
                free(p);
        }
}
