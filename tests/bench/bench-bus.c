/* SPDX-License-Identifier: MIT */
/* bench-bus: a client on keel's control socket.
 *
 * bench-bus rate SOCKET UNIT SECONDS: asks for the unit's state on one connection, one call after the other; prints calls per
 *   second.
 * bench-bus once SOCKET UNIT: connects, asks once, and prints the CLOCK_MONOTONIC nanoseconds at which the answer was there.
 */
#include "base/bus-names.h"
#include "base/macros.h"
#include "base/text.h"
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

static int connect_to(const char *path, sd_bus **ret) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path) + 1);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        r = sd_bus_new(ret);
        if (r >= 0)
                r = sd_bus_set_fd(*ret, fd, fd);
        return r < 0 ? r : sd_bus_start(*ret);
}

static int object_path(const char *unit, char **ret) {
        return sd_bus_path_encode(BUS_UNIT_PATH, unit, ret);
}

static int ask(sd_bus *bus, const char *path) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        char *state = NULL;
        int r = sd_bus_get_property_string(bus, BUS_SENDER, path, BUS_UNIT, "ActiveState", &error, &state);

        if (r < 0)
                (void)fprintf(stderr, "bench-bus: %s\n", error.message ? error.message : strerror(-r));
        free(state);
        sd_bus_error_free(&error);
        return r;
}

static int rate(sd_bus *bus, const char *path, double seconds) {
        uint64_t begin = report_now(), count = 0;

        do {
                int r = ask(bus, path);

                if (r < 0)
                        return r;
                count++;
        } while ((double)(report_now() - begin) < seconds * 1e9);
        printf("%.0f\n", (double)count * 1e9 / (double)(report_now() - begin));
        return 0;
}

static int once(sd_bus *bus, const char *path) {
        int r = ask(bus, path);

        if (r >= 0)
                printf("%llu\n", (unsigned long long)report_now());
        return r;
}

int main(int argc, char **argv) {
        sd_bus *bus = NULL;
        char *path = NULL;
        int r;

        if (argc < 4)
                return 2;
        r = connect_to(argv[2], &bus);
        if (r >= 0)
                r = object_path(argv[3], &path);
        if (r >= 0)
                r = argc > 4 ? rate(bus, path, strtod(argv[4], NULL)) : once(bus, path);
        if (r < 0)
                (void)fprintf(stderr, "bench-bus: %s\n", strerror(-r));
        free(path);
        sd_bus_close_unref(bus);
        return r < 0;
}
