/* SPDX-License-Identifier: MIT */
/* tracker: finds, signals and counts a unit's processes.
 *
 * By cgroup the kernel keeps the list. By mark, the list is every process of /proc whose hard RLIMIT_LOCKS lies in the unit's
 * span. Marks nest: keel's own hard limit tells how many low bits are still free, and a nested keel draws its marks out of
 * the span of the outer one, so that the outer one goes on seeing all of them. A process can only lower its limit (without
 * CAP_SYS_RESOURCE), so one that wants to get away from a stop can; a cgroup is the better means wherever there is one.
 * Signals by mark go through pidfds checked after opening: a pid that was reused meanwhile is never hit.
 */
#include "tracker.h"

#include "base/pids.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdalign.h>
#include <sys/random.h>

#define LIMITS_FILE_MAX 8192u
#define ROUNDS_MAX      64
#define EMPTY_LOOKS     4

/* The free low bits of the three levels that nest. */
static const unsigned level_bits[] = { 32, 16, 0 };

void tracker_init(struct tracker *t) {
        *t = (struct tracker){ .cgroup_fd = -1, .events_fd = -1 };
}

void tracker_close(struct tracker *t) {
        close_fd(&t->cgroup_fd);
        close_fd(&t->events_fd);
        free(t->cgroup_path);
        tracker_init(t);
}

/* ---- marks ---------------------------------------------------------------------------------------------------------- */

static uint64_t low_ones(unsigned bits) {
        return (1ull << bits) - 1;
}

/* All marks that belong to this one: itself, and what a keel below it may have drawn. */
static uint64_t mark_first(uint64_t mark) {
        for (size_t i = 0; i < ARRAY_LEN(level_bits); i++)
                if ((mark & low_ones(level_bits[i])) == low_ones(level_bits[i]))
                        return mark & ~low_ones(level_bits[i]);
        return mark;
}

/* Draws one below our own hard limit. The value is random: unique without anything to be remembered. */
uint64_t tracker_draw_mark(uint64_t own_hard_limit) {
        uint64_t random = 0, prefix = 0, span = 1ull << 31;
        unsigned bits = 32;

        if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
                random = clock_monotonic_us() * 2654435761u;
        if (own_hard_limit != RLIM_INFINITY) {
                bits = (own_hard_limit & low_ones(32)) == low_ones(32) ? 16 : 0;
                if (bits == 0 && (own_hard_limit & low_ones(16)) != low_ones(16)) {
                        /* Somebody else's limit: one level, anything below it. */
                        return own_hard_limit < 3 ? 0 : 1 + random % (own_hard_limit - 1);
                }
                span = 1ull << 16;
                prefix = own_hard_limit & ~low_ones(bits + 16);
        }
        /* All ones would be the outer mark itself, zero no mark. */
        return prefix | (1 + random % (span - 2)) << bits | low_ones(bits);
}

/* The hard RLIMIT_LOCKS of a process. prlimit is quick, but only for processes of our own user; the file is for all. */
static int locks_limit(pid_t pid, uint64_t *ret) {
        static const char label[] = "Max file locks";
        owned_str text = NULL;
        char file[40], *at, *end;
        struct rlimit limit;
        int r;

        if (prlimit(pid, RLIMIT_LOCKS, NULL, &limit) == 0) {
                *ret = limit.rlim_max;
                return 0;
        }
        if (errno == ESRCH)
                return -ESRCH;
        (void)snprintf(file, sizeof file, "/proc/%d/limits", pid);
        r = sys_read_file(AT_FDCWD, file, LIMITS_FILE_MAX, &text, NULL);
        if (r < 0)
                return r == -ENOENT ? -ESRCH : r;
        at = strstr(text, label);
        if (!at)
                return -ENODATA;
        /* Soft limit, hard limit, each a number or the word "unlimited". */
        at += sizeof label - 1;
        at += strspn(at, " ");
        at += strcspn(at, " ");
        at += strspn(at, " ");
        *ret = strtoull(at, &end, 10);
        if (end == at)
                *ret = RLIM_INFINITY;
        return 0;
}

