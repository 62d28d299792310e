/* SPDX-License-Identifier: MIT */
/* signals: owns the signal mask and the signalfd. Promises that no handler ever runs: signals are read in the loop. Raw
 * system calls for masks, since a libc hides the real-time signals that it uses itself, and PID 1 must forward those too.
 */
#include "signals.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static uint64_t set_mask(uint64_t mask) {
        uint64_t old = 0;

        (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &old, sizeof(mask));
        return old;
}

void signals_take_over(struct signals *s) {
        struct sigaction standard = { .sa_handler = SIG_DFL }, found = standard;

        s->mask = set_mask(UINT64_MAX);
        (void)sigaction(SIGCHLD, &standard, &found);
        s->ignored_child = found.sa_handler == SIG_IGN; /* an exec leaves no other but the default */
        s->fd = -1;
}

int signals_open(struct signals *s) {
        uint64_t all = UINT64_MAX;

        s->fd = (int)syscall(SYS_signalfd4, -1, &all, sizeof(all), SFD_CLOEXEC | SFD_NONBLOCK);
        return s->fd < 0 ? -errno : 0;
}

unsigned signals_read(struct signals *s, struct signals_info *infos, unsigned room) {
        struct signalfd_siginfo read_infos[SIGNALS_AT_ONCE];
        size_t wanted = (room < SIGNALS_AT_ONCE ? room : SIGNALS_AT_ONCE) * sizeof(read_infos[0]);
        ssize_t n = read(s->fd, read_infos, wanted);
        unsigned count = n > 0 ? (unsigned)((size_t)n / sizeof(read_infos[0])) : 0;

        for (unsigned i = 0; i < count; i++) {
                const struct signalfd_siginfo *r = &read_infos[i];
                bool is_ours = r->ssi_signo == SIGPIPE && r->ssi_pid == (uint32_t)getpid();

                infos[i] = (struct signals_info){
                        .signal = is_ours ? 0 : (int)r->ssi_signo,
                        .code = r->ssi_code,
                        .sender = r->ssi_code > 0 ? 0 : (int32_t)r->ssi_pid,
                        .value = r->ssi_int,
                };
        }
        return count;
}

bool signals_next(struct signals *s, struct signals_info *info) {
        do
                if (signals_read(s, info, 1) == 0)
                        return false;
        while (info->signal == 0);
        return true;
}

bool signals_wait(struct signals_info *info, bool dont_wait) {
        uint64_t all = UINT64_MAX;
        siginfo_t read_info = { 0 };
        struct timespec none = { 0 };
        long n;

        do
                n = syscall(SYS_rt_sigtimedwait, &all, &read_info, dont_wait ? &none : NULL, sizeof(all));
        while ((n < 0 && !dont_wait) || (n == SIGPIPE && read_info.si_pid == getpid()));
        *info = (struct signals_info){
                .signal = (int)n,
                .code = read_info.si_code,
                .sender = read_info.si_code > 0 ? 0 : read_info.si_pid,
                .value = read_info.si_code == SI_QUEUE ? read_info.si_value.sival_int : 0,
        };
        return n > 0;
}

void signals_give_back(const struct signals *s) {
        struct sigaction ignore = { .sa_handler = SIG_IGN };

        if (s->ignored_child)
                (void)sigaction(SIGCHLD, &ignore, NULL);
        set_mask(s->mask);
}

static const char names[][7] = {
        "0",    "HUP",  "INT",  "QUIT", "ILL",    "TRAP", "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
        "SEGV", "USR2", "PIPE", "ALRM", "TERM",   "16",   "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
        "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",   "PWR",  "SYS",
};
_Static_assert(SIGCHLD == 17 && SIGPWR == 30 && SIGSTOP == 19, "names[] is in the order of most architectures");

const char *signals_name(char buffer[SIGNALS_NAME_MAX], int signal) {
        char number[SAY_NUMBER_MAX];

        if (signal >= 0 && (size_t)signal < sizeof(names) / sizeof(names[0]))
                return names[signal];
        strcpy(buffer, signal >= SIGNALS_RTMIN ? "RTMIN+" : "");
        return strcat(buffer, say_number(number, signal >= SIGNALS_RTMIN ? signal - SIGNALS_RTMIN : signal));
}

int signals_parse_number(const char *text, int limit) {
        int64_t n = 0;

        if (!*text)
                return -1;
        for (; *text; text++) {
                if (*text < '0' || *text > '9')
                        return -1;
                n = n * 10 + (*text - '0');
                if (n > limit)
                        return -1;
        }
        return (int)n;
}

int signals_parse(const char *text) {
        int n;

        if (strncmp(text, "SIG", 3) == 0)
                text += 3;
        for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
                if (strcmp(text, names[i]) == 0)
                        return (int)i;
        if (strcmp(text, "RTMIN") == 0)
                return SIGNALS_RTMIN;
        if (strncmp(text, "RTMIN+", 6) == 0) {
                n = signals_parse_number(text + 6, SIGNALS_MAX - SIGNALS_RTMIN);
                return n < 0 ? -1 : SIGNALS_RTMIN + n;
        }
        return signals_parse_number(text, SIGNALS_MAX);
}

bool signals_stop_self(int signal) {
        struct sigaction standard = { .sa_handler = SIG_DFL }, found;
        uint64_t pending = 0;

        (void)sigaction(signal, &standard, &found);
        (void)kill(getpid(), signal);
        set_mask(~SIGNALS_BIT(signal)); /* stops here */
        set_mask(UINT64_MAX);
        (void)sigaction(signal, &found, NULL);
        /* Whoever continued us sent SIGCONT, which is still waiting to be read. */
        (void)syscall(SYS_rt_sigpending, &pending, sizeof(pending));
        return (pending & SIGNALS_BIT(SIGCONT)) != 0;
}
