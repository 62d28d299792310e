/* SPDX-License-Identifier: MIT */
/* faults: system calls that fail when a test says so. Linked into a copy of PID 1 by ld's --wrap, one wrapper for each call
 * that PID 1 makes after start-up: $KEEL_FAULT is "CALL WHAT FROM COUNT", and from its FROM-th call on CALL fails COUNT times,
 * with the errno WHAT, or ("short") having done less than asked for. The count begins with the first poll(2) of PID 1's loop
 * or its first wait for a signal, and goes on in its children. Each fault is noted on stderr.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SHORT = -1, NONE = 0 };

static const struct {
        char name[8];
        int error;
} words[] = {
        { "EINTR", EINTR },   { "EAGAIN", EAGAIN },   { "EMFILE", EMFILE }, { "ENFILE", ENFILE },
        { "ENOMEM", ENOMEM }, { "ENOBUFS", ENOBUFS }, { "EPERM", EPERM },   { "short", SHORT },
};

/* Shared with all children, so that a call's number is its number among all. */
static struct plan {
        int armed, calls, from, count, error;
        char call[16];
} * plan;

long __real_syscall(long number, long a, long b, long c, long d, long e, long f);

static void raw_note(const char *text) {
        (void)__real_syscall(SYS_write, 2, (long)(uintptr_t)text, (long)strlen(text), 0, 0, 0);
}

static void arm(void) {
        const char *text = getenv("KEEL_FAULT");
        char what[16] = "", *end;
        size_t n;

        if (plan || !text)
                return;
        plan = (struct plan *)__real_syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                                             0);
        n = strcspn(text, " ");
        memcpy(plan->call, text, n < 15 ? n : 15);
        text += n + 1;
        n = strcspn(text, " ");
        memcpy(what, text, n < 15 ? n : 15);
        plan->from = (int)strtol(text + n, &end, 10);
        plan->count = (int)strtol(end, NULL, 10);
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(words[i].name, what) == 0)
                        plan->error = words[i].error;
        plan->armed = 1;
}

/* NONE, SHORT, or the error, which is in errno then, too. */
static int fault(const char *call) {
        int n;

        if (!plan || strcmp(plan->call, call) != 0)
                return NONE;
        n = __atomic_add_fetch(&plan->calls, 1, __ATOMIC_RELAXED);
        if (n < plan->from || n >= plan->from + plan->count)
                return NONE;
        raw_note("fault: ");
        raw_note(call);
        raw_note("\n");
        if (plan->error > 0)
                errno = plan->error;
        return plan->error;
}

#define WRAP(type, name, parameters, arguments) \
        type __real_##name parameters; \
        type __wrap_##name parameters; \
        type __wrap_##name parameters { \
                if (fault(#name) > 0) \
                        return (type)-1; \
                return __real_##name arguments; \
        }

WRAP(pid_t, wait4, (pid_t a, int *b, int c, struct rusage *d), (a, b, c, d))
WRAP(ssize_t, recvmsg, (int a, struct msghdr *b, int c), (a, b, c))
WRAP(ssize_t, sendmsg, (int a, const struct msghdr *b, int c), (a, b, c))
WRAP(int, socketpair, (int a, int b, int c, int d[2]), (a, b, c, d))
WRAP(int, close, (int a), (a))
WRAP(int, kill, (pid_t a, int b), (a, b))
WRAP(int, execve, (const char *a, char *const b[], char *const c[]), (a, b, c))
WRAP(int, memfd_create, (const char *a, unsigned b), (a, b))
WRAP(int, madvise, (void *a, size_t b, int c), (a, b, c))
WRAP(pid_t, setsid, (void), ())
WRAP(int, nanosleep, (const struct timespec *a, struct timespec *b), (a, b))
WRAP(ssize_t, pwrite, (int a, const void *b, size_t c, off_t d), (a, b, c, d))

/* Those that may do a part. */
#define WRAP_SIZED(type, name, parameters, arguments, fewer) \
        type __real_##name parameters; \
        type __wrap_##name parameters; \
        type __wrap_##name parameters { \
                int how = fault(#name); \
                if (how > 0) \
                        return (type)-1; \
                return how == SHORT ? __real_##name fewer : __real_##name arguments; \
        }

WRAP_SIZED(ssize_t, read, (int a, void *b, size_t c), (a, b, c), (a, b, c / 2))
WRAP_SIZED(ssize_t, write, (int a, const void *b, size_t c), (a, b, c), (a, b, c > 1 ? c / 2 : c))
WRAP_SIZED(ssize_t, pread, (int a, void *b, size_t c, off_t d), (a, b, c, d), (a, b, c > 1 ? c / 2 : c, d))

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout) {
        if (getpid() == 1) /* and not the proxy */
                arm();
        return fault("poll") > 0 ? -1 : __real_poll(fds, count, timeout);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
        return fault("open") > 0 ? -1 : __real_open(path, flags, 0666);
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...) {
        va_list list;
        long argument;

        va_start(list, command);
        argument = va_arg(list, long);
        va_end(list);
        return fault("fcntl") > 0 ? -1 : __real_fcntl(fd, command, argument);
}

int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);
int __wrap_prctl(int option, ...) {
        va_list list;
        unsigned long argument;

        va_start(list, option);
        argument = va_arg(list, unsigned long);
        va_end(list);
        return fault("prctl") > 0 ? -1 : __real_prctl(option, argument, 0UL, 0UL, 0UL);
}

/* syscall(2) by the call's own name. */
static const char *name_of(long number) {
        switch (number) {
        case SYS_clone:
                return "clone";
        case SYS_clock_gettime:
                return "clock_gettime";
        case SYS_execveat:
                return "execveat";
        case SYS_pwritev2:
                return "pwritev2";
        case SYS_signalfd4:
                return "signalfd4";
        case SYS_rt_sigprocmask:
                return "rt_sigprocmask";
        case SYS_rt_sigtimedwait:
                arm();
                return "rt_sigtimedwait";
        default:
                return "other";
        }
}

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f) {
        return fault(name_of(number)) > 0 ? -1 : __real_syscall(number, a, b, c, d, e, f);
}
