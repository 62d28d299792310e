/* SPDX-License-Identifier: MIT */
/* bus-manager: the manager object with systemd's interface. Methods that change something are for trusted peers: sd-bus
 * refuses the others by the rows' flags. */
#include "api-private.h"

#define METHOD_ARGUMENTS sd_bus_message *m, void *user, UNUSED sd_bus_error *error

/* ---- jobs on units ----------------------------------------------------------------------------------------------- */

static const struct job_method {
        const char *name;
        enum job_type type;
        enum reload_wish wish;
} job_methods[] = {
        { "StartUnit", JOB_START, RELOAD_NOT_WANTED },
        { "StopUnit", JOB_STOP, RELOAD_NOT_WANTED },
        { "RestartUnit", JOB_RESTART, RELOAD_NOT_WANTED },
        { "TryRestartUnit", JOB_TRY_RESTART, RELOAD_NOT_WANTED },
        { "ReloadUnit", JOB_RELOAD, RELOAD_NOT_WANTED },
        { "ReloadOrRestartUnit", JOB_RESTART, RELOAD_IF_POSSIBLE },
        { "ReloadOrTryRestartUnit", JOB_TRY_RESTART, RELOAD_IF_POSSIBLE },
};

static int method_queue_job(METHOD_ARGUMENTS) {
        const char *name, *mode, *member = sd_bus_message_get_member(m);
        struct node *node;
        int r = sd_bus_message_read(m, "ss", &name, &mode);

        if (r < 0)
                return r;
        r = api_load_unit(user, name, &node, error);
        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(job_methods); i++)
                if (text_equal(job_methods[i].name, member))
                        return api_queue_job(user, m, node, job_methods[i].type, job_methods[i].wish, mode, error);
        return r < 0 ? r : -EOPNOTSUPP;
}

static int method_kill_unit(METHOD_ARGUMENTS) {
        const char *name, *whom;
        int32_t signal;
        struct node *node;
        int r = sd_bus_message_read(m, "ssi", &name, &whom, &signal);

        if (r >= 0)
                r = api_get_unit(user, m, name, &node, error);
        if (r >= 0)
                r = api_kill_unit(node, whom, signal, error);
        return r < 0 ? r : sd_bus_reply_method_return(m, NULL);
}

static int method_reset_failed_unit(METHOD_ARGUMENTS) {
        const char *name;
        struct node *node;
        int r = sd_bus_message_read(m, "s", &name);

        if (r >= 0)
                r = api_get_unit(user, m, name, &node, error);
        if (r < 0)
                return r;
        if (node->object->ops->reset_failed)
                node->object->ops->reset_failed(node->object);
        return sd_bus_reply_method_return(m, NULL);
}

