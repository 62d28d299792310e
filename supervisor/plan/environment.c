/* SPDX-License-Identifier: MIT */
/* environment: puts a process's variables together. Reads the unit's environment files and our own environment
 * (PassEnvironment=); changes nothing. Called by plan_build().
 */
#include "environment.h"

#include "base/text.h"
#include "directories.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>

/* ---- vectors of assignments ------------------------------------------------------------------------------------------ */

static size_t name_length(const char *assignment) {
        return strcspn(assignment, "=");
}

bool environment_is_assignment(const char *text) {
        size_t n = name_length(text);

        if (n == 0 || text[n] != '=' || isdigit((unsigned char)*text))
                return false;
        for (size_t i = 0; i < n; i++)
                if (!isalnum((unsigned char)text[i]) && text[i] != '_')
                        return false;
        return true;
}

static char **find(char **environment, const char *name, size_t length) {
        for (char **at = environment; at && *at; at++)
                if (strncmp(*at, name, length) == 0 && (*at)[length] == '=')
                        return at;
        return NULL;
}

const char *environment_get(char *const *environment, const char *name, size_t length) {
        char **at = find((char **)environment, name, length);

        return at ? *at + length + 1 : NULL;
}

int environment_adopt(char ***environment, char *assignment) {
        char **at = find(*environment, assignment, name_length(assignment));

        if (!at)
                return strv_adopt(environment, assignment);
        free(*at);
        *at = assignment;
        return 0;
}

int environment_set(char ***environment, const char *name, const char *value) {
        char *assignment = text_printf("%s=%s", name, value);

        return assignment ? environment_adopt(environment, assignment) : -ENOMEM;
}

void environment_unset(char **environment, const char *name_or_assignment) {
        size_t n = name_length(name_or_assignment);
        char **at = find(environment, name_or_assignment, n);

        if (!at || (name_or_assignment[n] && !text_equal(*at, name_or_assignment)))
                return;
        free(*at);
        do
                at[0] = at[1];
        while (*at++);
}

