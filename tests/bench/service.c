/* SPDX-License-Identifier: MIT */
/* service REPORT INDEX [exit]: what the supervisors supervise: reports that it runs, and waits for a signal, or ends at once.
 */
#include "report.h"

int main(int argc, char **argv) {
        uint64_t now = report_now();

        if (argc < 3)
                return 96;
        report_send(argv[1], (uint32_t)strtoul(argv[2], NULL, 10), now);
        if (argc > 3)
                return 0;
        for (;;)
                (void)pause();
}
