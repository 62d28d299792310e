/* SPDX-License-Identifier: MIT */
/* resources: what a unit asks of the machine, cut down to what we may give. The attempts leave the supervisor as it was: what
 * one may raise, one may lower again.
 */
#include "resources.h"

#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/ioprio.h>
#include <sys/personality.h>
#include <sys/syscall.h>

/* ---- limits ---------------------------------------------------------------------------------------------------------- */

static const char *const limit_keys[RLIMIT_COUNT] = {
        [RLIMIT_CPU] = "Service.LimitCPU",           [RLIMIT_FSIZE] = "Service.LimitFSIZE",
        [RLIMIT_DATA] = "Service.LimitDATA",         [RLIMIT_STACK] = "Service.LimitSTACK",
        [RLIMIT_CORE] = "Service.LimitCORE",         [RLIMIT_RSS] = "Service.LimitRSS",
        [RLIMIT_NPROC] = "Service.LimitNPROC",       [RLIMIT_NOFILE] = "Service.LimitNOFILE",
        [RLIMIT_MEMLOCK] = "Service.LimitMEMLOCK",   [RLIMIT_AS] = "Service.LimitAS",
        [RLIMIT_LOCKS] = "Service.LimitLOCKS",       [RLIMIT_SIGPENDING] = "Service.LimitSIGPENDING",
        [RLIMIT_MSGQUEUE] = "Service.LimitMSGQUEUE", [RLIMIT_NICE] = "Service.LimitNICE",
        [RLIMIT_RTPRIO] = "Service.LimitRTPRIO",     [RLIMIT_RTTIME] = "Service.LimitRTTIME",
};

static int set_own_limit(int resource, const struct rlimit *value) {
        return prlimit(0, (__rlimit_resource_t)resource, value, NULL) < 0 ? -errno : 0;
}

/* May a child of ours have this hard limit? Only raising it needs a right. The soft limit stays meanwhile. */
static bool can_have_hard_limit(int resource, rlim_t hard, const struct rlimit *ours) {
        struct rlimit raised = { .rlim_cur = ours->rlim_cur, .rlim_max = hard };

        if (hard <= ours->rlim_max)
                return true;
        if (set_own_limit(resource, &raised) < 0)
                return false;
        (void)set_own_limit(resource, ours);
        return true;
}

static void say_limit(struct unit *unit, int resource, rlim_t hard) {
        owned_str why = text_printf("the hard limit cannot be raised above %" PRIu64 " here; that is what it got",
                                    (uint64_t)hard);

        (void)unit_set_outcome(unit, limit_keys[resource], OUTCOME_UNAVAILABLE, why);
}

static void add_limit(struct plan_resources *r, int resource, const struct rlimit *value) {
        r->limits[r->limit_count++] = (struct plan_limit){ .resource = resource, .value = *value };
}

/* The wanted limit, or the nearest to it that is allowed. */
static void resolve_limit(struct unit *unit, struct plan_resources *r, int resource, struct rlimit wanted) {
        struct rlimit ours;

        if (prlimit(0, (__rlimit_resource_t)resource, NULL, &ours) < 0)
                return;
        if (!can_have_hard_limit(resource, wanted.rlim_max, &ours)) {
                wanted.rlim_max = ours.rlim_max;
                say_limit(unit, resource, ours.rlim_max);
        }
        wanted.rlim_cur = MIN(wanted.rlim_cur, wanted.rlim_max);
        if (wanted.rlim_cur != ours.rlim_cur || wanted.rlim_max != ours.rlim_max)
                add_limit(r, resource, &wanted);
}

static void resolve_limits(const struct plan_request *request, struct plan_resources *r) {
        const struct exec_settings *e = request->unit->exec;
        bool is_limited = !plan_has_full_privileges(request);

        for (int i = 0; i < RLIMIT_COUNT; i++) {
                bool is_mark = i == RLIMIT_LOCKS && request->tracking_mark > 0;

                if (is_mark) {
                        struct rlimit mark = { .rlim_cur = request->tracking_mark, .rlim_max = request->tracking_mark };

                        add_limit(r, i, &mark);
                        if (e->limits[i].is_set)
                                (void)unit_set_outcome(
                                        request->unit, limit_keys[i], OUTCOME_UNAVAILABLE,
                                        "Linux does not enforce it; keel marks the unit's processes with it");
                } else if (is_limited && e->limits[i].is_set) {
                        resolve_limit(request->unit, r, i,
                                      (struct rlimit){ .rlim_cur = e->limits[i].soft, .rlim_max = e->limits[i].hard });
                } else if (i == RLIMIT_NOFILE && request->original_nofile.rlim_max > 0) {
                        resolve_limit(request->unit, r, i, request->original_nofile);
                }
        }
}

/* ---- attempts on ourselves ------------------------------------------------------------------------------------------- */

static bool record(struct unit *unit, const char *key, int error, const char *what) {
        owned_str why = NULL;

        if (error == 0)
                return true;
        why = text_printf("%s (%s)", what, strerror(-error));
        (void)unit_set_outcome(unit, key, OUTCOME_UNAVAILABLE, why);
        return false;
}

