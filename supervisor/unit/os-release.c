/* SPDX-License-Identifier: MIT */
/* os-release: reads the file each time it is asked: that is rare. */
#include "os-release.h"
#include "base/sys.h"
#include "value.h"

#include <errno.h>

#define OS_RELEASE_MAX (64u * 1024u)

int os_release_value(const char *key, char **ret) {
        owned_str text = NULL;
        size_t key_length = strlen(key), length;
        char *rest, *value = NULL;
        int r;

        r = sys_read_file(AT_FDCWD, "/etc/os-release", OS_RELEASE_MAX, &text, &length);
        if (r < 0)
                r = sys_read_file(AT_FDCWD, "/usr/lib/os-release", OS_RELEASE_MAX, &text, &length);
        if (r == -ENOMEM)
                return r;
        rest = text;
        for (char *line; r >= 0 && (line = strsep(&rest, "\n"));) {
                const char *quoted = line + key_length + 1;

                if (strncmp(line, key, key_length) != 0 || line[key_length] != '=')
                        continue;
                free(value);
                value = NULL;
                if (value_next_word(&quoted, 0, &value) == -ENOMEM)
                        return -ENOMEM;
        }
        if (!value)
                value = strdup("");
        if (!value)
                return -ENOMEM;
        *ret = value;
        return 0;
}
