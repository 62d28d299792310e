/* SPDX-License-Identifier: MIT */
/* logger-store: appends, rotates, keeps the directory within its bounds. See the header for what it promises. */
#include "logger-store.h"

#include "base/log.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <utlist.h>

#define MIB            (1024u * 1024)
#define FILE_NAME_ROOM (LOGGER_UNIT_MAX + 24u)

/* number 0: the current file. */
static void file_name(char name[FILE_NAME_ROOM], const char *unit, unsigned number) {
        if (number == 0)
                (void)snprintf(name, FILE_NAME_ROOM, "%s.log", unit);
        else
                (void)snprintf(name, FILE_NAME_ROOM, "%s.log.%u", unit, number);
}

/* Is this one of our files: NAME.log or NAME.log.N? */
static bool is_log_name(const char *name) {
        const char *dot = strrchr(name, '.'), *end;

        if (!dot || name[0] == '.')
                return false;
        if (strcmp(dot, ".log") == 0)
                return true;
        end = dot + 1 + strspn(dot + 1, "0123456789");
        return dot[1] && !*end && dot - name > 4 && strncmp(dot - 4, ".log", 4) == 0;
}

/* --- the directory's bound ----------------------------------------------------------------------------------------- */

struct oldest {
        char name[FILE_NAME_ROOM];
        struct timespec written;
        uint64_t size;
        bool is_rotated;
};

/* Rotated files go before current ones, old before young. */
static bool is_older(const struct oldest *a, const struct oldest *b) {
        if (!b->name[0] || a->is_rotated != b->is_rotated)
                return !b->name[0] || a->is_rotated;
        if (a->written.tv_sec != b->written.tv_sec)
                return a->written.tv_sec < b->written.tv_sec;
        return a->written.tv_nsec < b->written.tv_nsec;
}

