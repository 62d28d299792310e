/* SPDX-License-Identifier: MIT */
/* power: owns the end. Promises that it comes, each step within its time, whatever hangs; that nothing is started any
 * more once it has begun; that the exit code and the last line on stderr are the ones asked for.
 * Called by the loop, child and talk.
 */
#include "power.h"

#include "child.h"
#include "files.h"
#include "say.h"
#include "talk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Together less than the 10 s that container engines wait before they kill. */
#define ANSWER_WITHIN  (3 * SECOND)
#define TERM_WITHIN    (4 * SECOND)
#define KILL_WITHIN    (2 * SECOND)
#define KILL_AGAIN     (100 * MS)
#define UNMOUNT_WITHIN (20 * SECOND)
#define DEATHS_ALLOWED 3u

#define RTMIN_PLUS(n) (SIGNALS_RTMIN + (n))
#define AT_ONCE       0x80 /* without asking the supervisor */

/* What signals end, on a machine and elsewhere. The real-time ones are systemd's. 133 is what container managers take
 * for "start it again".
 */
static const struct ending_signal {
        uint8_t signal;
        uint8_t machine; /* enum wire_end_how, AT_ONCE */
        uint8_t code; /* of exit, elsewhere */
} ending_signals[] = {
        { SIGTERM, WIRE_END_POWEROFF, 128 + SIGTERM },
        { SIGINT, WIRE_END_REBOOT, 128 + SIGINT }, /* on a machine: ctrl-alt-del */
        { SIGPWR, WIRE_END_POWEROFF, 0 },
        { RTMIN_PLUS(3), WIRE_END_HALT, 0 },
        { RTMIN_PLUS(4), WIRE_END_POWEROFF, 0 },
        { RTMIN_PLUS(5), WIRE_END_REBOOT, 133 },
        { RTMIN_PLUS(6), WIRE_END_KEXEC, 133 },
        { RTMIN_PLUS(13), WIRE_END_HALT | AT_ONCE, 0 },
        { RTMIN_PLUS(14), WIRE_END_POWEROFF | AT_ONCE, 0 },
        { RTMIN_PLUS(15), WIRE_END_REBOOT | AT_ONCE, 133 },
        { RTMIN_PLUS(16), WIRE_END_KEXEC | AT_ONCE, 133 },
};

static const struct ending_signal *ending_signal(int signal) {
        for (size_t i = 0; i < sizeof(ending_signals) / sizeof(ending_signals[0]); i++)
                if (ending_signals[i].signal == signal)
                        return &ending_signals[i];
        return NULL;
}

/* --- who is killed ------------------------------------------------------------------------------------------------ */

static void signal_one(pid_t pid, int signal) {
        if (pid > 1)
                (void)kill(pid, signal);
}

/* As a subreaper, kill(-1) would be everybody's end: go down our own tree instead. */
static void signal_descendants(const char *pid, int signal, unsigned depth) {
        char path[64], list[512];
        size_t used = 0;
        ssize_t n;
        int fd;

        files_join(path, sizeof(path), "/proc/", pid, "/task/", pid, "/children");
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return;
        while ((n = read(fd, list + used, sizeof(list) - 1 - used)) > 0) {
                char *at = list, *space;

                for (list[used + (size_t)n] = 0; (space = strchr(at, ' ')); at = space + 1) {
                        *space = 0;
                        if (depth < 64)
                                signal_descendants(at, signal, depth + 1);
                        signal_one(signals_parse_number(at, INT32_MAX), signal);
                }
                used = strlen(at); /* a number cut in two at the end of the buffer */
                memmove(list, at, used);
        }
        (void)close(fd);
}

static void signal_all(const struct state *s, int signal) {
        if (s->flags & WIRE_FLAG_PID1)
                (void)kill(-1, signal);
        else
                signal_descendants(SAY_NUMBER(getpid()), signal, 0);
}

