/* SPDX-License-Identifier: MIT */
/* bench-load FOLDER N: loads bench-0.service … of the folder as the manager does; prints µs, and bytes of heap that are in use
 * afterwards.
 */
#include "report.h"
#include "unit/unit-path.h"

#include <malloc.h>
#include <stdio.h>

static void on_message(struct diag *d, enum diag_level level, const char *text) {
        (void)d, (void)level;
        (void)fprintf(stderr, "bench-load: %s\n", text);
}

int main(int argc, char **argv) {
        struct diag diag = { .message = on_message };
        char *search_path[] = { argc > 1 ? argv[1] : NULL, NULL };
        struct unit_context context = { .search_path = search_path,
                                        .diag = &diag,
                                        .runtime_root = "/run",
                                        .state_root = "/var/lib",
                                        .cache_root = "/var/cache",
                                        .logs_root = "/var/log",
                                        .user_name = "root",
                                        .user_home = "/root",
                                        .user_shell = "/bin/sh" };
        unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
        struct unit **units = calloc(count + 1, sizeof(*units));
        size_t before = mallinfo2().uordblks;
        uint64_t begin = report_now();

        if (argc != 3 || unit_path_cache_new(search_path, &context.path_cache) < 0)
                return 2;
        unit_path_cache_hold(context.path_cache);
        for (unsigned long i = 0; i < count; i++) {
                char name[64];

                (void)snprintf(name, sizeof(name), "bench-%lu.service", i);
                if (unit_load(&context, name, &units[i]) < 0 || units[i]->load_state != UNIT_LOADED) {
                        (void)fprintf(stderr, "bench-load: %s: not loaded\n", name);
                        return 1;
                }
        }
        unit_path_cache_release(context.path_cache);
        printf("%llu %zu\n", (unsigned long long)(report_now() - begin) / 1000, mallinfo2().uordblks - before);
        for (unsigned long i = 0; i < count; i++)
                unit_free(units[i]);
        free(units);
        unit_path_cache_free(context.path_cache);
        return 0;
}
