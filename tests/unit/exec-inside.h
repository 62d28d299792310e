/* SPDX-License-Identifier: MIT */
/* exec-inside: builds the plan of a hand-made unit, spawns it from a process of its own (the supervisor's part), and has the
 * child, which CLONE_PARENT makes the test's own, waited for and its output read. For the tests of plan and spawn.
 * Stands in for the unit's record of outcomes and for the compiler of policies, unless EXEC_INSIDE_REAL_UNITS is defined.
 */
#pragma once

#include "plan/plan-private.h"
#include "process/spawn.h"

#include "base/text.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#ifndef EXEC_INSIDE_REAL_UNITS
/* ---- what became of directives: stands in for the unit's own record ---------------------------------------------------- */

struct recorded {
        char key[64], why[200];
        enum outcome outcome;
};
static struct recorded recorded[32];
static size_t recorded_count;

int unit_set_outcome(struct unit *u UNUSED, const char *key, enum outcome outcome, const char *why) {
        if (recorded_count < ARRAY_LEN(recorded)) {
                struct recorded *r = &recorded[recorded_count++];

                (void)snprintf(r->key, sizeof(r->key), "%s", key);
                (void)snprintf(r->why, sizeof(r->why), "%s", why ? why : "");
                r->outcome = outcome;
        }
        return 0;
}

struct assignment unit_find_assignment(const struct unit *u UNUSED, const char *key UNUSED) {
        return (struct assignment){ 0 };
}

static inline const struct recorded *find_recorded(const char *key) {
        for (size_t i = 0; i < recorded_count; i++)
                if (text_equal(recorded[i].key, key))
                        return &recorded[i];
        return NULL;
}

/* ---- the policy of the unit under test: none, or this one ---------------------------------------------------------------- */

static struct seccomp_policy *policy_to_use;

int seccomp_compile(struct unit *unit UNUSED, struct diag *diag UNUSED, struct seccomp_policy **ret) {
        *ret = policy_to_use;
        return 0;
}
void seccomp_policy_unref(struct seccomp_policy *p UNUSED) { }
#endif

/* ---- one command -------------------------------------------------------------------------------------------------------- */

#define OUTPUT_MAX 65536u

struct fixture {
        struct unit unit;
        struct exec_settings exec;
        struct service_settings service;
        struct kill_settings kill;
        struct exec_command command;
        struct exec_runtime runtime;
        struct plan_request request;
        struct diag diag;
        char *argv[8];
        void (*prepare_supervisor)(void); /* runs there before the spawn; may be NULL */
        bool is_left_running; /* neither read nor waited for */

        /* what came of it */
        int built; /* of plan_build() */
        struct spawned spawned; /* its fds are closed */
        int spawn_error;
        bool has_pidfd;
        struct exec_failure failure;
        int wait_status;
        char output[OUTPUT_MAX]; /* of the log pipe */
};

static inline void fixture_init(struct fixture *f) {
        static char name[] = "try.service";

        *f = (struct fixture){ 0 };
#ifndef EXEC_INSIDE_REAL_UNITS
        recorded_count = 0;
        policy_to_use = NULL;
#endif
        f->unit = (struct unit){
                .name = name, .type = UNIT_SERVICE, .exec = &f->exec, .service = &f->service, .kill = &f->kill
        };
        f->exec.umask = 0022;
        f->exec.no_new_privileges = TRISTATE_UNSET;
        f->exec.private_mounts = TRISTATE_UNSET;
        f->exec.capability_bounding_set = CAPABILITIES_ALL;
        f->exec.coredump_filter = UNSET;
        f->exec.ignore_sigpipe = true;
        f->command.argv = f->argv;
        f->runtime = (struct exec_runtime){ .network_namespace_fd = -1, .ipc_namespace_fd = -1 };
        f->request = (struct plan_request){
                .unit = &f->unit,
                .command = &f->command,
                .kind = COMMAND_START,
                .diag = &f->diag,
                .runtime = &f->runtime,
                .log_fd = -1,
                .socket_fd = -1,
                .cgroup_fd = -1,
        };
        (void)sigemptyset(&f->request.signal_mask);
}

