/* SPDX-License-Identifier: MIT */
/* send-signal NUMBER PID…: kill(2), for the signals that a shell's kill does not know. */
#include <signal.h>
#include <stdlib.h>

int main(int argc, char **argv) {
        int failed = argc < 3;

        for (int i = 2; i < argc; i++)
                failed |= kill(atoi(argv[i]), atoi(argv[1])) < 0;
        return failed;
}
