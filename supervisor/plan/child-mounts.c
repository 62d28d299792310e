/* SPDX-License-Identifier: MIT */
/* child-mounts: one function per operation, a table of them, and the loop. See the header for what is promised.
 *
 * Paths inside the new root are opened with openat2(RESOLVE_IN_ROOT), so that a symbolic link in there, whoever
 * wrote it, never leads to a mount outside of it; where the root stays the same there is no outside. Trees are moved by fd (move_mount(2)): nothing depends on /proc
 * being there.
 */
#include "child-mounts.h"

#include "child-call.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* <sys/mount.h> and <linux/mount.h> do not go together everywhere; these are ABI. */
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

struct child_view {
        const struct mount_plan *plan;
        int root_fd; /* of the root that is being put together; -1: none yet */
        bool stays; /* it is "/": no path leads out of it, and each may be given to the kernel as it is */
};

static int *slot_of(const struct child_view *view, const struct mount_step *step) {
        return step->slot == NO_SLOT ? NULL : &view->plan->slots[step->slot];
}

/* A path inside the root, as an O_PATH fd. */
static int open_inside(const struct child_view *view, const char *path, uint64_t flags) {
        struct open_how how = { .flags = O_PATH | O_CLOEXEC | flags, .resolve = RESOLVE_IN_ROOT };

        while (*path == '/')
                path++;
        return CHILD_CALL(SYS_openat2, view->root_fd, *path ? path : ".", &how, sizeof(how));
}

static void shut(int fd) {
        if (fd >= 0)
                (void)syscall(SYS_close, fd);
}

static int op_join(struct child_view *view, const struct mount_step *step) {
        (void)view;
        return CHILD_CALL(SYS_setns, step->fd, step->flags);
}

static int op_unshare(struct child_view *view, const struct mount_step *step) {
        (void)view;
        return CHILD_CALL(SYS_unshare, step->flags);
}

static int op_propagation(struct child_view *view, const struct mount_step *step) {
        (void)view;
        return CHILD_CALL(SYS_mount, NULL, "/", NULL, step->flags | MS_REC, NULL);
}

static int copy_tree(int dir_fd, const char *path, unsigned options, unsigned more) {
        unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | more | (*path ? 0 : AT_EMPTY_PATH) |
                         (options & STEP_RECURSIVE ? AT_RECURSIVE : 0);

        return CHILD_CALL(SYS_open_tree, dir_fd, path, flags);
}

static int fill_slot(struct child_view *view, const struct mount_step *step, int fd) {
        if (fd < 0)
                return fd;
        *slot_of(view, step) = fd;
        return 0;
}

static int op_take(struct child_view *view, const struct mount_step *step) {
        return fill_slot(view, step, copy_tree(AT_FDCWD, step->path, step->options, 0));
}

static int op_take_inside(struct child_view *view, const struct mount_step *step) {
        int at_fd, fd;

        if (view->stays)
                return fill_slot(view, step, copy_tree(AT_FDCWD, step->path, step->options, AT_NO_AUTOMOUNT));
        at_fd = open_inside(view, step->path, 0);
        fd = at_fd < 0 ? at_fd : copy_tree(at_fd, "", step->options, 0);
        shut(at_fd);
        return fill_slot(view, step, fd);
}

