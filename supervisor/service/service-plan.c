/* SPDX-License-Identifier: MIT */
/* service-plan: a command of a service as a plan: what plan_build() is asked for, in the moment in which it is to be run. */
#include "service-private.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static struct host *host_of(const struct service *s) {
        return s->object.host;
}

/* SERVICE_RESULT= and its siblings for ExecStop= and ExecStopPost= (systemd.exec(5)). */
static char **end_environment(const struct service *s) {
        owned_strv v = NULL;
        char *text = text_printf("SERVICE_RESULT=%s", result_name(s->result));
        if (!text || strv_adopt(&v, text) < 0)
                return NULL;
        const struct process_info *p = &s->main;
        if (p->has_ended && p->last_pid > 0) {
                bool is_exit = WIFEXITED(p->status);
                const char *signal = is_exit ? NULL : signal_name(WTERMSIG(p->status));
                const char *code = is_exit ? "exited" : WCOREDUMP(p->status) ? "dumped" : "killed";
                text = text_printf("EXIT_CODE=%s", code);
                if (!text || strv_adopt(&v, text) < 0)
                        return NULL;
                text = is_exit ? text_printf("EXIT_STATUS=%d", WEXITSTATUS(p->status))
                               : text_printf("EXIT_STATUS=%s", signal ? signal + 3 : "?");
                if (!text || strv_adopt(&v, text) < 0)
                        return NULL;
        }
        return take_ptr(v);
}

static const char *notify_socket_for(const struct service *s) {
        return s->object.unit->service->notify_access > NOTIFY_ACCESS_NONE ? host_of(s)->notify_path : NULL;
}

static void fill_request(struct service *s, const struct exec_command *command, enum service_command kind,
                         struct plan_request *q) {
        struct host *h = host_of(s);
        bool has_started = kind == COMMAND_START_POST || kind == COMMAND_RELOAD || kind == COMMAND_STOP;
        *q = (struct plan_request){
                .unit = s->object.unit,
                .command = command,
                .kind = kind,
                .diag = h->context->diag,
                .runtime = &s->runtime,
                .log_fd = h->log_fd ? h->log_fd(h, &s->object, 0) : -1,
                .socket_fd = -1,
                .notify_socket = notify_socket_for(s),
                .watchdog_us = kind == COMMAND_START ? s->watchdog_us : 0,
                .main_pid = has_started ? s->main.pid : 0,
                .invocation_id = s->object.invocation_id,
                .manager_environment = h->environment,
                .cgroup_fd = s->object.tracker.cgroup_fd,
                .tracking_mark = s->object.tracker.mark,
                .original_nofile = h->original_nofile,
        };
        sigemptyset(&q->signal_mask);
}

/* What the plan found to be unavailable is told once per start; --strict takes it for a reason not to run at all. */
static int check_outcomes(struct service *s, enum service_command kind, struct exec_failure *failure) {
        bool is_strict = host_of(s)->is_strict;
        if (!is_strict && (kind != COMMAND_START || s->main_index > 0 || s->restart_count > 0))
                return 0;
        unsigned count = object_report_unavailable(&s->object);
        if (!is_strict || count == 0)
                return 0;
        *failure = (struct exec_failure){ .error = EOPNOTSUPP };
        (void)snprintf(failure->detail, sizeof failure->detail, "refused by --strict, %u directive%s unavailable",
                       count, count == 1 ? " is" : "s are");
        return -EOPNOTSUPP;
}

int32_t *service_pid_slot(struct service *s) {
        struct host *h = host_of(s);
        return h->pid_slot ? h->pid_slot(h, &s->object) : NULL;
}

int service_plan(struct service *s, const struct exec_command *command, enum service_command kind, struct plan **ret,
                 struct exec_failure *failure) {
        OWNED(plan) struct plan *plan = NULL;
        owned_strv environment = NULL;
        struct plan_request request;
        struct plan_fd fds[64];
        int r;

        fill_request(s, command, kind, &request);
        if (kind == COMMAND_STOP || kind == COMMAND_STOP_POST)
                request.environment = environment = end_environment(s);
        if (kind == COMMAND_START) {
                for (struct stored_fd *f = s->stored; f && request.fd_count < ARRAY_LEN(fds); f = f->next)
                        fds[request.fd_count++] = (struct plan_fd){ f->fd, f->name };
                request.fds = fds;
        }
        request.pid_slot = service_pid_slot(s);
        r = plan_build(&request, &plan, failure);
        if (r >= 0)
                r = check_outcomes(s, kind, failure);
        if (r >= 0)
                *ret = take_ptr(plan);
        return r;
}
