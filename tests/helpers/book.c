/* SPDX-License-Identifier: MIT */
/* book FILE NAME: a service that keeps its own book: "start PID" when it begins, "term PID" when SIGTERM asks it to end. NAME- becomes
 * the name of its process. It says a line on stdout, too. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void note(const char *file, const char *what) {
        char line[64];
        int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        int n = snprintf(line, sizeof(line), "%s %d\n", what, getpid());

        if (fd < 0 || write(fd, line, (size_t)n) != n)
                _exit(3);
        (void)close(fd);
}

int main(int argc, char **argv) {
        sigset_t term;
        char name[16];
        int signal;

        if (argc != 3)
                return 2;
        (void)snprintf(name, sizeof(name), "%s-", argv[2]);
        (void)prctl(PR_SET_NAME, name);
        (void)sigemptyset(&term);
        (void)sigaddset(&term, SIGTERM);
        (void)sigprocmask(SIG_BLOCK, &term, NULL);
        note(argv[1], "start");
        (void)puts("a line");
        (void)fflush(stdout);
        while (sigwait(&term, &signal) != 0)
                ;
        note(argv[1], "term");
        return 0;
}
