/* SPDX-License-Identifier: MIT */
/* verbs-list: the tables: units, jobs, unit files, dependencies. */
#include "ctl.h"

#include "unit/unit.h"

#include <fnmatch.h>

static int compare_first(const void *a, const void *b) {
        return strcmp(text_at(*(json_t *const *)a, 0), text_at(*(json_t *const *)b, 0));
}

/* The rows by their first member; borrowed; ends with NULL. */
static json_t **sorted_rows(const json_t *list) {
        size_t count = json_array_size(list);
        json_t **rows = calloc(count + 1, sizeof(json_t *));

        for (size_t i = 0; rows && i < count; i++)
                rows[i] = json_array_get(list, i);
        if (rows)
                qsort(rows, count, sizeof(json_t *), compare_first);
        return rows;
}

static bool has_wanted_type(const struct ctl *c, const char *name) {
        const char *suffix = strrchr(name, '.');

        return !c->types || (suffix && strv_contains(c->types, suffix + 1));
}

/* ---- list-units -------------------------------------------------------------------------------------------------- */

enum { ROW_NAME, ROW_DESCRIPTION, ROW_LOAD, ROW_ACTIVE, ROW_SUB, ROW_FOLLOWING, ROW_PATH, ROW_JOB, ROW_JOB_TYPE };

static bool is_shown(const struct ctl *c, const json_t *unit, bool by_name) {
        const char *load = text_at(unit, ROW_LOAD);

        if (!has_wanted_type(c, text_at(unit, ROW_NAME)))
                return false;
        if (c->all || c->failed || c->states || c->types || by_name)
                return c->all || by_name || !text_equal(load, "not-found") || c->states;
        return !text_equal(text_at(unit, ROW_ACTIVE), "inactive") || number_at(unit, ROW_JOB) > 0;
}

static json_t *unit_as_json(const json_t *unit) {
        json_t *row = json_pack("{ss ss ss ss ss}", "unit", text_at(unit, ROW_NAME), "load", text_at(unit, ROW_LOAD),
                                "active", text_at(unit, ROW_ACTIVE), "sub", text_at(unit, ROW_SUB), "description",
                                text_at(unit, ROW_DESCRIPTION));

        if (row && number_at(unit, ROW_JOB) > 0)
                (void)json_object_set_new(row, "job", json_string(text_at(unit, ROW_JOB_TYPE)));
        return row;
}

static void add_unit_row(struct table *t, const json_t *unit) {
        const char *load = text_at(unit, ROW_LOAD), *active = text_at(unit, ROW_ACTIVE);
        bool is_bad = text_equal(active, "failed"), is_unloaded = !text_equal(load, "loaded");
        enum colour state = is_bad ? COLOUR_BAD : COLOUR_NONE;
        const char *cells[] = {
                is_bad || is_unloaded ? "●" : " ", text_at(unit, ROW_NAME),       load, active, text_at(unit, ROW_SUB),
                text_at(unit, ROW_JOB_TYPE),       text_at(unit, ROW_DESCRIPTION)
        };
        const enum colour colours[] = { state,       state,      is_unloaded ? COLOUR_BAD : COLOUR_NONE, state, state,
                                        COLOUR_NONE, COLOUR_NONE };

        if (t->columns == ARRAY_LEN(cells) - 1) { /* nobody has a job */
                const char *fewer[] = { cells[0], cells[1], cells[2], cells[3], cells[4], cells[6] };

                table_add(t, fewer, colours);
        } else {
                table_add(t, cells, colours);
        }
}

static int print_units(struct ctl *c, json_t *const *rows, bool by_name) {
        static const char *const titles[] = { " ", "UNIT", "LOAD", "ACTIVE", "SUB", "JOB", "DESCRIPTION" };
        static const char *const without_job[] = { " ", "UNIT", "LOAD", "ACTIVE", "SUB", "DESCRIPTION" };
        struct table t;
        bool has_jobs = false;
        size_t shown = 0;

        for (size_t i = 0; rows[i]; i++)
                has_jobs |= is_shown(c, rows[i], by_name) && number_at(rows[i], ROW_JOB) > 0;
        if (has_jobs)
                table_init(&t, c, titles, ARRAY_LEN(titles));
        else
                table_init(&t, c, without_job, ARRAY_LEN(without_job));
        for (size_t i = 0; rows[i]; i++)
                if (is_shown(c, rows[i], by_name)) {
                        add_unit_row(&t, rows[i]);
                        shown++;
                }
        if (shown > 0)
                table_print(&t);
        table_free(&t);
        if (!c->no_legend)
                (void)printf("%s%zu loaded unit%s listed.%s\n", shown ? "\n" : "", shown, shown == 1 ? "" : "s",
                             c->all || by_name ? "" : " Those that are inactive are shown with --all.");
        return STATUS_OK;
}

