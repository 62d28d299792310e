/* SPDX-License-Identifier: MIT */
/* ipc: see ipc.h. The lists of proc_sysvipc(5) name each object's owner; POSIX objects are files (shm_overview(7),
 * mq_overview(7)). Never logs. */
#include "ipc.h"

#include "base/sys.h"
#include "base/text.h"
#include "credentials.h"

#include <dirent.h>
#include <errno.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static int remove_shm(int id) {
        return shmctl(id, IPC_RMID, NULL);
}
static int remove_sem(int id) {
        return semctl(id, 0, IPC_RMID);
}
static int remove_msg(int id) {
        return msgctl(id, IPC_RMID, NULL);
}

/* In which word of a line the owner is; all have the identifier in the second. */
static const struct {
        const char *list;
        unsigned uid_word;
        int (*remove)(int id);
} sysv[] = {
        { "/proc/sysvipc/shm", 7, remove_shm },
        { "/proc/sysvipc/sem", 4, remove_sem },
        { "/proc/sysvipc/msg", 7, remove_msg },
};

/* The number that is the n-th word of a line, from 0. */
static bool read_word(const char *line, unsigned n, long long *ret) {
        char *end;

        for (; n > 0; n--) {
                line += strspn(line, " ");
                line += strcspn(line, " \n");
        }
        *ret = strtoll(line, &end, 10);
        return end != line;
}

static int remove_sysv(uid_t uid) {
        int removed = 0;

        for (size_t i = 0; i < ARRAY_LEN(sysv); i++) {
                owned_str text = NULL;

                if (sys_read_file(AT_FDCWD, sysv[i].list, 1u << 20, &text, NULL) < 0)
                        continue; /* a kernel without it */
                for (const char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
                        long long id, owner;

                        if (read_word(line + 1, 1, &id) && read_word(line + 1, sysv[i].uid_word, &owner) &&
                            owner == (long long)uid && sysv[i].remove((int)id) == 0)
                                removed++;
                }
        }
        return removed;
}

/* POSIX shared memory and message queues: files of this owner, right there. Directories are none of them. */
static int remove_posix(const char *path, uid_t uid) {
        DIR *dir = opendir(path);
        const struct dirent *entry;
        int removed = 0;

        while (dir && (entry = readdir(dir))) {
                struct stat st;

                if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
                    st.st_uid == uid && sys_unlinkat(dirfd(dir), entry->d_name, 0) == 0)
                        removed++;
        }
        if (dir)
                (void)closedir(dir);
        return removed;
}

static bool has_processes(uid_t uid) {
        DIR *dir = opendir("/proc");
        const struct dirent *entry;
        bool has_some = !dir; /* not known: leave all where it is */

        while (!has_some && dir && (entry = readdir(dir))) {
                struct stat st;

                has_some = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
                           fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && st.st_uid == uid;
        }
        if (dir)
                (void)closedir(dir);
        return has_some;
}

int ipc_remove(struct unit *unit) {
        struct resolved_credentials credentials = { 0 };
        struct exec_failure failure;
        uid_t uid;
        int r;

        if (!unit->exec || !unit->exec->remove_ipc || unit->exec->private_ipc)
                return 0;
        r = credentials_resolve(unit, &credentials, &failure);
        uid = credentials.uid;
        resolved_credentials_release(&credentials);
        if (r < 0 || uid == 0 || has_processes(uid))
                return r < 0 ? r : 0;
        return remove_sysv(uid) + remove_posix("/dev/shm", uid) + remove_posix("/dev/mqueue", uid);
}
