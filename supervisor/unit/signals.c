/* SPDX-License-Identifier: MIT */
/* signals: their names, both ways. Real-time signals are RTMIN, RTMIN+n, RTMAX-n, RTMAX. Pure. */
#include "unit.h"

#include <errno.h>
#include <signal.h>

const char *signal_name(int signal) {
        static char names[32][sizeof("SIGRTMIN+30")];
        const char *abbreviation;

        if (signal >= SIGRTMIN && signal <= SIGRTMAX) {
                char *name = names[(signal - SIGRTMIN) % 32];

                (void)snprintf(name, sizeof names[0], signal == SIGRTMIN ? "SIGRTMIN" : "SIGRTMIN+%d",
                               signal - SIGRTMIN);
                return name;
        }
        abbreviation = sigabbrev_np(signal);
        if (!abbreviation || signal <= 0 || signal >= 32)
                return NULL;
        (void)snprintf(names[signal % 32], sizeof names[0], "SIG%s", abbreviation);
        return names[signal % 32];
}

/* "RTMIN+3" and "RTMAX-3". */
static int real_time_signal(const char *name) {
        const char *rest = text_after(name, "RTMIN");
        int base = SIGRTMIN, sign = 1;
        uint64_t n = 0;

        if (!rest) {
                rest = text_after(name, "RTMAX");
                base = SIGRTMAX;
                sign = -1;
        }
        if (!rest)
                return -EINVAL;
        if (*rest && (*rest != (sign > 0 ? '+' : '-') || text_to_u64(rest + 1, 10, &n) < 0))
                return -EINVAL;
        return n <= (uint64_t)(SIGRTMAX - SIGRTMIN) ? base + sign * (int)n : -EINVAL;
}

int signal_from_name(const char *name) {
        const char *rest = text_after(name, "SIG");
        uint64_t n;

        if (text_to_u64(name, 10, &n) == 0)
                return n >= 1 && n <= 64 ? (int)n : -EINVAL;
        if (rest)
                name = rest;
        for (int s = 1; s < 32; s++) {
                const char *abbreviation = sigabbrev_np(s);

                if (abbreviation && text_equal(abbreviation, name))
                        return s;
        }
        if (text_equal(name, "IOT"))
                return SIGABRT;
        if (text_equal(name, "CLD"))
                return SIGCHLD;
        if (text_equal(name, "POLL"))
                return SIGIO;
        return real_time_signal(name);
}
