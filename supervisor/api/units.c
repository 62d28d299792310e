/* SPDX-License-Identifier: MIT */
/* units: how a client's words become units and jobs: paths, loading, queueing, killing, with systemd's errors. */
#include "api-private.h"

char *unit_bus_path(const char *name) {
        char *path = NULL;

        return sd_bus_path_encode(BUS_UNIT_PATH, name, &path) < 0 ? NULL : path;
}

char *job_bus_path(uint32_t id) {
        return text_printf(BUS_JOB_PATH "/%u", id);
}

char *unit_control_group(const struct object *o) {
        if (o->tracker.cgroup_path)
                return text_printf("/%s", o->tracker.cgroup_path);
        return strdup("");
}

int api_load_unit(struct api *api, const char *name, struct node **ret, sd_bus_error *error) {
        int r = manager_load_unit(api->manager, name, ret);

        if (r == -EINVAL)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "Unit name %s is not valid.", name);
        return r < 0 ? sd_bus_error_set_errnof(error, r, "Unit %s cannot be loaded.", name) : 0;
}

int api_get_unit(struct api *api, sd_bus_message *m, const char *name, struct node **ret, sd_bus_error *error) {
        struct node *node = NULL;

        if (*name) {
                node = graph_find(manager_graph(api->manager), name);
                if (!node)
                        return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_UNIT, "Unit %s not loaded.", name);
        } else {
                sd_bus_creds *creds = NULL;
                pid_t pid = 0;

                if (sd_bus_query_sender_creds(m, SD_BUS_CREDS_PID, &creds) >= 0 &&
                    sd_bus_creds_get_pid(creds, &pid) >= 0)
                        node = manager_unit_by_pid(api->manager, pid);
                sd_bus_creds_unref(creds);
                if (!node)
                        return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_UNIT, "Client not member of any unit.");
        }
        *ret = node;
        return 0;
}

int api_find_unit(struct api *api, const char *path, enum unit_type type, void **found, sd_bus_error *error) {
        owned_str name = NULL;
        struct node *node = NULL;
        int r = sd_bus_path_decode(path, BUS_UNIT_PATH, &name);

        if (r <= 0)
                return r;
        if (manager_load_unit(api->manager, name, &node) < 0) {
                sd_bus_error_free(error);
                return 0;
        }
        if (type != UNIT_TYPE_INVALID && node->object->unit->type != type)
                return 0;
        *found = node;
        return 1;
}

/* ---- jobs -------------------------------------------------------------------------------------------------------- */

/* What a transaction's errno is called on the bus, should the error not name itself. */
static const char *bus_name_of(int error) {
        static const struct {
                int error;
                const char *name;
        } names[] = {
                { ENOENT, BUS_ERROR_NO_SUCH_UNIT }, { ESHUTDOWN, BUS_ERROR_UNIT_MASKED },
                { ENOEXEC, BUS_ERROR_BAD_SETTING }, { EDEADLK, BUS_ERROR_CYCLE },
                { EEXIST, BUS_ERROR_DESTRUCTIVE },  { EOPNOTSUPP, BUS_ERROR_NOT_APPLICABLE },
                { ENOMEM, SD_BUS_ERROR_NO_MEMORY },
        };

        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (names[i].error == error)
                        return names[i].name;
        return SD_BUS_ERROR_FAILED;
}

