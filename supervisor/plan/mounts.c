/* SPDX-License-Identifier: MIT */
/* mounts: which of a unit's wishes this place can fulfil, and the plan for those. See mounts.h. */
#include "mounts.h"

#include "base/sys.h"
#include "base/text.h"
#include "mount-steps.h"
#include "plan-private.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

/* From how many steps on a fork costs the supervisor less than waiting for them: about 5 µs each, and a long tail when
 * other mount namespaces are made or end at the same time. */
#define LONG_PLAN_STEPS 32

struct building {
        const struct plan_request *request;
        const struct exec_settings *settings;
        const struct resolved_credentials *credentials;
        struct exec_failure *failure;
        struct mount_plan *plan;
        bool is_sandboxed; /* else: full privileges, only the root */
        char *root; /* real path of RootDirectory=, "" without */
        char *tmp, *var_tmp, *inaccessible_directory, *inaccessible_file;
};

void mount_plan_free(struct mount_plan *plan) {
        if (!plan)
                return;
        free(plan->steps);
        free(plan->slots);
        strv_free(plan->strings);
        close_fd(&plan->network_fd);
        close_fd(&plan->ipc_fd);
        free(plan->uid_map);
        free(plan->gid_map);
        free(plan);
}

bool mount_plan_is_long(const struct mount_plan *plan) {
        return plan && (plan->process_slot != NO_SLOT || plan->count >= LONG_PLAN_STEPS);
}

/* ---- what cannot be had ---------------------------------------------------------------------------------------- */

/* Asked only by who wants it: the first question costs a process. */
static bool can(enum mount_ability ability) {
        return mount_abilities() & ability;
}

static int set_unavailable(struct building *b, const char *key, const char *why) {
        static const char *const sections[UNIT_TYPE_COUNT_] = {
                [UNIT_SERVICE] = "Service",
                [UNIT_SOCKET] = "Socket",
                [UNIT_MOUNT] = "Mount",
                [UNIT_SWAP] = "Swap",
        };
        enum unit_type type = b->request->unit->type;
        const char *section = (unsigned)type < UNIT_TYPE_COUNT_ && sections[type] ? sections[type] : "Service";
        owned_str full = text_printf("%s.%s", section, key);

        return full ? unit_set_outcome(b->request->unit, full, OUTCOME_UNAVAILABLE, why) : -ENOMEM;
}

/* Every directive that wants a mount namespace. A field that is not all zeros asks for it. */
#define DIRECTIVE(key, field) \
        { key, offsetof(struct exec_settings, field), sizeof(MEMBER_TYPE(struct exec_settings, field)) }
static const struct {
        const char *key;
        size_t offset, size;
} mount_directives[] = {
        DIRECTIVE("PrivateTmp", private_tmp),
        DIRECTIVE("PrivateDevices", private_devices),
        DIRECTIVE("MountAPIVFS", mount_api_vfs),
        DIRECTIVE("MountFlags", mount_flags),
        DIRECTIVE("ProtectSystem", protect_system),
        DIRECTIVE("ProtectHome", protect_home),
        DIRECTIVE("ProtectProc", protect_proc),
        DIRECTIVE("ProcSubset", proc_subset),
        DIRECTIVE("ProtectKernelTunables", protect_kernel_tunables),
        DIRECTIVE("ProtectKernelModules", protect_kernel_modules),
        DIRECTIVE("ProtectKernelLogs", protect_kernel_logs),
        DIRECTIVE("ProtectControlGroups", protect_control_groups),
        DIRECTIVE("ReadWritePaths", paths[PATHS_READ_WRITE]),
        DIRECTIVE("ReadOnlyPaths", paths[PATHS_READ_ONLY]),
        DIRECTIVE("InaccessiblePaths", paths[PATHS_INACCESSIBLE]),
        DIRECTIVE("ExecPaths", paths[PATHS_EXEC]),
        DIRECTIVE("NoExecPaths", paths[PATHS_NO_EXEC]),
        DIRECTIVE("BindPaths", bind_mount_count),
        DIRECTIVE("BindReadOnlyPaths", bind_mount_count),
        DIRECTIVE("TemporaryFileSystem", tmpfs_mount_count),
};

static bool asks_for(const struct exec_settings *e, size_t i) {
        const char *field = (const char *)e + mount_directives[i].offset;

        for (size_t at = 0; at < mount_directives[i].size; at++)
                if (field[at])
                        return true;
        return false;
}

static int set_mounts_unavailable(struct building *b) {
        static const char why[] = "no permission to make mount namespaces";
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(mount_directives) && r >= 0; i++)
                if (asks_for(b->settings, i))
                        r = set_unavailable(b, mount_directives[i].key, why);
        if (r >= 0 && b->settings->private_mounts == TRISTATE_YES)
                r = set_unavailable(b, "PrivateMounts", why);
        return r;
}

