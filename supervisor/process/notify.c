/* SPDX-License-Identifier: MIT */
/* notify: see notify.h. */
#include "notify.h"

#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <sys/un.h>

/* One row per field of sd_notify(3): a parser for its value; false: malformed, the field is skipped. */
struct field {
        const char *name;
        bool (*parse)(const char *value, struct notify_message *m);
};

static bool parse_number(const char *value, uint64_t *ret) {
        return text_to_u64(value, 10, ret) == 0;
}
static bool field_ready(const char *v, struct notify_message *m) {
        return m->ready = text_equal(v, "1");
}
static bool field_reloading(const char *v, struct notify_message *m) {
        return m->reloading = text_equal(v, "1");
}
static bool field_stopping(const char *v, struct notify_message *m) {
        return m->stopping = text_equal(v, "1");
}
static bool field_store(const char *v, struct notify_message *m) {
        return m->fd_store = text_equal(v, "1");
}
static bool field_remove(const char *v, struct notify_message *m) {
        return m->fd_store_remove = text_equal(v, "1");
}
static bool field_barrier(const char *v, struct notify_message *m) {
        return m->barrier = text_equal(v, "1");
}
static bool field_watchdog(const char *v, struct notify_message *m) {
        m->watchdog_trigger = text_equal(v, "trigger");
        return m->watchdog = text_equal(v, "1");
}
static bool field_poll(const char *v, struct notify_message *m) {
        m->fd_poll = !text_equal(v, "0");
        return true;
}
static bool field_main_pid(const char *v, struct notify_message *m) {
        uint64_t n;
        if (!parse_number(v, &n) || n < 1 || n > INT32_MAX)
                return false;
        m->main_pid = (pid_t)n;
        return true;
}
static bool field_errno(const char *v, struct notify_message *m) {
        uint64_t n;
        if (!parse_number(v, &n) || n > 4095)
                return false;
        m->error = (int)n;
        return true;
}
static bool field_extend(const char *v, struct notify_message *m) {
        return parse_number(v, &m->extend_timeout_us);
}
static bool field_watchdog_us(const char *v, struct notify_message *m) {
        return parse_number(v, &m->watchdog_us);
}
static bool field_monotonic(const char *v, struct notify_message *m) {
        return parse_number(v, &m->monotonic_us);
}
static bool field_status(const char *v, struct notify_message *m) {
        size_t n = 0;
        for (; *v && n + 1 < sizeof m->status; v++)
                m->status[n++] = (unsigned char)*v < ' ' || *v == 127 ? ' ' : *v;
        m->status[n] = 0;
        return m->has_status = true;
}
static bool field_fd_name(const char *v, struct notify_message *m) {
        size_t n = strlen(v);
        if (n >= sizeof m->fd_name)
                return false;
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)v[i] <= ' ' || v[i] == 127 || v[i] == ':')
                        return false;
        memcpy(m->fd_name, v, n + 1);
        return true;
}

static const struct field fields[] = {
        { "READY", field_ready },
        { "RELOADING", field_reloading },
        { "STOPPING", field_stopping },
        { "STATUS", field_status },
        { "MAINPID", field_main_pid },
        { "ERRNO", field_errno },
        { "WATCHDOG", field_watchdog },
        { "WATCHDOG_USEC", field_watchdog_us },
        { "FDSTORE", field_store },
        { "FDSTOREREMOVE", field_remove },
        { "FDNAME", field_fd_name },
        { "FDPOLL", field_poll },
        { "BARRIER", field_barrier },
        { "EXTEND_TIMEOUT_USEC", field_extend },
        { "MONOTONIC_USEC", field_monotonic },
};

static void parse_line(char *line, struct notify_message *m) {
        char *equals = strchr(line, '=');
        if (!equals)
                return;
        *equals = 0;
        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
                if (text_equal(fields[i].name, line)) {
                        (void)fields[i].parse(equals + 1, m);
                        return;
                }
}

void notify_parse(const char *text, size_t length, struct notify_message *ret) {
        char copy[NOTIFY_MESSAGE_MAX + 1];
        length = MIN(length, (size_t)NOTIFY_MESSAGE_MAX);
        memcpy(copy, text, length);
        copy[length] = 0;
        ret->fd_poll = true;
        char *rest = copy, *line;
        while ((line = strsep(&rest, "\n")))
                parse_line(line, ret);
}

int notify_socket_open(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path) + 1);
        owned_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        (void)sys_unlinkat(AT_FDCWD, path, 0);
        if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
                return -errno;
        int r = sys_fchmodat(AT_FDCWD, path, 0666);
        if (r < 0)
                return r;
        int on = 1, size = 8 << 20;
        if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
                return -errno;
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
        return take_fd(&fd);
}

static void take_control(struct msghdr *message, struct notify_message *m) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
                if (c->cmsg_level != SOL_SOCKET)
                        continue;
                if (c->cmsg_type == SCM_RIGHTS) {
                        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                        count = MIN(count, (size_t)NOTIFY_FDS_MAX - m->fd_count);
                        memcpy(m->fds + m->fd_count, CMSG_DATA(c), count * sizeof(int));
                        m->fd_count += count;
                } else if (c->cmsg_type == SCM_CREDENTIALS) {
                        struct ucred credentials;
                        memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
                        m->sender = credentials.pid;
                }
        }
}

int notify_peek(int fd, struct notify_message *ret) {
        char text[NOTIFY_MESSAGE_MAX];
        struct iovec iov = { .iov_base = text, .iov_len = sizeof text };
        union {
                char bytes[CMSG_SPACE(sizeof(int) * NOTIFY_FDS_MAX) + CMSG_SPACE(sizeof(struct ucred))];
                struct cmsghdr align;
        } control;
        struct msghdr message = {
                .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
        };
        ssize_t n = sys_recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n == -EAGAIN)
                return 0;
        if (n < 0)
                return (int)n;
        memset(ret, 0, offsetof(struct notify_message, fds));
        ret->fd_count = 0;
        take_control(&message, ret);
        if (!(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
                notify_parse(text, (size_t)n, ret);
        return 1;
}

void notify_discard(int fd) {
        char byte;
        struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 }; /* no room for fds: the kernel closes them */

        (void)sys_recvmsg(fd, &message, MSG_DONTWAIT);
}

void notify_message_close_fds(struct notify_message *m) {
        for (size_t i = 0; i < m->fd_count; i++)
                close_fd(&m->fds[i]);
        m->fd_count = 0;
}
