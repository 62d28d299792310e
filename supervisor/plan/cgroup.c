/* SPDX-License-Identifier: MIT */
/* cgroup: the tree itself: finding keel's root, making and removing cgroups. What is written into their attributes is in
 * cgroup-attributes.c, who is in them in cgroup-processes.c.
 *
 * Promises: never touches a cgroup outside of keel's root; a leaf for a new start is always a fresh directory; works by
 * reading what is there, never by kernel version. Never logs, never waits. Called by the tracker and the manager.
 */
#include "cgroup-private.h"

#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#define SMALL_FILE (64u << 10)
#define LARGE_FILE (16u << 20)

/* clang-format off */
static const struct {
        enum cgroup_controller bit;
        const char *name;
} controllers[] = {
        { CGROUP_CPU, "cpu" },       { CGROUP_CPUSET, "cpuset" },   { CGROUP_IO, "io" },     { CGROUP_MEMORY, "memory" },
        { CGROUP_PIDS, "pids" },     { CGROUP_HUGETLB, "hugetlb" }, { CGROUP_MISC, "misc" }, { CGROUP_RDMA, "rdma" },
};
/* clang-format on */

unsigned cgroup_controller_from_name(const char *name) {
        for (size_t i = 0; i < ARRAY_LEN(controllers); i++)
                if (text_equal(controllers[i].name, name))
                        return controllers[i].bit;
        return 0;
}

const char *cgroup_controller_name(unsigned bit) {
        for (size_t i = 0; i < ARRAY_LEN(controllers); i++)
                if (controllers[i].bit & bit)
                        return controllers[i].name;
        return "?";
}

/* "cpu memory pids\n" → mask; names that we do not know are left out. */
static unsigned mask_from_text(char *text) {
        unsigned mask = 0;
        char *rest = NULL;

        for (char *word = strtok_r(text, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
                mask |= cgroup_controller_from_name(word);
        return mask;
}

static int read_mask(int dir_fd, const char *file, unsigned *ret) {
        owned_str text = NULL;
        int r = sys_read_file(dir_fd, file, SMALL_FILE, &text, NULL);

        if (r < 0)
                return r;
        *ret = mask_from_text(text);
        return 0;
}

/* Enables these controllers for the children of a cgroup; returns those of them that are enabled now. One by one, since
 * one that the kernel refuses (EBUSY of cpu under realtime tasks, say) must not cost the others. */
static unsigned enable_controllers(int dir_fd, unsigned wanted) {
        unsigned enabled = 0, done;

        if (!wanted || read_mask(dir_fd, "cgroup.subtree_control", &enabled) < 0)
                return 0;
        done = enabled & wanted;
        for (size_t i = 0; i < ARRAY_LEN(controllers); i++) {
                char word[16];

                if (!(wanted & ~enabled & controllers[i].bit))
                        continue;
                (void)snprintf(word, sizeof word, "+%s", controllers[i].name);
                if (sys_write_file(dir_fd, "cgroup.subtree_control", word) >= 0)
                        done |= controllers[i].bit;
        }
        return done;
}

/* ---- finding keel's root ------------------------------------------------------------------------------------------- */

/* mountinfo writes space, tab, newline and backslash as \ooo (proc_pid_mountinfo(5)). */
static void unescape_octal(char *s) {
        char *to = s;

        for (; *s; s++) {
                if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' &&
                    s[3] <= '7') {
                        *to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
                        s += 3;
                } else
                        *to++ = *s;
        }
        *to = 0;
}

int cgroup_v2_path(char *text, const char **ret) {
        char *rest = NULL;

        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                const char *path = text_after(line, "0::");

                if (!path)
                        continue;
                if (text_ends_with(line, " (deleted)"))
                        line[strlen(line) - strlen(" (deleted)")] = 0;
                *ret = text_equal(path, "/") ? "" : path;
                return 0;
        }
        return -ENOENT;
}

static bool is_machine_root(int dir_fd) {
        return faccessat(dir_fd, "cgroup.type", F_OK, 0) < 0;
}

struct mount_line {
        const char *root, *point, *options;
};

