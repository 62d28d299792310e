/* SPDX-License-Identifier: MIT */
/* sys: the system calls themselves. Each is weak: a unit test that defines the same name fakes it. */
#include "sys.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifdef KEEL_SEAM
/* The first line of the plan is for us; the rest is left for our successors. False: there is none yet. */
static bool read_plan(const char *path, unsigned long *at, int *signal) {
        char text[256] = "", rest[256] = "";
        char *end = NULL;
        FILE *plan = fopen(path, "re");

        if (!plan)
                return false;
        if (fgets(text, sizeof(text), plan))
                *at = strtoul(text, &end, 10);
        if (end && *end == ' ')
                *signal = atoi(end);
        rest[fread(rest, 1, sizeof(rest) - 1, plan)] = 0;
        (void)fclose(plan);
        plan = fopen(path, "we");
        if (plan) {
                (void)fputs(rest, plan);
                (void)fclose(plan);
        }
        return text[0];
}

/* Counts from when there is a plan: at once, or when a test writes it. */
void sys_point(void) {
        static unsigned long at, passed;
        static bool is_read;
        static int signal = SIGKILL;
        const char *path = getenv("KEEL_CRASH_PLAN");

        if (!is_read && path)
                is_read = read_plan(path, &at, &signal);
        if (at > 0 && ++passed == at)
                (void)kill(getpid(), signal);
}
#endif

/* One call: a crash point, again on EINTR, -errno for failure. */
#define SYS_CALL(type, expression) \
        ({ \
                type result_; \
                sys_point(); \
                do \
                        result_ = (expression); \
                while (result_ < 0 && errno == EINTR); \
                result_ < 0 ? -errno : result_; \
        })

WEAK int sys_openat(int dir_fd, const char *path, int flags, mode_t mode) {
        return SYS_CALL(int, openat(dir_fd, path, flags, mode));
}

WEAK int sys_mkdirat(int dir_fd, const char *path, mode_t mode) {
        return SYS_CALL(int, mkdirat(dir_fd, path, mode));
}

WEAK int sys_unlinkat(int dir_fd, const char *path, int flags) {
        return SYS_CALL(int, unlinkat(dir_fd, path, flags));
}

WEAK int sys_symlinkat(const char *target, int dir_fd, const char *path) {
        return SYS_CALL(int, symlinkat(target, dir_fd, path));
}

WEAK int sys_renameat(int old_dir, const char *old_path, int new_dir, const char *new_path) {
        return SYS_CALL(int, renameat(old_dir, old_path, new_dir, new_path));
}

WEAK int sys_fchown(int fd, uid_t uid, gid_t gid) {
        return SYS_CALL(int, fchown(fd, uid, gid));
}

WEAK int sys_fchmod(int fd, mode_t mode) {
        return SYS_CALL(int, fchmod(fd, mode));
}

WEAK int sys_fchownat(int dir_fd, const char *path, uid_t uid, gid_t gid, int flags) {
        return SYS_CALL(int, fchownat(dir_fd, path, uid, gid, flags));
}

WEAK int sys_fchmodat(int dir_fd, const char *path, mode_t mode) {
        return SYS_CALL(int, fchmodat(dir_fd, path, mode, 0));
}

WEAK int sys_ftruncate(int fd, off_t length) {
        return SYS_CALL(int, ftruncate(fd, length));
}

WEAK int sys_pipe2(int fds[2], int flags) {
        return SYS_CALL(int, pipe2(fds, flags));
}

WEAK int sys_memfd_create(const char *name, unsigned flags) {
        return SYS_CALL(int, memfd_create(name, flags));
}

WEAK int sys_kill(pid_t pid, int signal) {
        return SYS_CALL(int, kill(pid, signal));
}

WEAK int sys_shelve(int fd) {
        int high = fd >= 0 && fd < SYS_FD_SHELF ? fcntl(fd, F_DUPFD_CLOEXEC, SYS_FD_SHELF) : -1;

        if (high < 0)
                return fd;
        (void)close(fd);
        return high;
}