/* Sums up the directory; *ret is the file to be given up first, its name "" when there is none but `except`. */
static int survey(struct logger_store *s, const char *except, struct oldest *ret) {
        struct dirent *entry;
        uint64_t sum = 0;
        DIR *directory;
        int r = sys_open_folder(s->directory_fd, &directory);

        if (r < 0)
                return r;
        *ret = (struct oldest){ 0 };
        while ((entry = readdir(directory))) {
                struct oldest this = { 0 };
                struct stat st;

                if (!is_log_name(entry->d_name) || strlen(entry->d_name) >= sizeof(this.name) ||
                    fstatat(s->directory_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
                        continue;
                sum += (uint64_t)st.st_size;
                memcpy(this.name, entry->d_name, strlen(entry->d_name) + 1);
                this.written = st.st_mtim;
                this.size = (uint64_t)st.st_size;
                this.is_rotated = strcmp(strrchr(this.name, '.'), ".log") != 0;
                if (strcmp(this.name, except) != 0 && is_older(&this, ret))
                        *ret = this;
        }
        (void)closedir(directory);
        s->used_bytes = sum;
        return 0;
}

/* When a current file is given up, its writer must make a new one. */
static void forget_open_file(struct logger_store *s, const char *name) {
        char its_name[FILE_NAME_ROOM];

        for (struct logger_file *f = s->files, *next; f; f = next) {
                next = f->next;
                file_name(its_name, f->unit, 0);
                if (strcmp(name, its_name) == 0) {
                        logger_file_close(s, f);
                        f->line_length = 0;
                        f->is_line_open = false;
                }
        }
}

/* Gives up old files until `goal` bytes are left, never the current file of `writer`. 1: something was given up. */
static int reclaim(struct logger_store *s, const struct logger_file *writer, uint64_t goal) {
        char except[FILE_NAME_ROOM];
        struct oldest oldest = { 0 };
        int freed = 0;

        file_name(except, writer->unit, 0);
        do {
                if (survey(s, except, &oldest) < 0 || !oldest.name[0] || s->used_bytes <= goal)
                        break;
                if (!oldest.is_rotated)
                        forget_open_file(s, oldest.name);
                if (sys_unlinkat(s->directory_fd, oldest.name, 0) < 0)
                        break;
                s->used_bytes -= MIN(s->used_bytes, oldest.size);
                freed = 1;
        } while (s->used_bytes > goal);
        return freed;
}

int logger_store_open(struct logger_store *s, int *directory_fd, const struct logger_limits *limits) {
        struct oldest oldest;
        struct statvfs fs;

        if (!s->memory)
                s->memory = logger_memory_open(-1);
        if (!s->memory)
                return -ENOMEM;
        s->directory_fd = take_fd(directory_fd);
        s->limits = *limits;
        s->limits.files = MAX(s->limits.files, 1u);
        if (s->limits.total_bytes == 0) {
                uint64_t room = fstatvfs(s->directory_fd, &fs) == 0 ? (uint64_t)fs.f_blocks * fs.f_frsize / 10 : 0;

                s->limits.total_bytes = room ? MIN(room, (uint64_t)512 * MIB) : (uint64_t)64 * MIB;
        }
        s->limits.file_bytes = MIN(s->limits.file_bytes, s->limits.total_bytes / 8);
        s->limits.file_bytes = MAX(s->limits.file_bytes, (uint64_t)4096);
        return survey(s, "", &oldest);
}

/* --- one file ------------------------------------------------------------------------------------------------------ */

static bool ends_open(int fd, uint64_t size) {
        char last = '\n';

        return size > 0 && pread(fd, &last, 1, (off_t)size - 1) == 1 && last != '\n';
}

/* O_NONBLOCK only matters when something other than a file has been put there, which is refused then. */
static int open_current(struct logger_store *s, struct logger_file *f, int more_flags) {
        const int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        char name[FILE_NAME_ROOM];
        owned_fd fd = -1;
        struct stat st;

        if (f->is_open)
                return 0;
        file_name(name, f->unit, 0);
        fd = sys_openat(s->directory_fd, name, flags | more_flags, 0640);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EEXIST;
        f->size = (uint64_t)st.st_size;
        f->inode = (uint64_t)st.st_ino;
        f->is_line_open = ends_open(fd, f->size);
        f->fd = take_fd(&fd);
        f->is_open = true;
        DL_APPEND(s->files, f);
        return 0;
}

void logger_file_close(struct logger_store *s, struct logger_file *f) {
        if (!f->is_open)
                return;
        close_fd(&f->fd);
        f->is_open = false;
        DL_DELETE(s->files, f);
}

/* Unlinked, not renamed over: for that, ext4 would write the other file to the disk first. */
static void drop_oldest(struct logger_store *s, const char *name, uint64_t size) {
        s->used_bytes -= MIN(s->used_bytes, size);
        (void)sys_unlinkat(s->directory_fd, name, 0);
}

/* Renames N-1 to N, …, current to 1. A kill in between leaves a gap in the numbers and loses nothing; the next time closes it. */
static void rotate_now(struct logger_store *s, struct logger_file *f) {
        char from[FILE_NAME_ROOM], to[FILE_NAME_ROOM];

        f->wants_rotation = false;
        logger_file_close(s, f);
        for (unsigned n = s->limits.files - 1; n > 0; n--) {
                struct stat st;

                file_name(from, f->unit, n - 1);
                file_name(to, f->unit, n);
                if (n == s->limits.files - 1 && fstatat(s->directory_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
                        drop_oldest(s, to, (uint64_t)st.st_size);
                (void)sys_renameat(s->directory_fd, from, s->directory_fd, to);
        }
        if (s->limits.files == 1) {
                file_name(from, f->unit, 0);
                s->used_bytes -= MIN(s->used_bytes, f->size);
                (void)sys_unlinkat(s->directory_fd, from, 0);
        }
        f->size = 0;
        f->line_length = 0;
        f->is_line_open = false;
}

static int write_all(struct logger_file *f, const char *data, size_t length, size_t *ret_written) {
        for (*ret_written = 0; *ret_written < length;) {
                ssize_t n = sys_write(f->fd, data + *ret_written, length - *ret_written);

                if (n <= 0)
                        return n < 0 ? (int)n : -EIO;
                *ret_written += (size_t)n;
        }
        return 0;
}

/* Writes what has been gathered; gives up old files when the disk is full; counts what could not be kept. */
static void flush(struct logger_store *s, struct logger_file *f) {
        const char *out = s->memory->out, *data = out;
        size_t used = s->out_used, left = used, written = 0;
        int r = -EAGAIN;

        s->out_used = 0;
        if (left == 0)
                return;
        for (unsigned attempt = 0; attempt < 2 && r < 0; attempt++) {
                r = open_current(s, f, O_CREAT);
                if (r == 0) {
                        logger_memory_writes(s->memory, used, s->covers, f->inode, f->size - (uint64_t)(data - out));
                        r = write_all(f, data, left, &written);
                }
                s->used_bytes += written;
                f->size += written;
                if (written > 0)
                        f->is_line_open = data[written - 1] != '\n';
                data += written;
                left -= written;
                written = 0;
                if ((r != -ENOSPC && r != -EDQUOT) || !reclaim(s, f, s->used_bytes - s->used_bytes / 8))
                        break;
        }
        if (r < 0) {
                f->lost_bytes += left;
                f->lost_error = -r;
        }
        logger_memory_has_written(s->memory);
        if (s->used_bytes > s->limits.total_bytes)
                (void)reclaim(s, f, s->limits.total_bytes - s->limits.total_bytes / 8);
}

static inline void gather(struct logger_store *s, const char *data, size_t length) {
        memcpy(s->memory->out + s->out_used, data, length);
        s->out_used += length;
}

/* Says what a full disk has cost, now that there is room again (or in the next attempt). */
static void report_loss(struct logger_store *s, struct logger_file *f, const char *stamp) {
        uint64_t lost;
        int n;

        n = snprintf(s->memory->out, LOGGER_OUT_ROOM, "%s%.*s keel-logger: %llu bytes were lost here: %s\n",
                     f->is_line_open ? "\n" : "", (int)LOGGER_STAMP_LENGTH, stamp, (unsigned long long)f->lost_bytes,
                     strerrordesc_np(f->lost_error) ?: "?");
        lost = f->lost_bytes;
        f->lost_bytes = 0;
        f->line_length = 0;
        s->out_used = (size_t)n;
        flush(s, f);
        if (f->lost_bytes) /* the report itself: not yet */
                f->lost_bytes = lost;
}

static void begin_line(struct logger_store *s, struct logger_file *f, const char *stamp, const char *identifier) {
        size_t identifier_length = strlen(identifier);

        if (f->wants_rotation || f->size + s->out_used >= s->limits.file_bytes) {
                flush(s, f);
                rotate_now(s, f);
        }
        gather(s, stamp, LOGGER_STAMP_LENGTH);
        gather(s, " ", 1);
        if (identifier_length) {
                gather(s, identifier, identifier_length);
                gather(s, ": ", 2);
        }
}

/* The most that one turn of the loop below can add. */
#define TURN_MAX (LOGGER_STAMP_LENGTH + LOGGER_IDENTIFIER_MAX + 3 + LOGGER_LINE_MAX + 2 * sizeof(LOGGER_CUT_MARK) + 1)
_Static_assert(TURN_MAX <= LOGGER_OUT_ROOM, "a line of any length must fit");

void logger_file_append(struct logger_store *s, struct logger_file *f, const char *stamp, const char *identifier,
                        const char *data, size_t length) {
        const char *end = data + length, *in = s->memory->state == LOGGER_MEMORY_HELD ? s->memory->in : data;

        if (s->directory_fd < 0)
                return;
        s->covers = (size_t)(data - in);
        if (f->lost_bytes)
                report_loss(s, f, stamp);
        while (data < end) {
                bool is_begin = f->line_length == 0, is_cut = f->line_length >= LOGGER_LINE_MAX;
                size_t room = LOGGER_LINE_MAX - (is_cut ? 0 : f->line_length), span = MIN((size_t)(end - data), room);
                const char *newline = memchr(data, '\n', span);

                s->covers = (size_t)(data - in);
                if (newline)
                        span = (size_t)(newline - data) + 1;
                if (s->out_used + span + (TURN_MAX - LOGGER_LINE_MAX) > LOGGER_OUT_ROOM)
                        flush(s, f);
                if (is_cut && *data != '\n') {
                        gather(s, LOGGER_CUT_MARK "\n", sizeof(LOGGER_CUT_MARK));
                        begin_line(s, f, stamp, identifier);
                        gather(s, LOGGER_CUT_MARK, sizeof(LOGGER_CUT_MARK) - 1);
                } else if (is_begin) {
                        begin_line(s, f, stamp, identifier);
                }
                gather(s, data, span);
                data += span;
                f->line_length = newline ? 0 : (is_cut ? 0 : f->line_length) + span;
        }
        s->covers = (size_t)(data - in);
        flush(s, f);
}

/* The part of the write that the kill cut off. */
static void finish_write(struct logger_store *s, struct logger_file *f) {
        struct logger_memory *m = s->memory;
        size_t written;

        if (open_current(s, f, 0) < 0 || f->inode != m->inode || f->size < m->base || f->size - m->base > m->used)
                return; /* that file is not there any more */
        if (write_all(f, m->out + (f->size - m->base), m->used - (size_t)(f->size - m->base), &written) < 0)
                log_unit(LOG_LEVEL_WARNING, f->unit, "some of its output is lost: the disk is full");
        s->used_bytes += written;
        logger_file_close(s, f);
}

void logger_store_recover(struct logger_store *s, const char *stamp) {
        struct logger_memory *m = s->memory;
        struct logger_file f = { .unit = m->unit };

        if (!logger_memory_recover(m, stamp))
                return;
        if (m->is_writing) {
                finish_write(s, &f);
                logger_memory_has_written(m);
        }
        logger_file_open(s, &f, LOGGER_OPEN_AGAIN);
        logger_file_append(s, &f, m->stamp, m->identifier, m->in + m->done, m->length - m->done);
        logger_file_close(s, &f);
        logger_memory_end(m);
}

void logger_file_open(struct logger_store *s, struct logger_file *f, enum logger_open how) {
        f->fd = -1;
        if (s->directory_fd < 0 || open_current(s, f, 0) < 0)
                return;
        f->line_length = f->is_line_open ? 1 : 0; /* how long it is so far does not matter much */
        if (how == LOGGER_OPEN_FRESH)
                logger_file_break(s, f);
}

void logger_file_break(struct logger_store *s, struct logger_file *f) {
        if (s->directory_fd >= 0 && f->is_line_open) {
                gather(s, "\n", 1);
                flush(s, f);
        }
        f->line_length = 0;
}

void logger_file_rotate(struct logger_store *s, struct logger_file *f) {
        if (s->directory_fd < 0 || open_current(s, f, 0) < 0 || f->size == 0)
                return;
        if (f->is_line_open)
                f->wants_rotation = true;
        else
                rotate_now(s, f);
}
