/* SPDX-License-Identifier: MIT */
/* main: start-up, then one of two loops: command_run() or supervise(). Once supervise() has begun nothing here exits but
 * by power; it never waits but in poll(2).
 */
#include "boot.h"
#include "child.h"
#include "command.h"
#include "files.h"
#include "launch.h"
#include "power.h"
#include "reap.h"
#include "reexec.h"
#include "saved.h"
#include "say.h"
#include "talk.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* Sized for the worst day; pages of it that are never used are never there. */
static struct wire_exit exits[LEDGER_ROOM] __attribute__((aligned(4096)));
static struct keep_slot kept[KEEP_ROOM] __attribute__((aligned(4096)));
static char kept_names[KEEP_NAMES_ROOM] __attribute__((aligned(4096)));

/* --- the loop ----------------------------------------------------------------------------------------------------- */

static uint64_t earlier(uint64_t a, uint64_t b) {
        return a < b ? a : b;
}

/* Of poll(2), in ms, rounded up. */
static int timeout_until(uint64_t when, uint64_t now) {
        if (when == NEVER)
                return -1;
        if (when <= now)
                return 0;
        return when - now > 3600 * SECOND ? 3600 * 1000 : (int)((when - now + 999) / 1000);
}

/* For what failed, and will work in a moment. */
#define SOON (10 * MS)

static void take_signals(struct state *s, uint64_t now) {
        struct signals_info infos[SIGNALS_AT_ONCE];
        unsigned count;

        do {
                count = signals_read(&s->signals, infos, SIGNALS_AT_ONCE);
                for (unsigned i = 0; i < count; i++) {
                        if (infos[i].signal == SIGCHLD || infos[i].signal == 0)
                                continue; /* every turn of the loop reaps */
                        talk_signal(s, infos[i].signal, infos[i].sender);
                        power_signal(s, infos[i].signal, now);
                }
        } while (count == SIGNALS_AT_ONCE);
}

/* Between the end of a service and the word of it to the supervisor, which restarts it, lies one turn of this loop. */
static _Noreturn void supervise(struct state *s) {
        uint64_t now = state_now_us(), next;
        bool may_hear = true;

        for (;;) {
                struct pollfd wait_for[2] = { { .fd = -1, .events = POLLIN }, { .fd = -1 } };
                int ready;

                if (may_hear)
                        talk_hear(s, now); /* first: what is acknowledged makes room in the ledger */
                reap(s);
                next = earlier(power_tick(s, now), reexec_tick(s, now));
                talk_tell(s, now);
                next = earlier(next, child_tick(s, now)); /* last: what was told is to be answered */
                if (s->more_zombies)
                        next = now;
                if (s->reap_failed || (s->signals.fd < 0 && signals_open(&s->signals) < 0))
                        next = earlier(next, now + SOON);
                if (s->line.retry)
                        next = earlier(next, now + 100 * MS);
                wait_for[0].fd = s->signals.fd;
                wait_for[1].events = talk_events(s);
                if (wait_for[1].events)
                        wait_for[1].fd = s->line.fd;
                ready = poll(wait_for, 2, timeout_until(next, next == NEVER ? now : state_now_us()));
                if (ready < 0 && errno != EINTR)
                        (void)nanosleep(&(struct timespec){ .tv_nsec = SOON * 1000 },
                                        NULL); /* no memory: not at full speed */
                now = state_now_us();
                may_hear = ready < 0 || wait_for[1].revents;
                if (ready < 0 || wait_for[0].revents)
                        take_signals(s, now);
        }
}

/* --- start-up ----------------------------------------------------------------------------------------------------- */

static void find_program(struct state *s) {
        ssize_t n = readlink("/proc/self/exe", s->program, sizeof(s->program));

        s->program[n > 0 && (size_t)n < sizeof(s->program) ? n : 0] = 0;
}

/* The environment for the supervisor: ours, without what another keel outside may have set, and what we tell it. The
 * arrays are the caller's, who never returns.
 */
static void fill_environment(struct state *s, char **to, char *soft_limit, char *runtime_dir) {
        static const char *const ours[] = { WIRE_FD_ENV "=",
                                            "KEEL_NOFILE_SOFT=", "KEEL_RUNTIME_DIR=", SAVED_FD_ENV "=" };

        s->environment = to;
        *to++ = s->wire_fd_text;
        *to++ = soft_limit;
        if (runtime_dir)
                *to++ = runtime_dir;
        for (char **e = environ; *e; e++) {
                bool is_ours = false;

                for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
                        is_ours |= strncmp(*e, ours[i], strlen(ours[i])) == 0;
                if (!is_ours)
                        *to++ = *e;
        }
        *to = NULL;
}

/* What follows from where we are. Inside: keel made the namespaces itself. */
static void find_flags(struct state *s, const struct options *o, bool inside) {
        if (getpid() == 1)
                s->flags |= WIRE_FLAG_PID1;
        if (inside)
                s->flags |= WIRE_FLAG_NAMESPACES | (o->root ? WIRE_FLAG_SYSTEM : 0);
        else if (getpid() == 1 && !o->run)
                s->flags |= WIRE_FLAG_SYSTEM;
        if (power_is_machine())
                s->flags |= WIRE_FLAG_MACHINE;
}

