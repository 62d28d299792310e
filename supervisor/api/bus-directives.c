/* SPDX-License-Identifier: MIT */
/* bus-directives: what the unit files say, as properties: made once from the rows of unit/directives.h and the forms of their
 * kinds, so that a directive that is added there is on the bus, too.
 */
#include "directive-forms.h"

/* A property that a directive gives. */
struct bus_directive {
        char *name; /* owned */
        const struct directive *directive;
        const struct directive_form *form;
};

/* The properties of one interface, by name, and the vtable made of them. */
struct directive_table {
        struct bus_directive *rows;
        size_t count;
        sd_bus_vtable *vtable;
};

enum { TABLE_UNIT, TABLE_SERVICE, TABLE_SLICE, TABLE_COUNT_ };

static const struct {
        const char *interface;
        enum unit_type type;
        unsigned groups;
} interfaces[TABLE_COUNT_] = {
        [TABLE_UNIT] = { BUS_UNIT, UNIT_TYPE_INVALID, 1u << GROUP_UNIT },
        [TABLE_SERVICE] = { BUS_TYPE_PREFIX "Service", UNIT_SERVICE,
                            1u << GROUP_SERVICE | 1u << GROUP_COMMANDS | 1u << GROUP_EXEC | 1u << GROUP_KILL |
                                    1u << GROUP_CGROUP },
        [TABLE_SLICE] = { BUS_TYPE_PREFIX "Slice", UNIT_SLICE, 1u << GROUP_CGROUP },
};

struct directive_tables {
        struct directive_table tables[TABLE_COUNT_];
};

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* Properties whose name is not the directive's; NULL: bus-unit.c has it, or it is another's second name. All other
 * directives keep their name, but times: TimeoutStopSec= is TimeoutStopUSec. */
static const char *const other_names[][2] = {
        { "Description", NULL },
        { "TimeoutSec", NULL },
        { "EnvironmentFile", "EnvironmentFiles" },
        { "CPUQuota", "CPUQuotaPerSecUSec" },
        { "TimerSlackNSec", "TimerSlackNSec" },
};

/* Newly allocated; NULL: none. */
static char *property_name(const char *key) {
        for (size_t i = 0; i < ARRAY_LEN(other_names); i++)
                if (text_equal(other_names[i][0], key))
                        return other_names[i][1] ? strdup(other_names[i][1]) : NULL;
        if (text_ends_with(key, "Sec"))
                return text_printf("%.*sUSec", (int)(strlen(key) - strlen("Sec")), key);
        return strdup(key);
}

/* An older name of a directive that came before: the same field, read in the same way. */
static bool is_second_name(const struct directive *d) {
        for (const struct directive *other = directives; other < d; other++)
                if (other->group == d->group && other->kind == d->kind && other->offset == d->offset)
                        return true;
        return false;
}

/* ---- the tables -------------------------------------------------------------------------------------------------- */

static int compare_rows(const void *a, const void *b) {
        return strcmp(((const struct bus_directive *)a)->name, ((const struct bus_directive *)b)->name);
}

static const struct bus_directive *find_row(const struct directive_table *t, const char *name) {
        const struct bus_directive key = { .name = (char *)(uintptr_t)name };

        return bsearch(&key, t->rows, t->count, sizeof(*t->rows), compare_rows);
}

static int add_row(struct directive_table *t, char *name, const struct directive *d,
                   const struct directive_form *form) {
        if (!name)
                return -ENOMEM;
        t->rows[t->count++] = (struct bus_directive){ name, d, form };
        return 0;
}