WEAK int sys_unshelve(int fd) {
        return SYS_CALL(int, fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

static int held_fds[8];

void sys_hold_low_fds(void) {
        for (size_t i = 0; i < ARRAY_LEN(held_fds); i++)
                held_fds[i] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

void sys_release_low_fds(void) {
        for (size_t i = 0; i < ARRAY_LEN(held_fds); i++)
                if (held_fds[i] > STDERR_FILENO)
                        close_fd(&held_fds[i]);
}

static int due_fds[32];
static size_t due_count;

void sys_close_later(int *fd) {
        if (due_count == ARRAY_LEN(due_fds))
                sys_close_due();
        if (*fd >= 0)
                due_fds[due_count++] = take_fd(fd);
}

void sys_close_due(void) {
        while (due_count > 0)
                close_fd(&due_fds[--due_count]);
}

WEAK int sys_pidfd_open(pid_t pid, unsigned flags) {
        return (int)SYS_CALL(long, syscall(SYS_pidfd_open, pid, flags));
}

WEAK int sys_pidfd_send_signal(int pidfd, int signal) {
        return (int)SYS_CALL(long, syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0u));
}

WEAK ssize_t sys_write(int fd, const void *data, size_t length) {
        return SYS_CALL(ssize_t, write(fd, data, length));
}

WEAK ssize_t sys_read(int fd, void *data, size_t length) {
        return SYS_CALL(ssize_t, read(fd, data, length));
}

WEAK ssize_t sys_pread(int fd, void *data, size_t length, off_t offset) {
        return SYS_CALL(ssize_t, pread(fd, data, length, offset));
}

WEAK ssize_t sys_sendmsg(int fd, const struct msghdr *message, int flags) {
        return SYS_CALL(ssize_t, sendmsg(fd, message, flags));
}

WEAK ssize_t sys_recvmsg(int fd, struct msghdr *message, int flags) {
        return SYS_CALL(ssize_t, recvmsg(fd, message, flags));
}

/* Files of procfs and cgroupfs have no size to ask for: read until the end, growing. */
WEAK int sys_read_file(int dir_fd, const char *path, size_t limit, char **ret, size_t *ret_length) {
        owned_fd fd = sys_openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
        owned_str text = NULL;
        size_t room = 0, length = 0;

        if (fd < 0)
                return fd;
        for (;;) {
                ssize_t n;

                if (room - length < 2) {
                        size_t wanted = room ? room * 2 : 512;
                        char *grown = realloc(text, wanted);

                        if (!grown)
                                return -ENOMEM;
                        text = grown;
                        room = wanted;
                }
                n = sys_read(fd, text + length, room - length - 1);
                if (n < 0)
                        return (int)n;
                if (n == 0)
                        break;
                length += (size_t)n;
                if (length > limit)
                        return -EFBIG;
        }
        text[length] = 0;
        *ret = take_ptr(text);
        if (ret_length)
                *ret_length = length;
        return 0;
}

WEAK int sys_read_regular(int dir_fd, const char *path, char *buffer, size_t size, size_t limit, char **ret,
                          size_t *ret_length) {
        /* A pipe may have no writer yet. */
        owned_fd fd = sys_openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
        struct stat st;
        ssize_t n;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
                return -ENOTSUP;
        n = sys_read(fd, buffer, size - 1);
        if (n < 0)
                return (int)n;
        if ((size_t)n == size - 1)
                return sys_read_file(dir_fd, path, limit, ret, ret_length);
        buffer[n] = 0;
        *ret = NULL;
        *ret_length = (size_t)n;
        return 0;
}

WEAK int sys_open_folder(int dir_fd, DIR **ret) {
        owned_fd fd = sys_openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        DIR *folder;

        if (fd < 0)
                return fd;
        folder = fdopendir(fd);
        if (!folder)
                return -errno;
        (void)take_fd(&fd);
        *ret = folder;
        return 0;
}

WEAK int sys_write_file(int dir_fd, const char *path, const char *text) {
        owned_fd fd = sys_openat(dir_fd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY, 0);
        size_t length = strlen(text);
        ssize_t n;

        if (fd < 0)
                return fd;
        n = sys_write(fd, text, length);
        if (n < 0)
                return (int)n;
        return (size_t)n == length ? 0 : -EIO;
}

WEAK int sys_mkdir_parents(const char *path, mode_t mode) {
        owned_str partial = strdup(path);
        int r = 0;

        if (!partial)
                return -ENOMEM;
        /* Each prefix that ends before a '/', then the whole. */
        for (char *p = partial + (*partial == '/'); *p; p++) {
                if (*p != '/' || p[1] == '/' || p[1] == 0)
                        continue;
                *p = 0;
                r = sys_mkdirat(AT_FDCWD, partial, mode);
                *p = '/';
                if (r < 0 && r != -EEXIST)
                        return r;
        }
        r = sys_mkdirat(AT_FDCWD, partial, mode);
        if (r == -EEXIST) {
                struct stat st;

                if (stat(partial, &st) < 0)
                        return -errno;
                r = S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
        }
        return r;
}
