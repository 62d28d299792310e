/* SPDX-License-Identifier: MIT */
/* entrypoint ROUNDS COMMAND… [--then COMMAND…]…: runs each command as PID 1 of a new pid namespace, in turns, and prints a
 * line for each round: the nanoseconds from before the clone until the end was known, one column for each command.
 */
#include "report.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

#define COMMANDS_MAX 16

static char stack[65536] __attribute__((aligned(16)));

static int be_the_command(void *argv) {
        execvp(*(char **)argv, argv);
        _exit(127);
}

static uint64_t run(char **argv) {
        uint64_t begin = report_now();
        pid_t pid = clone(be_the_command, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_NEWPID | SIGCHLD, argv);
        int status = 0;

        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
                (void)fprintf(stderr, "entrypoint: %s: status %d\n", argv[0], status);
                exit(1);
        }
        return report_now() - begin;
}

int main(int argc, char **argv) {
        char **commands[COMMANDS_MAX];
        int count = 0, rounds = argc > 2 ? atoi(argv[1]) : 0;

        for (int i = 2; i < argc; i++) {
                if (strcmp(argv[i], "--then") == 0)
                        argv[i] = NULL;
                if ((i == 2 || !argv[i - 1]) && count < COMMANDS_MAX)
                        commands[count++] = argv + i;
        }
        /* What it changes there ends with us. */
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return 1;
        for (int r = -3; r < rounds; r++)
                for (int c = 0; c < count; c++) {
                        uint64_t ns = run(commands[c]);

                        if (r >= 0)
                                printf("%llu%c", (unsigned long long)ns, c + 1 == count ? '\n' : ' ');
                }
        return 0;
}
