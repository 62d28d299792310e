/* SPDX-License-Identifier: MIT */
/* notify MESSAGE… [-- COMMAND…]: sends each MESSAGE to NOTIFY_SOCKET, then becomes the command, or waits for a signal. A message
 * "@PATH MESSAGE" goes with an fd of that file. */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int say(const char *path, const char *message) {
        union {
                char bytes[CMSG_SPACE(sizeof(int))];
                struct cmsghdr align;
        } control = { 0 };
        struct iovec iov;
        struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), ok;

        if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
                return -1;
        memcpy(address.sun_path, path, strlen(path));
        if (path[0] == '@')
                address.sun_path[0] = 0;
        if (message[0] == '@') {
                const char *rest = strchr(message, ' ');
                char *file = strndup(message + 1, (size_t)(rest - message - 1));
                int passed = open(file, O_RDWR | O_CLOEXEC);

                if (passed < 0)
                        return -1;
                control.align = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                                                  .cmsg_type = SCM_RIGHTS,
                                                  .cmsg_len = CMSG_LEN(sizeof(int)) };
                memcpy(CMSG_DATA(&control.align), &passed, sizeof(passed));
                header.msg_control = control.bytes;
                header.msg_controllen = sizeof(control.bytes);
                message = rest + 1;
        }
        iov = (struct iovec){ .iov_base = (void *)(size_t)message, .iov_len = strlen(message) };
        header.msg_name = &address;
        header.msg_namelen = length;
        ok = sendmsg(fd, &header, MSG_NOSIGNAL) >= 0;
        (void)close(fd);
        return ok ? 0 : -1;
}

int main(int argc, char **argv) {
        const char *path = getenv("NOTIFY_SOCKET");
        int i;

        if (!path || argc < 2) {
                (void)fprintf(stderr, "notify: no NOTIFY_SOCKET, or nothing to say\n");
                return 2;
        }
        for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
                if (say(path, argv[i]) < 0) {
                        perror("notify");
                        return 1;
                }
        if (i + 1 < argc) {
                execvp(argv[i + 1], argv + i + 1);
                perror(argv[i + 1]);
                return 127;
        }
        if (i < argc)
                return 0;
        return pause();
}
