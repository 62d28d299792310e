/* SPDX-License-Identifier: MIT */
/* boot-service INDEX: a service of the virtual machine: reports that it runs and waits. The last of COUNT to come measures
 * restarts of the first, tells the host on /dev/ttyS1, and turns the machine off.
 */
#include "report.h"

#include <signal.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/stat.h>

#define REPORT "/bench/report"
#define COUNT  20
#define ROUNDS 20

/* The number of records by now. */
static long records(int fd) {
        struct stat st;

        return fstat(fd, &st) == 0 ? (long)((size_t)st.st_size / sizeof(struct report)) : 0;
}

static struct report record(int fd, long at) {
        struct report r = { 0 };

        (void)pread(fd, &r, sizeof(r), (off_t)((size_t)at * sizeof(r)));
        return r;
}

static struct report latest_of(int fd, uint32_t index) {
        struct report r;

        for (long i = records(fd) - 1; i >= 0; i--) {
                r = record(fd, i);
                if (r.index == index)
                        return r;
        }
        return record(fd, 0);
}

static void measure_restarts(int fd, FILE *out, uint32_t victim) {
        struct timespec soon = { .tv_nsec = 1000000 }, rest = { .tv_nsec = 20000000 };

        for (int i = 0; i < ROUNDS; i++) {
                struct report old = latest_of(fd, victim), now;
                uint64_t begin;

                (void)nanosleep(&rest, NULL);
                begin = report_now();
                (void)kill((pid_t)old.pid, SIGKILL);
                do {
                        (void)nanosleep(&soon, NULL);
                        now = latest_of(fd, victim);
                } while (now.ns == old.ns && report_now() - begin < 5000000000u);
                if (now.ns != old.ns)
                        (void)fprintf(out, "restart %llu\n", (unsigned long long)(now.ns - begin));
        }
}

int main(int argc, char **argv) {
        uint64_t now = report_now();
        struct report r = { .ns = now, .index = argc > 1 ? (uint32_t)atoi(argv[1]) : 0, .pid = (uint32_t)getpid() };
        int fd = open(REPORT, O_RDWR | O_APPEND | O_CLOEXEC);
        FILE *out;

        if (fd < 0 || write(fd, &r, sizeof(r)) != (ssize_t)sizeof(r))
                return 1;
        /* Records of later starts come after these. */
        if (records(fd) == COUNT + 1 && (out = fopen("/dev/ttyS1", "we"))) {
                struct timespec calm = { .tv_sec = 1 };

                (void)nanosleep(&calm, NULL);
                (void)fprintf(out, "boot %llu\n", (unsigned long long)(record(fd, COUNT).ns - record(fd, 0).ns));
                measure_restarts(fd, out, r.index == 0 ? 1 : 0);
                (void)fprintf(out, "done\n");
                (void)fclose(out);
                (void)reboot(RB_POWER_OFF);
        }
        for (;;)
                (void)pause();
}
