/* SPDX-License-Identifier: MIT */
/* fuzz-unit-file: a unit file of any bytes must load: no crash, no leak, no line without an outcome or a message. The first byte
 * chooses the type of unit. libFuzzer's dictionary is made from the table of directives.
 */
#include "supervisor/base/sys.h"
#include "supervisor/unit/directive.h"
#include "supervisor/unit/unit-file.h"
#include "supervisor/unit/unit.h"

#include <sys/stat.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/keel-fuzz-XXXXXX";

static void be_quiet(struct diag *d, enum diag_level level, const char *text) {
        (void)d;
        (void)level;
        (void)text;
}

static void remove_folder(void) {
        static const char *const names[] = { "a.service", "a.slice", "a.target", "a@.service", "a.socket" };

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                owned_str path = text_printf("%s/%s", folder, names[i]);

                (void)unlink(path);
        }
        (void)rmdir(folder);
}

/* Adds -dict=FILE to libFuzzer's arguments. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
        static char *arguments[64];
        static char option[] = "-dict=/tmp/keel-fuzz-dictionary-XXXXXX";
        int fd = mkstemp(option + strlen("-dict="));
        FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

        if (!f || *argc + 2 > (int)ARRAY_LEN(arguments))
                return 0;
        directives_print(f, DIRECTIVES_AS_DICTIONARY);
        (void)fclose(f);
        memcpy(arguments, *argv, (size_t)*argc * sizeof *arguments);
        arguments[(*argc)++] = option;
        *argv = arguments;
        return 0;
}

static int take_line(void *user, const char *section, const char *key, const char *value, unsigned line) {
        (void)user;
        if (!*key || strchr(key, '=') || strchr(key, ':') || strchr(section, '\n') || strchr(value, '\n') || line == 0)
                abort();
        return 0;
}

/* The text alone, in no more room than it wants: what writes behind it is seen. */
static void take_apart(const uint8_t *data, size_t size) {
        owned_str text = malloc(size + 1);

        if (!text)
                abort();
        if (size)
                memcpy(text, data, size);
        if (unit_file_parse(text, size, "f", NULL, take_line, NULL) != 0)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const char *const names[][2] = { { "a.service", "a.service" },
                                                { "a@.service", "a@x-y\\x2d.service" },
                                                { "a.slice", "a.slice" },
                                                { "a.target", "a.target" },
                                                { "a.socket", "a.socket" } };
        static struct diag diag = { .message = be_quiet };
        static char *path[] = { folder, NULL };
        static bool is_ready;
        struct unit_context context = { .search_path = path, .diag = &diag };
        const char *const *name = names[size ? data[0] % ARRAY_LEN(names) : 0];
        owned_str file = NULL;
        owned_str text = NULL;
        OWNED(unit) struct unit *u = NULL;
        FILE *f;

        if (!is_ready) {
                if (!mkdtemp(folder))
                        abort();
                (void)atexit(remove_folder);
                is_ready = true;
        }
        take_apart(data + (size > 0), size - (size > 0));
        file = text_printf("%s/%s", folder, name[0]);
        f = fopen(file, "w");
        if (!f)
                abort();
        if (size)
                (void)fwrite(data + 1, 1, size - 1, f);
        (void)fclose(f);
        if (unit_load(&context, name[1], &u) < 0)
                abort();
        for (size_t i = 0; i < u->assignment_count; i++)
                if ((unit_assignment(u, i).outcome == OUTCOME_APPLIED) != (unit_assignment(u, i).why == NULL))
                        abort();
        if (unit_read_text(u, &text) < 0)
                abort();
        (void)unlink(file);
        return 0;
}
