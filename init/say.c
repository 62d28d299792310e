/* SPDX-License-Identifier: MIT */
/* say: owns nothing but the way to stderr. Promises one write per line and no waiting; never allocates, never fails. Any
 * module of init/ may call it, the children between fork and exec included.
 */
#include "say.h"

#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif

/* stderr is shared with others, so O_NONBLOCK is not ours to set. Newer kernels' pipes know "this one write must not wait"; of
 * others, and of terminals, we open our own end. Asking whether there is room would not do: there may be too little, or
 * somebody else may be quicker.
 */
static void put(char *text, size_t length) {
        struct iovec v = { text, length };
        struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
        struct stat st;
        int fd;

        if (syscall(SYS_pwritev2, STDERR_FILENO, &v, 1, -1L, -1L, RWF_NOWAIT) >= 0)
                return;
        if (send(STDERR_FILENO, text, length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno != ENOTSOCK)
                return;
        fd = fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode)
                     ? -1
                     : open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd >= 0) {
                (void)!write(fd, text, length);
                (void)close(fd);
        } else if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT)) {
                (void)!write(STDERR_FILENO, text, length);
        }
}

void say_parts(const char *first, ...) {
        char line[384] = "keel: ";
        size_t n = 6;
        int kept_errno = errno;
        va_list parts;

        va_start(parts, first);
        for (const char *part = first; part; part = va_arg(parts, const char *))
                for (; *part && n < sizeof(line) - 1; part++)
                        line[n++] = (unsigned char)*part < ' ' || *part == 127 ? '?' : *part;
        va_end(parts);
        line[n++] = '\n';
        put(line, n);
        errno = kept_errno;
}

const char *say_number(char buffer[SAY_NUMBER_MAX], int64_t number) {
        uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
        char *at = buffer + SAY_NUMBER_MAX - 1;

        *at = 0;
        do
                *--at = (char)('0' + rest % 10);
        while ((rest /= 10) > 0);
        if (number < 0)
                *--at = '-';
        return at;
}

const char *say_status(char buffer[SAY_STATUS_MAX], int status) {
        char name[SIGNALS_NAME_MAX];

        if (WIFSIGNALED(status)) {
                strcpy(buffer, "was killed by SIG");
                strcat(buffer, signals_name(name, WTERMSIG(status)));
        } else {
                strcpy(buffer, "exited with ");
                strcat(buffer, SAY_NUMBER(WEXITSTATUS(status)));
        }
        return buffer;
}

const char *say_errno(char buffer[SAY_NUMBER_MAX], int error) {
        static const struct {
                int error;
                char text[28];
        } words[] = {
                { ENOENT, "not found" },
                { EACCES, "permission denied" },
                { EPERM, "not permitted" },
                { ENOEXEC, "not an executable format" },
                { EISDIR, "is a directory" },
                { ENOTDIR, "not in a directory" },
                { ENOMEM, "out of memory" },
                { E2BIG, "too many arguments" },
                { EAGAIN, "no more processes allowed" },
                { EBUSY, "busy" },
                { EEXIST, "exists already" },
                { EINVAL, "refused by the kernel" },
                { ENOSYS, "not in this kernel" },
                { ENODEV, "not in this kernel" },
                { ENOSPC, "no room or over a limit" },
                { EROFS, "read-only" },
                { ELOOP, "too many symbolic links" },
                { ENAMETOOLONG, "name too long" },
                { EMFILE, "too many open files" },
        };

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                if (words[i].error == error)
                        return words[i].text;
        char number[SAY_NUMBER_MAX];
        strcpy(buffer, "errno ");
        return strcat(buffer, say_number(number, error));
}