/* 1, 0, or -ESRCH. */
static int has_mark(uint64_t mark, pid_t pid) {
        uint64_t limit = 0;
        int r = locks_limit(pid, &limit);

        if (r < 0)
                return r;
        return limit >= mark_first(mark) && limit <= mark;
}

/* Ended, whether reaped or not. */
static bool is_dead(pid_t pid) {
        owned_str text = NULL;
        char file[40];
        const char *end;

        (void)snprintf(file, sizeof file, "/proc/%d/stat", pid);
        if (sys_read_file(AT_FDCWD, file, LIMITS_FILE_MAX, &text, NULL) < 0)
                return true;
        end = strrchr(text, ')');
        return !end || end[1] == 0 || strchr("ZXx", end[2]) != NULL;
}

/* What to do with each process that a walk finds; negative ends the walk. */
typedef int visit_fn(pid_t pid, void *user);

/* Visits every living process with the mark while it walks, not after: what forks and exits all the time is only there
 * for a moment. Hence small pieces of the folder (one name of 255 bytes must fit), each from its newest pid down. */
static int visit_marked(uint64_t mark, visit_fn *visit, void *user) {
        owned_fd fd = sys_openat(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        alignas(struct dirent64) char entries[320];
        pid_t self = getpid();

        if (fd < 0)
                return fd;
        for (;;) {
                ssize_t length = getdents64(fd, entries, sizeof entries);
                pid_t pids[sizeof entries / 24];
                size_t count = 0;

                if (length <= 0)
                        return length < 0 ? -errno : 0;
                for (ssize_t at = 0; at < length && count < ARRAY_LEN(pids);) {
                        const struct dirent64 *e = (const void *)(entries + at);

                        pids[count++] = (pid_t)strtol(e->d_name, NULL, 10);
                        at += e->d_reclen;
                }
                while (count-- > 0) {
                        int r = 0;

                        if (pids[count] > 1 && pids[count] != self && has_mark(mark, pids[count]) > 0 &&
                            !is_dead(pids[count]))
                                r = visit(pids[count], user);
                        if (r < 0)
                                return r;
                }
        }
}

static int visit_add(pid_t pid, void *user) {
        return pids_add(user, pid);
}

static int pids_by_mark(uint64_t mark, pid_t **ret, size_t *ret_count) {
        struct pids found = { 0 };
        int r = visit_marked(mark, visit_add, &found);

        if (r < 0) {
                free(found.items);
                return r;
        }
        *ret = found.items;
        *ret_count = found.count;
        return 0;
}

/* On a level where few marks are left, the same one may still be in use. */
static int draw_unused_mark(uint64_t *ret) {
        struct rlimit own = { RLIM_INFINITY, RLIM_INFINITY };

        (void)getrlimit(RLIMIT_LOCKS, &own);
        for (int attempt = 0; attempt < 16; attempt++) {
                uint64_t mark = tracker_draw_mark(own.rlim_max);
                owned_mem pid_t *pids = NULL;
                size_t count = 0;
                int r;

                if (mark == 0)
                        return -ENOSPC;
                r = own.rlim_max == RLIM_INFINITY ? 0 : pids_by_mark(mark, &pids, &count);
                if (r < 0)
                        return r;
                if (count == 0) {
                        *ret = mark;
                        return 0;
                }
        }
        return -ENOSPC;
}

/* ---- opening and removing ------------------------------------------------------------------------------------------- */

int tracker_open(struct tracker *t, struct cgroup_root *root, struct unit *unit, const char *cgroup_path, bool adopt) {
        owned_fd fd = -1;
        owned_str path = NULL;
        uint64_t mark = adopt ? t->mark : 0;
        int r;

        if (root->fd < 0) {
                if (mark == 0) {
                        r = draw_unused_mark(&mark);
                        if (r < 0)
                                return r;
                }
                (void)cgroup_apply_fresh(root, -1, unit);
                tracker_close(t);
                t->mark = mark;
                return 0;
        }
        path = strdup(cgroup_path);
        if (!path)
                return -ENOMEM;
        r = cgroup_create(root, cgroup_path, cgroup_wanted_controllers(unit->cgroup), adopt, &fd);
        if (r < 0)
                return r;
        r = r > 0 ? cgroup_apply(root, fd, unit) : cgroup_apply_fresh(root, fd, unit);
        if (r < 0)
                return r;
        tracker_close(t);
        t->cgroup_fd = take_fd(&fd);
        t->cgroup_path = take_ptr(path);
        return 0;
}

int tracker_remove(struct tracker *t, const struct cgroup_root *root) {
        int r;

        if (t->cgroup_path)
                return cgroup_remove(root, t->cgroup_path);
        r = tracker_is_populated(t);
        return r > 0 ? -EBUSY : r;
}

int tracker_remove_empty(struct tracker *t, const struct cgroup_root *root) {
        int r = t->cgroup_path && root->fd >= 0 ? sys_unlinkat(root->fd, t->cgroup_path, AT_REMOVEDIR) : -ENOTCONN;

        if (r >= 0)
                tracker_close(t);
        return r;
}

/* ---- asking --------------------------------------------------------------------------------------------------------- */

int tracker_pids(const struct tracker *t, pid_t **ret, size_t *ret_count) {
        if (t->cgroup_fd >= 0)
                return cgroup_pids(t->cgroup_fd, ret, ret_count);
        if (t->mark > 0)
                return pids_by_mark(t->mark, ret, ret_count);
        *ret = NULL;
        *ret_count = 0;
        return 0;
}

static int visit_stop(pid_t pid UNUSED, void *user UNUSED) {
        return -EEXIST;
}

int tracker_is_populated(const struct tracker *t) {
        int r = 0;

        if (t->cgroup_fd >= 0) {
                r = t->events_fd >= 0 ? cgroup_events_tell_populated(t->events_fd) : cgroup_is_populated(t->cgroup_fd);
                return r == -ENOENT ? 0 : r;
        }
        /* What forks and exits all the time slips through one look now and then; through a few in a row it does not. */
        for (int look = 0; r >= 0 && t->mark > 0 && look < EMPTY_LOOKS; look++)
                r = visit_marked(t->mark, visit_stop, NULL);
        return r == -EEXIST ? 1 : r;
}

void tracker_keep_events(struct tracker *t) {
        struct rlimit limit;

        if (t->cgroup_fd < 0 || t->events_fd >= 0)
                return;
        t->events_fd = sys_shelve(cgroup_open_events(t->cgroup_fd));
        /* Fds are given from below: half of them stay for what cannot do without. */
        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || (rlim_t)MAX(t->events_fd, 0) >= limit.rlim_cur / 2)
                close_fd(&t->events_fd);
}

