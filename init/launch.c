/* SPDX-License-Identifier: MIT */
/* launch: owns what `keel run` makes on the host: a runtime folder, a cgroup, and the new namespaces. Promises to go on
 * with less where something is not allowed, and to say so. Called by main, once; a heap is still not needed.
 */
#include "launch.h"

#include "boot.h"
#include "files.h"
#include "say.h"
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef FSOPEN_CLOEXEC /* musl's header does not have them; <linux/mount.h> does not go with either libc's */
#define FSOPEN_CLOEXEC          0x1
#define FSCONFIG_CMD_CREATE     6
#define FSMOUNT_CLOEXEC         0x1
#define MOUNT_ATTR_NOSUID       0x2
#define MOUNT_ATTR_NODEV        0x4
#define MOUNT_ATTR_NOEXEC       0x8
#define MOVE_MOUNT_F_EMPTY_PATH 0x4
#endif

/* --- on the host -------------------------------------------------------------------------------------------------- */

static bool instances_dir(const struct launch *l, char *buffer, size_t size) {
        const char *xdg = getenv("XDG_RUNTIME_DIR");
        struct stat st;

        if (l->uid == 0)
                return files_join(buffer, size, "/run/keel/instances");
        if (xdg && *xdg == '/')
                return files_join(buffer, size, xdg, "/keel/instances");
        /* /tmp is everybody's: it must be our folder. */
        if (!files_join(buffer, size, "/tmp/keel-", SAY_NUMBER(l->uid)))
                return false;
        (void)mkdir(buffer, 0700);
        if (lstat(buffer, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != l->uid)
                return false;
        return files_join(buffer + strlen(buffer), size - strlen(buffer), "/instances");
}

/* The folder may be left over from a proxy that was killed; then its pid is nobody's. */
static bool is_in_use(const char *instance_dir) {
        char path[160], *text = NULL;
        bool used = false;

        if (files_join(path, sizeof(path), instance_dir, "/pid"))
                text = files_map(path);
        if (text) {
                pid_t pid = signals_parse_number(text, INT32_MAX);

                used = pid > 0 && pid != getpid() && (kill(pid, 0) == 0 || errno == EPERM);
                files_unmap(text);
        }
        return used;
}

static void make_instance_dir(struct launch *l) {
        char instances[96], path[160];
        const char *name = l->options->name ? l->options->name : SAY_NUMBER(getpid());
        int fd;

        if (!instances_dir(l, instances, sizeof(instances)) || files_make_folder(instances, 0755) < 0 ||
            !files_join(l->instance_dir, sizeof(l->instance_dir), instances, "/", name)) {
                say("cannot make a runtime folder: keelctl will not find this instance");
                l->instance_dir[0] = 0;
                return;
        }
        if (is_in_use(l->instance_dir)) {
                say("an instance of that name is running: ", l->instance_dir);
                _exit(OPTIONS_FAILED);
        }
        files_remove_tree(AT_FDCWD, l->instance_dir);
        (void)mkdir(l->instance_dir, 0755);
        files_join(path, sizeof(path), l->instance_dir, "/pid");
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd >= 0) {
                (void)!write(fd, SAY_NUMBER(getpid()), strlen(SAY_NUMBER(getpid())));
                (void)close(fd);
        }
}

/* Field n (from 0) of a line, terminated in place; *end is set behind it. */
static char *field(char *line, int n) {
        for (; n > 0 && line; n--)
                if ((line = strchr(line, ' ')))
                        line++;
        if (line)
                line[strcspn(line, " \n")] = 0;
        return line;
}

/* Where the cgroup2 hierarchy is mounted, and which of its folders that shows. */
static bool find_cgroup_mount(char *mountinfo, const char **root, const char **point) {
        char *type = files_find(mountinfo, " - cgroup2 "), *line = type;

        if (!type)
                return false;
        while (line > mountinfo && line[-1] != '\n')
                line--;
        *point = field(line, 4);
        *root = field(line, 3);
        return *point && *root;
}

/* Has the kernel offer its controllers to our new group ("+"), or no longer ("-"); those that it refuses, the supervisor
 * reports.
 */
static void pass_controllers_on(const char *parent, const char *sign) {
        static const char controllers[][7] = { "cpuset", "cpu", "io", "memory", "pids" };
        char path[300], word[8];

        if (files_join(path, sizeof(path), parent, "/cgroup.subtree_control"))
                for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++)
                        if (files_join(word, sizeof(word), sign, controllers[i]))
                                (void)files_write(path, word);
}

