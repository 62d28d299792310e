/* SPDX-License-Identifier: MIT */
/* talk: owns the line. Promises that nothing the supervisor sends can hurt, that an exit is told until it is
 * acknowledged, and a signal until a supervisor has it. Never waits. Called by the loop and by child.
 */
#include "talk.h"

#include "child.h"
#include "power.h"
#include "reexec.h"
#include "say.h"
#include "wire-check.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEAR_AT_ONCE 256u /* records, before the rest of PID 1 has its turn */
#define HEAR_LAST    4096u /* more than a line holds */

void talk_open(struct state *s, int fd) {
        s->line.fd = fd;
        s->line.phase = LINE_SILENT;
        s->line.full = s->line.retry = s->line.owes_reexeced = false;
        s->line.kept_sent = 0;
        s->line.refusals = 0;
        ledger_rewind(&s->ledger);
}

/* --- hearing ------------------------------------------------------------------------------------------------------ */

void talk_refuse(struct state *s, uint32_t kind, uint32_t refusal, const char *name) {
        struct line *l = &s->line;

        if (l->refusals == LINE_REFUSALS)
                return; /* it sends much nonsense and does not listen */
        l->refused[l->refusals].kind = kind;
        l->refused[l->refusals].refusal = refusal;
        memset(l->refused[l->refusals].name, 0, WIRE_NAME_MAX);
        memcpy(l->refused[l->refusals].name, name, strnlen(name, WIRE_NAME_MAX - 1));
        l->refusals++;
}

static void refuse(struct state *s, const union wire_request *request, uint32_t refusal) {
        uint32_t kind = request->header.kind;
        bool has_name = refusal != WIRE_REFUSED_MALFORMED && (kind == WIRE_KEEP || kind == WIRE_DROP);

        talk_refuse(s, kind, refusal, has_name ? request->name.name : "");
}

static void on_hello(struct state *s, const union wire_request *request, int *fd, uint64_t now) {
        (void)fd;
        if (request->hello.pid != (uint32_t)s->child.pid)
                say("the supervisor (pid ", SAY_NUMBER(s->child.pid), ") takes itself for pid ",
                    SAY_NUMBER(request->hello.pid), ": is it being traced?");
        s->line.phase = LINE_WELCOME;
        child_talks(s, request->hello.heartbeat_us, now);
}

static void on_keep(struct state *s, const union wire_request *request, int *fd, uint64_t now) {
        (void)now;
        if (keep_put(&s->keep, request->name.name, fd) < 0)
                refuse(s, request, WIRE_REFUSED_FULL);
}

static void on_drop(struct state *s, const union wire_request *request, int *fd, uint64_t now) {
        (void)fd;
        (void)now;
        (void)keep_drop(&s->keep, request->name.name);
}

static void on_ack(struct state *s, const union wire_request *request, int *fd, uint64_t now) {
        (void)fd;
        (void)now;
        ledger_acknowledge(&s->ledger, request->ack.sequence);
}

static void on_beat(struct state *s, const union wire_request *request, int *fd, uint64_t now) {
        (void)fd;
        child_beats(s, request->beat.heartbeat_us, now);
}

static void on_end(struct state *s, const union wire_request *request, int *fd, uint64_t now) {
        (void)fd;
        power_begin(s, request->end.how, request->end.code, request->end.why, now);
}

static void on_reexec(struct state *s, const union wire_request *request, int *fd, uint64_t now) {
        (void)fd;
        if (request->reexec.what == WIRE_REEXEC_SUPERVISOR)
                child_leaves(s, now);
        else if (request->reexec.what == WIRE_REEXEC_INIT)
                reexec_ask(s, now);
        else
                refuse(s, request, WIRE_REFUSED_PHASE);
}

static const struct request {
        uint8_t phases; /* of the line, in which it is allowed */
        uint8_t at_end; /* also when the end has begun */
        void (*handle)(struct state *s, const union wire_request *request, int *fd, uint64_t now);
} requests[] = {
        [WIRE_HELLO] = { LINE_SILENT, 0, on_hello },
        [WIRE_KEEP] = { LINE_OPEN, 0, on_keep },
        [WIRE_DROP] = { LINE_OPEN, 1, on_drop },
        [WIRE_ACK] = { LINE_OPEN, 1, on_ack },
        [WIRE_BEAT] = { LINE_WELCOME | LINE_KEPT | LINE_OPEN, 1, on_beat },
        [WIRE_END] = { LINE_OPEN, 0, on_end },
        [WIRE_REEXEC] = { LINE_OPEN, 0, on_reexec },
};