static int ask_units(struct ctl *c, char **patterns, sd_bus_error *error, json_t **ret) {
        OWNED(message) sd_bus_message *m = NULL;
        OWNED(message) sd_bus_message *reply = NULL;
        int r = sd_bus_message_new_method_call(c->bus, &m, NULL, BUS_PATH, BUS_MANAGER, "ListUnitsByPatterns");

        if (r >= 0)
                r = sd_bus_message_append_strv(m, c->states);
        if (r >= 0)
                r = sd_bus_message_append_strv(m, patterns);
        if (r >= 0)
                r = sd_bus_call(c->bus, m, 0, error, &reply);
        return r < 0 ? r : read_list(reply, ret);
}

static int print_units_as_json(const struct ctl *c, json_t *const *rows, bool by_name) {
        OWNED(json) json_t *json = json_array();

        for (size_t i = 0; rows[i]; i++)
                if (is_shown(c, rows[i], by_name))
                        (void)json_array_append_new(json, unit_as_json(rows[i]));
        return print_json(json);
}

int verb_list_units(struct ctl *c, char **arguments, size_t count) {
        OWNED(json) json_t *list = NULL;
        owned_mem json_t **rows = NULL;
        owned_strv patterns = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        for (size_t i = 0; i < count; i++) {
                char *name = NULL;

                if (strpbrk(arguments[i], "*?[") || unit_name_mangle(arguments[i], &name) < 0)
                        name = strdup(arguments[i]);
                if (strv_adopt(&patterns, name) < 0)
                        return ctl_out_of_memory();
        }
        if (c->failed && strv_add(&c->states, "failed") < 0)
                return ctl_out_of_memory();
        r = ask_units(c, patterns, &error, &list);
        if (r < 0)
                return ctl_complain(&error, r, "Failed to list units");
        rows = sorted_rows(list);
        if (!rows)
                return ctl_out_of_memory();
        return c->output == OUTPUT_JSON ? print_units_as_json(c, rows, count > 0) : print_units(c, rows, count > 0);
}

/* ---- list-jobs --------------------------------------------------------------------------------------------------- */

static bool matches_arguments(const char *name, char **arguments, size_t count) {
        for (size_t i = 0; i < count; i++)
                if (fnmatch(arguments[i], name, 0) == 0)
                        return true;
        return count == 0;
}

int verb_list_jobs(struct ctl *c, char **arguments, size_t count) {
        static const char *const titles[] = { "JOB", "UNIT", "TYPE", "STATE" };
        OWNED(message) sd_bus_message *reply = NULL;
        OWNED(json) json_t *list = NULL;
        OWNED(json) json_t *json = json_array();
        sd_bus_error error = SD_BUS_ERROR_NULL;
        struct table t;
        const json_t *job;
        size_t i, shown = 0;
        int r = ctl_call(c, ASK(BUS_MANAGER, "ListJobs", NULL), &error, &reply);

        if (r >= 0)
                r = read_list(reply, &list);
        if (r < 0)
                return ctl_complain(&error, r, "Failed to list jobs");
        table_init(&t, c, titles, ARRAY_LEN(titles));
        json_array_foreach(list, i, job) {
                char id[24];
                const char *cells[] = { id, text_at(job, 1), text_at(job, 2), text_at(job, 3) };

                if (!matches_arguments(cells[1], arguments, count))
                        continue;
                (void)snprintf(id, sizeof(id), "%llu", (unsigned long long)number_at(job, 0));
                table_add(&t, cells, NULL);
                (void)json_array_append_new(json, json_pack("{sI ss ss ss}", "job", (json_int_t)number_at(job, 0),
                                                            "unit", cells[1], "type", cells[2], "state", cells[3]));
                shown++;
        }
        if (c->output == OUTPUT_JSON)
                r = print_json(json);
        else if (shown == 0)
                (void)puts("No jobs running.");
        else
                table_print(&t);
        if (c->output != OUTPUT_JSON && shown > 0 && !c->no_legend)
                (void)printf("\n%zu job%s listed.\n", shown, shown == 1 ? "" : "s");
        table_free(&t);
        return STATUS_OK;
}

/* ---- list-unit-files --------------------------------------------------------------------------------------------- */

