/* SPDX-License-Identifier: MIT */
/* other-init: what a test puts at keel's path, for PID 1 to become. $FAKE_DIR/other says what it is:
 *   newer     cannot take over, and says so
 *   silent    does not say anything
 *   liar PATH says that it can; but what was saved is garbage to it: it goes on as the real keel at PATH with a damaged state
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The same fds, and a state that nobody can read. */
static void damage(void) {
        char text[64];
        int state_fd = -1, line_fd = -1, pid = 0, fd = memfd_create("damaged", MFD_ALLOW_SEALING);

        (void)sscanf(getenv("KEEL_STATE_FD"), "%d,%d,%d", &state_fd, &line_fd, &pid);
        (void)close(state_fd);
        (void)!write(fd, "what is this?", 13);
        (void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
        snprintf(text, sizeof(text), "%d,%d,%d", fd, line_fd, pid);
        setenv("KEEL_STATE_FD", text, 1);
}

int main(int argc, char **argv) {
        char path[256], text[256] = "";
        int fd;

        snprintf(path, sizeof(path), "%s/other", getenv("FAKE_DIR"));
        fd = open(path, O_RDONLY);
        (void)!read(fd, text, sizeof(text) - 1);
        (void)close(fd);
        text[strcspn(text, "\n")] = 0;
        if (strcmp(text, "silent") == 0)
                for (;;)
                        pause();
        if (strncmp(text, "liar ", 5) != 0)
                return 1;
        if (argc > 1 && strcmp(argv[1], "--can-take") == 0)
                return 0;
        damage();
        execv(text + 5, argv);
        return 1;
}
