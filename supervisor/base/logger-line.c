/* SPDX-License-Identifier: MIT */
/* logger-line: packs and unpacks the records; keeps no state. Used by the supervisor and by keel-logger. */
#include "logger-line.h"

#include "sys.h"

#include <errno.h>
#include <string.h>

#define ANY_FD(buffer) \
        union { \
                struct cmsghdr align; \
                char bytes[CMSG_SPACE(sizeof(int))]; \
        } buffer = { 0 }

/* Bytes of a record of this kind, 0 for unknown kinds. */
static size_t packet_length(unsigned kind) {
        static const uint16_t lengths[] = {
                [LOGGER_ADD] = sizeof(struct logger_add),     [LOGGER_REMOVE] = sizeof(struct logger_unit),
                [LOGGER_BREAK] = sizeof(struct logger_unit),  [LOGGER_ROTATE] = sizeof(struct logger_unit),
                [LOGGER_SYNC] = sizeof(struct logger_sync),   [LOGGER_READY] = sizeof(struct logger_ready),
                [LOGGER_SYNCED] = sizeof(struct logger_sync), [LOGGER_REMOVED] = sizeof(struct logger_unit),
                [LOGGER_PING] = sizeof(struct logger_sync),   [LOGGER_SPEAKS] = sizeof(struct logger_unit),
                [LOGGER_LAST] = sizeof(struct logger_sync),
        };
        return kind < ARRAY_LEN(lengths) ? lengths[kind] : 0;
}

/* Copies a name that may become a file's name. */
static int copy_unit(char to[LOGGER_UNIT_MAX], const char *unit) {
        size_t length = strlen(unit);

        if (length >= LOGGER_UNIT_MAX)
                return -ENAMETOOLONG;
        if (strchr(unit, '/') || unit[0] == '.')
                return -EINVAL;
        memcpy(to, unit, length + 1);
        return 0;
}

int logger_line_send(int line_fd, union logger_packet *packet, int fd) {
        size_t length = packet_length(packet->header.kind);
        struct iovec iov = { .iov_base = packet, .iov_len = length };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
        ANY_FD(control);
        ssize_t n;

        if (length == 0)
                return -EINVAL;
        packet->header.length = (uint32_t)length;
        if (fd >= 0) {
                message.msg_control = control.bytes;
                message.msg_controllen = sizeof(control.bytes);
                control.align = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                                                  .cmsg_type = SCM_RIGHTS,
                                                  .cmsg_len = CMSG_LEN(sizeof(int)) };
                memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof(int));
        }
        n = sys_sendmsg(line_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        return n < 0 ? (int)n : 0;
}

int logger_line_add(int line_fd, const char *unit, int read_fd, const struct logger_add_options *options) {
        union logger_packet p = {
                .add = { .header.kind = LOGGER_ADD, .flags = options->flags, .priority = options->priority }
        };
        const char *identifier = options->identifier ?: "";
        int r = copy_unit(p.add.unit, unit);

        if (r < 0)
                return r;
        memcpy(p.add.identifier, identifier, strnlen(identifier, sizeof(p.add.identifier) - 1));
        return logger_line_send(line_fd, &p, read_fd);
}

int logger_line_unit(int line_fd, enum logger_kind kind, const char *unit) {
        union logger_packet p = { .unit.header.kind = (uint16_t)kind };
        int r = copy_unit(p.unit.unit, unit);

        return r < 0 ? r : logger_line_send(line_fd, &p, -1);
}

int logger_line_sync(int line_fd, enum logger_kind kind, uint64_t cookie) {
        union logger_packet p = { .sync = { .header.kind = (uint16_t)kind, .cookie = cookie } };

        return logger_line_send(line_fd, &p, -1);
}

int logger_line_ping(int line_fd) {
        union logger_packet p = { .sync = { .header.kind = LOGGER_PING } };

        return logger_line_send(line_fd, &p, -1);
}

/* Takes the fd out of a received message; closes what is too many. */
static int take_passed_fd(struct msghdr *message) {
        int fd = -1;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                for (size_t i = 0; CMSG_LEN((i + 1) * sizeof(int)) <= c->cmsg_len; i++) {
                        close_fd(&fd);
                        memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
                }
        }
        return fd;
}

/* Names are terminated and fit to be a file's name; "" is for ROTATE alone. */
static bool unit_is_sane(const char unit[LOGGER_UNIT_MAX], bool may_be_empty) {
        return memchr(unit, 0, LOGGER_UNIT_MAX) && !strchr(unit, '/') && unit[0] != '.' && (may_be_empty || unit[0]);
}

static bool packet_is_sane(const union logger_packet *p, size_t length, int fd) {
        unsigned kind = p->header.kind;

        if (length < sizeof(p->header) || length != p->header.length || length != packet_length(kind))
                return false;
        if ((kind == LOGGER_ADD) != (fd >= 0))
                return false;
        if (kind == LOGGER_ADD)
                return unit_is_sane(p->add.unit, false) && p->add.priority <= 7 &&
                       memchr(p->add.identifier, 0, sizeof(p->add.identifier)) && !strchr(p->add.identifier, '\n');
        if (length == sizeof(p->unit))
                return unit_is_sane(p->unit.unit, kind == LOGGER_ROTATE);
        return kind != LOGGER_READY || memchr(p->ready.directory, 0, sizeof(p->ready.directory));
}

int logger_line_receive(int line_fd, union logger_packet *ret, int *ret_fd) {
        union logger_packet p = { 0 };
        struct iovec iov = { .iov_base = &p, .iov_len = sizeof(p) };
        ANY_FD(control);
        struct msghdr message = {
                .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)
        };
        ssize_t n = sys_recvmsg(line_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        owned_fd fd = -1;

        if (n == -ECONNRESET || n == 0)
                return 0;
        if (n < 0)
                return (int)n;
        fd = take_passed_fd(&message);
        if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || !packet_is_sane(&p, (size_t)n, fd))
                return -EBADMSG;
        *ret = p;
        *ret_fd = take_fd(&fd);
        return 1;
}
