/* SPDX-License-Identifier: MIT */
/* unit: making, freeing and asking a struct unit. What its files say is load.c's; nothing here reads a unit file but to print
 * it. */
#include "base/sys.h"
#include "directive.h"
#include "unit-file.h"
#include "unit-private.h"

#include <errno.h>

/* The parts that a unit of this type has. */
static int allocate_settings(struct unit *u) {
        settings_init_unit(&u->unit, u->type);
        if (u->type == UNIT_SERVICE || u->type == UNIT_SLICE) {
                u->cgroup = malloc(sizeof *u->cgroup);
                if (!u->cgroup)
                        return -ENOMEM;
                settings_init_cgroup(u->cgroup);
        }
        if (u->type != UNIT_SERVICE)
                return 0;
        u->exec = calloc(1, sizeof *u->exec);
        u->kill = malloc(sizeof *u->kill);
        u->service = malloc(sizeof *u->service);
        if (u->kill)
                settings_init_kill(u->kill);
        if (u->service)
                settings_init_service(u->service);
        return u->exec && u->kill && u->service ? settings_init_exec(u->exec) : -ENOMEM;
}

int unit_new(const char *name, struct unit **ret) {
        OWNED(unit) struct unit *u = NULL;
        int r;

        if (!unit_name_is_valid(name))
                return -EINVAL;
        u = calloc(1, sizeof *u);
        if (!u)
                return -ENOMEM;
        u->name = strdup(name);
        if (!u->name)
                return -ENOMEM;
        u->type = unit_name_type(name);
        r = unit_name_split(name, &u->prefix, &u->instance);
        if (r == 0)
                r = allocate_settings(u);
        if (r < 0)
                return r;
        *ret = take_ptr(u);
        return 0;
}

int unit_new_builtin(const char *name, const char *description, struct unit **ret) {
        OWNED(unit) struct unit *u = NULL;
        int r = unit_new(name, &u);

        if (r == 0)
                r = text_replace(&u->unit.description, description);
        if (r < 0)
                return r;
        *ret = take_ptr(u);
        return 0;
}

void unit_free(struct unit *u) {
        if (!u)
                return;
        for (int group = 0; group < GROUP_COUNT_; group++)
                directive_release_group(group, unit_settings_of(u, group));
        free(u->exec);
        free(u->kill);
        free(u->cgroup);
        free(u->service);
        for (size_t i = 0; i < u->assignment_count; i++) {
                free(u->assignments[i].key); /* the value is in the same piece */
                free(u->assignments[i].why);
        }
        free(u->assignments);
        free(u->name);
        free(u->prefix);
        free(u->instance);
        strv_free(u->aliases);
        free(u->load_error);
        free(u->fragment_path);
        strv_free(u->dropin_paths);
        strv_free(u->files);
        free(u);
}

const char *unit_intern_file(struct unit *u, const char *path) {
        if (strv_add_unique(&u->files, path) < 0)
                return NULL;
        STRV_EACH(file, u->files)
                if (text_equal(file, path))
                        return file;
        return NULL;
}

int unit_add_assignment(struct unit *u, const struct assignment *a, const char *section, const char *key,
                        const char *value) {
        size_t key_size = strlen(section) + strlen(key) + 2, value_size = strlen(value) + 1;
        struct assignment *grown = reallocarray(u->assignments, u->assignment_count + 1, sizeof *grown);
        char *text = malloc(key_size + value_size); /* one piece for both */

        if (grown)
                u->assignments = grown;
        if (!grown || !text) {
                free(text);
                free(a->why);
                return -ENOMEM;
        }
        (void)stpcpy(stpcpy(stpcpy(text, section), "."), key);
        memcpy(text + key_size, value, value_size);
        grown[u->assignment_count] = *a;
        grown[u->assignment_count].key = text;
        grown[u->assignment_count++].value = text + key_size;
        return 0;
}

int unit_set_outcome(struct unit *u, const char *key, enum outcome outcome, const char *why) {
        for (size_t i = 0; i < u->assignment_count; i++) {
                struct assignment *a = &u->assignments[i];

                if (!text_equal(a->key, key) || a->outcome >= outcome)
                        continue;
                if (text_replace(&a->why, why) < 0)
                        return -ENOMEM;
                a->outcome = outcome;
        }
        return 0;
}

void unit_inherit_outcomes(struct unit *u, const struct unit *earlier) {
        for (size_t i = 0; i < earlier->assignment_count; i++) {
                const struct assignment *old = &earlier->assignments[i];

                if (old->outcome != OUTCOME_EMULATED && old->outcome != OUTCOME_UNAVAILABLE)
                        continue;
                for (size_t k = 0; k < u->assignment_count; k++) {
                        struct assignment *a = &u->assignments[k];

                        if (a->outcome >= old->outcome || !text_equal(a->key, old->key) ||
                            !text_equal(a->value, old->value) || text_replace(&a->why, old->why) < 0)
                                continue;
                        a->outcome = old->outcome;
                }
        }
}

const struct assignment *unit_find_assignment(const struct unit *u, const char *key) {
        for (size_t i = u->assignment_count; i-- > 0;)
                if (text_equal(u->assignments[i].key, key))
                        return &u->assignments[i];
        return NULL;
}

static int append_file(const char *path, char **text) {
        owned_str content = NULL;
        size_t length;
        char *longer;
        int r = sys_read_file(AT_FDCWD, path, UNIT_FILE_MAX, &content, &length);

        if (r < 0)
                return r;
        longer = text_printf("%s%s# %s\n%s%s", *text ? *text : "", *text ? "\n" : "", path, content,
                             length && content[length - 1] != '\n' ? "\n" : "");
        if (!longer)
                return -ENOMEM;
        free(*text);
        *text = longer;
        return 0;
}

int unit_read_text(const struct unit *u, char **ret) {
        owned_str text = NULL;
        int r = u->fragment_path ? append_file(u->fragment_path, &text) : 0;

        STRV_EACH(path, u->dropin_paths) {
                if (r < 0)
                        return r;
                r = append_file(path, &text);
        }
        if (r < 0)
                return r;
        if (!text && !(text = strdup("")))
                return -ENOMEM;
        *ret = take_ptr(text);
        return 0;
}