static int check_request(const struct node *node, enum job_type type, int mode, sd_bus_error *error) {
        const struct unit *unit = node->object->unit;
        bool starts = type != JOB_STOP && type != JOB_RELOAD && type != JOB_TRY_RELOAD;
        bool stops = type == JOB_STOP || type == JOB_RESTART || type == JOB_TRY_RESTART;

        if (type == JOB_STOP && unit->load_state != UNIT_LOADED && unit->load_state != UNIT_MASKED &&
            object_active_state(node->object) == ACTIVE_INACTIVE)
                return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_UNIT, "Unit %s not loaded.", node->name);
        if ((starts && unit->unit->refuse_manual_start) || (stops && unit->unit->refuse_manual_stop))
                return sd_bus_error_setf(error, BUS_ERROR_ONLY_BY_DEPENDENCY,
                                         "Operation refused, unit %s may be requested by dependency only "
                                         "(it is configured to refuse manual start/stop).",
                                         node->name);
        if (mode == JOB_MODE_ISOLATE && type != JOB_START)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "Isolate is only valid for start.");
        if (mode == JOB_MODE_ISOLATE && unit->load_state == UNIT_LOADED && !unit->unit->allow_isolate)
                return sd_bus_error_setf(error, BUS_ERROR_NO_ISOLATION, "Operation refused, unit may not be isolated.");
        return 0;
}

static enum job_type with_reload(struct node *node, enum job_type type) {
        const struct object *o = node->object;

        if (!o->ops->can_reload || !o->ops->can_reload(o))
                return type;
        return type == JOB_RESTART ? JOB_RELOAD_OR_START : type == JOB_TRY_RESTART ? JOB_TRY_RELOAD : type;
}

int api_queue_job(struct api *api, sd_bus_message *m, struct node *node, enum job_type type, enum reload_wish wish,
                  const char *mode, sd_bus_error *error) {
        struct jobs *jobs = manager_jobs(api->manager);
        struct job_error why = { .text = "" };
        struct job *job = NULL;
        int job_mode = job_mode_from_name(mode);
        owned_str path = NULL;
        uint32_t id;
        int r;

        if (job_mode < 0)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "Job mode %s invalid.", mode);
        if (wish == RELOAD_IF_POSSIBLE)
                type = with_reload(node, type);
        r = check_request(node, type, job_mode, error);
        if (r < 0)
                return r;
        r = jobs_add(jobs, type, node, (enum job_mode)job_mode, &job, &why);
        if (r < 0)
                return sd_bus_error_setf(error, why.bus_name ? why.bus_name : bus_name_of(-r), "%s",
                                         *why.text ? why.text : strerror(-r));
        /* Nothing to do: clients wait for a job nevertheless, so they are told of one that is done already. */
        id = job ? job->id : ++jobs->last_id;
        path = job_bus_path(id);
        if (!path)
                return -ENOMEM;
        r = sd_bus_reply_method_return(m, "o", path);
        if (!job)
                api_emit(api, TO_ALL, "JobRemoved", "uoss", id, path, node->name, job_result_name(JOB_DONE));
        return r;
}

int api_kill_unit(struct node *node, const char *whom, int signal, sd_bus_error *error) {
        static const char *const words[] = { "main", "control", "all", "main-fail", "control-fail", "all-fail" };
        owned_str who = strdup(text_is_empty(whom) ? "all" : whom);
        struct object *o = node->object;
        bool must_hit;
        int r;

        if (!who)
                return -ENOMEM;
        if (table_value(words, ARRAY_LEN(words), who) < 0)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "Invalid who argument %s", whom);
        if (signal < 1 || signal > 64)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "Signal number out of range.");
        must_hit = text_ends_with(who, "-fail");
        if (must_hit)
                who[strlen(who) - strlen("-fail")] = '\0';
        r = o->ops->kill ? o->ops->kill(o, who, signal) : -EOPNOTSUPP;
        if (r == -EOPNOTSUPP)
                return sd_bus_error_setf(error, SD_BUS_ERROR_NOT_SUPPORTED, "Unit %s is of a type without processes.",
                                         node->name);
        if (r == -ESRCH && (must_hit || !text_equal(who, "all")))
                return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_PROCESS, "Unit %s has no %s process.", node->name,
                                         text_equal(who, "all") ? "running" : who);
        return r < 0 && r != -ESRCH ? sd_bus_error_set_errnof(error, r, "Cannot signal %s.", node->name) : 0;
}
