/* SPDX-License-Identifier: MIT */
/* directories: see directories.h. Every path is walked one name at a time without following symbolic links, but for
 * those that root (or we) made in a directory that is root's: that is how an administrator moves a state directory
 * elsewhere.
 */
#include "directories.h"

#include "base/sys.h"
#include "base/text.h"
#include "mounts.h"
#include "plan-private.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>

#define LINKS_MAX 16
#define DEPTH_MAX 200

static const struct {
        const char *base, *variable;
        enum exit_status exit_status;
} kinds[DIRECTORY_COUNT_] = {
        [DIRECTORY_RUNTIME] = { "/run", "RUNTIME_DIRECTORY", EXIT_STATUS_RUNTIME_DIRECTORY },
        [DIRECTORY_STATE] = { "/var/lib", "STATE_DIRECTORY", EXIT_STATUS_STATE_DIRECTORY },
        [DIRECTORY_CACHE] = { "/var/cache", "CACHE_DIRECTORY", EXIT_STATUS_CACHE_DIRECTORY },
        [DIRECTORY_LOGS] = { "/var/log", "LOGS_DIRECTORY", EXIT_STATUS_LOGS_DIRECTORY },
        [DIRECTORY_CONFIGURATION] = { "/etc", "CONFIGURATION_DIRECTORY", EXIT_STATUS_CONFIGURATION_DIRECTORY },
};

WEAK const char *directories_base(enum exec_directory_kind kind) {
        return kinds[kind].base;
}

/* "name:link" → name. */
static char *name_part(const char *text) {
        return strndup(text, strcspn(text, ":"));
}

static const char *link_part(const char *text) {
        const char *colon = strchr(text, ':');

        return colon && colon[1] ? colon + 1 : NULL;
}

int directories_paths(const struct exec_settings *settings, enum exec_directory_kind kind, char ***paths) {
        STRV_EACH(text, settings->directories[kind].paths) {
                owned_str path = text_printf("%s/%.*s", directories_base(kind), (int)strcspn(text, ":"), text);
                int r = path ? strv_add_unique(paths, path) : -ENOMEM;

                if (r < 0)
                        return r;
        }
        return 0;
}

