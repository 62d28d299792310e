/* SPDX-License-Identifier: MIT */
/* cgroup-processes: who is in a cgroup and below it, whether anybody is, and what is done to all of them. */
#include "cgroup-private.h"

#include "base/pids.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>

#define SMALL_FILE (64u << 10)
#define LARGE_FILE (16u << 20)

static int add_procs(struct pids *p, int cgroup_fd) {
        owned_str text = NULL;
        char *rest = NULL;
        int r = sys_read_file(cgroup_fd, "cgroup.procs", LARGE_FILE, &text, NULL);

        if (r == -EOPNOTSUPP) /* a threaded child: its processes are listed in the cgroup above */
                return 0;
        if (r < 0)
                return r;
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                pid_t pid = (pid_t)strtol(line, NULL, 10);

                if (pid > 0) {
                        r = pids_add(p, pid);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* The cgroup and everything below. Children that vanish meanwhile are fine. */
static int add_tree(struct pids *p, int cgroup_fd, unsigned depth) {
        struct stat st;
        DIR *dir;
        int r = add_procs(p, cgroup_fd);

        if (r < 0 || depth > 64)
                return r;
        /* Most have no children, and their number of links says so. */
        if (fstat(cgroup_fd, &st) == 0 && st.st_nlink == 2)
                return 0;
        r = sys_open_folder(cgroup_fd, &dir);
        if (r < 0)
                return r;
        for (struct dirent *e; r >= 0 && (e = readdir(dir));) {
                owned_fd child = -1;

                if (e->d_type != DT_DIR || e->d_name[0] == '.')
                        continue;
                child = cgroup_open_child(cgroup_fd, e->d_name);
                if (child >= 0)
                        r = add_tree(p, child, depth + 1);
                if (r == -ENOENT || r == -ENODEV)
                        r = 0;
        }
        (void)closedir(dir);
        return r;
}

int cgroup_pids(int cgroup_fd, pid_t **ret, size_t *ret_count) {
        struct pids p = { 0 };
        int r = add_tree(&p, cgroup_fd, 0);

        if (r == -ENOENT || r == -ENODEV) /* gone: nothing is in it */
                r = 0;
        if (r < 0) {
                free(p.items);
                return r;
        }
        *ret = p.items;
        *ret_count = p.count;
        return 0;
}

int cgroup_open_events(int cgroup_fd) {
        return sys_openat(cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
}

int cgroup_is_populated(int cgroup_fd) {
        owned_fd fd = cgroup_open_events(cgroup_fd);

        return cgroup_events_tell_populated(fd);
}

int cgroup_events_tell_populated(int events_fd) {
        char text[256];
        ssize_t n =
                events_fd < 0 ? events_fd : sys_pread(events_fd, text, sizeof(text) - 1, 0); /* it comes in one piece */

        if (n < 0)
                return n == -ENODEV ? -ENOENT : (int)n;
        text[n] = 0;
        return strstr(text, "populated 1") ? 1 : 0;
}

int cgroup_freeze(int cgroup_fd, bool frozen) {
        return sys_write_file(cgroup_fd, "cgroup.freeze", frozen ? "1" : "0");
}

int cgroup_kill(int cgroup_fd) {
        int r = sys_write_file(cgroup_fd, "cgroup.kill", "1");

        if (r != -ENOENT && r != -EOPNOTSUPP)
                return r == -ENODEV ? 0 : r;
        /* No such file before Linux 5.14: nothing forks while it is frozen. */
        (void)cgroup_freeze(cgroup_fd, true);
        for (int round = 0; round < 10; round++) {
                owned_mem pid_t *pids = NULL;
                size_t count = 0;

                r = cgroup_pids(cgroup_fd, &pids, &count);
                for (size_t i = 0; r >= 0 && i < count; i++)
                        (void)sys_kill(pids[i], SIGKILL);
                if (r < 0 || count == 0)
                        break;
        }
        (void)cgroup_freeze(cgroup_fd, false);
        return r;
}

int cgroup_of_pid(const struct cgroup_root *root, pid_t pid, char **ret) {
        char file[40];
        owned_str text = NULL;
        const char *path = NULL, *below;
        char *copy;
        int r;

        if (root->fd < 0)
                return -ENOENT;
        (void)snprintf(file, sizeof file, "/proc/%d/cgroup", pid);
        r = sys_read_file(AT_FDCWD, file, SMALL_FILE, &text, NULL);
        if (r < 0)
                return r == -ENOENT ? -ESRCH : r;
        r = cgroup_v2_path(text, &path);
        if (r < 0)
                return r;
        below = text_after(path, root->self);
        if (!below || (*below && *below != '/') || text_after(path, "/.."))
                return -ENOENT;
        copy = strdup(*below ? below + 1 : below);
        if (!copy)
                return -ENOMEM;
        *ret = copy;
        return 0;
}
