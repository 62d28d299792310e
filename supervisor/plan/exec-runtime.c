/* SPDX-License-Identifier: MIT */
/* exec-runtime: what all processes of a service share from its start to its end: the private /tmp and /var/tmp, the
 * network and the IPC namespace. Made when first needed, removed by exec_runtime_destroy(). Every start finds its private
 * directories new; between two that follow each other at once they are only emptied where that comes to the same. Never logs.
 *
 * The namespaces are made by a short-lived child that shares our memory and our fd table, so that the supervisor
 * never leaves its own: the child opens the namespace's file, which is then ours too.
 */
#include "mounts.h"

#include "base/clock.h"
#include "base/sys.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

void exec_runtime_init(struct exec_runtime *r) {
        *r = (struct exec_runtime){ .network_namespace_fd = -1, .ipc_namespace_fd = -1 };
}

/* ---- private directories --------------------------------------------------------------------------------------- */

/* What the service sees as its /tmp. */
static int make_inner_tmp(int fd) {
        int r = sys_mkdirat(fd, "tmp", 0700);

        return r < 0 && r != -EEXIST ? r : sys_fchmodat(fd, "tmp", 01777); /* whatever our umask is */
}

/* "/tmp/keel-private-ID-web.service" with a "tmp" in it: the outer one keeps other users away from the inner one, which all
 * may write to. Nobody can guess the ID, so the name needs nothing else that is random, and is found again by asking for it. */
#define PRIVATE_TMP     "keel-private"
#define PRIVATE_VAR_TMP "keel-private-var"

static int make_private_directory(const char *base, const char *kind, const char *name, const char *id, char **ret) {
        owned_str path = text_printf("%s/%s-%s-%s", base, kind, id, name);
        owned_fd fd = -1;
        int r;

        if (!path)
                return -ENOMEM;
        r = sys_mkdirat(AT_FDCWD, path, 0700);
        if (r < 0)
                return r;
        fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
        r = fd < 0 ? fd : make_inner_tmp(fd);
        if (r < 0) {
                (void)remove_tree(AT_FDCWD, path);
                return r;
        }
        *ret = take_ptr(path);
        return 0;
}

static const char *private_base(void) {
        const char *ours = getenv("KEEL_RUNTIME_DIR");

        return ours ? ours : "/run/keel";
}

/* Where /tmp itself cannot be written to, our own directory serves as well. */
static int make_private_directory_somewhere(const char *base, const char *kind, const char *name, const char *id,
                                            char **ret) {
        int r;

        if (*ret)
                return 0;
        r = make_private_directory(base, kind, name, id, ret);
        if (r == -EROFS || r == -ENOENT || r == -EACCES)
                r = make_private_directory(private_base(), kind, name, id, ret);
        return r;
}

int exec_runtime_make_tmp(struct exec_runtime *r, const char *name, const char *invocation_id) {
        int result;

        r->is_renewed = false;
        if (!r->id) /* without one nobody will look for it by this name */
                r->id = invocation_id ? strdup(invocation_id)
                                      : text_printf("%032llx", (unsigned long long)clock_monotonic_us());
        if (!r->id)
                return -ENOMEM;
        result = make_private_directory_somewhere("/tmp", PRIVATE_TMP, name, r->id, &r->tmp_directory);
        return result < 0 ? result
                          : make_private_directory_somewhere("/var/tmp", PRIVATE_VAR_TMP, name, r->id,
                                                             &r->var_tmp_directory);
}

/* ---- taking over ----------------------------------------------------------------------------------------------- */

/* Anybody may make a directory in /tmp; only ours is ours. */
static bool is_private_directory(const char *path) {
        struct stat s;

        return lstat(path, &s) == 0 && S_ISDIR(s.st_mode) && s.st_uid == geteuid() && (s.st_mode & 07777) == 0700;
}

/* The directory that make_private_directory_somewhere() made, if there is one. */
static int find_private_directory(const char *base, const char *kind, const char *name, const char *id, char **ret) {
        const char *const bases[] = { base, private_base() };

        for (size_t i = 0; i < ARRAY_LEN(bases) && !*ret; i++) {
                owned_str path = text_printf("%s/%s-%s-%s", bases[i], kind, id, name);

                owned_fd fd = -1;

                if (!path)
                        return -ENOMEM;
                if (!is_private_directory(path))
                        continue;
                /* Whoever made it may have been killed before it was whole. */
                fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
                if (fd >= 0 && make_inner_tmp(fd) >= 0)
                        *ret = take_ptr(path);
        }
        return 0;
}

static int find_namespace(pid_t pid, const char *name, int *ret) {
        owned_str theirs = text_printf("/proc/%d/ns/%s", (int)pid, name);
        owned_str ours = text_printf("/proc/self/ns/%s", name);
        owned_fd fd = -1;
        struct stat a, b;

        if (!theirs || !ours)
                return -ENOMEM;
        fd = sys_openat(AT_FDCWD, theirs, O_RDONLY | O_CLOEXEC, 0);
        if (fd < 0)
                return fd;
        if (fstat(fd, &a) < 0 || stat(ours, &b) < 0)
                return -errno;
        if (*ret < 0 && (a.st_ino != b.st_ino || a.st_dev != b.st_dev))
                *ret = take_fd(&fd);
        return 0;
}

