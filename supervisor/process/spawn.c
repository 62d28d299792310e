/* SPDX-License-Identifier: MIT */
/* spawn: makes the process of a plan, in one of two ways. Short plans share our memory and hold us up until execve, as vfork(2)
 * does, on a small stack of their own; long ones get a copy, and report through a pipe. Both run plan/exec-child.c.
 *
 * All signals are blocked around the clone, so that no handler of ours runs in the child. Never reaps, never logs. Not for
 * several threads at once.
 */
#include "spawn.h"

#include "base/sys.h"
#include "plan/exec-child.h"
#include "plan/plan-private.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define STACK_SIZE (64u * 1024u)
#define GUARD_SIZE (64u * 1024u)

/* Is there a clone3? A container's filter from before it answers with ENOSYS, or EPERM, where the kernel says EINVAL. */
static bool has_clone3(void) {
        static enum { UNKNOWN, NO, YES } known;

        if (known == UNKNOWN)
                known = syscall(SYS_clone3, NULL, (size_t)0) < 0 && errno == EINVAL ? YES : NO;
        return known == YES;
}

/* What a child inherits: handlers are cleared by the clone (CLONE_CLEAR_SIGHAND), ignored signals stay ignored. */
static uint64_t ignored_signals = UINT64_MAX;
static bool is_sigpipe_ignored;

void spawn_note_signals(void) {
        /* The kernel's struct, as sigaction(3) does not tell of the signals that the C library uses; its handler is first. */
        uintptr_t action[4] = { 0 };

        ignored_signals = 0;
        for (int i = 1; i <= 64; i++)
                if (syscall(SYS_rt_sigaction, i, NULL, action, sizeof(uint64_t)) < 0 || action[0] == (uintptr_t)SIG_IGN)
                        ignored_signals |= EXEC_CHILD_SIGNAL(i);
        is_sigpipe_ignored = ignored_signals & EXEC_CHILD_SIGNAL(SIGPIPE);
}

/* ---- the clone itself ------------------------------------------------------------------------------------------------ */

/* clone3 whose child calls enter(argument) on the stack in *args and never comes back: the return address that the C library's
 * syscall() would use is on the parent's stack, which a child with another stack does not have. The pid, or -errno. */
#if defined(__x86_64__)
#define HAS_SHARED_MEMORY true
static long clone_onto_stack(struct clone_args *args, int (*enter)(void *), void *argument) {
        register int (*child_enter)(void *) __asm__("r12") = enter;
        register void *child_argument __asm__("r13") = argument;
        long result = SYS_clone3;

        __asm__ volatile("syscall\n\t"
                         "test %%rax, %%rax\n\t"
                         "jnz 1f\n\t"
                         "xor %%ebp, %%ebp\n\t"
                         "mov %%r13, %%rdi\n\t"
                         "call *%%r12\n\t"
                         "ud2\n"
                         "1:"
                         : "+a"(result)
                         : "D"(args), "S"(sizeof(*args)), "r"(child_enter), "r"(child_argument)
                         : "rcx", "r11", "memory", "cc");
        return result;
}
#elif defined(__aarch64__)
#define HAS_SHARED_MEMORY true
static long clone_onto_stack(struct clone_args *args, int (*enter)(void *), void *argument) {
        register long number __asm__("x8") = SYS_clone3;
        register long result __asm__("x0") = (long)args;
        register size_t size __asm__("x1") = sizeof(*args);
        register int (*child_enter)(void *) __asm__("x19") = enter;
        register void *child_argument __asm__("x20") = argument;

        __asm__ volatile("svc #0\n\t"
                         "cbnz x0, 1f\n\t"
                         "mov x29, xzr\n\t"
                         "mov x30, xzr\n\t"
                         "mov x0, x20\n\t"
                         "blr x19\n\t"
                         "brk #1\n"
                         "1:"
                         : "+r"(result)
                         : "r"(number), "r"(size), "r"(child_enter), "r"(child_argument)
                         : "memory", "cc");
        return result;
}
#else /* the fork path serves */
#define HAS_SHARED_MEMORY false
static long clone_onto_stack(struct clone_args *args, int (*enter)(void *), void *argument) {
        (void)args, (void)enter, (void)argument;
        return -ENOSYS;
}
#endif

