/* SPDX-License-Identifier: MIT */
/* mount-steps: see mount-steps.h. Slots are numbered from 1 in here, so that the 0 of a literal means none. */
#include "mount-steps.h"

#include "base/text.h"
#include "unit/exit-status.h"

#include <errno.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct composing {
        struct mount_plan *plan;
        const struct mount_entries *entries;
        const char *root;
        const struct mount_surroundings *around;
        int *slots; /* per entry */
};

static int keep_string(struct mount_plan *plan, const char **s) {
        char *copy;

        if (!*s)
                return 0;
        STRV_EACH(have, plan->strings)
                if (have == *s || text_equal(have, *s)) {
                        *s = have;
                        return 0;
                }
        copy = strdup(*s);
        if (!copy || strv_adopt(&plan->strings, copy) < 0)
                return -ENOMEM;
        *s = copy;
        return 0;
}

int mount_plan_add(struct mount_plan *plan, struct mount_step step) {
        struct mount_step *steps = reallocarray(plan->steps, plan->count + 1, sizeof(*steps));

        if (!steps)
                return -ENOMEM;
        plan->steps = steps;
        if (!step.what)
                step.what = step.path;
        if (step.exit_status == 0)
                step.exit_status = EXIT_STATUS_NAMESPACE;
        if (keep_string(plan, &step.path) < 0 || keep_string(plan, &step.text) < 0 ||
            keep_string(plan, &step.source) < 0 || keep_string(plan, &step.what) < 0)
                return -ENOMEM;
        steps[plan->count++] = step;
        return 0;
}

static int add(struct composing *c, struct mount_step step) {
        if (step.op != MOUNT_OP_TAKE && step.op != MOUNT_OP_TAKE_INSIDE && step.op != MOUNT_OP_PUT &&
            !(step.op == MOUNT_OP_ATTRIBUTES && step.slot > 0))
                step.slot = NO_SLOT;
        else
                step.slot--;
        return mount_plan_add(c->plan, step);
}

static int new_slot(struct composing *c) {
        return (int)++c->plan->slot_count;
}

static uint64_t kernel_attributes(unsigned attributes) {
        return (attributes & ATTRIBUTE_READ_ONLY ? MOUNT_ATTR_RDONLY : 0) |
               (attributes & ATTRIBUTE_NO_EXEC ? MOUNT_ATTR_NOEXEC : 0);
}

static const struct mount_entry *entry_at(const struct composing *c, int i) {
        return i < 0 ? NULL : &c->entries->items[i];
}

static unsigned inherited(const struct composing *c, const struct mount_entry *e) {
        const struct mount_entry *parent = entry_at(c, e->parent);

        return parent ? parent->effective : 0;
}

/* Would its parent's attributes, set recursively, have to be taken back? Then its tree is taken before that happens. */
static bool is_restored(const struct composing *c, const struct mount_entry *e) {
        return e->tree == TREE_SAME && e->region < 0 && (inherited(c, e) & ~e->effective) != 0;
}

static bool is_needless(const struct composing *c, const struct mount_entry *e) {
        if (e->tree == TREE_SAME)
                return e->effective == inherited(c, e);
        return e->is_implied && e->set == 0 && e->region < 0 && inherited(c, e) == 0 && !*c->root;
}

static unsigned optional(const struct mount_entry *e) {
        return e->is_optional ? STEP_OPTIONAL : 0;
}

/* ---- taking ---------------------------------------------------------------------------------------------------- */

struct device_node {
        const char *name;
        unsigned major, minor;
};