static int try_nice(int wanted) {
        int ours;

        errno = 0;
        ours = getpriority(PRIO_PROCESS, 0);
        if (errno || wanted >= ours)
                return -errno;
        if (setpriority(PRIO_PROCESS, 0, wanted) < 0)
                return -errno;
        (void)setpriority(PRIO_PROCESS, 0, ours);
        return 0;
}

static int try_file(const char *path, const char *text, bool needs_right) {
        owned_str ours = NULL;
        int r;

        if (!needs_right)
                return access(path, W_OK) < 0 ? -errno : 0;
        r = sys_read_file(AT_FDCWD, path, 64, &ours, NULL);
        if (r < 0)
                return r;
        r = sys_write_file(AT_FDCWD, path, text);
        if (r >= 0)
                (void)sys_write_file(AT_FDCWD, path, ours);
        return r;
}

static int try_io_priority(int wanted) {
        long ours = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);

        if (ours < 0 || syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, wanted) < 0)
                return -errno;
        (void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, ours);
        return 0;
}

/* Only the real-time policies need a right; leaving them does not. */
static int try_cpu_policy(int policy, int priority) {
        struct sched_param wanted = { .sched_priority = priority }, ours = { 0 };
        int our_policy = sched_getscheduler(0);

        if (policy != SCHED_FIFO && policy != SCHED_RR)
                return 0;
        if (our_policy < 0 || sched_getparam(0, &ours) < 0 || sched_setscheduler(0, policy, &wanted) < 0)
                return -errno;
        (void)sched_setscheduler(0, our_policy, &ours);
        return 0;
}

static int try_cpu_affinity(const cpu_set_t *wanted) {
        cpu_set_t ours;

        if (sched_getaffinity(0, sizeof(ours), &ours) < 0 || sched_setaffinity(0, sizeof(*wanted), wanted) < 0)
                return -errno;
        (void)sched_setaffinity(0, sizeof(ours), &ours);
        return 0;
}

static int try_personality(unsigned long wanted) {
        int ours = personality(0xffffffff);

        if (ours < 0 || personality(wanted) < 0)
                return -errno;
        (void)personality((unsigned long)ours);
        return 0;
}

/* ---- all of it ------------------------------------------------------------------------------------------------------- */

static void resolve_scheduling(struct unit *unit, struct plan_resources *r) {
        const struct exec_settings *e = unit->exec;

        if (e->nice_set && record(unit, "Service.Nice", try_nice(e->nice), "this nice level is not allowed here")) {
                r->sets_nice = true;
                r->nice = e->nice;
        }
        r->io_priority = IOPRIO_PRIO_VALUE(e->io_class, e->io_priority);
        if (e->io_set) {
                int error = try_io_priority(r->io_priority);

                r->sets_io_priority = record(unit, "Service.IOSchedulingClass", error, "not allowed here");
                (void)record(unit, "Service.IOSchedulingPriority", error, "not allowed here");
        }
        if (e->cpu_policy_set) {
                int error = try_cpu_policy(e->cpu_policy, e->cpu_priority);

                r->sets_cpu_policy = record(unit, "Service.CPUSchedulingPolicy", error, "not allowed here");
                (void)record(unit, "Service.CPUSchedulingPriority", error, "not allowed here");
                r->cpu_policy = e->cpu_policy | (e->cpu_reset_on_fork ? SCHED_RESET_ON_FORK : 0);
                r->cpu_priority = e->cpu_priority;
        }
        if (e->cpu_affinity_set) {
                r->cpu_affinity = e->cpu_affinity;
                r->sets_cpu_affinity = record(unit, "Service.CPUAffinity", try_cpu_affinity(&e->cpu_affinity),
                                              "none of these CPUs is for us");
        }
        r->sets_timer_slack = e->timer_slack_set;
        r->timer_slack_ns = (unsigned long)e->timer_slack_ns;
}

static void resolve_process_files(struct unit *unit, struct plan_resources *r) {
        const struct exec_settings *e = unit->exec;
        const char *path;

        if (e->oom_score_adjust_set) {
                path = "/proc/self/oom_score_adj";
                (void)snprintf(r->oom_score_adjust, sizeof(r->oom_score_adjust), "%d", e->oom_score_adjust);
                if (!record(unit, "Service.OOMScoreAdjust", try_file(path, r->oom_score_adjust, true),
                            "this value is not allowed here"))
                        r->oom_score_adjust[0] = 0;
        }
        if (e->coredump_filter != UNSET) {
                path = "/proc/self/coredump_filter";
                (void)snprintf(r->coredump_filter, sizeof(r->coredump_filter), "0x%x", (unsigned)e->coredump_filter);
                if (!record(unit, "Service.CoredumpFilter", try_file(path, r->coredump_filter, false),
                            "/proc/self/coredump_filter cannot be written"))
                        r->coredump_filter[0] = 0;
        }
}

void resources_resolve(const struct plan_request *request, struct plan *p) {
        struct unit *unit = request->unit;
        const struct exec_settings *e = unit->exec;
        struct plan_resources *r = &p->resources;

        r->umask = e->umask;
        resolve_limits(request, r);
        resolve_scheduling(unit, r);
        resolve_process_files(unit, r);
        if (e->personality_set) {
                r->personality = e->personality;
                r->sets_personality = record(unit, "Service.Personality", try_personality(e->personality),
                                             "this kernel does not have it");
        }
}