static int method_reset_failed(METHOD_ARGUMENTS) {
        manager_reset_failed(((struct api *)user)->manager);
        return sd_bus_reply_method_return(m, NULL);
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

static int reply_unit_path(sd_bus_message *m, const struct node *node) {
        owned_str path = unit_bus_path(node->name);

        return path ? sd_bus_reply_method_return(m, "o", path) : -ENOMEM;
}

static int method_get_unit(METHOD_ARGUMENTS) {
        const char *name;
        struct node *node;
        int r = sd_bus_message_read(m, "s", &name);

        if (r >= 0)
                r = api_get_unit(user, m, name, &node, error);
        return r < 0 ? r : reply_unit_path(m, node);
}

static int method_load_unit(METHOD_ARGUMENTS) {
        const char *name;
        struct node *node;
        int r = sd_bus_message_read(m, "s", &name);

        if (r >= 0)
                r = api_load_unit(user, name, &node, error);
        return r < 0 ? r : reply_unit_path(m, node);
}

static int method_get_unit_by_pid(METHOD_ARGUMENTS) {
        struct api *api = user;
        struct node *node;
        uint32_t pid;
        int r = sd_bus_message_read(m, "u", &pid);

        if (r < 0)
                return r;
        if (pid == 0) { /* the caller's own */
                r = api_get_unit(api, m, "", &node, error);
                return r < 0 ? r : reply_unit_path(m, node);
        }
        node = manager_unit_by_pid(api->manager, (pid_t)pid);
        if (!node)
                return sd_bus_error_setf(error, BUS_ERROR_NO_UNIT_FOR_PID, "PID %u does not belong to any loaded unit.",
                                         pid);
        return reply_unit_path(m, node);
}

static int method_get_unit_processes(METHOD_ARGUMENTS) {
        const char *name;
        struct node *node;
        int r = sd_bus_message_read(m, "s", &name);

        if (r >= 0)
                r = api_get_unit(user, m, name, &node, error);
        return r < 0 ? r : api_reply_processes(user, m, node, PROCESS_AS_SYSTEMD);
}

static int method_get_unit_file_state(METHOD_ARGUMENTS) {
        const char *name, *state;
        struct node *node;
        int r = sd_bus_message_read(m, "s", &name);

        if (r >= 0)
                r = api_load_unit(user, name, &node, error);
        if (r < 0)
                return r;
        state = unit_file_state(user, node->object->unit, name);
        if (!*state)
                return sd_bus_error_setf(error, SD_BUS_ERROR_FILE_NOT_FOUND, "Unit file %s does not exist.", name);
        return sd_bus_reply_method_return(m, "s", state);
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static int method_list_units(METHOD_ARGUMENTS) {
        return api_reply_units(user, m, NULL, NULL);
}

/* Reads one or two lists, as the method's signature has them, and hands them on. */
static int reply_filtered(struct api *api, sd_bus_message *m,
                          int (*reply)(struct api *, sd_bus_message *, char **states, char **patterns)) {
        owned_strv states = NULL;
        owned_strv patterns = NULL;
        int r = sd_bus_message_read_strv(m, &states);

        if (r >= 0 && sd_bus_message_at_end(m, false) == 0)
                r = sd_bus_message_read_strv(m, &patterns);
        return r < 0 ? r : reply(api, m, states, patterns);
}

static int method_list_units_filtered(METHOD_ARGUMENTS) {
        return reply_filtered(user, m, api_reply_units);
}

static int method_list_units_by_names(METHOD_ARGUMENTS) {
        owned_strv names = NULL;
        struct node *node;
        int r = sd_bus_message_read_strv(m, &names);

        if (r < 0)
                return r;
        STRV_EACH(name, names) {
                r = api_load_unit(user, name, &node, error);
                if (r < 0)
                        return r;
        }
        return api_reply_units(user, m, NULL, names);
}

static int method_list_unit_files(METHOD_ARGUMENTS) {
        return api_reply_unit_files(user, m, NULL, NULL);
}

static int method_list_unit_files_filtered(METHOD_ARGUMENTS) {
        return reply_filtered(user, m, api_reply_unit_files);
}

static int method_list_jobs(METHOD_ARGUMENTS) {
        return api_reply_jobs(user, m);
}

static int method_dump(METHOD_ARGUMENTS) {
        return api_reply_dump(user, m);
}

/* ---- jobs -------------------------------------------------------------------------------------------------------- */

static int read_job(struct api *api, sd_bus_message *m, struct job **ret, sd_bus_error *error) {
        uint32_t id;
        int r = sd_bus_message_read(m, "u", &id);

        if (r < 0)
                return r;
        *ret = jobs_find(manager_jobs(api->manager), id);
        return *ret ? 0 : sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_JOB, "Job %u does not exist.", id);
}

static int method_get_job(METHOD_ARGUMENTS) {
        struct job *job;
        owned_str path = NULL;
        int r = read_job(user, m, &job, error);

        if (r < 0)
                return r;
        path = job_bus_path(job->id);
        return path ? sd_bus_reply_method_return(m, "o", path) : -ENOMEM;
}

static int method_cancel_job(METHOD_ARGUMENTS) {
        struct job *job;
        int r = read_job(user, m, &job, error);

        if (r < 0)
                return r;
        job_finish(manager_jobs(((struct api *)user)->manager), job, JOB_CANCELED);
        return sd_bus_reply_method_return(m, NULL);
}

static int method_clear_jobs(METHOD_ARGUMENTS) {
        struct jobs *jobs = manager_jobs(((struct api *)user)->manager);

        /* One end may bring others about: the first that is left, until none is. */
        for (size_t limit = jobs_count(jobs); jobs->by_id && limit > 0; limit--)
                job_finish(jobs, jobs->by_id, JOB_CANCELED);
        return sd_bus_reply_method_return(m, NULL);
}

/* ---- the manager itself ------------------------------------------------------------------------------------------ */

static int method_reload(METHOD_ARGUMENTS) {
        int r = manager_reload(((struct api *)user)->manager);

        return r < 0 ? sd_bus_error_set_errnof(error, r, "The units cannot be loaded again.")
                     : sd_bus_reply_method_return(m, NULL);
}

/* No answer when it works: the client sees the connection end. */
static int method_reexecute(METHOD_ARGUMENTS) {
        int r = manager_reexec(((struct api *)user)->manager);

        (void)m;
        return r < 0 ? sd_bus_error_set_errnof(error, r, "The supervisor cannot be replaced.") : 1;
}

/* As with systemd these are the last step (poweroff.target's services call them): what still runs is not waited for. The end
 * in order is our own interface's End. */
static int method_end(METHOD_ARGUMENTS) {
        static const struct {
                const char *member;
                enum manager_end_how how;
        } ends[] = {
                { "Exit", MANAGER_END_EXIT }, { "PowerOff", MANAGER_END_POWEROFF }, { "Reboot", MANAGER_END_REBOOT },
                { "Halt", MANAGER_END_HALT }, { "KExec", MANAGER_END_KEXEC },
        };
        struct api *api = user;
        int r = -EOPNOTSUPP;

        for (size_t i = 0; i < ARRAY_LEN(ends); i++)
                if (text_equal(ends[i].member, sd_bus_message_get_member(m)))
                        r = manager_end(api->manager, ends[i].how, api->exit_code, true,
                                        "asked for on the control socket");
        return r < 0 ? sd_bus_error_set_errnof(error, r, "The end cannot begin.") : sd_bus_reply_method_return(m, NULL);
}

static int method_set_exit_code(METHOD_ARGUMENTS) {
        uint8_t code;
        int r = sd_bus_message_read(m, "y", &code);

        if (r < 0)
                return r;
        ((struct api *)user)->exit_code = code;
        return sd_bus_reply_method_return(m, NULL);
}

static int method_set_environment(METHOD_ARGUMENTS) {
        struct api *api = user;
        owned_strv list = NULL;
        bool sets = text_equal(sd_bus_message_get_member(m), "SetEnvironment");
        int r = sd_bus_message_read_strv(m, &list);

        if (r < 0)
                return r;
        r = sets ? manager_set_environment(api->manager, list) : manager_unset_environment(api->manager, list);
        if (r == -EINVAL)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "Invalid environment assignments");
        return r < 0 ? r : sd_bus_reply_method_return(m, NULL);
}

