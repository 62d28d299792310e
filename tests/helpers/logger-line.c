/* SPDX-License-Identifier: MIT */
/* logger-line LOGGER [OPTION…]: the supervisor's end of the line to keel-logger, driven by commands on stdin, one a line; answers
 * go to stderr, since stdout is the logger's mirror:
 *   start             start the logger, wait for READY, give it every pipe that there is (again)
 *   add UNIT FLAGS    make a pipe and send it; FLAGS of s(tore) m(irror) l(evel prefix)
 *   say UNIT TEXT     write the text to its pipe; \n and \e are a newline and an escape
 *   fill UNIT BYTES LENGTH   have a process write so many bytes in lines of LENGTH, 64 KiB a write; wait for its end
 *   flood UNIT BYTES LENGTH  the same without waiting
 *   remove|break|rotate UNIT
 *   sync              wait for SYNCED, say "synced"
 *   kill              SIGKILL the logger and reap it
 *   show              say what /proc says: user, capabilities, context switches
 *   pause MILLISECONDS
 *   close             close the line, wait for its end, say "ended STATUS"
 *   time WORDS        say the words and the milliseconds since the last `time`
 */
/* One file, one program: NOLINTBEGIN(bugprone-suspicious-include) */
#include "base/logger-line.c"
#include "base/macros.c"
#include "base/sys.c"
#include "base/text.c"
/* NOLINTEND(bugprone-suspicious-include) */

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define PIPES_MAX 64

static struct pipe_of_unit {
        char unit[LOGGER_UNIT_MAX];
        uint32_t flags;
        int both_fd; /* as PID 1 keeps it: a reader and a writer */
        int read_fd;
} pipes[PIPES_MAX];
static size_t pipe_count;
static char **command;
static int line_fd = -1, memory_fd = -1;
static pid_t logger_pid;

static void die(const char *what) {
        perror(what);
        exit(1);
}

static struct pipe_of_unit *find(const char *unit) {
        for (size_t i = 0; i < pipe_count; i++)
                if (strcmp(pipes[i].unit, unit) == 0)
                        return &pipes[i];
        fprintf(stderr, "no such unit: %s\n", unit);
        exit(1);
}

static void receive(unsigned kind, union logger_packet *p) {
        struct timespec pause = { .tv_nsec = 1000000 };
        int fd = -1, r = -EAGAIN;

        for (int i = 0; i < 20000; i++) {
                r = logger_line_receive(line_fd, p, &fd);
                if (r == -EAGAIN)
                        nanosleep(&pause, NULL);
                else if (r != 1 || p->header.kind != LOGGER_SPEAKS)
                        break;
        }
        if (r != 1 || p->header.kind != kind) {
                fprintf(stderr, "logger-line: waited for %u, got %d\n", kind, r);
                exit(1);
        }
}

static void lend(struct pipe_of_unit *p, uint32_t more) {
        struct logger_add_options options = { .flags = p->flags | more, .priority = 6 };

        if (logger_line_add(line_fd, p->unit, p->read_fd, &options) < 0)
                die("add");
}

static void do_start(char *a, char *b) {
        union logger_packet p;
        int ends[2];
        char number[16];

        (void)a, (void)b;
        if (memory_fd < 0)
                memory_fd = memfd_create("logger-line", MFD_CLOEXEC);
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                die("socketpair");
        logger_pid = fork();
        if (logger_pid == 0) {
                int fd = dup(ends[1]);

                snprintf(number, sizeof(number), "%d", fd);
                setenv(LOGGER_FD_ENV, number, 1);
                snprintf(number, sizeof(number), "%d", dup(memory_fd));
                setenv(LOGGER_MEMORY_ENV, number, 1);
                execv(command[0], command);
                die(command[0]);
        }
        close(ends[1]);
        line_fd = ends[0];
        receive(LOGGER_READY, &p);
        fprintf(stderr, "ready %s\n", p.ready.directory);
        for (size_t i = 0; i < pipe_count; i++)
                lend(&pipes[i], LOGGER_ADD_AGAIN);
}

static void do_add(char *unit, char *flags) {
        struct pipe_of_unit *p = &pipes[pipe_count++];
        char path[64];
        int ends[2];

        snprintf(p->unit, sizeof(p->unit), "%s", unit);
        p->flags = (strchr(flags, 's') ? LOGGER_ADD_STORE : 0) | (strchr(flags, 'm') ? LOGGER_ADD_MIRROR : 0) |
                   (strchr(flags, 'l') ? LOGGER_ADD_LEVEL_PREFIX : 0);
        if (pipe2(ends, O_CLOEXEC) < 0)
                die("pipe");
        snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
        p->both_fd = open(path, O_RDWR | O_CLOEXEC);
        p->read_fd = ends[0];
        close(ends[1]);
        lend(p, 0);
}