/* ---- namespaces ------------------------------------------------------------------------------------------------ */

static bool is_refusal(int error) {
        return error == -EPERM || error == -EACCES || error == -ENOSYS || error == -EINVAL || error == -ENOSPC;
}

static int join(struct building *b, int fd, int flag, const char *what, int exit_status) {
        return mount_plan_add(b->plan, (struct mount_step){ .op = MOUNT_OP_JOIN,
                                                            .slot = NO_SLOT,
                                                            .fd = fd,
                                                            .flags = (unsigned long)flag,
                                                            .what = what,
                                                            .exit_status = exit_status });
}

/* The namespace at path, or the runtime's own when that is asked for; either may not be. */
struct namespace_wish {
        const char *directive, *path;
        bool is_private;
        int flag, exit_status;
        int (*make)(struct exec_runtime *r);
        int *path_fd, *runtime_fd;
};

static int add_namespace(struct building *b, const struct namespace_wish *wish) {
        int r;

        if (wish->path) {
                r = *wish->path_fd = sys_openat(AT_FDCWD, wish->path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
                if (r < 0)
                        return exec_fail(b->failure, wish->exit_status, r, "%s", wish->path);
                return join(b, *wish->path_fd, wish->flag, wish->path, wish->exit_status);
        }
        if (!wish->is_private || !b->request->runtime)
                return 0;
        r = wish->make(b->request->runtime);
        if (is_refusal(r))
                return set_unavailable(b, wish->directive, "no permission to make such a namespace");
        if (r < 0)
                return exec_fail(b->failure, wish->exit_status, r, "%s", wish->directive);
        return join(b, *wish->runtime_fd, wish->flag, wish->directive, wish->exit_status);
}

static int add_shared_namespaces(struct building *b) {
        const struct exec_settings *e = b->settings;
        struct exec_runtime *runtime = b->request->runtime;
        struct namespace_wish wishes[] = {
                { "PrivateNetwork", e->network_namespace_path, e->private_network, CLONE_NEWNET, EXIT_STATUS_NETWORK,
                  exec_runtime_make_network, &b->plan->network_fd, runtime ? &runtime->network_namespace_fd : NULL },
                { "PrivateIPC", e->ipc_namespace_path, e->private_ipc, CLONE_NEWIPC, EXIT_STATUS_NAMESPACE,
                  exec_runtime_make_ipc, &b->plan->ipc_fd, runtime ? &runtime->ipc_namespace_fd : NULL },
        };
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(wishes) && r >= 0; i++)
                r = add_namespace(b, &wishes[i]);
        return r;
}

static int add_host_name_namespace(struct building *b) {
        if (!b->settings->protect_hostname)
                return 0;
        if (!can(ABILITY_UTS))
                return set_unavailable(b, "ProtectHostname", "no permission to make UTS namespaces");
        return mount_plan_add(b->plan, (struct mount_step){ .op = MOUNT_OP_UNSHARE,
                                                            .slot = NO_SLOT,
                                                            .flags = CLONE_NEWUTS,
                                                            .what = "ProtectHostname" });
}

/* Root and the unit's own, each to itself. */
static char *identity_map(unsigned id) {
        return id == 0 ? strdup("0 0 1\n") : text_printf("0 0 1\n%u %u 1\n", id, id);
}

static int add_user_namespace(struct building *b) {
        struct mount_plan *plan = b->plan;

        if (!b->settings->private_users)
                return 0;
        if (!can(ABILITY_USERS))
                return set_unavailable(b, "PrivateUsers", "no permission to make user namespaces");
        plan->uid_map = identity_map(b->credentials->uid);
        plan->gid_map = identity_map(b->credentials->gid);
        if (!plan->uid_map || !plan->gid_map)
                return -ENOMEM;
        plan->uid_map_length = strlen(plan->uid_map);
        plan->gid_map_length = strlen(plan->gid_map);
        plan->process_slot = (int)plan->slot_count++;
        return mount_plan_add(plan, (struct mount_step){ .op = MOUNT_OP_PROCESS,
                                                         .slot = plan->process_slot,
                                                         .what = "/proc/self",
                                                         .exit_status = EXIT_STATUS_USER });
}

/* ---- mounts ---------------------------------------------------------------------------------------------------- */

