/* SPDX-License-Identifier: MIT */
/* boot: owns nothing; mounts what is missing, once, at start-up. Promises never to touch what is mounted already.
 * Called by main and launch.
 */
#include "boot.h"

#include "files.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kd.h>
#include <linux/reboot.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PLAIN (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct api_mount {
        char type[12], where[18], options[40];
        unsigned flags;
        bool only_machine; /* a container's own folder of that name is good enough */
        bool private; /* the options are this mount's; else those of all mounts of its file system */
} api_mounts[] = {
        { "proc", "/proc", "", PLAIN, false, true },
        { "sysfs", "/sys", "", PLAIN, false, true },
        { "devtmpfs", "/dev", "mode=0755", MS_NOSUID, true, false },
        { "devpts", "/dev/pts", "mode=0620,gid=5,ptmxmode=0666", MS_NOSUID | MS_NOEXEC, false, true },
        { "tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV, true, true },
        { "tmpfs", "/run", "mode=0755", MS_NOSUID | MS_NODEV, true, true },
        { "cgroup2", "/sys/fs/cgroup", "nsdelegate,memory_recursiveprot", PLAIN, false, false },
};
#define API_MOUNTS (sizeof(api_mounts) / sizeof(api_mounts[0]))

/* A mount point is on another device than its parent. A folder that is not there cannot be one. */
static bool is_mounted(const char *where) {
        struct stat self, parent;
        char up[24];
        unsigned n = 0, slash = 0;

        for (; where[n]; n++) {
                up[n] = where[n];
                if (where[n] == '/')
                        slash = n;
        }
        up[slash ? slash : 1] = 0;
        return stat(where, &self) == 0 && stat(up, &parent) == 0 && self.st_dev != parent.st_dev;
}

static void mount_missing(const struct api_mount *m, enum boot_where where) {
        if (is_mounted(m->where) || (m->only_machine && where != BOOT_MACHINE))
                return;
        (void)files_make_folder(m->where, 0755);
        if (where != BOOT_MACHINE && !m->private)
                (void)unshare(
                        CLONE_NEWCGROUP); /* in the host's own namespace, a mount would change the host's options */
        if (mount(m->type, m->where, m->type, m->flags, where == BOOT_MACHINE || m->private ? m->options : NULL) == 0)
                return;
        /* An older kernel does not know an option: better without than not at all. */
        if (errno == EINVAL && mount(m->type, m->where, m->type, m->flags, NULL) == 0)
                return;
        if (where == BOOT_MACHINE)
                say("cannot mount ", m->type, " on ", m->where, ": ", SAY_ERRNO(errno));
}

void boot_proc(void) {
        mount_missing(&api_mounts[0], BOOT_CONTAINER);
}

static void link_standard_fds(void) {
        static const char links[][2][20] = {
                { "/proc/self/fd", "/dev/fd" },
                { "/proc/self/fd/0", "/dev/stdin" },
                { "/proc/self/fd/1", "/dev/stdout" },
                { "/proc/self/fd/2", "/dev/stderr" },
        };

        for (unsigned i = 0; i < 4; i++)
                (void)!symlink(links[i][0], links[i][1]);
}

void boot_mounts(enum boot_where where) {
        for (unsigned i = 0; i < API_MOUNTS; i++)
                mount_missing(&api_mounts[i], where);
        if (where == BOOT_MACHINE)
                link_standard_fds();
}

void boot_standard_fds(void) {
        int fd;

        for (int want = 0; want < 3; want++) {
                if (fcntl(want, F_GETFD) >= 0)
                        continue;
                fd = open("/dev/console", O_RDWR | O_NOCTTY);
                if (fd < 0)
                        fd = open("/dev/null", O_RDWR);
                if (fd >= 0 && fd != want) {
                        (void)dup2(fd, want);
                        (void)close(fd);
                }
        }
}

void boot_machine_keys(void) {
        int fd = open("/dev/tty0", O_RDWR | O_NOCTTY | O_CLOEXEC);

        (void)syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF, NULL);
        if (fd >= 0) {
                (void)ioctl(fd, KDSIGACCEPT, SIGWINCH);
                (void)close(fd);
        }
}