static void handle(struct state *s, const union wire_request *request, size_t length, int *fd, bool fds_lost,
                   uint64_t now) {
        unsigned kind = request->header.kind, refusal = wire_check(request, length, *fd >= 0);

        /* The kernel drops a passed fd when our table is full. */
        if (fds_lost)
                refusal = kind == WIRE_KEEP && *fd < 0 ? WIRE_REFUSED_FULL : WIRE_REFUSED_MALFORMED;
        else if (!refusal && (!(requests[kind].phases & s->line.phase) ||
                              (s->ending.phase != ENDING_NOT && !requests[kind].at_end)))
                refusal = WIRE_REFUSED_PHASE;
        if (refusal)
                refuse(s, request, refusal);
        else
                requests[kind].handle(s, request, fd, now);
        child_heard(s, now);
}

/* Errors after which the same call is to be tried again. */
static bool is_passing(int error) {
        return error == EINTR || error == ENOMEM || error == ENOBUFS || error == EMFILE || error == ENFILE ||
               error == ETOOMANYREFS;
}

/* False when there is no more to hear. */
static bool hear_one(struct state *s, uint64_t now) {
        union {
                union wire_request request;
                char bytes[sizeof(union wire_request) + 8]; /* a longer one is seen to be too long */
        } packet = { 0 };
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec data = { &packet, sizeof(packet) };
        struct msghdr message = {
                .msg_iov = &data,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        struct cmsghdr *c;
        int fd = -1;
        ssize_t n = recvmsg(s->line.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

        if (n < 0 && errno == ECONNRESET)
                return true; /* it died with our words unread; what it said last comes after this error */
        if (n < 0 && is_passing(errno))
                return true;
        if (n <= 0) {
                if (n == 0 || errno != EAGAIN) {
                        s->line.phase = LINE_BROKEN;
                        child_hung_up(s, now);
                }
                return false;
        }
        c = CMSG_FIRSTHDR(&message);
        if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
                memcpy(&fd, CMSG_DATA(c), sizeof(fd));
        handle(s, &packet.request, (size_t)n, &fd, message.msg_flags & MSG_CTRUNC, now);
        if (fd >= 0)
                (void)close(fd);
        return true;
}

void talk_hear(struct state *s, uint64_t now) {
        for (unsigned n = 0; n < HEAR_AT_ONCE; n++)
                if (s->line.fd < 0 || s->line.phase == LINE_BROKEN || !hear_one(s, now))
                        return;
}

void talk_close(struct state *s) {
        uint64_t now = state_now_us();

        /* It has ended, but somebody else may hold its end. */
        for (unsigned n = 0; n < HEAR_LAST; n++)
                if (s->line.fd < 0 || s->line.phase == LINE_BROKEN || !hear_one(s, now))
                        break;
        if (s->line.fd >= 0)
                (void)close(s->line.fd);
        s->line.fd = -1;
        s->line.phase = LINE_CLOSED;
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

enum told { TOLD, NOTHING_TO_TELL, TELL_LATER };

static enum told put(struct state *s, struct iovec *pieces, size_t count, int fd) {
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = { 0 };
        struct msghdr message = { .msg_iov = pieces, .msg_iovlen = count };

        if (fd >= 0) {
                message.msg_control = &control;
                message.msg_controllen = sizeof(control);
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                control.header.cmsg_len = CMSG_LEN(sizeof(int));
                memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
        }
        if (sendmsg(s->line.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
                return TOLD;
        if (errno == EAGAIN)
                s->line.full = true;
        else if (is_passing(errno))
                s->line.retry = true;
        return TELL_LATER; /* otherwise it is dead, and what it said last is still to be heard */
}

static enum told put_record(struct state *s, void *record, size_t length, unsigned kind, int fd) {
        struct iovec piece = { record, length };

        *(struct wire_header *)record = (struct wire_header){ .kind = (uint16_t)kind, .length = (uint32_t)length };
        return put(s, &piece, 1, fd);
}

static enum told tell_refusals(struct state *s) {
        struct line *l = &s->line;
        struct wire_refused record = { 0 };
        enum told told;

        if (l->refusals == 0)
                return NOTHING_TO_TELL;
        record.kind = l->refused[0].kind;
        record.refusal = l->refused[0].refusal;
        memcpy(record.name, l->refused[0].name, WIRE_NAME_MAX);
        told = put_record(s, &record, sizeof(record), WIRE_REFUSED, -1);
        if (told == TOLD)
                memmove(&l->refused[0], &l->refused[1], --l->refusals * sizeof(l->refused[0]));
        return told;
}

static enum told tell_welcome(struct state *s) {
        struct wire_welcome record = { .version = WIRE_VERSION };
        enum told told;

        if (s->line.phase != LINE_WELCOME)
                return NOTHING_TO_TELL;
        record.init_pid = (uint32_t)getpid();
        record.supervisor_runs = s->child.runs;
        record.flags = s->flags | WIRE_FLAG_IDLE;
        record.next_sequence = s->ledger.next_sequence;
        record.dropped_exits = s->ledger.dropped;
        record.pending_exits = s->ledger.count;
        told = put_record(s, &record, sizeof(record), WIRE_WELCOME, -1);
        if (told == TOLD) {
                s->line.phase = LINE_KEPT;
                s->line.dropped_sent = record.dropped_exits;
        }
        return told;
}

static enum told tell_kept(struct state *s) {
        struct wire_name record = { 0 };
        uint32_t i = s->line.kept_sent;
        enum told told;

        if (s->line.phase != LINE_KEPT)
                return NOTHING_TO_TELL;
        if (i < s->keep.count) {
                strcpy(record.name, keep_name(&s->keep, i));
                told = put_record(s, &record, sizeof(record), WIRE_KEPT, s->keep.slots[i].fd);
                s->line.kept_sent += told == TOLD;
                return told;
        }
        told = put_record(s, &record, sizeof(record.header), WIRE_KEPT_ALL, -1);
        if (told == TOLD) {
                s->line.phase = LINE_OPEN;
                power_supervisor_listens(s); /* the one before may have died with the word to end */
        }
        return told;
}

static enum told tell_reexeced(struct state *s) {
        struct wire_reexeced record = { .times = s->reexec.times, .flags = WIRE_FLAG_IDLE };
        enum told told;

        if (s->line.phase != LINE_OPEN || !s->line.owes_reexeced)
                return NOTHING_TO_TELL;
        told = put_record(s, &record, sizeof(record), WIRE_REEXECED, -1);
        if (told == TOLD)
                s->line.owes_reexeced = false;
        return told;
}

/* Before the exits, so that what is missing among them is known when they come. */
static enum told tell_dropped(struct state *s) {
        struct wire_dropped record = { .dropped_exits = s->ledger.dropped };
        enum told told;

        if (s->line.phase != LINE_OPEN || s->line.dropped_sent == s->ledger.dropped)
                return NOTHING_TO_TELL;
        told = put_record(s, &record, sizeof(record), WIRE_DROPPED, -1);
        if (told == TOLD)
                s->line.dropped_sent = record.dropped_exits;
        return told;
}

static enum told tell_signals(struct state *s) {
        struct wire_signal record = { 0 };
        enum told told;

        if (s->line.phase != LINE_OPEN || s->line.signals == 0)
                return NOTHING_TO_TELL;
        record.signal = __builtin_ctzll(s->line.signals) + 1;
        record.sender_pid = s->line.senders[record.signal];
        told = put_record(s, &record, sizeof(record), WIRE_SIGNAL, -1);
        if (told == TOLD)
                s->line.signals &= ~SIGNALS_BIT(record.signal);
        return told;
}

static enum told tell_exits(struct state *s) {
        struct wire_header header = { .kind = WIRE_ENDED };
        struct iovec pieces[3] = { { &header, sizeof(header) } };
        enum told told;

        if (s->line.phase != LINE_OPEN)
                return NOTHING_TO_TELL;
        header.count = (uint16_t)ledger_unsent(&s->ledger, pieces + 1);
        if (header.count == 0)
                return NOTHING_TO_TELL;
        header.length = (uint32_t)(sizeof(header) + header.count * sizeof(struct wire_exit));
        told = put(s, pieces, 3, -1);
        if (told == TOLD)
                ledger_mark_sent(&s->ledger, header.count);
        return told;
}

void talk_tell(struct state *s, uint64_t now) {
        static enum told (*const tell[])(struct state *) = { tell_refusals, tell_welcome, tell_kept, tell_reexeced,
                                                             tell_signals,  tell_dropped, tell_exits };
        enum told told;

        if (s->line.phase & (LINE_CLOSED | LINE_BROKEN))
                return;
        s->line.full = s->line.retry = false;
        for (size_t i = 0; i < sizeof(tell) / sizeof(tell[0]); i++) {
                while ((told = tell[i](s)) == TOLD)
                        child_told(s, now);
                if (told == TELL_LATER)
                        return;
        }
}

void talk_signal(struct state *s, int signal, int32_t sender) {
        s->line.signals |= SIGNALS_BIT(signal);
        s->line.senders[signal] = sender;
}

short talk_events(const struct state *s) {
        if (s->line.phase & (LINE_CLOSED | LINE_BROKEN))
                return 0;
        return s->line.full ? POLLIN | POLLOUT : POLLIN;
}
