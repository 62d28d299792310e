/* SPDX-License-Identifier: MIT */
/* keeper: see keeper.h. */
#include "keeper.h"

#include "init/wire.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <sys/epoll.h>

#define PENDING_MAX         (1u << 20)
#define ACKNOWLEDGE_SOON    64u /* so many exits do not wait for a beat */
#define ACKNOWLEDGE_AT_ONCE 1024u /* so many exits do not wait for a quiet moment */

/* One packet of any kind, and the fd that came with it. */
struct packet {
        union {
                struct wire_header header;
                struct wire_welcome welcome;
                struct wire_name name;
                struct wire_ended ended;
                struct wire_signal signal;
                struct wire_refused refused;
                struct wire_dropped dropped;
                struct wire_reexeced reexeced;
        } u;
        size_t length;
        int fd;
};

static int packet_send(struct keeper *k, uint16_t kind, void *record, size_t length, int fd) {
        struct wire_header *header = record;
        *header = (struct wire_header){ .kind = kind, .length = (uint32_t)length };
        struct iovec iov = { .iov_base = record, .iov_len = length };
        union {
                char bytes[CMSG_SPACE(sizeof(int))];
                struct cmsghdr align;
        } control = { 0 };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
        if (fd >= 0) {
                message.msg_control = control.bytes;
                message.msg_controllen = sizeof control.bytes;
                struct cmsghdr *c = CMSG_FIRSTHDR(&message);
                c->cmsg_level = SOL_SOCKET;
                c->cmsg_type = SCM_RIGHTS;
                c->cmsg_len = CMSG_LEN(sizeof(int));
                memcpy(CMSG_DATA(c), &fd, sizeof fd);
        }
        ssize_t n = sys_sendmsg(k->fd, &message, MSG_NOSIGNAL);
        return n < 0 ? (int)n : 0;
}

/* 1, 0 at the end of the line, -EAGAIN, -errno. */
static int packet_receive(struct keeper *k, struct packet *p, int flags) {
        struct iovec iov = { .iov_base = &p->u, .iov_len = sizeof p->u };
        union {
                char bytes[CMSG_SPACE(sizeof(int))];
                struct cmsghdr align;
        } control;
        struct msghdr message = {
                .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
        };
        p->fd = -1;
        ssize_t n = sys_recvmsg(k->fd, &message, flags | MSG_CMSG_CLOEXEC);
        if (n < 0)
                return (int)n;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
                if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
                        memcpy(&p->fd, CMSG_DATA(c), sizeof p->fd);
        p->length = (size_t)n;
        if (n == 0)
                return 0;
        return p->length >= sizeof p->u.header ? 1 : -EBADMSG;
}

/* NOLINTNEXTLINE(readability-function-size): uthash's macros are many statements */
static int remember_kept(struct keeper *k, const struct wire_name *record, int fd) {
        struct kept_fd *kept = calloc(1, sizeof *kept);
        if (!kept)
                return -ENOMEM;
        kept->name = strndup(record->name, sizeof record->name);
        kept->fd = fd;
        if (!kept->name) {
                free(kept);
                return -ENOMEM;
        }
        HASH_ADD_KEYPTR(hh, k->kept, kept->name, strlen(kept->name), kept);
        return 0;
}

static void note_exits(struct keeper *k, const struct packet *p, size_t room) {
        const struct wire_ended *ended = &p->u.ended;
        for (size_t i = 0; i < ended->header.count && k->pending_count < room; i++)
                k->pending[k->pending_count++] =
                        (struct keeper_exit){ ended->exits[i].sequence, ended->exits[i].reaped_us, ended->exits[i].pid,
                                              ended->exits[i].status };
}

static bool is_whole_ended(const struct packet *p) {
        return p->u.header.kind == WIRE_ENDED &&
               p->length >= sizeof(struct wire_header) + p->u.header.count * sizeof(struct wire_exit);
}

