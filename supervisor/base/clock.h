/* SPDX-License-Identifier: MIT */
/* clock: times are uint64_t in microseconds, always; names end in _us. TIME_NEVER is `infinity`. */
#pragma once

#include <stdint.h>

#define US_PER_MS   1000ull
#define US_PER_SEC  1000000ull
#define US_PER_MIN  (60ull * US_PER_SEC)
#define US_PER_HOUR (60ull * US_PER_MIN)
#define US_PER_DAY  (24ull * US_PER_HOUR)
#define TIME_NEVER  UINT64_MAX

uint64_t clock_monotonic_us(void);
uint64_t clock_realtime_us(void);

/* a + b, or TIME_NEVER when either is, or when it overflows. */
static inline uint64_t time_add(uint64_t a, uint64_t b) {
        return a > TIME_NEVER - b ? TIME_NEVER : a + b;
}
