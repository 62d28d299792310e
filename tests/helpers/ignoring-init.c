/* SPDX-License-Identifier: MIT */
/* ignoring-init COMMAND…: the least that an init can do: ignores SIGCHLD, so that the kernel reaps by itself, and waits until
 * no child is left. The measure for reaping.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
        (void)signal(SIGCHLD, SIG_IGN);
        if (argc > 1 && fork() == 0) {
                execvp(argv[1], argv + 1);
                _exit(127);
        }
        while (wait(NULL) > 0)
                ;
        return 0;
}