static int collect_rows(struct directive_table *t, unsigned groups) {
        struct bus_directive *fitting;

        t->rows = calloc(directive_count * 2, sizeof(*t->rows));
        if (!t->rows)
                return -ENOMEM;
        for (size_t i = 0; i < directive_count; i++) {
                const struct directive *d = &directives[i];
                const struct directive_form *form = directive_form_find(directive_kind_name(d));
                char *name;

                if (!(groups >> d->group & 1) || !form || is_second_name(d))
                        continue;
                name = property_name(d->key);
                if (!name)
                        continue;
                (void)add_row(t, name, d, form);
                if (text_equal(form->kind, "limit") &&
                    add_row(t, text_printf("%sSoft", d->key), d, &directive_form_soft_limit) < 0)
                        return -ENOMEM;
        }
        qsort(t->rows, t->count, sizeof(*t->rows), compare_rows);
        fitting = reallocarray(t->rows, t->count, sizeof(*t->rows));
        t->rows = fitting ? fitting : t->rows;
        return 0;
}

static int get_directive(GETTER_ARGUMENTS) {
        const struct directive_tables *all = api_of(bus)->directives;
        struct node *node = user;
        struct directive_value v = { .node = node };

        for (size_t i = 0; i < TABLE_COUNT_; i++) {
                const struct bus_directive *row;

                if (!text_equal(interfaces[i].interface, interface))
                        continue;
                row = find_row(&all->tables[i], property);
                if (!row)
                        return -ENOENT;
                v.directive = row->directive;
                v.settings = unit_settings_of(node->object->unit, (enum directive_group)row->directive->group);
                if (!v.settings)
                        return directive_put_nothing(reply, row->form->signature);
                v.field = (const char *)v.settings + row->directive->offset;
                return row->form->put(reply, &v);
        }
        return -ENOENT;
}

static int make_vtable(struct directive_table *t) {
        static const sd_bus_vtable start[] = { SD_BUS_VTABLE_START(0) }, end[] = { SD_BUS_VTABLE_END };

        t->vtable = calloc(t->count + 2, sizeof(*t->vtable));
        if (!t->vtable)
                return -ENOMEM;
        t->vtable[0] = start[0];
        for (size_t i = 0; i < t->count; i++) {
                const sd_bus_vtable row[] = { SD_BUS_PROPERTY(t->rows[i].name, t->rows[i].form->signature,
                                                              get_directive, 0, 0) };

                t->vtable[i + 1] = row[0];
        }
        t->vtable[t->count + 1] = end[0];
        return 0;
}

void api_free_directives(struct api *api) {
        for (size_t i = 0; api->directives && i < TABLE_COUNT_; i++) {
                struct directive_table *t = &api->directives->tables[i];

                for (size_t k = 0; k < t->count; k++)
                        free(t->rows[k].name);
                free(t->rows);
                free(t->vtable);
        }
        free(api->directives);
        api->directives = NULL;
}

/* Some thousand rows, sorted: not before somebody connects. */
static int make_tables(struct api *api) {
        struct directive_tables *all = api->directives = calloc(1, sizeof(*all));
        int r = all ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < TABLE_COUNT_; i++) {
                r = collect_rows(&all->tables[i], interfaces[i].groups);
                if (r >= 0)
                        r = make_vtable(&all->tables[i]);
        }
        if (r < 0)
                api_free_directives(api);
        return r;
}

/* ---- a connection's share ---------------------------------------------------------------------------------------- */

static int find_node(UNUSED sd_bus *bus, const char *path, const char *interface, void *user, void **found,
                     sd_bus_error *error) {
        for (size_t i = 0; i < TABLE_COUNT_; i++)
                if (text_equal(interfaces[i].interface, interface))
                        return api_find_unit(user, path, interfaces[i].type, found, error);
        return 0;
}

int api_add_directives(struct api *api, sd_bus *bus) {
        int r = api->directives ? 0 : make_tables(api);

        for (size_t i = 0; r >= 0 && i < TABLE_COUNT_; i++)
                r = sd_bus_add_fallback_vtable(bus, NULL, BUS_UNIT_PATH, interfaces[i].interface,
                                               api->directives->tables[i].vtable, find_node, api);
        return r;
}
