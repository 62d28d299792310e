/* SPDX-License-Identifier: MIT */
/* mount-probe: what this kernel, container and set of capabilities allow, found by doing it once in a forked child that
 * ends at once. Never by version.
 */
#include "mounts.h"

#include "base/sys.h"

#include <errno.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* Not over "/": we would count as chrooted, and get no user namespace; nor over /proc, which must be seen for a
 * second one. */
static bool can_mount(void) {
        struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
        int fd;

        if (unshare(CLONE_NEWNS) < 0 || syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return false;
        fd = (int)syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        return fd >= 0 && syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) == 0 &&
               syscall(SYS_move_mount, fd, "", AT_FDCWD, "/dev", MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

/* A new file system, detached; options by pairs, NULL at the end. */
static int new_filesystem(const char *type, const char *const *options) {
        int fd = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);

        for (; fd >= 0 && options && options[0]; options += 2)
                if (syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, options[0], options[1], 0) < 0)
                        return -1;
        if (fd < 0 || syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -1;
        return (int)syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC, 0);
}

/* A tmpfs that belongs to another user namespace has nodes that cannot be opened; a device cgroup may forbid them. */
static bool can_make_nodes(void) {
        int fd = new_filesystem("tmpfs", NULL);

        return fd >= 0 && mknodat(fd, "null", S_IFCHR | 0666, makedev(1, 3)) == 0 &&
               openat(fd, "null", O_RDWR | O_CLOEXEC) >= 0;
}

static bool can_mount_proc(void) {
        static const char *const options[] = { "hidepid", "invisible", "subset", "pid", NULL };

        return new_filesystem("proc", options) >= 0;
}

static bool can_unshare_users(void) {
        return unshare(CLONE_NEWUSER) == 0;
}

static bool can_unshare_uts(void) {
        return unshare(CLONE_NEWUTS) == 0;
}

static bool can_chroot(void) {
        return chroot("/") == 0;
}

static unsigned probe(void) {
        static const struct {
                bool (*can)(void);
                enum mount_ability ability, needs;
        } questions[] = {
                { can_mount, ABILITY_NAMESPACE, 0 },
                { can_make_nodes, ABILITY_NODES, ABILITY_NAMESPACE },
                { can_mount_proc, ABILITY_PROC, ABILITY_NAMESPACE },
                { can_unshare_uts, ABILITY_UTS, 0 },
                { can_chroot, ABILITY_CHROOT, 0 },
                { can_unshare_users, ABILITY_USERS, 0 }, /* last: it gives capabilities */
        };
        unsigned found = 0;

        for (size_t i = 0; i < ARRAY_LEN(questions); i++)
                if ((found & questions[i].needs) == questions[i].needs && questions[i].can())
                        found |= questions[i].ability;
        return found;
}

/* No exit signal: only the wait here hears of the child, whatever is done with SIGCHLD elsewhere. */
unsigned mount_abilities_probe(void) {
        struct clone_args how = { .exit_signal = 0 };
        int status = 0;
        pid_t pid;

        sys_point();
        pid = (pid_t)syscall(SYS_clone3, &how, sizeof(how));
        if (pid == 0)
                _exit((int)probe());
        if (pid < 0)
                return 0;
        while (waitpid(pid, &status, __WALL) < 0)
                if (errno != EINTR)
                        return 0;
        return WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 0;
}

WEAK unsigned mount_abilities(void) {
        static unsigned found;
        static bool is_known;

        if (!is_known) {
                found = mount_abilities_probe();
                is_known = true;
        }
        return found;
}
