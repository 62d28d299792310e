/* SPDX-License-Identifier: MIT */
/* logger: see the header. Order within one turn matters: pipes first, then the mirror, the line last, because only the last
 * two end sources, and events of this turn may still point to them.
 */
#include "logger-source.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/sys.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#define EVENTS_MAX        64
#define RECORDS_IN_A_TURN 64
#define SYNC_PATIENCE_US  (2 * US_PER_SEC) /* with a mirror that nobody reads */
#define LAST_WORDS_US     (500 * US_PER_MS) /* for the mirror, when the line is closed */
#define QUIET_US          (250 * US_PER_MS) /* of services that may be there still: they have no more to say */
#define QUIET_WITHIN_US   (3 * US_PER_SEC) /* and LAST_WORDS_US: before PID 1 kills everybody, us included */
#define ALONE_MS          10 /* between two looks at whether we are the last one */
#define ANSWER_AGAIN_MS   100

int logger_init(struct logger *l, int line_fd) {
        int r;

        l->line_fd = line_fd;
        l->watched_mirror_fd = l->signal_fd = -1;
        l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        l->mirrored_fd = epoll_create1(EPOLL_CLOEXEC);
        if (l->epoll_fd < 0 || l->mirrored_fd < 0)
                return -errno;
        r = logger_watch(l->epoll_fd, EPOLL_CTL_ADD, line_fd, EPOLLIN, &l->line_fd);
        return r < 0 ? r : logger_watch(l->epoll_fd, EPOLL_CTL_ADD, l->mirrored_fd, EPOLLIN, &l->mirrored_fd);
}

int logger_watch_signals(struct logger *l) {
        sigset_t mask;

        (void)sigemptyset(&mask);
        (void)sigaddset(&mask, SIGTERM);
        (void)sigprocmask(SIG_BLOCK, &mask, NULL);
        l->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
        return l->signal_fd < 0 ? -errno
                                : logger_watch(l->epoll_fd, EPOLL_CTL_ADD, l->signal_fd, EPOLLIN, &l->signal_fd);
}

int logger_say_ready(struct logger *l) {
        l->ready.header.kind = LOGGER_READY;
        l->ready.ready.version = LOGGER_VERSION;
        return logger_line_send(l->line_fd, &l->ready, -1);
}

/* --- the line ------------------------------------------------------------------------------------------------------ */

/* A unit that is added once more gets the new pipe; what is in the old one comes first. */
static void displace(struct logger *l, struct logger_source *s) {
        logger_source_drain(l, s, 0);
        if (l->backlog.source == s)
                l->backlog.length = 0;
        logger_source_free(l, s);
}

/* NOLINTNEXTLINE(readability-function-size): uthash's macros are many statements */
static void source_insert(struct logger *l, struct logger_source *s) {
        HASH_ADD_STR(l->sources, unit, s);
}

static void configure(struct logger_source *s, const struct logger_add *add) {
        free(s->identifier);
        s->identifier = add->identifier[0] ? strdup(add->identifier) : NULL;
        s->flags = (uint8_t)add->flags;
        s->priority = (uint8_t)add->priority;
}

/* The pipe that we read already: what its lines look like may have changed, and it is not to be removed any more. */
static void add_again(struct logger *l, struct logger_source *s, const struct logger_add *add) {
        int before = logger_source_set(l, s);

        s->is_removing = s->is_removed = false;
        configure(s, add);
        if (logger_source_set(l, s) == before)
                return;
        (void)logger_watch(before, EPOLL_CTL_DEL, s->fd, 0, NULL);
        (void)logger_watch(logger_source_set(l, s), EPOLL_CTL_ADD, s->fd,
                           s->has_no_writer ? EPOLLIN | EPOLLET : EPOLLIN, s);
}

