/* SPDX-License-Identifier: MIT */
/* on-terminal COMMAND [ARG…]: runs it on a terminal of its own, as a person would see it. stdin is what that person does, one
 * thing a line: "send TEXT" types it (^C, ^Z, ^\ and ^M are those keys), "expect TEXT" waits until the screen shows TEXT
 * after what was found last, "end" waits for the command to end. The screen is copied to stdout. Exits with the command's
 * status (128+N for a signal), 98 when something did not come within 10 s.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int screen_fd;
static char screen[1 << 16];
static size_t shown, seen;

static long now_ms(void) {
        struct timespec t;

        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads for at most that long; 0 when the terminal is closed. */
static int look(int ms) {
        struct pollfd p = { .fd = screen_fd, .events = POLLIN };
        ssize_t n;

        if (poll(&p, 1, ms) <= 0)
                return 1;
        n = read(screen_fd, screen + shown, sizeof(screen) - 1 - shown);
        if (n <= 0)
                return 0;
        (void)!write(STDOUT_FILENO, screen + shown, (size_t)n);
        shown += (size_t)n;
        screen[shown] = 0;
        return 1;
}

static void type(const char *text) {
        for (char c; (c = *text++);) {
                if (c == '^' && *text)
                        c = *text++ & 31;
                (void)!write(screen_fd, &c, 1);
        }
}

static int expect(const char *text) {
        for (long until = now_ms() + 10000; now_ms() < until;) {
                const char *found = strstr(screen + seen, text);

                if (found) {
                        seen = (size_t)(found - screen) + strlen(text);
                        return 1;
                }
                if (!look(100) && !strstr(screen + seen, text))
                        break;
        }
        printf("\n--- expected and not seen: %s\n", text);
        return 0;
}

static pid_t start(char **argv) {
        pid_t pid;

        screen_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (screen_fd < 0 || grantpt(screen_fd) < 0 || unlockpt(screen_fd) < 0)
                exit(99);
        pid = fork();
        if (pid == 0) {
                int fd;

                (void)setsid();
                fd = open(ptsname(screen_fd), O_RDWR); /* becomes the controlling terminal */
                for (int i = 0; i < 3; i++)
                        (void)dup2(fd, i);
                if (fd > 2)
                        (void)close(fd);
                execvp(argv[0], argv);
                _exit(127);
        }
        return pid;
}

int main(int argc, char **argv) {
        char line[512];
        int status = 0;
        pid_t pid;

        if (argc < 2)
                return 99;
        pid = start(argv + 1);
        while (fgets(line, sizeof(line), stdin)) {
                line[strcspn(line, "\n")] = 0;
                if (strncmp(line, "send ", 5) == 0)
                        type(line + 5);
                else if (strncmp(line, "expect ", 7) == 0 && !expect(line + 7)) {
                        (void)kill(pid, SIGKILL);
                        return 98;
                } else if (strcmp(line, "end") == 0)
                        break;
        }
        for (long until = now_ms() + 10000; waitpid(pid, &status, WNOHANG) == 0;) {
                (void)look(20);
                if (now_ms() > until) {
                        (void)kill(pid, SIGKILL);
                        return 98;
                }
        }
        while (look(0) && poll(&(struct pollfd){ .fd = screen_fd, .events = POLLIN }, 1, 0) > 0)
                ;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
