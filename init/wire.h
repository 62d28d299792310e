/* SPDX-License-Identifier: MIT */
/* wire: the records on the line between PID 1 and its supervisor.
 *
 * One SOCK_SEQPACKET pair; one record per packet; native byte order, since both ends run on the same kernel. It is the
 * only header of init/ that the supervisor may include. PID 1 is always the side that must not suffer: it sends with
 * MSG_DONTWAIT and tries again when the line is writable, it treats every packet as hostile (wrong size, unknown kind,
 * too many fds: refused with WIRE_REFUSED, never fatal), and it never waits for an answer.
 *
 * Conversation: the supervisor says HELLO; PID 1 answers WELCOME, then one KEPT (with its fd) for each named fd that it
 * holds, then KEPT_ALL; after that, ENDED for every exit that has not been acknowledged yet, and SIGNAL for every
 * request that came as a signal. Nothing is sent before HELLO.
 *
 * The heartbeat: the supervisor says something at least every heartbeat_us. When it has had nothing to do for a while it says
 * BEAT with 0, and then nothing until it has, when the first thing is a BEAT with the time again, before it does what woke it.
 * What PID 1 sends meanwhile asks for a sign of life within the time, too. An older PID 1 takes BEAT with 0 for leave to be
 * silent for ever, so that a supervisor that is stopped in between is not missed: it is said only to one with WIRE_FLAG_IDLE.
 */
#pragma once

#include <stdint.h>

#define WIRE_VERSION     1u
#define WIRE_FD_ENV      "KEEL_WIRE_FD" /* decimal number of the supervisor's end of the line */
#define WIRE_NAME_MAX    128u           /* bytes of a kept fd's name, the final 0 included */
#define WIRE_ENDED_BATCH 128u           /* exits per ENDED record at most */

enum wire_kind {
        /* supervisor -> PID 1 (at most eight) */
        WIRE_HELLO = 1, /* struct wire_hello */
        WIRE_KEEP,      /* struct wire_name + one fd: hold it under that name; replaces an older one of that name */
        WIRE_DROP,      /* struct wire_name: close the fd of that name; unknown names are fine */
        WIRE_ACK,       /* struct wire_ack: every exit up to and including this sequence number may be forgotten */
        WIRE_BEAT,      /* struct wire_beat: the supervisor's event loop is alive, or has nothing to do */
        WIRE_END,       /* struct wire_end: end everything in this way; the supervisor has stopped its units */
        WIRE_REEXEC,    /* struct wire_reexec */

        /* PID 1 -> supervisor */
        WIRE_WELCOME = 65, /* struct wire_welcome */
        WIRE_KEPT,         /* struct wire_name + its fd (a duplicate) */
        WIRE_KEPT_ALL,     /* header only: no more KEPT records follow */
        WIRE_ENDED,        /* struct wire_ended */
        WIRE_SIGNAL,       /* struct wire_signal */
        WIRE_REFUSED,      /* struct wire_refused */
        WIRE_REEXECED,     /* struct wire_reexeced: PID 1 is a new program now; everything else is as it was */
        WIRE_DROPPED,      /* struct wire_dropped: there was no room for exits */
};

struct wire_header {
        uint16_t kind;   /* enum wire_kind */
        uint16_t count;  /* records in an ENDED; 0 elsewhere */
        uint32_t length; /* bytes of the whole packet */
};

struct wire_hello {
        struct wire_header header;
        uint32_t version;
        uint32_t pid;              /* as the supervisor sees itself, to detect a debugger or tracer in between */
        uint64_t heartbeat_us;     /* be killed when silent for that long; 0: never */
};

struct wire_welcome {
        struct wire_header header;
        uint32_t version;
        uint32_t init_pid;         /* what getppid() must give; 1 when keel is PID 1 */
        uint32_t supervisor_runs;  /* 1 for the first supervisor of this PID 1, 2 for its first replacement, … */
        uint32_t flags;            /* WIRE_FLAG_* */
        uint64_t next_sequence;    /* of the next exit; exits before it are either acknowledged or will follow */
        uint64_t dropped_exits;    /* exits lost because the ledger was full; counted, never misreported */
        uint32_t pending_exits;    /* how many unacknowledged ones follow KEPT_ALL, before any later one */
        uint32_t reserved;
};

