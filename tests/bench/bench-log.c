/* SPDX-License-Identifier: MIT */
/* bench-log: keel-logger beside `cat >file`, in one run: 100-byte lines in writes of 64 KiB and one by one, from 1 writer and
 * from 50. One line per measurement: MB/s and CPU of the reader per MB, medians (least-most), and their ratio to cat's.
 *
 *     build/tests/bench/bench-log [MEGABYTES [ROUNDS]]     (64, 5; files go to $TMPDIR or /tmp)
 *
 * The logger is the one beside the folder of this program, or $KEEL_LOGGER. It stamps every line and rotates by its
 * defaults; its time ends with SYNCED, cat's with its end. The mirror is off.
 */
#include "base/clock.h"
#include "base/logger-line.h"
#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define LINE        100u
#define BLOCK       65536u
#define WRITERS_MAX 50u
#define ROUNDS_MAX  99u

struct figure {
        double mb_per_s, cpu_ms_per_mb;
};

static char block[BLOCK];
static char directory[256], logger[4096];

static void die(const char *what) {
        perror(what);
        exit(1);
}

static void remove_directory(void) {
        owned_str command = text_printf("rm -rf '%s'", directory);

        if (directory[0] && command && system(command) != 0)
                perror(directory);
}

/* Writes so many bytes to fd in a process of its own, `at_once` a write. */
static pid_t writer(int fd, size_t bytes, size_t at_once) {
        pid_t pid = fork();

        if (pid < 0)
                die("fork");
        if (pid > 0)
                return pid;
        for (size_t n; bytes > 0; bytes -= n) {
                n = MIN(at_once, bytes);
                if (write(fd, block, n) != (ssize_t)n)
                        _exit(1);
        }
        _exit(0);
}

static void write_all(const int *fds, unsigned writers, size_t bytes, size_t at_once) {
        pid_t pids[WRITERS_MAX];

        for (unsigned i = 0; i < writers; i++)
                pids[i] = writer(fds[i], bytes / writers / LINE * LINE, at_once);
        for (unsigned i = 0; i < writers; i++) {
                int status;

                if (waitpid(pids[i], &status, 0) < 0 || status != 0)
                        die("a writer");
        }
}

static struct figure figure_of(pid_t reader, size_t bytes, uint64_t begin_us, uint64_t end_us) {
        double mb = (double)bytes / 1e6;
        struct rusage usage;

        if (end_us == 0) {
                if (wait4(reader, NULL, 0, &usage) < 0)
                        die("wait");
                end_us = clock_monotonic_us();
        } else if (wait4(reader, NULL, 0, &usage) < 0) {
                die("wait");
        }
        return (struct figure){ mb * 1e6 / (double)(end_us - begin_us),
                                ((double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
                                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3) /
                                        mb };
}

/* All writers share the one pipe that cat can read. */
static struct figure run_cat(unsigned writers, size_t bytes, size_t at_once) {
        int ends[2], fds[WRITERS_MAX];
        owned_str path = text_printf("%s/cat", directory);
        uint64_t begin_us;
        pid_t pid;

        if (pipe2(ends, O_CLOEXEC) < 0)
                die("pipe");
        pid = fork();
        if (pid == 0) {
                int out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

                if (out < 0 || dup2(ends[0], 0) < 0 || dup2(out, 1) < 0)
                        _exit(1);
                execlp("cat", "cat", (char *)NULL);
                _exit(127);
        }
        close(ends[0]);
        for (unsigned i = 0; i < writers; i++)
                fds[i] = ends[1];
        begin_us = clock_monotonic_us();
        write_all(fds, writers, bytes, at_once);
        close(ends[1]);
        return figure_of(pid, bytes, begin_us, 0);
}

/* Waits for a record of this kind. */
static void hear(int line_fd, unsigned kind) {
        struct pollfd p = { .fd = line_fd, .events = POLLIN };
        union logger_packet packet;
        int fd, r;

        do {
                if (poll(&p, 1, 60000) <= 0)
                        die("the logger is silent");
                r = logger_line_receive(line_fd, &packet, &fd);
        } while (r == -EAGAIN || (r == 1 && packet.header.kind != kind));
        if (r != 1)
                die("the logger has ended");
}

static pid_t start_logger(int *ret_line_fd) {
        int line[2];
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) < 0)
                die("socketpair");
        pid = fork();
        if (pid == 0) {
                owned_str fd = text_printf("%d", dup(line[1]));
                owned_str place = text_printf("--directory=%s/log", directory);

                setenv(LOGGER_FD_ENV, fd, 1);
                execl(logger, logger, place, "--mirror=none", (char *)NULL);
                die(logger);
        }
        close(line[1]);
        *ret_line_fd = line[0];
        hear(line[0], LOGGER_READY);
        return pid;
}

