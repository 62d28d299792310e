/* SPDX-License-Identifier: MIT */
/* state: the two system calls that every module needs in their bare form. */
#include "state.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

uint64_t state_now_us(void) {
        static struct timespec now; /* the last one, should the kernel ever refuse: time never goes back */

        (void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec / 1000;
}

struct limit state_limit_files(const struct limit *new_limit) {
        struct limit old = { 0, 0 };

        (void)syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, new_limit, &old);
        return old;
}

pid_t state_fork(unsigned long flags) {
        return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0UL, 0UL, 0UL, 0UL);
}