/* What is bound over inaccessible paths: an empty directory and an empty file that nobody may open. */
static int make_inaccessible(struct building *b) {
        const char *base = getenv("KEEL_RUNTIME_DIR");
        owned_str folder = text_printf("%s/inaccessible", base ? base : "/run/keel");
        owned_fd fd = -1, file_fd = -1;
        int r;

        if (!folder)
                return -ENOMEM;
        b->inaccessible_directory = text_printf("%s/dir", folder);
        b->inaccessible_file = text_printf("%s/reg", folder);
        if (!b->inaccessible_directory || !b->inaccessible_file)
                return -ENOMEM;
        fd = sys_openat(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        if (fd == -ENOENT) {
                r = sys_mkdir_parents(folder, 0755);
                if (r < 0)
                        return r;
                fd = sys_openat(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        }
        if (fd < 0)
                return fd;
        r = sys_mkdirat(fd, "dir", 0);
        if (r < 0 && r != -EEXIST)
                return r;
        if (faccessat(fd, "reg", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        file_fd = sys_openat(fd, "reg", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0);
        return file_fd < 0 && file_fd != -EEXIST ? file_fd : 0;
}

static int make_private_tmp(struct building *b) {
        struct exec_runtime *runtime = b->request->runtime;
        int r;

        if (!b->is_sandboxed || !runtime || !mount_wants_private_tmp(b->settings))
                return 0;
        r = exec_runtime_make_tmp(runtime, b->request->unit->name, b->request->invocation_id);
        if (r < 0)
                return exec_fail(b->failure, EXIT_STATUS_NAMESPACE, r, "%s",
                                 runtime->tmp_directory ? "/var/tmp" : "/tmp");
        b->tmp = text_printf("%s/tmp", runtime->tmp_directory);
        b->var_tmp = text_printf("%s/tmp", runtime->var_tmp_directory);
        return b->tmp && b->var_tmp ? 0 : -ENOMEM;
}

static bool mounts_api(const struct building *b) {
        return !text_is_empty(b->root) &&
               (b->settings->mount_api_vfs || !unit_find_assignment(b->request->unit, "Service.MountAPIVFS").key);
}

static bool joins(const struct building *b, int flag) {
        for (size_t i = 0; i < b->plan->count; i++)
                if (b->plan->steps[i].op == MOUNT_OP_JOIN && b->plan->steps[i].flags == (unsigned long)flag)
                        return true;
        return false;
}

static bool sets_proc_options(const struct exec_settings *e) {
        return e->protect_proc != PROTECT_PROC_DEFAULT || e->proc_subset != PROC_SUBSET_ALL;
}

static int check_proc_options(struct building *b) {
        static const char why[] = "no procfs of its own with such options here";
        int r = 0;

        if (!sets_proc_options(b->settings) || can(ABILITY_PROC))
                return 0;
        if (b->settings->protect_proc != PROTECT_PROC_DEFAULT)
                r = set_unavailable(b, "ProtectProc", why);
        if (r >= 0 && b->settings->proc_subset != PROC_SUBSET_ALL)
                r = set_unavailable(b, "ProcSubset", why);
        return r;
}

static bool wants_namespace_anyway(const struct building *b) {
        const struct exec_settings *e = b->settings;

        return !text_is_empty(b->root) || (b->is_sandboxed && (e->private_mounts == TRISTATE_YES ||
                                                               (e->mount_flags != 0 && e->mount_flags != MS_SHARED)));
}

static int collect_entries(struct building *b, struct mount_entries *entries) {
        struct mount_inputs inputs = {
                .settings = b->settings,
                .root = b->root,
                .is_relaxed = !b->is_sandboxed,
                .has_proc_options = sets_proc_options(b->settings) && can(ABILITY_PROC),
                .mounts_api = mounts_api(b),
                .has_ipc_namespace = joins(b, CLONE_NEWIPC),
                .tmp = b->tmp,
                .var_tmp = b->var_tmp,
                .notify_socket = b->request->notify_socket,
        };
        owned_str failed = NULL;
        int r = mount_entries_collect(&inputs, entries, &failed);

        return r < 0 && failed ? exec_fail(b->failure, EXIT_STATUS_NAMESPACE, r, "%s", failed) : r;
}

static bool has_effect(const struct mount_entries *entries) {
        for (size_t i = 0; i < entries->count; i++)
                if (!entries->items[i].is_implied)
                        return true;
        return false;
}

/* Is there something to be hidden, or to be put together where nobody looks? */
static bool needs_inaccessible(const struct mount_entries *entries) {
        for (size_t i = 0; i < entries->count; i++)
                if (entries->items[i].tree == TREE_INACCESSIBLE ||
                    (entries->items[i].tree == TREE_TMPFS && text_equal(entries->items[i].path, "/")))
                        return true;
        return false;
}

static int add_entries(struct building *b, const struct mount_entries *entries) {
        struct mount_surroundings around = {
                .can_make_nodes = can(ABILITY_NODES),
                .propagation = b->is_sandboxed ? b->settings->mount_flags : 0,
        };
        int r = needs_inaccessible(entries) ? make_inaccessible(b) : 0;

        if (r < 0)
                return exec_fail(b->failure, EXIT_STATUS_NAMESPACE, r, "%s", b->inaccessible_directory);
        around.inaccessible_directory = b->inaccessible_directory;
        around.inaccessible_file = b->inaccessible_file;
        return mount_plan_add_entries(b->plan, entries, b->root, &around);
}

/* Without a mount namespace the root can still be changed; what should be mounted in it cannot. */
static int add_without_mounts(struct building *b) {
        int r = b->is_sandboxed ? set_mounts_unavailable(b) : 0;

        if (r < 0 || text_is_empty(b->root))
                return r;
        if (!can(ABILITY_CHROOT))
                return exec_fail(b->failure, EXIT_STATUS_CHROOT, -EPERM, "%s", b->root);
        return mount_plan_add(b->plan, (struct mount_step){ .op = MOUNT_OP_CHROOT,
                                                            .slot = NO_SLOT,
                                                            .path = b->root,
                                                            .exit_status = EXIT_STATUS_CHROOT });
}

/* Does a directive ask for a mount namespace? What others imply is found with the entries. */
static bool asks_for_mounts(const struct building *b) {
        bool asks = wants_namespace_anyway(b) || (b->is_sandboxed && mount_wants_private_tmp(b->settings));

        for (size_t i = 0; i < ARRAY_LEN(mount_directives) && !asks && b->is_sandboxed; i++)
                asks = asks_for(b->settings, i);
        return asks;
}

static int add_mounts(struct building *b) {
        struct mount_entries entries = { 0 };
        int r;

        if (asks_for_mounts(b) && !can(ABILITY_NAMESPACE))
                return add_without_mounts(b);
        r = make_private_tmp(b);
        if (r >= 0)
                r = check_proc_options(b);
        if (r >= 0)
                r = collect_entries(b, &entries);
        if (r >= 0 && (has_effect(&entries) || wants_namespace_anyway(b)))
                r = can(ABILITY_NAMESPACE) ? add_entries(b, &entries) : add_without_mounts(b);
        mount_entries_free(&entries);
        return r;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static int find_root(struct building *b) {
        const char *wanted = plan_applies_root_directory(b->request) ? b->settings->root_directory : NULL;
        char *real;

        if (wanted) {
                real = realpath(wanted, NULL);
                if (!real)
                        return exec_fail(b->failure, EXIT_STATUS_CHROOT, -errno, "%s", wanted);
                if (!text_equal(real, "/")) {
                        b->root = real;
                        return 0;
                }
                free(real);
        }
        b->root = strdup("");
        return b->root ? 0 : -ENOMEM;
}

static int build(struct building *b) {
        static int (*const sandboxing[])(struct building * b) = { add_shared_namespaces, add_host_name_namespace,
                                                                  add_user_namespace };
        int r = find_root(b);

        for (size_t i = 0; i < ARRAY_LEN(sandboxing) && r >= 0 && b->is_sandboxed; i++)
                r = sandboxing[i](b);
        if (r < 0)
                return r;
        r = add_mounts(b);
        if (r < 0)
                return r;
        b->plan->slots = malloc((b->plan->slot_count + 1) * sizeof(int));
        return b->plan->slots ? 0 : -ENOMEM;
}

static void building_end(struct building *b) {
        free(b->root);
        free(b->tmp);
        free(b->var_tmp);
        free(b->inaccessible_directory);
        free(b->inaccessible_file);
}

int mount_plan_build(const struct plan_request *request, const struct resolved_credentials *credentials,
                     struct mount_plan **ret, struct exec_failure *failure) {
        OWNED(mount_plan) struct mount_plan *plan = calloc(1, sizeof(*plan));
        struct building b = {
                .request = request,
                .settings = request->unit->exec,
                .credentials = credentials,
                .failure = failure,
                .plan = plan,
                .is_sandboxed = !plan_has_full_privileges(request),
        };
        int r;

        if (!b.settings) {
                *ret = NULL;
                return 0;
        }
        if (!plan)
                return exec_fail(failure, EXIT_STATUS_NAMESPACE, -ENOMEM, "mounts");
        plan->network_fd = plan->ipc_fd = -1;
        plan->process_slot = NO_SLOT;
        failure->exit_status = 0;
        r = build(&b);
        building_end(&b);
        if (r < 0)
                return failure->exit_status ? r : exec_fail(failure, EXIT_STATUS_NAMESPACE, r, "mount namespace");
        *ret = plan->count > 0 ? take_ptr(plan) : NULL;
        return 0;
}
