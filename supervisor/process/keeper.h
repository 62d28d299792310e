/* SPDX-License-Identifier: MIT */
/* keeper: the supervisor's end of the line to PID 1 (init/wire.h). It has PID 1 hold fds under names, hears of every exit
 * and of signals, and asks for the end. PID 1 always reads, so sending may block for a moment; receiving never does.
 */
#pragma once

#include "base/macros.h"

#include <sys/types.h>
#include <systemd/sd-event.h>
#include "base/hash.h"

struct kept_fd {
        char *name;
        int fd; /* owned by the keeper until keeper_take() */
        UT_hash_handle hh;
};

struct keeper_exit {
        uint64_t sequence;
        uint64_t reaped_us; /* CLOCK_MONOTONIC */
        pid_t pid;
        int status; /* as from wait4(2) */
};

struct keeper_handlers {
        void (*ended)(void *user, const struct keeper_exit *exit);
        void (*all_ended)(void *user); /* those that were told together have been: what follows may be done at once */
        void (*signalled)(void *user, int signal, pid_t sender);
        void (*refused)(void *user, unsigned kind, unsigned refusal, const char *name);
        void (*reexeced)(void *user); /* PID 1 is a new program now */
        void (*dropped)(void *user, uint64_t how_many); /* so many exits more were lost: PID 1 had no room for them */
        void (*lost)(void *user); /* PID 1 closed the line: nothing is left to do but to end */
        void *user;
};

struct keeper {
        int fd;
        uint32_t flags; /* WIRE_FLAG_* */
        uint32_t supervisor_runs; /* 1: the first one */
        pid_t init_pid;
        uint64_t next_sequence, dropped_exits, acknowledged;
        uint64_t last_sequence;   /* of the exits that were heard of */
        struct kept_fd *kept; /* what PID 1 held for our predecessor, until taken */
        struct keeper_handlers handlers;
        sd_event_source *io, *beat, *first, *later;
        uint64_t handled;         /* of exits: the last that is dealt with, and saved */
        uint64_t heartbeat_us;
        unsigned turns;           /* of the event loop since the last beat */
        bool is_idle;             /* PID 1 was told that there is nothing to do: no beats */
        struct keeper_exit *pending; /* what ended before we came, until the handlers have heard of it */
        size_t pending_count;
        uint64_t pending_signals; /* one bit each */
};

/* Takes the fd named by the environment (KEEL_WIRE_FD), says HELLO and waits for everything that PID 1 keeps, and for every exit
 * that no supervisor has acknowledged yet. -ENOTCONN: there is no line. */
int keeper_open(struct keeper *k, uint64_t heartbeat_us);
/* From now on handlers are called from the event loop, and beats are sent while it has something to do. */
int keeper_attach(struct keeper *k, sd_event *event, const struct keeper_handlers *handlers);
/* The event loop is about to do something: before each dispatch. After a time without any, PID 1 is told first: should what
 * follows hang, it is missed. */
void keeper_turn(struct keeper *k);
void keeper_close(struct keeper *k);

int keeper_keep(struct keeper *k, const char *name, int fd); /* borrows fd */
int keeper_drop(struct keeper *k, const char *name);
/* The fd that was kept under this name, moved to the caller; -ENOENT. */
int keeper_take(struct keeper *k, const char *name);
/* Has the process of this pid, made after these, ended before we came? Its exit is told by and by. */
bool keeper_has_ended(const struct keeper *k, pid_t pid, uint64_t since_sequence, uint64_t since_us);
/* An exit of this pid belongs to a process made after these: nobody else had the pid since. */
static inline bool keeper_exit_is_of(const struct keeper_exit *e, pid_t pid, uint64_t since_sequence, uint64_t since_us) {
        return e->pid == pid && e->sequence > since_sequence && e->reaped_us >= since_us;
}
/* "store:web.service/3": the name under which PID 1 keeps something of a unit; names that are too long end in a hash. Newly
 * allocated; NULL when out of memory. rest may be NULL. */
char *keeper_name(const char *kind, const char *unit, const char *rest);
/* Drops what was kept under names with this prefix and nobody has taken. */
void keeper_drop_untaken(struct keeper *k, const char *prefix);
int keeper_acknowledge(struct keeper *k, uint64_t sequence);
int keeper_end(struct keeper *k, unsigned how, int code, const char *why);
int keeper_reexec(struct keeper *k, unsigned what);
