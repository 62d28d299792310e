/* SPDX-License-Identifier: MIT */
/* eat MEGABYTES: takes that much memory, page by page, then waits for a signal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
        unsigned long megabytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

        for (unsigned long i = 0; i < megabytes; i++) {
                char *piece = malloc(1 << 20);

                if (!piece)
                        return 1;
                memset(piece, (int)i | 1, 1 << 20);
        }
        (void)printf("ate %lu MB\n", megabytes);
        (void)fflush(stdout);
        return pause();
}
