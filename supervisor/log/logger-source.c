/* SPDX-License-Identifier: MIT */
/* logger-source: see the header. */
#include "logger-source.h"

#include "base/clock.h"
#include "base/sys.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#define READS_IN_A_TURN 8 /* of one busy pipe, before the others are looked at */
#define LARGE_PIPE      (256 * 1024)

int logger_watch(int epoll_fd, int operation, int fd, uint32_t events, void *data) {
        struct epoll_event e = { .events = events, .data.ptr = data };

        return epoll_ctl(epoll_fd, operation, fd, &e) < 0 ? -errno : 0;
}

const char *logger_stamp_now(struct logger *l) {
        return logger_stamp_at(&l->stamp, clock_realtime_us());
}

/* --- the mirror ---------------------------------------------------------------------------------------------------- */

static size_t held_length(const struct logger_source *s) {
        return s->held ? s->held->length : 0;
}

static void set_held_length(struct logger_source *s, size_t length) {
        if (s->held)
                s->held->length = length;
}

/* Adds to the beginning of a line that is not shown yet. Out of memory: the text is left out. */
static void hold(struct logger_source *s, const char *data, size_t length) {
        size_t wanted = held_length(s) + length;

        if (!s->held || wanted > s->held->room) {
                size_t room = MAX(wanted, (size_t)256) * 2;
                struct logger_held *larger = realloc(s->held, sizeof(*larger) + room);

                if (!larger)
                        return;
                larger->length = wanted - length;
                larger->room = room;
                s->held = larger;
        }
        memcpy(s->held->text + s->held->length, data, length);
        s->held->length = wanted;
}

static const char *identifier_of(const struct logger_source *s) {
        return s->identifier ? s->identifier : "";
}

static int show_line(struct logger *l, struct logger_source *s, const char *stamp, const char *text, size_t length) {
        struct logger_text t = {
                .unit = s->unit,
                .identifier = identifier_of(s),
                .stamp = stamp,
                .priority = s->priority,
        };
        size_t skip = s->flags & LOGGER_ADD_LEVEL_PREFIX ? logger_level_prefix(text, length, &t.priority) : 0;

        t.text = text + skip;
        t.length = length - skip;
        return logger_mirror_add(&l->mirror, &t);
}

/* Shows the lines in data; holds an unfinished one. Returns how many bytes were taken: fewer than length when the mirror refuses. */
static size_t show(struct logger *l, struct logger_source *s, const char *stamp, const char *data, size_t length) {
        static const size_t mark = sizeof(LOGGER_CUT_MARK) - 1;
        size_t taken = 0;

        while (taken < length) {
                const char *from = data + taken, *newline = memchr(from, '\n', length - taken);
                size_t span = newline ? (size_t)(newline - from) : length - taken, held = held_length(s);
                bool is_cut = span > LOGGER_LINE_MAX - held;

                if (is_cut)
                        span = LOGGER_LINE_MAX - held;
                if (held > 0 || is_cut || !newline)
                        hold(s, from, span);
                if (is_cut)
                        hold(s, LOGGER_CUT_MARK, mark);
                else if (!newline)
                        return length;
                if (!(held_length(s) ? show_line(l, s, stamp, s->held->text, s->held->length)
                                     : show_line(l, s, stamp, from, span))) {
                        set_held_length(s, held);
                        return taken;
                }
                set_held_length(s, 0);
                if (is_cut)
                        hold(s, LOGGER_CUT_MARK, mark);
                taken += span + !is_cut;
        }
        return taken;
}

/* Shows it now or keeps it until the mirror takes it. There is nothing else kept when this is called. */
static void offer(struct logger *l, struct logger_source *s, const char *stamp, const char *data, size_t length) {
        size_t taken = show(l, s, stamp, data, length);

        if (taken == length)
                return;
        l->backlog.source = s;
        l->backlog.at = 0;
        l->backlog.length = length - taken;
        memcpy(l->backlog.data, data + taken, length - taken);
        memcpy(l->backlog.stamp, stamp, LOGGER_STAMP_LENGTH + 1);
}

void logger_show_backlog(struct logger *l) {
        size_t taken = show(l, l->backlog.source, l->backlog.stamp, l->backlog.data + l->backlog.at, l->backlog.length);

        l->backlog.at += taken;
        l->backlog.length -= taken;
}

static bool is_mirrored(const struct logger *l, const struct logger_source *s) {
        return s->flags & LOGGER_ADD_MIRROR && l->mirror.state != LOGGER_MIRROR_OFF;
}

void logger_source_end_line(struct logger *l, struct logger_source *s) {
        if (held_length(s) > 0)
                (void)show(l, s, logger_stamp_now(l), "\n", 1);
}

/* --- sources ------------------------------------------------------------------------------------------------------- */

int logger_source_set(const struct logger *l, const struct logger_source *s) {
        return s->flags & LOGGER_ADD_MIRROR ? l->mirrored_fd : l->epoll_fd;
}

void logger_source_free(struct logger *l, struct logger_source *s) {
        if (s->left > 0)
                l->sources_with_left--;
        /* The description is shared with who sent it: closing our fd alone would leave it in the set. */
        if (logger_source_set(l, s) >= 0)
                (void)logger_watch(logger_source_set(l, s), EPOLL_CTL_DEL, s->fd, 0, NULL);
        close_fd(&s->fd);
        logger_file_close(&l->store, &s->file);
        HASH_DEL(l->sources, s);
        free(s->held);
        free(s->identifier);
        free(s);
}

void logger_say_removed(struct logger *l, const char *unit, bool *ret_is_said) {
        *ret_is_said = logger_line_unit(l->line_fd, LOGGER_REMOVED, unit) != -EAGAIN;
        l->owes_answer |= !*ret_is_said;
}

