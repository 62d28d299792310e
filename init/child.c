/* SPDX-License-Identifier: MIT */
/* child: owns the supervisor's process. Promises that there is one, or that the next one's time is set, until the end
 * begins; each step down the ladder is said. Never looks at what the supervisor does, only whether it is heard.
 * Called by the loop, reap and talk.
 */
#include "child.h"

#include "files.h"
#include "options.h"
#include "power.h"
#include "report.h"
#include "say.h"
#include "talk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELLO_WITHIN  (30 * SECOND) /* emulated machines are slow */
#define LEAVE_WITHIN  (10 * SECOND)
#define REAPED_WITHIN (1 * SECOND)
#define STABLE_AFTER  (10 * SECOND) /* one that lived for so long starts the ladder anew */

/* The ladder: so many failures in a row are answered like this; the last row for ever. */
static const struct rung {
        uint32_t times;
        uint32_t pause_ms;
        char option[12];
        char text[52];
} ladder[] = {
        { 3, 0, "", "starting it again at once" },
        { 4, 250, "", "starting it again after a pause" },
        { 3, 1000, "--distrust", "starting it again without its saved records" },
        { UINT32_MAX, 5000, "--rescue", "starting it again for rescue only" },
};
#define RUNG_PAUSE    (&ladder[1])
#define RUNG_DISTRUST (&ladder[2])
#define RUNG_RESCUE   (&ladder[3])

static const struct rung *rung_of(uint32_t failures) {
        const struct rung *r = ladder;

        for (; failures > r->times; r++)
                failures -= r->times;
        return r;
}

/* keel-supervisor in our own folder; false: unknown. */
static bool find_beside(const struct state *s, char *path, size_t size) {
        const char *slash = strrchr(s->program, '/');

        if (!slash || !files_join(path, size, s->program))
                return false;
        path[slash + 1 - s->program] = 0;
        return files_join(path + strlen(path), size - strlen(path), "keel-supervisor");
}

/* Errors of an exec that may work the next time. */
static bool is_passing(int error) {
        return error == ENOMEM || error == EAGAIN || error == EINTR || error == EMFILE || error == ENFILE ||
               error == ETXTBSY;
}

/* In the new process; never returns. */
static void become_supervisor(struct state *s, int wire_fd, const struct rung *rung) {
        static const char *const shell[] = { "/bin/sh", NULL };
        char path[sizeof(s->program) + 16];
        const char *beside = find_beside(s, path, sizeof(path)) ? path : NULL;
        int error;

        report_write(s);
        (void)setsid(); /* the terminal's signals come through PID 1 only */
        if (rung->option[0]) {
                s->arguments[s->argument_count] = (char *)(uintptr_t)rung->option;
                s->arguments[s->argument_count + 1] = NULL;
        }
        (void)fcntl(wire_fd, F_SETFD, 0);
        strcpy(s->wire_fd_text, WIRE_FD_ENV "=");
        strcat(s->wire_fd_text, SAY_NUMBER(wire_fd));
        signals_give_back(&s->signals);
        errno = ENOENT;
        if (beside)
                (void)execve(beside, s->arguments, s->environment);
        if (errno == ENOENT)
                (void)execve(LIBEXECDIR "/keel-supervisor", s->arguments, s->environment);
        error = errno;
        say("cannot run ", beside ? beside : "keel-supervisor",
            " or " LIBEXECDIR "/keel-supervisor: ", SAY_ERRNO(error));
        if (rung == RUNG_RESCUE && (s->flags & WIRE_FLAG_MACHINE))
                (void)execve(shell[0], (char *const *)(uintptr_t)shell, s->environment);
        _exit(error == ENOENT ? 127 : is_passing(error) ? OPTIONS_FAILED : 126);
}

static void start(struct state *s, uint64_t now) {
        const struct rung *rung = rung_of(s->child.failures);
        int pair[2];
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
                say("cannot make a line for the supervisor: ", SAY_ERRNO(errno));
                s->child.start_at_us = now + SECOND;
                return;
        }
        pid = state_fork(0);
        if (pid == 0)
                become_supervisor(s, pair[1], rung);
        (void)close(pair[1]);
        if (pid < 0) {
                say("cannot start the supervisor: ", SAY_ERRNO(errno));
                (void)close(pair[0]);
                s->child.start_at_us = now + SECOND;
                return;
        }
        s->flags = rung >= RUNG_DISTRUST ? s->flags | WIRE_FLAG_DISTRUST : s->flags & ~(uint32_t)WIRE_FLAG_DISTRUST;
        s->child.pid = pid;
        s->child.runs++;
        s->child.talked = s->child.leaving = s->child.killed = s->child.idle = s->child.stopped = false;
        s->child.started_us = now;
        s->child.heartbeat_us = HELLO_WITHIN;
        s->child.silent_at_us = now + HELLO_WITHIN;
        talk_open(s, pair[0]);
}

