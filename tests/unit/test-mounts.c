/* SPDX-License-Identifier: MIT */
/* The planning with made-up settings; then the same settings carried out in a forked child, which looks at its view
 * of the system from inside. The second half wants root and mount namespaces; without them it is counted as skipped. */
#include "plan/directories.h"
#include "plan/mounts.h"
#include "mount-fixture.h"
#include "plan-alone.h"

#include "base/clock.h"

#include <check.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static unsigned abilities, questions;

unsigned mount_abilities(void) {
        questions++;
        return abilities;
}

struct assignment unit_find_assignment(const struct unit *u UNUSED, const char *key UNUSED) {
        return (struct assignment){ 0 };
}

static char outcomes[256];

int unit_set_outcome(struct unit *u UNUSED, const char *key, enum outcome outcome, const char *why) {
        size_t length = strlen(outcomes);

        ck_assert_int_eq(outcome, OUTCOME_UNAVAILABLE);
        (void)snprintf(outcomes + length, sizeof(outcomes) - length, "%s: %s\n", key, why);
        return 0;
}

/* ---- a unit to plan for ---------------------------------------------------------------------------------------- */

static struct service_settings service;
static struct unit unit = { .type = UNIT_SERVICE, .exec = &settings, .service = &service };
static struct exec_command command;
static struct exec_runtime runtime;
static struct plan_request request;
static struct resolved_credentials credentials;
static struct exec_failure failure;

static void setup(void) {
        static char name[] = "test.service";

        make_folder();
        ck_assert_int_eq(setenv("KEEL_RUNTIME_DIR", folder, 1), 0);
        unit.name = name;
        settings.private_mounts = TRISTATE_UNSET;
        exec_runtime_init(&runtime);
        request = (struct plan_request){ .unit = &unit,
                                         .command = &command,
                                         .kind = COMMAND_START,
                                         .runtime = &runtime,
                                         .log_fd = -1,
                                         .socket_fd = -1,
                                         .cgroup_fd = -1 };
        abilities = mount_abilities_probe();
}

static void teardown(void) {
        exec_runtime_destroy(&runtime);
        remove_folder();
}

/* ---- planning -------------------------------------------------------------------------------------------------- */

START_TEST(nothing_is_planned_for_a_unit_that_wants_nothing) {
        struct mount_plan *plan = NULL;

        questions = 0;
        ck_assert_int_eq(mount_plan_build(&request, &credentials, &plan, &failure), 0);
        ck_assert_ptr_null(plan);
        ck_assert_uint_eq(questions, 0); /* each may cost a process */
        ck_assert(!mount_plan_is_long(plan));
}
END_TEST

START_TEST(a_missing_path_is_an_error_unless_it_is_optional) {
        struct mount_plan *plan = NULL;

        list(PATHS_READ_ONLY, "-/no/such/path");
        ck_assert_int_eq(mount_plan_build(&request, &credentials, &plan, &failure), 0);
        ck_assert_ptr_null(plan);
        if (!(abilities & ABILITY_NAMESPACE))
                return;
        list(PATHS_READ_WRITE, "/no/such/other");
        ck_assert_int_eq(mount_plan_build(&request, &credentials, &plan, &failure), -ENOENT);
        ck_assert_int_eq(failure.exit_status, 226);
        ck_assert_int_eq(failure.error, ENOENT);
        ck_assert_str_eq(failure.detail, "/no/such/other");
}
END_TEST

START_TEST(without_mount_namespaces_each_directive_is_recorded_as_unavailable) {
        struct mount_plan *plan = NULL;

        abilities = 0;
        settings.private_tmp = true;
        settings.protect_home = PROTECT_HOME_YES;
        ck_assert_int_eq(mount_plan_build(&request, &credentials, &plan, &failure), 0);
        ck_assert_ptr_null(plan);
        ck_assert_str_eq(outcomes, "Service.PrivateTmp: no permission to make mount namespaces\n"
                                   "Service.ProtectHome: no permission to make mount namespaces\n");
        settings.root_directory = folder;
        ck_assert_int_eq(mount_plan_build(&request, &credentials, &plan, &failure), -EPERM);
        ck_assert_int_eq(failure.exit_status, 210);
        abilities = ABILITY_CHROOT;
        ck_assert_int_eq(mount_plan_build(&request, &credentials, &plan, &failure), 0);
        ck_assert_int_eq(plan->steps[0].op, MOUNT_OP_CHROOT);
        mount_plan_free(plan);
}
END_TEST

