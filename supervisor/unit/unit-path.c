/* SPDX-License-Identifier: MIT */
/* unit-path: see unit-path.h. The cache maps each name to the directories that have it (a bit each), and each name that is a
 * link to another unit to that unit. */
#include "unit-path-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

/* ---- the picture --------------------------------------------------------------------------------------------------- */

struct path_entry *unit_path_find(struct unit_path_cache *c, const char *name) {
        struct path_entry *e;

        HASH_FIND_STR(c->entries, name, e);
        return e;
}

uint64_t unit_path_find_directory(struct unit_path_cache *c, const char *name, const char *suffix) {
        char both[NAME_MAX + 1];
        size_t length = strlen(name), suffix_length = strlen(suffix);
        struct path_entry *e = NULL;

        if (!c->beside || length + suffix_length > NAME_MAX)
                return 0;
        memcpy(both, name, length);
        memcpy(both + length, suffix, suffix_length + 1);
        HASH_FIND_STR(c->beside, both, e);
        return e ? e->found_in : 0;
}

/* NOLINTNEXTLINE(readability-function-size): most of it is uthash's macro */
static struct path_entry *add_entry(struct path_entry **table, const char *name) {
        size_t length = strlen(name);
        struct path_entry *e;

        unsigned hash = (unsigned)text_hash(name, length);

        HASH_FIND_BYHASHVALUE(hh, *table, name, length, hash, e);
        if (e)
                return e;
        e = calloc(1, sizeof *e + length + 1);
        if (!e)
                return NULL;
        memcpy(e->name, name, length + 1);
        HASH_ADD_KEYPTR_BYHASHVALUE(hh, *table, e->name, length, hash, e);
        return e;
}

/* "foo.service", "foo.service.d", "service.d": all else in such a directory is no business of ours (NULL). */
static struct path_entry **table_for(struct unit_path_cache *c, const char *name) {
        static const char *const suffixes[] = { ".d", ".wants", ".requires", ".upholds" };

        if (*name == '.')
                return NULL;
        if (unit_name_is_valid(name) || unit_name_is_template(name))
                return &c->entries;
        for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
                if (text_ends_with(name, suffixes[i]))
                        return &c->beside;
        return NULL;
}

static int read_directory(struct unit_path_cache *c, unsigned index) {
        DIR *d = opendir(c->directories[index].path);
        int r = 0;

        if (!d)
                return errno == ENOMEM ? -ENOMEM : 0;
        for (struct dirent *item; r == 0 && (item = readdir(d));) {
                struct path_entry **table = table_for(c, item->d_name), *e;

                if (!table)
                        continue;
                e = add_entry(table, item->d_name);
                if (!e) {
                        r = -ENOMEM;
                        break;
                }
                e->found_in |= 1ull << index;
                if (item->d_type != DT_DIR && item->d_type != DT_REG) /* a link, or the file system does not tell */
                        e->maybe_link |= 1ull << index;
        }
        (void)closedir(d);
        return r;
}

/* Is this one of the search path's directories, by whatever name? */
static bool is_search_directory(const struct unit_path_cache *c, const char *path) {
        struct stat st;

        if (stat(path, &st) < 0)
                return false;
        for (unsigned i = 0; i < c->count; i++)
                if (c->directories[i].device == st.st_dev && c->directories[i].inode == st.st_ino)
                        return true;
        return false;
}

/* May a unit have this other name? (systemd.unit(5): same type, same shape, same instance.) */
static bool alias_is_allowed(const char *alias, const char *target) {
        if (unit_name_type(alias) != unit_name_type(target))
                return false;
        if (unit_name_is_template(alias))
                return unit_name_is_template(target);
        if (unit_name_is_instance(alias)) {
                if (unit_name_is_template(target))
                        return true;
                return unit_name_is_instance(target) && text_equal(strchr(alias, '@'), strchr(target, '@'));
        }
        return unit_name_is_valid(target) && !unit_name_is_instance(target);
}