static int set_all(char ***environment, char *const *assignments) {
        STRV_EACH(s, assignments) {
                char *copy = strdup(s);

                if (!copy || environment_adopt(environment, copy) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int set_if(char ***environment, const char *name, const char *value) {
        return value ? environment_set(environment, name, value) : 0;
}

/* ---- what the manager says of this process --------------------------------------------------------------------------- */

/* Numbers that only the child knows: it writes its pid there. */
static const char *const pid_variables[PLAN_PID_SLOTS] = { "SYSTEMD_EXEC_PID", "LISTEN_PID", "WATCHDOG_PID" };

static bool wants_pid(const struct plan_request *request, size_t slot) {
        return slot == 0 || (slot == 1 ? request->fd_count > 0 : request->watchdog_us > 0);
}

/* A variable that the unit sets itself is no slot. */
static int add_pid_slots(const struct plan_request *request, struct plan *p, char ***environment) {
        for (size_t i = 0; i < PLAN_PID_SLOTS; i++) {
                size_t n = strlen(pid_variables[i]);
                char *assignment;

                if (!wants_pid(request, i) || find(*environment, pid_variables[i], n))
                        continue;
                assignment = calloc(1, n + 1 + PLAN_PID_DIGITS + 1);
                if (!assignment)
                        return -ENOMEM;
                (void)stpcpy(stpcpy(assignment, pid_variables[i]), "=");
                if (strv_adopt(environment, assignment) < 0)
                        return -ENOMEM;
                p->pid_slots[i] = assignment + n + 1;
        }
        return 0;
}

static void remove_variables(struct plan *p, char **environment, char *const *names) {
        STRV_EACH(name, names)
                environment_unset(environment, name);
        for (size_t i = 0; i < PLAN_PID_SLOTS; i++)
                if (!find(environment, pid_variables[i], strlen(pid_variables[i])))
                        p->pid_slots[i] = NULL;
}

static char *join_fd_names(const struct plan_request *request) {
        owned_strv names = NULL;

        for (size_t i = 0; i < request->fd_count; i++)
                if (strv_add(&names, request->fds[i].name ? request->fds[i].name : "unknown") < 0)
                        return NULL;
        return strv_join(names, ":");
}

static int add_fds(const struct plan_request *request, char ***environment) {
        owned_str names = NULL;
        char count[24];

        if (request->fd_count == 0)
                return 0;
        names = join_fd_names(request);
        (void)snprintf(count, sizeof(count), "%zu", request->fd_count);
        if (!names || environment_set(environment, "LISTEN_FDS", count) < 0 ||
            environment_set(environment, "LISTEN_FDNAMES", names) < 0)
                return -ENOMEM;
        return 0;
}

static int add_watchdog(const struct plan_request *request, char ***environment) {
        char text[24];

        if (request->watchdog_us == 0)
                return 0;
        (void)snprintf(text, sizeof(text), "%" PRIu64, request->watchdog_us);
        return environment_set(environment, "WATCHDOG_USEC", text);
}

static int add_user(const struct resolved_credentials *c, char ***environment) {
        if (!c->has_user)
                return 0;
        if (set_if(environment, "HOME", c->home) < 0 || set_if(environment, "LOGNAME", c->user) < 0 ||
            set_if(environment, "USER", c->user) < 0 || set_if(environment, "SHELL", c->shell) < 0)
                return -ENOMEM;
        return 0;
}

/* TERM is for those who have a terminal. */
static int add_terminal(const struct plan_request *request, const struct plan *p, char ***environment) {
        const char *ours = environment_get(request->manager_environment, "TERM", 4);

        if (!p->terminal.path) {
                environment_unset(*environment, "TERM");
                return 0;
        }
        if (!ours && text_equal(p->terminal.path, "/dev/console"))
                ours = getenv("TERM");
        if (!ours)
                ours = text_after(p->terminal.path, "/dev/tty") || text_equal(p->terminal.path, "/dev/console")
                               ? "linux"
                               : "vt220";
        return environment_set(environment, "TERM", ours);
}

static int add_own(const struct plan_request *request, const struct plan *p, char ***environment) {
        const struct unit *u = request->unit;
        owned_strv directories = NULL;
        char pid[16];
        int r;

        if (add_user(&p->credentials, environment) < 0 || add_terminal(request, p, environment) < 0 ||
            set_if(environment, "INVOCATION_ID", request->invocation_id) < 0 ||
            set_if(environment, "NOTIFY_SOCKET", request->notify_socket) < 0 || add_fds(request, environment) < 0 ||
            add_watchdog(request, environment) < 0)
                return -ENOMEM;
        if (request->main_pid > 0) {
                (void)snprintf(pid, sizeof(pid), "%d", request->main_pid);
                if (environment_set(environment, "MAINPID", pid) < 0)
                        return -ENOMEM;
        }
        if (u->service && set_if(environment, "PIDFILE", u->service->pid_file) < 0)
                return -ENOMEM;
        r = directories_environment(u, &directories);
        return r < 0 ? r : set_all(environment, directories);
}

/* ---- the unit's ------------------------------------------------------------------------------------------------------ */

static int add_passed(const struct exec_settings *e, char ***environment) {
        STRV_EACH(name, e->pass_environment) {
                const char *value = getenv(name);

                if (value && environment_set(environment, name, value) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int add_files(const struct plan_request *request, char ***environment, struct exec_failure *failure) {
        const struct exec_settings *e = request->unit->exec;

        for (size_t i = 0; i < e->environment_file_count; i++) {
                const struct environment_file *file = &e->environment_files[i];
                owned_str failed = NULL;
                owned_strv read = NULL;
                int r = environment_read_files(file->path, request->diag, &read, &failed);

                if (r < 0 && file->is_optional && r != -ENOMEM)
                        continue;
                if (r < 0)
                        return exec_fail(failure, 0, r, "environment file '%s' could not be read",
                                         failed ? failed : file->path);
                if (set_all(environment, read) < 0)
                        return -ENOMEM;
        }
        return 0;
}

int environment_build(const struct plan_request *request, struct plan *p, struct exec_failure *failure) {
        const struct exec_settings *e = request->unit->exec;
        owned_strv environment = NULL;
        int r;

        r = environment_set(&environment, "PATH", DEFAULT_PATH);
        if (r >= 0)
                r = set_all(&environment, request->manager_environment);
        for (size_t i = 0; i < PLAN_PID_SLOTS && r >= 0; i++)
                environment_unset(environment, pid_variables[i]);
        if (r >= 0)
                r = add_own(request, p, &environment);
        if (r >= 0)
                r = add_passed(e, &environment);
        if (r >= 0)
                r = set_all(&environment, e->environment);
        if (r >= 0)
                r = add_files(request, &environment, failure);
        if (r >= 0)
                r = set_all(&environment, request->environment);
        if (r >= 0)
                r = add_pid_slots(request, p, &environment);
        if (r < 0)
                return failure->error ? r
                                      : exec_fail(failure, EXIT_STATUS_MEMORY, r, "the environment could not be made");
        remove_variables(p, environment, e->unset_environment);
        p->environment = take_ptr(environment);
        return 0;
}