int verb_list_unit_files(struct ctl *c, char **arguments, size_t count) {
        static const char *const titles[] = { "UNIT FILE", "STATE" };
        OWNED(message) sd_bus_message *reply = NULL;
        OWNED(json) json_t *list = NULL;
        OWNED(json) json_t *json = json_array();
        owned_mem json_t **rows = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        struct table t;
        size_t shown = 0;
        int r = ctl_call(c, ASK(BUS_MANAGER, "ListUnitFiles", NULL), &error, &reply);

        if (r >= 0)
                r = read_list(reply, &list);
        rows = r < 0 ? NULL : sorted_rows(list);
        if (!rows)
                return ctl_complain(&error, r, "Failed to list unit files");
        table_init(&t, c, titles, ARRAY_LEN(titles));
        for (size_t i = 0; rows[i]; i++) {
                const char *slash = strrchr(text_at(rows[i], 0), '/');
                const char *cells[] = { slash ? slash + 1 : text_at(rows[i], 0), text_at(rows[i], 1) };

                if (!has_wanted_type(c, cells[0]) || (c->states && !strv_contains(c->states, cells[1])) ||
                    !matches_arguments(cells[0], arguments, count))
                        continue;
                table_add(&t, cells, NULL);
                (void)json_array_append_new(json, json_pack("{ss ss}", "unit_file", cells[0], "state", cells[1]));
                shown++;
        }
        if (c->output == OUTPUT_JSON)
                (void)print_json(json);
        else
                table_print(&t);
        if (c->output != OUTPUT_JSON && !c->no_legend)
                (void)printf("\n%zu unit files listed.\n", shown);
        table_free(&t);
        return STATUS_OK;
}

/* ---- list-dependencies ------------------------------------------------------------------------------------------- */

static const char *const *dependency_kinds(const struct ctl *c) {
        static const char *const forward[] = { "Requires", "Requisite", "Wants", "ConsistsOf",
                                               "BindsTo",  "Upholds",   NULL };
        static const char *const reverse[] = { "RequiredBy", "RequisiteOf", "WantedBy", "PartOf",
                                               "BoundBy",    "UpheldBy",    NULL };
        static const char *const after[] = { "After", NULL }, *const before[] = { "Before", NULL };

        return c->after ? after : c->before ? before : c->reverse ? reverse : forward;
}

static char **dependencies_of(const struct ctl *c, const json_t *values) {
        owned_strv names = NULL;

        for (const char *const *kind = dependency_kinds(c); *kind; kind++) {
                const json_t *list = json_object_get(values, *kind);

                for (size_t i = 0; i < json_array_size(list); i++)
                        if (strv_add_unique(&names, text_at(list, i)) < 0)
                                return NULL;
        }
        return take_ptr(names);
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(char *const *)a, *(char *const *)b);
}

struct branch {
        const struct branch *up;
        const char *name;
        bool is_last;
};

static void draw_branch(const struct ctl *c, const struct branch *b, bool is_leaf) {
        if (!b->up)
                return;
        draw_branch(c, b->up, false);
        if (c->plain)
                (void)fputs("  ", stdout);
        else
                (void)fputs(is_leaf ? (b->is_last ? "└─" : "├─") : (b->is_last ? "  " : "│ "), stdout);
}

static bool is_above(const struct branch *b, const char *name) {
        for (; b; b = b->up)
                if (text_equal(b->name, name))
                        return true;
        return false;
}

static int list_branch(struct ctl *c, const struct branch *b) {
        OWNED(json) json_t *values = NULL;
        owned_strv names = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = ctl_unit_properties(c, b->name, &error, &values, NULL);
        const char *state;
        enum colour colour;

        if (r < 0)
                return ctl_complain(&error, r, "Failed to read %s", b->name);
        state = get_text(values, "ActiveState");
        colour = colour_of_state(state);
        if (!c->plain)
                (void)printf("%s%s%s ", colour_on(c, colour), text_equal(state, "inactive") ? "○" : "●",
                             colour_off(c, colour));
        draw_branch(c, b, true);
        (void)printf("%s\n", b->name);
        if (b->up && !c->all && !text_ends_with(b->name, ".target"))
                return STATUS_OK;
        names = dependencies_of(c, values);
        if (names)
                qsort(names, strv_length(names), sizeof(char *), compare_names);
        for (size_t i = 0; names && names[i]; i++) {
                struct branch below = { b, names[i], !names[i + 1] };

                if (!is_above(b, names[i]))
                        r = list_branch(c, &below);
        }
        return r < 0 ? STATUS_FAILED : STATUS_OK;
}

int verb_list_dependencies(struct ctl *c, char **arguments, size_t count) {
        owned_strv names = NULL;
        char *standard[] = { (char[]){ "default.target" }, NULL };
        int status = STATUS_OK;

        if (ctl_unit_names(c, count ? arguments : standard, count ? count : 1, &names) < 0)
                return STATUS_FAILED;
        STRV_EACH(name, names) {
                struct branch root = { NULL, name, true };
                int failed = list_branch(c, &root);

                if (failed)
                        status = failed;
        }
        return status;
}
