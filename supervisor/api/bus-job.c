/* SPDX-License-Identifier: MIT */
/* bus-job: job objects, found by their number when they are asked for. */
#include "api-private.h"

static int find_job(UNUSED sd_bus *bus, const char *path, UNUSED const char *interface, void *user, void **found,
                    UNUSED sd_bus_error *error) {
        const char *number = text_after(path, BUS_JOB_PATH "/");
        struct job *job = NULL;
        uint64_t id;

        if (number && text_to_u64(number, 10, &id) >= 0 && id <= UINT32_MAX)
                job = jobs_find(manager_jobs(((struct api *)user)->manager), (uint32_t)id);
        *found = job;
        return job != NULL;
}

static int list_jobs(UNUSED sd_bus *bus, UNUSED const char *prefix, void *user, char ***ret,
                     UNUSED sd_bus_error *error) {
        owned_strv paths = NULL;

        for (struct job *j = manager_jobs(((struct api *)user)->manager)->by_id; j; j = j->hh.next)
                if (strv_adopt(&paths, job_bus_path(j->id)) < 0)
                        return -ENOMEM;
        *ret = take_ptr(paths);
        return 0;
}

static int method_cancel(sd_bus_message *m, void *user, UNUSED sd_bus_error *error) {
        struct api *api = api_of(sd_bus_message_get_bus(m));

        job_finish(manager_jobs(api->manager), user, JOB_CANCELED);
        return sd_bus_reply_method_return(m, NULL);
}

static int job_unit(GETTER_ARGUMENTS) {
        struct job *job = user;
        owned_str unit_path = unit_bus_path(job->node->name);

        return unit_path ? sd_bus_message_append(reply, "(so)", job->node->name, unit_path) : -ENOMEM;
}

/* ROW(KIND, Name, value, FLAGS) */
#define JOB_PROPERTIES(ROW) \
        ROW(U32, Id, job->id, IS_CONST) \
        ROW(STRING, JobType, job_type_name(job->type), IS_SILENT) \
        ROW(STRING, State, job_state_name(job->state), IS_SILENT)

#define MAKE_GETTER(kind, name, value, flags) \
        static int job_##name(GETTER_ARGUMENTS) { \
                struct job *job = user; \
                return PUT_##kind(reply, value); \
        }
JOB_PROPERTIES(MAKE_GETTER)

#define MAKE_ROW(kind, name, value, flags) SD_BUS_PROPERTY(#name, SIGNATURE_##kind, job_##name, 0, flags),

/* clang-format off */
static const sd_bus_vtable job_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Cancel", NULL, NULL, method_cancel, 0),
        SD_BUS_PROPERTY("Unit", "(so)", job_unit, 0, IS_CONST),
        JOB_PROPERTIES(MAKE_ROW)
        SD_BUS_VTABLE_END,
};
/* clang-format on */

int api_add_jobs(struct api *api, sd_bus *bus) {
        int r = sd_bus_add_fallback_vtable(bus, NULL, BUS_JOB_PATH, BUS_JOB, job_vtable, find_job, api);

        return r < 0 ? r : sd_bus_add_node_enumerator(bus, NULL, BUS_JOB_PATH, list_jobs, api);
}
