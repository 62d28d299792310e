/* SPDX-License-Identifier: MIT */
/* load: from a name to a struct unit: finds the files (unit-path), reads them (unit-file), gives each line to its directive's
 * parser, and keeps what became of it. Mistakes go to the context's diag; loading goes on. Called by the manager. */
#include "base/sys.h"
#include "directive.h"
#include "parse.h"
#include "unit-file.h"
#include "unit-path.h"
#include "unit-private.h"

#include <errno.h>

struct loader {
        const struct unit_context *context;
        struct unit *unit;
        int file; /* its number in the unit; -1: none */
        const char *section; /* the current one: borrowed, to be compared with the next line's */
        bool is_ours, is_foreign, is_allowed; /* of it */
        char told[64]; /* the section that has been complained of, until the next one */
        struct text_set dependencies[DEPENDENCY_COUNT_];
};

static void say(const struct loader *l, enum diag_level level, unsigned line, const char *key, const char *text) {
        struct diag_place at = { l->file < 0 ? NULL : l->unit->files[l->file], line, key };

        if (l->context->diag)
                diag_say(l->context->diag, level, &at, "%s", text);
}

static struct origin origin_of(const struct loader *l, unsigned line) {
        return (struct origin){ line, (uint16_t)l->file };
}

/* ---- one line ------------------------------------------------------------------------------------------------------ */

/* Records a line that is not a directive of ours. Tells when `tell`. */
static int record_invalid(struct loader *l, const char *section, const char *key, const char *value, unsigned line,
                          char *why, bool tell) {
        struct assignment a = { .directive = DIRECTIVE_UNKNOWN,
                                .outcome = OUTCOME_INVALID,
                                .origin = origin_of(l, line),
                                .section = section,
                                .key = key,
                                .value = value,
                                .why = why };
        owned_str text UNUSED = why; /* ours, whatever comes */

        if (!why)
                return -ENOMEM;
        if (tell)
                say(l, DIAG_WARNING, line, NULL, why);
        return unit_add_assignment(l->unit, &a);
}

static int take_unknown_section(struct loader *l, const char *section, const char *key, const char *value,
                                unsigned line) {
        bool tell =
                strncmp(l->told, section, sizeof l->told - 1) != 0 && !text_equal(section, UNIT_FILE_BROKEN_SECTION);
        char *why;

        if (text_equal(section, UNIT_FILE_BROKEN_SECTION))
                why = strdup("stands below a broken section header");
        else if (!*section)
                why = text_printf("'%s' stands before the first [Section]", key);
        else
                why = text_printf(section_is_known(section) ? "section [%s] is not for a unit of type %s"
                                                            : "unknown section [%s]; it is ignored",
                                  section, unit_type_suffix(l->unit->type));
        (void)snprintf(l->told, sizeof l->told, "%s", section);
        return record_invalid(l, section, key, value, line, why, tell || !*section);
}

static int take_unknown_key(struct loader *l, const char *section, const char *key, const char *value, unsigned line) {
        const char *guess = directive_guess(section, key);

        return record_invalid(l, section, key, value, line,
                              guess ? text_printf("unknown key '%s' in section [%s]; did you mean %s?", key, section,
                                                  guess)
                                    : text_printf("unknown key '%s' in section [%s]", key, section),
                              true);
}

/* A key of systemd's that keel does not have. Told line by line, but for types of unit of which it has nothing. */
static int take_not_yet(struct loader *l, const struct directive *d, const char *section, const char *value,
                        unsigned line) {
        bool is_type = section_is_known(section) && !unit_settings_of(l->unit, d->group) && d->group != GROUP_SERVICE;
        owned_str type = text_printf("units of type %s are not implemented yet", unit_type_suffix(l->unit->type));
        struct assignment a = { .directive = (unsigned)(d - directives),
                                .outcome = OUTCOME_UNSUPPORTED,
                                .origin = origin_of(l, line),
                                .section = section,
                                .value = value,
                                .why = is_type ? type : "not implemented yet" };

        if (!a.why)
                return -ENOMEM;
        if (!is_type)
                say(l, DIAG_NOTE, line, d->key, a.why);
        return unit_add_assignment(l->unit, &a);
}

