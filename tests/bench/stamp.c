/* SPDX-License-Identifier: MIT */
/* stamp REPORT COMMAND…: reports the time and becomes the command.
 * stamp REPORT -SIGNAL PID: reports the time and sends the signal (TERM, HUP, INT).
 */
#include "report.h"

#include <signal.h>
#include <string.h>

static int number_of(const char *name) {
        return strcmp(name, "TERM") == 0 ? SIGTERM : strcmp(name, "HUP") == 0 ? SIGHUP : SIGINT;
}

int main(int argc, char **argv) {
        if (argc < 3 || (argv[2][0] == '-' && argc != 4))
                return 96;
        report_send(argv[1], REPORT_BEGIN, report_now());
        if (argv[2][0] == '-')
                return kill((pid_t)atol(argv[3]), number_of(argv[2] + 1)) < 0;
        execvp(argv[2], argv + 2);
        return 127;
}
