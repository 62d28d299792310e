/* SPDX-License-Identifier: MIT */
/* floor-supervisor [-t FOLDER] N CGROUP SERVICE REPORT [exit]: the least that a supervisor can do: starts N services, starts
 * again what ends, and on SIGTERM ends all and waits for them. CGROUP is a folder in which each gets a cgroup of its own, or
 * "-". With -t each gets the full treatment besides, in the fewest system calls that do it: User=nobody, ProtectSystem=strict,
 * PrivateTmp= (FOLDER/tmp and FOLDER/var-tmp, made once), and the filter in FOLDER/policy.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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

/* ---- the full treatment ------------------------------------------------------------------------------------------------ */

#define NOBODY 65534
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

static const char *treatment; /* its folder */
static struct sock_fprog policy;

/* What is mounted where; the first are to stay writable below a root that is not. */
static struct tree {
        char from[512];
        const char *to;
        int fd;
} trees[] = { { "/dev", "/dev", -1 },   { "/proc", "/proc", -1 }, { "/sys", "/sys", -1 },
              { "/home", "/home", -1 }, { "/root", "/root", -1 }, { "/run/user", "/run/user", -1 },
              { "", "/tmp", -1 },       { "", "/var/tmp", -1 } };

#define TREE_COUNT (sizeof(trees) / sizeof(*trees))

static void prepare_treatment(void) {
        char path[512];
        int fd, made = 0;
        ssize_t n;

        for (size_t i = TREE_COUNT - 2; i < TREE_COUNT; i++) {
                (void)snprintf(trees[i].from, sizeof(trees[i].from), "%s%s", treatment,
                               i == TREE_COUNT - 2 ? "/tmp" : "/var-tmp");
                made |= mkdir(trees[i].from, 0777) < 0 || chmod(trees[i].from, 01777) < 0;
        }
        (void)snprintf(path, sizeof(path), "%s/policy", treatment);
        policy.filter = malloc(BPF_MAXINSNS * sizeof(*policy.filter));
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = read(fd, policy.filter, BPF_MAXINSNS * sizeof(*policy.filter));
        policy.len = (unsigned short)(n / (ssize_t)sizeof(*policy.filter));
        if (made || n <= 0)
                exit(94);
        (void)close(fd);
}

/* In the child, which shares the memory: nothing but system calls. What one place does not have (/run/user) is left out. */
static void treat(void) {
        struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
        gid_t group = NOBODY;
        int failed = syscall(SYS_unshare, CLONE_NEWNS) < 0 ||
                     syscall(SYS_mount, NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0;

        for (size_t i = 0; i < TREE_COUNT; i++)
                trees[i].fd = (int)syscall(SYS_open_tree, AT_FDCWD, trees[i].from,
                                           OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        failed |= syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &read_only, sizeof(read_only)) < 0;
        for (size_t i = 0; i < TREE_COUNT; i++)
                failed |= trees[i].fd >= 0 &&
                          syscall(SYS_move_mount, trees[i].fd, "", AT_FDCWD, trees[i].to, MOVE_MOUNT_F_EMPTY_PATH) < 0;
        failed |= syscall(SYS_setgroups, 1, &group) < 0 || syscall(SYS_setresgid, group, group, group) < 0 ||
                  syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) < 0 ||
                  syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
                  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &policy) < 0;
        if (failed)
                _exit(126);
}

/* ---- starting ---------------------------------------------------------------------------------------------------------- */

static void be_the_service(void) {
        if (treatment)
                treat();
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

        if (argc > 2 && !strcmp(argv[1], "-t")) {
                treatment = argv[2];
                prepare_treatment();
                argc -= 2;
                argv += 2;
        }
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