static int method_subscribe(METHOD_ARGUMENTS) {
        struct client *client = api_client(user, sd_bus_message_get_bus(m));

        if (client)
                api_subscribe(client, text_equal(sd_bus_message_get_member(m), "Subscribe"));
        return sd_bus_reply_method_return(m, NULL);
}

/* ---- properties -------------------------------------------------------------------------------------------------- */

static const char *system_state(struct api *api) {
        static const char *const words[] = { "starting", "running", "degraded", "stopping" };

        return table_name(words, ARRAY_LEN(words), (int)manager_state(api->manager));
}

static unsigned count_failed(struct api *api) {
        unsigned count = 0;

        for (struct node *n = manager_graph(api->manager)->nodes; n; n = n->next)
                count += object_active_state(n->object) == ACTIVE_FAILED;
        return count;
}

static const char *container(void) {
        const char *name = getenv("container");

        return name ? name : "";
}

/* ROW(KIND, Name, value, FLAGS) */
#define MANAGER_PROPERTIES(ROW) \
        ROW(STRING, Version, "keel " KEEL_VERSION, IS_CONST) \
        ROW(STRING, Features, "", IS_CONST) \
        ROW(STRING, Tainted, "", IS_CONST) \
        ROW(STRING, Virtualization, container(), IS_CONST) \
        ROW(STRING, Architecture, manager_context(m)->architecture, IS_CONST) \
        ROW(U64, UserspaceTimestamp, manager_start_us(m), IS_CONST) \
        ROW(U32, NNames, manager_graph(m)->node_count, IS_SILENT) \
        ROW(U32, NFailedUnits, count_failed(api), IS_SILENT) \
        ROW(U32, NJobs, jobs_count(manager_jobs(m)), IS_SILENT) \
        ROW(U32, NInstalledJobs, manager_jobs(m)->last_id, IS_SILENT) \
        ROW(U32, NFailedJobs, api->failed_jobs, IS_SILENT) \
        ROW(STRV, Environment, manager_host(m)->environment, IS_SILENT) \
        ROW(BOOL, ConfirmSpawn, false, IS_CONST) \
        ROW(BOOL, ShowStatus, false, IS_SILENT) \
        ROW(STRV, UnitPath, manager_context(m)->search_path, IS_CONST) \
        ROW(STRING, ControlGroup, "/", IS_CONST) \
        ROW(STRING, SystemState, system_state(api), IS_SILENT)

#define MAKE_GETTER(kind, name, value, flags) \
        static int manager_##name(GETTER_ARGUMENTS) { \
                UNUSED struct api *api = user; \
                UNUSED struct manager *m = api->manager; \
                return PUT_##kind(reply, value); \
        }
MANAGER_PROPERTIES(MAKE_GETTER)

static int manager_exit_code(GETTER_ARGUMENTS) {
        return sd_bus_message_append(reply, "y", ((struct api *)user)->exit_code);
}

#define MAKE_ROW(kind, name, value, flags) SD_BUS_PROPERTY(#name, SIGNATURE_##kind, manager_##name, 0, flags),
#define JOB_METHOD(name)                   SD_BUS_METHOD(name, "ss", "o", method_queue_job, 0)
#define UNITS                              "a(ssssssouso)"

