/* SPDX-License-Identifier: MIT */
/* log-tail: looks for the beginning of what is wanted from the end of the newest file backwards, then reads it forwards.
 * The files may be rotated meanwhile: a line may then be missed, never be made up.
 */
#include "log-tail.h"

#include "sys.h"

#include <errno.h>
#include <string.h>

#define BLOCK       (8u * 1024)
#define PIECES_MAX  16u
#define TIME_LENGTH 27u

struct piece {
        int fd;
        uint64_t from, to; /* bytes of the file */
};

static int open_file(int directory_fd, const char *unit, unsigned number, uint64_t *ret_size) {
        char name[300];
        owned_fd fd = -1;
        struct stat st;
        int n = snprintf(name, sizeof(name), number ? "%s.log.%u" : "%s.log", unit, number);

        if (n < 0 || (size_t)n >= sizeof(name) || strchr(unit, '/'))
                return -EINVAL;
        fd = sys_openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -ENOENT;
        *ret_size = (uint64_t)st.st_size;
        return take_fd(&fd);
}

/* Moves p->from back until *wanted lines are in the piece, the file's beginning is reached or the piece holds room bytes.
 * *wanted is what is still missing then. */
static int go_back(struct piece *p, unsigned *wanted, uint64_t room) {
        uint64_t stop = p->to > room ? p->to - room : 0;
        uint64_t line = p->to; /* where the earliest complete line begins */
        char block[BLOCK];

        while (p->from > stop) {
                size_t n = (size_t)MIN(p->from - stop, (uint64_t)BLOCK);
                ssize_t got = pread(p->fd, block, n, (off_t)(p->from - n));
                const char *at = block + n;

                if (got != (ssize_t)n)
                        return got < 0 ? -errno : -ESTALE;
                while ((at = memrchr(block, '\n', (size_t)(at - block)))) {
                        uint64_t begin = p->from - n + (uint64_t)(at + 1 - block);

                        if (begin == p->to) /* ends the last line, begins none */
                                continue;
                        line = begin;
                        if (--*wanted == 0) {
                                p->from = line;
                                return 0;
                        }
                }
                p->from -= n;
        }
        if (p->from == 0 && p->to > 0)
                --*wanted;
        else
                p->from = line; /* no room for more: whole lines only */
        return 0;
}

/* Reads the pieces, the oldest first; an unfinished line is ended. */
static int read_pieces(const struct piece *pieces, size_t count, char **ret, size_t *ret_length) {
        owned_str text = NULL;
        size_t length = 0, sum = 1;

        for (size_t i = 0; i < count; i++)
                sum += (size_t)(pieces[i].to - pieces[i].from) + 1;
        text = malloc(sum);
        if (!text)
                return -ENOMEM;
        for (size_t i = count; i-- > 0;) {
                size_t size = (size_t)(pieces[i].to - pieces[i].from);
                ssize_t got = size ? pread(pieces[i].fd, text + length, size, (off_t)pieces[i].from) : 0;

                if (got < 0)
                        return -errno;
                length += (size_t)got;
                if (got > 0 && text[length - 1] != '\n')
                        text[length++] = '\n';
        }
        text[length] = 0;
        *ret = take_ptr(text);
        *ret_length = length;
        return 0;
}

int log_tail(int directory_fd, const char *unit, unsigned max_lines, char **ret, size_t *ret_length) {
        struct piece pieces[PIECES_MAX];
        uint64_t room = LOG_TAIL_BYTES_MAX;
        unsigned wanted = max_lines;
        size_t count = 0;
        int r = 0;

        while (count < PIECES_MAX && wanted > 0 && room > 0) {
                struct piece *p = &pieces[count];

                *p = (struct piece){ 0 };
                p->fd = open_file(directory_fd, unit, (unsigned)count, &p->to);
                if (p->fd < 0) {
                        /* Right after a rotation there is no current file until the next line. */
                        if (p->fd != -ENOENT || count > 0)
                                break;
                        count++;
                        continue;
                }
                p->from = p->to;
                count++;
                r = go_back(p, &wanted, room);
                room -= MIN(room, p->to - p->from);
                if (r < 0 || (p->from > 0 && wanted > 0))
                        break;
        }
        if (r >= 0)
                r = read_pieces(pieces, count, ret, ret_length);
        for (size_t i = 0; i < count; i++)
                close_fd(&pieces[i].fd);
        return r < 0 ? r : (int)(max_lines - wanted);
}

bool log_tail_next(const char **text, const char *end, struct log_tail_line *ret) {
        const char *line = *text, *newline, *stop;
        struct log_tail_line l = { .priority = 6 };

        if (line >= end)
                return false;
        newline = memchr(line, '\n', (size_t)(end - line));
        stop = newline ? newline : end;
        *text = newline ? newline + 1 : end;
        l.time = line;
        if ((size_t)(stop - line) > TIME_LENGTH && line[4] == '-' && line[10] == 'T' && line[TIME_LENGTH] == ' ') {
                l.time_length = TIME_LENGTH;
                line += TIME_LENGTH + 1;
        }
        if (stop - line >= 3 && line[0] == '<' && line[1] >= '0' && line[1] <= '7' && line[2] == '>') {
                l.priority = (unsigned)(line[1] - '0');
                line += 3;
        }
        l.text = line;
        l.text_length = (size_t)(stop - line);
        *ret = l;
        return true;
}
