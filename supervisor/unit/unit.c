/* SPDX-License-Identifier: MIT */
/* unit: making, freeing and asking a struct unit. What its files say is load.c's; nothing here reads a unit file but to print
 * it. */
#include "base/sys.h"
#include "directive.h"
#include "pack.h"
#include "unit-file.h"
#include "unit-private.h"

#include <errno.h>

/* ---- settings ------------------------------------------------------------------------------------------------------ */

#define G(group) (1u << GROUP_##group)

/* The structs that a unit has: each is packed, and shared, by itself. */
static const struct part {
        size_t at, size; /* of the pointer in struct unit, and of what it points to */
        unsigned groups; /* whose fields are in there */
        enum pack_sharing sharing;
} parts[] = {
#define PART(member, groups, sharing) \
        { offsetof(struct unit, member), sizeof *((struct unit *)NULL)->member, groups, sharing }
        PART(unit, G(UNIT) | G(INSTALL) | G(SERVICE_UNIT), PACK_SHARED),
        PART(exec, G(EXEC), PACK_SHARED),
        PART(kill, G(KILL), PACK_SHARED),
        PART(cgroup, G(CGROUP), PACK_SHARED),
        PART(service, G(SERVICE), PACK_SHARED),
        PART(commands, G(COMMANDS), PACK_ALONE),
#undef PART
};

static void **part_of(struct unit *u, const struct part *part) {
        return (void **)(void *)((char *)u + part->at);
}

void *unit_draft_of(struct unit *u, enum directive_group group) {
        /* A struct that has been allocated, and is const for those who read it. */
        return u->is_packed ? NULL : (void *)(uintptr_t)unit_settings_of(u, group);
}

static void free_draft(const struct part *part, void *settings) {
        directive_release_groups(part->groups, settings);
        free(settings);
}

int unit_pack(struct unit *u) {
        const void *pieces[ARRAY_LEN(parts)] = { NULL };
        struct packer p = { 0 };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_LEN(parts); i++) {
                const void *settings = *part_of(u, &parts[i]);

                if (!settings)
                        continue;
                packer_begin(&p, settings, parts[i].size);
                directive_pack_groups(parts[i].groups, &p, settings);
                r = packer_finish(&p, parts[i].sharing, &pieces[i]);
        }
        packer_free(&p);
        for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
                void **settings = part_of(u, &parts[i]);

                if (r < 0) {
                        packed_unref(pieces[i]);
                        continue;
                }
                free_draft(&parts[i], *settings);
                memcpy(settings, &pieces[i], sizeof pieces[i]);
        }
        u->is_packed = r == 0;
        if (r == 0)
                unit_trim_lines(u);
        return r;
}

static void free_settings(struct unit *u) {
        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
                if (u->is_packed)
                        packed_unref(*part_of(u, &parts[i]));
                else
                        free_draft(&parts[i], *part_of(u, &parts[i]));
        directive_release_groups(G(UNIT_ITSELF), u);
}

/* The parts that a unit of this type has. Zeroed, gaps and all: what is the same has the same bytes. */
static int allocate_settings(struct unit *u) {
        struct unit_settings *unit = calloc(1, sizeof *unit);
        struct exec_settings *exec = u->type == UNIT_SERVICE ? calloc(1, sizeof *exec) : NULL;
        struct kill_settings *kill = u->type == UNIT_SERVICE ? calloc(1, sizeof *kill) : NULL;
        struct service_settings *service = u->type == UNIT_SERVICE ? calloc(1, sizeof *service) : NULL;
        struct command_settings *commands = u->type == UNIT_SERVICE ? calloc(1, sizeof *commands) : NULL;
        bool has_cgroup = u->type == UNIT_SERVICE || u->type == UNIT_SLICE;
        struct cgroup_settings *cgroup = has_cgroup ? calloc(1, sizeof *cgroup) : NULL;

        u->unit = unit;
        u->exec = exec;
        u->kill = kill;
        u->service = service;
        u->commands = commands;
        u->cgroup = cgroup;
        if (!unit || (has_cgroup && !cgroup) || (u->type == UNIT_SERVICE && !(exec && kill && service && commands)))
                return -ENOMEM;
        settings_init_unit(unit, u->type);
        if (cgroup)
                settings_init_cgroup(cgroup);
        if (!exec)
                return 0;
        settings_init_kill(kill);
        settings_init_service(service);
        return settings_init_exec(exec);
}

/* ---- the unit ------------------------------------------------------------------------------------------------------ */

int unit_new(const char *name, struct unit **ret) {
        OWNED(unit) struct unit *u = NULL;
        owned_str prefix = NULL;
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
        r = unit_name_split(name, &prefix, &u->instance);
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
                r = text_replace(&u->description, description);
        if (r == 0)
                r = unit_pack(u);
        if (r < 0)
                return r;
        *ret = take_ptr(u);
        return 0;
}

void unit_free(struct unit *u) {
        if (!u)
                return;
        free_settings(u);
        free(u->lines);
        free(u->line_texts);
        free(u->name);
        free(u->instance);
        strv_free(u->aliases);
        free(u->load_error);
        strv_free(u->dropin_paths);
        strv_free(u->files);
        free(u);
}

int unit_intern_file(struct unit *u, const char *path) {
        size_t number = 0;

        if (strv_add_unique(&u->files, path) < 0)
                return -ENOMEM;
        while (!text_equal(u->files[number], path))
                number++;
        return number <= UINT16_MAX ? (int)number : -E2BIG;
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