/* clang-format off */
static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        JOB_METHOD("StartUnit"),
        JOB_METHOD("StopUnit"),
        JOB_METHOD("RestartUnit"),
        JOB_METHOD("TryRestartUnit"),
        JOB_METHOD("ReloadUnit"),
        JOB_METHOD("ReloadOrRestartUnit"),
        JOB_METHOD("ReloadOrTryRestartUnit"),
        SD_BUS_METHOD("KillUnit", "ssi", NULL, method_kill_unit, 0),
        SD_BUS_METHOD("ResetFailedUnit", "s", NULL, method_reset_failed_unit, 0),
        SD_BUS_METHOD("ResetFailed", NULL, NULL, method_reset_failed, 0),
        SD_BUS_METHOD("GetUnit", "s", "o", method_get_unit, MAY_LOOK),
        SD_BUS_METHOD("LoadUnit", "s", "o", method_load_unit, MAY_LOOK),
        SD_BUS_METHOD("GetUnitByPID", "u", "o", method_get_unit_by_pid, MAY_LOOK),
        SD_BUS_METHOD("GetUnitProcesses", "s", "a(sus)", method_get_unit_processes, MAY_LOOK),
        SD_BUS_METHOD("GetUnitFileState", "s", "s", method_get_unit_file_state, MAY_LOOK),
        SD_BUS_METHOD("ListUnits", NULL, UNITS, method_list_units, MAY_LOOK),
        SD_BUS_METHOD("ListUnitsFiltered", "as", UNITS, method_list_units_filtered, MAY_LOOK),
        SD_BUS_METHOD("ListUnitsByPatterns", "asas", UNITS, method_list_units_filtered, MAY_LOOK),
        SD_BUS_METHOD("ListUnitsByNames", "as", UNITS, method_list_units_by_names, MAY_LOOK),
        SD_BUS_METHOD("ListUnitFiles", NULL, "a(ss)", method_list_unit_files, MAY_LOOK),
        SD_BUS_METHOD("ListUnitFilesByPatterns", "asas", "a(ss)", method_list_unit_files_filtered, MAY_LOOK),
        SD_BUS_METHOD("ListJobs", NULL, "a(usssoo)", method_list_jobs, MAY_LOOK),
        SD_BUS_METHOD("GetJob", "u", "o", method_get_job, MAY_LOOK),
        SD_BUS_METHOD("CancelJob", "u", NULL, method_cancel_job, 0),
        SD_BUS_METHOD("ClearJobs", NULL, NULL, method_clear_jobs, 0),
        SD_BUS_METHOD("Dump", NULL, "s", method_dump, MAY_LOOK),
        SD_BUS_METHOD("Reload", NULL, NULL, method_reload, 0),
        SD_BUS_METHOD("Reexecute", NULL, NULL, method_reexecute, SD_BUS_VTABLE_METHOD_NO_REPLY),
        SD_BUS_METHOD("Exit", NULL, NULL, method_end, 0),
        SD_BUS_METHOD("PowerOff", NULL, NULL, method_end, 0),
        SD_BUS_METHOD("Reboot", NULL, NULL, method_end, 0),
        SD_BUS_METHOD("Halt", NULL, NULL, method_end, 0),
        SD_BUS_METHOD("KExec", NULL, NULL, method_end, 0),
        SD_BUS_METHOD("SetExitCode", "y", NULL, method_set_exit_code, 0),
        SD_BUS_METHOD("SetEnvironment", "as", NULL, method_set_environment, 0),
        SD_BUS_METHOD("UnsetEnvironment", "as", NULL, method_set_environment, 0),
        SD_BUS_METHOD("Subscribe", NULL, NULL, method_subscribe, MAY_LOOK),
        SD_BUS_METHOD("Unsubscribe", NULL, NULL, method_subscribe, MAY_LOOK),
        SD_BUS_SIGNAL("UnitNew", "so", 0),
        SD_BUS_SIGNAL("UnitRemoved", "so", 0),
        SD_BUS_SIGNAL("JobNew", "uos", 0),
        SD_BUS_SIGNAL("JobRemoved", "uoss", 0),
        SD_BUS_SIGNAL("StartupFinished", "tttttt", 0),
        SD_BUS_SIGNAL("Reloading", "b", 0),
        SD_BUS_PROPERTY("ExitCode", "y", manager_exit_code, 0, 0),
        MANAGER_PROPERTIES(MAKE_ROW)
        SD_BUS_VTABLE_END,
};
/* clang-format on */

int api_add_manager(struct api *api, sd_bus *bus) {
        return sd_bus_add_object_vtable(bus, NULL, BUS_PATH, BUS_MANAGER, manager_vtable, api);
}
