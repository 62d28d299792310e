/* SPDX-License-Identifier: MIT */
/* bench-spawn: what one spawn() costs from a supervisor with some heap, against the floor: a loop of vfork, execve and waitpid.
 * Prints medians in microseconds, from before the clone until the child has ended, and their ratio.
 *
 * usage: PROGRAM=path bench-spawn [ROUNDS [HEAP-MEGABYTES]]
 */
#include "../unit/exec-inside.h"

#include "base/sys.h"

#include <poll.h>
#include <time.h>

static int compare(const void *a, const void *b) {
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double now_us(void) {
        struct timespec t;

        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double median(double *values, size_t n) {
        qsort(values, n, sizeof(*values), compare);
        return values[n / 2];
}

static char *const no_environment[] = { NULL };

static void run_plain(const char *program) {
        char *argv[] = { (char *)program, NULL };
        pid_t pid = vfork();

        if (pid == 0) {
                (void)execve(program, argv, no_environment);
                _exit(127);
        }
        (void)waitpid(pid, NULL, 0);
}

/* The child is our parent's, who reaps it; we learn of its end by the pidfd. */
static void run_plan(const struct plan *plan_to_run) {
        struct spawned s = { .exec_fd = -1 };
        int r = spawn(plan_to_run, &s);
        struct pollfd end = { .fd = s.pidfd, .events = POLLIN };

        if (r < 0 || s.failure.exit_status) {
                (void)fprintf(stderr, "spawn: %s %s\n", strerror(r < 0 ? -r : s.failure.error), s.failure.detail);
                _exit(1);
        }
        (void)poll(&end, 1, -1);
        (void)close(s.pidfd);
        if (s.exec_fd >= 0)
                (void)close(s.exec_fd);
}

struct way {
        const char *name;
        void (*run)(struct fixture *f, const char *program);
        double *values;
};

static struct plan *plan;

static void way_plain(struct fixture *f, const char *program) {
        (void)f;
        run_plain(program);
}
static void way_spawn(struct fixture *f, const char *program) {
        (void)f, (void)program;
        run_plan(plan);
}
static void way_build(struct fixture *f, const char *program) {
        struct plan *fresh = NULL;

        (void)program;
        if (plan_build(&f->request, &fresh, &f->failure) < 0)
                _exit(1);
        plan_free(fresh);
}

/* As with 1,000 services, which have three each. */
#define MANY_FDS 3000
static void way_beside_fds(struct fixture *f, const char *program) {
        (void)f, (void)program;
        run_plan(plan);
}
static void shelve_fds(int *fds) {
        for (int i = 0; i < MANY_FDS; i++)
                fds[i] = sys_shelve(open("/dev/null", O_RDONLY | O_CLOEXEC));
}
static void close_fds(const int *fds) {
        for (int i = 0; i < MANY_FDS; i++)
                (void)close(fds[i]);
}

static void measure(size_t rounds, const char *program) {
        static struct fixture f;
        struct way ways[] = {
                { "vfork, execve, waitpid", way_plain, NULL },
                { "spawn", way_spawn, NULL },
                { "plan_build", way_build, NULL },
                { "spawn, by copy", way_spawn, NULL },
                { "spawn, beside fds", way_beside_fds, NULL },
        };
        double floor_us = 0;

        fixture_init(&f);
        f.command.path = (char *)program;
        f.request.log_fd = 1;
        f.request.invocation_id = "0123456789abcdef0123456789abcdef";
        if (plan_build(&f.request, &plan, &f.failure) < 0)
                _exit(1);
        for (size_t w = 0; w < ARRAY_LEN(ways); w++)
                ways[w].values = calloc(rounds, sizeof(double));
        /* In turns, so that the machine's moods hit all alike. */
        for (size_t i = 0; i < rounds; i++)
                for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
                        static int fds[MANY_FDS];
                        double start;

                        plan->takes_long = w == 3;
                        if (ways[w].run == way_beside_fds)
                                shelve_fds(fds);
                        start = now_us();
                        ways[w].run(&f, program);
                        ways[w].values[i] = now_us() - start;
                        if (ways[w].run == way_beside_fds)
                                close_fds(fds);
                }
        for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
                double m = median(ways[w].values, rounds);

                floor_us = w == 0 ? m : floor_us;
                printf("%-24s %8.1f us  %5.2f\n", ways[w].name, m, m / floor_us);
        }
}

int main(int argc, char **argv) {
        size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 300;
        size_t heap = (argc > 2 ? strtoul(argv[2], NULL, 10) : 8) * 1024 * 1024;
        char *ballast = malloc(heap + 1);

        (void)memset(ballast, 1, heap + 1);
        measure(rounds, getenv("PROGRAM") ? getenv("PROGRAM") : "/bin/true");
        free(ballast);
        return 0;
}
