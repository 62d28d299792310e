/* SPDX-License-Identifier: MIT */
/* lists: the manager's answers that walk over all units, unit files or jobs. Read-only. */
#include "api-private.h"

#include <fnmatch.h>
#include <sys/stat.h>

bool matches_any(char *const *patterns, const char *text) {
        if (!patterns || !*patterns)
                return true;
        STRV_EACH(pattern, patterns) {
                if (fnmatch(pattern, text, FNM_NOESCAPE) == 0)
                        return true;
        }
        return false;
}

/* A message under way; the first error stays and the rest is skipped. */
struct answer {
        sd_bus_message *message;
        int error;
};

static struct answer answer_begin(sd_bus_message *m, const char *element) {
        struct answer a = { 0 };

        a.error = sd_bus_message_new_method_return(m, &a.message);
        if (a.error >= 0)
                a.error = sd_bus_message_open_container(a.message, 'a', element);
        return a;
}

static int answer_send(struct answer *a) {
        if (a->error >= 0)
                a->error = sd_bus_message_close_container(a->message);
        if (a->error >= 0)
                a->error = sd_bus_message_send(a->message);
        sd_bus_message_unref(a->message);
        return a->error;
}

/* ---- units ------------------------------------------------------------------------------------------------------- */

static bool has_state(const struct object *o, char *const *states) {
        return !states || !*states || strv_contains(states, unit_load_state_name(o->unit->load_state)) ||
               strv_contains(states, active_state_name(object_active_state(o))) ||
               strv_contains(states, object_sub_state(o));
}

static bool has_name(const struct unit *u, char *const *patterns) {
        if (matches_any(patterns, u->name))
                return true;
        STRV_EACH(alias, u->aliases) {
                if (matches_any(patterns, alias))
                        return true;
        }
        return false;
}

static int append_unit(sd_bus_message *reply, struct node *node) {
        const struct object *o = node->object;
        owned_str path = unit_bus_path(node->name);
        owned_str job_path = node->job ? job_bus_path(node->job->id) : strdup("/");

        if (!path || !job_path)
                return -ENOMEM;
        return sd_bus_message_append(reply, "(ssssssouso)", node->name,
                                     o->unit->description ? o->unit->description : node->name,
                                     unit_load_state_name(o->unit->load_state),
                                     active_state_name(object_active_state(o)), object_sub_state(o), "", path,
                                     node->job ? node->job->id : 0u, node->job ? job_type_name(node->job->type) : "",
                                     job_path);
}

int api_reply_units(struct api *api, sd_bus_message *m, char **states, char **patterns) {
        struct answer a = answer_begin(m, "(ssssssouso)");

        for (struct node *n = manager_graph(api->manager)->nodes; n && a.error >= 0; n = n->next)
                if (has_state(n->object, states) && has_name(n->object->unit, patterns))
                        a.error = append_unit(a.message, n);
        return answer_send(&a);
}

/* ---- unit files -------------------------------------------------------------------------------------------------- */

/* The link that another name of a unit is; the file has the unit's own. Newly allocated; NULL: none, or out of memory. */
static char *find_link(const struct unit_context *context, const char *name) {
        STRV_EACH(directory, context->search_path) {
                char *path = text_printf("%s/%s", directory, name);
                struct stat st;

                if (path && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
                        return path;
                free(path);
        }
        return NULL;
}

static int append_unit_file(struct api *api, sd_bus_message *reply, const char *name, char *const *states) {
        const struct unit_context *context = manager_context(api->manager);
        struct diag silent = { .message = NULL };
        struct unit_context quiet = *context;
        OWNED(unit) struct unit *unit = NULL;
        owned_str instance = NULL;
        const char *state;
        int r = 0;

        quiet.diag = &silent;
        /* A template is looked at through an instance: what it says of itself is the same for all. */
        if (unit_name_is_template(name))
                r = unit_name_instance(name, "x", &instance);
        if (r >= 0)
                r = unit_load(&quiet, instance ? instance : name, &unit);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        state = unit_file_state(api, unit, name);
        if (!*state || (states && *states && !strv_contains(states, state)))
                return 0;
        owned_str link = text_equal(state, "alias") ? find_link(context, name) : NULL;
        return sd_bus_message_append(reply, "(ss)",
                                     link                  ? link
                                     : unit->fragment_path ? unit->fragment_path
                                                           : name,
                                     state);
}

int api_reply_unit_files(struct api *api, sd_bus_message *m, char **states, char **patterns) {
        owned_strv names = NULL;
        struct answer a;
        int r = unit_list_files(manager_context(api->manager), &names);

        if (r < 0)
                return r;
        a = answer_begin(m, "(ss)");
        STRV_EACH(name, names) {
                if (a.error >= 0 && matches_any(patterns, name))
                        a.error = append_unit_file(api, a.message, name, states);
        }
        return answer_send(&a);
}

/* ---- jobs -------------------------------------------------------------------------------------------------------- */

int api_reply_jobs(struct api *api, sd_bus_message *m) {
        struct answer a = answer_begin(m, "(usssoo)");

        for (struct job *j = manager_jobs(api->manager)->by_id; j && a.error >= 0; j = j->hh.next) {
                owned_str path = job_bus_path(j->id);
                owned_str unit_path = unit_bus_path(j->node->name);

                if (!path || !unit_path)
                        a.error = -ENOMEM;
                else
                        a.error = sd_bus_message_append(a.message, "(usssoo)", j->id, j->node->name,
                                                        job_type_name(j->type), job_state_name(j->state), path,
                                                        unit_path);
        }
        return answer_send(&a);
}

/* ---- everything -------------------------------------------------------------------------------------------------- */

static void dump_node(FILE *to, struct node *node) {
        const struct object *o = node->object;

        (void)fprintf(to, "-> %s\n\tload %s, active %s (%s), result %s\n", node->name,
                      unit_load_state_name(o->unit->load_state), active_state_name(object_active_state(o)),
                      object_sub_state(o), result_name(object_result(o)));
        if (node->job)
                (void)fprintf(to, "\tjob %u %s %s\n", node->job->id, job_type_name(node->job->type),
                              job_state_name(node->job->state));
        for (int relation = 0; relation < RELATION_COUNT_; relation++)
                NODE_EACH(other, node, 1u << relation)
                        (void)fprintf(to, "\t%s: %s\n", relation_name((enum relation)relation), other->name);
}

int api_reply_dump(struct api *api, sd_bus_message *m) {
        owned_str text = NULL;
        size_t length = 0;
        FILE *to = open_memstream(&text, &length);

        if (!to)
                return -ENOMEM;
        for (struct node *n = manager_graph(api->manager)->nodes; n; n = n->next)
                dump_node(to, n);
        if (fclose(to) != 0)
                return -ENOMEM;
        return sd_bus_reply_method_return(m, "s", text);
}
