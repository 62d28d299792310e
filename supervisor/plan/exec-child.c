/* SPDX-License-Identifier: MIT */
/* exec-child: from the clone to the program. See the table of steps at the end; what has to come before what is said there. */
#include "exec-child.h"

#include "child-call.h"
#include "child-mounts.h"
#include "child-terminal.h"
#include "plan-private.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* What the steps hand on. */
struct progress {
        const struct exec_child *child;
        const struct plan *plan;
        int exec_fd;
        int exit_status; /* a step may know better than its row */
        const char *what; /* what it failed at; may be NULL */
};

/* ---- the process ----------------------------------------------------------------------------------------------------- */

/* The kernel's own struct sigaction (rt_sigaction(2)); larger than any architecture's. */
struct kernel_sigaction {
        uintptr_t handler;
        unsigned long rest[4];
};

#define KERNEL_SIGNALS     64
#define KERNEL_SIGSET_SIZE (KERNEL_SIGNALS / 8)

static int set_signal(int signal, void (*handler)(int)) {
        struct kernel_sigaction action = { .handler = (uintptr_t)handler };

        return CHILD_CALL(SYS_rt_sigaction, signal, &action, NULL, (size_t)KERNEL_SIGSET_SIZE);
}

/* Before anything that opens or closes: until then the table is the supervisor's own. What is behind is not even copied. */
static int step_own_fds(struct progress *at) {
        unsigned below = at->child->shares_fds_below;

        if (!below || CHILD_CALL(SYS_close_range, below, ~0U, CLOSE_RANGE_UNSHARE) >= 0)
                return 0;
        return CHILD_CALL(SYS_unshare, CLONE_FILES);
}

/* An ignored signal survives execve, so every one that may be goes back to its default. */
static int step_signals(struct progress *at) {
        uint64_t unknown = at->child->unknown_signals, pipe = EXEC_CHILD_SIGNAL(SIGPIPE);

        for (int i = 1; i <= KERNEL_SIGNALS && unknown; i++)
                if (unknown & EXEC_CHILD_SIGNAL(i) & ~pipe && i != SIGKILL && i != SIGSTOP)
                        (void)set_signal(i, SIG_DFL);
        if (at->plan->ignores_sigpipe)
                return at->child->ignores_sigpipe ? 0 : set_signal(SIGPIPE, SIG_IGN);
        return unknown & pipe ? set_signal(SIGPIPE, SIG_DFL) : 0;
}

static int step_cgroup(struct progress *at) {
        int fd, r;

        if (!at->child->joins_cgroup)
                return 0;
        at->what = "cgroup.procs";
        fd = CHILD_CALL(SYS_openat, at->plan->cgroup_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC, 0);
        if (fd < 0)
                return fd;
        r = CHILD_CALL(SYS_write, fd, "0", 1);
        (void)CHILD_CALL(SYS_close, fd);
        return r;
}

static int step_session(struct progress *at) {
        (void)at;
        return CHILD_CALL(SYS_setsid);
}

/* LISTEN_PID and its like: the texts are in the environment, with room for a number. */
static int step_pid(struct progress *at) {
        char digits[PLAN_PID_DIGITS] = { 0 };
        size_t n = 0;

        for (int pid = CHILD_CALL(SYS_getpid); pid > 0 && n < sizeof(digits); pid /= 10)
                digits[n++] = (char)('0' + pid % 10);
        for (size_t i = 0; i < PLAN_PID_SLOTS; i++) {
                char *slot = at->plan->pid_slots[i];

                for (size_t k = 0; slot && k < n; k++)
                        slot[k] = digits[n - 1 - k];
                if (slot)
                        slot[n] = 0;
        }
        return 0;
}

static int step_umask(struct progress *at) {
        (void)CHILD_CALL(SYS_umask, at->plan->resources.umask);
        return 0;
}

/* ---- the standard streams -------------------------------------------------------------------------------------------- */

/* A hang-up's signal is pending because it is blocked: ignoring it throws it away. */
static void forget_hangup(void) {
        (void)set_signal(SIGHUP, SIG_IGN);
        (void)set_signal(SIGHUP, SIG_DFL);
}

static int step_terminal(struct progress *at) {
        const struct plan_terminal *terminal = &at->plan->terminal;
        int r;

        at->what = terminal->path;
        r = child_terminal_clean(terminal);
        if (terminal->is_hung_up)
                forget_hangup();
        return r;
}

