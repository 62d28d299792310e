/* SPDX-License-Identifier: MIT */
/* The attributes are written into a folder of plain files that stands for a cgroup; the tree is tried on the real kernel, by
 * a PID 1 of namespaces of its own below a cgroup of its own. Without the right to make those, that part is skipped. */
#include "base/sys.h"
#include "plan/cgroup.h"

#include "cgroup-inside.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

/* ---- attributes ----------------------------------------------------------------------------------------------------- */

static char outcome_key[16][64], outcome_why[16][256];
static enum outcome outcome_value[16];
static size_t outcome_count;

int unit_set_outcome(struct unit *u UNUSED, const char *key, enum outcome outcome, const char *why) {
        if (outcome_count < ARRAY_LEN(outcome_key)) {
                (void)snprintf(outcome_key[outcome_count], sizeof outcome_key[0], "%s", key);
                (void)snprintf(outcome_why[outcome_count], sizeof outcome_why[0], "%s", why ? why : "");
                outcome_value[outcome_count++] = outcome;
        }
        return 0;
}

static const char *outcome_of(const char *key) {
        for (size_t i = 0; i < outcome_count; i++)
                if (text_equal(outcome_key[i], key))
                        return outcome_value[i] == OUTCOME_UNAVAILABLE ? outcome_why[i] : "(not unavailable)";
        return NULL;
}

static const char *const files[] = { "memory.min",  "memory.low", "memory.high", "memory.max", "memory.swap.max", "memory.oom.group",
                                     "pids.max",    "cpu.idle",   "cpu.weight",  "cpu.max",    "io.weight",       "io.max",
                                     "io.latency",  "cpuset.cpus", "cpuset.mems" };
static char fake_path[] = "/tmp/keel-test-cgroup-XXXXXX";
static int fake_fd = -1;
static struct cgroup_root all = { .fd = 0, .controllers = ~0u };
static struct cgroup_settings settings;
static struct unit unit = { .name = (char *)"a.service", .type = UNIT_SERVICE, .cgroup = &settings };

