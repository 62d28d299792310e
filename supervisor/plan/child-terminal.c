/* SPDX-License-Identifier: MIT */
/* child-terminal: cleans and claims a terminal, with system calls only: runs in a child without a libc to rely on. */
#include "child-terminal.h"

#include "child-call.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>

/* Without waiting for a carrier, and without becoming its process by accident. */
static int open_terminal(const char *path) {
        int fd = CHILD_CALL(SYS_openat, AT_FDCWD, path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK, 0);
        int flags;

        if (fd < 0)
                return fd;
        flags = CHILD_CALL(SYS_fcntl, fd, F_GETFL);
        (void)CHILD_CALL(SYS_fcntl, fd, F_SETFL, flags & ~O_NONBLOCK);
        return fd;
}

/* What a fresh terminal is like (termios(3)); the speed is left as it is. */
static int reset_terminal(int fd) {
        static const struct {
                unsigned char at, value;
        } keys[] = {
                { VINTR, 003 },    { VQUIT, 034 }, { VERASE, 0177 }, { VKILL, 025 },  { VEOF, 004 },
                { VSTART, 021 },   { VSTOP, 023 }, { VSUSP, 032 },   { VLNEXT, 026 }, { VWERASE, 027 },
                { VREPRINT, 022 }, { VEOL, 0 },    { VEOL2, 0 },     { VTIME, 0 },    { VMIN, 1 },
        };
        struct termios t;
        int r;

        (void)CHILD_CALL(SYS_ioctl, fd, TIOCNXCL);
        r = CHILD_CALL(SYS_ioctl, fd, TCGETS, &t);
        if (r < 0)
                return r;
        t.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | ISTRIP | INLCR | IGNCR | IUCLC | IXOFF);
        t.c_iflag |= ICRNL | IMAXBEL | IUTF8 | IXON;
        t.c_oflag |= OPOST | ONLCR;
        t.c_cflag |= CREAD;
        t.c_lflag = ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE;
        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
                t.c_cc[keys[i].at] = keys[i].value;
        r = CHILD_CALL(SYS_ioctl, fd, TCSETS, &t);
        (void)CHILD_CALL(SYS_ioctl, fd, TCFLSH, TCIOFLUSH);
        return r;
}

int child_terminal_clean(const struct plan_terminal *terminal) {
        int fd;

        if (!terminal->is_hung_up && !terminal->is_reset)
                return 0;
        fd = open_terminal(terminal->path);
        if (fd < 0)
                return fd;
        if (terminal->is_reset)
                (void)reset_terminal(fd);
        if (terminal->is_hung_up)
                (void)CHILD_CALL(SYS_ioctl, fd, TIOCVHANGUP);
        (void)CHILD_CALL(SYS_close, fd);
        return 0;
}

/* Waits for somebody to close the terminal. */
static int wait_for_close(int watch_fd) {
        struct pollfd poll_fd = { .fd = watch_fd, .events = POLLIN };
        char events[512];
        int r;

        do
                r = CHILD_CALL(SYS_ppoll, &poll_fd, 1, NULL, NULL, 0);
        while (r == -EINTR);
        while (CHILD_CALL(SYS_read, watch_fd, events, sizeof(events)) > 0)
                ;
        return MIN(r, 0);
}

/* TIOCSCTTY says EPERM while it is another session's. */
int child_terminal_claim(const struct plan_terminal *terminal) {
        int watch_fd = -1, fd, r;

        if (terminal->claim == TERMINAL_WAIT) {
                watch_fd = CHILD_CALL(SYS_inotify_init1, IN_CLOEXEC | IN_NONBLOCK);
                if (watch_fd >= 0)
                        (void)CHILD_CALL(SYS_inotify_add_watch, watch_fd, terminal->path, IN_CLOSE);
        }
        for (;;) {
                fd = open_terminal(terminal->path);
                if (fd < 0)
                        break;
                r = CHILD_CALL(SYS_ioctl, fd, TIOCSCTTY, terminal->claim == TERMINAL_FORCE);
                if (r >= 0)
                        break;
                if (r == -EPERM && watch_fd >= 0)
                        r = wait_for_close(watch_fd);
                /* Closed only now: it would wake us up itself. */
                (void)CHILD_CALL(SYS_close, fd);
                fd = r;
                if (r < 0)
                        break;
        }
        if (watch_fd >= 0)
                (void)CHILD_CALL(SYS_close, watch_fd);
        return fd;
}
