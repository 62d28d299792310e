/* SPDX-License-Identifier: MIT */
/* bus-keel: keel's own interface on the manager object, for what systemd's has no words: log lines without a journal, what
 * became of each directive, the files as text, and the end in order with an exit status. */
#include "api-private.h"

#include "base/log-tail.h"

#define METHOD_ARGUMENTS sd_bus_message *m, void *user, UNUSED sd_bus_error *error
#define LOG_LINES_MAX    10000u

/* The node of the message's first argument. */
static int read_unit(struct api *api, sd_bus_message *m, struct node **ret, sd_bus_error *error) {
        const char *name;
        int r = sd_bus_message_read(m, "s", &name);

        return r < 0 ? r : api_load_unit(api, name, ret, error);
}

/* (directive, outcome, file, line, value, why) */
static int method_get_outcomes(METHOD_ARGUMENTS) {
        OWNED(message) sd_bus_message *reply = NULL;
        struct node *node;
        const struct unit *u;
        int r = read_unit(user, m, &node, error);

        if (r >= 0)
                r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(sssuss)");
        if (r < 0)
                return r;
        u = node->object->unit;
        for (size_t i = 0; r >= 0 && i < u->assignment_count; i++) {
                struct assignment a = unit_assignment(u, i);
                owned_str key = text_printf("%s.%s", a.section, a.key);

                r = key ? sd_bus_message_append(reply, "(sssuss)", key, outcome_name(a.outcome), a.file, a.origin.line,
                                                a.value, a.why)
                        : -ENOMEM;
        }
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_send(reply);
}

static int method_get_text(METHOD_ARGUMENTS) {
        owned_str text = NULL;
        struct node *node;
        int r = read_unit(user, m, &node, error);

        if (r < 0)
                return r;
        if (!node->object->unit->fragment_path && !node->object->unit->dropin_paths)
                return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_UNIT, "No files found for %s.", node->name);
        r = unit_read_text(node->object->unit, &text);
        return r < 0 ? sd_bus_error_set_errnof(error, r, "The files of %s cannot be read.", node->name)
                     : sd_bus_reply_method_return(m, "s", text);
}

/* (time, priority, text), oldest first; time is "" for what has none. */
static int append_lines(sd_bus_message *reply, const char *text, const char *end) {
        struct log_tail_line line;
        int r = 0;

        while (r >= 0 && log_tail_next(&text, end, &line)) {
                owned_str when = strndup(line.time ? line.time : "", line.time_length);
                owned_str words = strndup(line.text, line.text_length);

                if (!when || !words)
                        return -ENOMEM;
                make_printable(when, strlen(when));
                make_printable(words, strlen(words));
                r = sd_bus_message_append(reply, "(sus)", when, (uint32_t)line.priority, words);
        }
        return r;
}

static int method_get_log(METHOD_ARGUMENTS) {
        OWNED(message) sd_bus_message *reply = NULL;
        owned_str text = NULL;
        struct node *node;
        struct api *api = user;
        uint32_t lines;
        size_t length = 0;
        int directory_fd = manager_log_directory(api->manager);
        int r = read_unit(api, m, &node, error);

        if (r >= 0)
                r = sd_bus_message_read(m, "u", &lines);
        if (r >= 0 && directory_fd >= 0) /* a log that cannot be read is as none */
                (void)log_tail(directory_fd, node->name, MIN(lines, LOG_LINES_MAX), &text, &length);
        if (r >= 0)
                r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(sus)");
        if (r >= 0 && text)
                r = append_lines(reply, text, text + length);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_send(reply);
}

/* (cgroup, pid, parent, name, command line) */
static int method_get_processes(METHOD_ARGUMENTS) {
        struct node *node;
        int r = read_unit(user, m, &node, error);

        return r < 0 ? r : api_reply_processes(user, m, node, PROCESS_IN_FULL);
}

/* PID 1 answers within seconds; the caller waits that long. */
static int method_reexecute_init(METHOD_ARGUMENTS) {
        struct api *api = user;
        int r;

        if (api->init_asked)
                return sd_bus_error_set(error, SD_BUS_ERROR_FAILED, "PID 1 is being replaced already.");
        r = manager_reexec_init(api->manager);
        if (r < 0)
                return sd_bus_error_set_errnof(error, r, "PID 1 cannot be asked.");
        api->init_asked = sd_bus_message_ref(m);
        return 1;
}

