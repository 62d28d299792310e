/* SPDX-License-Identifier: MIT */
/* stdio: what a process's fds are connected to. Opens files as the supervisor (root, the host's view), as systemd does. Every
 * fd that it hands to the child is above 2, so that the child can put them in place in any order. Never logs.
 */
#include "stdio.h"

#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

static const char *const stream_names[] = { "stdin", "stdout", "stderr" };
static const enum exit_status stream_status[] = { EXIT_STATUS_STDIN, EXIT_STATUS_STDOUT, EXIT_STATUS_STDERR };

/* ---- opening --------------------------------------------------------------------------------------------------------- */

static int clear_nonblock(int fd) {
        int flags = fcntl(fd, F_GETFL);

        return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? -errno : 0;
}

/* fd itself when it is above the standard streams and below the shelf, else a duplicate that is. *is_owned says which. */
static int above_streams(int fd, bool *is_owned) {
        int copy;

        if (fd > STDERR_FILENO && fd < SYS_FD_SHELF)
                return fd;
        copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (copy < 0)
                return -errno;
        *is_owned = true;
        return copy;
}

static int use_borrowed(struct plan_stream *s, int fd) {
        s->source = STREAM_FD;
        s->fd = above_streams(fd, &s->is_owned);
        return MIN(s->fd, 0);
}

/* Adopts *fd. */
static int use_owned(struct plan_stream *s, int *fd) {
        bool is_copy = false;
        int above = above_streams(*fd, &is_copy);

        if (above < 0)
                return above;
        if (!is_copy)
                (void)take_fd(fd);
        *s = (struct plan_stream){ .source = STREAM_FD, .fd = above, .is_owned = true };
        return 0;
}

static int use_copy(struct plan_stream *s, int of) {
        *s = (struct plan_stream){ .source = STREAM_COPY, .fd = of };
        return 0;
}