/* Does what BREAK and REMOVE want, when all that was in the pipe has been written and shown. May free the source. */
void logger_source_settle(struct logger *l, struct logger_source *s) {
        if (s->left > 0 || !(s->is_breaking || s->is_removing))
                return;
        if (s->is_removed && !s->has_no_writer) /* somebody else had it, too, and speaks on */
                return;
        if (is_mirrored(l, s) && l->backlog.length > 0)
                return; /* again when the backlog is gone */
        if (held_length(s) > 0)
                offer(l, s, logger_stamp_now(l), "\n", 1);
        if (l->backlog.length > 0 && l->backlog.source == s)
                return;
        logger_file_break(&l->store, &s->file);
        s->is_breaking = false;
        if (s->is_removing && !s->is_removed)
                logger_say_removed(l, s->unit, &s->is_removed);
        if (s->is_removed && s->has_no_writer)
                logger_source_free(l, s);
}

void logger_source_count_left(struct logger *l, struct logger_source *s) {
        int n = 0;

        if (ioctl(s->fd, FIONREAD, &n) < 0 || n <= 0)
                return;
        if (s->left == 0)
                l->sources_with_left++;
        s->left = (uint64_t)n;
}

static void source_take_left(struct logger *l, struct logger_source *s, size_t n) {
        if (s->left == 0)
                return;
        s->left -= MIN(s->left, (uint64_t)n);
        if (s->left == 0)
                l->sources_with_left--;
}

/* A pipe without any writer is readable for ever: then epoll tells only of changes, or it would spin. */
static void watch_writers(struct logger *l, struct logger_source *s, bool has_writers) {
        if (s->has_no_writer != has_writers)
                return;
        s->has_no_writer = !has_writers;
        (void)logger_watch(logger_source_set(l, s), EPOLL_CTL_MOD, s->fd, has_writers ? EPOLLIN : EPOLLIN | EPOLLET, s);
}

/* Before the first bytes are read: an empty pipe that nobody has told of has never been written to. */
static void say_speaks(struct logger *l, struct logger_source *s) {
        s->has_spoken = logger_line_unit(l->line_fd, LOGGER_SPEAKS, s->unit) != -EAGAIN;
}

/* Reads once and hands on. Returns the number of bytes, 0: nothing more now. The source is there afterwards. */
static size_t source_read(struct logger *l, struct logger_source *s) {
        size_t wanted = s->left > 0 ? (size_t)MIN(s->left, (uint64_t)LOGGER_READ_MAX) : (size_t)LOGGER_READ_MAX;
        struct logger_memory *m = l->store.memory;
        const char *stamp;
        ssize_t n;

        if (!s->has_spoken)
                say_speaks(l, s);
        if (s->flags & LOGGER_ADD_STORE)
                logger_memory_begin(m, s->unit, identifier_of(s));
        n = sys_read(s->fd, m->in, wanted);
        watch_writers(l, s, n != 0);
        if (n <= 0) {
                logger_memory_end(m);
                source_take_left(l, s, n == -EAGAIN ? 0 : SIZE_MAX);
                return 0;
        }
        l->reads++;
        stamp = logger_stamp_now(l);
        if (s->flags & LOGGER_ADD_STORE) {
                logger_memory_has_read(m, (size_t)n, stamp);
                logger_file_append(&l->store, &s->file, stamp, identifier_of(s), m->in, (size_t)n);
        } else {
                m->length = (uint32_t)n;
        }
        if (is_mirrored(l, s))
                offer(l, s, stamp, m->in, (size_t)n);
        logger_memory_end(m);
        source_take_left(l, s, (size_t)n);
        return (size_t)n;
}

void logger_source_serve(struct logger *l, struct logger_source *s) {
        size_t n = (size_t)LOGGER_READ_MAX;

        for (unsigned i = 0; i < READS_IN_A_TURN && n == (size_t)LOGGER_READ_MAX; i++) {
                if (is_mirrored(l, s) && l->backlog.length > 0)
                        break;
                n = source_read(l, s);
                if (n == (size_t)LOGGER_READ_MAX &&
                    !s->has_large_pipe) { /* a busy one: fewer switches between it and us */
                        (void)fcntl(s->fd, F_SETPIPE_SZ, LARGE_PIPE);
                        s->has_large_pipe = true;
                }
        }
        logger_source_settle(l, s);
}

/* Everything that is in the pipe, without waiting for the mirror any longer than until `until_us`, CLOCK_MONOTONIC. */
void logger_source_drain(struct logger *l, struct logger_source *s, uint64_t until_us) {
        logger_source_count_left(l, s);
        while (s->left > 0 || l->backlog.length > 0) {
                if (l->backlog.length > 0) {
                        struct pollfd p = { .fd = l->mirror.fd, .events = POLLOUT };
                        uint64_t now_us = clock_monotonic_us();

                        if (now_us < until_us && l->mirror.state == LOGGER_MIRROR_WAITING)
                                (void)poll(&p, 1, (int)((until_us - now_us) / US_PER_MS) + 1);
                        logger_mirror_flush(&l->mirror, logger_stamp_now(l));
                        if (now_us >= until_us)
                                logger_mirror_expire(&l->mirror, TIME_NEVER);
                        logger_show_backlog(l);
                } else if (source_read(l, s) == 0) {
                        break;
                }
        }
}

struct logger_source *logger_source_find(struct logger *l, const char *unit) {
        struct logger_source *s = NULL;

        HASH_FIND_STR(l->sources, unit, s);
        return s;
}

bool logger_is_same_pipe(int a, int b) {
        struct stat x, y;

        return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