/* --- the last step ------------------------------------------------------------------------------------------------ */

/* mountinfo escapes blanks in paths as \040. */
static void unescape(char *path) {
        char *to = path;

        for (; *path; to++)
                if (path[0] == '\\' && path[1] && path[2] && path[3]) {
                        *to = (char)((path[1] - '0') * 64 + (path[2] - '0') * 8 + (path[3] - '0'));
                        path += 4;
                } else {
                        *to = *path++;
                }
        *to = 0;
}

/* Unmounts what it can, the latest first; true when anything went. */
static bool unmount_round(void) {
        char *text = files_map("/proc/self/mountinfo");
        bool any = false;

        if (!text)
                return false;
        for (char *end = text + strlen(text); end > text;) {
                char *line = memrchr(text, '\n', (size_t)(end - text - 1)), *path;

                line = line ? line + 1 : text;
                path = line;
                for (int field = 0; field < 4 && path; field++)
                        if ((path = strchr(path, ' ')))
                                path++;
                if (path && strchr(path, ' ')) {
                        *strchr(path, ' ') = 0;
                        unescape(path);
                        if (strcmp(path, "/") != 0 && strcmp(path, "/proc") != 0 && umount2(path, UMOUNT_NOFOLLOW) == 0)
                                any = true;
                }
                end = line;
        }
        files_unmap(text);
        return any;
}

static _Noreturn void unmount_all(void) {
        sync();
        for (unsigned round = 0; round < 8 && unmount_round(); round++)
                ;
        (void)mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
        sync();
        _exit(0);
}

_Noreturn void power_off_machine(uint32_t how) {
        static const unsigned commands[] = {
                [WIRE_END_EXIT] = LINUX_REBOOT_CMD_POWER_OFF, [WIRE_END_POWEROFF] = LINUX_REBOOT_CMD_POWER_OFF,
                [WIRE_END_REBOOT] = LINUX_REBOOT_CMD_RESTART, [WIRE_END_HALT] = LINUX_REBOOT_CMD_HALT,
                [WIRE_END_KEXEC] = LINUX_REBOOT_CMD_KEXEC,
        };

        (void)syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, commands[how], NULL);
        say("the kernel refused: ", SAY_ERRNO(errno));
        (void)syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
                      how == WIRE_END_KEXEC ? LINUX_REBOOT_CMD_RESTART : LINUX_REBOOT_CMD_HALT, NULL);
        for (;;)
                (void)pause(); /* an exit would be a kernel panic */
}

/* On a machine process 2 is the kernel's, in no process group. That is asked first, since a look into /proc costs more than all
 * else that `keel -- COMMAND` does.
 */
bool power_is_machine(void) {
        char name[32];
        ssize_t n = getpid() == 1 && getpgid(2) == 0 ? readlink("/proc/self/ns/pid", name, sizeof(name) - 1) : -1;

        if (n < 0)
                return false;
        name[n] = 0;
        /* The number of the first namespace is part of the kernel's interface. */
        return strcmp(name, "pid:[4026531836]") == 0;
}

static _Noreturn void finish(const struct state *s) {
        static const char words[][16] = {
                [WIRE_END_EXIT] = "power off", [WIRE_END_POWEROFF] = "power off", [WIRE_END_REBOOT] = "reboot",
                [WIRE_END_HALT] = "halt",      [WIRE_END_KEXEC] = "kexec",
        };

        if (s->removes_runtime_dir)
                files_remove_tree(AT_FDCWD, s->runtime_dir);
        if (s->flags & WIRE_FLAG_MACHINE) {
                say(s->ending.why, s->ending.why[0] ? ": " : "", words[s->ending.how]);
                power_off_machine(s->ending.how);
        }
        say(s->ending.why, s->ending.why[0] ? ": " : "", "exit code ", SAY_NUMBER(s->ending.code));
        _exit(s->ending.code);
}

