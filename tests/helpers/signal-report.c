/* SPDX-License-Identifier: MIT */
/* signal-report [N]: prints "ready" with its mask and ignored signals, then the number of each signal it gets, on a line
 * of its own; ends after N (default: 1) of them with status 100 + that signal. What cannot be caught stops or ends it.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
        int left = argc > 1 ? atoi(argv[1]) : 1, n = 0;
        uint64_t all = UINT64_MAX, found = 0, ignored = 0;
        struct sigaction action;

        (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &found, sizeof(all));
        for (int i = 1; i < 65; i++)
                if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
                        ignored |= UINT64_C(1) << (i - 1);
        printf("ready mask=%llx ignored=%llx group=%s\n", (unsigned long long)found, (unsigned long long)ignored,
               getpgrp() == getpid() ? "own" : "shared");
        fflush(stdout);
        while (left-- > 0) {
                do
                        n = (int)syscall(SYS_rt_sigtimedwait, &all, NULL, NULL, sizeof(all));
                while (n < 0); /* stopped and continued */
                printf("%d\n", n);
                fflush(stdout);
        }
        return 100 + n;
}