/* The child's stack, made once: with a guard below, in memory of its own. */
static void *child_stack(void) {
        static char *stack;
        char *area;

        if (stack)
                return stack;
        area = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE,
                    -1, 0);
        if (area == MAP_FAILED)
                return NULL;
        if (mprotect(area + GUARD_SIZE, STACK_SIZE, PROT_READ | PROT_WRITE) < 0) {
                (void)munmap(area, GUARD_SIZE + STACK_SIZE);
                return NULL;
        }
        stack = area + GUARD_SIZE;
        return stack;
}

static struct clone_args clone_arguments(const struct plan *plan, int *pidfd) {
        struct clone_args args = {
                .flags = CLONE_PARENT | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
                .pidfd = (uintptr_t)pidfd,
                .exit_signal = 0, /* as CLONE_PARENT wants it: the kernel takes our own */
        };

        if (plan->pid_slot) {
                args.flags |= CLONE_PARENT_SETTID;
                args.parent_tid = (uintptr_t)plan->pid_slot;
        }
        if (plan->cgroup_fd >= 0) {
                args.flags |= CLONE_INTO_CGROUP;
                args.cgroup = (uint64_t)plan->cgroup_fd;
        }
        return args;
}

/* Returns when the program runs, or the child has ended. */
static long clone_sharing(struct exec_child *child, int *pidfd) {
        struct clone_args args = clone_arguments(child->plan, pidfd);

        args.stack = (uintptr_t)child_stack();
        if (!args.stack)
                return -ENOMEM;
        args.stack_size = STACK_SIZE;
        args.flags |= CLONE_VM | CLONE_VFORK | (child->shares_fds_below ? CLONE_FILES : 0);
        return clone_onto_stack(&args, exec_child, child);
}

static long clone_copying(struct exec_child *child, int *pidfd) {
        struct clone_args args = clone_arguments(child->plan, pidfd);
        long pid = syscall(SYS_clone3, &args, sizeof(args));

        if (pid == 0)
                exec_child(child);
        return pid < 0 ? -errno : pid;
}

/* Before clone3: clone(2) has one place for the pidfd and the pid, so the child stores the pid (CLONE_CHILD_SETTID, which the
 * kernel does before it runs anything), and it moves itself into the cgroup. */
static long clone_anciently(struct exec_child *child, int *pidfd) {
        unsigned long flags = CLONE_PARENT | CLONE_PIDFD | (child->plan->pid_slot ? CLONE_CHILD_SETTID : 0);
        int32_t *slot = child->plan->pid_slot;
        long pid;

        child->joins_cgroup = child->plan->cgroup_fd >= 0;
        child->unknown_signals = UINT64_MAX;
#if defined(__x86_64__)
        pid = syscall(SYS_clone, flags, NULL, pidfd, slot, NULL);
#else
        pid = syscall(SYS_clone, flags, NULL, pidfd, NULL, slot);
#endif
        if (pid == 0)
                exec_child(child);
        return pid < 0 ? -errno : pid;
}

/* ---- the two ways ------------------------------------------------------------------------------------------------------ */

static long clone_with_signals_blocked(long (*clone_child)(struct exec_child *, int *), struct exec_child *child,
                                       int *pidfd) {
        sigset_t all, ours;
        long pid;

        (void)sigfillset(&all);
        (void)sigprocmask(SIG_BLOCK, &all, &ours);
        sys_point();
        pid = clone_child(child, pidfd);
        (void)sigprocmask(SIG_SETMASK, &ours, NULL);
        sys_point();
        return pid;
}

static int spawn_sharing(const struct plan *plan, struct spawned *ret) {
        struct exec_failure failure = { 0 };
        struct exec_child child = {
                .plan = plan,
                .report = &failure,
                .exec_fd = -1,
                .unknown_signals = ignored_signals,
                .ignores_sigpipe = is_sigpipe_ignored,
        };
        int pidfd = -1;
        long pid = 0;

        if (plan_fds_end(plan) <= SYS_FD_SHELF)
                child.shares_fds_below = (unsigned)plan_fds_end(plan);
        pid = clone_with_signals_blocked(clone_sharing, &child, &pidfd);

        if (pid < 0)
                return (int)pid;
        *ret = (struct spawned){
                .pid = (pid_t)pid,
                .pidfd = sys_shelve(pidfd),
                .exec_fd = -1,
                .has_execed = failure.exit_status == 0,
                .failure = failure,
        };
        return 0;
}

