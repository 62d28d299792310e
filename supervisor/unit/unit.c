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

/* The parts while a unit is being loaded. There is room for one, since one is loaded after the other: nobody allocates and frees
 * kilobytes for each of thousands of units. Who else wants one allocates it. */
struct draft {
        struct unit_settings unit;
        struct exec_settings exec;
        struct kill_settings kill;
        struct cgroup_settings cgroup;
        struct service_settings service;
        struct command_settings commands;
};
static struct draft usual_draft;
static bool usual_draft_is_taken;

static struct draft *take_draft(void) {
        if (usual_draft_is_taken)
                return malloc(sizeof(struct draft));
        usual_draft_is_taken = true;
        return &usual_draft;
}

static void give_back_draft(struct draft *draft) {
        if (draft == &usual_draft)
                usual_draft_is_taken = false;
        else
                free(draft);
}

/* NULL: it has none any more. */
static struct draft *draft_of(const struct unit *u) {
        return u->is_packed || !u->unit ? NULL : (struct draft *)(uintptr_t)u->unit;
}
_Static_assert(offsetof(struct draft, unit) == 0, "draft_of()");

#define PACKER_KEEPS ((size_t)16 << 10)

int unit_pack(struct unit *u) {
        static struct packer p; /* keeps its room, but for that of a unit with thousands of names */
        struct draft *draft = draft_of(u);
        const void *pieces[ARRAY_LEN(parts)] = { NULL };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_LEN(parts); i++) {
                const void *settings = *part_of(u, &parts[i]);

                if (!settings)
                        continue;
                packer_begin(&p, settings, parts[i].size);
                directive_pack_groups(parts[i].groups, &p, settings);
                r = packer_finish(&p, parts[i].sharing, &pieces[i]);
        }
        if (r < 0 || p.room + p.text_room > PACKER_KEEPS)
                packer_free(&p);
        for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
                void **settings = part_of(u, &parts[i]);

                if (r < 0) {
                        packed_unref(pieces[i]);
                        continue;
                }
                directive_release_groups(parts[i].groups, *settings);
                memcpy(settings, &pieces[i], sizeof pieces[i]);
        }
        if (r < 0)
                return r;
        give_back_draft(draft);
        u->is_packed = true;
        unit_trim_lines(u);
        return 0;
}

static void free_settings(struct unit *u) {
        struct draft *draft = draft_of(u);

        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
                if (u->is_packed)
                        packed_unref(*part_of(u, &parts[i]));
                else
                        directive_release_groups(parts[i].groups, *part_of(u, &parts[i]));
        give_back_draft(draft);
        directive_release_groups(G(UNIT_ITSELF), u);
}

/* The parts that a unit of this type has. What is the same has the same bytes, gaps and all. */
static int allocate_settings(struct unit *u) {
        bool is_service = u->type == UNIT_SERVICE, has_cgroup = is_service || u->type == UNIT_SLICE;
        struct draft *draft = take_draft();

        if (!draft)
                return -ENOMEM;
        settings_init_unit(&draft->unit, u->type);
        u->unit = &draft->unit;
        if (has_cgroup) {
                settings_init_cgroup(&draft->cgroup);
                u->cgroup = &draft->cgroup;
        }
        if (!is_service)
                return 0;
        settings_init_kill(&draft->kill);
        settings_init_service(&draft->service);
        memset(&draft->commands, 0, sizeof draft->commands);
        u->kill = &draft->kill;
        u->service = &draft->service;
        u->commands = &draft->commands;
        u->exec = &draft->exec;
        return settings_init_exec(&draft->exec);
}

/* ---- the unit ------------------------------------------------------------------------------------------------------ */

int unit_new(const char *name, struct unit **ret) {
        OWNED(unit) struct unit *u = NULL;
        owned_str prefix = NULL;
        int r = 0;

        if (!unit_name_is_valid(name))
                return -EINVAL;
        u = calloc(1, sizeof *u);
        if (!u)
                return -ENOMEM;
        u->name = strdup(name);
        if (!u->name)
                return -ENOMEM;
        u->type = unit_name_type(name);
        if (strchr(name, '@'))
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