static void boot(struct state *s, const struct options *o, bool inside) {
        if (getpid() == 1)
                boot_proc();
        else
                (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
        find_flags(s, o, inside);
        if (getpid() == 1 && !inside)
                boot_mounts(s->flags & WIRE_FLAG_MACHINE ? BOOT_MACHINE : BOOT_CONTAINER);
        boot_standard_fds();
        find_program(s);
}

/* With everything known, by finding it out or from our predecessor. */
static _Noreturn void start_supervising(struct state *s, bool is_fresh) {
        char soft_limit[48], runtime_dir[160];
        size_t variables = 0;

        while (environ[variables])
                variables++;
        files_join(soft_limit, sizeof(soft_limit), "KEEL_NOFILE_SOFT=", SAY_NUMBER((int64_t)s->files.soft));
        files_join(runtime_dir, sizeof(runtime_dir), "KEEL_RUNTIME_DIR=", s->runtime_dir);
        fill_environment(s, __builtin_alloca((variables + 4) * sizeof(char *)), soft_limit,
                         s->tells_runtime_dir ? runtime_dir : NULL);
        if (s->signals.fd < 0 && signals_open(&s->signals) < 0)
                say("cannot hear signals: ", SAY_ERRNO(errno));
        if (is_fresh && s->flags & WIRE_FLAG_MACHINE) {
                (void)child_tick(s, state_now_us()); /* what follows need not be waited for */
                boot_machine_keys();
        }
        supervise(s);
}

/* Kept fds may be many. Services get the limit that we found. */
static void raise_limit(struct state *s) {
        struct limit raised;

        s->files = state_limit_files(NULL);
        raised = (struct limit){ s->files.hard, s->files.hard };
        (void)state_limit_files(&raised);
}

static _Noreturn void start(struct state *s, const struct options *o, const struct launch *l) {
        raise_limit(s);
        boot(s, o, l && l->side == LAUNCH_INSIDE);
        if (l && l->instance_dir[0]) {
                files_join(s->runtime_dir, sizeof(s->runtime_dir), l->instance_dir);
                s->removes_runtime_dir = l->side == LAUNCH_HERE;
                s->tells_runtime_dir = !l->runtime_bound;
        }
        s->argument_count = o->rest_count + 1;
        start_supervising(s, true);
}

/* We are a new program in a process that supervises already. Nothing is set up again, and nothing here may fail: without
 * what our predecessor knew, its processes are still ours.
 */
static _Noreturn void succeed(struct state *s, struct options *o, int argc) {
        if (!saved_load(s, argc)) {
                say("cannot read what the program before knew: going on with its processes only");
                o->forgiving = true;
                options_parse(o, argc, s->command_line);
                find_flags(s, o, o->run && getpid() == 1);
                find_program(s);
                s->argument_count = o->rest_count + 1;
        }
        start_supervising(s, false);
}

static _Noreturn void start_command(struct state *s, const struct options *o, struct terminal *t,
                                    const struct launch *l) {
        struct command c = { .options = o, .signals = &s->signals, .terminal = *t, .leash = l ? l->leash : -1 };

        if (getpid() != 1)
                (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
        command_run(&c);
}

/* The linker's: where what starts as 0 lies. */
extern char __bss_start[], _end[];

/* The tables are large and hardly touched: one huge page among them would be twenty times our size. */
static void use_small_pages(void) {
        size_t behind = (size_t)__bss_start & ((size_t)sysconf(_SC_PAGESIZE) - 1);

        (void)madvise(__bss_start - behind, (size_t)(_end - __bss_start) + behind, MADV_NOHUGEPAGE);
}

static void init_state(struct state *s, char **command_line, char **arguments) {
        ledger_init(&s->ledger, exits);
        keep_init(&s->keep, kept, kept_names);
        s->line.fd = -1;
        s->line.phase = LINE_CLOSED;
        s->signals.fd = -1;
        s->command_line = command_line;
        s->arguments = arguments;
        arguments[0] = (char *)(uintptr_t) "keel-supervisor";
}

int main(int argc, char **argv) {
        static struct state state;
        static struct options options;
        static struct launch launched;
        struct terminal terminal = { .fd = -1 };
        struct launch *l = NULL;
        /* argv[0] is its name, one place more is for the ladder's option. */
        char **arguments = __builtin_alloca(((size_t)argc + 3) * sizeof(char *));

        memset(arguments, 0, ((size_t)argc + 3) * sizeof(char *));
        options.rest = arguments + 1;
        use_small_pages();
        if (saved_is_there()) {
                init_state(&state, argv, arguments);
                succeed(&state, &options, argc);
        }
        options_parse(&options, argc, argv);
        signals_take_over(&state.signals);
        if (options.parent_death) {
                pid_t parent = getppid();

                (void)prctl(PR_SET_PDEATHSIG, options.parent_death);
                if (getppid() != parent)
                        (void)kill(getpid(), options.parent_death); /* it was quicker */
        }
        if (options.command || options.run)
                terminal_open(&terminal);
        if (options.run) {
                l = &launched;
                launch(l, &options, &state.signals, &terminal);
        }
        if (options.command)
                start_command(&state, &options, &terminal, l);
        init_state(&state, argv, arguments);
        start(&state, &options, l);
}
