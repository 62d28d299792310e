/* SPDX-License-Identifier: MIT */
/* names: what people type as units' names. */
#include "ctl.h"

#include "unit/unit.h"

char *ctl_unit_path(const char *name) {
        char *path = NULL;

        return sd_bus_path_encode(BUS_UNIT_PATH, name, &path) < 0 ? NULL : path;
}

/* Appends the names of the loaded units that match. */
static int add_matching(struct ctl *c, const char *pattern, char ***names) {
        OWNED(json) json_t *units = NULL;
        OWNED(message) sd_bus_message *reply = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        const json_t *unit;
        size_t i;
        int r = ctl_call(c, ASK(BUS_MANAGER, "ListUnitsByPatterns", "asas"), &error, &reply, 0, 1, pattern);

        if (r >= 0)
                r = read_list(reply, &units);
        if (r < 0) {
                (void)ctl_complain(&error, r, "Failed to list units");
                return r;
        }
        json_array_foreach(units, i, unit) {
                r = strv_add_unique(names, text_at(unit, 0));
                if (r < 0)
                        return r;
        }
        return 0;
}

int ctl_unit_names(struct ctl *c, char **arguments, size_t count, char ***ret) {
        owned_strv names = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < count; i++) {
                owned_str name = NULL;

                if (strpbrk(arguments[i], "*?[")) {
                        r = add_matching(c, arguments[i], &names);
                        continue;
                }
                r = unit_name_mangle(arguments[i], &name);
                if (r == -EINVAL)
                        (void)fprintf(stderr, "keelctl: '%s' is no unit's name\n", arguments[i]);
                else if (r >= 0)
                        r = strv_add_unique(&names, name);
        }
        if (r < 0)
                return r;
        *ret = take_ptr(names);
        return 0;
}