void api_init_answered(void *user, const char *why) {
        struct api *api = user;
        OWNED(message) sd_bus_message *m = api->init_asked;

        api->init_asked = NULL;
        if (!m) /* a supervisor before us was asked */
                return;
        if (why)
                (void)sd_bus_reply_method_errorf(m, SD_BUS_ERROR_FAILED, "PID 1 goes on as it is: %s.", why);
        else
                (void)sd_bus_reply_method_return(m, NULL);
}

static int method_end(METHOD_ARGUMENTS) {
        static const char *const hows[] = {
                [MANAGER_END_EXIT] = "exit", [MANAGER_END_POWEROFF] = "poweroff", [MANAGER_END_REBOOT] = "reboot",
                [MANAGER_END_HALT] = "halt", [MANAGER_END_KEXEC] = "kexec",
        };
        const char *how;
        int32_t code;
        int force, value, r = sd_bus_message_read(m, "sib", &how, &code, &force);

        if (r < 0)
                return r;
        value = table_value(hows, ARRAY_LEN(hows), how);
        if (value < 0 || code < 0 || code > 255)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "There is no end '%s' with status %d.", how,
                                         (int)code);
        r = manager_end(((struct api *)user)->manager, (enum manager_end_how)value, code, force,
                        "asked for on the control socket");
        return r < 0 ? sd_bus_error_set_errnof(error, r, "The end cannot begin.") : sd_bus_reply_method_return(m, NULL);
}

/* How a job ended; "" when that is not known (any more). */
static int method_get_job_result(METHOD_ARGUMENTS) {
        struct job_query q = { 0 };
        enum job_result result;
        uint32_t id;
        int r = sd_bus_message_read(m, "u", &q.id);

        if (r < 0)
                return r;
        r = q.id == 0 ? -ENOENT : manager_find_ended_job(((struct api *)user)->manager, &q, &id, &result);
        return sd_bus_reply_method_return(m, "s", r < 0 ? "" : job_result_name(result));
}

/* The job of this unit (a stop, or not) that was installed at this time (CLOCK_MONOTONIC) or later: for a client whose call had no
 * answer because the supervisor was replaced. (path, result), "" for what is not so: no job at all, or not ended yet. */
static int method_find_job(METHOD_ARGUMENTS) {
        struct api *api = user;
        struct job_query q = { 0 };
        enum job_result result;
        uint32_t id = 0;
        int is_stop, r = sd_bus_message_read(m, "stb", &q.unit, &q.begin_us, &is_stop);
        struct node *node = r < 0 ? NULL : graph_find(manager_graph(api->manager), q.unit);
        const struct job *job = node ? node->job : NULL;
        bool is_ended = false;
        owned_str path = NULL;

        if (r < 0)
                return r;
        q.is_stop = is_stop;
        if (node)
                q.unit = node->name;
        if (job && job->begin_us >= q.begin_us && (job->type == JOB_STOP) == q.is_stop)
                id = job->id;
        else
                is_ended = manager_find_ended_job(api->manager, &q, &id, &result) >= 0;
        path = id ? job_bus_path(id) : strdup("");
        return path ? sd_bus_reply_method_return(m, "ss", path, is_ended ? job_result_name(result) : "") : -ENOMEM;
}

/* clang-format off */
static const sd_bus_vtable keel_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("GetUnitOutcomes", "s", "a(sssuss)", method_get_outcomes, MAY_LOOK),
        SD_BUS_METHOD("GetUnitText", "s", "s", method_get_text, MAY_LOOK),
        SD_BUS_METHOD("GetUnitLog", "su", "a(sus)", method_get_log, MAY_LOOK),
        SD_BUS_METHOD("GetUnitProcesses", "s", "a(suuss)", method_get_processes, MAY_LOOK),
        SD_BUS_METHOD("GetJobResult", "u", "s", method_get_job_result, MAY_LOOK),
        SD_BUS_METHOD("FindJob", "stb", "ss", method_find_job, MAY_LOOK),
        SD_BUS_METHOD("ReexecuteInit", NULL, NULL, method_reexecute_init, 0),
        SD_BUS_METHOD("End", "sib", NULL, method_end, 0),
        SD_BUS_VTABLE_END,
};
/* clang-format on */

int api_add_keel(struct api *api, sd_bus *bus) {
        return sd_bus_add_object_vtable(bus, NULL, BUS_PATH, BUS_KEEL_MANAGER, keel_vtable, api);
}