int tracker_has_pid(const struct tracker *t, const struct cgroup_root *root, pid_t pid) {
        owned_str path = NULL;
        const char *rest;
        int r;

        if (pid <= 0)
                return -ESRCH;
        if (!t->cgroup_path)
                return t->mark > 0 ? has_mark(t->mark, pid) : 0;
        r = cgroup_of_pid(root, pid, &path);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        rest = text_after(path, t->cgroup_path);
        return rest && (*rest == 0 || *rest == '/');
}

/* ---- signals -------------------------------------------------------------------------------------------------------- */

static bool contains(const pid_t *pids, size_t count, pid_t pid) {
        for (size_t i = 0; i < count; i++)
                if (pids[i] == pid)
                        return true;
        return false;
}

/* One process. By mark it must still be the one that carries the mark. 1 it got the signal, 0 it is gone, -errno. */
static int signal_one(const struct tracker *t, pid_t pid, int signal) {
        owned_fd pidfd = -1;
        int r;

        if (t->cgroup_fd >= 0) {
                r = sys_kill(pid, signal);
                return r == -ESRCH ? 0 : r < 0 ? r : 1;
        }
        pidfd = sys_pidfd_open(pid, 0);
        if (pidfd == -ENOSYS || pidfd == -EPERM) /* gVisor, old filters */
                r = has_mark(t->mark, pid) > 0 ? sys_kill(pid, signal) : -ESRCH;
        else if (pidfd < 0)
                r = pidfd;
        else
                r = has_mark(t->mark, pid) > 0 ? sys_pidfd_send_signal(pidfd, signal) : -ESRCH;
        return r == -ESRCH ? 0 : r < 0 ? r : 1;
}

