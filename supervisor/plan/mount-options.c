/* SPDX-License-Identifier: MIT */
/* mount-options: the options of TemporaryFileSystem=, as mount(8) writes them, for mount(2): flags and the rest. */
#include "mount-entries.h"

#include "base/text.h"

#include <errno.h>
#include <sys/mount.h>

static const struct {
        const char *name;
        unsigned long set, clear;
} flag_options[] = {
        { "ro", MS_RDONLY, 0 },
        { "rw", 0, MS_RDONLY },
        { "nosuid", MS_NOSUID, 0 },
        { "suid", 0, MS_NOSUID },
        { "nodev", MS_NODEV, 0 },
        { "dev", 0, MS_NODEV },
        { "noexec", MS_NOEXEC, 0 },
        { "exec", 0, MS_NOEXEC },
        { "noatime", MS_NOATIME, 0 },
        { "atime", 0, MS_NOATIME },
        { "nodiratime", MS_NODIRATIME, 0 },
        { "diratime", 0, MS_NODIRATIME },
        { "relatime", MS_RELATIME, 0 },
        { "norelatime", 0, MS_RELATIME },
        { "strictatime", MS_STRICTATIME, 0 },
        { "nostrictatime", 0, MS_STRICTATIME },
        { "defaults", 0, 0 },
};

static bool take_flag(const char *word, unsigned long *flags) {
        for (size_t i = 0; i < ARRAY_LEN(flag_options); i++)
                if (text_equal(word, flag_options[i].name)) {
                        *flags = (*flags & ~flag_options[i].clear) | flag_options[i].set;
                        return true;
                }
        return false;
}

int mount_options_split(const char *options, unsigned long *flags, char **ret_data) {
        owned_strv data = NULL;
        owned_str copy = strdup(options ? options : "");
        char *rest = copy, *word;
        bool has_mode = false;
        int r = copy ? 0 : -ENOMEM;

        while (r >= 0 && (word = strsep(&rest, ",")))
                if (*word && !take_flag(word, flags)) {
                        has_mode = has_mode || text_after(word, "mode=");
                        r = strv_add(&data, word);
                }
        if (r >= 0 && !has_mode)
                r = strv_add(&data, "mode=0755");
        if (r < 0)
                return r;
        *ret_data = strv_join(data, ",");
        return *ret_data ? 0 : -ENOMEM;
}
