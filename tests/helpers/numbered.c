/* SPDX-License-Identifier: MIT */
/* numbered: lines that tell whether all of them arrived.
 *   numbered write REPORT   lines "NUMBER NUMBER" to stdout, in writes that end anywhere, until SIGTERM: a MiB as
 *                           fast as it goes, and again after a moment; then the last number goes to REPORT, or what went wrong
 *   numbered check FILE…    stored lines of that, the oldest file first: prints how many there are and what is wrong with
 *                           them, "lines 5 last 5 doubled 0 broken 0 gaps 0 missing 0 longest 0"
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAMP 28 /* time and blank */
#define BLOCK 30000

/* Disks have an end. */
#define BURST    (1024 * 1024)
#define PAUSE_US 20000

static volatile sig_atomic_t is_over;

static void on_term(int signal) {
        (void)signal;
        is_over = 1;
}

static int write_lines(const char *report) {
        static char block[BLOCK + 64];
        unsigned long number = 0;
        size_t used = 0, at_once = 1, burst = 0;
        int error = 0;
        FILE *f;

        (void)signal(SIGTERM, on_term);
        (void)signal(SIGPIPE, SIG_IGN);
        while (!error && (!is_over || used > 0)) {
                ssize_t n;

                while (!is_over && used < BLOCK) {
                        number++;
                        used += (size_t)sprintf(block + used, "%010lu %010lu\n", number, number);
                }
                at_once =
                        at_once * 7 % 30011; /* ends in the middle of a line, often beyond what a pipe takes at once */
                n = write(1, block, at_once < used ? at_once : used);
                if (n < 0 && errno != EINTR)
                        error = errno;
                if (n > 0)
                        memmove(block, block + n, used -= (size_t)n);
                burst += n > 0 ? (size_t)n : 0;
                if (burst > BURST && !is_over)
                        (void)usleep(PAUSE_US);
                burst %= BURST;
        }
        f = fopen(report, "w");
        if (!f)
                return 1;
        if (error)
                fprintf(f, "error %s\n", strerror(error));
        else
                fprintf(f, "last %lu\n", number);
        fclose(f);
        return error != 0;
}

static struct { unsigned long lines, last, doubled, broken, gaps, missing, longest; } found;

static void check_line(const char *line, size_t length) {
        unsigned long first, second;
        char *end;

        if (length != STAMP + 22 || line[STAMP + 10] != ' ') {
                found.broken++;
                return;
        }
        first = strtoul(line + STAMP, &end, 10);
        second = strtoul(line + STAMP + 11, &end, 10);
        if (first != second || *end != '\n') {
                found.broken++;
                return;
        }
        found.lines++;
        if (first <= found.last) {
                found.doubled++;
        } else if (first > found.last + 1) {
                unsigned long missing = first - found.last - 1;

                found.gaps++;
                found.missing += missing;
                found.longest = missing > found.longest ? missing : found.longest;
        }
        found.last = first;
}

static int check_file(const char *name) {
        FILE *f = fopen(name, "r");
        char *line = NULL;
        size_t room = 0;
        ssize_t n;

        if (!f) {
                perror(name);
                return 1;
        }
        while ((n = getline(&line, &room, f)) > 0)
                check_line(line, (size_t)n);
        free(line);
        fclose(f);
        return 0;
}

int main(int argc, char **argv) {
        if (argc == 3 && strcmp(argv[1], "write") == 0)
                return write_lines(argv[2]);
        if (argc < 3 || strcmp(argv[1], "check") != 0)
                return 2;
        for (int i = 2; i < argc; i++)
                if (check_file(argv[i]))
                        return 1;
        printf("lines %lu last %lu doubled %lu broken %lu gaps %lu missing %lu longest %lu\n", found.lines, found.last,
               found.doubled, found.broken, found.gaps, found.missing, found.longest);
        return 0;
}