static void kill_silent(struct state *s, uint64_t now) {
        struct child *c = &s->child;

        /* When we were late ourselves (a stopped machine, a crowded one), the silence was not its fault. */
        if (now - c->silent_at_us > c->heartbeat_us / 2 && s->line.phase != LINE_BROKEN) {
                c->silent_at_us = now + c->heartbeat_us;
                return;
        }
        if (s->line.phase == LINE_BROKEN)
                say("the supervisor (pid ", SAY_NUMBER(c->pid), ") closed its line and did not end: killed");
        else
                say("the supervisor (pid ", SAY_NUMBER(c->pid), ") was silent for ",
                    SAY_NUMBER((int64_t)(c->heartbeat_us / MS)), " ms: killed");
        (void)kill(c->pid, SIGKILL);
        c->killed = true;
        c->silent_at_us = NEVER;
}

uint64_t child_tick(struct state *s, uint64_t now) {
        struct child *c = &s->child;

        if (s->ending.phase != ENDING_NOT)
                return NEVER;
        if (c->pid == 0 && now >= c->start_at_us)
                start(s, now);
        if (c->pid != 0 && now >= c->silent_at_us)
                kill_silent(s, now);
        return c->pid == 0 ? c->start_at_us : c->silent_at_us;
}

/* A sign of life is due in its heartbeat's time; from one that is stopped also when it owes nothing: it cannot say when that
 * changes.
 */
static void watch(struct child *c, uint64_t now) {
        if (c->pid == 0 || c->killed || c->leaving || !c->talked)
                return;
        c->silent_at_us = c->heartbeat_us && (!c->idle || c->stopped) ? now + c->heartbeat_us : NEVER;
}

void child_heard(struct state *s, uint64_t now) {
        struct child *c = &s->child;

        watch(c, now);
        if (c->pid && c->talked && c->failures && now - c->started_us >= STABLE_AFTER)
                c->failures = 0;
}

void child_talks(struct state *s, uint64_t heartbeat_us, uint64_t now) {
        s->child.talked = s->child.ever_talked = true;
        s->child.heartbeat_us = heartbeat_us > 3600 * SECOND ? 3600 * SECOND : heartbeat_us;
        s->child.idle = false;
        child_heard(s, now);
}

void child_beats(struct state *s, uint64_t heartbeat_us, uint64_t now) {
        if (heartbeat_us)
                child_talks(s, heartbeat_us, now);
        s->child.idle = heartbeat_us == 0; /* that it is heard is what the caller says next */
}

void child_told(struct state *s, uint64_t now) {
        if (!s->child.idle)
                return;
        s->child.idle = false;
        watch(&s->child, now);
}

void child_stopped(struct state *s, bool stopped, uint64_t now) {
        s->child.stopped = stopped;
        if (s->child.idle)
                watch(&s->child, now);
}

void child_leaves(struct state *s, uint64_t now) {
        s->child.leaving = true;
        s->child.heartbeat_us = LEAVE_WITHIN;
        s->child.silent_at_us = now + LEAVE_WITHIN;
}

void child_hung_up(struct state *s, uint64_t now) {
        s->child.idle = false; /* ending is something to do */
        if (s->child.pid && !s->child.killed)
                s->child.silent_at_us = now + REAPED_WITHIN;
}

/* Could no supervisor ever be run, then there is nobody to wait for: a container ends, a machine offers a shell. */
static bool is_hopeless(const struct state *s, int status) {
        bool not_run = WIFEXITED(status) && (WEXITSTATUS(status) == 127 || WEXITSTATUS(status) == 126);

        return !s->child.ever_talked && !(s->flags & WIRE_FLAG_MACHINE) &&
               (not_run || rung_of(s->child.failures) == RUNG_RESCUE);
}

void child_ended(struct state *s, int status, uint64_t now) {
        struct child *c = &s->child;
        bool by_other_hand = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !c->killed;
        pid_t pid = c->pid;

        talk_close(s); /* hears what it said last */
        c->pid = 0;
        c->last_status = status;
        c->start_at_us = now;
        if (s->ending.phase != ENDING_NOT || (c->leaving && !c->killed))
                return;
        if (now - c->started_us >= STABLE_AFTER && c->talked)
                c->failures = 0;
        /* Who is killed by another hand (a person, the kernel out of memory) has no bad records: no further than a pause. */
        if (!by_other_hand || rung_of(c->failures + 1) <= RUNG_PAUSE)
                c->failures++;
        c->start_at_us = now + rung_of(c->failures)->pause_ms * MS;
        if (is_hopeless(s, status)) {
                power_begin(s, WIRE_END_EXIT, WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 125,
                            "the supervisor cannot be run", now);
                return;
        }
        say("the supervisor (pid ", SAY_NUMBER(pid), ") ", SAY_STATUS(status), " after ",
            SAY_NUMBER((int64_t)((now - c->started_us) / MS)), " ms: ", rung_of(c->failures)->text);
        power_supervisor_died(s, now);
}

void child_hurry(struct state *s) {
        if (s->child.pid == 0)
                s->child.start_at_us = 0;
}