static void add_new(struct logger *l, const struct logger_add *add, int *fd) {
        size_t length = strlen(add->unit);
        struct logger_source *s = calloc(1, sizeof(*s) + length + 1);
        int mode = fcntl(*fd, F_GETFL), r;

        if (!s)
                return;
        memcpy(s->unit, add->unit, length + 1);
        configure(s, add);
        s->fd = take_fd(fd);
        s->file.unit = s->unit;
        source_insert(l, s);
        if (mode >= 0 &&
            (mode & O_ACCMODE) == O_RDONLY) /* else services may share the description, and would get EAGAIN */
                (void)fcntl(s->fd, F_SETFL, mode | O_NONBLOCK);
        if (s->flags & LOGGER_ADD_STORE)
                logger_file_open(&l->store, &s->file,
                                 add->flags & LOGGER_ADD_AGAIN ? LOGGER_OPEN_AGAIN : LOGGER_OPEN_FRESH);
        r = logger_watch(logger_source_set(l, s), EPOLL_CTL_ADD, s->fd, EPOLLIN, s);
        if (r < 0) {
                log_unit(LOG_LEVEL_ERROR, s->unit, "its output cannot be read: %s", strerrordesc_np(-r));
                logger_source_free(l, s);
        }
}

static void add(struct logger *l, const struct logger_add *add, int *fd) {
        struct logger_source *s = logger_source_find(l, add->unit);

        l->is_last = false;
        if (s && logger_is_same_pipe(s->fd, *fd)) {
                add_again(l, s, add);
                return;
        }
        if (s)
                displace(l, s);
        add_new(l, add, fd);
}

static void line_add(struct logger *l, const union logger_packet *p, int *fd) {
        add(l, &p->add, fd);
}

static void line_end(struct logger *l, const union logger_packet *p, int *fd UNUSED) {
        struct logger_source *s = logger_source_find(l, p->unit.unit);

        if (!s) {
                bool is_said = true;

                if (p->header.kind == LOGGER_REMOVE)
                        logger_say_removed(l, p->unit.unit, &is_said);
                return;
        }
        s->is_removing |= p->header.kind == LOGGER_REMOVE;
        s->is_breaking = true;
        logger_source_count_left(l, s);
        logger_source_settle(l, s);
}

static void line_rotate(struct logger *l, const union logger_packet *p, int *fd UNUSED) {
        struct logger_source *s = NULL, *next = NULL;

        HASH_ITER(hh, l->sources, s, next) {
                if (s->flags & LOGGER_ADD_STORE && (!p->unit.unit[0] || strcmp(s->unit, p->unit.unit) == 0))
                        logger_file_rotate(&l->store, &s->file);
        }
}

static void line_sync(struct logger *l, const union logger_packet *p, int *fd UNUSED) {
        struct logger_source *s = NULL, *next = NULL;

        HASH_ITER(hh, l->sources, s, next) {
                logger_source_count_left(l, s);
        }
        if (l->cookie_count == LOGGER_COOKIES_MAX) /* the latest ones matter; nobody asks that often */
                l->cookie_count--;
        l->cookies[l->cookie_count++] = p->sync.cookie;
        l->sync_deadline_us = time_add(clock_monotonic_us(), SYNC_PATIENCE_US);
}

static void line_last(struct logger *l, const union logger_packet *p, int *fd) {
        struct logger_source *s = NULL, *next = NULL;

        l->is_last = true;
        line_sync(l, p, fd);
        HASH_ITER(hh, l->sources, s, next) {
                s->is_breaking = true;
                logger_source_settle(l, s);
        }
}

static void line_ping(struct logger *l, const union logger_packet *p UNUSED, int *fd UNUSED) {
        (void)logger_say_ready(l); /* a full line of answers is nobody who waits for this one */
}

static void serve_line(struct logger *l) {
        static void (*const handlers[])(struct logger *, const union logger_packet *, int *) = {
                [LOGGER_ADD] = line_add,       [LOGGER_REMOVE] = line_end, [LOGGER_BREAK] = line_end,
                [LOGGER_ROTATE] = line_rotate, [LOGGER_SYNC] = line_sync,  [LOGGER_PING] = line_ping,
                [LOGGER_LAST] = line_last,
        };

        for (unsigned i = 0; i < RECORDS_IN_A_TURN; i++) {
                union logger_packet p;
                owned_fd fd = -1;
                int r = logger_line_receive(l->line_fd, &p, &fd);

                if (r == -EAGAIN)
                        return;
                if (r == -EBADMSG || (r > 0 && (p.header.kind >= ARRAY_LEN(handlers) || !handlers[p.header.kind]))) {
                        log_warning("keel-logger: a record from the supervisor makes no sense");
                        continue;
                }
                if (r <= 0) {
                        l->has_line_closed = true;
                        return;
                }
                handlers[p.header.kind](l, &p, &fd);
        }
}