/* The same test may run elsewhere on the machine at the same time: what is named after the invocation is ours. */
static inline const char *own_invocation_id(void) {
        static char id[33];

        (void)snprintf(id, sizeof(id), "%032x", (unsigned)getpid());
        return id;
}

/* The command: /bin/sh -c script. */
static inline void fixture_script(struct fixture *f, const char *script) {
        f->command.path = (char *)"/bin/sh";
        f->argv[0] = (char *)"sh";
        f->argv[1] = (char *)"-c";
        f->argv[2] = (char *)script;
        f->command.flags |= EXEC_NO_ENV_EXPAND;
}

/* In the part of the supervisor: spawns, tells what it knows, ends. */
static inline void act_as_supervisor(struct fixture *f, const struct plan *plan, struct fixture *shared) {
        struct spawned s = { .exec_fd = -1 };

        if (f->prepare_supervisor)
                f->prepare_supervisor();
        shared->spawn_error = spawn(plan, &s);
        if (shared->spawn_error == 0 && s.exec_fd >= 0) {
                int flags = fcntl(s.exec_fd, F_GETFL);
                int r;

                (void)fcntl(s.exec_fd, F_SETFL, flags & ~O_NONBLOCK);
                r = spawn_read_exec_fd(s.exec_fd, &s.failure);
                s.has_execed = r == 1;
        }
        shared->spawned = s;
        shared->has_pidfd = s.pidfd >= 0 && fcntl(s.pidfd, F_GETFD) == FD_CLOEXEC;
        _exit(0);
}

static inline void read_output(struct fixture *f, int fd) {
        size_t length = 0;
        ssize_t n;

        while ((n = read(fd, f->output + length, sizeof(f->output) - 1 - length)) > 0)
                length += (size_t)n;
        f->output[length] = 0;
}

/* Builds, spawns, reads all output, waits. With f->request.log_fd >= 0 that is used and nothing is read. */
static inline void fixture_run(struct fixture *f) {
        struct fixture *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        struct plan *plan = NULL;
        int fds[2] = { -1, -1 }, status;
        pid_t supervisor;

        ck_assert_ptr_ne(shared, MAP_FAILED);
        if (f->request.log_fd < 0) {
                ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
                f->request.log_fd = fds[1];
        }
        f->built = plan_build(&f->request, &plan, &f->failure);
        if (f->built == 0) {
                supervisor = fork();
                if (supervisor == 0)
                        act_as_supervisor(f, plan, shared);
                ck_assert_int_eq(waitpid(supervisor, &status, 0), supervisor);
                ck_assert_int_eq(status, 0);
                f->spawn_error = shared->spawn_error;
                f->spawned = shared->spawned;
                f->has_pidfd = shared->has_pidfd;
                f->failure = f->spawned.failure;
        }
        if (fds[1] >= 0) {
                (void)close(fds[1]);
                f->request.log_fd = -1;
        }
        if (f->built == 0 && f->spawn_error == 0 && !f->is_left_running) {
                if (fds[0] >= 0)
                        read_output(f, fds[0]);
                ck_assert_int_eq(waitpid(f->spawned.pid, &f->wait_status, 0), f->spawned.pid);
        }
        if (fds[0] >= 0)
                (void)close(fds[0]);
        plan_free(plan);
        (void)munmap(shared, sizeof(*shared));
}

/* Runs a script whose output is expected. */
static inline void assert_output(struct fixture *f, const char *script, const char *expected) {
        fixture_script(f, script);
        fixture_run(f);
        ck_assert_msg(f->built == 0, "plan_build: %d %s", f->built, f->failure.detail);
        ck_assert_int_eq(f->spawn_error, 0);
        ck_assert_msg(f->spawned.has_execed, "%d: %s", f->failure.exit_status, f->failure.detail);
        ck_assert_str_eq(f->output, expected);
        ck_assert_int_eq(f->wait_status, 0);
}
