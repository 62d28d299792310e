/* SPDX-License-Identifier: MIT */
/* logger-mirror: a buffer in front of an fd that others own, too. See the header for what it promises. */
#include "logger-mirror.h"

#include "base/clock.h"
#include "base/sys.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define ASKED_WRITE_MAX 4096u /* PIPE_BUF: what a pipe that polls as writable takes without blocking */

/* stdout is shared with PID 1 and whoever started it: O_NONBLOCK may not be set there. Opened once more it is ours alone. */
static void open_again(struct logger_mirror *m, int fd) {
        char path[32];
        int again;

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        again = sys_openat(AT_FDCWD, path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
        if (again < 0) {
                m->must_ask = true;
                return;
        }
        m->fd = again;
        m->owns_fd = true;
}

void logger_mirror_open(struct logger_mirror *m, int fd, enum logger_format format, enum logger_color color,
                        uint64_t block_us) {
        bool is_terminal = isatty(fd) == 1;
        struct stat st;

        m->state = LOGGER_MIRROR_OFF;
        m->fd = fd;
        m->owns_fd = m->is_socket = m->must_ask = m->can_be_full = false;
        m->start = m->end = 0;
        m->dropped_lines = 0;
        m->block_us = block_us;
        m->style.format = format;
        m->style.look = is_terminal ? LOGGER_LOOK_ESCAPED : LOGGER_LOOK_RAW;
        if (color == LOGGER_COLOR_ALWAYS || (color == LOGGER_COLOR_AUTO && is_terminal))
                m->style.look = LOGGER_LOOK_COLORED;
        if (format == LOGGER_MIRROR_NONE || fstat(fd, &st) < 0)
                return;
        m->is_socket = S_ISSOCK(st.st_mode);
        m->can_be_full = m->is_socket || S_ISFIFO(st.st_mode) || is_terminal;
        if (m->can_be_full && !m->is_socket)
                open_again(m, fd);
        m->state = LOGGER_MIRROR_FLOWING;
}

void logger_mirror_close(struct logger_mirror *m) {
        if (m->owns_fd)
                close_fd(&m->fd);
        m->fd = -1;
        m->state = LOGGER_MIRROR_OFF;
        m->start = m->end = 0;
}

/* --- writing ------------------------------------------------------------------------------------------------------- */

static ssize_t write_some(struct logger_mirror *m, const char *data, size_t length) {
        if (m->is_socket) {
                struct iovec iov = { .iov_base = (void *)data, .iov_len = length };
                struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

                return sys_sendmsg(m->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        if (m->must_ask) {
                struct pollfd p = { .fd = m->fd, .events = POLLOUT };

                length = MIN(length, (size_t)ASKED_WRITE_MAX);
                if (poll(&p, 1, 0) == 0)
                        return -EAGAIN;
        }
        return sys_write(m->fd, data, length);
}

/* Writes until it would block. true: something could be written. */
static bool write_out(struct logger_mirror *m) {
        bool has_progress = false;

        while (m->start < m->end) {
                ssize_t n = write_some(m, m->buffer + m->start, m->end - m->start);

                if (n == -EAGAIN)
                        break;
                if (n < 0 && n != -ENOSPC) { /* the reader is gone, or the terminal has been hung up */
                        logger_mirror_close(m);
                        return false;
                }
                m->start += n < 0 ? m->end - m->start : (size_t)n;
                has_progress = true;
        }
        if (m->start == m->end)
                m->start = m->end = 0;
        return has_progress;
}

/* Room at the end of the buffer, what is left moved to its beginning when that is needed. */
static size_t make_room(struct logger_mirror *m, size_t wanted) {
        if (m->start > 0 && sizeof(m->buffer) - m->end < wanted) {
                memmove(m->buffer, m->buffer + m->start, m->end - m->start);
                m->end -= m->start;
                m->start = 0;
        }
        return sizeof(m->buffer) - m->end;
}

static bool try_add(struct logger_mirror *m, const struct logger_text *text) {
        size_t room = make_room(m, text->length + LOGGER_TEXT_ROOM_MIN), n;

        n = logger_text_render(&m->style, text, m->buffer + m->end, room);
        if (n == 0 && m->start == m->end) /* even the empty buffer is too small for it */
                n = logger_text_render_cut(&m->style, text, m->buffer + m->end, room);
        m->end += n;
        return n > 0;
}

/* Says how many lines were dropped; once. */
static void report_dropped(struct logger_mirror *m, const char *stamp) {
        char line[96];
        struct logger_text text = {
                .unit = "keel-logger", .identifier = "", .stamp = stamp, .priority = 4, .text = line
        };

        if (m->dropped_lines == 0 || m->state != LOGGER_MIRROR_FLOWING)
                return;
        text.length = (size_t)snprintf(line, sizeof(line), "%llu lines were not shown here: nobody read them in time",
                                       (unsigned long long)m->dropped_lines);
        if (try_add(m, &text))
                m->dropped_lines = 0;
}

void logger_mirror_flush(struct logger_mirror *m, const char *stamp) {
        if (m->state == LOGGER_MIRROR_OFF || !write_out(m))
                return;
        m->state = LOGGER_MIRROR_FLOWING;
        if (m->dropped_lines) {
                report_dropped(m, stamp);
                (void)write_out(m);
        }
}

int logger_mirror_add(struct logger_mirror *m, const struct logger_text *text) {
        if (m->state == LOGGER_MIRROR_OFF)
                return 1;
        if (try_add(m, text))
                return 1;
        if (m->state == LOGGER_MIRROR_FLOWING) {
                logger_mirror_flush(m, text->stamp);
                if (m->state == LOGGER_MIRROR_OFF || try_add(m, text))
                        return 1;
                m->state = m->block_us ? LOGGER_MIRROR_WAITING : LOGGER_MIRROR_DROPPING;
                m->deadline_us = time_add(clock_monotonic_us(), m->block_us);
        }
        if (m->state == LOGGER_MIRROR_WAITING)
                return 0;
        m->dropped_lines++;
        return 1;
}

void logger_mirror_expire(struct logger_mirror *m, uint64_t monotonic_us) {
        if (m->state == LOGGER_MIRROR_WAITING && monotonic_us >= m->deadline_us)
                m->state = LOGGER_MIRROR_DROPPING;
}