/* Is nobody in this group but us? */
static bool is_alone(const char *group) {
        char path[300], *text = NULL;
        bool alone = false;

        if (files_join(path, sizeof(path), group, "/cgroup.procs"))
                text = files_map(path);
        if (text) {
                size_t first = strcspn(text, "\n");

                alone = text[first] && !text[first + 1];
                text[first] = 0;
                alone = alone && signals_parse_number(text, INT32_MAX) == getpid();
                files_unmap(text);
        }
        return alone;
}

/* A group with processes of its own has no controllers for its children (cgroups(7), "no internal processes"). With
 * others in it, asking for them would do harm: some are granted, and turn it into a threaded one, whose children no process
 * may enter. When we are alone, as a service of somebody's who delegates, the proxy steps aside into a group beside the new
 * one. The machine's root, which has no type, may have both.
 */
static void make_room(struct launch *l, const char *group) {
        char path[300];

        if (!files_join(path, sizeof(path), group, "/cgroup.type"))
                return;
        if (access(path, F_OK) < 0) {
                pass_controllers_on(group, "+");
                return;
        }
        if (!is_alone(group) || !files_join(path, sizeof(path), l->cgroup, "-proxy") || mkdir(path, 0755) < 0)
                return;
        files_join(path + strlen(path), sizeof(path) - strlen(path), "/cgroup.procs");
        l->aside = files_write(path, "0") == 0;
        if (l->aside)
                pass_controllers_on(group, "+");
        path[strlen(path) - strlen("/cgroup.procs")] = 0;
        (void)rmdir(path); /* which fails when we are in it */
}

/* The group is as it was: without controllers for children, and with us in it. */
static void go_back(struct launch *l) {
        char group[256], path[300];

        if (!l->aside || !files_join(group, sizeof(group), l->cgroup))
                return;
        *strrchr(group, '/') = 0;
        pass_controllers_on(group, "-");
        if (files_join(path, sizeof(path), group, "/cgroup.procs"))
                (void)files_write(path, "0");
        if (files_join(path, sizeof(path), l->cgroup, "-proxy"))
                (void)rmdir(path);
        l->aside = false;
}

static void make_cgroup(struct launch *l) {
        char *mountinfo = files_map("/proc/self/mountinfo"), *groups = files_map("/proc/self/cgroup"), *own = NULL;
        const char *root, *point;
        char group[256];
        int error = ENOENT;

        if (mountinfo && groups && find_cgroup_mount(mountinfo, &root, &point)) {
                own = strncmp(groups, "0::", 3) == 0 ? groups : files_find(groups, "\n0::");
                own = own ? strchr(own, '/') : NULL;
        }
        if (own) {
                own[strcspn(own, "\n")] = 0;
                if (strcmp(root, "/") != 0 && strncmp(own, root, strlen(root)) == 0)
                        own += strlen(root);
                if (files_join(group, sizeof(group), point, strcmp(own, "/") == 0 ? "" : own) &&
                    files_join(l->cgroup, sizeof(l->cgroup), group, "/keel-", SAY_NUMBER(getpid()))) {
                        error = mkdir(l->cgroup, 0755) < 0 ? errno : 0;
                        if (!error)
                                make_room(l, group);
                }
        }
        if (error) {
                say("no cgroup of our own (", SAY_ERRNO(error), "): going on without");
                l->cgroup[0] = 0;
        }
        if (mountinfo)
                files_unmap(mountinfo);
        if (groups)
                files_unmap(groups);
}

/* The namespace's end has killed all that were in it; others may have been put here from outside. */
static void remove_cgroup(const struct launch *l) {
        char path[280];

        files_remove_tree(AT_FDCWD, l->cgroup);
        if (!files_join(path, sizeof(path), l->cgroup, "/cgroup.kill"))
                return;
        for (unsigned tries = 0; tries < 100 && files_write(path, "1") == 0; tries++) {
                (void)nanosleep(&(struct timespec){ .tv_nsec = MS * 1000 }, NULL);
                files_remove_tree(AT_FDCWD, l->cgroup);
        }
}

void launch_clean_up(struct launch *l) {
        if (l->instance_dir[0])
                files_remove_tree(AT_FDCWD, l->instance_dir);
        if (l->cgroup[0]) {
                remove_cgroup(l);
                go_back(l);
        }
        l->instance_dir[0] = l->cgroup[0] = 0;
}