struct signalling {
        const struct tracker *tracker;
        int signal;
        const pid_t *except;
        size_t except_count;
        struct pids seen; /* got it, or could not get it */
        int sent, error;
};

static int visit_signal(pid_t pid, void *user) {
        struct signalling *s = user;
        int r;

        if (contains(s->except, s->except_count, pid) || contains(s->seen.items, s->seen.count, pid))
                return 0;
        r = signal_one(s->tracker, pid, s->signal);
        if (r < 0)
                s->error = r;
        else
                s->sent += r;
        return pids_add(&s->seen, pid);
}

static int visit_all(struct signalling *s) {
        owned_mem pid_t *pids = NULL;
        size_t count = 0;
        int r;

        if (s->tracker->cgroup_fd < 0)
                return visit_marked(s->tracker->mark, visit_signal, s);
        r = cgroup_pids(s->tracker->cgroup_fd, &pids, &count);
        for (size_t i = 0; r >= 0 && i < count; i++)
                r = visit_signal(pids[i], s);
        return r;
}

/* Sends it to everyone once, and again to those that have appeared meanwhile, until a look (by mark: two in a row) finds
 * nobody new. */
static int signal_until_stable(const struct tracker *t, int signal, const pid_t *except, size_t except_count) {
        struct signalling s = { .tracker = t, .signal = signal, .except = except, .except_count = except_count };
        int quiet = 0, r = 0;

        for (int round = 0; r >= 0 && quiet < (t->cgroup_fd >= 0 ? 1 : 2) && round < ROUNDS_MAX; round++) {
                size_t before = s.seen.count;

                r = visit_all(&s);
                quiet = s.seen.count == before ? quiet + 1 : 0;
        }
        free(s.seen.items);
        if (r < 0)
                return r;
        return s.sent == 0 && s.error < 0 ? s.error : s.sent;
}

int tracker_signal(const struct tracker *t, int signal, const pid_t *except, size_t except_count) {
        owned_mem pid_t *pids = NULL;
        size_t count = 0;
        int r;

        if (t->cgroup_fd < 0 && t->mark == 0)
                return 0;
        if (signal == SIGKILL && t->cgroup_fd >= 0 && except_count == 0) {
                r = cgroup_pids(t->cgroup_fd, &pids, &count);
                if (r < 0 || count == 0)
                        return r;
                r = cgroup_kill(t->cgroup_fd);
                return r < 0 ? r : (int)count;
        }
        if (signal != SIGKILL)
                return signal_until_stable(t, signal, except, except_count);
        /* What forks faster than we look must stand still first. The killed ones wake up only to die. */
        if (t->cgroup_fd >= 0)
                (void)cgroup_freeze(t->cgroup_fd, true);
        else
                (void)signal_until_stable(t, SIGSTOP, except, except_count);
        r = signal_until_stable(t, SIGKILL, except, except_count);
        if (t->cgroup_fd >= 0)
                (void)cgroup_freeze(t->cgroup_fd, false);
        return r;
}