static int open_terminal_input(struct progress *at) {
        const struct plan_terminal *terminal = &at->plan->terminal;
        int fd = child_terminal_claim(terminal);

        at->what = terminal->path;
        forget_hangup();
        if (fd >= 0 && terminal->is_given_away) {
                (void)CHILD_CALL(SYS_fchown, fd, at->plan->credentials.uid, (gid_t)-1);
                (void)CHILD_CALL(SYS_fchmod, fd, 0620);
        }
        return fd;
}

/* Adopts fd: it is at `number` afterwards. */
static int move_stream(int fd, int number) {
        int r;

        if (fd == number)
                return CHILD_CALL(SYS_fcntl, fd, F_SETFD, 0);
        r = CHILD_CALL(SYS_dup3, fd, number, 0);
        (void)CHILD_CALL(SYS_close, fd);
        return r;
}

static int set_stream(struct progress *at, int number) {
        const struct plan_stream *s = &at->plan->streams[number];
        int fd;

        switch (s->source) {
        case STREAM_KEEP:
                /* It may not be open at all: then it stays so. */
                (void)CHILD_CALL(SYS_fcntl, number, F_SETFD, 0);
                return 0;
        case STREAM_FD:
        case STREAM_COPY:
                return CHILD_CALL(SYS_dup3, s->fd, number, 0);
        case STREAM_PATH:
                at->what = s->path;
                fd = CHILD_CALL(SYS_openat, AT_FDCWD, s->path, s->flags | O_NOCTTY | O_CLOEXEC, 0666);
                break;
        case STREAM_TTY:
        default:
                fd = open_terminal_input(at);
                break;
        }
        return fd < 0 ? fd : move_stream(fd, number);
}

static int step_stdin(struct progress *at) {
        return set_stream(at, 0);
}
static int step_stdout(struct progress *at) {
        return set_stream(at, 1);
}
static int step_stderr(struct progress *at) {
        return set_stream(at, 2);
}

/* ---- resources ------------------------------------------------------------------------------------------------------- */

