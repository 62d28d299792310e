/* SPDX-License-Identifier: MIT */
/* replay FOLDER: gives every file of a fuzzer's corpus to its LLVMFuzzerTestOneInput(), without libFuzzer; TAP on stdout.
 * A crash is this program's; the last line printed says which file it was.
 */
#include "base/macros.h"
#include "base/sys.h"

#include <dirent.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay(int dir_fd, const char *name, unsigned number) {
        owned_str text = NULL;
        owned_mem uint8_t *exact = NULL;
        size_t length = 0;
        int r = sys_read_file(dir_fd, name, 16u << 20, &text, &length);

        (void)printf("# %s\n", name);
        (void)fflush(stdout);
        /* Without the 0 behind it: a sanitizer sees a read of one byte too many. */
        exact = malloc(length + 1);
        if (r >= 0 && exact) {
                uint8_t *data = realloc(exact, length ? length : 1);

                exact = data ? data : exact;
                memcpy(exact, text, length);
                (void)LLVMFuzzerTestOneInput(exact, length);
        }
        (void)printf("%sok %u - %s\n", r < 0 ? "not " : "", number, name);
        return r >= 0;
}

static int is_visible(const struct dirent *d) {
        return d->d_name[0] != '.';
}

int main(int argc, char **argv) {
        struct dirent **entries = NULL;
        int count = argc == 2 ? scandir(argv[1], &entries, is_visible, alphasort) : -1;
        owned_fd dir_fd = count < 0 ? -1 : open(argv[1], O_DIRECTORY | O_RDONLY | O_CLOEXEC);
        bool is_good = true;

        if (dir_fd < 0) {
                (void)printf("Bail out! no corpus: %s\n", argc == 2 ? argv[1] : "FOLDER is missing");
                return 1;
        }
        (void)printf("1..%d\n", count);
        for (int i = 0; i < count; i++) {
                is_good = replay(dir_fd, entries[i]->d_name, (unsigned)i + 1) && is_good;
                free(entries[i]);
        }
        free(entries);
        return is_good ? 0 : 1;
}
