/* SPDX-License-Identifier: MIT */
/* verbs-verify: what keel makes of a unit file, without a keel that runs: mistakes with file and line on stderr, what would
 * become of each line on stdout. What depends on the kernel shows at the start only, in `explain`. */
#include "ctl.h"

#include "base/diag.h"
#include "unit/search-path.h"
#include "unit/unit.h"

#include <libgen.h>

#define SAMPLE_INSTANCE "instance" /* for templates, which are nothing without one */

/* Mistakes; what keel does not do is in the table. */
static void on_diag(struct diag *d, enum diag_level level, const char *text) {
        (void)d;
        if (level != DIAG_NOTE)
                (void)fprintf(stderr, "%s\n", text);
}

/* An argument is a file, or the name of a unit of the search path. */
static int read_argument(const char *argument, char **ret_name, char ***ret_path) {
        owned_str copy = strdup(argument);
        owned_str directory = NULL;
        const char *base;
        int r;

        if (!copy)
                return -ENOMEM;
        if (strchr(argument, '/') || access(argument, F_OK) == 0) {
                directory = realpath(dirname(copy), NULL);
                if (!directory)
                        return -errno;
                r = strv_add(ret_path, directory);
                if (r < 0)
                        return r;
        }
        base = strrchr(argument, '/');
        base = base ? base + 1 : argument;
        if (unit_name_is_template(base))
                return unit_name_instance(base, SAMPLE_INSTANCE, ret_name);
        *ret_name = strdup(base);
        return *ret_name ? 0 : -ENOMEM;
}

/* In the form of the reply to GetUnitOutcomes. */
static json_t *outcomes_of(const struct unit *u, unsigned *mistakes) {
        json_t *rows = json_array();

        for (size_t i = 0; i < u->assignment_count; i++) {
                struct assignment a = unit_assignment(u, i);
                owned_str key = text_printf("%s.%s", a.section, a.key);

                *mistakes += a.outcome == OUTCOME_INVALID;
                (void)json_array_append_new(rows,
                                            json_pack("[s, s, s, i, s, s]", key ? key : a.key, outcome_name(a.outcome),
                                                      a.file, (int)a.origin.line, a.value, a.why ? a.why : ""));
        }
        return rows;
}

static int verify(struct ctl *c, const char *argument, json_t *json) {
        owned_strv path = NULL;
        owned_str name = NULL;
        OWNED(unit) struct unit *u = NULL;
        OWNED(json) json_t *rows = NULL;
        struct diag diag = { .message = on_diag };
        struct unit_context context = { .runtime_root = "/run",
                                        .state_root = "/var/lib",
                                        .cache_root = "/var/cache",
                                        .logs_root = "/var/log",
                                        .user_name = "root",
                                        .user_home = "/root",
                                        .user_shell = "/bin/sh",
                                        .diag = &diag };
        unsigned mistakes = 0;
        int r = read_argument(argument, &name, &path);

        if (r >= 0)
                r = search_path_add(&path, SEARCH_PATH_SYSTEM | SEARCH_PATH_MACHINE);
        context.search_path = path;
        if (r >= 0)
                r = unit_load(&context, name, &u);
        if (r < 0) {
                (void)fprintf(stderr, "keelctl: %s: %s\n", argument,
                              r == -EINVAL ? "not the name of a unit file" : strerror(-r));
                return STATUS_FAILED;
        }
        if (u->load_state != UNIT_LOADED)
                (void)fprintf(stderr, "%s: %s: %s\n", u->name, unit_load_state_name(u->load_state),
                              u->load_error ? u->load_error : "");
        rows = outcomes_of(u, &mistakes);
        if (c->output == OUTPUT_JSON)
                (void)json_object_set_new(json, argument, outcomes_as_json(rows));
        else if (!c->quiet) {
                (void)printf("%s%s%s\n", colour_on(c, COLOUR_STRONG), argument, colour_off(c, COLOUR_STRONG));
                print_outcomes(c, rows);
        }
        return mistakes + diag.errors + diag.warnings > 0 ||
                               (u->load_state != UNIT_LOADED && u->load_state != UNIT_MASKED)
                       ? STATUS_FAILED
                       : STATUS_OK;
}

int verb_verify(struct ctl *c, char **arguments, size_t count) {
        OWNED(json) json_t *json = json_object();
        int status = STATUS_OK;

        for (size_t i = 0; i < count; i++) {
                if (i > 0 && c->output != OUTPUT_JSON && !c->quiet)
                        (void)putchar('\n');
                status = MAX(status, verify(c, arguments[i], json));
                (void)fflush(stdout);
        }
        if (c->output == OUTPUT_JSON)
                (void)print_json(json);
        return status;
}
