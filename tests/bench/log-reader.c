/* SPDX-License-Identifier: MIT */
/* log-reader WRITERS MEGABYTES CHUNK COMMAND…: gives the command lines of 100 bytes on its stdin, from so many writers, CHUNK
 * bytes a write; prints MB/s from the first write until the command has ended, and its CPU time in ms for each MB.
 */
#include "report.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define LINE 100u

static char block[65536];

static void write_lines(int fd, size_t left, size_t chunk) {
        while (left > 0) {
                ssize_t n = write(fd, block, left < chunk ? left : chunk);

                if (n <= 0)
                        _exit(1);
                left -= (size_t)n;
        }
        _exit(0);
}

static pid_t start_command(int in, char **argv) {
        pid_t pid = fork();

        if (pid == 0) {
                if (dup2(in, 0) == 0)
                        execvp(argv[0], argv);
                _exit(127);
        }
        return pid;
}

int main(int argc, char **argv) {
        int ends[2], status;
        unsigned long writers = argc > 4 ? strtoul(argv[1], NULL, 10) : 0,
                      megabytes = argc > 4 ? strtoul(argv[2], NULL, 10) : 0;
        size_t bytes = megabytes * 1000000, chunk = argc > 4 ? strtoul(argv[3], NULL, 10) : 0;
        struct rusage usage;
        uint64_t begin;
        pid_t command;

        if (!writers || !bytes || !chunk || chunk > sizeof(block) || pipe2(ends, O_CLOEXEC) < 0)
                return 2;
        for (size_t i = 0; i < sizeof(block); i++)
                block[i] = i % LINE == LINE - 1 ? '\n' : (char)('a' + i / LINE % 26);
        command = start_command(ends[0], argv + 4);
        (void)close(ends[0]);
        begin = report_now();
        for (unsigned long i = 0; i < writers; i++)
                if (fork() == 0)
                        write_lines(ends[1], bytes / writers / LINE * LINE, chunk);
        (void)close(ends[1]);
        if (wait4(command, &status, 0, &usage) < 0 || status != 0)
                return 1;
        printf("%.1f ", (double)bytes * 1e3 / (double)(report_now() - begin));
        printf("%.3f\n", ((double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
                          (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3) /
                                 (double)megabytes);
        while (wait(&status) > 0)
                ;
        return 0;
}
