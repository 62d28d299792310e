/* SPDX-License-Identifier: MIT */
/* boot-init: PID 1 of the virtual machine for a moment: mounts what every init needs, notes the time and becomes the init that
 * the kernel's command line names: bench=NAME is the program /bench/init/NAME, a link or a script.
 *
 * boot-init floor N: the least that an init can do: starts N services, starts again what ends.
 */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define REPORT "/bench/report"

extern char **environ;

static pid_t start(int index) {
        static char text[16];
        char *argv[] = { (char *)"/bench/boot-service", text, NULL };
        pid_t pid;

        (void)snprintf(text, sizeof(text), "%d", index);
        pid = vfork();
        if (pid == 0) {
                execve(argv[0], argv, environ);
                _exit(127);
        }
        return pid;
}

static _Noreturn void be_the_floor(int count) {
        pid_t pids[64] = { 0 }, pid;

        for (int i = 0; i < count && i < 64; i++)
                pids[i] = start(i);
        for (;;) {
                pid = wait(NULL);
                for (int i = 0; i < count && i < 64 && pid > 0; i++)
                        if (pids[i] == pid)
                                pids[i] = start(i);
        }
}

static void mount_all(void) {
        (void)mount("proc", "/proc", "proc", 0, NULL);
        (void)mount("sysfs", "/sys", "sysfs", 0, NULL);
        (void)mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
        (void)mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
        (void)mount("tmpfs", "/run", "tmpfs", 0, "mode=755");
}

int main(int argc, char **argv) {
        char line[1024] = "", path[128];
        const char *name;
        int fd, length;

        if (argc == 3)
                be_the_floor(atoi(argv[2]));
        mount_all();
        fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, line, sizeof(line) - 1) <= 0 || !(name = strstr(line, "bench=")))
                return 1;
        name += strlen("bench=");
        length = (int)strcspn(name, " \n");
        (void)snprintf(path, sizeof(path), "/bench/init/%.*s", length, name);
        argv = (char *[]){ path, NULL };
        fd = open(REPORT, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (fd >= 0) {
                struct report r = { .ns = report_now(), .index = REPORT_BEGIN, .pid = 1 };

                if (write(fd, &r, sizeof(r)) == (ssize_t)sizeof(r))
                        execve(path, argv, environ);
        }
        return 1;
}