static int spawn_copying(const struct plan *plan, struct spawned *ret) {
        struct exec_failure failure = { 0 };
        struct exec_child child = { .plan = plan,
                                    .report = &failure,
                                    .exec_fd = -1,
                                    .unknown_signals = ignored_signals,
                                    .ignores_sigpipe = is_sigpipe_ignored };
        int fds[2], pidfd = -1;
        long pid;
        int r;

        r = sys_pipe2(fds, O_CLOEXEC | O_NONBLOCK);
        if (r < 0)
                return r;
        child.exec_fd = fds[1];
        pid = clone_with_signals_blocked(has_clone3() ? clone_copying : clone_anciently, &child, &pidfd);
        close_fd(&fds[1]);
        if (pid < 0) {
                close_fd(&fds[0]);
                return (int)pid;
        }
        *ret = (struct spawned){ .pid = (pid_t)pid, .pidfd = sys_shelve(pidfd), .exec_fd = fds[0] };
        return 0;
}

int spawn(const struct plan *plan, struct spawned *ret) {
        bool can_share = HAS_SHARED_MEMORY && has_clone3();

        /* A store that faults is dropped by the kernel without a word: have the page there. */
        if (plan->pid_slot)
                *(volatile int32_t *)plan->pid_slot = 0;
        return can_share && !plan->takes_long ? spawn_sharing(plan, ret) : spawn_copying(plan, ret);
}

/* ---- a program of ours ------------------------------------------------------------------------------------------------ */

/* In the child, perhaps in our own memory. */
static int enter_program(void *argument) {
        const struct spawn_program *program = argument;
        uint64_t none = 0;

        for (size_t i = 0; i < ARRAY_LEN(program->fds); i++)
                if (program->fds[i] >= 0)
                        (void)syscall(SYS_fcntl, program->fds[i], F_SETFD, 0);
        (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
        (void)syscall(SYS_execve, program->path, program->argv, program->environment);
        syscall(SYS_exit_group, 127);
        __builtin_unreachable();
}

static long clone_program(const struct spawn_program *program, int *pidfd) {
        struct clone_args args = { .flags = CLONE_PARENT | CLONE_PIDFD, .pidfd = (uintptr_t)pidfd };
        void *argument = (void *)(uintptr_t)program;
        long pid;

        if (HAS_SHARED_MEMORY) {
                args.stack = (uintptr_t)child_stack();
                if (!args.stack)
                        return -ENOMEM;
                args.stack_size = STACK_SIZE;
                args.flags |= CLONE_VM | CLONE_VFORK;
                return clone_onto_stack(&args, enter_program, argument);
        }
        pid = syscall(SYS_clone3, &args, sizeof(args));
        if (pid == 0)
                (void)enter_program(argument);
        return pid < 0 ? -errno : pid;
}

pid_t spawn_program(const struct spawn_program *program, int *ret_pidfd) {
        sigset_t all, ours;
        int pidfd = -1;
        long pid;

        (void)sigfillset(&all);
        (void)sigprocmask(SIG_BLOCK, &all, &ours);
        pid = clone_program(program, &pidfd);
        (void)sigprocmask(SIG_SETMASK, &ours, NULL);
        if (pid > 0)
                *ret_pidfd = pidfd;
        return (pid_t)pid;
}

int spawn_read_exec_fd(int exec_fd, struct exec_failure *failure) {
        struct exec_failure told;
        ssize_t n = sys_read(exec_fd, &told, sizeof(told));

        if (n < 0)
                return (int)n;
        if (n == 0)
                return 1;
        if (n != sizeof(told))
                return -EPROTO;
        told.detail[sizeof(told.detail) - 1] = 0;
        *failure = told;
        return 0;
}
