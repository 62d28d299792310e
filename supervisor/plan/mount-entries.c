/* SPDX-License-Identifier: MIT */
/* mount-entries: the tables of what each Protect…= means, and the gathering of entries; mount-arrange.c sorts them. */
#include "mount-entries.h"

#include "base/sys.h"
#include "base/text.h"
#include "directories.h"

#include <errno.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#define OPTIONAL true
#define REQUIRED false

struct fixed_entry {
        const char *path;
        enum mount_tree tree;
        unsigned set, clear;
        bool is_optional;
};

#define READ_ONLY(path, optional) \
        { path, TREE_SAME, ATTRIBUTE_READ_ONLY, 0, optional }
#define WRITABLE(path, optional) \
        { path, TREE_SAME, 0, ATTRIBUTE_READ_ONLY, optional }
#define INACCESSIBLE(path, optional) \
        { path, TREE_INACCESSIBLE, 0, 0, optional }

static const struct fixed_entry system_yes[] = {
        READ_ONLY("/usr", REQUIRED),  READ_ONLY("/boot", OPTIONAL),  READ_ONLY("/efi", OPTIONAL),
        READ_ONLY("/lib", OPTIONAL),  READ_ONLY("/lib64", OPTIONAL), READ_ONLY("/bin", OPTIONAL),
        READ_ONLY("/sbin", OPTIONAL),
};
static const struct fixed_entry system_full[] = { READ_ONLY("/etc", REQUIRED) };
/* What other directives look after stays as it is: PrivateDevices=, ProtectKernelTunables=, ProtectHome=. */
static const struct fixed_entry system_strict[] = {
        READ_ONLY("/", REQUIRED),        WRITABLE("/dev", OPTIONAL),  WRITABLE("/proc", OPTIONAL),
        WRITABLE("/sys", OPTIONAL),      WRITABLE("/home", OPTIONAL), WRITABLE("/root", OPTIONAL),
        WRITABLE("/run/user", OPTIONAL),
};
static const struct fixed_entry home_yes[] = { INACCESSIBLE("/home", OPTIONAL), INACCESSIBLE("/root", OPTIONAL),
                                               INACCESSIBLE("/run/user", OPTIONAL) };
static const struct fixed_entry home_read_only[] = { READ_ONLY("/home", OPTIONAL), READ_ONLY("/root", OPTIONAL),
                                                     READ_ONLY("/run/user", OPTIONAL) };
static const struct fixed_entry home_tmpfs[] = {
        { "/home", TREE_TMPFS, ATTRIBUTE_READ_ONLY, 0, OPTIONAL },
        { "/root", TREE_TMPFS, ATTRIBUTE_READ_ONLY, 0, OPTIONAL },
        { "/run/user", TREE_TMPFS, ATTRIBUTE_READ_ONLY, 0, OPTIONAL },
};
static const struct fixed_entry kernel_tunables[] = {
        READ_ONLY("/proc/acpi", OPTIONAL),
        READ_ONLY("/proc/apm", OPTIONAL),
        READ_ONLY("/proc/asound", OPTIONAL),
        READ_ONLY("/proc/bus", OPTIONAL),
        READ_ONLY("/proc/fs", OPTIONAL),
        READ_ONLY("/proc/irq", OPTIONAL),
        INACCESSIBLE("/proc/kallsyms", OPTIONAL),
        INACCESSIBLE("/proc/kcore", OPTIONAL),
        READ_ONLY("/proc/latency_stats", OPTIONAL),
        READ_ONLY("/proc/mtrr", OPTIONAL),
        READ_ONLY("/proc/scsi", OPTIONAL),
        READ_ONLY("/proc/sys", OPTIONAL),
        READ_ONLY("/proc/sysrq-trigger", OPTIONAL),
        READ_ONLY("/proc/timer_stats", OPTIONAL),
        READ_ONLY("/sys", OPTIONAL),
        WRITABLE("/sys/fs/cgroup", OPTIONAL), /* ProtectControlGroups= */
        WRITABLE("/sys/fs/selinux", OPTIONAL),
};
static const struct fixed_entry kernel_modules[] = { INACCESSIBLE("/lib/modules", OPTIONAL),
                                                     INACCESSIBLE("/usr/lib/modules", OPTIONAL) };
static const struct fixed_entry kernel_logs[] = { INACCESSIBLE("/proc/kmsg", OPTIONAL),
                                                  INACCESSIBLE("/dev/kmsg", OPTIONAL) };
