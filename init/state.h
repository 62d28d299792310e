/* SPDX-License-Identifier: MIT */
/* state: all that PID 1 knows while it supervises, in one place and of plain numbers (the two tables' addresses and the
 * command line aside), so that one execve with this in a memfd can carry it into a new binary.
 */
#pragma once

#include "keep.h"
#include "ledger.h"
#include "signals.h"
#include "wire.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define NEVER  UINT64_MAX
#define MS     UINT64_C(1000)
#define SECOND UINT64_C(1000000)

/* CLOCK_MONOTONIC, asked of the kernel directly: the fast way through the vDSO costs pages that PID 1 does not have. */
uint64_t state_now_us(void);
/* RLIMIT_NOFILE: sets it unless new_limit is NULL, and returns the one before it. In the bare form, too: a libc's brings along
 * what it takes to do it for many threads.
 */
struct limit {
        uint64_t soft, hard;
};
struct limit state_limit_files(const struct limit *new_limit);
/* fork(2), with flags of clone(2) for new namespaces. */
pid_t state_fork(unsigned long flags);

/* The line to the supervisor. What is allowed depends on how far the conversation has come. */
enum line_phase {
        LINE_CLOSED = 1 << 0, /* no supervisor */
        LINE_SILENT = 1 << 1, /* before HELLO */
        LINE_WELCOME = 1 << 2, /* WELCOME is to be sent */
        LINE_KEPT = 1 << 3, /* the kept fds are being sent */
        LINE_OPEN = 1 << 4,
        LINE_BROKEN = 1 << 5, /* the other end is closed; its process is about to be reaped */
};

#define LINE_REFUSALS 8u

struct line {
        int fd;
        enum line_phase phase;
        bool full; /* wait until it is writable */
        bool retry; /* the kernel was short of memory: try again soon */
        bool owes_reexeced; /* REEXECED is to be sent */
        uint32_t kept_sent;
        uint64_t dropped_sent; /* what the supervisor knows of ledger.dropped */
        uint64_t signals; /* to be sent, one bit each */
        int32_t senders[SIGNALS_MAX + 1];
        uint32_t refusals; /* to be sent */
        struct {
                uint32_t kind, refusal;
                char name[WIRE_NAME_MAX];
        } refused[LINE_REFUSALS];
};

/* The supervisor's process. */
struct child {
        pid_t pid; /* 0: none */
        uint32_t runs; /* how many were started */
        uint32_t failures; /* in a row: how far down the ladder */
        int32_t last_status; /* of the one before, as from wait4(2) */
        bool talked; /* this one said HELLO */
        bool ever_talked; /* any one did */
        bool leaving; /* it announced that it ends for its successor */
        bool killed; /* we sent SIGKILL */
        bool idle; /* it said that it owes nothing, and nothing was told to it since: it may be silent */
        bool stopped; /* by a signal, and not continued yet */
        uint64_t started_us;
        uint64_t start_at_us; /* when to start the next one, while there is none */
        uint64_t silent_at_us; /* to be killed when not heard by then; NEVER: left alone, or nothing is owed */
        uint64_t heartbeat_us; /* 0: may be silent for ever */
};

/* The end of everything. */
enum ending_phase { ENDING_NOT, ENDING_TERM, ENDING_KILL, ENDING_UNMOUNT };

struct ending {
        enum ending_phase phase;
        uint32_t how; /* enum wire_end_how */
        int32_t code;
        uint64_t next_at_us; /* the next step, at the latest */
        int32_t asked; /* an ending signal that came and was not carried out yet; 0: none */
        uint32_t deaths; /* of supervisors since then */
        uint64_t answer_by_us; /* carry it out ourselves when no supervisor has the word by then */
        pid_t helper; /* unmounts and syncs, since either may hang */
        char why[WIRE_NAME_MAX];
};

/* Replacing ourselves. */
struct reexec {
        pid_t probe; /* the new program, being asked whether it can take our state; 0: nobody is asked */
        bool wanted; /* an answer is being waited for */
        bool agreed; /* it can: to be done at the next turn of the loop */
        int program_fd; /* the new program; valid while wanted */
        uint64_t by_us; /* when to give up */
        uint32_t times; /* done so often */
};

struct state {
        uint32_t flags; /* WIRE_FLAG_* */
        struct child child;
        struct line line;
        struct ledger ledger;
        struct keep keep;
        struct ending ending;
        struct signals signals;
        struct reexec reexec;
        struct limit files; /* RLIMIT_NOFILE as found */
        bool more_zombies; /* the last reap stopped at its limit */
        bool reap_failed; /* the last reap, though there may be some */
        bool no_children; /* the last reap found none at all */

        char program[256]; /* our own path, as found at the start; empty: unknown */
        char runtime_dir[128]; /* of an instance on a host; empty: there is none */
        bool removes_runtime_dir; /* at the end: there is no proxy who would do it */
        bool tells_runtime_dir; /* to the supervisor: it is not at the usual place */
        char **command_line; /* ours */
        char **arguments; /* for the supervisor; room for one more before the final NULL */
        uint32_t argument_count;
        char **environment; /* for the supervisor; [0] is KEEL_WIRE_FD=… */
        char wire_fd_text[32];
};