static struct figure run_logger(unsigned writers, size_t bytes, size_t at_once) {
        struct logger_add_options options = { .flags = LOGGER_ADD_STORE, .priority = 6 };
        int line_fd, fds[WRITERS_MAX];
        pid_t pid = start_logger(&line_fd);
        uint64_t begin_us, end_us;

        for (unsigned i = 0; i < writers; i++) {
                owned_str unit = text_printf("bench-%u.service", i);
                int ends[2];

                if (pipe2(ends, O_CLOEXEC) < 0 || logger_line_add(line_fd, unit, ends[0], &options) < 0)
                        die("add");
                close(ends[0]);
                fds[i] = ends[1];
        }
        begin_us = clock_monotonic_us();
        write_all(fds, writers, bytes, at_once);
        if (logger_line_sync(line_fd, LOGGER_SYNC, 1) < 0)
                die("sync");
        hear(line_fd, LOGGER_SYNCED);
        end_us = clock_monotonic_us();
        for (unsigned i = 0; i < writers; i++)
                close(fds[i]);
        close(line_fd);
        return figure_of(pid, bytes, begin_us, end_us);
}

/* --- figures ------------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
        double x = *(const double *)a, y = *(const double *)b;

        return x < y ? -1 : x > y;
}

static double median(double *values, unsigned count) {
        qsort(values, count, sizeof(*values), compare);
        return values[count / 2];
}

struct summary {
        double mb_per_s, least, most, cpu_ms_per_mb;
};

static struct summary summary_of(const struct figure *figures, unsigned count) {
        double rate[ROUNDS_MAX], cpu[ROUNDS_MAX];

        for (unsigned i = 0; i < count; i++) {
                rate[i] = figures[i].mb_per_s;
                cpu[i] = figures[i].cpu_ms_per_mb;
        }
        return (struct summary){ .mb_per_s = median(rate, count),
                                 .least = rate[0],
                                 .most = rate[count - 1],
                                 .cpu_ms_per_mb = median(cpu, count) };
}

int main(int argc, char **argv) {
        static const struct {
                unsigned writers, at_once;
        } rows[] = { { 1, BLOCK }, { 50, BLOCK }, { 1, LINE }, { 50, LINE } };
        size_t megabytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 64;
        unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 5;
        const char *place = getenv("TMPDIR") ?: "/tmp", *given = getenv("KEEL_LOGGER");

        (void)snprintf(logger, sizeof(logger), "%.*s../../keel-logger",
                       (int)(strrchr(argv[0], '/') ? strrchr(argv[0], '/') - argv[0] + 1 : 0), argv[0]);
        if (given)
                (void)snprintf(logger, sizeof(logger), "%s", given);
        (void)snprintf(directory, sizeof(directory), "%s/keel-bench-log.XXXXXX", place);
        if (megabytes == 0 || rounds == 0 || rounds > ROUNDS_MAX || !mkdtemp(directory))
                return 2;
        (void)atexit(remove_directory);
        for (size_t i = 0; i < sizeof(block); i++)
                block[i] = i % LINE == LINE - 1 ? '\n' : (char)('a' + i / LINE % 26);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                size_t bytes = megabytes * 1000000 / (rows[i].at_once == LINE ? 4 : 1);
                struct figure cat[ROUNDS_MAX], ours[ROUNDS_MAX];
                struct summary c, o;

                for (unsigned k = 0; k < rounds; k++) { /* turn by turn: what disturbs one disturbs both */
                        cat[k] = run_cat(rows[i].writers, bytes, rows[i].at_once);
                        ours[k] = run_logger(rows[i].writers, bytes, rows[i].at_once);
                }
                c = summary_of(cat, rounds);
                o = summary_of(ours, rounds);
                printf("log, %2u writer%s, writes of %5u bytes: cat %.0f MB/s (%.0f-%.0f), %.2f ms CPU/MB; "
                       "keel-logger %.0f MB/s (%.0f-%.0f), %.2f ms CPU/MB; ratio %.2f\n",
                       rows[i].writers, rows[i].writers == 1 ? "" : "s", rows[i].at_once, c.mb_per_s, c.least, c.most,
                       c.cpu_ms_per_mb, o.mb_per_s, o.least, o.most, o.cpu_ms_per_mb, o.mb_per_s / c.mb_per_s);
                (void)fflush(stdout);
        }
        return 0;
}