static const struct fixed_entry control_groups[] = { READ_ONLY("/sys/fs/cgroup", OPTIONAL) };

static const char *const home_options = "mode=0755,size=10%,nr_inodes=1m";

/* ---- gathering ------------------------------------------------------------------------------------------------- */

struct gathering {
        const struct mount_inputs *inputs;
        struct mount_entries entries;
        char *failed_path;
};

/* Takes over the strings of entry, on failure too. */
static int add_entry(struct gathering *g, struct mount_entry *entry) {
        struct mount_entry *items;

        items = entry->path ? reallocarray(g->entries.items, g->entries.count + 1, sizeof(*items)) : NULL;
        if (!items) {
                mount_entry_free(entry);
                return -ENOMEM;
        }
        g->entries.items = items;
        entry->order = g->entries.count;
        items[g->entries.count++] = *entry;
        return 0;
}

static int add_fixed(struct gathering *g, const struct fixed_entry *table, size_t count) {
        int r = 0;

        for (size_t i = 0; i < count && r >= 0; i++) {
                const struct fixed_entry *f = &table[i];
                struct mount_entry e = {
                        .path = strdup(f->path),
                        .tree = f->tree,
                        .set = f->set,
                        .clear = f->clear,
                        .is_optional = f->is_optional,
                        .is_directory = true,
                };

                if (f->tree == TREE_TMPFS) {
                        e.flags = MS_NODEV | MS_NOSUID | MS_STRICTATIME;
                        e.options = strdup(home_options);
                }
                r = add_entry(g, &e);
        }
        return r;
}

#define ADD_FIXED(g, table) add_fixed(g, table, ARRAY_LEN(table))

enum protect_system mount_protect_system(const struct exec_settings *e) {
        return e->dynamic_user ? PROTECT_SYSTEM_STRICT : e->protect_system;
}

enum protect_home mount_protect_home(const struct exec_settings *e) {
        return e->dynamic_user && e->protect_home == PROTECT_HOME_NO ? PROTECT_HOME_READ_ONLY : e->protect_home;
}

bool mount_wants_private_tmp(const struct exec_settings *e) {
        return e->private_tmp || e->dynamic_user;
}

static int add_protections(struct gathering *g) {
        const struct exec_settings *e = g->inputs->settings;
        enum protect_system system = mount_protect_system(e);
        enum protect_home home = mount_protect_home(e);
        int r = 0;

        if (system == PROTECT_SYSTEM_STRICT)
                r = ADD_FIXED(g, system_strict);
        else if (system != PROTECT_SYSTEM_NO)
                r = ADD_FIXED(g, system_yes);
        if (r >= 0 && system == PROTECT_SYSTEM_FULL)
                r = ADD_FIXED(g, system_full);
        if (r >= 0 && home == PROTECT_HOME_YES)
                r = ADD_FIXED(g, home_yes);
        if (r >= 0 && home == PROTECT_HOME_READ_ONLY)
                r = ADD_FIXED(g, home_read_only);
        if (r >= 0 && home == PROTECT_HOME_TMPFS)
                r = ADD_FIXED(g, home_tmpfs);
        if (r >= 0 && e->protect_kernel_tunables)
                r = ADD_FIXED(g, kernel_tunables);
        if (r >= 0 && e->protect_kernel_modules)
                r = ADD_FIXED(g, kernel_modules);
        if (r >= 0 && e->protect_kernel_logs)
                r = ADD_FIXED(g, kernel_logs);
        if (r >= 0 && e->protect_control_groups)
                r = ADD_FIXED(g, control_groups);
        return r;
}

static const struct {
        enum mount_tree tree;
        unsigned set, clear;
} list_meanings[PATHS_COUNT_] = {
        [PATHS_READ_WRITE] = { TREE_SAME, 0, ATTRIBUTE_READ_ONLY },
        [PATHS_READ_ONLY] = { TREE_SAME, ATTRIBUTE_READ_ONLY, 0 },
        [PATHS_INACCESSIBLE] = { TREE_INACCESSIBLE, 0, 0 },
        [PATHS_EXEC] = { TREE_SAME, 0, ATTRIBUTE_NO_EXEC },
        [PATHS_NO_EXEC] = { TREE_SAME, ATTRIBUTE_NO_EXEC, 0 },
};

