/* SPDX-License-Identifier: MIT */
/* notify MESSAGE… [-- COMMAND…]: sends each MESSAGE to NOTIFY_SOCKET, then becomes the command, or waits for a signal. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int say(const char *path, const char *message) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), ok;

        if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
                return -1;
        memcpy(address.sun_path, path, strlen(path));
        if (path[0] == '@')
                address.sun_path[0] = 0;
        ok = sendto(fd, message, strlen(message), MSG_NOSIGNAL, (struct sockaddr *)&address, length) >= 0;
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