/* SYNC means written, and shown if somebody reads soon. */
static void answer_syncs(struct logger *l) {
        bool is_shown = l->mirror.state == LOGGER_MIRROR_DROPPING || !logger_mirror_is_busy(&l->mirror);

        if (l->cookie_count == 0)
                return;
        if (!is_shown && clock_monotonic_us() < l->sync_deadline_us)
                return;
        if (l->sources_with_left > 0 || l->backlog.length > 0)
                return; /* bounded by the mirror's own patience */
        while (l->cookie_count > 0) {
                union logger_packet p = { .sync = { .header.kind = LOGGER_SYNCED, .cookie = l->cookies[0] } };

                l->owes_answer = logger_line_send(l->line_fd, &p, -1) == -EAGAIN;
                if (l->owes_answer)
                        return;
                memmove(l->cookies, l->cookies + 1, --l->cookie_count * sizeof(l->cookies[0]));
        }
}

/* --- the loop ------------------------------------------------------------------------------------------------------ */

static void serve_mirrored(struct logger *l) {
        struct epoll_event events[EVENTS_MAX];
        int n = epoll_wait(l->mirrored_fd, events, EVENTS_MAX, 0);

        for (int i = 0; i < n && l->backlog.length == 0; i++)
                logger_source_serve(l, events[i].data.ptr);
}

static void settle_all(struct logger *l) {
        struct logger_source *s = NULL, *next = NULL;

        HASH_ITER(hh, l->sources, s, next) {
                logger_source_settle(l, s);
        }
}

/* The set of mirrored pipes is watched unless something of them waits for the mirror; the mirror only while it is busy. */
static void watch_what_matters(struct logger *l) {
        bool must_pause = l->backlog.length > 0;
        int mirror_fd = l->mirror.can_be_full && logger_mirror_is_busy(&l->mirror) ? l->mirror.fd : -1;

        if (must_pause != l->is_mirrored_paused)
                (void)logger_watch(l->epoll_fd, EPOLL_CTL_MOD, l->mirrored_fd, must_pause ? 0 : EPOLLIN,
                                   &l->mirrored_fd);
        l->is_mirrored_paused = must_pause;
        if (mirror_fd == l->watched_mirror_fd)
                return;
        if (l->watched_mirror_fd >= 0)
                (void)logger_watch(l->epoll_fd, EPOLL_CTL_DEL, l->watched_mirror_fd, 0, NULL);
        if (mirror_fd >= 0 && logger_watch(l->epoll_fd, EPOLL_CTL_ADD, mirror_fd, EPOLLOUT, &l->mirror) < 0)
                mirror_fd = -1;
        l->watched_mirror_fd = mirror_fd;
}

static void serve_mirror(struct logger *l) {
        if (logger_mirror_is_busy(&l->mirror))
                logger_mirror_flush(&l->mirror, logger_stamp_now(l));
        if (l->mirror.state == LOGGER_MIRROR_WAITING)
                logger_mirror_expire(&l->mirror, clock_monotonic_us());
        if (l->backlog.length > 0 && l->mirror.state != LOGGER_MIRROR_WAITING) {
                logger_show_backlog(l);
                if (l->backlog.length == 0)
                        settle_all(l);
        }
        watch_what_matters(l);
}

/* Without end unless somebody waits. */
static int turn_timeout(const struct logger *l, int timeout_ms) {
        uint64_t until_us = TIME_NEVER, now_us, ms;

        if (l->owes_answer || l->is_ending)
                timeout_ms = timeout_ms < 0 ? ANSWER_AGAIN_MS : MIN(timeout_ms, ANSWER_AGAIN_MS);
        if (l->is_ending)
                timeout_ms = MIN(timeout_ms, ALONE_MS);
        if (l->mirror.state == LOGGER_MIRROR_WAITING)
                until_us = l->mirror.deadline_us;
        else if (l->cookie_count > 0 && logger_mirror_is_busy(&l->mirror))
                until_us = l->sync_deadline_us;
        if (until_us == TIME_NEVER)
                return timeout_ms;
        now_us = clock_monotonic_us();
        ms = until_us > now_us ? (until_us - now_us) / US_PER_MS + 1 : 0;
        if (timeout_ms >= 0)
                ms = MIN(ms, (uint64_t)timeout_ms);
        return (int)MIN(ms, (uint64_t)INT32_MAX);
}

