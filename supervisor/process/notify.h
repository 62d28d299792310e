/* SPDX-License-Identifier: MIT */
/* notify: what services say on NOTIFY_SOCKET (sd_notify(3)). The bytes are hostile: bounded, checked, and the sender's pid is
 * the kernel's word (SCM_CREDENTIALS), never theirs.
 */
#pragma once

#include "base/clock.h"
#include "base/macros.h"

#include <sys/types.h>

#define NOTIFY_MESSAGE_MAX 4096u
#define NOTIFY_FDS_MAX     253u
#define NOTIFY_STATUS_MAX  1024u

struct notify_message {
        pid_t sender;
        bool ready, reloading, stopping, watchdog, watchdog_trigger, fd_store, fd_store_remove, barrier;
        uint64_t monotonic_us;          /* of RELOADING; 0: not given */
        pid_t main_pid;                 /* MAINPID; 0: not given */
        int error;                      /* ERRNO; 0: not given */
        uint64_t extend_timeout_us;     /* 0: not given */
        uint64_t watchdog_us;           /* WATCHDOG_USEC; 0: not given */
        bool has_status;
        char status[NOTIFY_STATUS_MAX]; /* valid UTF-8 without control characters */
        char fd_name[256];              /* FDNAME; "" not given */
        bool fd_poll;                   /* FDPOLL=0 clears it */
        int fds[NOTIFY_FDS_MAX];        /* the caller's to close or take */
        size_t fd_count;
};

/* Pure: parses the text of one message. Unknown and malformed fields are skipped. */
void notify_parse(const char *text, size_t length, struct notify_message *ret);

/* Makes the socket at path (mode 0666, SO_PASSCRED). fd or -errno. */
int notify_socket_open(const char *path);
/* Looks at the next message: 1, 0 when there is none, -errno. It stays there until it is discarded, which the caller does once
 * it has saved what follows from it: should it be killed before, its successor hears the message again. The fds are the
 * caller's. */
int notify_peek(int fd, struct notify_message *ret);
void notify_discard(int fd);
void notify_message_close_fds(struct notify_message *m);