static const struct device_node device_nodes[] = {
        { "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};
static const struct {
        const char *name, *target;
} device_links[] = {
        { "fd", "/proc/self/fd" },       { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
        { "stderr", "/proc/self/fd/2" }, { "core", "/proc/kcore" },
};
/* Of the host's /dev, when they are there. */
static const char *const device_directories[] = { "pts", "shm", "mqueue", "hugepages" };

/* Entries of the host's /dev that are bound into the private one; first their copies are taken. */
struct device_binds {
        struct {
                const char *name;
                int slot;
                bool is_directory;
        } items[16];
        size_t count;
};

static int take_device(struct composing *c, struct device_binds *binds, const char *name) {
        owned_str path = text_printf("/dev/%s", name);
        struct stat s;

        if (!path)
                return -ENOMEM;
        if (lstat(path, &s) < 0 || S_ISLNK(s.st_mode))
                return 0;
        binds->items[binds->count].name = name;
        binds->items[binds->count].is_directory = S_ISDIR(s.st_mode);
        binds->items[binds->count].slot = new_slot(c);
        binds->count++;
        return add(c, (struct mount_step){ .op = MOUNT_OP_TAKE,
                                           .path = path,
                                           .slot = (int)c->plan->slot_count,
                                           .options = STEP_RECURSIVE | STEP_OPTIONAL });
}

static int take_devices(struct composing *c, struct device_binds *binds) {
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(device_directories) && r >= 0; i++)
                r = take_device(c, binds, device_directories[i]);
        if (r >= 0)
                r = take_device(c, binds, "log");
        for (size_t i = 0; i < ARRAY_LEN(device_nodes) && r >= 0 && !c->around->can_make_nodes; i++)
                r = take_device(c, binds, device_nodes[i].name);
        return r;
}

static const char *source_of(const struct composing *c, const struct mount_entry *e) {
        if (e->tree == TREE_INACCESSIBLE)
                return e->is_directory ? c->around->inaccessible_directory : c->around->inaccessible_file;
        return e->source;
}

/* From the host, before the root is touched. */
static int take_from_host(struct composing *c) {
        int r = 0;

        for (size_t i = 0; i < c->entries->count && r >= 0; i++) {
                const struct mount_entry *e = &c->entries->items[i];

                if ((e->tree != TREE_BIND && e->tree != TREE_INACCESSIBLE) || is_needless(c, e))
                        continue;
                c->slots[i] = new_slot(c);
                r = add(c, (struct mount_step){ .op = MOUNT_OP_TAKE,
                                                .path = source_of(c, e),
                                                .slot = c->slots[i],
                                                .what = e->source ? e->source : e->path,
                                                .options = (e->tree == TREE_BIND ? optional(e) : 0) |
                                                           (e->is_recursive ? STEP_RECURSIVE : 0) });
        }
        return r;
}

static int take_from_root(struct composing *c) {
        int r = 0;

        for (size_t i = 0; i < c->entries->count && r >= 0; i++) {
                const struct mount_entry *e = &c->entries->items[i];

                if (!is_restored(c, e))
                        continue;
                c->slots[i] = new_slot(c);
                r = add(c, (struct mount_step){ .op = MOUNT_OP_TAKE_INSIDE,
                                                .path = e->path,
                                                .slot = c->slots[i],
                                                .options = optional(e) | STEP_RECURSIVE });
        }
        return r;
}

/* ---- mount points ---------------------------------------------------------------------------------------------- */

/* One directory or file; the directory it is in exists. */
static int make_one(struct composing *c, const char *path, enum mount_op op) {
        const char *name = strrchr(path, '/') + 1;
        owned_str directory = strndup(path, (size_t)(name - path));
        int r = directory ? add(c, (struct mount_step){ .op = MOUNT_OP_ENTER, .path = directory, .what = path })
                          : -ENOMEM;

        return r < 0 ? r
                     : add(c, (struct mount_step){ .op = op,
                                                   .text = name,
                                                   .what = path,
                                                   .mode = op == MOUNT_OP_MAKE_FILE ? 0644 : 0755 });
}

/* With all directories on the way from `from` (inside the root). */
static int make_mount_point(struct composing *c, const struct mount_entry *e, const char *from) {
        owned_str path = strdup(e->path);
        char *at;
        int r = 0;

        if (!path)
                return -ENOMEM;
        at = path + (text_equal(from, "/") ? 0 : strlen(from));
        while (r >= 0 && (at = strchr(at + 1, '/'))) {
                *at = '\0';
                r = make_one(c, path, MOUNT_OP_MAKE_DIRECTORY);
                *at = '/';
        }
        return r < 0 ? r : make_one(c, path, e->is_directory ? MOUNT_OP_MAKE_DIRECTORY : MOUNT_OP_MAKE_FILE);
}

/* For the trees that come directly into this region (index, or -1: the original). */
static int make_mount_points(struct composing *c, int region) {
        const char *from = region < 0 ? "/" : c->entries->items[region].path;
        int r = 0;

        for (size_t i = 0; i < c->entries->count && r >= 0; i++) {
                const struct mount_entry *e = &c->entries->items[i];

                if (e->region == region && !e->exists && e->tree != TREE_SAME && e->tree != TREE_INACCESSIBLE &&
                    !text_equal(e->path, "/") && !is_needless(c, e))
                        r = make_mount_point(c, e, from);
        }
        return r;
}

/* ---- mounting -------------------------------------------------------------------------------------------------- */

static int put(struct composing *c, const struct mount_entry *e, int slot) {
        return add(c, (struct mount_step){ .op = MOUNT_OP_PUT, .path = e->path, .slot = slot, .options = optional(e) });
}

static int set_attributes(struct composing *c, const struct mount_entry *e, int slot, unsigned set, unsigned clear) {
        bool is_recursive = e->tree == TREE_BIND || e->tree == TREE_SAME || e->tree == TREE_INACCESSIBLE;

        if (set == 0 && clear == 0)
                return 0;
        return add(c, (struct mount_step){ .op = MOUNT_OP_ATTRIBUTES,
                                           .path = e->path,
                                           .slot = slot,
                                           .set = kernel_attributes(set),
                                           .clear = kernel_attributes(clear),
                                           .options = optional(e) | (is_recursive ? STEP_RECURSIVE : 0) });
}

static int mount_same(struct composing *c, const struct mount_entry *e, int slot) {
        unsigned above = inherited(c, e);
        int r;

        if (slot == 0)
                return set_attributes(c, e, 0, e->effective & ~above, above & ~e->effective);
        r = put(c, e, slot); /* as it was: only what is effective here is to be set */
        return r < 0 ? r : set_attributes(c, e, slot, e->effective, 0);
}

static int mount_filesystem(struct composing *c, const struct mount_entry *e, const char *type) {
        return add(c, (struct mount_step){ .op = MOUNT_OP_FILESYSTEM,
                                           .path = e->path,
                                           .source = type,
                                           .flags = e->flags,
                                           .text = e->options,
                                           .options = optional(e) });
}

static int make_node(struct composing *c, const char *name, dev_t device) {
        return add(c, (struct mount_step){ .op = MOUNT_OP_MAKE_NODE,
                                           .text = name,
                                           .what = name,
                                           .mode = S_IFCHR | 0666,
                                           .device = device });
}

/* /dev/ptmx as the host has it: a link into its devpts, or a node. A node that is bound finds no devpts beside it. */
static int make_ptmx(struct composing *c) {
        struct stat s;

        if (c->around->can_make_nodes && lstat("/dev/ptmx", &s) == 0 && S_ISCHR(s.st_mode))
                return make_node(c, "ptmx", makedev(5, 2));
        return add(c, (struct mount_step){ .op = MOUNT_OP_MAKE_LINK, .text = "ptmx", .source = "pts/ptmx" });
}

static int make_log_link(struct composing *c) {
        char target[256];
        ssize_t n = readlink("/dev/log", target, sizeof(target) - 1);

        if (n <= 0)
                return 0;
        target[n] = '\0';
        return add(c, (struct mount_step){ .op = MOUNT_OP_MAKE_LINK, .text = "log", .source = target });
}

static int make_devices(struct composing *c, const struct device_binds *binds) {
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(device_nodes) && r >= 0 && c->around->can_make_nodes; i++)
                r = make_node(c, device_nodes[i].name, makedev(device_nodes[i].major, device_nodes[i].minor));
        for (size_t i = 0; i < ARRAY_LEN(device_links) && r >= 0; i++)
                r = add(c, (struct mount_step){ .op = MOUNT_OP_MAKE_LINK,
                                                .text = device_links[i].name,
                                                .source = device_links[i].target });
        if (r >= 0)
                r = make_ptmx(c);
        if (r >= 0)
                r = make_log_link(c);
        for (size_t i = 0; i < binds->count && r >= 0; i++)
                r = add(c, (struct mount_step){ .op = binds->items[i].is_directory ? MOUNT_OP_MAKE_DIRECTORY
                                                                                   : MOUNT_OP_MAKE_FILE,
                                                .text = binds->items[i].name,
                                                .mode = binds->items[i].is_directory ? 0755 : 0644 });
        return r;
}

static int mount_devices(struct composing *c, const struct mount_entry *e, const struct device_binds *binds) {
        int r = mount_filesystem(c, e, "tmpfs");

        if (r >= 0)
                r = add(c, (struct mount_step){ .op = MOUNT_OP_ENTER, .path = e->path });
        if (r >= 0)
                r = make_devices(c, binds);
        for (size_t i = 0; i < binds->count && r >= 0; i++) {
                owned_str path = text_printf("%s/%s", e->path, binds->items[i].name);

                r = !path ? -ENOMEM
                          : add(c,
                                (struct mount_step){ .op = MOUNT_OP_PUT, .path = path, .slot = binds->items[i].slot });
        }
        return r;
}

static int mount_tree_of(struct composing *c, size_t i, const struct device_binds *binds) {
        const struct mount_entry *e = &c->entries->items[i];

        switch (e->tree) {
        case TREE_INACCESSIBLE:
        case TREE_BIND:
                return put(c, e, c->slots[i]);
        case TREE_DEVICES:
                return mount_devices(c, e, binds);
        case TREE_PROC:
                return mount_filesystem(c, e, "proc");
        case TREE_MQUEUE:
                return mount_filesystem(c, e, "mqueue");
        case TREE_TMPFS:
                return text_equal(e->path, "/") ? 0 : mount_filesystem(c, e, "tmpfs"); /* add_root() did */
        case TREE_SAME:
                break;
        }
        return 0;
}

static int mount_entry(struct composing *c, size_t i, const struct device_binds *binds) {
        const struct mount_entry *e = &c->entries->items[i];
        int r;

        if (is_needless(c, e))
                return 0;
        if (e->tree == TREE_SAME)
                return mount_same(c, e, c->slots[i]);
        r = mount_tree_of(c, i, binds);
        if (r >= 0)
                r = make_mount_points(c, (int)i);
        if (r < 0 || e->tree == TREE_INACCESSIBLE)
                return r;
        return set_attributes(c, e, e->tree == TREE_BIND ? c->slots[i] : 0, e->set, 0);
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static const struct mount_entry *root_entry(const struct composing *c) {
        const struct mount_entry *first = c->entries->count > 0 ? &c->entries->items[0] : NULL;

        return first && text_equal(first->path, "/") && first->tree != TREE_SAME ? first : NULL;
}

/* A new root is put together where it is, or over the directory that is inaccessible anyway. */
static int add_root(struct composing *c) {
        const struct mount_entry *e = root_entry(c);

        if (e && e->tree != TREE_TMPFS)
                return -EINVAL;
        if (e)
                return add(c, (struct mount_step){ .op = MOUNT_OP_ROOT_TMPFS,
                                                   .path = c->around->inaccessible_directory,
                                                   .what = "/",
                                                   .flags = e->flags,
                                                   .text = e->options });
        return add(c, (struct mount_step){ .op = *c->root ? MOUNT_OP_ROOT_BIND : MOUNT_OP_ROOT,
                                           .path = *c->root ? c->root : "/" });
}

static bool has_devices(const struct mount_entries *entries) {
        for (size_t i = 0; i < entries->count; i++)
                if (entries->items[i].tree == TREE_DEVICES)
                        return true;
        return false;
}

static int compose(struct composing *c) {
        struct device_binds binds = { .count = 0 };
        int r = add(c, (struct mount_step){ .op = MOUNT_OP_UNSHARE, .flags = CLONE_NEWNS, .what = "mount namespace" });

        if (r >= 0)
                r = add(c, (struct mount_step){ .op = MOUNT_OP_PROPAGATION, .flags = MS_SLAVE, .what = "/" });
        if (r >= 0)
                r = take_from_host(c);
        if (r >= 0 && has_devices(c->entries))
                r = take_devices(c, &binds);
        if (r >= 0)
                r = add_root(c);
        if (r >= 0)
                r = take_from_root(c);
        if (r >= 0 && !root_entry(c))
                r = make_mount_points(c, -1);
        for (size_t i = 0; i < c->entries->count && r >= 0; i++)
                r = mount_entry(c, i, &binds);
        if (r >= 0 && (*c->root || root_entry(c)))
                r = add(c, (struct mount_step){ .op = MOUNT_OP_PIVOT, .what = *c->root ? c->root : "/" });
        if (r >= 0)
                r = add(c, (struct mount_step){ .op = MOUNT_OP_PROPAGATION,
                                                .what = "/",
                                                .flags = c->around->propagation ? c->around->propagation : MS_SHARED });
        return r;
}

int mount_plan_add_entries(struct mount_plan *plan, const struct mount_entries *entries, const char *root,
                           const struct mount_surroundings *surroundings) {
        owned_mem int *slots = calloc(entries->count + 1, sizeof(*slots));
        struct composing c = { .plan = plan, .entries = entries, .root = root, .around = surroundings, .slots = slots };

        return slots ? compose(&c) : -ENOMEM;
}