/* Takes one line of mountinfo apart; false when it is not a cgroup2 mount. */
static bool parse_mount(char *line, struct mount_line *ret) {
        char *separator = strstr(line, " - ");
        char *field[6], *rest = NULL;

        if (!separator || !text_after(separator, " - cgroup2 "))
                return false;
        *separator = 0;
        for (size_t i = 0; i < ARRAY_LEN(field); i++) {
                field[i] = strtok_r(i ? NULL : line, " ", &rest);
                if (!field[i])
                        return false;
        }
        unescape_octal(field[3]);
        unescape_octal(field[4]);
        *ret = (struct mount_line){ .root = field[3], .point = field[4], .options = field[5] };
        return true;
}

/* Opens the directory of our cgroup in this mount. 0, or a reason in *why. */
static int open_in_mount(const struct mount_line *m, const char *self, char **ret_path, int *ret_fd, const char **why) {
        const char *below = text_equal(m->root, "/") ? self : text_after(self, m->root);
        owned_str path = NULL;
        owned_fd fd = -1;
        struct statfs fs;

        if (!below || (*below && *below != '/') || text_after(self, "/..")) {
                *why = "the cgroup2 mount does not show the cgroup that keel is in";
                return -ENOENT;
        }
        path = text_printf("%s%s", m->point, below);
        if (!path)
                return -ENOMEM;
        fd = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
        if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC) {
                *why = "the cgroup2 mount is hidden";
                return -ENOENT;
        }
        if (text_equal(m->options, "ro") || text_after(m->options, "ro,") || faccessat(fd, ".", W_OK, 0) < 0 ||
            faccessat(fd, "cgroup.procs", W_OK, 0) < 0) {
                *why = "no cgroup2 mount is writable";
                return -EROFS;
        }
        *ret_path = take_ptr(path);
        *ret_fd = take_fd(&fd);
        return 0;
}

