/* SPDX-License-Identifier: MIT */
/* floor-init COMMAND…: the least that an entrypoint can be: starts the command, reaps, and ends as the command did. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
        int status = 0;
        pid_t child, pid;

        if (argc < 2)
                return 96;
        child = vfork();
        if (child == 0) {
                execvp(argv[1], argv + 1);
                _exit(127);
        }
        while ((pid = wait(&status)) != child)
                if (pid < 0 && errno != EINTR)
                        return 95;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