/* PID 1 ends everybody: what they say meanwhile is still read. From others a SIGTERM means nothing. */
static void serve_signal(struct logger *l) {
        struct signalfd_siginfo info;

        while (sys_read(l->signal_fd, &info, sizeof(info)) == sizeof(info))
                l->is_ending |= info.ssi_pid == (uint32_t)getppid();
}

/* kill(2): -1 is everybody but PID 1 and ourselves; whether we may is not asked with ESRCH. */
static bool is_alone(void) {
        return kill(-1, 0) < 0 && errno == ESRCH;
}

int logger_turn(struct logger *l, int timeout_ms) {
        struct epoll_event events[EVENTS_MAX];
        int n = epoll_wait(l->epoll_fd, events, EVENTS_MAX, turn_timeout(l, timeout_ms));
        bool has_line = false, has_mirrored = false;

        if (n < 0)
                return errno == EINTR ? 1 : -errno;
        for (int i = 0; i < n; i++) {
                void *what = events[i].data.ptr;

                if (what == &l->line_fd)
                        has_line = true;
                else if (what == &l->mirrored_fd)
                        has_mirrored = true;
                else if (what == &l->signal_fd)
                        serve_signal(l);
                else if (what != &l->mirror)
                        logger_source_serve(l, what);
        }
        if (has_mirrored)
                serve_mirrored(l);
        serve_mirror(l);
        if (has_line) {
                serve_line(l);
                serve_mirror(l); /* breaking a line may have shown something */
        }
        if (l->owes_answer) {
                l->owes_answer = false;
                settle_all(l);
        }
        answer_syncs(l);
        return !l->has_line_closed && !(l->is_ending && (l->is_last || is_alone()));
}

/* In a pid namespace of keel's own the others are its services. Elsewhere there is always somebody: on a machine the kernel's
 * threads, of which the first is process 2, in no process group; without namespaces the host's processes. */
static bool can_be_alone(void) {
        return getppid() == 1 && getpgid(2) != 0;
}

/* Services that have not ended yet are being ended by PID 1: they are heard until they have. */
static void hear_last_words(struct logger *l) {
        uint64_t now_us = clock_monotonic_us(), until_us = time_add(now_us, QUIET_WITHIN_US), reads = l->reads;
        uint64_t quiet_us = can_be_alone() ? until_us : time_add(now_us, QUIET_US);

        (void)logger_watch(l->epoll_fd, EPOLL_CTL_DEL, l->line_fd, 0, NULL);
        while (l->sources && !is_alone() && now_us < MIN(until_us, quiet_us)) {
                (void)logger_turn(l, ALONE_MS);
                now_us = clock_monotonic_us();
                if (l->reads != reads)
                        quiet_us = MAX(quiet_us, time_add(now_us, QUIET_US));
                reads = l->reads;
        }
}

/* The end of keel: the supervisor is gone. */
static void finish(struct logger *l) {
        struct logger_source *s = NULL, *next = NULL;
        uint64_t until_us;

        if (!l->is_last)
                hear_last_words(l);
        until_us = time_add(clock_monotonic_us(), l->is_last ? SYNC_PATIENCE_US : LAST_WORDS_US);
        HASH_ITER(hh, l->sources, s, next) {
                logger_source_drain(l, s, until_us);
        }
        HASH_ITER(hh, l->sources, s, next) {
                logger_source_end_line(l, s);
        }
        while (logger_mirror_is_busy(&l->mirror)) {
                struct pollfd p = { .fd = l->mirror.fd, .events = POLLOUT };
                uint64_t now_us = clock_monotonic_us();

                logger_mirror_flush(&l->mirror, logger_stamp_now(l));
                if (!logger_mirror_is_busy(&l->mirror) || now_us >= until_us)
                        break;
                (void)poll(&p, 1, (int)((until_us - now_us) / US_PER_MS) + 1);
        }
}

void logger_free(struct logger *l) {
        struct logger_source *s = NULL, *next = NULL;

        close_fd(&l->mirrored_fd); /* so that no source has to be taken out of them */
        close_fd(&l->epoll_fd);
        HASH_ITER(hh, l->sources, s, next) {
                logger_source_free(l, s);
        }
        logger_mirror_close(&l->mirror);
        close_fd(&l->signal_fd);
}

int logger_run(struct logger *l) {
        int r;

        do
                r = logger_turn(l, -1);
        while (r > 0);
        finish(l);
        return r;
}
