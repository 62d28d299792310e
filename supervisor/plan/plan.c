/* SPDX-License-Identifier: MIT */
/* plan: one command of a unit becomes a plan: each part is resolved by its own file, in the order of the table below. Never logs: the caller knows the unit.
 */
#include "plan-private.h"

#include "base/text.h"
#include "command.h"
#include "credentials.h"
#include "environment.h"
#include "privileges.h"
#include "resources.h"
#include "directories.h"
#include "mounts.h"
#include "stdio.h"

#include <errno.h>

int exec_fail(struct exec_failure *failure, enum exit_status status, int error, const char *format, ...) {
        va_list ap;

        failure->exit_status = (int)status;
        failure->error = -error;
        va_start(ap, format);
        (void)vsnprintf(failure->detail, sizeof(failure->detail), format, ap);
        va_end(ap);
        return error;
}

bool plan_has_full_privileges(const struct plan_request *request) {
        const struct service_settings *s = request->unit->service;

        return request->command->flags & EXEC_FULL_PRIVILEGES ||
               (s && s->permissions_start_only && request->kind != COMMAND_START);
}

bool plan_applies_root_directory(const struct plan_request *request) {
        const struct service_settings *s = request->unit->service;

        return request->unit->exec->root_directory &&
               !(s && s->root_directory_start_only && request->kind != COMMAND_START);
}

int plan_fds_end(const struct plan *p) {
        int last = STDERR_FILENO;

        for (size_t i = 0; i < ARRAY_LEN(p->streams); i++)
                if (p->streams[i].source == STREAM_FD)
                        last = MAX(last, p->streams[i].fd);
        for (size_t i = 0; i < p->fd_count; i++)
                last = MAX(last, p->fds[i]);
        for (size_t i = 0; p->mounts && i < p->mounts->count; i++)
                if (p->mounts->steps[i].op == MOUNT_OP_JOIN)
                        last = MAX(last, p->mounts->steps[i].fd);
        return last + 1;
}

/* ---- the parts --------------------------------------------------------------------------------------------------------- */

static int build_credentials(const struct plan_request *request, struct plan *p, struct exec_failure *failure) {
        return credentials_resolve(request->unit, &p->credentials, failure);
}

static int build_directories(const struct plan_request *request, struct plan *p, struct exec_failure *failure) {
        return directories_prepare(request, &p->credentials, failure);
}

static int build_mounts(const struct plan_request *request, struct plan *p, struct exec_failure *failure) {
        int r = mount_plan_build(request, &p->credentials, &p->mounts, failure);

        p->takes_long = p->takes_long || mount_plan_is_long(p->mounts);
        return r;
}

static int build_program(const struct plan_request *request, struct plan *p, struct exec_failure *failure) {
        const struct exec_command *c = request->command;
        const char *path = environment_get(request->manager_environment, "PATH", 4);
        char *own_argv[] = { c->path, NULL };
        char *const *argv = c->argv && c->argv[0] ? c->argv : own_argv;
        int r;

        if (c->flags & EXEC_NO_ENV_EXPAND) {
                p->argv = strv_copy(argv);
                r = p->argv ? 0 : -ENOMEM;
        } else {
                r = command_expand(argv, p->environment, &p->argv);
        }
        if (r < 0)
                return exec_fail(failure, EXIT_STATUS_MEMORY, r, "out of memory");
        r = command_find(c->path, path ? path : DEFAULT_PATH,
                         plan_applies_root_directory(request) ? request->unit->exec->root_directory : NULL, &p->path);
        return r < 0 ? exec_fail(failure, EXIT_STATUS_EXEC, r, "program '%s'", c->path) : 0;
}

static int build_working_directory(const struct plan_request *request, struct plan *p, struct exec_failure *failure) {
        const struct exec_settings *e = request->unit->exec;
        const struct resolved_credentials *c = &p->credentials;
        const char *directory = e->working_directory;

        if (directory && text_equal(directory, "~"))
                directory = c->home ? c->home : c->uid == 0 ? "/root" : NULL;
        else if (text_is_empty(directory))
                directory = "/";
        if (!directory && !e->working_directory_optional)
                return exec_fail(failure, EXIT_STATUS_CHDIR, -ENOENT, "user '%s' has no home directory",
                                 c->user ? c->user : "");
        p->working_directory = strdup(directory ? directory : "/");
        p->working_directory_is_optional = e->working_directory_optional;
        return p->working_directory ? 0 : exec_fail(failure, EXIT_STATUS_MEMORY, -ENOMEM, "out of memory");
}

static int build_resources(const struct plan_request *request, struct plan *p, struct exec_failure *failure) {
        (void)failure;
        resources_resolve(request, p);
        return 0;
}

static int build_seccomp(const struct plan_request *request, struct plan *p, struct exec_failure *failure) {
        int r;

        if (plan_has_full_privileges(request))
                return 0;
        r = seccomp_compile(request->unit, request->diag, &p->seccomp);
        return r < 0 ? exec_fail(failure, EXIT_STATUS_SECCOMP, r, "the system call filter could not be compiled") : 0;
}

static int build_privileges(const struct plan_request *request, struct plan *p, struct exec_failure *failure) {
        int r = privileges_resolve(request, p);

        p->terminal.is_given_away = p->privileges.sets_uid && p->streams[0].source == STREAM_TTY;
        return r < 0 ? exec_fail(failure, EXIT_STATUS_MEMORY, r, "out of memory") : 0;
}

/* Each may use what the ones before it have filled in. */
static int (*const parts[])(const struct plan_request *, struct plan *, struct exec_failure *) = {
        build_credentials, build_directories, build_mounts,     stdio_resolve,
        stdio_resolve_fds, environment_build, build_program,    build_working_directory,
        build_resources,   build_seccomp,     build_privileges,
};

int plan_build(const struct plan_request *request, struct plan **ret, struct exec_failure *failure) {
        struct plan *p;

        *failure = (struct exec_failure){ 0 };
        if (!request->unit->exec)
                return exec_fail(failure, 0, -EINVAL, "a unit of this type has no processes");
        p = calloc(1, sizeof(*p));
        if (!p)
                return exec_fail(failure, EXIT_STATUS_MEMORY, -ENOMEM, "out of memory");
        p->cgroup_fd = request->cgroup_fd;
        p->pid_slot = request->pid_slot;
        p->signal_mask = request->signal_mask;
        p->ignores_sigpipe = request->unit->exec->ignore_sigpipe;
        for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
                int r = parts[i](request, p, failure);

                if (r < 0) {
                        plan_free(p);
                        return r;
                }
        }
        *ret = p;
        return 0;
}

void plan_free(struct plan *p) {
        if (!p)
                return;
        stdio_release(p);
        privileges_release(&p->privileges);
        resolved_credentials_release(&p->credentials);
        mount_plan_free(p->mounts);
        seccomp_policy_unref(p->seccomp);
        strv_free(p->argv);
        strv_free(p->environment);
        free(p->path);
        free(p->working_directory);
        free(p);
}