/* ---- carrying it out ------------------------------------------------------------------------------------------- */

#define EXPECT(condition) \
        do { \
                if (!(condition)) { \
                        (void)fprintf(stderr, "%s:%d: %s (%m)\n", __func__, __LINE__, #condition); \
                        return 1; \
                } \
        } while (0)

static int carry_out(int (*look)(void)) {
        OWNED(mount_plan) struct mount_plan *plan = NULL;
        struct child_mounts_failure why = { 0 };
        int status = 0, r;
        pid_t pid;

        r = mount_plan_build(&request, &credentials, &plan, &failure);
        ck_assert_msg(r == 0, "%d/%s: %s", failure.exit_status, failure.detail, strerror(failure.error));
        pid = fork();
        if (pid == 0) {
                r = child_mounts(plan, &why);
                if (r < 0)
                        (void)fprintf(stderr, "%d: %s: %s\n", why.exit_status, why.what, strerror(-r));
                if (r >= 0)
                        r = child_user_namespace(plan);
                _exit(r < 0 ? 99 : look());
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int write_error(const char *path) {
        owned_str file = text_printf("%s/keel-test-write", path);
        int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

        if (fd < 0)
                return errno;
        (void)close(fd);
        (void)unlink(file);
        return 0;
}

static int look_strict(void) {
        struct stat s;
        int fd;

        EXPECT(write_error("/etc") == EROFS);
        EXPECT(write_error("/usr") == EROFS);
        EXPECT(write_error("/var/lib") == EROFS);
        EXPECT(write_error("/tmp") == 0);
        EXPECT(write_error("/var/tmp") == 0);
        EXPECT(stat("/tmp", &s) == 0 && (s.st_mode & 07777) == 01777);
        EXPECT(access(folder, F_OK) < 0 && errno == ENOENT);
        EXPECT(write_error("/dev") == EROFS);
        EXPECT(write_error("/dev/shm") == 0);
        fd = open("/dev/null", O_RDWR);
        EXPECT(fd >= 0 && write(fd, "x", 1) == 1);
        fd = open("/dev/urandom", O_RDONLY);
        EXPECT(fd >= 0 && read(fd, &s, 1) == 1);
        EXPECT(open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0);
        EXPECT(access("/dev/kmsg", F_OK) < 0 && errno == ENOENT);
        EXPECT(access("/dev/stdin", F_OK) == 0 || errno == ENOENT || errno == ENXIO);
        EXPECT(write_error("/proc/sys") != EROFS); /* not ours to protect here */
        EXPECT((umask(0)) == 022);
        return 0;
}

START_TEST(strict_with_a_private_tmp_and_dev_is_read_only_everywhere_else) {
        umask(022);
        settings.protect_system = PROTECT_SYSTEM_STRICT;
        settings.private_tmp = settings.private_devices = true;
        ck_assert_int_eq(carry_out(look_strict), 0);
        abilities &= ~(unsigned)ABILITY_NODES; /* as in a user namespace: the host's nodes are bound */
        ck_assert_int_eq(carry_out(look_strict), 0);
}
END_TEST

static int write_shared(void) {
        EXPECT(write_error("/tmp") == 0);
        EXPECT(mkdir("/tmp/shared", 0700) == 0);
        return 0;
}

static int read_shared(void) {
        EXPECT(access("/tmp/shared", F_OK) == 0);
        return 0;
}

START_TEST(a_private_tmp_is_shared_by_the_commands_of_a_service_and_gone_at_its_end) {
        owned_str path = NULL;

        settings.private_tmp = true;
        ck_assert_int_eq(carry_out(write_shared), 0);
        ck_assert_int_eq(carry_out(read_shared), 0);
        ck_assert(access("/tmp/shared", F_OK) < 0);
        path = strdup(runtime.tmp_directory);
        ck_assert_int_eq(access(path, F_OK), 0);
        exec_runtime_destroy(&runtime);
        ck_assert(access(path, F_OK) < 0);
}
END_TEST

static int write_inside(const char *path) {
        owned_str name = text_printf("%s/tmp/file", path);

        return mknod(name, S_IFREG | 0600, 0);
}

START_TEST(private_directories_are_new_at_each_start_and_the_same_where_nobody_can_tell) {
        owned_str path = NULL;
        owned_str var_path = NULL;
        owned_str inner = NULL;
        char id[33]; /* of this run: another one's directories lie in the same /tmp */

        (void)snprintf(id, sizeof(id), "0123456789abcdef%016llx", (unsigned long long)clock_monotonic_us());
        ck_assert_int_eq(exec_runtime_make_tmp(&runtime, "test.service", id), 0);
        path = strdup(runtime.tmp_directory);
        var_path = strdup(runtime.var_tmp_directory);
        inner = text_printf("%s/tmp", path);
        ck_assert_int_eq(write_inside(path), 0);
        exec_runtime_renew(&runtime);
        ck_assert_str_eq(runtime.tmp_directory, path);
        ck_assert_int_eq(exec_runtime_make_tmp(&runtime, "test.service", NULL), 0);
        ck_assert_str_eq(runtime.var_tmp_directory, var_path);
        ck_assert_str_eq(runtime.id, id);
        ck_assert_int_eq(write_inside(path), 0); /* not EEXIST */

        ck_assert_int_eq(chmod(inner, 0700), 0);
        exec_runtime_renew(&runtime);
        ck_assert_ptr_null(runtime.tmp_directory);
        ck_assert_ptr_null(runtime.var_tmp_directory);
        ck_assert_int_lt(access(path, F_OK), 0);
        ck_assert_int_lt(access(var_path, F_OK), 0);
        ck_assert_ptr_null(runtime.id);
}
END_TEST

static int look_nested(void) {
        owned_str path = inside("a");

        EXPECT(write_error(path) == 0);
        free(path);
        path = inside("a/b");
        EXPECT(write_error(path) == EROFS);
        free(path);
        path = inside("a/ro");
        EXPECT(write_error(path) == EROFS); /* a mount that was read-only before stays so */
        EXPECT(write_error(folder) == EROFS);
        return 0;
}

START_TEST(paths_that_stay_writable_stay_as_they_were) {
        owned_str a = inside("a");
        owned_str b = inside("a/b");
        owned_str ro = inside("a/ro");

        make_directory("a");
        make_directory("a/b");
        make_directory("a/ro");
        ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
        ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        ck_assert_int_eq(mount("tmpfs", ro, "tmpfs", MS_RDONLY, NULL), 0);
        settings.protect_system = PROTECT_SYSTEM_STRICT;
        list(PATHS_READ_WRITE, a);
        list(PATHS_READ_ONLY, b);
        ck_assert_int_eq(carry_out(look_nested), 0);
        ck_assert_int_eq(umount(ro), 0);
}
END_TEST

static int look_inaccessible(void) {
        struct stat s;

        EXPECT(stat("/etc/passwd", &s) == 0 && (s.st_mode & 07777) == 0 && s.st_size == 0);
        EXPECT(stat("/usr/share", &s) == 0 && (s.st_mode & 07777) == 0);
        EXPECT(access("/usr/share/doc", F_OK) < 0);
        EXPECT(stat("/proc/kmsg", &s) == 0 && (s.st_mode & 07777) == 0);
        EXPECT(access("/root/.", F_OK) == 0 && write_error("/root") == EROFS);
        return 0;
}

START_TEST(what_is_inaccessible_is_empty_and_for_nobody) {
        list(PATHS_INACCESSIBLE, "/etc/passwd");
        list(PATHS_INACCESSIBLE, "/usr/share");
        settings.protect_kernel_logs = settings.protect_kernel_modules = true;
        settings.protect_home = PROTECT_HOME_TMPFS;
        ck_assert_int_eq(carry_out(look_inaccessible), 0);
}
END_TEST

static int look_root(void) {
        EXPECT(access("/etc/passwd", F_OK) < 0);
        EXPECT(access("/proc/self/status", F_OK) == 0);
        EXPECT(access("/dev/null", W_OK) == 0);
        EXPECT(access("/sys/kernel", F_OK) == 0);
        EXPECT(access("/host/passwd", F_OK) == 0);
        EXPECT(write_error("/host") == EROFS);
        EXPECT(write_error("/a") == 0);
        EXPECT(access("/../etc/passwd", F_OK) < 0);
        EXPECT(access(folder, F_OK) < 0);
        return 0;
}

START_TEST(a_root_directory_becomes_the_root_with_the_api_file_systems_in_it) {
        make_directory("root");
        make_directory("root/a");
        settings.root_directory = inside("root");
        bind_into("/etc", "/host", true);
        ck_assert_int_eq(carry_out(look_root), 0);
        settings.private_devices = settings.private_tmp = true;
        ck_assert_int_eq(carry_out(look_root), 0);
}
END_TEST

static int look_empty_root(void) {
        EXPECT(write_error("/") == EROFS);
        EXPECT(access("/var", F_OK) < 0);
        EXPECT(access("/usr/bin", F_OK) == 0);
        EXPECT(write_error("/usr") == EROFS);
        EXPECT(write_error("/x/y/z") == 0);
        return 0;
}

START_TEST(a_temporary_root_shows_what_is_bound_into_it_only) {
        make_directory("z");
        temporary("/", "ro");
        bind_into("/usr", "/usr", true);
        {
                owned_str z = inside("z");

                bind_into(z, "/x/y/z", false);
        }
        ck_assert_int_eq(carry_out(look_empty_root), 0);
}
END_TEST

static int look_network(void) {
        struct if_nameindex *all = if_nameindex();

        EXPECT(all && all[0].if_index != 0 && text_equal(all[0].if_name, "lo"));
        EXPECT(all[1].if_index == 0 || !text_equal(all[1].if_name, "eth0"));
        return 0;
}

START_TEST(a_private_network_has_its_loopback_only_and_is_shared) {
        struct stat ours, theirs;
        int fd;

        settings.private_network = settings.private_ipc = true;
        ck_assert_int_eq(carry_out(look_network), 0);
        fd = runtime.network_namespace_fd;
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(carry_out(look_network), 0);
        ck_assert_int_eq(fd, runtime.network_namespace_fd);
        ck_assert_int_eq(fstat(fd, &theirs), 0);
        ck_assert_int_eq(stat("/proc/self/ns/net", &ours), 0);
        ck_assert(ours.st_ino != theirs.st_ino);
}
END_TEST

static int look_users(void) {
        struct stat s;

        EXPECT(stat("/proc/self/exe", &s) == 0 && s.st_uid == 0);
        EXPECT(stat(folder, &s) == 0 && s.st_uid == 65534);
        EXPECT(syscall(SYS_setresuid, 4242, 4242, 4242) == 0);
        EXPECT(geteuid() == 4242);
        return 0;
}

START_TEST(a_user_namespace_knows_root_and_the_units_own_user) {
        settings.private_users = true;
        credentials.uid = credentials.gid = 4242;
        ck_assert_int_eq(chown(folder, 77, 77), 0);
        ck_assert_int_eq(carry_out(look_users), 0);
}
END_TEST

static int look_proc(void) {
        EXPECT(access("/proc/self/status", F_OK) == 0);
        EXPECT(access("/proc/meminfo", F_OK) < 0);
        return 0;
}

START_TEST(a_procfs_of_its_own_shows_processes_only) {
        settings.proc_subset = PROC_SUBSET_PID;
        settings.protect_proc = PROTECT_PROC_INVISIBLE;
        settings.protect_kernel_tunables = true;
        ck_assert_int_eq(carry_out(look_proc), 0);
}
END_TEST

static int look_exec(void) {
        struct statvfs s;

        EXPECT(statvfs("/etc", &s) == 0 && s.f_flag & ST_NOEXEC);
        EXPECT(statvfs("/usr", &s) == 0 && !(s.f_flag & ST_NOEXEC) && s.f_flag & ST_RDONLY);
        EXPECT(statvfs("/proc/sys", &s) == 0 && s.f_flag & ST_RDONLY);
        return 0;
}

START_TEST(programs_run_from_exec_paths_only) {
        list(PATHS_NO_EXEC, "/");
        list(PATHS_EXEC, "/usr");
        settings.protect_system = PROTECT_SYSTEM_YES;
        settings.protect_kernel_tunables = true;
        ck_assert_int_eq(carry_out(look_exec), 0);
}
END_TEST

START_TEST(private_directories_are_removed_however_deep_they_are) {
        int fd = open(folder, O_PATH | O_DIRECTORY);

        for (int i = 0; i < 300; i++) {
                int next;

                ck_assert_int_eq(mkdirat(fd, "deep", 0700), 0);
                next = openat(fd, "deep", O_PATH | O_DIRECTORY);
                ck_assert_int_ge(next, 0);
                (void)close(fd);
                fd = next;
        }
        ck_assert_int_eq(symlinkat("/etc", fd, "link"), 0);
        (void)close(fd);
        ck_assert_int_eq(remove_tree(AT_FDCWD, folder), 0);
        ck_assert_int_eq(access("/etc/passwd", F_OK), 0);
        ck_assert_int_eq(mkdir(folder, 0700), 0);
}
END_TEST

static const char *state_base = "/var/lib";

const char *directories_base(enum exec_directory_kind kind UNUSED) {
        return state_base;
}

static int look_state(void) {
        owned_str state = inside("state/mine");
        owned_str other = inside("state/other");

        EXPECT(write_error(state) == 0);
        EXPECT(write_error(other) == EROFS);
        return 0;
}

START_TEST(the_units_own_directories_are_writable_whatever_is_around_them) {
        owned_str base = inside("state");
        static char name[] = "mine";
        char *names[] = { name, NULL };

        state_base = base;
        make_directory("state");
        make_directory("state/mine");
        make_directory("state/other");
        settings.directories[DIRECTORY_STATE].paths = names;
        settings.protect_system = PROTECT_SYSTEM_STRICT;
        ck_assert_int_eq(carry_out(look_state), 0);
}
END_TEST

START_TEST(a_command_with_full_privileges_has_no_sandbox) {
        struct mount_plan *plan = NULL;

        settings.protect_system = PROTECT_SYSTEM_STRICT;
        settings.private_tmp = settings.private_network = settings.private_users = true;
        command.flags = EXEC_FULL_PRIVILEGES;
        ck_assert_int_eq(mount_plan_build(&request, &credentials, &plan, &failure), 0);
        ck_assert_ptr_null(plan);
}
END_TEST

START_TEST(what_an_earlier_supervisor_made_is_found_again) {
        struct exec_runtime again;
        char id[33]; /* of this run: another one's directories lie in the same /tmp */
        int ready[2];
        pid_t pid;

        exec_runtime_init(&again);
        (void)snprintf(id, sizeof(id), "0123456789abcdef%016llx", (unsigned long long)clock_monotonic_us());
        request.invocation_id = id;
        settings.private_tmp = settings.private_network = true;
        ck_assert_int_eq(carry_out(write_shared), 0);
        ck_assert_int_eq(pipe(ready), 0);
        pid = fork();
        if (pid == 0)
                _exit(setns(runtime.network_namespace_fd, CLONE_NEWNET) < 0 || write(ready[1], "", 1) != 1 || pause());
        ck_assert_int_eq(read(ready[0], &(char){ 0 }, 1), 1);
        again.id = strdup(id); /* as the record says */
        ck_assert_int_eq(exec_runtime_adopt(&again, &unit, "00000000000000000000000000000001", pid), 0);
        ck_assert_str_eq(again.id, id);
        ck_assert_str_eq(again.tmp_directory, runtime.tmp_directory);
        ck_assert_str_eq(again.var_tmp_directory, runtime.var_tmp_directory);
        ck_assert_int_ge(again.network_namespace_fd, 0);
        ck_assert_int_eq(again.ipc_namespace_fd, -1);
        exec_runtime_destroy(&again);
        ck_assert(access(runtime.tmp_directory, F_OK) < 0);
        ck_assert_int_eq(kill(pid, SIGKILL), 0);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(a_crowd_of_files_is_removed_beside_the_supervisor) {
        owned_fd fd = -1;
        int status;

        ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* we stand for PID 1 */
        ck_assert_int_eq(exec_runtime_make_tmp(&runtime, "test.service", NULL), 0);
        {
                owned_str path = text_printf("%s/tmp", runtime.tmp_directory);

                fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
        ck_assert_int_ge(fd, 0);
        for (int i = 0; i < 7000; i++) {
                char name[16];

                (void)snprintf(name, sizeof(name), "%d", i);
                ck_assert_int_eq(mknodat(fd, name, S_IFREG | 0600, 0), 0);
        }
        exec_runtime_destroy(&runtime);
        ck_assert_int_gt(waitpid(-1, &status, __WALL), 0);
        ck_assert_int_eq(status, 0);
        ck_assert_int_eq(mknodat(fd, "x", S_IFREG | 0600, 0), -1); /* the directory is gone */
        ck_assert_int_eq(errno, ENOENT);
}
END_TEST

static Suite *mounts_suite(bool can_mount) {
        Suite *s = suite_create("mounts");
        TCase *planning = tcase_create("planning"), *real = tcase_create("carrying out");

        tcase_add_checked_fixture(planning, setup, teardown);
        tcase_set_timeout(planning, 100); /* thousands of files take their time on a busy machine */
        tcase_add_checked_fixture(real, setup, teardown);
        tcase_add_test(planning, nothing_is_planned_for_a_unit_that_wants_nothing);
        tcase_add_test(planning, a_missing_path_is_an_error_unless_it_is_optional);
        tcase_add_test(planning, without_mount_namespaces_each_directive_is_recorded_as_unavailable);
        tcase_add_test(planning, a_command_with_full_privileges_has_no_sandbox);
        tcase_add_test(planning, a_crowd_of_files_is_removed_beside_the_supervisor);
        tcase_add_test(planning, private_directories_are_removed_however_deep_they_are);
        tcase_add_test(planning, private_directories_are_new_at_each_start_and_the_same_where_nobody_can_tell);
        suite_add_tcase(s, planning);
        if (can_mount)
                suite_add_tcase(s, real);
        else
                (void)puts("SKIP: carrying out: no permission to make mount namespaces");
        tcase_add_test(real, strict_with_a_private_tmp_and_dev_is_read_only_everywhere_else);
        tcase_add_test(real, a_private_tmp_is_shared_by_the_commands_of_a_service_and_gone_at_its_end);
        tcase_add_test(real, paths_that_stay_writable_stay_as_they_were);
        tcase_add_test(real, what_is_inaccessible_is_empty_and_for_nobody);
        tcase_add_test(real, a_root_directory_becomes_the_root_with_the_api_file_systems_in_it);
        tcase_add_test(real, a_temporary_root_shows_what_is_bound_into_it_only);
        tcase_add_test(real, a_private_network_has_its_loopback_only_and_is_shared);
        tcase_add_test(real, a_user_namespace_knows_root_and_the_units_own_user);
        tcase_add_test(real, a_procfs_of_its_own_shows_processes_only);
        tcase_add_test(real, programs_run_from_exec_paths_only);
        tcase_add_test(real, the_units_own_directories_are_writable_whatever_is_around_them);
        tcase_add_test(real, what_an_earlier_supervisor_made_is_found_again);
        return s;
}

int main(void) {
        unsigned all = ABILITY_NAMESPACE | ABILITY_USERS | ABILITY_PROC;
        SRunner *runner = srunner_create(mounts_suite((mount_abilities_probe() & all) == all));
        int failed;

        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? 1 : 0;
}