static int take_directive(struct loader *l, const struct directive *d, const char *section, const char *value,
                          unsigned line) {
        struct parse p = {
                .context = l->context,
                .unit = l->unit,
                .directive = d,
                .key = d->key,
                .value = value,
                .origin = origin_of(l, line),
                .settings = unit_draft_of(l->unit, d->group),
                .dependencies = l->dependencies,
        };
        struct assignment a = {
                .directive = (unsigned)(d - directives), .origin = p.origin, .section = section, .value = value
        };
        int r;

        if (d->kind == DIRECTIVE_NOT_YET || !p.settings)
                return take_not_yet(l, d, section, value, line);
        r = directive_parse(&p);
        a.outcome = p.outcome;
        a.why = p.why;
        if (r != -ENOMEM)
                r = unit_add_assignment(l->unit, &a);
        free(p.why);
        return r;
}

/* A section begins: what all its lines have in common. */
static void begin_section(struct loader *l, const char *section) {
        l->section = section;
        l->is_ours = text_equal(section, "X-Keel");
        l->is_foreign = !l->is_ours && text_after(section, "X-");
        l->is_allowed = section_is_allowed(section, l->unit->type);
}

static int take_line(void *user, const char *section, const char *key, const char *value, unsigned line) {
        struct loader *l = user;
        const struct directive *d;

        if (section != l->section)
                begin_section(l, section);
        if (l->is_foreign || (!l->is_ours && text_after(key, "X-")))
                return 0; /* somebody else's */
        if (!l->is_allowed)
                return take_unknown_section(l, section, key, value, line);
        d = directive_find(section, key);
        return d ? take_directive(l, d, section, value, line) : take_unknown_key(l, section, key, value, line);
}

/* ---- one file ------------------------------------------------------------------------------------------------------ */

/* Reads the lines of a file, by its last name in this directory unless that is -1. 1 there are some, 0 it is empty (or
 * /dev/null), -errno. */
static int read_file(struct loader *l, int directory_fd, const char *path) {
        char usual[4096];
        owned_str longer = NULL;
        size_t length;
        int r;

        l->file = unit_intern_file(l->unit, path);
        if (l->file < 0)
                return l->file;
        l->told[0] = 0;
        l->section = NULL;
        if (directory_fd < 0)
                r = sys_read_regular(AT_FDCWD, path, usual, sizeof usual, UNIT_FILE_MAX, &longer, &length);
        else
                r = sys_read_regular(directory_fd, strrchr(path, '/') + 1, usual, sizeof usual, UNIT_FILE_MAX, &longer,
                                     &length);
        if (r < 0 || length == 0)
                return r;
        r = unit_file_parse(longer ? longer : usual, length, l->unit->files[l->file], l->context->diag, take_line, l);
        return r < 0 ? r : 1;
}

static int set_state(struct unit *u, enum unit_load_state state, char *error) {
        if (!error)
                return -ENOMEM;
        free(u->load_error);
        u->load_error = error;
        u->load_state = state;
        return 0;
}

static int set_masked(struct unit *u) {
        return set_state(u, UNIT_MASKED, text_printf("%s is masked by %s", u->name, u->fragment_path));
}

static int read_fragment(struct loader *l, int directory_fd) {
        struct unit *u = l->unit;
        int r = read_file(l, directory_fd, u->fragment_path);

        if (r == 0)
                return set_masked(u);
        if (r > 0 || r == -ENOMEM)
                return MIN(r, 0);
        return set_state(u, r == -ENOENT ? UNIT_NOT_FOUND : UNIT_ERROR,
                         text_printf("%s: %s", u->fragment_path, strerror(-r)));
}

static int read_dropins(struct loader *l, struct unit_path_cache *cache, char *const *names) {
        int r = unit_path_dropins(cache, names, &l->unit->dropin_paths);

        if (r < 0)
                return r;
        STRV_EACH(path, l->unit->dropin_paths) {
                r = read_file(l, -1, path);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        say(l, DIAG_WARNING, 0, NULL, strerror(-r));
        }
        return 0;
}

/* ---- the directories beside it -------------------------------------------------------------------------------------- */

static void say_problems(struct loader *l, char *const *problems) {
        l->file = -1;
        STRV_EACH(problem, problems)
                say(l, DIAG_WARNING, 0, NULL, problem);
}