/* --- when --------------------------------------------------------------------------------------------------------- */

void power_begin(struct state *s, uint32_t how, int32_t code, const char *why, uint64_t now) {
        struct ending *e = &s->ending;

        if (e->phase != ENDING_NOT)
                return;
        e->phase = ENDING_TERM;
        e->how = how;
        e->code = code;
        files_join(e->why, sizeof(e->why), why);
        s->no_children = false;
        e->next_at_us = now + TERM_WITHIN;
        signal_all(s, SIGTERM);
        signal_all(s, SIGCONT); /* what is stopped cannot end */
}

static void carry_out(struct state *s, int signal, const char *because, uint64_t now) {
        const struct ending_signal *e = ending_signal(signal);
        char why[WIRE_NAME_MAX], name[SIGNALS_NAME_MAX];

        files_join(why, sizeof(why), "SIG", signals_name(name, signal), because);
        power_begin(s, e->machine & ~(unsigned)AT_ONCE, e->code, why, now);
}

void power_signal(struct state *s, int signal, uint64_t now) {
        const struct ending_signal *e = ending_signal(signal);

        if (!e || s->ending.phase != ENDING_NOT)
                return;
        if (e->machine & AT_ONCE) {
                carry_out(s, signal, ", at once", now);
                return;
        }
        s->ending.asked = signal;
        s->ending.deaths = 0;
        s->ending.answer_by_us = now + ANSWER_WITHIN;
        child_hurry(s);
}

void power_supervisor_listens(struct state *s) {
        if (s->ending.asked)
                talk_signal(s, s->ending.asked, s->line.senders[s->ending.asked]);
}

void power_supervisor_died(struct state *s, uint64_t now) {
        if (!s->ending.asked)
                return;
        s->ending.deaths++;
        s->ending.answer_by_us = now + ANSWER_WITHIN;
        child_hurry(s);
}

/* An ending signal was asked for: has a supervisor the word? */
static uint64_t wait_for_answer(struct state *s, uint64_t now) {
        struct ending *e = &s->ending;

        if (!e->asked)
                return NEVER;
        if (e->deaths > DEATHS_ALLOWED)
                carry_out(s, e->asked, ", and the supervisor keeps dying", now);
        else if (s->line.phase == LINE_OPEN && !(s->line.signals & SIGNALS_BIT(e->asked)))
                return NEVER; /* it has; and if it falls silent, it is killed, and its successor is told */
        else if (now >= e->answer_by_us)
                carry_out(s, e->asked, ", and no supervisor answers", now);
        else
                return e->answer_by_us;
        return e->next_at_us;
}

static void next_phase(struct state *s, uint64_t now) {
        struct ending *e = &s->ending;

        e->phase++;
        if (e->phase == ENDING_KILL)
                e->next_at_us = now + KILL_WITHIN;
        if (e->phase != ENDING_UNMOUNT)
                return;
        if (!(s->flags & WIRE_FLAG_MACHINE))
                finish(s);
        e->next_at_us = now + UNMOUNT_WITHIN;
        e->helper = state_fork(0);
        if (e->helper == 0)
                unmount_all();
}

uint64_t power_tick(struct state *s, uint64_t now) {
        struct ending *e = &s->ending;

        if (e->phase == ENDING_NOT)
                return wait_for_answer(s, now);
        if (e->phase < ENDING_UNMOUNT && (s->no_children || now >= e->next_at_us)) {
                if (s->no_children)
                        e->phase = ENDING_KILL;
                next_phase(s, now);
        }
        if (e->phase == ENDING_KILL) {
                signal_all(s, SIGKILL);
                return now + KILL_AGAIN < e->next_at_us ? now + KILL_AGAIN : e->next_at_us;
        }
        if (e->phase == ENDING_UNMOUNT && (e->helper <= 0 || now >= e->next_at_us))
                finish(s);
        return e->next_at_us;
}