int directories_environment(const struct unit *unit, char ***environment) {
        for (enum exec_directory_kind kind = 0; unit->exec && kind < DIRECTORY_COUNT_; kind++) {
                owned_strv paths = NULL;
                owned_str joined = NULL;
                int r = directories_paths(unit->exec, kind, &paths);

                if (r >= 0 && paths) {
                        joined = strv_join(paths, ":");
                        r = joined ? strv_adopt(environment, text_printf("%s=%s", kinds[kind].variable, joined))
                                   : -ENOMEM;
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- walking --------------------------------------------------------------------------------------------------- */

enum walk_mode { WALK_MAKE, WALK_ONLY };

static bool is_trusted(uid_t uid) {
        return uid == 0 || uid == geteuid();
}

static int walk(int *dir_fd, const char *path, enum walk_mode mode, unsigned *links);

/* A link that is neither root's nor in a directory of root's may have been put there to have us change what it
 * points to. */
static int follow(int *dir_fd, int link_fd, const struct stat *link, enum walk_mode mode, unsigned *links) {
        char target[PATH_MAX];
        struct stat s;
        ssize_t n;

        if (fstat(*dir_fd, &s) < 0)
                return -errno;
        if (!is_trusted(s.st_uid) || !is_trusted(link->st_uid) || (s.st_mode & S_IWOTH) || ++*links > LINKS_MAX)
                return -ELOOP;
        n = readlinkat(link_fd, "", target, sizeof(target) - 1);
        if (n < 0)
                return -errno;
        target[n] = '\0';
        return walk(dir_fd, target, mode, links);
}

static int make_parent(int dir_fd, const char *name) {
        int r = sys_mkdirat(dir_fd, name, 0755);

        if (r == -EEXIST)
                return 0;
        return r < 0 ? r
                     : sys_fchmodat(dir_fd, name, 0755); /* whatever our umask is; the directory is not shared yet */
}

/* One name down: *dir_fd is replaced. */
static int step_down(int *dir_fd, const char *name, enum walk_mode mode, unsigned *links) {
        owned_fd fd = sys_openat(*dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
        struct stat s;

        if (fd == -ENOENT && mode == WALK_MAKE) {
                int r = make_parent(*dir_fd, name);

                if (r < 0)
                        return r;
                fd = sys_openat(*dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
        }
        if (fd < 0)
                return fd;
        if (fstat(fd, &s) < 0)
                return -errno;
        if (S_ISLNK(s.st_mode))
                return follow(dir_fd, fd, &s, mode, links);
        if (!S_ISDIR(s.st_mode))
                return -ENOTDIR;
        close_fd(dir_fd);
        *dir_fd = take_fd(&fd);
        return 0;
}

static int walk(int *dir_fd, const char *path, enum walk_mode mode, unsigned *links) {
        owned_str copy = strdup(path);
        char *rest = copy, *name;
        int r = copy ? 0 : -ENOMEM;

        if (r >= 0 && *path == '/') {
                close_fd(dir_fd);
                *dir_fd = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
                r = MIN(*dir_fd, 0);
        }
        while (r >= 0 && (name = strsep(&rest, "/")))
                if (*name)
                        r = step_down(dir_fd, name, mode, links);
        return r;
}

/* The directory that holds the last name of path, and that name. */
static int open_parent(const char *base, const char *path, enum walk_mode mode, int *ret_fd, const char **ret_name) {
        owned_fd fd = -1;
        const char *slash = strrchr(path, '/');
        owned_str above = strndup(path, slash ? (size_t)(slash - path) : 0);
        unsigned links = 0;
        int r;

        if (!above)
                return -ENOMEM;
        r = mode == WALK_MAKE ? sys_mkdir_parents(base, 0755) : 0;
        if (r < 0)
                return r;
        fd = sys_openat(AT_FDCWD, base, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
        r = fd < 0 ? fd : walk(&fd, above, mode, &links);
        if (r < 0)
                return r;
        *ret_name = slash ? slash + 1 : path;
        *ret_fd = take_fd(&fd);
        return 0;
}

/* ---- handing over ---------------------------------------------------------------------------------------------- */

struct handover {
        uid_t uid, old_uid;
        gid_t gid;
};

static int hand_over_content(const struct handover *h, int fd, unsigned depth);

/* By fd, so that what was looked at is what is handed over. A file that the old owner may have linked here from
 * elsewhere is not. */
static int hand_over_entry(const struct handover *h, int dir_fd, const char *name, unsigned depth) {
        owned_fd fd = sys_openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
        owned_fd inner_fd = -1;
        struct stat s;
        int r = 0;

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        if (fstat(fd, &s) < 0)
                return -errno;
        if (S_ISDIR(s.st_mode)) {
                inner_fd = sys_openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
                close_fd(&fd);
                r = inner_fd < 0 ? inner_fd : hand_over_content(h, inner_fd, depth + 1);
                return r < 0 ? r : sys_fchown(inner_fd, h->uid, h->gid);
        }
        if (s.st_nlink > 1 && s.st_uid != h->old_uid && !is_trusted(h->old_uid))
                return 0;
        return sys_fchownat(fd, "", h->uid, h->gid, AT_EMPTY_PATH);
}

/* Goes on after an error, and returns the first. */
static int hand_over_content(const struct handover *h, int fd, unsigned depth) {
        const struct dirent *entry;
        DIR *dir;
        int first = depth > DEPTH_MAX ? -ELOOP : sys_open_folder(fd, &dir);

        if (first < 0)
                return first;
        while ((entry = readdir(dir))) {
                int r;

                if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
                        continue;
                r = hand_over_entry(h, fd, entry->d_name, depth);
                if (r < 0 && first == 0)
                        first = r;
        }
        (void)closedir(dir);
        return first;
}

/* ---- preparing ------------------------------------------------------------------------------------------------- */

/* Mode first: what the directory is for nobody else is that already when it changes hands. The directory itself is
 * handed over last: only when that is done is all of it, whenever we are killed. */
static int adjust(int fd, mode_t mode, uid_t uid, gid_t gid) {
        struct handover h = { .uid = uid, .gid = gid };
        struct stat s;
        int r = 0;

        if (fstat(fd, &s) < 0)
                return -errno;
        if ((s.st_mode & 07777) != mode)
                r = sys_fchmod(fd, mode);
        if (r < 0 || (s.st_uid == uid && s.st_gid == gid))
                return r;
        h.old_uid = s.st_uid;
        r = hand_over_content(&h, fd, 0);
        if (r >= 0)
                r = sys_fchown(fd, uid, gid);
        return r < 0 || !(mode & 07000) ? r : sys_fchmod(fd, mode);
}

/* /etc is the administrator's: a directory there that exists already is left alone, and a new one is root's. */
static int prepare_one(enum exec_directory_kind kind, const char *path, mode_t mode,
                       const struct resolved_credentials *c) {
        owned_fd parent_fd = -1;
        owned_fd fd = -1;
        const char *name = NULL;
        unsigned links = 0;
        bool is_new;
        int r = open_parent(directories_base(kind), path, WALK_MAKE, &parent_fd, &name);

        if (r < 0)
                return r;
        r = sys_mkdirat(parent_fd, name, mode & 0700);
        if (r < 0 && r != -EEXIST)
                return r;
        is_new = r >= 0;
        r = walk(&parent_fd, name, WALK_ONLY, &links);
        fd = r < 0 ? r : sys_openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        if (fd < 0)
                return fd;
        if (kind == DIRECTORY_CONFIGURATION)
                return is_new ? sys_fchmod(fd, mode) : 0;
        return adjust(fd, mode, c->uid, c->gid);
}

static int make_link(enum exec_directory_kind kind, const char *link, const char *path) {
        owned_str target = text_printf("%s/%s", directories_base(kind), path);
        owned_fd parent_fd = -1;
        const char *name = NULL;
        char have[PATH_MAX];
        ssize_t n;
        int r = target ? open_parent(directories_base(kind), link, WALK_MAKE, &parent_fd, &name) : -ENOMEM;

        if (r < 0)
                return r;
        r = sys_symlinkat(target, parent_fd, name);
        if (r != -EEXIST)
                return r;
        n = readlinkat(parent_fd, name, have, sizeof(have) - 1);
        if (n < 0)
                return -EEXIST;
        have[n] = '\0';
        return text_equal(have, target) ? 0 : -EEXIST;
}

static int prepare(enum exec_directory_kind kind, const char *text, mode_t mode, const struct resolved_credentials *c) {
        owned_str path = name_part(text);
        int r = path ? prepare_one(kind, path, mode, c) : -ENOMEM;

        return r < 0 || !link_part(text) ? r : make_link(kind, link_part(text), path);
}

int directories_prepare(const struct plan_request *request, const struct resolved_credentials *credentials,
                        struct exec_failure *failure) {
        const struct exec_settings *settings = request->unit->exec;

        for (enum exec_directory_kind kind = 0; settings && kind < DIRECTORY_COUNT_; kind++)
                STRV_EACH(text, settings->directories[kind].paths) {
                        int r = prepare(kind, text, settings->directories[kind].mode, credentials);

                        if (r < 0)
                                return exec_fail(failure, kinds[kind].exit_status, r, "%s/%.*s", directories_base(kind),
                                                 (int)strcspn(text, ":"), text);
                }
        return 0;
}

/* ---- removing -------------------------------------------------------------------------------------------------- */

static int remove_one(const char *base, const char *path) {
        owned_fd parent_fd = -1;
        const char *name = NULL;
        int r = open_parent(base, path, WALK_ONLY, &parent_fd, &name);

        if (r >= 0)
                r = remove_tree(parent_fd, name);
        return r == -ENOENT ? 0 : r;
}

int plan_remove_runtime_directories(const struct unit *unit, bool is_restart) {
        const struct exec_settings *e = unit->exec;
        int first = 0;

        if (!e || e->runtime_directory_preserve == PRESERVE_YES ||
            (e->runtime_directory_preserve == PRESERVE_RESTART && is_restart))
                return 0;
        STRV_EACH(text, e->directories[DIRECTORY_RUNTIME].paths) {
                owned_str path = name_part(text);
                int r = path ? remove_one(directories_base(DIRECTORY_RUNTIME), path) : -ENOMEM;

                if (r >= 0 && link_part(text))
                        r = remove_one(directories_base(DIRECTORY_RUNTIME), link_part(text));
                if (r < 0 && first == 0)
                        first = r;
        }
        return first;
}