/* The device itself, open once for all who only read from it: there is nothing in it that they could share. */
static int open_null(struct plan_stream *s, int flags) {
        static int kept = -1;
        owned_fd fd = -1;
        struct stat st;

        if (flags == O_RDONLY && kept >= 0)
                return use_borrowed(s, kept);
        fd = sys_openat(AT_FDCWD, "/dev/null", flags | O_CLOEXEC | O_NOCTTY, 0);
        if (fd < 0)
                return fd;
        if (flags != O_RDONLY || fd >= SYS_FD_SHELF || fd <= STDERR_FILENO || fstat(fd, &st) < 0 ||
            !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
                return use_owned(s, &fd);
        kept = take_fd(&fd);
        return use_borrowed(s, kept);
}

/* A terminal's open(2) may wait for a carrier; for reading and writing nothing may be left of that. */
static int open_device(struct plan_stream *s, const char *path, int flags) {
        owned_fd fd = sys_openat(AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
        int r;

        if (fd < 0)
                return fd;
        r = clear_nonblock(fd);
        return r < 0 ? r : use_owned(s, &fd);
}

static int connect_socket(struct plan_stream *s, const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        owned_fd fd = -1;
        int r;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        (void)strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        r = clear_nonblock(fd);
        return r < 0 ? r : use_owned(s, &fd);
}

/* A file of the unit's: it is made with the unit's umask. */
static int open_path(struct plan *p, struct plan_stream *s, const char *path, int flags, mode_t mask) {
        owned_fd fd = -1;
        struct stat st = { 0 };
        mode_t ours;
        int r;

        r = stat(path, &st);
        if (r == 0 && S_ISSOCK(st.st_mode))
                return connect_socket(s, path);
        if (r == 0 && S_ISFIFO(st.st_mode)) {
                *s = (struct plan_stream){ .source = STREAM_PATH, .fd = -1, .path = path, .flags = flags };
                p->takes_long = true;
                return 0;
        }
        if (r == 0 && S_ISCHR(st.st_mode))
                return open_device(s, path, flags & O_ACCMODE);
        ours = umask(mask);
        fd = sys_openat(AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY, 0666);
        (void)umask(ours);
        return fd < 0 ? fd : use_owned(s, &fd);
}

/* A read-only file with these bytes, without a name. */
static int make_data(struct plan_stream *s, const char *data, size_t length) {
        owned_fd memory = sys_memfd_create("stdin", MFD_CLOEXEC);
        owned_fd readable = -1;
        char path[40];

        if (memory < 0)
                return memory;
        while (length > 0) {
                ssize_t n = sys_write(memory, data, length);

                if (n < 0)
                        return (int)n;
                data += n;
                length -= (size_t)n;
        }
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
        readable = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        if (readable >= 0)
                return use_owned(s, &readable);
        return lseek(memory, 0, SEEK_SET) < 0 ? -errno : use_owned(s, &memory);
}

/* ---- which stream is what -------------------------------------------------------------------------------------------- */

static bool is_terminal_input(enum exec_input input) {
        return input == INPUT_TTY || input == INPUT_TTY_FORCE || input == INPUT_TTY_FAIL;
}

/* What the input comes to for this command: only some commands get the terminal. */
static enum exec_input effective_input(const struct plan_request *request) {
        const struct exec_settings *e = request->unit->exec;
        bool gets_terminal = request->kind == COMMAND_CONDITION || request->kind == COMMAND_START_PRE ||
                             request->kind == COMMAND_START || request->kind == COMMAND_STOP_POST;

        if ((is_terminal_input(e->input) && !gets_terminal) || (e->input == INPUT_DATA && !e->input_data))
                return INPUT_NULL;
        return e->input;
}

static enum exec_output effective_output(const struct exec_settings *e) {
        enum exec_output output = e->output;

        if (output == OUTPUT_UNSET)
                output = is_terminal_input(e->input) || e->input == INPUT_SOCKET || e->input == INPUT_FD
                                 ? OUTPUT_INHERIT
                                 : OUTPUT_JOURNAL;
        return output;
}

static enum exec_output effective_error(const struct exec_settings *e) {
        enum exec_output error = e->error;

        return error == OUTPUT_UNSET ? OUTPUT_INHERIT : error;
}

static bool is_log(enum exec_output output) {
        return output == OUTPUT_JOURNAL || output == OUTPUT_JOURNAL_CONSOLE || output == OUTPUT_KMSG;
}

bool plan_uses_log(const struct unit *unit) {
        return unit->exec && (is_log(effective_output(unit->exec)) || is_log(effective_error(unit->exec)));
}

static int use_named_fd(const struct plan_request *request, struct plan_stream *s, const char *name) {
        for (size_t i = 0; i < request->socket_count && i < request->fd_count; i++)
                if (request->fds[i].name && text_equal(request->fds[i].name, name))
                        return use_borrowed(s, request->fds[i].fd);
        return -ENOENT;
}

/* A stream that is to be a socket, where none was passed: systemd.exec(5) has no exit status for that. */
static const char *stream_without_socket(const struct plan_request *request) {
        const struct exec_settings *e = request->unit->exec;

        if (request->socket_fd >= 0)
                return NULL;
        return e->input == INPUT_SOCKET     ? "StandardInput"
               : e->output == OUTPUT_SOCKET ? "StandardOutput"
               : e->error == OUTPUT_SOCKET  ? "StandardError"
                                            : NULL;
}

static const char *terminal_path(const struct exec_settings *e) {
        return e->tty_path ? e->tty_path : "/dev/console";
}

static int use_terminal_input(const struct exec_settings *e, struct plan *p, enum exec_input input) {
        p->streams[0] = (struct plan_stream){ .source = STREAM_TTY, .fd = -1 };
        p->terminal = (struct plan_terminal){
                .path = terminal_path(e),
                .claim = input == INPUT_TTY_FORCE  ? TERMINAL_FORCE
                         : input == INPUT_TTY_FAIL ? TERMINAL_FAIL
                                                   : TERMINAL_WAIT,
                .is_hung_up = e->tty_vhangup,
                .is_reset = e->tty_reset,
        };
        p->takes_long = true;
        return 0;
}

/* When input and output mean the same path it is opened once, for both. */
static bool is_input_path(const struct exec_settings *e, enum exec_output output, const char *path) {
        return e->input == INPUT_FILE && output >= OUTPUT_FILE && path && e->input_path &&
               text_equal(path, e->input_path);
}

static int resolve_input(const struct plan_request *request, struct plan *p, enum exec_input input) {
        const struct exec_settings *e = request->unit->exec;
        struct plan_stream *s = &p->streams[0];

        switch (input) {
        case INPUT_TTY:
        case INPUT_TTY_FORCE:
        case INPUT_TTY_FAIL:
                return use_terminal_input(e, p, input);
        case INPUT_SOCKET:
                return use_borrowed(s, request->socket_fd);
        case INPUT_FD:
                return use_named_fd(request, s, e->input_path ? e->input_path : stream_names[0]);
        case INPUT_DATA:
                return make_data(s, e->input_data, e->input_data_length);
        case INPUT_FILE: {
                bool is_both = is_input_path(e, e->output, e->output_path) || is_input_path(e, e->error, e->error_path);

                return open_path(p, s, e->input_path, is_both ? O_RDWR | O_CREAT : O_RDONLY, e->umask);
        }
        case INPUT_NULL:
        case INPUT_COUNT_:
                break;
        }
        return open_null(s, O_RDONLY);
}

static int inherit_output(const struct plan_request *request, struct plan *p, enum exec_input input) {
        const struct exec_settings *e = request->unit->exec;
        struct plan_stream *s = &p->streams[1];

        /* The terminal is not for this command to read from; to write to it is. */
        if (input == INPUT_NULL && is_terminal_input(e->input)) {
                p->terminal.path = terminal_path(e);
                return open_device(s, p->terminal.path, O_WRONLY);
        }
        if (input != INPUT_NULL && input != INPUT_DATA)
                return use_copy(s, 0);
        return open_null(s, O_WRONLY);
}

static int use_log(const struct plan_request *request, struct plan_stream *s) {
        if (request->log_fd < 0) {
                s->source = STREAM_KEEP;
                return 0;
        }
        return use_borrowed(s, request->log_fd);
}

static int resolve_output(const struct plan_request *request, struct plan *p, int number, enum exec_output output,
                          enum exec_input input) {
        const struct exec_settings *e = request->unit->exec;
        const char *path = number == 1 ? e->output_path : e->error_path;
        struct plan_stream *s = &p->streams[number];

        switch (output) {
        case OUTPUT_NULL:
                return open_null(s, O_WRONLY);
        case OUTPUT_TTY:
                if (is_terminal_input(input))
                        return use_copy(s, 0);
                p->terminal.path = terminal_path(e);
                return open_device(s, p->terminal.path, O_WRONLY);
        case OUTPUT_SOCKET:
                return use_borrowed(s, request->socket_fd);
        case OUTPUT_FD:
                return use_named_fd(request, s, path ? path : stream_names[number]);
        case OUTPUT_FILE:
        case OUTPUT_APPEND:
        case OUTPUT_TRUNCATE:
                if (is_input_path(e, output, path))
                        return use_copy(s, 0);
                return open_path(p, s, path,
                                 O_WRONLY | O_CREAT | (output == OUTPUT_APPEND ? O_APPEND : 0) |
                                         (output == OUTPUT_TRUNCATE ? O_TRUNC : 0),
                                 e->umask);
        case OUTPUT_INHERIT:
                return inherit_output(request, p, input);
        case OUTPUT_UNSET:
        case OUTPUT_JOURNAL:
        case OUTPUT_JOURNAL_CONSOLE:
        case OUTPUT_KMSG:
        case OUTPUT_COUNT_:
                break;
        }
        return use_log(request, s);
}

/* Standard error that means the same as standard output is the same open file. */
static bool is_same_output(const struct exec_settings *e, enum exec_output output, enum exec_output error) {
        if (error == OUTPUT_INHERIT)
                return true;
        if (error != output)
                return false;
        if (error == OUTPUT_FD)
                return text_equal(e->output_path ? e->output_path : "stdout", e->error_path ? e->error_path : "stderr");
        return error < OUTPUT_FILE || text_equal_or_null(e->output_path, e->error_path);
}

int stdio_resolve(const struct plan_request *request, struct plan *p, struct exec_failure *failure) {
        const struct exec_settings *e = request->unit->exec;
        enum exec_input input = effective_input(request);
        enum exec_output output = effective_output(e), error = effective_error(e);
        const char *lacking = stream_without_socket(request);
        int r, number = 0;

        if (lacking)
                return exec_fail(failure, 0, -EINVAL, "%s=socket, and no socket was passed to it", lacking);

        r = resolve_input(request, p, input);
        if (r >= 0) {
                number = 1;
                r = resolve_output(request, p, 1, output, input);
        }
        if (r >= 0) {
                number = 2;
                if (!is_same_output(e, output, error))
                        r = resolve_output(request, p, 2, error, input);
                else if (p->streams[1].source == STREAM_KEEP)
                        p->streams[2].source = STREAM_KEEP;
                else
                        r = use_copy(&p->streams[2], 1);
        }
        if (r < 0) {
                const char *paths[] = { e->input_path, e->output_path, e->error_path };
                const char *path = is_terminal_input(e->input) ? terminal_path(e) : paths[number];

                return exec_fail(failure, stream_status[number], r, "%s%s%s", stream_names[number], path ? ": " : "",
                                 path ? path : "");
        }
        return 0;
}

/* ---- from 3 on ------------------------------------------------------------------------------------------------------- */

int stdio_resolve_fds(const struct plan_request *request, struct plan *p, struct exec_failure *failure) {
        size_t n = request->fd_count;

        if (n == 0)
                return 0;
        p->fds = calloc(n, sizeof(*p->fds));
        p->moved_fds = calloc(n, sizeof(*p->moved_fds));
        p->owns_fds = calloc(n, sizeof(*p->owns_fds));
        if (!p->fds || !p->moved_fds || !p->owns_fds)
                return exec_fail(failure, EXIT_STATUS_FDS, -ENOMEM, "out of memory");
        for (size_t i = 0; i < n; i++) {
                int fd = above_streams(request->fds[i].fd, &p->owns_fds[i]);

                if (fd < 0)
                        return exec_fail(failure, EXIT_STATUS_FDS, fd, "'%s'", request->fds[i].name);
                p->fds[p->fd_count++] = fd;
        }
        p->socket_count = MIN(request->socket_count, n);
        p->sockets_are_nonblocking = request->unit->service && request->unit->service->non_blocking;
        return 0;
}

void stdio_release(struct plan *p) {
        for (size_t i = 0; i < ARRAY_LEN(p->streams); i++)
                if (p->streams[i].is_owned)
                        close_fd(&p->streams[i].fd);
        for (size_t i = 0; i < p->fd_count; i++)
                if (p->owns_fds[i])
                        close_fd(&p->fds[i]);
        free(p->fds);
        free(p->moved_fds);
        free(p->owns_fds);
        p->fds = p->moved_fds = NULL;
        p->owns_fds = NULL;
        p->fd_count = 0;
}
