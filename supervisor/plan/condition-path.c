/* SPDX-License-Identifier: MIT */
/* condition-path: tests that look at one path. A path that is not there is "no", never an error. */
#include "condition-private.h"

#include "unit/value.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

int condition_path_exists(const struct condition_subject *s) {
        return access(s->parameter, F_OK) == 0;
}

int condition_path_exists_glob(const struct condition_subject *s) {
        glob_t found = { 0 };
        int r = glob(s->parameter, GLOB_NOSORT | GLOB_BRACE, NULL, &found);

        globfree(&found);
        return r == GLOB_NOSPACE ? -ENOMEM : r == 0;
}

static bool has_type(const char *path, mode_t type) {
        struct stat st;

        return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

int condition_path_is_directory(const struct condition_subject *s) {
        return has_type(s->parameter, S_IFDIR);
}

int condition_path_is_symbolic_link(const struct condition_subject *s) {
        struct stat st;

        return lstat(s->parameter, &st) == 0 && S_ISLNK(st.st_mode);
}

int condition_path_is_mount_point(const struct condition_subject *s) {
        struct statx x;
        struct stat st, parent;
        owned_str above = NULL;

        if (text_equal(s->parameter, "/"))
                return 1;
        if (statx(AT_FDCWD, s->parameter, 0, STATX_TYPE, &x) == 0 && (x.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
                return (x.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
        above = text_printf("%s/..", s->parameter); /* kernels before 5.8 */
        if (!above)
                return -ENOMEM;
        return stat(s->parameter, &st) == 0 && stat(above, &parent) == 0 && st.st_dev != parent.st_dev;
}

int condition_path_is_read_write(const struct condition_subject *s) {
        struct statvfs fs;

        if (statvfs(s->parameter, &fs) < 0)
                return 0;
        return !(fs.f_flag & ST_RDONLY) && (access(s->parameter, W_OK) == 0 || errno != EROFS);
}

/* Is this block device dm-crypt, or does it stand on a single one that is? */
static int is_encrypted(const char *sys_device, unsigned depth) {
        owned_str uuid_path = text_printf("%s/dm/uuid", sys_device);
        owned_str slaves = text_printf("%s/slaves", sys_device);
        owned_str below = NULL;
        owned_str uuid = NULL;
        DIR *d;

        if (!uuid_path || !slaves)
                return -ENOMEM;
        uuid = condition_read_line(uuid_path);
        if (uuid && text_after(uuid, "CRYPT-"))
                return 1;
        d = opendir(slaves);
        for (struct dirent *item; d && (item = readdir(d));) {
                if (*item->d_name == '.')
                        continue;
                if (below) { /* more than one: systemd looks no further either */
                        free(take_ptr(below));
                        break;
                }
                below = text_printf("%s/%s", slaves, item->d_name);
        }
        if (d)
                (void)closedir(d);
        return below && depth < 8 ? is_encrypted(below, depth + 1) : 0;
}

int condition_path_is_encrypted(const struct condition_subject *s) {
        owned_str device = NULL;
        struct stat st;

        if (stat(s->parameter, &st) < 0 || major(st.st_dev) == 0)
                return 0;
        device = text_printf("/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
        return device ? is_encrypted(device, 0) : -ENOMEM;
}

int condition_directory_not_empty(const struct condition_subject *s) {
        DIR *d = opendir(s->parameter);
        bool found = false;

        if (!d)
                return 0;
        for (struct dirent *item; !found && (item = readdir(d));)
                found = !text_equal(item->d_name, ".") && !text_equal(item->d_name, "..");
        (void)closedir(d);
        return found;
}

int condition_file_not_empty(const struct condition_subject *s) {
        struct stat st;

        return stat(s->parameter, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

int condition_file_is_executable(const struct condition_subject *s) {
        struct stat st;

        return stat(s->parameter, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

int condition_needs_update(const struct condition_subject *s) {
        owned_str stamp_path = NULL;
        owned_str forced = NULL;
        struct stat usr, stamp;
        bool force;

        if (!text_after(s->parameter, "/etc") && !text_after(s->parameter, "/var"))
                return -EINVAL;
        if (kernel_command_line_value("systemd.condition-needs-update", &forced) > 0 &&
            (!*forced || value_boolean(forced, &force) == 0))
                return *forced ? force : 1;
        if (condition_path_is_read_write(s) <= 0)
                return 0; /* nobody could update it */
        stamp_path = text_printf("%s/.updated", s->parameter);
        if (!stamp_path)
                return -ENOMEM;
        if (stat("/usr/", &usr) < 0 || stat(stamp_path, &stamp) < 0)
                return 1;
        if (usr.st_mtim.tv_sec != stamp.st_mtim.tv_sec)
                return usr.st_mtim.tv_sec > stamp.st_mtim.tv_sec;
        return stamp.st_mtim.tv_nsec > 0 && usr.st_mtim.tv_nsec > stamp.st_mtim.tv_nsec;
}
