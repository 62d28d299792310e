/* SPDX-License-Identifier: MIT */
/* fake-supervisor: speaks init/wire.h as a test tells it to, so that PID 1 can be tested alone. It is installed as
 * keel-supervisor beside a copy of keel. It takes commands, one a line, from the fifo $FAKE_DIR/in, and writes what it sees
 * to $FAKE_DIR/log. While $FAKE_DIR/fail exists it ends at once with the status that is written there.
 */
#include "init/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int line_fd, log_fd;
static int beat_ms;
static unsigned long long acknowledge_up_to;
static int acknowledges;
/* What was told, instead of a line each. */
static int is_silent;
static struct { unsigned long long told, first, last, missing, wrong, sum; } books;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...) {
        char text[512];
        va_list list;
        int n;

        va_start(list, format);
        n = vsnprintf(text, sizeof(text) - 1, format, list);
        va_end(list);
        text[n++] = '\n';
        (void)!write(log_fd, text, (size_t)n);
}

static void put(void *record, size_t length, unsigned kind, int fd) {
        struct wire_header *header = record;
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = { 0 };
        struct iovec piece = { record, length };
        struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };

        header->kind = (uint16_t)kind;
        header->length = (uint32_t)length;
        if (fd >= 0) {
                message.msg_control = &control;
                message.msg_controllen = sizeof(control);
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                control.header.cmsg_len = CMSG_LEN(sizeof(int));
                memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
        }
        if (sendmsg(line_fd, &message, MSG_NOSIGNAL) < 0)
                note("send failed %d", errno);
}

/* --- what PID 1 says ---------------------------------------------------------------------------------------------- */

static void show_kept(const struct wire_name *record, int fd) {
        char text[128] = "";

        if (pread(fd, text, sizeof(text) - 1, 0) < 0)
                strcpy(text, "?");
        note("kept %s %s", record->name, text);
        (void)close(fd);
}

static void book(const struct wire_exit *e) {
        books.told++;
        if (!books.first)
                books.first = e->sequence;
        else
                books.missing += e->sequence - books.last - 1;
        books.last = e->sequence;
        books.wrong += e->status != (e->pid & 127) << 8;
        books.sum += (e->sequence * 31 + (unsigned)e->pid) * 31 + (unsigned)e->status;
}

static void show_ended(const struct wire_ended *record) {
        for (unsigned i = 0; i < record->header.count; i++) {
                const struct wire_exit *e = &record->exits[i];

                book(e);
                if (is_silent)
                        continue;
                if (!acknowledges || record->header.count < 4)
                        note("ended %llu %d %d", (unsigned long long)e->sequence, e->pid, e->status);
                acknowledge_up_to = e->sequence;
        }
        if (acknowledges) {
                struct wire_ack ack = { .sequence = acknowledge_up_to };

                put(&ack, sizeof(ack), WIRE_ACK, -1);
                note("acknowledged %llu", acknowledge_up_to);
        }
}

static void hear(void) {
        static union {
                struct wire_header header;
                struct wire_welcome welcome;
                struct wire_name name;
                struct wire_ended ended;
                struct wire_signal signal;
                struct wire_refused refused;
                struct wire_reexeced reexeced;
                struct wire_dropped dropped;
        } record;
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec piece = { &record, sizeof(record) };
        struct msghdr message = {
                .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
        };
        ssize_t n = recvmsg(line_fd, &message, MSG_CMSG_CLOEXEC);
        int fd = -1;

        if (n <= 0)
                exit(0);
        if (CMSG_FIRSTHDR(&message))
                memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
        switch (record.header.kind) {
        case WIRE_WELCOME:
                note("welcome run=%u init=%u parent=%d flags=%u next=%llu pending=%u dropped=%llu",
                     record.welcome.supervisor_runs, record.welcome.init_pid, getppid(), record.welcome.flags,
                     (unsigned long long)record.welcome.next_sequence, record.welcome.pending_exits,
                     (unsigned long long)record.welcome.dropped_exits);
                break;
        case WIRE_KEPT:
                show_kept(&record.name, fd);
                break;
        case WIRE_KEPT_ALL:
                note("kept-all");
                break;
        case WIRE_ENDED:
                show_ended(&record.ended);
                break;
        case WIRE_SIGNAL:
                note("signal %d from %d", record.signal.signal, record.signal.sender_pid);
                break;
        case WIRE_REFUSED:
                note("refused %u %u %s", record.refused.kind, record.refused.refusal, record.refused.name);
                break;
        case WIRE_REEXECED:
                note("reexeced %u", record.reexeced.times);
                break;
        case WIRE_DROPPED:
                note("dropped %llu", (unsigned long long)record.dropped.dropped_exits);
                break;
        default:
                note("unknown %u", record.header.kind);
        }
}