int exec_runtime_adopt(struct exec_runtime *r, const struct unit *unit, const char *invocation_id, pid_t pid) {
        int result;

        if (!r->id && !(r->id = strdup(invocation_id)))
                return -ENOMEM;
        result = find_private_directory("/tmp", PRIVATE_TMP, unit->name, r->id, &r->tmp_directory);
        if (result >= 0)
                result = find_private_directory("/var/tmp", PRIVATE_VAR_TMP, unit->name, r->id, &r->var_tmp_directory);
        if (!r->tmp_directory && !r->var_tmp_directory)
                free(take_ptr(r->id));
        if (result >= 0 && pid > 0 && unit->exec && unit->exec->private_network)
                result = find_namespace(pid, "net", &r->network_namespace_fd);
        if (result >= 0 && pid > 0 && unit->exec && unit->exec->private_ipc)
                result = find_namespace(pid, "ipc", &r->ipc_namespace_fd);
        return result;
}

/* ---- namespaces ------------------------------------------------------------------------------------------------ */

#define MAKER_STACK_SIZE (64u * 1024u)

struct namespace_maker {
        int flag; /* CLONE_NEW* */
        const char *file; /* /proc/self/ns/… */
        int fd, error;
};

static int bring_loopback_up(void) {
        struct ifreq request = { .ifr_name = "lo" };
        owned_fd fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (fd < 0) /* a kernel without IPv4 */
                return errno == EAFNOSUPPORT ? 0 : -errno;
        if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
                return -errno;
        request.ifr_flags |= IFF_UP;
        return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

static int namespace_child(void *user) {
        struct namespace_maker *m = user;

        if (unshare(m->flag) < 0)
                m->error = -errno;
        else if (m->flag == CLONE_NEWNET)
                m->error = bring_loopback_up();
        if (m->error < 0)
                return 1;
        m->fd = open(m->file, O_RDONLY | O_CLOEXEC);
        if (m->fd < 0)
                m->error = -errno;
        return 0;
}

static int make_namespace(int flag, const char *file, int *ret) {
        struct namespace_maker m = { .flag = flag, .file = file, .fd = -1 };
        char *stack;
        pid_t pid;

        if (*ret >= 0)
                return 0;
        stack = mmap(NULL, MAKER_STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (stack == MAP_FAILED)
                return -errno;
        sys_point();
        /* No exit signal: nobody but the wait below shall hear of it. */
        pid = clone(namespace_child, stack + MAKER_STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_FILES, &m);
        if (pid < 0)
                m.error = -errno;
        else
                while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
                        ;
        (void)munmap(stack, MAKER_STACK_SIZE);
        if (m.error < 0)
                return m.error;
        *ret = m.fd;
        return 0;
}

int exec_runtime_make_network(struct exec_runtime *r) {
        r->is_renewed = false;
        return make_namespace(CLONE_NEWNET, "/proc/self/ns/net", &r->network_namespace_fd);
}

int exec_runtime_make_ipc(struct exec_runtime *r) {
        r->is_renewed = false;
        return make_namespace(CLONE_NEWIPC, "/proc/self/ns/ipc", &r->ipc_namespace_fd);
}

/* ---- removal --------------------------------------------------------------------------------------------------- */

/* The tree belongs to somebody who may be hostile: a directory deeper than this is first moved up to the top, so
 * that neither our stack nor our fds depend on how deep it goes. */
#define REMOVE_DEPTH_MAX 32

struct removal {
        int top_fd;
        dev_t device;
        unsigned moved; /* directories moved to the top so far: their new names */
        unsigned left; /* how many entries may still be removed; UINT_MAX: all */
        bool again;
};

enum { REMOVE_ALL = UINT_MAX, REMOVE_AT_ONCE_MAX = 5000 };

static int remove_content(struct removal *removal, int dir_fd, unsigned depth);

static int move_up(struct removal *removal, int dir_fd, const char *name) {
        char new_name[32];
        int r;

        do {
                (void)snprintf(new_name, sizeof(new_name), ".keel-%u", removal->moved++);
                r = sys_renameat(dir_fd, name, removal->top_fd, new_name);
        } while (r == -EEXIST || r == -ENOTEMPTY || r == -ENOTDIR);
        if (r >= 0)
                removal->again = true;
        return r;
}

static int remove_directory(struct removal *removal, int dir_fd, const char *name, unsigned depth) {
        owned_fd fd = sys_openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
        struct stat s;
        int r;

        if (fd < 0)
                return fd;
        if (fstat(fd, &s) < 0)
                return -errno;
        if (s.st_dev != removal->device)
                return -EXDEV;
        if (depth >= REMOVE_DEPTH_MAX)
                return move_up(removal, dir_fd, name);
        r = remove_content(removal, fd, depth + 1);
        return r < 0 ? r : sys_unlinkat(dir_fd, name, AT_REMOVEDIR);
}

static int remove_entry(struct removal *removal, int dir_fd, const struct dirent *entry, unsigned depth) {
        int r;

        if (removal->left == 0)
                return -EBUSY;
        if (removal->left != REMOVE_ALL)
                removal->left--;
        r = entry->d_type == DT_DIR ? -EISDIR : sys_unlinkat(dir_fd, entry->d_name, 0);
        return r == -EISDIR || r == -EPERM ? remove_directory(removal, dir_fd, entry->d_name, depth) : r;
}

/* Goes on after an error, and returns the first. */
static int remove_content(struct removal *removal, int dir_fd, unsigned depth) {
        const struct dirent *entry;
        DIR *dir;
        int first = sys_open_folder(dir_fd, &dir);

        if (first < 0)
                return first;
        while (removal->left > 0 && (entry = readdir(dir))) {
                int r;

                if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
                        continue;
                r = remove_entry(removal, dir_fd, entry, depth);
                if (r < 0 && r != -ENOENT && first == 0)
                        first = r;
        }
        (void)closedir(dir);
        return removal->left == 0 ? -EBUSY : first;
}

/* -EBUSY when there is more than `limit`. */
static int empty(int fd, unsigned limit) {
        struct removal removal = { .top_fd = fd, .left = limit };
        struct stat s;
        int r;

        if (fstat(fd, &s) < 0)
                return -errno;
        removal.device = s.st_dev;
        do {
                removal.again = false;
                r = remove_content(&removal, fd, 0);
        } while (removal.again && removal.left > 0);
        return r;
}

static int remove_some(int dir_fd, const char *path, unsigned limit) {
        owned_fd fd = sys_openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
        int r;

        if (fd == -ENOENT)
                return 0;
        if (fd == -ENOTDIR || fd == -ELOOP)
                return sys_unlinkat(dir_fd, path, 0);
        if (fd < 0)
                return fd;
        r = empty(fd, limit);
        return r < 0 ? r : sys_unlinkat(dir_fd, path, AT_REMOVEDIR);
}

int remove_tree(int dir_fd, const char *path) {
        return remove_some(dir_fd, path, REMOVE_ALL);
}

/* A grandchild does it, which PID 1 inherits and reaps: the supervisor shall not stand still for a service that left a
 * million files. It must not keep any of our fds open. */
static void remove_in_background(const char *path) {
        struct clone_args how = { .exit_signal = 0 };
        pid_t pid;

        sys_point();
        pid = (pid_t)syscall(SYS_clone3, &how, sizeof(how));
        if (pid == 0) {
                (void)syscall(SYS_close_range, 0, ~0U, 0);
                if (syscall(SYS_clone3, &how, sizeof(how)) == 0)
                        (void)remove_some(AT_FDCWD, path, REMOVE_ALL);
                _exit(0);
        }
        while (pid > 0 && waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
                ;
}

static void remove_private_directory(const char *path) {
        if (path && remove_some(AT_FDCWD, path, REMOVE_AT_ONCE_MAX) == -EBUSY)
                remove_in_background(path);
}

static void end_private_directory(char **path) {
        remove_private_directory(*path);
        free(*path);
        *path = NULL;
}

/* Whose it is, its mode and its attributes are all that a service can have changed of its empty /tmp. */
static bool is_as_new(int fd) {
        struct stat s;

        return fstat(fd, &s) == 0 && (s.st_mode & 07777) == 01777 && s.st_uid == geteuid() && s.st_gid == getegid() &&
               flistxattr(fd, NULL, 0) <= 0;
}

static bool is_empty(int fd) {
        alignas(struct dirent64) char buffer[1024];
        ssize_t n;

        while ((n = getdents64(fd, buffer, sizeof(buffer))) > 0)
                for (ssize_t at = 0; at < n;) {
                        const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);

                        if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, ".."))
                                return false;
                        at += entry->d_reclen;
                }
        return n == 0;
}