enum {
        WIRE_FLAG_PID1 = 1 << 0,      /* keel is PID 1 of its namespace (else: a subreaper) */
        WIRE_FLAG_SYSTEM = 1 << 1,    /* keel is the system: PID 1 on entry; distribution unit paths are read */
        WIRE_FLAG_DISTRUST = 1 << 2,  /* saved records made earlier supervisors die: use the processes, not the records */
        WIRE_FLAG_MACHINE = 1 << 3,   /* PID 1 of the machine, not of a container: the end is reboot(2) */
        WIRE_FLAG_NAMESPACES = 1 << 4, /* keel made the namespaces itself (keel run) */
        WIRE_FLAG_IDLE = 1 << 5       /* of this program, never saved: it misses a supervisor that has nothing to do, too */
};

struct wire_name {
        struct wire_header header;
        char name[WIRE_NAME_MAX]; /* terminated; [A-Za-z0-9@._:/\-] */
};

struct wire_ack {
        struct wire_header header;
        uint64_t sequence;
};

struct wire_beat {
        struct wire_header header;
        uint64_t heartbeat_us; /* as in wire_hello, and may change at run time; 0: nothing to do, until another BEAT */
};

struct wire_exit {
        uint64_t sequence;  /* from 1, without gaps but for those counted in dropped_exits */
        uint64_t reaped_us; /* CLOCK_MONOTONIC */
        int32_t pid;
        int32_t status; /* as from wait4(2) */
};

struct wire_ended {
        struct wire_header header; /* count: how many exits follow */
        struct wire_exit exits[WIRE_ENDED_BATCH];
};

struct wire_signal {
        struct wire_header header;
        int32_t signal;
        int32_t sender_pid; /* 0: the kernel, or outside of the namespace */
};

enum wire_end_how {
        WIRE_END_EXIT = 1, /* exit with `code` (the namespaces end); on a machine: as power off */
        WIRE_END_POWEROFF,
        WIRE_END_REBOOT,
        WIRE_END_HALT,
        WIRE_END_KEXEC,
};

struct wire_end {
        struct wire_header header;
        uint32_t how;  /* enum wire_end_how */
        int32_t code;  /* exit status 0…255 */
        char why[WIRE_NAME_MAX]; /* terminated: the last line on stderr, e.g. "main unit web.service exited with 3" */
};

enum wire_reexec_what {
        WIRE_REEXEC_SUPERVISOR = 1, /* the sender exits after this; start its successor at once, count it as no failure */
        WIRE_REEXEC_INIT,           /* PID 1 replaces itself; answered by REEXECED or REFUSED, within some seconds */
};

struct wire_reexec {
        struct wire_header header;
        uint32_t what; /* enum wire_reexec_what */
        uint32_t reserved;
};

struct wire_reexeced {
        struct wire_header header;
        uint32_t times; /* so often since PID 1 was started */
        uint32_t flags; /* WIRE_FLAG_IDLE, or 0: the new program may be an older one */
};

struct wire_dropped {
        struct wire_header header;
        uint64_t dropped_exits; /* since PID 1 was started; as in wire_welcome */
};

enum wire_refusal {
        WIRE_REFUSED_MALFORMED = 1,
        WIRE_REFUSED_VERSION,
        WIRE_REFUSED_FULL, /* no room for another kept fd */
        WIRE_REFUSED_PHASE, /* not allowed now (e.g. before HELLO, or during the end) */
        WIRE_REFUSED_FAILED /* allowed, but it did not work */
};

struct wire_refused {
        struct wire_header header;
        uint32_t kind;    /* of the refused record */
        uint32_t refusal; /* enum wire_refusal */
        char name[WIRE_NAME_MAX]; /* for KEEP and DROP: the name; for REEXEC: why, in words */
};

/* The largest packet on the line, for receive buffers. */
#define WIRE_PACKET_MAX (sizeof(struct wire_ended))