/* --- what the test says ------------------------------------------------------------------------------------------- */

/* As the real one does it: a child of PID 1. */
static void spawn(const char *command) {
        long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

        if (pid == 0) {
                execl("/bin/sh", "sh", "-c", command, (char *)NULL);
                _exit(127);
        }
        note("spawned %ld", pid);
}

/* A process whose children have all ended when it ends itself. Each one's status follows from its pid. */
static void zombies(int how_many) {
        if (fork() != 0)
                return;
        for (int i = 0; i < how_many; i++)
                if (fork() == 0)
                        _exit(getpid() & 127);
        _exit(getpid() & 127);
}

static void named(const char *rest, unsigned kind) {
        struct wire_name record = { 0 };
        char text[128] = "";
        int fd = -1;

        (void)sscanf(rest, "%127s %127[^\n]", record.name, text);
        if (kind == WIRE_KEEP) {
                fd = memfd_create("kept", MFD_CLOEXEC);
                (void)!write(fd, text, strlen(text));
        }
        put(&record, sizeof(record), kind, fd);
        if (fd >= 0)
                (void)close(fd);
}

static void garbage(void) {
        union {
                struct wire_header header;
                struct wire_name name;
                char bytes[5000];
        } g = { 0 };
        int fd = open("/dev/null", O_RDONLY);

        put(&g, sizeof(g), WIRE_KEEP, -1); /* much too long */
        put(&g, sizeof(g.name), WIRE_KEEP, -1); /* no fd */
        put(&g, sizeof(g.name), WIRE_KEEP, fd); /* no name */
        strcpy(g.name.name, "has blanks");
        put(&g, sizeof(g.name), WIRE_KEEP, fd);
        put(&g, sizeof(g.header), 60000, fd); /* unknown */
        memset(g.bytes, 'A', sizeof(g.bytes));
        (void)send(line_fd, g.bytes, 3, MSG_NOSIGNAL); /* shorter than a header */
        (void)close(fd);
}

static void obey(const char *command) {
        char verb[32] = "", why[WIRE_NAME_MAX] = "";
        const char *rest = strchr(command, ' ');
        int a = 0, b = 0;

        rest = rest ? rest + 1 : "";
        (void)sscanf(command, "%31s", verb);
        if (strcmp(verb, "spawn") == 0) {
                spawn(rest);
        } else if (strcmp(verb, "zombies") == 0) {
                zombies(atoi(rest));
        } else if (strcmp(verb, "keep") == 0) {
                named(rest, WIRE_KEEP);
        } else if (strcmp(verb, "drop") == 0) {
                named(rest, WIRE_DROP);
        } else if (strcmp(verb, "ack") == 0) {
                struct wire_ack ack = { .sequence = strtoull(rest, NULL, 10) };

                put(&ack, sizeof(ack), WIRE_ACK, -1);
        } else if (strcmp(verb, "acknowledge") == 0) {
                acknowledges = 1;
        } else if (strcmp(verb, "silent") == 0) {
                is_silent = 1;
        } else if (strcmp(verb, "report") == 0) {
                note("told %llu first %llu last %llu missing %llu wrong %llu sum %llu", books.told, books.first,
                     books.last, books.missing, books.wrong, books.sum);
        } else if (strcmp(verb, "end") == 0) {
                struct wire_end end = { 0 };

                (void)sscanf(rest, "%d %d %127[^\n]", &a, &b, why);
                end.how = (uint32_t)a;
                end.code = b;
                memcpy(end.why, why, sizeof(why));
                put(&end, sizeof(end), WIRE_END, -1);
        } else if (strcmp(verb, "reexec") == 0) {
                struct wire_reexec reexec = { .what = (uint32_t)atoi(rest) };

                put(&reexec, sizeof(reexec), WIRE_REEXEC, -1);
        } else if (strcmp(verb, "hello") == 0) {
                struct wire_hello hello = { .version = (uint32_t)atoi(rest), .pid = (uint32_t)getpid() };

                put(&hello, sizeof(hello), WIRE_HELLO, -1);
        } else if (strcmp(verb, "garbage") == 0) {
                garbage();
        } else if (strcmp(verb, "quiet") == 0) {
                beat_ms = 0;
        } else if (strcmp(verb, "idle") == 0) {
                struct wire_beat beat = { .heartbeat_us = 0 };

                put(&beat, sizeof(beat), WIRE_BEAT, -1);
                beat_ms = 0;
        } else if (strcmp(verb, "work") == 0) {
                struct wire_beat beat = { .heartbeat_us = strtoull(rest, NULL, 10) * 1000 };

                put(&beat, sizeof(beat), WIRE_BEAT, -1);
                beat_ms = (int)(beat.heartbeat_us / 3000);
        } else if (strcmp(verb, "loop") == 0) {
                for (;;)
                        (void)getppid();
        } else if (strcmp(verb, "hangup") == 0) {
                (void)close(line_fd);
                pause();
        } else if (strcmp(verb, "kill") == 0) {
                (void)kill(getpid(), atoi(rest));
        } else if (strcmp(verb, "exit") == 0) {
                exit(atoi(rest));
        }
        note("done %s", verb);
}

