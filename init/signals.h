/* SPDX-License-Identifier: MIT */
/* signals: all of them blocked and read as data; what was found at the start is given back to children. The kernel's
 * numbers are used throughout (1…64; the first real-time one is 34 as the world counts, whatever the libc keeps for
 * itself).
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define SIGNALS_MAX      64
#define SIGNALS_RTMIN    34
#define SIGNALS_NAME_MAX 12
#define SIGNALS_BIT(n)   (UINT64_C(1) << ((n)-1))

struct signals {
        uint64_t mask; /* as found at the start */
        bool ignored_child; /* SIGCHLD was ignored, as found */
        int fd; /* signalfd of everything; -1 where none was opened */
};

/* One signal, as read. */
struct signals_info {
        int signal;
        int code; /* si_code */
        int32_t sender; /* 0: the kernel, or outside of the namespace */
        int32_t value; /* of sigqueue(3) */
};

/* Blocks everything that can be blocked; SIGCHLD gets its default action (an inherited "ignore" would make the kernel
 * swallow statuses).
 */
void signals_take_over(struct signals *s);
/* Opens s->fd. 0 or -errno. */
int signals_open(struct signals *s);
/* Those that are pending, up to `room` (and SIGNALS_AT_ONCE) of them: how many; fewer than that means that there are no more. One
 * that we caused ourselves (SIGPIPE) has number 0.
 */
#define SIGNALS_AT_ONCE 8
unsigned signals_read(struct signals *s, struct signals_info *infos, unsigned room);
/* The next pending one, of others; false when there is none. */
bool signals_next(struct signals *s, struct signals_info *info);
/* The same without an fd: waits for one, or (dont_wait) returns false when none is pending. */
bool signals_wait(struct signals_info *info, bool dont_wait);
/* In a child, before exec: mask and dispositions as they were found. */
void signals_give_back(const struct signals *s);

/* "TERM", "RTMIN+3"; buffer or a constant. */
const char *signals_name(char buffer[SIGNALS_NAME_MAX], int signal);
/* Decimal digits and nothing else, up to a limit; -1 otherwise. */
int signals_parse_number(const char *text, int limit);
/* "15", "TERM", "SIGTERM", "RTMIN+3"; -1 when it is none. 0 is allowed (for "drop it"). */
int signals_parse(const char *text);
/* Takes the default action of a stop signal: stops this process here and now. False when the kernel did not stop it,
 * since nobody could continue it (PID 1, an orphaned process group).
 */
bool signals_stop_self(int signal);