static void make_fake(void) {
        ck_assert_ptr_nonnull(mkdtemp(fake_path));
        fake_fd = open(fake_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        for (size_t i = 0; i < ARRAY_LEN(files); i++)
                close(openat(fake_fd, files[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        settings = (struct cgroup_settings){ .cpu_quota_period_us = 100 * US_PER_MS };
        outcome_count = 0;
}

static void remove_fake(void) {
        for (size_t i = 0; i < ARRAY_LEN(files); i++)
                (void)unlinkat(fake_fd, files[i], 0);
        (void)rmdir(fake_path);
        close(fake_fd);
}

static const char *content(const char *file) {
        static char text[256];
        owned_str read = NULL;

        ck_assert_int_eq(sys_read_file(fake_fd, file, 4096, &read, NULL), 0);
        (void)snprintf(text, sizeof text, "%s", read);
        return text;
}

START_TEST(nothing_is_written_into_a_fresh_cgroup_for_nothing_set) {
        ck_assert_int_eq(cgroup_apply_fresh(&all, fake_fd, &unit), 0);
        for (size_t i = 0; i < ARRAY_LEN(files); i++)
                ck_assert_str_eq(content(files[i]), "");
        ck_assert_uint_eq(cgroup_wanted_controllers(&settings), 0);
}
END_TEST

START_TEST(what_is_not_set_goes_back_to_the_kernels_default) {
        ck_assert_int_eq(cgroup_apply(&all, fake_fd, &unit), 0);
        ck_assert_str_eq(content("memory.max"), "max");
        ck_assert_str_eq(content("memory.low"), "0");
        ck_assert_str_eq(content("cpu.max"), "max 100000");
        ck_assert_str_eq(content("cpu.weight"), "100");
        ck_assert_str_eq(content("cpuset.cpus"), "\n");
        ck_assert_ptr_null(outcome_of("Service.MemoryMax"));
}
END_TEST

START_TEST(each_directive_has_its_file) {
        uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
        char half[32];

        settings.memory_max = (struct amount){ .value = 1 << 20, .is_set = true };
        settings.memory_high = (struct amount){ .permille = 500, .is_set = true };
        settings.memory_swap_max = (struct amount){ .value = 0, .is_set = true };
        settings.memory_low = (struct amount){ .value = LIMIT_NONE, .is_set = true };
        settings.memory_oom_group_set = true;
        settings.tasks_max = (struct amount){ .value = 7, .is_set = true };
        settings.cpu_weight = 50;
        settings.cpu_quota_permille = 1500;
        settings.io_weight = 20;
        settings.allowed_cpus = (char *)"0-1,3";
        ck_assert_int_eq(cgroup_apply_fresh(&all, fake_fd, &unit), 0);
        (void)snprintf(half, sizeof half, "%llu", (unsigned long long)memory / 2);
        ck_assert_str_eq(content("memory.max"), "1048576");
        ck_assert_int_eq(strncmp(content("memory.high"), half, strlen(half) - 1), 0);
        ck_assert_str_eq(content("memory.swap.max"), "0");
        ck_assert_str_eq(content("memory.low"), "max");
        ck_assert_str_eq(content("memory.oom.group"), "1");
        ck_assert_str_eq(content("pids.max"), "7");
        ck_assert_str_eq(content("cpu.weight"), "50");
        ck_assert_str_eq(content("cpu.max"), "150000 100000");
        ck_assert_str_eq(content("io.weight"), "default 20");
        ck_assert_str_eq(content("cpuset.cpus"), "0-1,3");
        ck_assert_uint_eq(cgroup_wanted_controllers(&settings),
                          CGROUP_MEMORY | CGROUP_PIDS | CGROUP_CPU | CGROUP_IO | CGROUP_CPUSET);
}
END_TEST

static const struct {
        unsigned permille;
        uint64_t period_us;
        const char *text;
} quotas[] = {
        { 200, 100000, "20000 100000" }, { 10, 100000, "1000 100000" },   { 1, 100000, "1000 1000000" },
        { 1000, 10000, "10000 10000" },  { 4000, 5000000, "4000000 1000000" }, { 500, 10, "1000 2000" },
        { 500, TIME_NEVER, "50000 100000" },
};

START_TEST(a_quota_stays_within_what_the_kernel_takes) {
        settings.cpu_quota_permille = quotas[_i].permille;
        settings.cpu_quota_period_us = quotas[_i].period_us;
        ck_assert_int_eq(cgroup_apply_fresh(&all, fake_fd, &unit), 0);
        ck_assert_str_eq(content("cpu.max"), quotas[_i].text);
}
END_TEST

START_TEST(the_idle_weight_has_a_file_of_its_own) {
        settings.cpu_weight_idle = true;
        ck_assert_int_eq(cgroup_apply_fresh(&all, fake_fd, &unit), 0);
        ck_assert_str_eq(content("cpu.idle"), "1");
        ck_assert_str_eq(content("cpu.weight"), "");
        ck_assert_uint_eq(cgroup_wanted_controllers(&settings), CGROUP_CPU);
}
END_TEST

START_TEST(device_limits_name_the_disk) {
        struct io_device_limit limits[] = { { (char *)"/", "rbps", 1000 },
                                            { (char *)"/nonexistent", "latency", 5 },
                                            { (char *)"/proc", "wiops", 5 } };
        struct stat st;

        settings.io_devices = limits;
        settings.io_device_count = 3;
        ck_assert_int_eq(cgroup_apply_fresh(&all, fake_fd, &unit), 0);
        ck_assert_int_eq(stat("/", &st), 0);
        if (st.st_dev >> 8)
                ck_assert_ptr_nonnull(strstr(content("io.max"), " rbps=1000"));
        ck_assert_ptr_nonnull(strstr(outcome_of("Service.IODeviceLatencyTargetSec"), "No such file"));
        ck_assert_ptr_nonnull(strstr(outcome_of("Service.IOWriteIOPSMax"), "no block device"));
}
END_TEST

START_TEST(a_missing_controller_is_said_by_name) {
        struct cgroup_root few = { .fd = 0, .controllers = CGROUP_PIDS };

        settings.memory_max = (struct amount){ .value = 1, .is_set = true };
        settings.tasks_max = (struct amount){ .value = 1, .is_set = true };
        settings.memory_accounting = TRISTATE_YES;
        ck_assert_int_eq(cgroup_apply(&few, fake_fd, &unit), 0);
        ck_assert_ptr_nonnull(strstr(outcome_of("Service.MemoryMax"), "'memory'"));
        ck_assert_ptr_nonnull(strstr(outcome_of("Service.MemoryAccounting"), "'memory'"));
        ck_assert_ptr_null(outcome_of("Service.TasksMax"));
        ck_assert_str_eq(content("memory.max"), "");
        ck_assert_str_eq(content("pids.max"), "1");
}
END_TEST

START_TEST(without_cgroups_everything_set_is_unavailable_with_the_reason) {
        struct cgroup_root none = { .fd = -1, .why = (char *)"because" };

        unit.type = UNIT_SLICE;
        settings.cpu_weight = 3;
        settings.delegate = true;
        ck_assert_int_eq(cgroup_apply_fresh(&none, -1, &unit), 0);
        unit.type = UNIT_SERVICE;
        ck_assert_str_eq(outcome_of("Slice.CPUWeight"), "because");
        ck_assert_str_eq(outcome_of("Slice.Delegate"), "because");
        ck_assert_ptr_null(outcome_of("Slice.MemoryMax"));
}
END_TEST

START_TEST(a_file_that_the_kernel_lacks_is_unavailable) {
        settings.memory_zswap_max = (struct amount){ .value = 1, .is_set = true };
        ck_assert_int_eq(cgroup_apply_fresh(&all, fake_fd, &unit), 0);
        ck_assert_str_eq(outcome_of("Service.MemoryZSwapMax"), "this kernel has no memory.zswap.max");
}
END_TEST

/* ---- the real tree -------------------------------------------------------------------------------------------------- */

static void make_read_only(const char *path) {
        ck_assert_int_eq(mount(path, path, NULL, MS_BIND, NULL), 0);
        ck_assert_int_eq(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
}

static void inside_root(void) {
        pid_t self = getpid(), other = start_sleeper(-1);
        struct cgroup_root root, again;
        owned_str text = NULL;

        ck_assert_int_eq(cgroup_root_open(&root, &self, 1), 0);
        ck_assert_msg(root.fd >= 0, "%s", root.why ? root.why : "?");
        ck_assert_str_eq(root.path, "/sys/fs/cgroup");
        ck_assert_str_eq(root.self, "");
        ck_assert(root.has_kill);
        ck_assert_int_eq(sys_read_file(root.fd, "cgroup.procs", 4096, &text, NULL), 0);
        ck_assert_str_eq(text, ""); /* the other one has moved too */
        ck_assert(!root.moves_later); /* not the machine's root */
        ck_assert_int_eq(cgroup_root_settle(&root, &self, 1), 0);
        /* Who is there is not moved again: it would wait for the kernel. */
        make_read_only("/sys/fs/cgroup/init.scope/cgroup.procs");
        ck_assert_int_eq(cgroup_root_open(&again, &self, 1), 0);
        ck_assert_msg(again.fd >= 0, "%s", again.why ? again.why : "?");
        ck_assert_str_eq(again.path, root.path);
        (void)kill(other, SIGKILL);
        cgroup_root_close(&root);
        cgroup_root_close(&again);
}

static struct cgroup_root open_root(void) {
        pid_t self = getpid();
        struct cgroup_root root;

        ck_assert_int_eq(cgroup_root_open(&root, &self, 1), 0);
        ck_assert_int_ge(root.fd, 0);
        return root;
}

static void inside_create(void) {
        struct cgroup_root root = open_root();
        owned_fd leaf = -1;
        owned_fd again = -1;
        struct stat before, after;
        pid_t pid;

        ck_assert_int_eq(cgroup_create(&root, "system.slice/a.service", CGROUP_HUGETLB, false, &leaf), 0);
        if (root.controllers & CGROUP_HUGETLB)
                ck_assert_int_eq(faccessat(root.fd, "system.slice/a.service/hugetlb.2MB.max", F_OK, 0), 0);
        ck_assert_int_eq(fstat(leaf, &before), 0);

        /* left over and empty, with something below it: a new one takes its place */
        ck_assert_int_eq(mkdirat(leaf, "left", 0755), 0);
        ck_assert_int_eq(mkdirat(leaf, "left/over", 0755), 0);
        close_fd(&leaf);
        ck_assert_int_eq(cgroup_create(&root, "system.slice/a.service", 0, false, &leaf), 0);
        ck_assert_int_eq(fstat(leaf, &after), 0);
        ck_assert_uint_ne(before.st_ino, after.st_ino);

        pid = start_sleeper(leaf);
        ck_assert_int_eq(cgroup_create(&root, "system.slice/a.service", 0, false, &again), -EBUSY);
        ck_assert_int_eq(again, -1);
        ck_assert_int_eq(cgroup_create(&root, "system.slice/a.service", 0, true, &again), 1); /* adopted */
        ck_assert_int_eq(cgroup_remove(&root, "system.slice/a.service"), -EBUSY);
        (void)kill(pid, SIGKILL);
        wait_until_empty(leaf);
        ck_assert_int_eq(cgroup_remove(&root, "system.slice/a.service"), 0);
        ck_assert_int_eq(cgroup_remove(&root, "system.slice/a.service"), 0);
        ck_assert_int_eq(cgroup_is_populated(leaf), -ENOENT);
        ck_assert_int_eq(cgroup_create(&root, "../x", 0, false, &again), -EINVAL);
        ck_assert_int_eq(cgroup_create(&root, "a//b", 0, false, &again), -EINVAL);
        cgroup_root_close(&root);
}

static void inside_kill(void) {
        struct cgroup_root root = open_root();
        owned_fd leaf = -1;
        owned_fd below = -1;
        owned_mem pid_t *pids = NULL;
        owned_str path = NULL;
        size_t count = 0;
        pid_t in_below;

        ck_assert_int_eq(cgroup_create(&root, "k.service", 0, false, &leaf), 0);
        ck_assert_int_eq(cgroup_create(&root, "k.service/payload", 0, false, &below), 0);
        for (int i = 0; i < 10; i++)
                (void)start_sleeper(leaf);
        in_below = start_sleeper(below);
        ck_assert_int_eq(cgroup_pids(leaf, &pids, &count), 0);
        ck_assert_uint_eq(count, 11);
        ck_assert_int_eq(cgroup_of_pid(&root, in_below, &path), 0);
        ck_assert_str_eq(path, "k.service/payload");
        free(take_ptr(path));
        ck_assert_int_eq(cgroup_of_pid(&root, getpid(), &path), 0);
        ck_assert_str_eq(path, "init.scope");
        ck_assert_int_eq(cgroup_of_pid(&root, 99999, &path), -ESRCH);
        ck_assert_int_eq(cgroup_is_populated(leaf), 1);
        ck_assert_int_eq(cgroup_kill(leaf), 0);
        wait_until_empty(leaf);
        ck_assert_int_eq(cgroup_remove(&root, "k.service"), 0);
        ck_assert_int_eq(cgroup_kill(leaf), 0);
        cgroup_root_close(&root);
}

static void inside_read_only(void) {
        pid_t self = getpid();
        struct cgroup_root root;

        ck_assert_int_eq(mount(NULL, "/sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
        ck_assert_int_eq(cgroup_root_open(&root, &self, 1), 0);
        ck_assert_int_eq(root.fd, -1);
        ck_assert_str_eq(root.why, "no cgroup2 mount is writable");
        ck_assert_int_eq(umount2("/sys/fs/cgroup", MNT_DETACH), 0);
        cgroup_root_close(&root);
}

static void inside_usage(void) {
        struct cgroup_root root = open_root();
        struct cgroup_usage usage;
        owned_fd leaf = -1;

        ck_assert_int_eq(cgroup_create(&root, "u.service", 0, false, &leaf), 0);
        cgroup_usage(leaf, &usage);
        ck_assert_uint_eq(usage.cpu_usage_us, 0);
        if (!(root.controllers & CGROUP_MEMORY))
                ck_assert_uint_eq(usage.memory_current, LIMIT_NONE);
        ck_assert_uint_eq(usage.oom_kills, 0);
        ck_assert_int_eq(cgroup_delegate(leaf, 12345, 12345), 0);
        cgroup_root_close(&root);
}

/* Opens a device node of our own making in the cgroup: its errno, or 0. Read access only; 250 for a failed test. */
static int open_inside(int cgroup_fd, unsigned major_number, unsigned minor_number, int flags) {
        char path[] = "/tmp/keel-test-node-XXXXXX";
        int status = 0, fd = mkstemp(path);
        pid_t pid;

        close(fd);
        (void)unlink(path);
        if (mknod(path, S_IFCHR | 0600, makedev(major_number, minor_number)) < 0)
                return 250;
        pid = fork();
        if (pid == 0) {
                fd = openat(cgroup_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
                if (fd < 0 || write(fd, "0", 1) < 0)
                        _exit(250);
                _exit(open(path, flags | O_CLOEXEC) < 0 ? errno : 0);
        }
        (void)waitpid(pid, &status, 0);
        (void)unlink(path);
        return WEXITSTATUS(status);
}

static void inside_devices(void) {
        struct cgroup_root root = open_root();
        struct device_allow allow[] = { { (char *)"/dev/kmsg", "r" }, { (char *)"char-mem", "w" }, { (char *)"/dev/no-such", "rw" } };
        owned_fd leaf = -1;

        ck_assert_int_eq(cgroup_create(&root, "d.service", 0, false, &leaf), 0);
        settings = (struct cgroup_settings){ .device_policy = DEVICE_POLICY_CLOSED };
        outcome_count = 0;
        ck_assert_int_eq(cgroup_apply_fresh(&root, leaf, &unit), 0);
        if (outcome_of("Service.DevicePolicy")) {
                (void)fprintf(stderr, "SKIP: %s\n", outcome_of("Service.DevicePolicy"));
                return;
        }
        ck_assert_int_eq(open_inside(leaf, 1, 3, O_RDWR), 0);      /* null */
        ck_assert_int_eq(open_inside(leaf, 1, 11, O_RDONLY), EPERM); /* kmsg */

        /* Listed ones besides; a name that is no device is said. */
        settings.device_allow = allow;
        settings.device_allow_count = 3;
        ck_assert_int_eq(cgroup_apply(&root, leaf, &unit), 0);
        ck_assert_ptr_nonnull(strstr(outcome_of("Service.DeviceAllow"), "/dev/no-such"));
        ck_assert_int_eq(open_inside(leaf, 1, 11, O_RDONLY), 0);
        ck_assert_int_eq(open_inside(leaf, 1, 11, O_RDWR), EPERM); /* each rule for itself */
        ck_assert_int_eq(open_inside(leaf, 1, 11, O_WRONLY), 0);   /* char-mem */
        ck_assert_int_eq(open_inside(leaf, 10, 229, O_RDWR), EPERM); /* fuse */

        /* strict: the standard ones only as listed; nothing: all again */
        settings.device_policy = DEVICE_POLICY_STRICT;
        settings.device_allow_count = 1;
        ck_assert_int_eq(cgroup_apply(&root, leaf, &unit), 0);
        ck_assert_int_eq(open_inside(leaf, 1, 3, O_RDONLY), EPERM);
        settings = (struct cgroup_settings){ .device_policy = DEVICE_POLICY_AUTO };
        ck_assert_int_eq(cgroup_apply(&root, leaf, &unit), 0);
        ck_assert_int_eq(open_inside(leaf, 1, 3, O_RDWR), 0);
        ck_assert_int_ne(open_inside(leaf, 10, 229, O_RDWR), EPERM);
        cgroup_root_close(&root);
}

static void (*const inside[])(void) = { inside_devices, inside_root, inside_create, inside_kill, inside_read_only, inside_usage };

START_TEST(the_kernel_agrees) {
        run_inside(inside[_i]);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("cgroup");
        TCase *attributes = tcase_create("attributes"), *tree = tcase_create("tree");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, attributes);
        tcase_add_checked_fixture(attributes, make_fake, remove_fake);
        tcase_add_test(attributes, nothing_is_written_into_a_fresh_cgroup_for_nothing_set);
        tcase_add_test(attributes, what_is_not_set_goes_back_to_the_kernels_default);
        tcase_add_test(attributes, each_directive_has_its_file);
        tcase_add_loop_test(attributes, a_quota_stays_within_what_the_kernel_takes, 0, (int)ARRAY_LEN(quotas));
        tcase_add_test(attributes, the_idle_weight_has_a_file_of_its_own);
        tcase_add_test(attributes, device_limits_name_the_disk);
        tcase_add_test(attributes, a_missing_controller_is_said_by_name);
        tcase_add_test(attributes, without_cgroups_everything_set_is_unavailable_with_the_reason);
        tcase_add_test(attributes, a_file_that_the_kernel_lacks_is_unavailable);
        suite_add_tcase(suite, tree);
        if (can_run_inside())
                tcase_add_loop_test(tree, the_kernel_agrees, 0, (int)ARRAY_LEN(inside));
        else
                puts("SKIP: no cgroup2 that this user may write to; the tree was not tried");
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