/* --- inside ------------------------------------------------------------------------------------------------------- */

static const char *inside_path(const struct launch *l, char buffer[256], const char *path) {
        files_join(buffer, 256, l->options->root ? l->options->root : "", path);
        return buffer;
}

static int try(long r) {
        return r < 0 ? -errno : 0;
}

static int map_user(struct launch *l) {
        char map[64];

        if (!l->user_namespace)
                return 0;
        (void)files_write("/proc/self/setgroups", "deny");
        files_join(map, sizeof(map), "0 ", SAY_NUMBER(l->gid), " 1");
        (void)files_write("/proc/self/gid_map", map);
        files_join(map, sizeof(map), "0 ", SAY_NUMBER(l->uid), " 1");
        return files_write("/proc/self/uid_map", map);
}

static int enter_cgroup(struct launch *l) {
        char path[280];
        int r;

        if (!l->cgroup[0] || !files_join(path, sizeof(path), l->cgroup, "/cgroup.procs"))
                return 0;
        r = files_write(path, "0");
        if (r == 0)
                r = try(unshare(CLONE_NEWCGROUP));
        if (r < 0)
                l->cgroup[0] = 0; /* inside; the proxy removes it all the same */
        return r;
}

static int detach_mounts(struct launch *l) {
        (void)l;
        /* The host's later mounts still come in; ours do not go out. */
        return try(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
}

static int bind_root(struct launch *l) {
        static const char folders[][6] = { "/run", "/dev", "/proc", "/sys" };
        const char *root = l->options->root;
        char path[256];

        if (!root)
                return 0;
        if (mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
                (void)mkdir(inside_path(l, path, folders[i]), 0755);
        return try(mount("tmpfs", inside_path(l, path, "/run"), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"));
}

/* Of devices, what a container has, and nothing else. */
static int make_dev(struct launch *l) {
        static const char devices[][14] = { "/dev/null",   "/dev/zero",    "/dev/full",
                                            "/dev/random", "/dev/urandom", "/dev/tty" };
        char path[256];
        int fd;

        if (!l->options->root)
                return 0;
        if (mount("tmpfs", inside_path(l, path, "/dev"), "tmpfs", MS_NOSUID, "mode=0755") < 0)
                return -errno;
        for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
                fd = open(inside_path(l, path, devices[i]), O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
                if (fd >= 0)
                        (void)close(fd);
                (void)mount(devices[i], path, NULL, MS_BIND, NULL);
        }
        (void)mkdir(inside_path(l, path, "/dev/shm"), 01777);
        (void)chmod(path, 01777);
        (void)mkdir(inside_path(l, path, "/dev/pts"), 0755);
        (void)!symlink("pts/ptmx", inside_path(l, path, "/dev/ptmx"));
        return try(mount("devpts", inside_path(l, path, "/dev/pts"), "devpts", MS_NOSUID | MS_NOEXEC,
                         "newinstance,ptmxmode=0666"));
}

static int bind_runtime(struct launch *l) {
        char path[256];

        if (!l->instance_dir[0])
                return 0;
        if (l->options->root)
                (void)mkdir(inside_path(l, path, "/run/keel"), 0755);
        l->runtime_bound = mount(l->instance_dir, inside_path(l, path, "/run/keel"), NULL, MS_BIND, NULL) == 0;
        return 0; /* else KEEL_RUNTIME_DIR says where it is */
}

static int mount_proc(struct launch *l) {
        char path[256];

        return try(mount("proc", inside_path(l, path, "/proc"), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
}

static int mount_sys(struct launch *l) {
        char path[256];

        if (!l->options->net && !l->options->root)
                return 0; /* the host's is right */
        if (mount("sysfs", inside_path(l, path, "/sys"), "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
                return 0;
        /* It belongs to the network namespace: with the host's, a user can only have the host's view. */
        return l->options->root ? try(mount("/sys", path, NULL, MS_BIND | MS_REC, NULL)) : -errno;
}

/* mount(2) refuses to put a file system onto its own mount (EBUSY), and there is only one of cgroup2: where the host has it
 * at that place already, with another folder as its root, it takes the calls that make the mount first.
 */
static int mount_over_itself(const char *path) {
        int context = (int)syscall(SYS_fsopen, "cgroup2", FSOPEN_CLOEXEC), fd, r;

        if (context < 0)
                return -errno;
        r = try(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
        fd = r < 0 ? r
                   : (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
                                  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
        if (r == 0 && fd < 0)
                r = -errno;
        if (r == 0)
                r = try(syscall(SYS_move_mount, fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH));
        if (fd >= 0)
                (void)close(fd);
        (void)close(context);
        return r;
}

static int mount_cgroup(struct launch *l) {
        char path[256];
        int r;

        if (!l->cgroup[0])
                return 0;
        inside_path(l, path, "/sys/fs/cgroup");
        r = try(mount("cgroup2", path, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
        return r == -EBUSY ? mount_over_itself(path) : r;
}

static int change_root(struct launch *l) {
        if (!l->options->root)
                return 0;
        if (chdir(l->options->root) < 0)
                return -errno;
        if (syscall(SYS_pivot_root, ".", ".") == 0)
                return umount2(".", MNT_DETACH) < 0 ? -errno : try(chdir("/"));
        /* An initramfs cannot be left behind (pivot_root(2)): go over it. */
        if (errno != EINVAL || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0)
                return -errno;
        return try(chdir("/"));
}

static int raise_loopback(struct launch *l) {
        struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
        int fd, r;

        if (!l->options->net)
                return 0;
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        r = try(ioctl(fd, SIOCSIFFLAGS, &request));
        (void)close(fd);
        return r;
}

static const struct step {
        int (*take)(struct launch *l); /* 0 or -errno */
        char failed[56];
        bool needed;
} steps[] = {
        { map_user, "cannot be root in the user namespace", true },
        { enter_cgroup, "cannot enter a cgroup of our own", false },
        { detach_mounts, "cannot detach the mounts from the host's", true },
        { bind_root, "cannot use --root", true },
        { make_dev, "cannot make a /dev for --root", false },
        { bind_runtime, "", false },
        { mount_proc, "cannot mount a fresh /proc (ps shows the outside)", false },
        { mount_sys, "cannot mount a fresh /sys", false },
        { mount_cgroup, "cannot mount a fresh /sys/fs/cgroup", false },
        { change_root, "cannot change to --root", true },
        { raise_loopback, "cannot bring up the loopback device", false },
};

static void set_up_inside(struct launch *l) {
        /* The proxy's death: units are stopped in order; one command dies at once, as the namespaces' first process. */
        (void)prctl(PR_SET_PDEATHSIG, l->options->command ? SIGKILL : SIGTERM);
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
                int r = steps[i].take(l);

                if (r < 0)
                        say(steps[i].failed, ": ", SAY_ERRNO(-r));
                if (r < 0 && steps[i].needed)
                        _exit(OPTIONS_FAILED);
        }
}

/* --- both --------------------------------------------------------------------------------------------------------- */

static pid_t clone_namespaces(struct launch *l) {
        unsigned long flags =
                CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | (l->options->net ? CLONE_NEWNET : 0);
        pid_t pid = -1;

        /* Root without the right (a container's) may still have it in a user namespace. */
        if (l->uid == 0)
                pid = state_fork(flags);
        if (pid < 0) {
                l->user_namespace = true;
                pid = state_fork(flags | CLONE_NEWUSER);
        }
        return pid;
}

void launch(struct launch *l, const struct options *o, struct signals *s, struct terminal *t) {
        int ends[2] = { -1, -1 };

        *l = (struct launch){
                .options = o, .signals = s, .terminal = t, .leash = -1, .uid = geteuid(), .gid = getegid()
        };
        if (!o->command)
                make_instance_dir(l);
        l->side = LAUNCH_HERE;
        if (o->no_namespaces)
                return;
        make_cgroup(l);
        if (o->command)
                (void)!pipe2(ends, O_CLOEXEC | O_NONBLOCK);
        l->pid = clone_namespaces(l);
        if (l->pid == 0) {
                l->leash = ends[1];
                if (ends[0] >= 0)
                        (void)close(ends[0]);
                set_up_inside(l);
                l->side = LAUNCH_INSIDE;
                return;
        }
        if (l->pid < 0) {
                say("cannot make namespaces: ", SAY_ERRNO(errno), ": going on without, as a subreaper");
                if (l->cgroup[0])
                        files_remove_tree(AT_FDCWD, l->cgroup);
                go_back(l);
                l->cgroup[0] = 0;
                for (int i = 0; i < 2 && ends[i] >= 0; i++)
                        (void)close(ends[i]);
                return;
        }
        l->leash = ends[0];
        if (ends[1] >= 0)
                (void)close(ends[1]);
        proxy_run(l);
}
