/* SPDX-License-Identifier: MIT */
/* unit-files: whether a unit file is enabled, as systemctl's is-enabled words it. Read-only. */
#include "api-private.h"

#include <sys/stat.h>

/* Is there a link to this unit in some NAME.wants/ (or one of its siblings) below this directory, or an alias beside them? */
static bool is_linked_in(const char *directory, const struct unit_settings *install, const char *name) {
        static const char *const kinds[] = { "wants", "requires", "upholds" };
        char *const *const lists[] = { install->wanted_by, install->required_by, install->upheld_by };

        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                STRV_EACH(other, lists[i]) {
                        owned_str path = text_printf("%s/%s.%s/%s", directory, other, kinds[i], name);
                        struct stat st;

                        if (path && lstat(path, &st) == 0)
                                return true;
                }
        STRV_EACH(alias, install->alias) {
                owned_str path = text_printf("%s/%s", directory, alias);
                struct stat st;

                if (path && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
                        return true;
        }
        return false;
}

static bool is_below(const char *path, const char *directory) {
        const char *rest = path ? text_after(path, directory) : NULL;

        return rest && *rest == '/';
}

const char *unit_file_state(struct api *api, const struct unit *unit, const char *name) {
        const struct unit_settings *u = unit->unit;

        if (unit->load_state == UNIT_MASKED)
                return is_below(unit->fragment_path, "/run") ? "masked-runtime" : "masked";
        if (unit->load_state == UNIT_BAD_SETTING || unit->load_state == UNIT_ERROR)
                return "bad";
        if (!unit->fragment_path)
                return "";
        if (name && !text_equal(name, unit->name) && !unit->instance)
                return "alias";
        if (is_below(unit->fragment_path, "/run/systemd/generator"))
                return "generated";
        STRV_EACH(directory, manager_context(api->manager)->search_path) {
                if (is_linked_in(directory, u, unit->name))
                        return is_below(directory, "/run") ? "enabled-runtime" : "enabled";
        }
        if (u->wanted_by || u->required_by || u->upheld_by || u->alias)
                return "disabled";
        return u->also ? "indirect" : "static";
}
