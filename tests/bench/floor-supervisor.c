/* SPDX-License-Identifier: MIT */
/* floor-supervisor N CGROUP SERVICE REPORT [exit]: the least that a supervisor can do: starts N services, starts again what
 * ends, and on SIGTERM ends all and waits for them. CGROUP is a folder in which each gets a cgroup of its own, or "-".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static pid_t *pids;
static int *groups; /* their cgroups' folders */
static int count;
static volatile sig_atomic_t is_stopping;
static char index_text[16];
static char *arguments[5];

static void on_term(int signal_number) {
        is_stopping = signal_number;
        for (int i = 0; i < count; i++)
                if (pids[i] > 0)
                        (void)kill(pids[i], SIGTERM);
}

static void be_the_service(void) {
        execve(arguments[0], arguments, environ);
        _exit(127);
}

/* vfork() into a cgroup: clone3(2) with the parent's memory and stack. Not by way of a function: the child would return from
 * it and the parent would find its frame overwritten.
 */
static pid_t start_in_group(int group_fd) {
        struct clone_args a = { .flags = CLONE_VFORK | CLONE_INTO_CGROUP,
                                .exit_signal = SIGCHLD,
                                .cgroup = (uint64_t)group_fd };
        long pid;

#ifdef __x86_64__
        a.flags |= CLONE_VM;
        __asm__ volatile("syscall" : "=a"(pid) : "a"(SYS_clone3), "D"(&a), "S"(sizeof(a)) : "rcx", "r11", "memory");
#else
        pid = syscall(SYS_clone3, &a, sizeof(a));
#endif
        if (pid == 0)
                be_the_service();
        return (pid_t)pid;
}

static void start(int i) {
        pid_t pid;

        (void)snprintf(index_text, sizeof(index_text), "%d", i);
        if (groups) {
                pid = start_in_group(groups[i]);
        } else {
                pid = vfork();
                if (pid == 0)
                        be_the_service();
        }
        pids[i] = pid;
        if (is_stopping) /* it came before we knew the pid */
                (void)kill(pid, SIGTERM);
}

static int make_group(const char *parent, int i) {
        char path[512];

        (void)snprintf(path, sizeof(path), "%s/%d.service", parent, i);
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
                exit(95);
        return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int main(int argc, char **argv) {
        pid_t pid;

        if (argc < 5)
                return 96;
        count = atoi(argv[1]);
        pids = calloc((size_t)count + 1, sizeof(*pids));
        groups = strcmp(argv[2], "-") ? calloc((size_t)count + 1, sizeof(*groups)) : NULL;
        arguments[0] = argv[3];
        arguments[1] = argv[4];
        arguments[2] = index_text;
        arguments[3] = argv[5]; /* NULL at the end */
        (void)signal(SIGTERM, on_term);
        for (int i = 0; i < count && !is_stopping; i++) {
                if (groups)
                        groups[i] = make_group(argv[2], i);
                start(i);
        }
        while ((pid = waitpid(-1, NULL, 0)) > 0 || errno == EINTR) {
                if (pid < 0 || is_stopping)
                        continue;
                for (int i = 0; i < count; i++)
                        if (pids[i] == pid)
                                start(i);
        }
        for (int i = 0; groups && i < count; i++) {
                char path[512];

                (void)snprintf(path, sizeof(path), "%s/%d.service", argv[2], i);
                (void)rmdir(path);
        }
        return 0;
}
