/* SPDX-License-Identifier: MIT */
/* clock: reads the two clocks. Weak, so that a unit test can be the time itself. */
#include "clock.h"
#include "macros.h"

#include <time.h>

static uint64_t clock_us(clockid_t which) {
        struct timespec t = {};

        /* It cannot fail for a clock that exists. */
        (void)clock_gettime(which, &t);
        return (uint64_t)t.tv_sec * US_PER_SEC + (uint64_t)t.tv_nsec / 1000u;
}

WEAK uint64_t clock_monotonic_us(void) {
        return clock_us(CLOCK_MONOTONIC);
}

WEAK uint64_t clock_realtime_us(void) {
        return clock_us(CLOCK_REALTIME);
}