/* To make and remove directories takes a journal's time, to see that there is nothing in them takes none. */
static void renew_private_directory(char **path) {
        owned_str inner = *path ? text_printf("%s/tmp", *path) : NULL;
        owned_fd fd = -1;

        if (!inner)
                return;
        fd = sys_openat(AT_FDCWD, inner, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
        if (fd < 0 || (!is_empty(fd) && empty(fd, REMOVE_AT_ONCE_MAX) < 0) || !is_as_new(fd))
                end_private_directory(path);
}

void exec_runtime_renew(struct exec_runtime *r) {
        if (r->is_renewed)
                return;
        renew_private_directory(&r->tmp_directory);
        renew_private_directory(&r->var_tmp_directory);
        close_fd(&r->network_namespace_fd);
        close_fd(&r->ipc_namespace_fd);
        if (!r->tmp_directory || !r->var_tmp_directory)
                exec_runtime_destroy(r); /* the next are called by the next start */
        r->is_renewed = true;
}

void exec_runtime_destroy(struct exec_runtime *r) {
        end_private_directory(&r->tmp_directory);
        end_private_directory(&r->var_tmp_directory);
        close_fd(&r->network_namespace_fd);
        close_fd(&r->ipc_namespace_fd);
        free(r->id);
        exec_runtime_init(r);
}
