/* SPDX-License-Identifier: MIT */
/* zombies N: leaves N zombies to whoever is the reaper here, all at once, and prints how many µs it took until none was left.
 * Fails when some are left after 20 s.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared {
        long long orphaned_us;
        pid_t pids[];
};

static long long now_us(void) {
        struct timespec t;

        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* Its children all end before it does; none is waited for. */
static void be_the_parent(struct shared *s, int n) {
        siginfo_t info;

        for (int i = 0; i < n; i++) {
                pid_t pid = fork();

                if (pid == 0)
                        _exit(i & 127);
                if (pid < 0)
                        _exit(1);
                s->pids[i] = pid;
        }
        for (int i = 0; i < n; i++)
                (void)waitid(P_PID, (id_t)s->pids[i], &info, WEXITED | WNOWAIT);
        s->orphaned_us = now_us();
        _exit(0);
}

int main(int argc, char **argv) {
        int n = argc > 1 ? atoi(argv[1]) : 20000, status;
        struct shared *s = mmap(NULL, sizeof(*s) + (size_t)n * sizeof(pid_t), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        pid_t parent;
        long long until;

        if (s == MAP_FAILED)
                return 1;
        (void)signal(SIGCHLD, SIG_DFL); /* whatever our reaper does */
        parent = fork();
        if (parent == 0)
                be_the_parent(s, n);
        if (waitpid(parent, &status, 0) != parent || status != 0) {
                fprintf(stderr, "zombies: could not make %d\n", n);
                return 1;
        }
        until = now_us() + 20000000;
        for (int i = 0; i < n; i++)
                while (kill(s->pids[i], 0) == 0 || errno != ESRCH) {
                        if (now_us() > until) {
                                fprintf(stderr, "zombies: %d are left\n", n - i);
                                return 1;
                        }
                        (void)usleep(50);
                }
        printf("%lld\n", now_us() - s->orphaned_us);
        return 0;
}