static void do_say(char *unit, char *text) {
        struct pipe_of_unit *p = find(unit);
        char *to = text;

        for (const char *from = text; *from; from++) {
                if (from[0] == '\\' && (from[1] == 'n' || from[1] == 'e'))
                        *to++ = *++from == 'n' ? '\n' : '\033';
                else
                        *to++ = *from;
        }
        if (write(p->both_fd, text, (size_t)(to - text)) != to - text)
                die("write");
}

static pid_t writer(char *unit, char *numbers) {
        static char block[65536];
        struct pipe_of_unit *p = find(unit);
        unsigned long bytes = strtoul(numbers, &numbers, 10), length = strtoul(numbers, NULL, 10);
        pid_t pid;

        for (size_t i = 0; i < sizeof(block); i++)
                block[i] = i % length == length - 1 ? '\n' : (char)('a' + i / length % 26);
        pid = fork();
        if (pid)
                return pid;
        for (size_t n; bytes > 0; bytes -= n) {
                n = MIN(bytes, sizeof(block));
                if (write(p->both_fd, block, n) != (ssize_t)n)
                        die("fill");
        }
        _exit(0);
}

static void do_fill(char *unit, char *numbers) {
        waitpid(writer(unit, numbers), NULL, 0);
}

static void do_flood(char *unit, char *numbers) {
        writer(unit, numbers);
}

static void do_remove(char *unit, char *b) {
        struct pipe_of_unit *p = find(unit);

        (void)b;
        logger_line_unit(line_fd, LOGGER_REMOVE, unit);
        close(p->both_fd);
        close(p->read_fd);
        *p = pipes[--pipe_count];
}

static void do_break(char *unit, char *b) {
        (void)b;
        logger_line_unit(line_fd, LOGGER_BREAK, unit);
}

static void do_rotate(char *unit, char *b) {
        (void)b;
        logger_line_unit(line_fd, LOGGER_ROTATE, unit);
}

static void do_sync(char *a, char *b) {
        union logger_packet p;

        (void)a, (void)b;
        logger_line_sync(line_fd, LOGGER_SYNC, 7);
        receive(LOGGER_SYNCED, &p);
        fprintf(stderr, "synced\n");
}

static void do_kill(char *a, char *b) {
        (void)a, (void)b;
        kill(logger_pid, SIGKILL);
        waitpid(logger_pid, NULL, 0);
        close(line_fd);
}

static void do_show(char *a, char *b) {
        char text[96];

        (void)a, (void)b;
        snprintf(text, sizeof(text), "grep -E '^(Uid|Groups|CapEff|CapPrm|NoNewPrivs|voluntary)' /proc/%d/status >&2", logger_pid);
        if (system(text) < 0)
                die("grep");
}

static void do_pause(char *milliseconds, char *b) {
        (void)b;
        usleep((useconds_t)strtoul(milliseconds, NULL, 10) * 1000);
}

static void do_close(char *a, char *b) {
        int status = 0;

        (void)a, (void)b;
        close(line_fd);
        waitpid(logger_pid, &status, 0);
        fprintf(stderr, "ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void do_time(char *a, char *b) {
        static struct timespec last;
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        fprintf(stderr, "%s %s %ld ms\n", a, b, (now.tv_sec - last.tv_sec) * 1000 + (now.tv_nsec - last.tv_nsec) / 1000000);
        last = now;
}

static const struct {
        const char *name;
        void (*run)(char *a, char *b);
} commands[] = {
        { "start", do_start }, { "add", do_add },       { "say", do_say },   { "fill", do_fill }, { "flood", do_flood },
        { "remove", do_remove }, { "break", do_break }, { "rotate", do_rotate }, { "sync", do_sync }, { "kill", do_kill },
        { "show", do_show },   { "pause", do_pause },   { "close", do_close },   { "time", do_time },
};

int main(int argc, char **argv) {
        char text[8192];

        if (argc < 2)
                return 2;
        command = argv + 1;
        while (fgets(text, sizeof(text), stdin)) {
                char *a, *b;
                size_t i = 0;

                text[strcspn(text, "\n")] = 0;
                a = text + strcspn(text, " ");
                a += *a ? (*a = 0, 1) : 0;
                b = a + strcspn(a, " ");
                b += *b ? (*b = 0, 1) : 0;
                while (i < ARRAY_LEN(commands) && strcmp(commands[i].name, text) != 0)
                        i++;
                if (i == ARRAY_LEN(commands)) {
                        fprintf(stderr, "logger-line: %s?\n", text);
                        return 2;
                }
                commands[i].run(a, b);
        }
        return 0;
}