/* "-+/path": where it is inside the root, or NULL when it is a path of the host that the root does not hold. */
static int add_listed_path(struct gathering *g, enum path_list list, const char *text) {
        struct mount_entry e = {
                .tree = list_meanings[list].tree,
                .set = list_meanings[list].set,
                .clear = list_meanings[list].clear,
                .is_directory = true,
        };
        const char *root = g->inputs->root;
        owned_str path = NULL;

        if (*text == '-') {
                e.is_optional = true;
                text++;
        }
        path = path_normalize(*text == '+' ? text + 1 : text);
        if (!path)
                return -ENOMEM;
        if (*root && *text != '+') {
                if (!path_is_below(path, root))
                        return 0;
                e.path = strdup(path[strlen(root)] ? path + strlen(root) : "/");
        } else
                e.path = take_ptr(path);
        return add_entry(g, &e);
}

static int add_lists(struct gathering *g) {
        for (enum path_list list = 0; list < PATHS_COUNT_; list++)
                STRV_EACH(path, g->inputs->settings->paths[list]) {
                        int r = add_listed_path(g, list, path);

                        if (r < 0)
                                return r;
                }
        return 0;
}

static int fail_at(struct gathering *g, const char *path, int error) {
        free(g->failed_path);
        g->failed_path = strdup(path);
        return error;
}

/* is_directory of a source decides what its mount point is made as; a missing one is dropped or fails here. */
static int add_bind(struct gathering *g, const char *source, const char *destination, struct mount_entry e) {
        struct stat s;

        if (stat(source, &s) < 0) {
                int error = -errno;

                return e.is_optional && (error == -ENOENT || error == -ENOTDIR) ? 0 : fail_at(g, source, error);
        }
        e.tree = TREE_BIND;
        e.is_directory = S_ISDIR(s.st_mode);
        e.path = path_normalize(destination);
        e.source = strdup(source);
        return add_entry(g, &e);
}

static int add_binds(struct gathering *g) {
        const struct exec_settings *settings = g->inputs->settings;
        int r = 0;

        for (size_t i = 0; i < settings->bind_mount_count && r >= 0; i++) {
                const struct bind_mount *b = &settings->bind_mounts[i];

                r = add_bind(g, b->source, b->destination ? b->destination : b->source,
                             (struct mount_entry){ .set = b->is_read_only ? ATTRIBUTE_READ_ONLY : 0,
                                                   .is_recursive = b->is_recursive,
                                                   .is_optional = b->is_optional });
        }
        if (r >= 0 && g->inputs->notify_socket && *g->inputs->root)
                r = add_bind(g, g->inputs->notify_socket, g->inputs->notify_socket,
                             (struct mount_entry){ .set = ATTRIBUTE_READ_ONLY, .is_optional = true });
        return r;
}

/* RuntimeDirectory= and its siblings: always the host's, and writable whatever is above. */
static int add_directories(struct gathering *g) {
        owned_strv paths = NULL;
        int r = 0;

        for (enum exec_directory_kind kind = 0; kind < DIRECTORY_COUNT_ && r >= 0; kind++)
                r = directories_paths(g->inputs->settings, kind, &paths);
        STRV_EACH(path, paths)
                if (r >= 0)
                        r = add_bind(g, path, path,
                                     (struct mount_entry){
                                             .is_recursive = true, .is_optional = true, .is_implied = true });
        return r;
}

static int add_tmpfs(struct gathering *g, const char *path, const char *options) {
        struct mount_entry e = { .tree = TREE_TMPFS,
                                 .flags = MS_NODEV | MS_STRICTATIME,
                                 .is_directory = true,
                                 .path = path_normalize(path) };
        int r = mount_options_split(options, &e.flags, &e.options);

        if (e.flags & MS_RDONLY) { /* a moment later: mount points may have to be made in it */
                e.flags &= ~(unsigned long)MS_RDONLY;
                e.set = ATTRIBUTE_READ_ONLY;
        }
        if (r >= 0)
                return add_entry(g, &e);
        mount_entry_free(&e);
        return r;
}

static int add_tmpfs_mounts(struct gathering *g) {
        const struct exec_settings *settings = g->inputs->settings;
        int r = 0;

        for (size_t i = 0; i < settings->tmpfs_mount_count && r >= 0; i++)
                r = add_tmpfs(g, settings->tmpfs_mounts[i].path, settings->tmpfs_mounts[i].options);
        return r;
}

static const char *const hidepid_options[PROTECT_PROC_COUNT_] = {
        [PROTECT_PROC_DEFAULT] = NULL,
        [PROTECT_PROC_NOACCESS] = "hidepid=noaccess",
        [PROTECT_PROC_INVISIBLE] = "hidepid=invisible",
        [PROTECT_PROC_PTRACEABLE] = "hidepid=ptraceable",
};

