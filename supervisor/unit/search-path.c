/* SPDX-License-Identifier: MIT */
/* search-path: see search-path.h. */
#include "search-path.h"

#include "base/text.h"

#include <errno.h>
#include <unistd.h>

static const char *const system_path[] = {
        "/etc/keel/system",        "/run/keel/system",       "/etc/systemd/system",
        "/run/systemd/system",     "/run/systemd/generator", "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system", "/lib/systemd/system",
};

/* Where the units that we ship are: beside the program when it runs from its build folder, else where they were installed. */
static char *find_own_units(void) {
        char self[4096];
        ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
        char *slash;
        owned_str near = NULL;

        if (n <= 0)
                return strdup(UNITDIR);
        self[n] = 0;
        slash = strrchr(self, '/');
        if (!slash)
                return strdup(UNITDIR);
        *slash = 0;
        near = text_printf("%s/../units", self);
        if (!near)
                return NULL;
        return access(near, R_OK | X_OK) == 0 ? take_ptr(near) : strdup(UNITDIR);
}

int search_path_add(char ***path, unsigned parts) {
        owned_str own = find_own_units();
        int r = own ? 0 : -ENOMEM;

        for (size_t i = 0; (parts & SEARCH_PATH_SYSTEM) && i < ARRAY_LEN(system_path) && r >= 0; i++)
                r = strv_add(path, system_path[i]);
        if (r >= 0)
                r = strv_add(path, own);
        if (r >= 0 && (parts & SEARCH_PATH_MACHINE))
                r = strv_adopt(path, text_printf("%s/machine", own));
        return r < 0 ? r : 0;
}
