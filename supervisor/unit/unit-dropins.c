/* SPDX-License-Identifier: MIT */
/* unit-dropins: the directories beside a unit file: foo.service.d and its relatives, foo.service.wants and its siblings
 * (systemd.unit(5)). Reads directories only; the cache tells which there are. */
#include "unit-path-private.h"

#include "base/text-set.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

/* The names whose .d directories count for a unit, nearest first: its own, its template's, and both of every shorter prefix
 * ("foo-bar.service", "foo-.service"). Nothing is allocated: most units have no such directory. */
struct related {
        const char *from, *at, *suffix; /* the unit's name, in it "@instance.service" or NULL, ".service" */
        size_t prefix; /* how much of it counts */
        bool is_template; /* the current one; it comes behind the instance */
        char name[NAME_MAX + 1]; /* the current one */
};

static void write_related(struct related *r) {
        char *to = mempcpy(r->name, r->from, r->prefix);

        if (r->at)
                to = r->is_template ? mempcpy(to, "@", 1) : mempcpy(to, r->at, (size_t)(r->suffix - r->at));
        strcpy(to, r->suffix);
}

/* The first one. The name is valid, and so not too long. */
static void begin_related(struct related *r, const char *name) {
        const char *at = strchr(name, '@');

        r->from = name;
        r->suffix = strrchr(name, '.');
        r->at = at;
        r->prefix = (size_t)((at ? at : r->suffix) - name);
        r->is_template = false;
        write_related(r);
}

/* Cuts "foo-bar-baz" to "foo-bar-", then to "foo-"; false when nothing is left. */
static bool next_related(struct related *r) {
        size_t length = r->prefix;

        if (r->at && !r->is_template) {
                r->is_template = true;
                write_related(r);
                return true;
        }
        while (length > 0 && r->from[length - 1] == '-')
                length--;
        while (length > 0 && r->from[length - 1] != '-')
                length--;
        if (length == 0)
                return false;
        r->prefix = length;
        r->is_template = false;
        write_related(r);
        return true;
}

/* Names that have directories, and where: a bit each. */
struct places {
        char **names;
        uint64_t *where;
        size_t count;
        uint64_t all;
};

static void free_places(struct places *p) {
        strv_free(p->names);
        free(p->where);
}
#define owned_places __attribute__((cleanup(free_places))) struct places

static int add_place(struct unit_path_cache *c, const char *name, const char *suffix, struct places *p) {
        uint64_t where = unit_path_find_directory(c, name, suffix), *longer;

        if (!where)
                return 0;
        longer = reallocarray(p->where, p->count + 1, sizeof *longer);
        if (!longer)
                return -ENOMEM;
        p->where = longer;
        p->where[p->count++] = where;
        p->all |= where;
        return strv_add(&p->names, name);
}

/* Their directories, those of the first in the search path first. */
static int add_directories(struct unit_path_cache *c, const struct places *p, const char *suffix, char ***directories) {
        for (unsigned d = 0; p->all && d < c->count; d++)
                for (size_t i = 0; (p->all >> d & 1) && i < p->count; i++)
                        if ((p->where[i] >> d & 1) &&
                            strv_adopt(directories, text_concat(c->directories[d].path, "/", p->names[i], suffix)) < 0)
                                return -ENOMEM;
        return 0;
}

/* The .d directories of one name of the unit. */
static int find_dropins(struct unit_path_cache *c, const char *name, char ***directories) {
        owned_places places = { 0 };
        struct related related;
        bool more = true;
        int r = 0;

        for (begin_related(&related, name); r == 0 && more; more = next_related(&related))
                r = add_place(c, related.name, ".d", &places);
        return r < 0 ? r : add_directories(c, &places, ".d", directories);
}

/* Of all names, nearest first; of the type (service.d) last. */
static int find_all_dropins(struct unit_path_cache *c, char *const *names, char ***directories) {
        owned_places of_type = { 0 };
        int r = 0;

        STRV_EACH(name, names) {
                r = find_dropins(c, name, directories);
                if (r < 0)
                        return r;
        }
        if (names)
                r = add_place(c, unit_type_suffix(unit_name_type(names[0])), ".d", &of_type);
        return r < 0 ? r : add_directories(c, &of_type, ".d", directories);
}

/* The directories with this suffix of all names, and of their templates. */
static int find_directories(struct unit_path_cache *c, char *const *names, const char *suffix, char ***directories) {
        STRV_EACH(name, names) {
                owned_places places = { 0 };
                owned_str template = NULL;
                int r = add_place(c, name, suffix, &places);

                if (r == 0 && unit_name_is_instance(name)) {
                        r = unit_name_template(name, &template);
                        if (r == 0)
                                r = add_place(c, template, suffix, &places);
                }
                if (r == 0)
                        r = add_directories(c, &places, suffix, directories);
                if (r < 0)
                        return r;
        }
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
        int r = c->beside ? find_all_dropins(c, names, &directories) : 0;

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
        int r = c->beside ? find_directories(c, names, suffix, &directories) : 0;

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