static void read_commands(int fd) {
        static char text[4096];
        static size_t used;
        ssize_t n = read(fd, text + used, sizeof(text) - 1 - used);
        char *newline;

        if (n <= 0)
                return;
        used += (size_t)n;
        text[used] = 0;
        while ((newline = strchr(text, '\n'))) {
                *newline = 0;
                obey(text);
                used -= (size_t)(newline + 1 - text);
                memmove(text, newline + 1, used + 1);
        }
}

static void start(int argc, char **argv, const char *folder) {
        char path[256], text[32] = "";
        int fd;

        snprintf(path, sizeof(path), "%s/log", folder);
        log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
        note("started pid=%d%s%s%s%s nofile=%ld soft=%s", getpid(), argc > 1 ? " " : "", argc > 1 ? argv[1] : "",
             argc > 2 ? " " : "", argc > 2 ? argv[argc - 1] : "", sysconf(_SC_OPEN_MAX), getenv("KEEL_NOFILE_SOFT"));
        snprintf(path, sizeof(path), "%s/fail", folder);
        fd = open(path, O_RDONLY);
        if (fd >= 0) {
                (void)!read(fd, text, sizeof(text) - 1);
                if (strncmp(text, "SIG", 3) == 0)
                        (void)kill(getpid(), atoi(text + 3));
                _exit(atoi(text));
        }
}

int main(int argc, char **argv) {
        const char *folder = getenv("FAKE_DIR"), *heartbeat = getenv("FAKE_HEARTBEAT_MS");
        struct wire_hello hello = { .version = WIRE_VERSION, .pid = (uint32_t)getpid() };
        char path[256];
        int in_fd;

        if (!folder || !getenv(WIRE_FD_ENV))
                return 100;
        start(argc, argv, folder);
        line_fd = atoi(getenv(WIRE_FD_ENV));
        (void)fcntl(line_fd, F_SETFD, FD_CLOEXEC);
        snprintf(path, sizeof(path), "%s/in", folder);
        in_fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        snprintf(path, sizeof(path), "%s/silent", folder);
        is_silent = access(path, F_OK) == 0;
        beat_ms = heartbeat ? atoi(heartbeat) / 3 : 0;
        hello.heartbeat_us = heartbeat ? strtoull(heartbeat, NULL, 10) * 1000 : 0;
        snprintf(path, sizeof(path), "%s/mute", folder);
        if (access(path, F_OK) < 0)
                put(&hello, sizeof(hello), WIRE_HELLO, -1);
        for (;;) {
                struct pollfd wait_for[2] = { { .fd = line_fd, .events = POLLIN }, { .fd = in_fd, .events = POLLIN } };

                if (poll(wait_for, 2, beat_ms ? beat_ms : -1) == 0) {
                        struct wire_beat beat = { .heartbeat_us = hello.heartbeat_us };

                        put(&beat, sizeof(beat), WIRE_BEAT, -1);
                        continue;
                }
                if (wait_for[0].revents)
                        hear();
                if (wait_for[1].revents)
                        read_commands(in_fd);
        }
}