/* What ended before we came. Signals may come between. */
static int receive_pending(struct keeper *k, uint32_t how_many) {
        k->pending = calloc((size_t)how_many + WIRE_ENDED_BATCH, sizeof *k->pending);
        if (!k->pending)
                return -ENOMEM;
        while (k->pending_count < how_many) {
                struct packet p;
                int r = packet_receive(k, &p, 0);
                if (r <= 0)
                        return r == 0 ? -ECONNRESET : r;
                if (is_whole_ended(&p))
                        note_exits(k, &p, (size_t)how_many + WIRE_ENDED_BATCH);
                else if (p.u.header.kind == WIRE_SIGNAL && p.u.signal.signal > 0 && p.u.signal.signal <= 64)
                        k->pending_signals |= UINT64_C(1) << (p.u.signal.signal - 1);
                close_fd(&p.fd);
        }
        return 0;
}

/* Up to KEPT_ALL, and the exits that follow. */
static int receive_greeting(struct keeper *k) {
        uint32_t pending_exits = 0;
        for (;;) {
                struct packet p = { .length = 0 };
                int r = packet_receive(k, &p, 0);
                if (r <= 0)
                        return r == 0 ? -ECONNRESET : r;
                switch (p.u.header.kind) {
                case WIRE_WELCOME:
                        k->flags = p.u.welcome.flags;
                        k->supervisor_runs = p.u.welcome.supervisor_runs;
                        k->init_pid = (pid_t)p.u.welcome.init_pid;
                        k->next_sequence = p.u.welcome.next_sequence;
                        k->dropped_exits = p.u.welcome.dropped_exits;
                        pending_exits = MIN(p.u.welcome.pending_exits, PENDING_MAX); /* 0 from an older PID 1 */
                        break;
                case WIRE_KEPT:
                        if (p.fd >= 0 && (r = remember_kept(k, &p.u.name, p.fd)) < 0)
                                return r;
                        break;
                case WIRE_KEPT_ALL:
                        return receive_pending(k, pending_exits);
                default:
                        close_fd(&p.fd);
                        return -EPROTO;
                }
        }
}

int keeper_open(struct keeper *k, uint64_t heartbeat_us) {
        *k = (struct keeper){ .fd = -1, .heartbeat_us = heartbeat_us };
        const char *text = getenv(WIRE_FD_ENV);
        uint64_t fd;
        if (!text || text_to_u64(text, 10, &fd) < 0 || fd > INT32_MAX)
                return -ENOTCONN;
        if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
                return -errno;
        unsetenv(WIRE_FD_ENV);
        k->fd = sys_shelve((int)fd);
        struct wire_hello hello = { .version = WIRE_VERSION, .pid = (uint32_t)getpid(), .heartbeat_us = heartbeat_us };
        int r = packet_send(k, WIRE_HELLO, &hello, sizeof hello, -1);
        return r < 0 ? r : receive_greeting(k);
}

static int on_later(sd_event_source *source UNUSED, void *user) {
        struct keeper *k = user;
        (void)keeper_acknowledge(k, k->handled);
        return 0;
}

/* What is dealt with is acknowledged when there is nothing more urgent to do, such as a restart, as it wakes PID 1. A few wait
 * for the next beat, which wakes it anyway: to be told of them again does no harm, they are known to be old. */
static void acknowledge_later(struct keeper *k, uint64_t sequence) {
        uint64_t count = sequence - k->acknowledged;

        k->handled = sequence;
        if (!k->later || count >= ACKNOWLEDGE_AT_ONCE)
                (void)keeper_acknowledge(k, sequence);
        else if (!k->beat || count >= ACKNOWLEDGE_SOON)
                (void)sd_event_source_set_enabled(k->later, SD_EVENT_ONESHOT);
}

static void dispatch_ended(struct keeper *k, const struct packet *p) {
        const struct wire_ended *ended = &p->u.ended;
        size_t count = ended->header.count;
        if (p->length < sizeof(struct wire_header) + count * sizeof(struct wire_exit))
                return;
        for (size_t i = 0; i < count; i++) {
                struct keeper_exit e = { ended->exits[i].sequence, ended->exits[i].reaped_us, ended->exits[i].pid,
                                         ended->exits[i].status };
                k->last_sequence = e.sequence;
                k->handlers.ended(k->handlers.user, &e);
        }
        k->handlers.all_ended(k->handlers.user);
        if (count > 0)
                acknowledge_later(k, ended->exits[count - 1].sequence);
}

