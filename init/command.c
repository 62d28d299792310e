/* SPDX-License-Identifier: MIT */
/* command: owns the one command of `keel -- CMD`. Promises: every orphan is reaped, every signal that can be caught is
 * forwarded, a terminal's job control goes on working, and keel's exit code is the command's. Nothing is kept per zombie.
 * Called by main.
 *
 * The command gets a process group of its own, and the terminal's foreground if we had it; so the keys for signals reach
 * it directly, and once. When it stops, we stop likewise, so that the shell which started us sees a stopped job; when the
 * shell continues us, the command gets the foreground back and continues.
 */
#include "command.h"

#include "files.h"
#include "power.h"
#include "say.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define REAP_AT_ONCE 4096u

static bool has_own_group(const struct command *c) {
        return !c->terminal.shared || c->options->group;
}

/* In the new process, in our memory; never returns. */
static _Noreturn void become_command(const struct command *c) {
        const char *name = c->options->command[0];
        int error;

        if (has_own_group(c))
                (void)setpgid(0, 0);
        if (has_own_group(c) && c->terminal.in_front)
                terminal_give(&c->terminal, getpid()); /* here, and not in the parent: there it may come too late */
        signals_give_back(c->signals);
        (void)execvp(name, c->options->command);
        error = errno;
        say("cannot run ", name, ": ", SAY_ERRNO(error));
        _exit(error == ENOENT ? 127 : 126);
}

static void send(const struct command *c, int signal, bool to_group) {
        if (signal)
                (void)kill(to_group && has_own_group(c) ? -c->pid : c->pid, signal);
}

/* A key pressed on the terminal reached the command already, when it is in our process group. */
static bool has_it_already(const struct command *c, const struct signals_info *info) {
        return !has_own_group(c) && info->code == SI_KERNEL && info->signal != SIGHUP;
}

static void forward(struct command *c, const struct signals_info *info) {
        int signal = c->options->rewrite[info->signal];

        if (has_it_already(c, info))
                return;
        if (signal == SIGCONT) {
                c->stop_asked = false;
                /* Only the proxy can know whether our job has the foreground: its group is not visible in here. */
                c->terminal.in_front = c->leash >= 0 ? info->value : terminal_look(&c->terminal);
                if (c->terminal.in_front && has_own_group(c))
                        terminal_give(&c->terminal, c->pid);
        } else if (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
                c->stop_asked = true;
        }
        send(c, signal, c->options->group || signal == SIGCONT);
}

/* The command has stopped: so do we, if there is somebody who can continue us. */
static void on_stop(struct command *c, int signal) {
        char byte = (char)signal;

        if (c->leash >= 0) {
                (void)!write(c->leash, &byte, 1);
                return;
        }
        if (getpid() != 1 && (signal != SIGSTOP || c->terminal.in_front)) {
                if (c->terminal.in_front)
                        terminal_give(&c->terminal, getpgrp());
                if (signals_stop_self(signal == SIGSTOP ? SIGTSTP : signal))
                        return; /* continued; that SIGCONT is the next signal we read */
                if (c->terminal.in_front && has_own_group(c))
                        terminal_give(&c->terminal, c->pid);
        }
        /* The suspend key, and no shell to go back to: nobody would ever continue it. */
        if (signal == SIGTSTP && !c->stop_asked)
                send(c, SIGCONT, true);
}

static _Noreturn void finish(const struct command *c, int status) {
        int code = c->options->remap[(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status)) & 255];

        if (c->terminal.in_front && has_own_group(c) && c->leash < 0)
                terminal_give(&c->terminal, getpgrp());
        if (power_is_machine()) {
                say("the command ", SAY_STATUS(status), ": power off");
                sync();
                power_off_machine(WIRE_END_POWEROFF);
        }
        _exit(code);
}

/* Returns true when it stopped at its limit; does not return when the command has ended. */
static bool reap_all(struct command *c) {
        int status;
        pid_t pid = 1;

        for (unsigned n = 0; n < REAP_AT_ONCE && pid > 0; n++) {
                pid = wait4(-1, &status, WNOHANG | WUNTRACED, NULL);
                if (pid < 0 && errno != ECHILD)
                        pid = 1; /* again: no signal will tell of what is left */
                if (pid != c->pid)
                        continue;
                if (WIFSTOPPED(status)) {
                        on_stop(c, WSTOPSIG(status));
                } else {
                        finish(c, status);
                }
        }
        return pid > 0;
}

/* Nothing of us is copied for it: we go on when it runs, or could not. Every signal is blocked, as ever. */
static __attribute__((noinline)) pid_t start(const struct command *c) {
        pid_t pid = vfork();

        if (pid == 0)
                become_command(c);
        return pid;
}

/* What only start-up needs, and a supervisor: it lies between two functions, as the Makefile links the files in the order of
 * their names. The kernel maps it again should it be called.
 */
static void unmap_cold_code(void) {
        const uintptr_t page = 4096;
        uintptr_t from = ((uintptr_t)files_join_parts + page - 1) & ~(page - 1),
                  to = (uintptr_t)say_parts & ~(page - 1);

        if (from < to)
                (void)madvise((void *)from, to - from, MADV_DONTNEED);
}

void command_run(struct command *c) {
        struct signals_info info;
        bool more = false;

        c->pid = start(c);
        if (c->pid < 0) {
                say("cannot start a process: ", SAY_ERRNO(errno));
                _exit(OPTIONS_FAILED);
        }
        if (c->leash >= 0)
                (void)setpgid(0, 0); /* what is sent to the proxy's group shall not reach us twice */
        unmap_cold_code();
        for (;;) {
                if (signals_wait(&info, more) && info.signal != SIGCHLD)
                        forward(c, &info);
                else
                        more = reap_all(c);
        }
}
