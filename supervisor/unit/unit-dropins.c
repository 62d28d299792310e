/* SPDX-License-Identifier: MIT */
/* unit-dropins: the directories beside a unit file: foo.service.d and its relatives, foo.service.wants and its siblings
 * (systemd.unit(5)). Reads directories only; the cache tells which there are. */
#include "unit-path-private.h"

#include "base/text-set.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

/* Cuts "foo-bar-baz" to "foo-bar-", then to "foo-"; false when nothing is left. */
static bool cut_at_dash(char *prefix) {
        size_t length = strlen(prefix);
        char *dash;

        while (length > 0 && prefix[length - 1] == '-')
                prefix[--length] = 0;
        dash = strrchr(prefix, '-');
        if (!dash)
                return false;
        dash[1] = 0;
        return true;
}

/* Adds name, its template, and both for every shorter prefix: the names whose .d directories count, nearest first. */
static int add_related(const char *name, char ***related) {
        owned_str prefix = NULL;
        owned_str instance = NULL;
        const char *suffix = strrchr(name, '.');
        int r = unit_name_split(name, &prefix, &instance);

        if (r < 0)
                return r;
        do {
                r = instance ? strv_adopt(related, text_concat(prefix, "@", instance, suffix)) : 0;
                if (r == 0)
                        r = strv_adopt(related, text_concat(prefix, instance ? "@" : "", suffix));
        } while (r == 0 && cut_at_dash(prefix));
        return r;
}

/* A directory that counts for the unit. */
static int add_directories(struct unit_path_cache *c, char *const *related, const char *suffix, char ***directories) {
        uint64_t found_in = 0;
        size_t count = strv_length(related);
        owned_mem uint64_t *where = calloc(count + 1, sizeof *where);

        if (!where)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                where[i] = unit_path_find_directory(c, related[i], suffix);
                found_in |= where[i];
        }
        for (unsigned d = 0; d < c->count; d++)
                for (size_t i = 0; (found_in >> d & 1) && i < count; i++)
                        if ((where[i] >> d & 1) &&
                            strv_adopt(directories, text_concat(c->directories[d].path, "/", related[i], suffix)) < 0)
                                return -ENOMEM;
        return 0;
}

/* The directories of all names, nearest first; of the type (service.d) last. */
static int find_directories(struct unit_path_cache *c, char *const *names, const char *suffix, bool with_relatives,
                            char ***ret) {
        owned_strv directories = NULL;
        owned_strv of_type = NULL;
        int r;

        STRV_EACH(name, names) {
                owned_strv related = NULL;

                r = with_relatives ? add_related(name, &related) : strv_add(&related, name);
                if (!with_relatives && r == 0 && unit_name_is_instance(name)) {
                        char *template;

                        r = unit_name_template(name, &template);
                        if (r == 0)
                                r = strv_adopt(&related, template);
                }
                if (r == 0)
                        r = add_directories(c, related, suffix, &directories);
                if (r < 0)
                        return r;
        }
        if (with_relatives && names) {
                r = strv_add(&of_type, unit_type_suffix(unit_name_type(names[0])));
                if (r == 0)
                        r = add_directories(c, of_type, suffix, &directories);
                if (r < 0)
                        return r;
        }
        *ret = take_ptr(directories);
        return 0;
}

/* ---- their entries -------------------------------------------------------------------------------------------------- */

struct found {
        char *name, *path;
        size_t order; /* the nearer directory's are found first */
};
struct found_list {
        struct found *items;
        size_t count;
};

static void free_found(struct found_list *l) {
        for (size_t i = 0; i < l->count; i++) {
                free(l->items[i].name);
                free(l->items[i].path);
        }
        free(l->items);
}
#define owned_found __attribute__((cleanup(free_found))) struct found_list

static int compare_found(const void *a, const void *b) {
        const struct found *f = a, *g = b;
        int order = strcmp(f->name, g->name);

        return order ? order : f->order < g->order ? -1 : 1;
}

