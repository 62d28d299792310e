/* SPDX-License-Identifier: MIT */
/* reexec: owns the way from one program to the next. Promises that nothing is given up before the next one has said that it
 * can take over, and that PID 1 goes on as before when it cannot, or does not say in time. Called by the loop, talk and reap.
 */
#include "reexec.h"

#include "files.h"
#include "saved.h"
#include "say.h"
#include "talk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_WITHIN (5 * SECOND)

/* The opened program, so that the one that is asked is the one that is run, whatever happens to the path meanwhile. */
static void run(const struct state *s, const void *arguments) {
        (void)syscall(SYS_execveat, s->reexec.program_fd, "", arguments, s->environment, AT_EMPTY_PATH);
}

static void give_up(struct state *s, const char *why, const char *more) {
        char text[WIRE_NAME_MAX];

        if (!files_join(text, sizeof(text), why, more))
                files_join(text, sizeof(text), why);
        say("not replaced by ", s->program, ": ", text);
        talk_refuse(s, WIRE_REEXEC, WIRE_REFUSED_FAILED, text);
        if (s->reexec.program_fd >= 0)
                (void)close(s->reexec.program_fd);
        s->reexec.wanted = s->reexec.agreed = false;
}

static _Noreturn void become_probe(const struct state *s) {
        const char *const arguments[] = { "keel", "--can-take", SAY_NUMBER(SAVED_VERSION), NULL };

        run(s, arguments);
        _exit(126);
}

void reexec_ask(struct state *s, uint64_t now) {
        struct reexec *r = &s->reexec;

        if (r->wanted || r->probe) {
                talk_refuse(s, WIRE_REEXEC, WIRE_REFUSED_PHASE, "another one is under way");
                return;
        }
        r->wanted = true;
        r->by_us = now + ANSWER_WITHIN;
        r->program_fd = open(s->program, O_PATH | O_CLOEXEC);
        if (r->program_fd < 0) {
                give_up(s, "cannot open it: ", SAY_ERRNO(errno));
                return;
        }
        r->probe = state_fork(0);
        if (r->probe == 0)
                become_probe(s);
        if (r->probe < 0) {
                r->probe = 0;
                give_up(s, "cannot ask it: ", SAY_ERRNO(errno));
        }
}

void reexec_answered(struct state *s, int status) {
        struct reexec *r = &s->reexec;

        r->probe = 0;
        if (!r->wanted)
                return;
        r->agreed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (!r->agreed)
                give_up(s, "asked whether it can take over, it ", SAY_STATUS(status));
}

/* 0 is not returned: it is another program then. */
static int go_over_with(struct state *s, int memfd) {
        char text[sizeof(SAVED_FD_ENV) + 40], *wire_fd = s->environment[0];
        int r = saved_set_fds(s, memfd, SAVED_FDS_STAY);

        files_join(text, sizeof(text), SAVED_FD_ENV "=", SAY_NUMBER(memfd), ",",
                   SAY_NUMBER(s->line.fd < 0 ? 0 : s->line.fd), ",", SAY_NUMBER(getpid()));
        s->environment[0] = text;
        if (r == 0) {
                run(s, s->command_line);
                r = -errno;
        }
        s->environment[0] = wire_fd;
        (void)saved_set_fds(s, memfd, SAVED_FDS_CLOSE_ON_EXEC);
        return r;
}

/* Returns when it did not work. */
static void go_over(struct state *s) {
        int memfd, error;

        s->reexec.times++;
        s->line.owes_reexeced = true;
        memfd = saved_write(s);
        error = memfd < 0 ? memfd : go_over_with(s, memfd);
        s->reexec.times--;
        s->line.owes_reexeced = false;
        give_up(s, memfd < 0 ? "cannot save what is known: " : "cannot run it: ", SAY_ERRNO(-error));
        if (memfd >= 0)
                (void)close(memfd);
}

uint64_t reexec_tick(struct state *s, uint64_t now) {
        struct reexec *r = &s->reexec;

        if (!r->wanted)
                return NEVER;
        if (s->ending.phase != ENDING_NOT) {
                give_up(s, "the end has begun", "");
        } else if (r->agreed) {
                go_over(s);
        } else if (now >= r->by_us) {
                (void)kill(r->probe, SIGKILL);
                give_up(s, "asked whether it can take over, it does not answer", "");
        } else {
                return r->by_us;
        }
        return NEVER;
}