static int add_proc(struct gathering *g) {
        const struct exec_settings *e = g->inputs->settings;
        const char *hidepid = g->inputs->is_relaxed ? NULL : hidepid_options[e->protect_proc];
        bool is_subset = !g->inputs->is_relaxed && e->proc_subset == PROC_SUBSET_PID;
        bool has_options = (hidepid || is_subset) && g->inputs->has_proc_options;
        struct mount_entry entry = { .tree = TREE_PROC,
                                     .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC,
                                     .is_directory = true };

        if (!has_options && !g->inputs->mounts_api)
                return 0;
        if (has_options) {
                entry.options = text_printf("%s%s%s", hidepid ? hidepid : "", hidepid && is_subset ? "," : "",
                                            is_subset ? "subset=pid" : "");
                if (!entry.options)
                        return -ENOMEM;
        }
        entry.path = strdup("/proc");
        return add_entry(g, &entry);
}

/* MountAPIVFS=, but for /proc. */
static int add_api(struct gathering *g) {
        int r;

        if (!g->inputs->mounts_api)
                return 0;
        r = add_bind(g, "/sys", "/sys", (struct mount_entry){ .is_recursive = true, .is_optional = true });
        if (r >= 0 && !g->inputs->settings->private_devices)
                r = add_bind(g, "/dev", "/dev", (struct mount_entry){ .is_recursive = true });
        return r < 0 ? r : add_tmpfs(g, "/run", "mode=0755,nosuid,nodev,size=20%,nr_inodes=800k");
}

static int add_private_trees(struct gathering *g) {
        const struct mount_inputs *in = g->inputs;
        int r = 0;

        if (in->settings->private_devices && (!in->is_relaxed || in->mounts_api)) {
                struct mount_entry e = {
                        .path = strdup("/dev"),
                        .tree = TREE_DEVICES,
                        .is_directory = true,
                        .flags = MS_NOSUID | MS_STRICTATIME,
                        .options = strdup("mode=0755,size=4m,nr_inodes=64k"),
                        .set = ATTRIBUTE_READ_ONLY | ATTRIBUTE_NO_EXEC,
                };
                r = add_entry(g, &e);
        }
        if (r >= 0 && in->has_ipc_namespace) {
                struct mount_entry e = {
                        .path = strdup("/dev/mqueue"),
                        .tree = TREE_MQUEUE,
                        .is_directory = true,
                        .is_optional = true,
                        .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC,
                };
                r = add_entry(g, &e);
        }
        if (r >= 0 && in->tmp)
                r = add_bind(g, in->tmp, "/tmp", (struct mount_entry){ 0 });
        if (r >= 0 && in->var_tmp)
                r = add_bind(g, in->var_tmp, "/var/tmp", (struct mount_entry){ 0 });
        return r;
}

/* ---- looking up ------------------------------------------------------------------------------------------------ */

bool path_is_below(const char *path, const char *directory) {
        const char *rest = text_after(path, directory);

        if (text_equal(directory, "/"))
                return *path == '/';
        return rest && (*rest == '\0' || *rest == '/');
}

char *path_normalize(const char *path) {
        char *result = malloc(strlen(path) + 2), *to = result;

        if (!result)
                return NULL;
        while (*path) {
                size_t length = strcspn(path, "/");

                if (length > 0 && !(length == 1 && *path == '.')) {
                        *to++ = '/';
                        memcpy(to, path, length);
                        to += length;
                }
                path += length;
                path += strspn(path, "/");
        }
        if (to == result)
                *to++ = '/';
        *to = '\0';
        return result;
}

static int open_in_root(int root_fd, const char *path, uint64_t more) {
        struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | more };
        int fd = (int)syscall(SYS_openat2, root_fd, path[1] ? path + 1 : ".", &how, sizeof(how));

        return fd < 0 ? -errno : fd;
}

/* Where the fd leads, inside the root. */
static int path_of(int fd, const char *root, char **ret) {
        char link[64], target[PATH_MAX];
        ssize_t n;

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, target, sizeof(target) - 1);
        if (n < 0)
                return -errno;
        target[n] = '\0';
        if (!path_is_below(target, *root ? root : "/"))
                return -EXDEV;
        *ret = path_normalize(target + strlen(root));
        return *ret ? 0 : -ENOMEM;
}

