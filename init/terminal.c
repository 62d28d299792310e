/* SPDX-License-Identifier: MIT */
/* terminal: owns the fd of the controlling terminal. Called by command, launch and main. */
#include "terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

void terminal_open(struct terminal *t) {
        t->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (t->fd < 0 && getpid() == 1 && isatty(STDIN_FILENO)) {
                (void)setsid();
                if (ioctl(STDIN_FILENO, TIOCSCTTY, 0) == 0)
                        t->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        }
        /* `keel -- a | b`: were a's the foreground, b could not use the terminal. So a stays with us and b. */
        t->shared = terminal_look(t) && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
}

bool terminal_look(struct terminal *t) {
        t->in_front = t->fd >= 0 && tcgetpgrp(t->fd) == getpgrp();
        return t->in_front;
}

void terminal_give(const struct terminal *t, pid_t group) {
        if (t->fd >= 0)
                (void)tcsetpgrp(t->fd, group);
}