static int read_dependency_directories(struct loader *l, struct unit_path_cache *cache, char *const *names) {
        static const struct {
                const char *suffix;
                enum dependency kind;
        } kinds[] = { { ".wants", DEPENDENCY_WANTS },
                      { ".requires", DEPENDENCY_REQUIRES },
                      { ".upholds", DEPENDENCY_UPHOLDS } };
        struct unit_settings *settings = unit_draft_of(l->unit, GROUP_UNIT);

        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
                owned_strv units = NULL;
                owned_strv problems = NULL;
                int r = unit_path_directory_units(cache, names, kinds[i].suffix, l->unit->instance, &units, &problems);

                if (r < 0)
                        return r;
                STRV_EACH(unit, units)
                        if (text_set_add(&l->dependencies[kinds[i].kind], &settings->dependencies[kinds[i].kind],
                                         unit) < 0)
                                return -ENOMEM;
                say_problems(l, problems);
        }
        return 0;
}

/* ---- the whole ----------------------------------------------------------------------------------------------------- */

/* A slice is there without a file; its name says all. */
static int describe_slice(struct unit *u) {
        if (u->description)
                return 0;
        return text_replace(&u->description, text_equal(u->name, "-.slice") ? "Root Slice" : u->name);
}

static int load_located(struct loader *l, struct unit_path_cache *cache, const struct unit_location *at) {
        struct unit *u = l->unit;
        int r;

        say_problems(l, at->problems);
        STRV_EACH(name, at->names)
                if (!text_equal(name, u->name) && strv_add_unique(&u->aliases, name) < 0)
                        return -ENOMEM;
        r = at->fragment ? unit_intern_file(u, at->fragment) : 0;
        if (r < 0)
                return r;
        u->fragment_path = at->fragment ? u->files[r] : NULL;
        if (at->is_masked)
                return set_masked(u);
        if (!at->fragment && u->type != UNIT_SLICE)
                return set_state(u, UNIT_NOT_FOUND, text_printf("no unit file %s in the search path", u->name));
        if (at->fragment)
                r = read_fragment(l, at->directory_fd);
        if (r < 0 || u->load_state != UNIT_LOADED)
                return r;
        r = read_dropins(l, cache, at->names);
        if (r == 0)
                r = read_dependency_directories(l, cache, at->names);
        if (r == 0 && u->type == UNIT_SLICE)
                r = describe_slice(u);
        return r < 0 ? r : unit_finish(l->context, u);
}

static int load_from(const struct unit_context *context, struct unit_path_cache *cache, const char *name,
                     struct unit **ret) {
        struct unit_location at;
        OWNED(unit) struct unit *u = NULL;
        struct loader l = { .context = context, .file = -1 };
        int r = unit_path_locate(cache, name, &at);

        if (r < 0)
                return r;
        r = unit_new(at.id, &u);
        l.unit = u;
        if (r == 0)
                r = load_located(&l, cache, &at);
        if (r == 0)
                r = unit_pack(u);
        unit_location_free(&at);
        for (size_t i = 0; i < DEPENDENCY_COUNT_; i++)
                text_set_clear(&l.dependencies[i]);
        if (r < 0)
                return r;
        *ret = take_ptr(u);
        return 0;
}

int unit_load(const struct unit_context *context, const char *name, struct unit **ret) {
        OWNED(unit_path_cache) struct unit_path_cache *cache = NULL;
        int r;

        if (!unit_name_is_valid(name))
                return -EINVAL;
        if (context->path_cache) {
                r = unit_path_cache_refresh(context->path_cache);
                return r < 0 ? r : load_from(context, context->path_cache, name, ret);
        }
        r = unit_path_cache_new(context->search_path, &cache);
        return r < 0 ? r : load_from(context, cache, name, ret);
}

int unit_list_files(const struct unit_context *context, char ***ret) {
        OWNED(unit_path_cache) struct unit_path_cache *cache = NULL;
        int r;

        if (context->path_cache) {
                r = unit_path_cache_refresh(context->path_cache);
                return r < 0 ? r : unit_path_list(context->path_cache, ret);
        }
        r = unit_path_cache_new(context->search_path, &cache);
        return r < 0 ? r : unit_path_list(cache, ret);
}