/* Sets fd, path and self of the root, or *why. 0 or -ENOMEM. */
static int find_root(struct cgroup_root *root, const char **why) {
        owned_str own = NULL;
        owned_str mounts = NULL;
        const char *at = NULL;
        char *rest = NULL;

        *why = "this kernel has no cgroups";
        if (sys_read_file(AT_FDCWD, "/proc/self/cgroup", SMALL_FILE, &own, NULL) < 0)
                return 0;
        *why = "there is no cgroup v2 hierarchy";
        if (cgroup_v2_path(own, &at) < 0)
                return 0;
        root->self = strdup(at);
        if (!root->self)
                return -ENOMEM;
        /* A supervisor that was restarted starts in the init.scope that its predecessor made. */
        if (text_ends_with(root->self, "/init.scope"))
                root->self[strlen(root->self) - strlen("/init.scope")] = 0;
        *why = "no cgroup2 file system is mounted";
        if (sys_read_file(AT_FDCWD, "/proc/self/mountinfo", LARGE_FILE, &mounts, NULL) < 0)
                return 0;
        for (char *line = strtok_r(mounts, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                struct mount_line m;
                int r;

                if (!parse_mount(line, &m))
                        continue;
                r = open_in_mount(&m, root->self, &root->path, &root->fd, why);
                if (r == 0 || r == -ENOMEM)
                        return r;
        }
        return 0;
}

static int write_pid(int dir_fd, pid_t pid) {
        char text[16];

        (void)snprintf(text, sizeof text, "%d", pid);
        return sys_write_file(dir_fd, "cgroup.procs", text);
}

static bool is_in_scope(const struct cgroup_root *root, pid_t pid) {
        owned_str path = NULL;

        return cgroup_of_pid(root, pid, &path) >= 0 && text_equal(path, "init.scope");
}

/* Each write waits for an RCU grace period, some 10 ms, so who is there is not moved again. */
static int move_keel(const struct cgroup_root *root, int scope_fd, const pid_t *keel_pids, size_t count) {
        for (size_t i = 0; i < count; i++) {
                int r = is_in_scope(root, keel_pids[i]) ? 0 : write_pid(scope_fd, keel_pids[i]);

                if (r < 0 && r != -ESRCH)
                        return r;
        }
        return 0;
}

/* A cgroup that holds processes cannot enable controllers for its children, so everything of ours leaves the root: other
 * processes there are ours when keel's PID 1 is the PID 1 that we see. What forks while it is moved may leave a child behind: a
 * few rounds. */
static void move_others(const struct cgroup_root *root, int scope_fd) {
        for (int round = 0; round < 5; round++) {
                owned_str text = NULL;
                char *rest = NULL;
                bool moved = false;

                if (sys_read_file(root->fd, "cgroup.procs", LARGE_FILE, &text, NULL) < 0)
                        break;
                for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
                        moved |= atoi(line) > 0 && write_pid(scope_fd, atoi(line)) >= 0;
                if (!moved)
                        break;
        }
}

static int open_scope(const struct cgroup_root *root) {
        return sys_openat(root->fd, "init.scope", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}

/* The machine's real root has no such rule, and its kernel threads cannot move: nothing is in a hurry there. */
static int move_to_init_scope(struct cgroup_root *root, int scope_fd, const pid_t *keel_pids, size_t count) {
        bool has_pid1 = false;
        int r;

        root->moves_later = is_machine_root(root->fd);
        if (root->moves_later)
                return 0;
        r = move_keel(root, scope_fd, keel_pids, count);
        for (size_t i = 0; i < count; i++)
                has_pid1 |= keel_pids[i] == 1;
        if (r >= 0 && has_pid1)
                move_others(root, scope_fd);
        return r;
}

int cgroup_root_settle(struct cgroup_root *root, const pid_t *keel_pids, size_t count) {
        owned_fd scope_fd = -1;

        if (root->fd < 0 || !root->moves_later)
                return 0;
        root->moves_later = false;
        scope_fd = open_scope(root);
        return scope_fd < 0 ? scope_fd : move_keel(root, scope_fd, keel_pids, count);
}

/* Everything behind the finding of the directory. 0, or -errno with *why. */
static int prepare_root(struct cgroup_root *root, const pid_t *keel_pids, size_t count, const char **why) {
        owned_fd scope_fd = -1;
        unsigned there = 0, on = 0;
        int r = sys_mkdirat(root->fd, "init.scope", 0755);

        *why = "no cgroup can be made below keel's own";
        if (r < 0 && r != -EEXIST)
                return r;
        scope_fd = open_scope(root);
        if (scope_fd < 0)
                return scope_fd;
        *why = "keel's processes cannot be moved into init.scope";
        r = move_to_init_scope(root, scope_fd, keel_pids, count);
        if (r < 0) {
                (void)sys_unlinkat(root->fd, "init.scope", AT_REMOVEDIR);
                return r;
        }
        (void)read_mask(root->fd, "cgroup.controllers", &there);
        root->controllers = root->moves_later ? there : enable_controllers(root->fd, there);
        (void)read_mask(root->fd, "cgroup.subtree_control", &on); /* by the supervisor before us, or whoever booted */
        root->later = root->moves_later ? there & ~on : 0;
        root->has_kill = faccessat(scope_fd, "cgroup.kill", F_OK, 0) == 0;
        return 0;
}

int cgroup_root_open(struct cgroup_root *ret, const pid_t *keel_pids, size_t count) {
        struct cgroup_root root = { .fd = -1 };
        const char *why = NULL;
        int r = find_root(&root, &why);

        if (r >= 0 && root.fd >= 0) {
                r = prepare_root(&root, keel_pids, count, &why);
                if (r < 0) {
                        root.why = text_printf("%s: %s", why, strerror(-r));
                        close_fd(&root.fd);
                        r = root.why ? 0 : -ENOMEM;
                }
        } else if (r >= 0) {
                root.why = strdup(why);
                r = root.why ? 0 : -ENOMEM;
        }
        *ret = root;
        return r;
}

void cgroup_root_close(struct cgroup_root *root) {
        close_fd(&root->fd);
        free(root->path);
        free(root->self);
        free(root->why);
        *root = (struct cgroup_root){ .fd = -1 };
}

/* ---- making and removing ------------------------------------------------------------------------------------------- */

int cgroup_open_child(int dir_fd, const char *name) {
        return sys_openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
}

static int remove_tree(int parent_fd, const char *name, unsigned depth);

static int remove_children(int dir_fd, unsigned depth) {
        DIR *dir;
        int result = sys_open_folder(dir_fd, &dir);

        if (result < 0)
                return result;
        for (struct dirent *e; (e = readdir(dir));) {
                int r;

                if (e->d_type != DT_DIR || e->d_name[0] == '.')
                        continue;
                r = remove_tree(dir_fd, e->d_name, depth + 1);
                if (r < 0)
                        result = r;
        }
        (void)closedir(dir);
        return result;
}

static int remove_tree(int parent_fd, const char *name, unsigned depth) {
        int r = sys_unlinkat(parent_fd, name, AT_REMOVEDIR);
        owned_fd fd = -1;

        if (r >= 0 || r == -ENOENT)
                return 0;
        if (r != -EBUSY || depth > 64)
                return r;
        /* Busy: by children, which a delegate may have left, or by processes. */
        fd = cgroup_open_child(parent_fd, name);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        r = remove_children(fd, depth);
        if (r < 0)
                return r;
        r = sys_unlinkat(parent_fd, name, AT_REMOVEDIR);
        return r == -ENOENT ? 0 : r;
}

int cgroup_remove(const struct cgroup_root *root, const char *path) {
        return root->fd < 0 ? 0 : remove_tree(root->fd, path, 0);
}

/* Makes the leaf itself; see the header for what "fresh" means. */
static int make_leaf(int parent_fd, const char *name, bool adopt, int *ret_fd) {
        owned_fd fd = -1;
        int r = sys_mkdirat(parent_fd, name, 0755);

        if (r == -EEXIST && !adopt) {
                fd = cgroup_open_child(parent_fd, name);
                if (fd < 0)
                        return fd;
                r = cgroup_is_populated(fd);
                close_fd(&fd);
                if (r > 0)
                        return -EBUSY;
                r = remove_tree(parent_fd, name, 0);
                if (r < 0)
                        return r;
                r = sys_mkdirat(parent_fd, name, 0755);
        }
        if (r < 0 && r != -EEXIST)
                return r;
        fd = cgroup_open_child(parent_fd, name);
        if (fd < 0)
                return fd;
        *ret_fd = sys_shelve(take_fd(&fd));
        return r == -EEXIST ? 1 : 0;
}

/* No component that is empty or begins with a dot. */
static bool is_plain_path(const char *path) {
        for (const char *c = path; *c; c++)
                if ((c == path || c[-1] == '/') && (*c == '/' || *c == '.'))
                        return false;
        return *path && path[strlen(path) - 1] != '/';
}

/* The first unit that wants them has come. What the kernel refuses now it may allow the next one. */
static void enable_in_root(struct cgroup_root *root, unsigned wanted) {
        wanted &= root->later;
        if (wanted)
                root->later &= ~enable_controllers(root->fd, wanted);
}

int cgroup_create(struct cgroup_root *root, const char *path, unsigned wanted, bool adopt, int *ret_fd) {
        owned_str copy = strdup(path);
        owned_fd at = -1;
        char *name = copy;

        if (!copy)
                return -ENOMEM;
        if (root->fd < 0)
                return -EOPNOTSUPP;
        enable_in_root(root, wanted);
        wanted &= root->controllers & ~root->later;
        /* Mostly its slice is there and nothing is to be enabled in it. */
        if (!wanted && is_plain_path(path)) {
                int r = make_leaf(root->fd, path, adopt, ret_fd);

                if (r != -ENOENT)
                        return r;
        }
        for (char *slash; (slash = strchr(name, '/')); name = slash + 1) {
                int dir_fd = at < 0 ? root->fd : at, next, r;

                *slash = 0;
                if (!*name || *name == '.')
                        return -EINVAL;
                r = sys_mkdirat(dir_fd, name, 0755);
                if (r < 0 && r != -EEXIST)
                        return r;
                next = cgroup_open_child(dir_fd, name);
                if (next < 0)
                        return next;
                close_fd(&at);
                at = next;
                wanted = enable_controllers(at, wanted);
        }
        if (!*name || *name == '.')
                return -EINVAL;
        return make_leaf(at < 0 ? root->fd : at, name, adopt, ret_fd);
}

int cgroup_delegate(int cgroup_fd, uid_t uid, gid_t gid) {
        /* What /sys/kernel/cgroup/delegate lists; those that are missing here are no error. */
        static const char *const files[] = { "cgroup.procs", "cgroup.subtree_control", "cgroup.threads",
                                             "memory.oom.group", "memory.reclaim" };
        int r = sys_fchownat(cgroup_fd, ".", uid, gid, 0);

        for (size_t i = 0; i < ARRAY_LEN(files) && r >= 0; i++) {
                r = sys_fchownat(cgroup_fd, files[i], uid, gid, AT_SYMLINK_NOFOLLOW);
                if (r == -ENOENT)
                        r = 0;
        }
        return r < 0 ? r : 0;
}