/* Where a link of the search path points: *ret is the target's path, made absolute. 0, 1 when it is no link, -errno. */
static int read_link(const char *directory, const char *path, char **ret) {
        char target[PATH_MAX];
        ssize_t length = readlink(path, target, sizeof target - 1);

        if (length < 0)
                return errno == EINVAL ? 1 : -errno;
        target[length] = 0;
        *ret = *target == '/' ? strdup(target) : text_printf("%s/%s", directory, target);
        return *ret ? 0 : -ENOMEM;
}

/* Finds out what the entry is in this directory: an alias (target), a mask, or a file. */
static int resolve_in(struct unit_path_cache *c, struct path_entry *e, unsigned index) {
        owned_str path = NULL;
        owned_str target = NULL;
        char *slash;
        int r;

        e->directory = index;
        if (!(e->maybe_link >> index & 1))
                return 0;
        path = text_concat(c->directories[index].path, "/", e->name);
        if (!path)
                return -ENOMEM;
        r = read_link(c->directories[index].path, path, &target);
        if (r != 0)
                return r == -ENOMEM ? r : 0;
        if (text_equal(target, "/dev/null")) {
                e->is_masked = true;
                return 0;
        }
        slash = strrchr(target, '/');
        *slash = 0;
        if (!is_search_directory(c, slash == target ? "/" : target) || text_equal(slash + 1, e->name))
                return 0; /* a link to a file elsewhere, or to the same name further down: the file itself */
        if (!alias_is_allowed(e->name, slash + 1)) {
                e->bad_alias = strdup(slash + 1);
                return e->bad_alias ? 1 : -ENOMEM;
        }
        e->target = strdup(slash + 1);
        return e->target ? 0 : -ENOMEM;
}

int unit_path_resolve(struct unit_path_cache *c, struct path_entry *e) {
        if (e->is_resolved)
                return 0;
        for (unsigned i = 0; i < c->count; i++) {
                int r;

                if (!(e->found_in >> i & 1))
                        continue;
                r = resolve_in(c, e, i);
                if (r < 0)
                        return r;
                if (r == 0) {
                        e->is_resolved = e->exists = true;
                        return 0;
                }
        }
        e->is_resolved = true;
        return 0;
}

/* Every link to another unit is noted with its target, so that a unit knows its other names. */
static int note_aliases(struct unit_path_cache *c) {
        struct path_entry *next;

        for (struct path_entry *e = c->entries; e; e = next) {
                struct path_entry *target;
                int r;

                next = e->hh.next; /* new entries go to the end, and need not be looked at */
                if (!e->maybe_link || unit_name_type(e->name) == UNIT_TYPE_INVALID)
                        continue;
                r = unit_path_resolve(c, e);
                if (r < 0)
                        return r;
                if (!e->target)
                        continue;
                target = add_entry(&c->entries, e->target);
                if (!target)
                        return -ENOMEM;
                e->next_alias = target->aliases;
                target->aliases = e;
        }
        return 0;
}

static void forget_table(struct path_entry **table) {
        struct path_entry *e, *next;

        HASH_ITER(hh, *table, e, next) {
                HASH_DEL(*table, e);
                free(e->target);
                free(e->bad_alias);
                free(e);
        }
}

static void forget_entries(struct unit_path_cache *c) {
        forget_table(&c->entries);
        forget_table(&c->beside);
}

#define CLOCK_TICK_US 20000u /* file systems stamp by the tick: two changes may look like one */

/* Was this directory changed so lately that another change might have the same time? */
static bool is_fresh(const struct stat *st) {
        uint64_t changed_us = (uint64_t)st->st_mtim.tv_sec * US_PER_SEC + (uint64_t)st->st_mtim.tv_nsec / 1000;

        return time_add(changed_us, CLOCK_TICK_US) > clock_realtime_us();
}