/* Adds the directory's entries. */
static int list_directory(const char *path, const char *suffix, struct found_list *l) {
        DIR *d = opendir(path);
        int r = 0;

        if (!d)
                return 0;
        for (struct dirent *item; r == 0 && (item = readdir(d));) {
                struct found *grown;

                if (*item->d_name == '.' || !text_ends_with(item->d_name, suffix))
                        continue;
                grown = reallocarray(l->items, l->count + 1, sizeof *grown);
                if (!grown) {
                        r = -ENOMEM;
                        break;
                }
                l->items = grown;
                grown[l->count].name = strdup(item->d_name);
                grown[l->count].path = text_concat(path, "/", item->d_name);
                grown[l->count].order = l->count;
                if (!grown[l->count].name || !grown[l->count].path)
                        r = -ENOMEM;
                l->count++;
        }
        (void)closedir(d);
        return r;
}

/* Sorted by name; of those with the same name the nearest is left. */
static int list_all(char *const *directories, const char *suffix, struct found_list *l) {
        size_t kept = 0;

        STRV_EACH(directory, directories) {
                int r = list_directory(directory, suffix, l);

                if (r < 0)
                        return r;
        }
        if (l->count > 0)
                qsort(l->items, l->count, sizeof *l->items, compare_found);
        for (size_t i = 0; i < l->count; i++)
                if (kept > 0 && text_equal(l->items[kept - 1].name, l->items[i].name)) {
                        free(l->items[i].name);
                        free(l->items[i].path);
                } else {
                        l->items[kept++] = l->items[i];
                }
        l->count = kept;
        return 0;
}

/* /dev/null, an empty file: takes away what is found further. */
static bool is_mask(const char *path) {
        struct stat st;

        return stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_size == 0));
}

int unit_path_dropins(struct unit_path_cache *c, char *const *names, char ***ret) {
        owned_strv directories = NULL;
        owned_strv dropins = NULL;
        owned_found found = { 0 };
        int r = find_directories(c, names, ".d", true, &directories);

        if (r == 0)
                r = list_all(directories, ".conf", &found);
        for (size_t i = 0; r == 0 && i < found.count; i++)
                if (!is_mask(found.items[i].path))
                        r = strv_adopt(&dropins, take_ptr(found.items[i].path));
        if (r < 0)
                return r;
        *ret = take_ptr(dropins);
        return 0;
}

/* The unit that an entry of a .wants directory names. 1 and *ret, or 0: cannot be used. */
static int entry_unit(const struct found *f, const char *instance, char **ret, char ***problems) {
        char target[PATH_MAX];
        const char *problem = NULL;

        if (is_mask(f->path))
                return 0;
        if (readlink(f->path, target, sizeof target) < 0)
                problem = "is not a symbolic link";
        else if (unit_name_is_template(f->name))
                return instance ? (unit_name_instance(f->name, instance, ret) < 0 ? -ENOMEM : 1)
                                : strv_adopt(problems,
                                             text_printf("%s is a template, but the unit has no instance", f->path));
        else if (!unit_name_is_valid(f->name))
                problem = "does not have the name of a unit";
        if (problem)
                return strv_adopt(problems, text_printf("%s %s; it is ignored", f->path, problem));
        *ret = strdup(f->name);
        return *ret ? 1 : -ENOMEM;
}

int unit_path_directory_units(struct unit_path_cache *c, char *const *names, const char *suffix, const char *instance,
                              char ***ret, char ***problems) {
        owned_strv directories = NULL;
        owned_strv units = NULL;
        owned_found found = { 0 };
        struct text_set known = { 0 };
        int r = find_directories(c, names, suffix, false, &directories);

        if (r == 0)
                r = list_all(directories, "", &found);
        for (size_t i = 0; r >= 0 && i < found.count; i++) {
                owned_str unit = NULL;

                r = entry_unit(&found.items[i], instance, &unit, problems);
                if (r > 0)
                        r = text_set_add(&known, &units, unit);
        }
        text_set_clear(&known);
        if (r < 0)
                return r;
        *ret = take_ptr(units);
        return 0;
}