static int write_text(struct progress *at, const char *path, const char *text) {
        size_t length = 0;
        int fd, r;

        while (text[length])
                length++;
        if (length == 0)
                return 0;
        at->what = path;
        fd = CHILD_CALL(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
        if (fd < 0)
                return fd;
        r = CHILD_CALL(SYS_write, fd, text, length);
        (void)CHILD_CALL(SYS_close, fd);
        return r;
}

static int step_oom(struct progress *at) {
        return write_text(at, "/proc/self/oom_score_adj", at->plan->resources.oom_score_adjust);
}

static int step_coredump_filter(struct progress *at) {
        return write_text(at, "/proc/self/coredump_filter", at->plan->resources.coredump_filter);
}

static int step_nice(struct progress *at) {
        const struct plan_resources *r = &at->plan->resources;

        return r->sets_nice ? CHILD_CALL(SYS_setpriority, PRIO_PROCESS, 0, r->nice) : 0;
}

static int step_cpu_policy(struct progress *at) {
        const struct plan_resources *r = &at->plan->resources;
        struct {
                int sched_priority;
        } param = { r->cpu_priority };

        return r->sets_cpu_policy ? CHILD_CALL(SYS_sched_setscheduler, 0, r->cpu_policy, &param) : 0;
}

static int step_cpu_affinity(struct progress *at) {
        const struct plan_resources *r = &at->plan->resources;

        return r->sets_cpu_affinity ? CHILD_CALL(SYS_sched_setaffinity, 0, sizeof(r->cpu_affinity), &r->cpu_affinity)
                                    : 0;
}

static int step_io_priority(struct progress *at) {
        const struct plan_resources *r = &at->plan->resources;

        return r->sets_io_priority ? CHILD_CALL(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, r->io_priority) : 0;
}

static int step_timer_slack(struct progress *at) {
        const struct plan_resources *r = &at->plan->resources;

        return r->sets_timer_slack ? CHILD_CALL(SYS_prctl, PR_SET_TIMERSLACK, r->timer_slack_ns, 0, 0, 0) : 0;
}

static int step_personality(struct progress *at) {
        const struct plan_resources *r = &at->plan->resources;

        return r->sets_personality ? CHILD_CALL(SYS_personality, r->personality) : 0;
}

static int step_limits(struct progress *at) {
        const struct plan_resources *r = &at->plan->resources;

        for (size_t i = 0; i < r->limit_count; i++) {
                int error = CHILD_CALL(SYS_prlimit64, 0, r->limits[i].resource, &r->limits[i].value, NULL);

                if (error < 0)
                        return error;
        }
        return 0;
}

/* ---- the view of the system -------------------------------------------------------------------------------------------- */

static int step_mounts(struct progress *at) {
        struct child_mounts_failure failure = { 0 };
        int r = child_mounts(at->plan->mounts, &failure);

        if (r < 0) {
                at->exit_status = failure.exit_status;
                at->what = failure.what;
        }
        return r;
}

/* ---- fds --------------------------------------------------------------------------------------------------------------- */

/* Closes from `first` on. Where close_range(2) is filtered away everything of the supervisor's is close-on-exec anyway. */
static int close_from(unsigned first) {
        int r = CHILD_CALL(SYS_close_range, first, ~0u, 0);

        if (r != -ENOSYS && r != -EPERM)
                return r;
        for (unsigned fd = first; fd < 1024; fd++)
                (void)CHILD_CALL(SYS_close, fd);
        return 0;
}

/* All of them first go to where nothing of ours will be, then one by one into their places. */
static int place_fds(const struct plan *p, int above) {
        for (size_t i = 0; i < p->fd_count; i++) {
                int fd = CHILD_CALL(SYS_fcntl, p->fds[i], F_DUPFD_CLOEXEC, above);

                if (fd < 0)
                        return fd;
                p->moved_fds[i] = fd;
        }
        for (size_t i = 0; i < p->fd_count; i++) {
                int r = CHILD_CALL(SYS_dup3, p->moved_fds[i], STDERR_FILENO + 1 + (int)i, 0);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* NonBlocking= is about the sockets only, and says either way. */
static int set_nonblocking(const struct plan *p) {
        for (size_t i = 0; i < p->socket_count; i++) {
                int fd = STDERR_FILENO + 1 + (int)i;
                int flags = CHILD_CALL(SYS_fcntl, fd, F_GETFL);
                int wanted = p->sockets_are_nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
                int r = flags < 0 ? flags : wanted == flags ? 0 : CHILD_CALL(SYS_fcntl, fd, F_SETFL, wanted);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int step_fds(struct progress *at) {
        const struct plan *p = at->plan;
        int last = STDERR_FILENO + (int)p->fd_count;
        int r;

        if (at->exec_fd >= 0) {
                /* Out of the way, then behind the last one. */
                r = CHILD_CALL(SYS_fcntl, at->exec_fd, F_DUPFD_CLOEXEC, last + 2);
                if (r < 0)
                        return r;
                at->exec_fd = r;
        }
        r = place_fds(p, last + 2);
        if (r >= 0 && at->exec_fd >= 0) {
                r = CHILD_CALL(SYS_dup3, at->exec_fd, last + 1, O_CLOEXEC);
                if (r >= 0)
                        at->exec_fd = r;
        }
        if (r >= 0)
                r = close_from((unsigned)last + (at->exec_fd >= 0 ? 2 : 1));
        return r < 0 ? r : set_nonblocking(p);
}

/* ---- rights ------------------------------------------------------------------------------------------------------------ */

static int step_groups(struct progress *at) {
        const struct resolved_credentials *c = &at->plan->credentials;
        const struct plan_privileges *v = &at->plan->privileges;
        int r = 0;

        if (v->sets_groups)
                r = CHILD_CALL(SYS_setgroups, c->group_count, c->groups);
        if (r >= 0 && v->sets_gid)
                r = CHILD_CALL(SYS_setresgid, c->gid, c->gid, c->gid);
        return r;
}

static int step_user_namespace(struct progress *at) {
        return child_user_namespace(at->plan->mounts);
}

static int step_bounding(struct progress *at) {
        uint64_t dropped = at->plan->privileges.dropped_capabilities;

        for (unsigned i = 0; i < 64; i++) {
                int r = dropped >> i & 1 ? CHILD_CALL(SYS_prctl, PR_CAPBSET_DROP, i, 0, 0, 0) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

static int step_user(struct progress *at) {
        const struct resolved_credentials *c = &at->plan->credentials;
        const struct plan_privileges *v = &at->plan->privileges;
        int r = 0;

        if (v->keeps_capabilities)
                r = CHILD_CALL(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
        if (r >= 0 && v->sets_uid)
                r = CHILD_CALL(SYS_setresuid, c->uid, c->uid, c->uid);
        return r;
}

/* As the user: the keyring is theirs. Nobody is kept from running by a kernel or container without keyrings. */
static int step_keyring(struct progress *at) {
        enum plan_keyring keyring = at->plan->privileges.keyring;

        if (keyring == KEYRING_INHERIT)
                return 0;
        if (CHILD_CALL(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) >= 0 && keyring == KEYRING_SHARED)
                (void)CHILD_CALL(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING, 0, 0);
        return 0;
}

/* As the user, without the capabilities that it may have kept. */
static int step_directory(struct progress *at) {
        const struct plan *p = at->plan;
        int r;

        at->what = p->working_directory ? p->working_directory : "/";
        r = CHILD_CALL(SYS_chdir, at->what);
        if (r < 0 && p->working_directory_is_optional)
                r = CHILD_CALL(SYS_chdir, "/");
        return r;
}

/* Inheritable capabilities would pass by the bounding set (capabilities(7)); ambient ones must be permitted and inheritable. */
static int step_capabilities(struct progress *at) {
        const struct plan_privileges *v = &at->plan->privileges;
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
        uint64_t ambient = v->ambient_capabilities;
        int r;

        if (!ambient && !v->dropped_capabilities && !v->keeps_capabilities)
                return 0;
        r = CHILD_CALL(SYS_capget, &header, data);
        if (r < 0)
                return r;
        for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
                data[i].effective = data[i].permitted;
                data[i].inheritable &= ~(uint32_t)(v->dropped_capabilities >> 32 * i);
                data[i].inheritable |= (uint32_t)(ambient >> 32 * i);
        }
        r = CHILD_CALL(SYS_capset, &header, data);
        for (unsigned i = 0; i < 64 && r >= 0; i++)
                if (ambient >> i & 1)
                        r = CHILD_CALL(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
        return r;
}

static int step_apparmor(struct progress *at) {
        const struct plan_privileges *v = &at->plan->privileges;
        int r;

        if (!v->apparmor_text)
                return 0;
        r = write_text(at, "/proc/self/attr/apparmor/exec", v->apparmor_text);
        if (r == -ENOENT)
                r = write_text(at, "/proc/self/attr/exec", v->apparmor_text);
        at->what = v->apparmor_text;
        return v->apparmor_is_optional ? 0 : r;
}

static int step_secure_bits(struct progress *at) {
        const struct plan_privileges *v = &at->plan->privileges;

        return v->sets_secure_bits ? CHILD_CALL(SYS_prctl, PR_SET_SECUREBITS, v->secure_bits, 0, 0, 0) : 0;
}

static int step_no_new_privileges(struct progress *at) {
        return at->plan->privileges.no_new_privileges ? CHILD_CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) : 0;
}

static int step_signal_mask(struct progress *at) {
        return CHILD_CALL(SYS_rt_sigprocmask, SIG_SETMASK, &at->plan->signal_mask, NULL, (size_t)KERNEL_SIGSET_SIZE);
}

static int step_seccomp(struct progress *at) {
        const struct seccomp_policy *policy = at->plan->seccomp;

        for (size_t i = 0; policy && i < policy->program_count; i++) {
                int r = CHILD_CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &policy->programs[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int step_exec(struct progress *at) {
        const struct plan *p = at->plan;

        at->what = p->path;
        return CHILD_CALL(SYS_execve, p->path, p->argv, p->environment);
}

/* ---- the table --------------------------------------------------------------------------------------------------------- */

/* The order, and why:
 *   fds of its own before all that opens or closes one;
 *   the session before the terminal (only a session leader can claim one);
 *   the mask for files before the streams that make some;
 *   streams and terminal on the host's view, as root: before mounts and user;
 *   mounts while all capabilities and the mount plan's fds are there; then the fds get their places;
 *   limits behind both, or they would hit our own set-up; before the user, who may not raise them;
 *   groups, user namespace, then the user: each takes the right to do the one before;
 *   keyring and directory as the user, without the capabilities that it may have kept for what follows;
 *   secure bits need a capability, ambient ones may be locked by them; no_new_privs goes before the filters, which need it;
 *   filters last: from there on only execve (and exit) have to be allowed. */
/* clang-format off */
static const struct step {
        const char *name;
        enum exit_status exit_status;
        int (*run)(struct progress *at);
} steps[] = {
        { "own fds", EXIT_STATUS_FDS, step_own_fds },
        { "signals", EXIT_STATUS_SIGNAL_MASK, step_signals },
        { "cgroup", EXIT_STATUS_CGROUP, step_cgroup },
        { "session", EXIT_STATUS_SETSID, step_session },
        { "pid", EXIT_STATUS_MEMORY, step_pid },
        { "umask", EXIT_STATUS_MEMORY, step_umask },
        { "terminal", EXIT_STATUS_STDIN, step_terminal },
        { "stdin", EXIT_STATUS_STDIN, step_stdin },
        { "stdout", EXIT_STATUS_STDOUT, step_stdout },
        { "stderr", EXIT_STATUS_STDERR, step_stderr },
        { "oom score", EXIT_STATUS_OOM_ADJUST, step_oom },
        { "coredump filter", EXIT_STATUS_LIMITS, step_coredump_filter },
        { "nice", EXIT_STATUS_NICE, step_nice },
        { "CPU policy", EXIT_STATUS_SETSCHEDULER, step_cpu_policy },
        { "CPU affinity", EXIT_STATUS_CPUAFFINITY, step_cpu_affinity },
        { "IO priority", EXIT_STATUS_IOPRIO, step_io_priority },
        { "timer slack", EXIT_STATUS_TIMERSLACK, step_timer_slack },
        { "personality", EXIT_STATUS_PERSONALITY, step_personality },
        { "mounts", EXIT_STATUS_NAMESPACE, step_mounts },
        { "groups", EXIT_STATUS_GROUP, step_groups },
        { "user namespace", EXIT_STATUS_USER, step_user_namespace },
        { "fds", EXIT_STATUS_FDS, step_fds },
        { "limits", EXIT_STATUS_LIMITS, step_limits },
        { "bounding set", EXIT_STATUS_CAPABILITIES, step_bounding },
        { "user", EXIT_STATUS_USER, step_user },
        { "keyring", EXIT_STATUS_KEYRING, step_keyring },
        { "working directory", EXIT_STATUS_CHDIR, step_directory },
        { "capabilities", EXIT_STATUS_CAPABILITIES, step_capabilities },
        { "AppArmor", EXIT_STATUS_APPARMOR, step_apparmor },
        { "secure bits", EXIT_STATUS_SECUREBITS, step_secure_bits },
        { "no_new_privs", EXIT_STATUS_NO_NEW_PRIVILEGES, step_no_new_privileges },
        { "signal mask", EXIT_STATUS_SIGNAL_MASK, step_signal_mask },
        { "seccomp", EXIT_STATUS_SECCOMP, step_seccomp },
        { "exec", EXIT_STATUS_EXEC, step_exec },
};
/* clang-format on */

const char *exec_child_step_name(size_t index) {
        return index < ARRAY_LEN(steps) ? steps[index].name : NULL;
}

static size_t append(char *text, size_t size, size_t at, const char *more) {
        while (*more && at + 1 < size)
                text[at++] = *more++;
        text[at] = 0;
        return at;
}

static void report(const struct progress *at, const struct step *step, int error) {
        struct exec_failure *f = at->child->report;
        size_t n = append(f->detail, sizeof(f->detail), 0, step->name);

        f->exit_status = at->exit_status ? at->exit_status : (int)step->exit_status;
        f->error = -error;
        if (at->what) {
                n = append(f->detail, sizeof(f->detail), n, ": ");
                (void)append(f->detail, sizeof(f->detail), n, at->what);
        }
        if (at->exec_fd >= 0)
                (void)CHILD_CALL(SYS_write, at->exec_fd, f, sizeof(*f));
}

int exec_child(void *child) {
        const struct exec_child *c = child;
        struct progress at = { .child = c, .plan = c->plan, .exec_fd = c->exec_fd };

        for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
                int r;

                at.what = NULL;
                r = steps[i].run(&at);
                if (r < 0) {
                        report(&at, &steps[i], r);
                        break;
                }
        }
        for (;;)
                (void)CHILD_CALL(SYS_exit_group, c->report->exit_status);
}