static int attach(int tree_fd, int at_fd) {
        return CHILD_CALL(SYS_move_mount, tree_fd, "", at_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int op_root(struct child_view *view, const struct mount_step *step) {
        int fd = CHILD_CALL(SYS_openat, AT_FDCWD, step->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return fd;
        view->root_fd = fd;
        view->stays = step->path[0] == '/' && !step->path[1];
        return 0;
}

static int op_root_bind(struct child_view *view, const struct mount_step *step) {
        int at_fd = CHILD_CALL(SYS_openat, AT_FDCWD, step->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        int fd = at_fd < 0 ? at_fd : copy_tree(at_fd, "", STEP_RECURSIVE, 0);
        int r = fd < 0 ? fd : attach(fd, at_fd);

        shut(at_fd);
        view->root_fd = fd;
        return r;
}

static int op_root_tmpfs(struct child_view *view, const struct mount_step *step) {
        int r = CHILD_CALL(SYS_mount, "tmpfs", step->path, "tmpfs", step->flags, step->text);

        return r < 0 ? r : op_root(view, step);
}

static int op_enter(struct child_view *view, const struct mount_step *step) {
        int fd = open_inside(view, step->path, O_DIRECTORY);
        int r = fd < 0 ? fd : CHILD_CALL(SYS_fchdir, fd);

        shut(fd);
        return r;
}

static int unless_there(int r) {
        return r == -EEXIST ? 0 : r;
}

static int op_make_directory(struct child_view *view, const struct mount_step *step) {
        (void)view;
        return unless_there(CHILD_CALL(SYS_mkdirat, AT_FDCWD, step->text, step->mode));
}

static int op_make_file(struct child_view *view, const struct mount_step *step) {
        (void)view;
        return unless_there(CHILD_CALL(SYS_mknodat, AT_FDCWD, step->text, step->mode | S_IFREG, 0));
}

static int op_make_node(struct child_view *view, const struct mount_step *step) {
        (void)view;
        return unless_there(CHILD_CALL(SYS_mknodat, AT_FDCWD, step->text, step->mode, step->device));
}

static int op_make_link(struct child_view *view, const struct mount_step *step) {
        (void)view;
        return unless_there(CHILD_CALL(SYS_symlinkat, step->source, AT_FDCWD, step->text));
}

static int op_put(struct child_view *view, const struct mount_step *step) {
        int fd, r;

        if (view->stays)
                return CHILD_CALL(SYS_move_mount, *slot_of(view, step), "", AT_FDCWD, step->path,
                                  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS);
        fd = open_inside(view, step->path, 0);
        r = fd < 0 ? fd : attach(*slot_of(view, step), fd);
        shut(fd);
        return r;
}

/* mount(2) on ".": it takes any file system in one call, and no path that somebody could change under us. */
static int op_filesystem(struct child_view *view, const struct mount_step *step) {
        int r = op_enter(view, step);

        return r < 0 ? r : CHILD_CALL(SYS_mount, step->source, ".", step->source, step->flags, step->text);
}

static int set_attributes(int fd, const char *path, const struct mount_step *step) {
        struct mount_attr attributes = { .attr_set = step->set, .attr_clr = step->clear };
        unsigned flags =
                (*path ? AT_NO_AUTOMOUNT : AT_EMPTY_PATH) | (step->options & STEP_RECURSIVE ? AT_RECURSIVE : 0);

        return CHILD_CALL(SYS_mount_setattr, fd, path, flags, &attributes, sizeof(attributes));
}

/* Attributes belong to mounts: what is not one yet (EINVAL) is first bound on itself. */
static int op_attributes(struct child_view *view, const struct mount_step *step) {
        const int *slot = slot_of(view, step);
        int at_fd, tree_fd = -1, r;

        if (slot)
                return set_attributes(*slot, "", step);
        if (view->stays && set_attributes(AT_FDCWD, step->path, step) >= 0)
                return 0;
        at_fd = open_inside(view, step->path, 0);
        if (at_fd < 0)
                return at_fd;
        r = set_attributes(at_fd, "", step);
        if (r == -EINVAL) {
                r = tree_fd = copy_tree(at_fd, "", STEP_RECURSIVE, 0);
                if (r >= 0)
                        r = set_attributes(tree_fd, "", step);
                if (r >= 0)
                        r = attach(tree_fd, at_fd);
        }
        shut(tree_fd);
        shut(at_fd);
        return r;
}

/* pivot_root(2) leaves the old root below the new one, from where it is taken away; it refuses when the old root is the
 * initramfs, which can only be covered. */
static int op_pivot(struct child_view *view, const struct mount_step *step) {
        int r = CHILD_CALL(SYS_fchdir, view->root_fd);

        (void)step;
        if (r < 0)
                return r;
        r = CHILD_CALL(SYS_pivot_root, ".", ".");
        if (r == 0)
                return CHILD_CALL(SYS_umount2, ".", MNT_DETACH);
        if (r != -EINVAL)
                return r;
        r = CHILD_CALL(SYS_mount, ".", "/", NULL, MS_MOVE, NULL);
        return r < 0 ? r : CHILD_CALL(SYS_chroot, ".");
}

static int op_chroot(struct child_view *view, const struct mount_step *step) {
        (void)view;
        return CHILD_CALL(SYS_chroot, step->path);
}

/* /proc/self is this process only as long as it is opened by it: child_user_namespace() has a helper write there. */
static int op_process(struct child_view *view, const struct mount_step *step) {
        int fd = CHILD_CALL(SYS_openat, AT_FDCWD, "/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return fd;
        *slot_of(view, step) = fd;
        return 0;
}

typedef int (*operation)(struct child_view *view, const struct mount_step *step);

static const operation operations[MOUNT_OP_COUNT_] = {
        [MOUNT_OP_JOIN] = op_join,
        [MOUNT_OP_UNSHARE] = op_unshare,
        [MOUNT_OP_PROPAGATION] = op_propagation,
        [MOUNT_OP_TAKE] = op_take,
        [MOUNT_OP_TAKE_INSIDE] = op_take_inside,
        [MOUNT_OP_ROOT] = op_root,
        [MOUNT_OP_ROOT_BIND] = op_root_bind,
        [MOUNT_OP_ROOT_TMPFS] = op_root_tmpfs,
        [MOUNT_OP_ENTER] = op_enter,
        [MOUNT_OP_MAKE_DIRECTORY] = op_make_directory,
        [MOUNT_OP_MAKE_FILE] = op_make_file,
        [MOUNT_OP_MAKE_NODE] = op_make_node,
        [MOUNT_OP_MAKE_LINK] = op_make_link,
        [MOUNT_OP_PUT] = op_put,
        [MOUNT_OP_FILESYSTEM] = op_filesystem,
        [MOUNT_OP_ATTRIBUTES] = op_attributes,
        [MOUNT_OP_PIVOT] = op_pivot,
        [MOUNT_OP_CHROOT] = op_chroot,
        [MOUNT_OP_PROCESS] = op_process,
};

static bool fills_slot(enum mount_op op) {
        return op == MOUNT_OP_TAKE || op == MOUNT_OP_TAKE_INSIDE || op == MOUNT_OP_PROCESS;
}

static int carry_out(struct child_view *view, const struct mount_step *step) {
        const int *slot = slot_of(view, step);
        int r;

        if (slot && *slot < 0 && !fills_slot(step->op)) /* what should be here was optional, and is missing */
                return 0;
        r = operations[step->op](view, step);
        if ((r == -ENOENT || r == -ENOTDIR) && step->options & STEP_OPTIONAL)
                return 0;
        return r;
}

int child_mounts(const struct mount_plan *plan, struct child_mounts_failure *failure) {
        struct child_view view = { .plan = plan, .root_fd = -1 };
        mode_t mask;
        int r = 0;

        if (!plan)
                return 0;
        mask = (mode_t)syscall(SYS_umask, 0);
        for (size_t i = 0; i < plan->slot_count; i++)
                plan->slots[i] = -1;
        for (size_t i = 0; i < plan->count && r >= 0; i++) {
                r = carry_out(&view, &plan->steps[i]);
                if (r < 0) {
                        failure->exit_status = plan->steps[i].exit_status;
                        failure->what = plan->steps[i].what;
                }
        }
        for (size_t i = 0; i < plan->slot_count; i++)
                if ((int)i != plan->process_slot)
                        shut(plan->slots[i]);
        shut(view.root_fd);
        (void)syscall(SYS_umask, mask);
        if (r < 0)
                return r;
        return CHILD_CALL(SYS_chdir, "/");
}

/* ---- the user namespace ---------------------------------------------------------------------------------------- */

static int write_below(int proc_fd, const char *name, const char *text, size_t length) {
        int fd = CHILD_CALL(SYS_openat, proc_fd, name, O_WRONLY | O_CLOEXEC);
        int r = fd < 0 ? fd : CHILD_CALL(SYS_write, fd, text, length);

        shut(fd);
        return r < 0 ? r : 0;
}

/* The helper stays in the old namespace, where it may map more than one user. It waits until the pipe says that the new
 * one is there. setgroups is forbidden first: user_namespaces(7). */
static int map_users(const struct mount_plan *plan, int ready_fd, int proc_fd) {
        char byte;
        int r = CHILD_CALL(SYS_read, ready_fd, &byte, 1);

        if (r != 1)
                return r < 0 ? r : -ECANCELED;
        r = write_below(proc_fd, "setgroups", "deny", 4);
        if (r >= 0 || r == -ENOENT)
                r = write_below(proc_fd, "gid_map", plan->gid_map, plan->gid_map_length);
        return r < 0 ? r : write_below(proc_fd, "uid_map", plan->uid_map, plan->uid_map_length);
}

static int unshare_users(const struct mount_plan *plan, int proc_fd) {
        struct clone_args how = { .exit_signal = 0 };
        int ready[2], status = 0, r, helper;

        r = CHILD_CALL(SYS_pipe2, ready, O_CLOEXEC);
        if (r < 0)
                return r;
        helper = CHILD_CALL(SYS_clone3, &how, sizeof(how));
        if (helper == 0) {
                shut(ready[1]);
                r = map_users(plan, ready[0], proc_fd);
                (void)syscall(SYS_exit_group, r < 0 ? -r & 0xff : 0);
        }
        shut(ready[0]);
        r = helper < 0 ? helper : CHILD_CALL(SYS_unshare, CLONE_NEWUSER);
        if (r >= 0)
                r = CHILD_CALL(SYS_write, ready[1], "", 1);
        shut(ready[1]);
        if (helper > 0 && CHILD_CALL(SYS_wait4, helper, &status, __WALL, NULL) == helper && r >= 0 && status != 0)
                r = status & 0x7f ? -ECANCELED : -(status >> 8 & 0xff);
        return r < 0 ? r : 0;
}

int child_user_namespace(const struct mount_plan *plan) {
        int proc_fd, r;

        if (!plan || plan->process_slot == NO_SLOT)
                return 0;
        proc_fd = plan->slots[plan->process_slot];
        r = unshare_users(plan, proc_fd);
        shut(proc_fd);
        return r;
}
