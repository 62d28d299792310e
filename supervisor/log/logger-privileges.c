/* SPDX-License-Identifier: MIT */
/* logger-privileges: see the header. Files are given to the user only where they are plain files with one name, so that a
 * hard link put there by an earlier owner of the directory gives nothing away.
 */
#include "logger-privileges.h"

#include "base/clock.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <time.h>

#define NOBODY        65534u
#define LOCK_AGAIN_US (10 * US_PER_MS)

void logger_find_user(const char *name, uid_t *ret_uid, gid_t *ret_gid) {
        owned_file file = fopen("/etc/passwd", "re");
        struct passwd *entry;

        *ret_uid = NOBODY;
        *ret_gid = NOBODY;
        while (file && (entry = fgetpwent(file))) {
                if (strcmp(entry->pw_name, name) != 0 || entry->pw_uid == 0)
                        continue;
                *ret_uid = entry->pw_uid;
                *ret_gid = entry->pw_gid;
                break;
        }
}

/* Gives the log files of earlier runs to the user. */
static void give_files(int directory_fd, uid_t uid, gid_t gid) {
        struct dirent *entry;
        DIR *directory;

        if (sys_open_folder(directory_fd, &directory) < 0)
                return;
        while ((entry = readdir(directory))) {
                owned_fd file_fd = -1;
                struct stat st;

                if (!strstr(entry->d_name, ".log"))
                        continue;
                file_fd = sys_openat(directory_fd, entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
                if (file_fd >= 0 && fstat(file_fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
                    st.st_uid != uid)
                        (void)sys_fchownat(file_fd, "", uid, gid, AT_EMPTY_PATH);
        }
        (void)closedir(directory);
}

/* An earlier logger ends as soon as its line is closed; should it hang, two at once are better than none. */
static void wait_for_lock(int fd, uint64_t wait_us) {
        const struct timespec pause = { .tv_nsec = LOCK_AGAIN_US * 1000 };
        uint64_t until_us = time_add(clock_monotonic_us(), wait_us);

        while (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK && clock_monotonic_us() < until_us)
                (void)nanosleep(&pause, NULL);
}

int logger_open_directory(const char *path, uid_t uid, gid_t gid, uint64_t wait_us) {
        int r = sys_mkdir_parents(path, 0755);
        owned_fd fd = -1;
        struct stat st;

        if (r < 0 && r != -EEXIST)
                return r;
        fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0 || faccessat(fd, ".", W_OK, AT_EACCESS) < 0)
                return -errno;
        wait_for_lock(fd, wait_us);
        if (geteuid() == 0 && (st.st_uid == uid || sys_fchown(fd, uid, gid) == 0))
                give_files(fd, uid, gid);
        return take_fd(&fd);
}

/* All or nothing: groups, gid, uid. */
static int become(uid_t uid, gid_t gid) {
        if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
                return -errno;
        return 0;
}

int logger_drop_privileges(uid_t uid, gid_t gid) {
        int is_user = geteuid() == 0 && become(uid, gid) == 0;
        cap_t none;

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;
        (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        none = cap_init();
        if (!none || cap_set_proc(none) < 0) {
                int r = -errno;

                (void)cap_free(none);
                return r;
        }
        (void)cap_free(none);
        return is_user;
}
