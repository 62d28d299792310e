/* SPDX-License-Identifier: MIT */
/* writer REPORT INDEX MEGABYTES CHUNK: writes lines of 100 bytes to its stdout, CHUNK bytes at a time; reports when it begins
 * (INDEX), and when the reader of the pipe has taken all (INDEX + 1000).
 */
#include "report.h"

#include <string.h>
#include <sys/ioctl.h>

#define LINE 100u

static void write_all(const char *data, size_t length) {
        while (length > 0) {
                ssize_t n = write(1, data, length);

                if (n < 0)
                        _exit(1);
                data += n;
                length -= (size_t)n;
        }
}

int main(int argc, char **argv) {
        static char lines[LINE * 4096];
        struct timespec soon = { .tv_nsec = 100000 };
        uint32_t index = argc == 5 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
        size_t left = argc == 5 ? strtoul(argv[3], NULL, 10) * 1000000 : 0;
        size_t chunk = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
        int queued = 0;

        if (argc != 5 || chunk < LINE || chunk > sizeof(lines))
                return 96;
        memset(lines, 'x', sizeof(lines));
        for (size_t i = LINE - 1; i < sizeof(lines); i += LINE)
                lines[i] = '\n';
        chunk -= chunk % LINE;
        report_send(argv[1], index, report_now());
        for (; left > 0; left -= left < chunk ? left : chunk)
                write_all(lines, left < chunk ? left : chunk);
        while (ioctl(1, FIONREAD, &queued) == 0 && queued > 0)
                (void)nanosleep(&soon, NULL);
        report_send(argv[1], index + 1000, report_now());
        while (argc == 5) /* until it is ended: what restarts it would write all again */
                (void)pause();
        return 0;
}