/* The path inside the root without symbolic links. Most have none; to ask where one led to is the dearest part of it. */
static int resolve(int root_fd, const char *root, const char *path, char **ret, bool *is_directory) {
        owned_fd fd = open_in_root(root_fd, path, RESOLVE_NO_SYMLINKS);
        bool is_as_written = fd >= 0 && !strstr(path, "/..");
        struct stat s;

        if (fd == -ELOOP)
                fd = open_in_root(root_fd, path, 0);
        if (fd < 0)
                return fd;
        if (fstat(fd, &s) < 0)
                return -errno;
        *is_directory = S_ISDIR(s.st_mode);
        if (!is_as_written)
                return path_of(fd, root, ret);
        *ret = path_normalize(path);
        return *ret ? 0 : -ENOMEM;
}

/* Is the path as written below a tree that will not be the original? Then only the child can look it up. */
static bool is_covered(const struct gathering *g, const struct mount_entry *entry) {
        for (size_t i = 0; i < g->entries.count; i++) {
                const struct mount_entry *e = &g->entries.items[i];

                if (e != entry && e->tree != TREE_SAME && e->tree != TREE_INACCESSIBLE &&
                    !text_equal(e->path, entry->path) && path_is_below(entry->path, e->path))
                        return true;
        }
        return false;
}

/* 1 when the entry is to be kept, 0 when it is optional and missing. */
static int look_up(struct gathering *g, struct mount_entry *e, int root_fd) {
        owned_str resolved = NULL;
        bool is_directory = false;
        int r;

        r = resolve(root_fd, g->inputs->root, e->path, &resolved, &is_directory);
        if (is_covered(g, e)) {
                /* What is there is seen by the child only. Another procfs has files where this one has. */
                if (r >= 0 && e->tree == TREE_INACCESSIBLE)
                        e->is_directory = is_directory;
                return r == -ENOMEM ? r : 1;
        }
        if (r == -ENOMEM)
                return r;
        if (r >= 0) {
                e->exists = true;
                free(e->path);
                e->path = take_ptr(resolved);
                if (e->tree != TREE_BIND)
                        e->is_directory = is_directory;
                return 1;
        }
        if (r == -ENOENT || r == -ENOTDIR) {
                if (e->tree == TREE_SAME || e->tree == TREE_INACCESSIBLE)
                        return e->is_optional ? 0 : fail_at(g, e->path, r);
                if (r == -ENOENT)
                        return e->is_optional && e->tree != TREE_BIND ? 0 : 1; /* its mount point is made */
        }
        return fail_at(g, e->path, r);
}

/* Trees first: what they cover is not looked up in the original. */
static int look_up_all(struct gathering *g) {
        const char *root = g->inputs->root;
        struct mount_entries *all = &g->entries;
        owned_fd root_fd = -1;

        if (all->count == 0 && !*root)
                return 0;
        root_fd = sys_openat(AT_FDCWD, *root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
        if (root_fd < 0)
                return fail_at(g, *root ? root : "/", root_fd);
        for (int pass = 0; pass < 2; pass++)
                for (size_t i = 0; i < all->count; i++) {
                        struct mount_entry *e = &all->items[i];
                        int r = (e->tree == TREE_SAME) != pass ? 1 : look_up(g, e, root_fd);

                        if (r < 0)
                                return r;
                        if (r == 0) {
                                mount_entry_free(e);
                                memmove(e, e + 1, (all->count - i - 1) * sizeof(*e));
                                all->count--;
                                i--;
                        }
                }
        return 0;
}

int mount_entries_collect(const struct mount_inputs *inputs, struct mount_entries *ret, char **failed_path) {
        static int (*const sandboxing[])(struct gathering * g) = { add_protections, add_lists };
        static int (*const always[])(struct gathering * g) = { add_binds, add_directories, add_tmpfs_mounts,
                                                               add_proc,  add_api,         add_private_trees };
        struct gathering g = { .inputs = inputs };
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(always) && r >= 0; i++)
                r = always[i](&g);
        for (size_t i = 0; i < ARRAY_LEN(sandboxing) && r >= 0 && !inputs->is_relaxed; i++)
                r = sandboxing[i](&g);
        if (r >= 0)
                r = look_up_all(&g);
        if (r < 0) {
                mount_entries_free(&g.entries);
                *failed_path = g.failed_path;
                return r;
        }
        mount_entries_arrange(&g.entries);
        *ret = g.entries;
        return 0;
}