/* Notes what the directories look like now. True when one of them is not as it was. */
static bool note_directories(struct unit_path_cache *c) {
        bool has_changed = false;

        for (unsigned i = 0; i < c->count; i++) {
                struct path_directory *d = &c->directories[i];
                struct stat st = { 0 };

                if (stat(d->path, &st) < 0)
                        st = (struct stat){ 0 };
                has_changed |= d->device != st.st_dev || d->inode != st.st_ino ||
                               d->changed.tv_sec != st.st_mtim.tv_sec || d->changed.tv_nsec != st.st_mtim.tv_nsec;
                d->device = st.st_dev;
                d->inode = st.st_ino;
                d->changed = st.st_mtim;
                if (is_fresh(&st))
                        d->changed.tv_nsec = -1; /* look again next time */
        }
        return has_changed;
}

int unit_path_cache_refresh(struct unit_path_cache *c) {
        int r = 0;

        if (c->has_looked)
                return 0;
        c->has_looked = c->holds > 0;
        if (!note_directories(c))
                return 0;
        forget_entries(c);
        for (unsigned i = 0; r == 0 && i < c->count; i++)
                if (c->directories[i].inode)
                        r = read_directory(c, i);
        if (r == 0)
                r = note_aliases(c);
        if (r < 0)
                unit_path_cache_forget(c); /* half a picture is none */
        return r;
}

static void close_directories(struct unit_path_cache *c) {
        for (unsigned i = 0; i < c->count; i++)
                close_fd(&c->directories[i].fd);
}