static void dispatch_dropped(struct keeper *k, uint64_t total) {
        uint64_t before = k->dropped_exits;
        k->dropped_exits = total;
        if (total > before)
                k->handlers.dropped(k->handlers.user, total - before);
}

static void dispatch(struct keeper *k, struct packet *p) {
        switch (p->u.header.kind) {
        case WIRE_ENDED:
                dispatch_ended(k, p);
                break;
        case WIRE_SIGNAL:
                k->handlers.signalled(k->handlers.user, p->u.signal.signal, p->u.signal.sender_pid);
                break;
        case WIRE_REFUSED:
                k->handlers.refused(k->handlers.user, p->u.refused.kind, p->u.refused.refusal, p->u.refused.name);
                break;
        case WIRE_REEXECED:
                k->flags = (k->flags & ~(uint32_t)WIRE_FLAG_IDLE) | (p->u.reexeced.flags & WIRE_FLAG_IDLE);
                k->handlers.reexeced(k->handlers.user);
                break;
        case WIRE_DROPPED:
                dispatch_dropped(k, p->u.dropped.dropped_exits);
                break;
        default: /* of a later PID 1 */
                break;
        }
        close_fd(&p->fd);
}

static int on_readable(sd_event_source *source, int fd UNUSED, uint32_t events UNUSED, void *user) {
        struct keeper *k = user;
        /* Bounded, so that a storm of exits leaves room for everything else. */
        for (unsigned i = 0; i < 64; i++) {
                struct packet p;
                int r = packet_receive(k, &p, MSG_DONTWAIT);
                if (r == -EAGAIN)
                        return 0;
                if (r <= 0) {
                        (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
                        k->handlers.lost(k->handlers.user);
                        return 0;
                }
                dispatch(k, &p);
        }
        return 0;
}

static int on_first(sd_event_source *source UNUSED, void *user) {
        struct keeper *k = user;
        for (size_t i = 0; i < k->pending_count; i++) {
                k->last_sequence = k->pending[i].sequence;
                k->handlers.ended(k->handlers.user, &k->pending[i]);
        }
        if (k->pending_count > 0)
                (void)keeper_acknowledge(k, k->pending[k->pending_count - 1].sequence);
        for (int signal = 1; signal <= 64; signal++)
                if (k->pending_signals & UINT64_C(1) << (signal - 1))
                        k->handlers.signalled(k->handlers.user, signal, 0);
        free(take_ptr(k->pending));
        k->pending_count = 0;
        k->pending_signals = 0;
        return 0;
}

/* Says that we work, and again later; or that there is nothing to do, and no more. */
static void beat(struct keeper *k, uint64_t now) {
        struct wire_beat record = { .heartbeat_us = k->is_idle ? 0 : k->heartbeat_us };
        if (k->handled > k->acknowledged)
                (void)keeper_acknowledge(k, k->handled);
        (void)packet_send(k, WIRE_BEAT, &record, sizeof record, -1);
        k->turns = 0;
        if (k->is_idle)
                return;
        (void)sd_event_source_set_time(k->beat, now + k->heartbeat_us / 3);
        (void)sd_event_source_set_enabled(k->beat, SD_EVENT_ONESHOT);
}

static int on_beat(sd_event_source *source UNUSED, uint64_t now, void *user) {
        struct keeper *k = user;
        /* This one is the only turn since the last beat; and PID 1 would not forget us for saying so. */
        k->is_idle = k->turns <= 1 && k->flags & WIRE_FLAG_IDLE;
        beat(k, now);
        return 0;
}

void keeper_turn(struct keeper *k) {
        k->turns++;
        if (!k->is_idle)
                return;
        k->is_idle = false;
        beat(k, clock_monotonic_us());
}

int keeper_attach(struct keeper *k, sd_event *event, const struct keeper_handlers *handlers) {
        k->handlers = *handlers;
        int r = sd_event_add_io(event, &k->io, k->fd, EPOLLIN, on_readable, k);
        if (r < 0)
                return r;
        /* Exits first: what follows from them is then true when the rest is dispatched. */
        (void)sd_event_source_set_priority(k->io, SD_EVENT_PRIORITY_IMPORTANT);
        if (k->pending_count > 0 || k->pending_signals) {
                r = sd_event_add_defer(event, &k->first, on_first, k);
                if (r < 0)
                        return r;
                (void)sd_event_source_set_priority(k->first, SD_EVENT_PRIORITY_IMPORTANT - 1);
        }
        r = sd_event_add_defer(event, &k->later, on_later, k);
        if (r < 0)
                return r;
        (void)sd_event_source_set_priority(k->later, SD_EVENT_PRIORITY_IDLE);
        (void)sd_event_source_set_enabled(k->later, SD_EVENT_OFF);
        if (k->heartbeat_us == 0)
                return 0;
        return sd_event_add_time(event, &k->beat, CLOCK_MONOTONIC, clock_monotonic_us() + k->heartbeat_us / 3,
                                 k->heartbeat_us / 6, on_beat, k);
}

void keeper_close(struct keeper *k) {
        k->io = sd_event_source_disable_unref(k->io);
        k->beat = sd_event_source_disable_unref(k->beat);
        k->first = sd_event_source_disable_unref(k->first);
        k->later = sd_event_source_disable_unref(k->later);
        free(take_ptr(k->pending));
        struct kept_fd *kept, *next;
        HASH_ITER(hh, k->kept, kept, next) {
                HASH_DEL(k->kept, kept);
                close_fd(&kept->fd);
                free(kept->name);
                free(kept);
        }
        close_fd(&k->fd);
}

static int send_name(struct keeper *k, uint16_t kind, const char *name, int fd) {
        struct wire_name record = { 0 };
        size_t length = strlen(name);
        if (length >= sizeof record.name)
                return -ENAMETOOLONG;
        memcpy(record.name, name, length);
        return packet_send(k, kind, &record, sizeof record, fd);
}

int keeper_keep(struct keeper *k, const char *name, int fd) {
        return send_name(k, WIRE_KEEP, name, fd);
}

int keeper_drop(struct keeper *k, const char *name) {
        return send_name(k, WIRE_DROP, name, -1);
}

int keeper_take(struct keeper *k, const char *name) {
        struct kept_fd *kept;
        HASH_FIND_STR(k->kept, name, kept);
        if (!kept)
                return -ENOENT;
        HASH_DEL(k->kept, kept);
        int fd = kept->fd;
        free(kept->name);
        free(kept);
        return fd;
}

void keeper_drop_untaken(struct keeper *k, const char *prefix) {
        struct kept_fd *kept, *next;
        HASH_ITER(hh, k->kept, kept, next) {
                if (!text_after(kept->name, prefix))
                        continue;
                (void)keeper_drop(k, kept->name);
                HASH_DEL(k->kept, kept);
                close_fd(&kept->fd);
                free(kept->name);
                free(kept);
        }
}

bool keeper_has_ended(const struct keeper *k, pid_t pid, uint64_t since_sequence, uint64_t since_us) {
        for (size_t i = 0; i < k->pending_count; i++)
                if (keeper_exit_is_of(&k->pending[i], pid, since_sequence, since_us))
                        return true;
        return false;
}

char *keeper_name(const char *kind, const char *unit, const char *rest) {
        char *name = text_printf("%s:%s%s%s", kind, unit, rest ? "/" : "", rest ? rest : "");
        if (!name || strlen(name) < WIRE_NAME_MAX)
                return name;
        free(name);
        return text_printf("%s:%.64s:%016llx%s%.24s", kind, unit, (unsigned long long)text_hash(unit, strlen(unit)),
                           rest ? "/" : "", rest ? rest : "");
}

int keeper_acknowledge(struct keeper *k, uint64_t sequence) {
        struct wire_ack ack = { .sequence = sequence };
        k->acknowledged = sequence;
        return packet_send(k, WIRE_ACK, &ack, sizeof ack, -1);
}

int keeper_end(struct keeper *k, unsigned how, int code, const char *why) {
        struct wire_end end = { .how = how, .code = code };
        (void)snprintf(end.why, sizeof end.why, "%s", why ? why : "");
        return packet_send(k, WIRE_END, &end, sizeof end, -1);
}

int keeper_reexec(struct keeper *k, unsigned what) {
        struct wire_reexec record = { .what = what };
        return packet_send(k, WIRE_REEXEC, &record, sizeof record, -1);
}
