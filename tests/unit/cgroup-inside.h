/* SPDX-License-Identifier: MIT */
/* cgroup-inside: runs a test's body as PID 1 of pid, mount and cgroup namespaces of its own, below a cgroup of its own that
 * is removed afterwards. For the tests of cgroup and tracker. */
#pragma once

#include "base/macros.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static inline const char *inside_base(void) {
        static const char *const candidates[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
        struct statfs fs;

        for (size_t i = 0; i < ARRAY_LEN(candidates); i++)
                if (statfs(candidates[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
                        return candidates[i];
        return NULL;
}

static inline bool can_run_inside(void) {
        char path[128];
        bool can;

        if (geteuid() != 0 || !inside_base())
                return false;
        (void)snprintf(path, sizeof path, "%s/keel-test-probe-%d", inside_base(), getpid());
        can = mkdir(path, 0755) == 0;
        (void)rmdir(path);
        return can;
}

/* A process in this cgroup (-1: ours) that sleeps until it is killed. */
static inline pid_t start_sleeper(int cgroup_fd) {
        struct clone_args args = { .flags = cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0,
                                   .exit_signal = SIGCHLD,
                                   .cgroup = (uint64_t)(cgroup_fd >= 0 ? cgroup_fd : 0) };
        pid_t pid;

        (void)signal(SIGTERM, SIG_DFL); /* Check catches it; the child must never, so before there is one */
        pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                for (;;)
                        (void)pause();
        return pid;
}

static inline void wait_until_empty(int cgroup_fd) {
        int fd = openat(cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);

        ck_assert_int_ge(fd, 0);
        for (int i = 0; i < 50; i++) {
                char text[128] = "";
                struct pollfd p = { .fd = fd, .events = POLLPRI };

                ck_assert_int_ge(pread(fd, text, sizeof text - 1, 0), 0);
                if (strstr(text, "populated 0")) {
                        close(fd);
                        return;
                }
                (void)poll(&p, 1, 100);
        }
        ck_abort_msg("the cgroup did not become empty");
}

static inline void inside_pid1(void (*body)(void)) {
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("proc", "/proc", "proc", 0, NULL) < 0 ||
            mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
                _exit(99);
        body();
        _exit(0);
}

/* Goes into the cgroup to make the namespaces there, and leaves it again: it must hold PID 1 and its children only. */
static inline void inside_proxy(const char *procs, void (*body)(void)) {
        char back[64], go = 0;
        int in = open(procs, O_WRONLY | O_CLOEXEC), out, gate[2], status = 0;
        pid_t pid;

        (void)snprintf(back, sizeof back, "%s/cgroup.procs", inside_base());
        out = open(back, O_WRONLY | O_CLOEXEC);
        if (in < 0 || out < 0 || pipe(gate) < 0 || write(in, "0", 1) < 0 ||
            unshare(CLONE_NEWCGROUP | CLONE_NEWNS | CLONE_NEWPID) < 0)
                _exit(98);
        pid = fork();
        if (pid == 0) {
                if (read(gate[0], &go, 1) == 1)
                        inside_pid1(body);
                _exit(96);
        }
        if (write(out, "0", 1) < 0 || write(gate[1], "", 1) != 1)
                _exit(95);
        (void)waitpid(pid, &status, 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 97);
}

static inline void run_inside(void (*body)(void)) {
        char path[128], procs[160];
        pid_t pid;
        int status = 0;

        (void)snprintf(path, sizeof path, "%s/keel-test-%d", inside_base(), getpid());
        (void)snprintf(procs, sizeof procs, "%s/cgroup.procs", path);
        ck_assert_int_eq(mkdir(path, 0755), 0);
        pid = fork();
        if (pid == 0)
                inside_proxy(procs, body);
        (void)waitpid(pid, &status, 0);
        /* The namespace's end has killed what was left. Folders go from the bottom up. */
        for (int i = 0; i < 50 && rmdir(path) < 0 && errno == EBUSY; i++) {
                char command[192];

                (void)snprintf(command, sizeof command, "find %s -depth -type d -exec rmdir {} + 2>/dev/null", path);
                if (system(command) != 0)
                        (void)poll(NULL, 0, 20);
        }
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the body ended with %#x", status);
}