/* For one request that reads many files there is no path to be walked for each. */
static int directory_fd(struct unit_path_cache *c, unsigned index) {
        struct path_directory *d = &c->directories[index];

        if (d->fd < 0 && c->holds > 0)
                d->fd = open(d->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return d->fd;
}

void unit_path_cache_forget(struct unit_path_cache *c) {
        forget_entries(c);
        close_directories(c);
        for (unsigned i = 0; i < c->count; i++)
                c->directories[i].inode = 0;
        c->has_looked = false;
}

void unit_path_cache_hold(struct unit_path_cache *c) {
        c->holds++;
}

void unit_path_cache_release(struct unit_path_cache *c) {
        if (--c->holds > 0)
                return;
        c->has_looked = false;
        close_directories(c);
}

int unit_path_cache_new(char *const *search_path, struct unit_path_cache **ret) {
        OWNED(unit_path_cache) struct unit_path_cache *c = calloc(1, sizeof *c);
        int r;

        if (!c)
                return -ENOMEM;
        for (; search_path && *search_path && c->count < PATH_DIRECTORIES_MAX; search_path++) {
                c->directories[c->count].fd = -1;
                c->directories[c->count].path = strdup(*search_path);
                if (!c->directories[c->count++].path)
                        return -ENOMEM;
        }
        r = unit_path_cache_refresh(c);
        if (r < 0)
                return r;
        *ret = take_ptr(c);
        return 0;
}

void unit_path_cache_free(struct unit_path_cache *c) {
        if (!c)
                return;
        forget_entries(c);
        close_directories(c);
        for (unsigned i = 0; i < c->count; i++)
                free(c->directories[i].path);
        free(c);
}

/* ---- what a name stands for ---------------------------------------------------------------------------------------- */

void unit_location_free(struct unit_location *l) {
        free(l->id);
        strv_free(l->names);
        free(l->fragment);
        strv_free(l->problems);
        *l = (struct unit_location){ 0 };
}

/* The entry for a name: its own, or its template's. NULL when there is neither. */
static int find_file(struct unit_path_cache *c, const char *name, struct path_entry **ret) {
        struct path_entry *e = unit_path_find(c, name);
        owned_str template = NULL;
        int r = e ? unit_path_resolve(c, e) : 0;

        if (r < 0)
                return r;
        if ((!e || !e->exists) && unit_name_is_instance(name)) {
                r = unit_name_template(name, &template);
                if (r < 0)
                        return r;
                e = unit_path_find(c, template);
                r = e ? unit_path_resolve(c, e) : 0;
                if (r < 0)
                        return r;
        }
        *ret = e && e->exists ? e : NULL;
        return 0;
}

/* The alias's target as a full name: a template's gets the instance of the name that led there. */
static int target_name(const char *name, const char *target, char **ret) {
        owned_str prefix = NULL;
        owned_str instance = NULL;
        int r;

        if (!unit_name_is_template(target)) {
                *ret = strdup(target);
                return *ret ? 0 : -ENOMEM;
        }
        r = unit_name_split(name, &prefix, &instance);
        return r < 0 ? r : unit_name_instance(target, instance ? instance : "", ret);
}

/* Adds every name that leads to `name`, and theirs. Bounded by the names being unique. */
static int add_aliases_of(struct unit_path_cache *c, const char *name, const struct path_entry *e, char ***names) {
        for (struct path_entry *a = e ? e->aliases : NULL; a; a = a->next_alias) {
                owned_str alias = NULL;
                int r;

                if (unit_name_is_instance(a->name) && !text_equal(strchr(a->name, '@'), strchr(name, '@')))
                        continue; /* an alias of another instance of this template */
                r = target_name(name, a->name, &alias);
                if (r < 0)
                        return r;
                r = strv_add_unique(names, alias);
                if (r < 0)
                        return r;
                if (r > 0) {
                        r = unit_path_add_aliases(c, alias, names);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* The same, and those of its template. e: of the name, or NULL. */
static int add_all_aliases(struct unit_path_cache *c, const char *name, const struct path_entry *e, char ***names) {
        owned_str template = NULL;
        int r = add_aliases_of(c, name, e, names);

        if (r < 0 || !unit_name_is_instance(name))
                return r;
        r = unit_name_template(name, &template);
        return r < 0 ? r : add_aliases_of(c, name, unit_path_find(c, template), names);
}

int unit_path_add_aliases(struct unit_path_cache *c, const char *name, char ***names) {
        return add_all_aliases(c, name, unit_path_find(c, name), names);
}

static int note_problem(struct unit_location *l, const char *name, const struct path_entry *e) {
        if (!e || !e->bad_alias)
                return 0;
        return strv_adopt(&l->problems,
                          text_printf("%s cannot be another name of %s: type, template and instance must agree", name,
                                      e->bad_alias));
}

static int locate(struct unit_path_cache *c, const char *name, struct unit_location *l) {
        struct path_entry *e = NULL;
        int r;

        l->id = strdup(name);
        if (!l->id)
                return -ENOMEM;
        for (unsigned steps = 0; steps < 16; steps++) {
                char *target;

                r = find_file(c, l->id, &e);
                if (r == 0)
                        r = note_problem(l, l->id, e ? e : unit_path_find(c, l->id));
                if (r < 0)
                        return r;
                if (!e || !e->target)
                        break;
                r = target_name(l->id, e->target, &target);
                if (r < 0)
                        return r;
                free(l->id);
                l->id = target;
        }
        if (e && !e->target) {
                l->fragment = text_concat(c->directories[e->directory].path, "/", e->name);
                if (!l->fragment)
                        return -ENOMEM;
                l->directory_fd = directory_fd(c, e->directory);
                l->is_masked = e->is_masked;
        }
        if (strv_add(&l->names, l->id) < 0 || strv_add_unique(&l->names, name) < 0)
                return -ENOMEM;
        if (!e || !text_equal(e->name, l->id))
                e = unit_path_find(c, l->id);
        return add_all_aliases(c, l->id, e, &l->names);
}

int unit_path_locate(struct unit_path_cache *c, const char *name, struct unit_location *ret) {
        struct unit_location l = { .directory_fd = -1 };
        int r = locate(c, name, &l);

        if (r < 0) {
                unit_location_free(&l);
                return r;
        }
        *ret = l;
        return 0;
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(char *const *)a, *(char *const *)b);
}

int unit_path_list(struct unit_path_cache *c, char ***ret) {
        owned_strv names = NULL;
        size_t count = 0;

        names = calloc(HASH_COUNT(c->entries) + 1u, sizeof *names);
        if (!names)
                return -ENOMEM;
        for (struct path_entry *e = c->entries; e; e = e->hh.next) {
                if (!e->found_in || unit_name_type(e->name) == UNIT_TYPE_INVALID)
                        continue;
                names[count] = strdup(e->name);
                if (!names[count++])
                        return -ENOMEM;
        }
        qsort(names, count, sizeof *names, compare_names);
        *ret = take_ptr(names);
        return 0;
}
