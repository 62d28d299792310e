/* SPDX-License-Identifier: MIT */
/* pack-kinds: what each kind of field holds besides its own bytes, for pack.h. The counterparts of release_K(), and called as
 * they are: settings is the struct that the field is in. */
#include "kinds.h"
#include "pack.h"

/* Where a member of the array's item i is. */
#define ITEM_AT(begin, i, type, member) ((begin) + (i) * sizeof(type) + offsetof(type, member))

void pack_text(struct packer *p, const void *settings UNUSED, const void *field) {
        packer_text(p, packer_place(p, field));
}

void pack_strv(struct packer *p, const void *settings UNUSED, const void *field) {
        packer_strv(p, packer_place(p, field));
}

void pack_conditions(struct packer *p, const void *settings UNUSED, const void *field) {
        const struct conditions *c = field;
        size_t begin = packer_array(p, packer_place(p, &c->items), c->count * sizeof *c->items);

        for (size_t i = 0; begin && i < c->count; i++)
                packer_text(p, ITEM_AT(begin, i, struct condition, parameter));
}

void pack_commands(struct packer *p, const void *settings UNUSED, const void *field) {
        const struct exec_commands *c = field;
        size_t begin = packer_array(p, packer_place(p, &c->items), c->count * sizeof *c->items);

        for (size_t i = 0; begin && i < c->count; i++) {
                packer_text(p, ITEM_AT(begin, i, struct exec_command, path));
                packer_strv(p, ITEM_AT(begin, i, struct exec_command, argv));
        }
}

void pack_environment_files(struct packer *p, const void *settings, const void *field) {
        const struct exec_settings *e = settings;
        size_t begin =
                packer_array(p, packer_place(p, field), e->environment_file_count * sizeof *e->environment_files);

        for (size_t i = 0; begin && i < e->environment_file_count; i++)
                packer_text(p, ITEM_AT(begin, i, struct environment_file, path));
}

void pack_directory(struct packer *p, const void *settings UNUSED, const void *field) {
        const struct exec_directory *d = field;

        packer_strv(p, packer_place(p, &d->paths));
}

void pack_input(struct packer *p, const void *settings, const void *field UNUSED) {
        const struct exec_settings *e = settings;

        packer_text(p, packer_place(p, &e->input_path));
}

void pack_input_data(struct packer *p, const void *settings, const void *field) {
        const struct exec_settings *e = settings;

        (void)packer_array(p, packer_place(p, field), e->input_data_length + 1);
}

void pack_output(struct packer *p, const void *settings, const void *field) {
        const struct exec_settings *e = settings;

        packer_text(p, packer_place(p, field == &e->error ? &e->error_path : &e->output_path));
}

void pack_bind_mounts(struct packer *p, const void *settings, const void *field) {
        const struct exec_settings *e = settings;
        size_t begin = packer_array(p, packer_place(p, field), e->bind_mount_count * sizeof *e->bind_mounts);

        for (size_t i = 0; begin && i < e->bind_mount_count; i++) {
                packer_text(p, ITEM_AT(begin, i, struct bind_mount, source));
                packer_text(p, ITEM_AT(begin, i, struct bind_mount, destination));
        }
}

void pack_tmpfs_mounts(struct packer *p, const void *settings, const void *field) {
        const struct exec_settings *e = settings;
        size_t begin = packer_array(p, packer_place(p, field), e->tmpfs_mount_count * sizeof *e->tmpfs_mounts);

        for (size_t i = 0; begin && i < e->tmpfs_mount_count; i++) {
                packer_text(p, ITEM_AT(begin, i, struct tmpfs_mount, path));
                packer_text(p, ITEM_AT(begin, i, struct tmpfs_mount, options));
        }
}

void pack_syscalls(struct packer *p, const void *settings UNUSED, const void *field) {
        const struct syscall_rules *rules = field;
        size_t begin = packer_array(p, packer_place(p, &rules->items), rules->count * sizeof *rules->items);

        for (size_t i = 0; begin && i < rules->count; i++)
                packer_text(p, ITEM_AT(begin, i, struct syscall_rule, text));
}

void pack_delegate(struct packer *p, const void *settings, const void *field UNUSED) {
        const struct cgroup_settings *c = settings;

        packer_strv(p, packer_place(p, &c->delegate_controllers));
}

void pack_io_devices(struct packer *p, const void *settings, const void *field) {
        const struct cgroup_settings *c = settings;
        size_t begin = packer_array(p, packer_place(p, field), c->io_device_count * sizeof *c->io_devices);

        for (size_t i = 0; begin && i < c->io_device_count; i++)
                packer_text(p, ITEM_AT(begin, i, struct io_device_limit, path));
}

void pack_device_allow(struct packer *p, const void *settings, const void *field) {
        const struct cgroup_settings *c = settings;
        size_t begin = packer_array(p, packer_place(p, field), c->device_allow_count * sizeof *c->device_allow);

        for (size_t i = 0; begin && i < c->device_allow_count; i++)
                packer_text(p, ITEM_AT(begin, i, struct device_allow, path));
}
