/* SPDX-License-Identifier: MIT */
/* proxy: the process outside of `keel run`'s namespaces. Promises that whoever started keel sees one ordinary program: it
 * takes signals, stops and continues with its job, gives the terminal back and exits as PID 1 inside does; and that what
 * was made on the host is gone afterwards. Called by launch.
 */
#include "launch.h"
#include "say.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_supervised(const struct launch *l) {
        return !l->options->command;
}

/* The command inside is to go on, in the foreground if our job is there. */
static void continue_inside(struct launch *l) {
        union sigval in_front = { .sival_int = terminal_look(l->terminal) };

        (void)sigqueue(l->pid, SIGCONT, in_front);
}

static void stop_like(struct launch *l, int signal) {
        if (l->terminal->in_front)
                terminal_give(l->terminal, getpgrp());
        if (!signals_stop_self(signal == SIGSTOP ? SIGTSTP : signal) && signal == SIGTSTP && !is_supervised(l))
                continue_inside(l); /* nobody could have continued us */
}

static void on_signal(struct launch *l, const struct signals_info *info) {
        bool is_stop = info->signal == SIGTSTP || info->signal == SIGTTIN || info->signal == SIGTTOU;

        if (info->signal == SIGCHLD)
                return;
        if (is_supervised(l)) {
                if (is_stop)
                        stop_like(l, info->signal); /* the shell is back; the services run on */
                else if (info->signal != SIGCONT && info->signal != SIGWINCH)
                        (void)kill(l->pid, info->signal);
        } else if (info->signal == SIGCONT) {
                continue_inside(l);
        } else if (!(l->terminal->shared && info->code == SI_KERNEL && info->signal != SIGHUP)) {
                (void)kill(l->pid, info->signal);
        }
}

static void finish_when_ended(struct launch *l) {
        int status, code;

        if (waitpid(l->pid, &status, WNOHANG) != l->pid)
                return;
        code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (!is_supervised(l) && l->terminal->in_front && !l->terminal->shared)
                terminal_give(l->terminal, getpgrp());
        launch_clean_up(l);
        _exit(code);
}

void proxy_run(struct launch *l) {
        struct signals_info info;
        char signal;

        if (signals_open(l->signals) < 0) {
                say("cannot hear signals: ", SAY_ERRNO(errno));
                (void)kill(l->pid, SIGKILL);
        }
        for (;;) {
                struct pollfd wait_for[2] = { { .fd = l->signals->fd, .events = POLLIN },
                                              { .fd = l->leash, .events = POLLIN } };

                finish_when_ended(l);
                (void)poll(wait_for, 2, l->signals->fd < 0 ? 100 : -1);
                while (signals_next(l->signals, &info))
                        on_signal(l, &info);
                if (l->leash >= 0 && read(l->leash, &signal, 1) == 1)
                        stop_like(l, signal);
                else if (wait_for[1].revents & (POLLHUP | POLLERR))
                        l->leash = -1; /* its end is reported by SIGCHLD */
        }
}
