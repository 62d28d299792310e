/* SPDX-License-Identifier: MIT */
/* files: owns nothing. Promises bounded memory and no symbolic links on the way down. Called by boot, launch and power. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAP_SIZE (256 * 1024)

bool files_join_parts(char *buffer, size_t size, ...) {
        size_t used = 0, length;
        va_list parts;
        bool fits = true;

        va_start(parts, size);
        for (const char *part; (part = va_arg(parts, const char *)) && fits;) {
                length = strlen(part);
                fits = used + length < size;
                if (fits)
                        memcpy(buffer + used, part, length);
                used += length;
        }
        va_end(parts);
        buffer[fits ? used : 0] = 0;
        return fits;
}

int files_write(const char *path, const char *text) {
        int fd = open(path, O_WRONLY | O_CLOEXEC), r = 0;

        if (fd < 0)
                return -errno;
        if (write(fd, text, strlen(text)) < 0)
                r = -errno;
        (void)close(fd);
        return r;
}

int files_make_folder(const char *path, mode_t mode) {
        char part[256];

        if (!files_join(part, sizeof(part), path))
                return -ENAMETOOLONG;
        for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = 0;
                (void)mkdir(part, mode);
                *slash = '/';
        }
        return mkdir(part, mode) < 0 && errno != EEXIST ? -errno : 0;
}

char *files_map(const char *path) {
        size_t used = 0;
        ssize_t n;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        char *text;

        if (fd < 0)
                return NULL;
        text = mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (text != MAP_FAILED)
                while (used < MAP_SIZE - 1 && (n = read(fd, text + used, MAP_SIZE - 1 - used)) > 0)
                        used += (size_t)n;
        (void)close(fd);
        return text == MAP_FAILED ? NULL : text;
}

void files_unmap(char *text) {
        (void)munmap(text, MAP_SIZE);
}

char *files_find(char *text, const char *what) {
        size_t length = strlen(what);

        for (; *text; text++)
                if (strncmp(text, what, length) == 0)
                        return text;
        return NULL;
}

enum { ENTRY_UNKNOWN = 0, ENTRY_FOLDER = 4 };

struct entry { /* of getdents64(2) */
        uint64_t inode;
        int64_t offset;
        uint16_t length;
        uint8_t type;
        char name[];
};

static void remove_below(int folder_fd, unsigned depth);

static void remove_one(int dir_fd, const char *name, unsigned depth) {
        int fd;

        if (unlinkat(dir_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
                return;
        if (errno == ENOTDIR) { /* a file, on a file system that keeps no types */
                (void)unlinkat(dir_fd, name, 0);
                return;
        }
        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return;
        if (depth < 32)
                remove_below(fd, depth + 1);
        (void)close(fd);
        (void)unlinkat(dir_fd, name, AT_REMOVEDIR);
}

static void remove_below(int folder_fd, unsigned depth) {
        union {
                struct entry first;
                char bytes[1024];
        } buffer;
        struct statfs fs;
        bool files_stay = fstatfs(folder_fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
        long n;

        while ((n = syscall(SYS_getdents64, folder_fd, &buffer, sizeof(buffer))) > 0)
                for (long at = 0; at < n;) {
                        const struct entry *e = (const struct entry *)(const void *)(buffer.bytes + at);

                        at += e->length;
                        if (strcmp(e->name, ".") == 0 || strcmp(e->name, "..") == 0)
                                continue;
                        if (e->type == ENTRY_FOLDER || e->type == ENTRY_UNKNOWN)
                                remove_one(folder_fd, e->name, depth);
                        else if (!files_stay)
                                (void)unlinkat(folder_fd, e->name, 0);
                }
}

void files_remove_tree(int dir_fd, const char *name) {
        remove_one(dir_fd, name, 0);
}
