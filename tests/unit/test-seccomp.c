/* SPDX-License-Identifier: MIT */
/* Each policy is loaded by a real child, which then makes one system call: what comes back (or the SIGSYS that ends it) is the
 * test. One table; every directive has what it forbids and the nearest thing that it permits. x86-64 only: numbers are. */
#include "plan/seccomp-private.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static char outcomes[2048];

int unit_set_outcome(struct unit *u UNUSED, const char *key, enum outcome outcome UNUSED, const char *why UNUSED) {
        (void)strncat(outcomes, key, sizeof outcomes - strlen(outcomes) - 1);
        return 0;
}

struct assignment unit_find_assignment(const struct unit *u UNUSED, const char *key UNUSED) {
        return (struct assignment){ 0 };
}

static char messages[4096];

static void collect(struct diag *d UNUSED, enum diag_level level UNUSED, const char *text) {
        (void)strncat(messages, text, sizeof messages - strlen(messages) - 2);
        (void)strcat(messages, "\n");
}

static struct diag diag = { .message = collect };
static struct exec_settings settings;
static char *files[] = { (char *)"a.service", NULL };
static struct unit unit = {
        .files = files, .name = (char *)"a.service", .type = UNIT_SERVICE, .exec = &settings };

/* ---- what is set ---------------------------------------------------------------------------------------------------- */

static struct syscall_rule filter_items[32], log_items[8];
static char *archs[4], *families[4];

/* Words as in a file, "~" in front of each denied one. */
static void set_words(struct syscall_rules *rules, struct syscall_rule *items, const char *text) {
        static char copies[2][256];
        char *copy = copies[rules == &settings.syscall_log], *at = NULL;

        (void)snprintf(copy, sizeof copies[0], "%s", text);
        rules->items = items;
        rules->count = 0;
        for (char *word = strtok_r(copy, " ", &at); word; word = strtok_r(NULL, " ", &at))
                items[rules->count++] = (struct syscall_rule){ .text = word + (*word == '~'),
                                                               .is_deny = *word == '~',
                                                               .origin = { .line = 7 } };
}

static void set_filter(const char *text) {
        set_words(&settings.syscall_filter, filter_items, text);
}

/* Settings by key, so that a row of the table is data. */
static void apply_setting(const char *key, const char *value) {
        static const struct {
                const char *key;
                bool *field;
        } flags[] = {
                { "MemoryDenyWriteExecute", &settings.memory_deny_write_execute },
                { "RestrictRealtime", &settings.restrict_realtime },
                { "RestrictSUIDSGID", &settings.restrict_suid_sgid },
                { "LockPersonality", &settings.lock_personality },
                { "ProtectClock", &settings.protect_clock },
                { "ProtectHostname", &settings.protect_hostname },
                { "ProtectKernelModules", &settings.protect_kernel_modules },
                { "ProtectKernelLogs", &settings.protect_kernel_logs },
                { "ProtectKernelTunables", &settings.protect_kernel_tunables },
                { "PrivateDevices", &settings.private_devices },
        };

        for (size_t i = 0; i < ARRAY_LEN(flags); i++)
                if (text_equal(flags[i].key, key))
                        *flags[i].field = true;
        if (text_equal(key, "RestrictNamespaces"))
                settings.restrict_namespaces = strtoul(value, NULL, 0);
        if (text_equal(key, "RestrictAddressFamilies")) {
                static char copy[128];
                char *at = NULL;
                size_t n = 0;

                settings.address_families_set = true;
                settings.address_families_none = text_equal(value, "none");
                settings.address_families_deny = *value == '~';
                (void)snprintf(copy, sizeof copy, "%s", value + settings.address_families_deny);
                for (char *word = strtok_r(copy, " ", &at); word && n < 3; word = strtok_r(NULL, " ", &at))
                        families[n++] = word;
                families[n] = NULL;
                settings.address_families = settings.address_families_none ? NULL : families;
        }
        if (text_equal(key, "SystemCallFilter"))
                set_filter(value);
        if (text_equal(key, "SystemCallLog"))
                set_words(&settings.syscall_log, log_items, value);
        if (text_equal(key, "SystemCallErrorNumber"))
                settings.syscall_errno = atoi(value);
        if (text_equal(key, "SystemCallArchitectures")) {
                archs[0] = (char *)value;
                settings.syscall_architectures = archs;
        }
}

/* ---- what is tried -------------------------------------------------------------------------------------------------- */

enum { OK = 0, KILLED = 1000 };
#define X86  0x100000 /* by int $0x80, as 32-bit programs do */
#define P(s) ((long)(s))
#define HIGH (1l << 40) /* what the kernel does not read of an int */
#define NOWHERE "/nonexistent/x"
#define ALL_NS "0x7e020000"

static const struct attempt {
        const char *set[4]; /* key, value, key, value */
        long call, args[4];
        int expected; /* OK, an errno, KILLED */
} attempts[] = {
        /* RestrictAddressFamilies= */
        { { "RestrictAddressFamilies", "AF_UNIX AF_NETLINK" }, SYS_socket, { AF_UNIX, SOCK_STREAM }, OK },
        { { "RestrictAddressFamilies", "AF_UNIX AF_NETLINK" }, SYS_socket, { AF_NETLINK, SOCK_RAW }, OK },
        { { "RestrictAddressFamilies", "AF_UNIX AF_NETLINK" }, SYS_socket, { AF_INET, SOCK_DGRAM }, EAFNOSUPPORT },
        { { "RestrictAddressFamilies", "AF_NETLINK" }, SYS_socket, { AF_UNIX, SOCK_STREAM }, EAFNOSUPPORT },
        { { "RestrictAddressFamilies", "AF_UNIX" }, SYS_socket, { AF_NETLINK, SOCK_RAW }, EAFNOSUPPORT },
        { { "RestrictAddressFamilies", "AF_UNIX AF_NETLINK" }, SYS_socketpair, { AF_UNIX, SOCK_STREAM }, EFAULT },
        { { "RestrictAddressFamilies", "~AF_INET AF_NETLINK" }, SYS_socket, { AF_UNIX, SOCK_STREAM }, OK },
        { { "RestrictAddressFamilies", "~AF_INET AF_NETLINK" }, SYS_socket, { AF_INET, SOCK_DGRAM }, EAFNOSUPPORT },
        { { "RestrictAddressFamilies", "~AF_INET AF_NETLINK" }, SYS_socket, { AF_INET | HIGH, SOCK_DGRAM }, EAFNOSUPPORT },
        { { "RestrictAddressFamilies", "~AF_INET AF_NETLINK" }, SYS_socket, { AF_NETLINK, SOCK_RAW }, EAFNOSUPPORT },
        { { "RestrictAddressFamilies", "none" }, SYS_socket, { AF_UNIX, SOCK_STREAM }, EAFNOSUPPORT },
        { { "RestrictAddressFamilies", "AF_UNIX" }, X86 | 359, { AF_UNIX, SOCK_STREAM }, OK },
        { { "RestrictAddressFamilies", "AF_UNIX" }, X86 | 359, { AF_INET, SOCK_DGRAM }, EAFNOSUPPORT },
        { { "RestrictAddressFamilies", "AF_UNIX" }, X86 | 102, { 1 /* SYS_SOCKET */, 0 }, EAFNOSUPPORT },
        { { "RestrictAddressFamilies", "AF_UNIX" }, X86 | 102, { 2 /* SYS_BIND */, 0 }, EFAULT },
        /* RestrictNamespaces= */
        { { "RestrictNamespaces", ALL_NS }, SYS_unshare, { CLONE_NEWUTS }, EPERM },
        { { "RestrictNamespaces", ALL_NS }, SYS_unshare, { CLONE_NEWUSER | CLONE_FS }, EPERM },
        { { "RestrictNamespaces", ALL_NS }, SYS_unshare, { CLONE_NEWTIME }, EPERM },
        { { "RestrictNamespaces", ALL_NS }, SYS_unshare, { CLONE_FS }, OK },
        { { "RestrictNamespaces", ALL_NS }, SYS_clone, { CLONE_NEWNET | SIGCHLD }, EPERM },
        { { "RestrictNamespaces", ALL_NS }, SYS_clone, { SIGCHLD }, OK },
        { { "RestrictNamespaces", ALL_NS }, SYS_clone3, { 0, 0 }, ENOSYS },
        { { "RestrictNamespaces", ALL_NS }, SYS_setns, { -1, CLONE_NEWNS }, EPERM },
        { { "RestrictNamespaces", "0x10000000" }, SYS_setns, { -1, CLONE_NEWUSER }, EPERM },
        { { "RestrictNamespaces", "0x10000000" }, SYS_setns, { -1, CLONE_NEWUSER | CLONE_NEWNET }, EPERM },
        { { "RestrictNamespaces", "0x10000000" }, SYS_setns, { -1, 0 }, EPERM },
        { { "RestrictNamespaces", "0x10000000" }, SYS_setns, { -1, HIGH }, EPERM },
        { { "RestrictNamespaces", "0x10000000" }, SYS_setns, { -1, CLONE_NEWUTS }, EBADF },
        { { "RestrictNamespaces", "0x10000000" }, X86 | 310, { CLONE_NEWUSER }, EPERM },
        /* MemoryDenyWriteExecute= */
        { { "MemoryDenyWriteExecute" }, SYS_mmap, { 0, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE }, EPERM },
        { { "MemoryDenyWriteExecute" }, SYS_mmap, { 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS }, OK },
        { { "MemoryDenyWriteExecute" }, SYS_mmap, { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS }, OK },
        { { "MemoryDenyWriteExecute" }, SYS_mprotect, { 0, 0, PROT_READ | PROT_EXEC }, EPERM },
        { { "MemoryDenyWriteExecute" }, SYS_mprotect, { 0, 0, PROT_READ | PROT_WRITE }, OK },
        { { "MemoryDenyWriteExecute" }, SYS_pkey_mprotect, { 0, 0, PROT_EXEC, -1 }, EPERM },
        { { "MemoryDenyWriteExecute" }, SYS_pkey_mprotect, { 0, 0, PROT_READ, -1 }, OK },
        { { "MemoryDenyWriteExecute" }, SYS_shmat, { -1, 0, SHM_EXEC }, EPERM },
        { { "MemoryDenyWriteExecute" }, SYS_shmat, { -1, 0, 0 }, EINVAL },
        { { "MemoryDenyWriteExecute" }, X86 | 192, { 0, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE }, EPERM },
        { { "MemoryDenyWriteExecute" }, X86 | 192, { 0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS }, EINVAL },
        { { "MemoryDenyWriteExecute" }, X86 | 90, { 0 }, EPERM },
        { { "MemoryDenyWriteExecute" }, X86 | 117, { 21, -1, SHM_EXEC }, EPERM },
        { { "MemoryDenyWriteExecute" }, X86 | 117, { 21 | 2 << 16, -1, SHM_EXEC }, EPERM },
        { { "MemoryDenyWriteExecute" }, X86 | 117, { 21, -1, 0 }, EINVAL },
        { { "MemoryDenyWriteExecute" }, X86 | 125, { 0, 0, PROT_EXEC }, EPERM },
        /* RestrictRealtime= */
        { { "RestrictRealtime" }, SYS_sched_setscheduler, { 0, SCHED_FIFO }, EPERM },
        { { "RestrictRealtime" }, SYS_sched_setscheduler, { 0, SCHED_RR | 0x40000000 }, EPERM },
        { { "RestrictRealtime" }, SYS_sched_setscheduler, { 0, SCHED_FIFO | HIGH }, EPERM },
        { { "RestrictRealtime" }, SYS_sched_setscheduler, { 0, 6 /* SCHED_DEADLINE */ }, EPERM },
        { { "RestrictRealtime" }, SYS_sched_setscheduler, { 0, SCHED_BATCH }, EINVAL },
        { { "RestrictRealtime" }, SYS_sched_setscheduler, { 0, SCHED_OTHER }, EINVAL },
        { { "RestrictRealtime" }, SYS_sched_setattr, { 0, 0, 0 }, ENOSYS },
        /* RestrictSUIDSGID= */
        { { "RestrictSUIDSGID" }, SYS_chmod, { P(NOWHERE), 04755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_chmod, { P(NOWHERE), 02755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_chmod, { P(NOWHERE), 01755 }, ENOENT },
        { { "RestrictSUIDSGID" }, SYS_fchmod, { -1, 04755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_fchmod, { -1, 0755 }, EBADF },
        { { "RestrictSUIDSGID" }, SYS_fchmodat, { AT_FDCWD, P(NOWHERE), 02755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_fchmodat, { AT_FDCWD, P(NOWHERE), 0755 }, ENOENT },
        { { "RestrictSUIDSGID" }, SYS_creat, { P(NOWHERE), 04755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_creat, { P(NOWHERE), 0755 }, ENOENT },
        { { "RestrictSUIDSGID" }, SYS_mkdir, { P(NOWHERE), 02755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_mkdir, { P(NOWHERE), 0755 }, ENOENT },
        { { "RestrictSUIDSGID" }, SYS_mkdirat, { AT_FDCWD, P(NOWHERE), 02755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_mkdirat, { AT_FDCWD, P(NOWHERE), 0755 }, ENOENT },
        { { "RestrictSUIDSGID" }, SYS_mknod, { P(NOWHERE), S_IFREG | 04755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_mknod, { P(NOWHERE), S_IFREG | 0755 }, ENOENT },
        { { "RestrictSUIDSGID" }, SYS_mknodat, { AT_FDCWD, P(NOWHERE), S_IFREG | 04755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_mknodat, { AT_FDCWD, P(NOWHERE), S_IFREG | 0755 }, ENOENT },
        { { "RestrictSUIDSGID" }, SYS_open, { P(NOWHERE), O_CREAT | O_WRONLY, 04755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_open, { P(NOWHERE), O_CREAT | O_WRONLY, 0755 }, ENOENT },
        { { "RestrictSUIDSGID" }, SYS_open, { P(NOWHERE), O_WRONLY, 04755 }, ENOENT },
        { { "RestrictSUIDSGID" }, SYS_openat, { AT_FDCWD, P(NOWHERE), O_CREAT | O_WRONLY, 02755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_openat, { AT_FDCWD, P(NOWHERE), O_TMPFILE | O_WRONLY, 04755 }, EPERM },
        { { "RestrictSUIDSGID" }, SYS_openat, { AT_FDCWD, P(NOWHERE), O_CREAT | O_WRONLY, 0755 }, ENOENT },
        { { "RestrictSUIDSGID" }, SYS_openat, { AT_FDCWD, P(NOWHERE), O_DIRECTORY, 04755 }, ENOENT },
        { { "RestrictSUIDSGID" }, SYS_openat2, { AT_FDCWD, P(NOWHERE), 0, 0 }, ENOSYS },
        { { "RestrictSUIDSGID" }, X86 | 94, { -1, 04755 }, EPERM },
        /* LockPersonality= */
        { { "LockPersonality" }, SYS_personality, { 8 /* PER_LINUX32 */ }, EPERM },
        { { "LockPersonality" }, SYS_personality, { 0x0040000 /* ADDR_NO_RANDOMIZE */ }, EPERM },
        { { "LockPersonality" }, SYS_personality, { 0 }, OK },
        /* the ones that forbid lists */
        { { "ProtectClock" }, SYS_settimeofday, { 0, 0 }, EPERM },
        { { "ProtectClock" }, SYS_clock_adjtime, { 0, 0 }, EPERM },
        { { "ProtectClock" }, SYS_clock_gettime, { 0, 0 }, EFAULT },
        { { "ProtectHostname" }, SYS_sethostname, { 0, -1 }, EPERM },
        { { "ProtectHostname" }, SYS_setdomainname, { 0, -1 }, EPERM },
        { { "ProtectHostname" }, SYS_uname, { 0 }, EFAULT },
        { { "ProtectKernelModules" }, SYS_finit_module, { -1, 0 }, EPERM },
        { { "ProtectKernelModules" }, X86 | 350 /* finit_module */, { -1, 0 }, EPERM },
        { { "ProtectKernelModules" }, SYS_getpid, { 0 }, OK },
        { { "ProtectKernelLogs" }, SYS_syslog, { 10, 0 }, EPERM },
        { { "ProtectKernelLogs" }, X86 | 103, { 10, 0 }, EPERM },
        { { "ProtectKernelLogs" }, SYS_getpid, { 0 }, OK },
        { { "ProtectKernelTunables" }, 156 /* _sysctl */, { 0 }, EPERM },
        { { "ProtectKernelTunables" }, SYS_getpid, { 0 }, OK },
        { { "PrivateDevices" }, SYS_iopl, { 0 }, EPERM },
        { { "PrivateDevices" }, SYS_ioctl, { -1, 0 }, EBADF },
        /* SystemCallFilter=: allow lists */
        { { "SystemCallFilter", "@system-service" }, SYS_getpid, { 0 }, OK },
        { { "SystemCallFilter", "@system-service" }, SYS_reboot, { 0 }, KILLED },
        { { "SystemCallFilter", "@system-service" }, SYS_umount2, { 0 }, KILLED },
        { { "SystemCallFilter", "@system-service" }, 999, { 0 }, ENOSYS },
        { { "SystemCallFilter", "@system-service" }, X86 | 20 /* getpid */, { 0 }, OK },
        { { "SystemCallFilter", "@system-service" }, X86 | 52 /* umount2 */, { 0 }, KILLED },
        { { "SystemCallFilter", "@system-service" }, X86 | 999, { 0 }, ENOSYS },
        { { "SystemCallFilter", "@system-service" }, 0x40000000 | 39 /* getpid of x32 */, { 0 }, ENOSYS },
        { { "SystemCallFilter", "@system-service" }, 0x40000000 | 999, { 0 }, ENOSYS },
        { { "SystemCallFilter", "@system-service", "SystemCallErrorNumber", "1" }, SYS_reboot, { 0 }, EPERM },
        { { "SystemCallFilter", "@system-service", "SystemCallErrorNumber", "13" }, SYS_reboot, { 0 }, EACCES },
        { { "SystemCallFilter", "@system-service", "SystemCallErrorNumber", "13" }, 999, { 0 }, ENOSYS },
        { { "SystemCallFilter", "getuid" }, SYS_getuid, { 0 }, OK },
        { { "SystemCallFilter", "getuid" }, SYS_getpid, { 0 }, OK }, /* @default */
        { { "SystemCallFilter", "getuid" }, SYS_chdir, { 0 }, KILLED },
        { { "SystemCallFilter", "@system-service ~@resources" }, SYS_setpriority, { 9, 9, 9 }, KILLED },
        { { "SystemCallFilter", "@system-service ~@resources" }, SYS_chdir, { 0 }, EFAULT },
        { { "SystemCallFilter", "@system-service ~@resources setpriority" }, SYS_setpriority, { 9, 9, 9 }, EINVAL },
        { { "SystemCallFilter", "@system-service ~chdir:EACCES" }, SYS_chdir, { 0 }, EACCES },
        { { "SystemCallFilter", "@system-service ~chdir:0" }, SYS_chdir, { 0 }, OK },
        { { "SystemCallFilter", "@system-service ~chdir:kill", "SystemCallErrorNumber", "1" }, SYS_chdir, { 0 }, KILLED },
        { { "SystemCallFilter", "@system-service ~chdir:log" }, SYS_chdir, { 0 }, EFAULT },
        { { "SystemCallFilter", "@system-service ~@file-system:EACCES" }, SYS_chdir, { 0 }, EACCES },
        { { "SystemCallFilter", "@system-service chroot:EPERM" }, SYS_chroot, { 0 }, KILLED }, /* no numbers there */
        { { "SystemCallFilter", "@system-service no_such_call @no-such-group" }, SYS_chdir, { 0 }, EFAULT },
        { { "SystemCallFilter", "~@default" }, SYS_chdir, { 0 }, EFAULT },
        /* SystemCallFilter=: deny lists */
        { { "SystemCallFilter", "~chdir" }, SYS_chdir, { 0 }, KILLED },
        { { "SystemCallFilter", "~chdir" }, SYS_chroot, { 0 }, EFAULT },
        { { "SystemCallFilter", "~chdir" }, X86 | 12, { 0 }, KILLED },
        { { "SystemCallFilter", "~chdir" }, 999, { 0 }, ENOSYS },
        { { "SystemCallFilter", "~chdir", "SystemCallErrorNumber", "1" }, SYS_chdir, { 0 }, EPERM },
        { { "SystemCallFilter", "~chdir:EUCLEAN" }, SYS_chdir, { 0 }, EUCLEAN },
        { { "SystemCallFilter", "~chdir:117" }, SYS_chdir, { 0 }, EUCLEAN },
        { { "SystemCallFilter", "~chdir:kill", "SystemCallErrorNumber", "1" }, SYS_chdir, { 0 }, KILLED },
        { { "SystemCallFilter", "~chdir:log" }, SYS_chdir, { 0 }, EFAULT },
        { { "SystemCallFilter", "~chdir:5000" }, SYS_chdir, { 0 }, EFAULT }, /* ignored */
        { { "SystemCallFilter", "~@mount mount" }, SYS_mount, { 0 }, EFAULT },
        { { "SystemCallFilter", "~@mount mount" }, SYS_umount2, { 0 }, KILLED },
        { { "SystemCallFilter", "~@privileged @chown" }, SYS_chown, { 0 }, EFAULT },
        { { "SystemCallFilter", "~@privileged @chown" }, SYS_chroot, { 0 }, KILLED },
        { { "SystemCallFilter", "~chdir chdir" }, SYS_chdir, { 0 }, EFAULT },
        /* together */
        { { "SystemCallFilter", "@system-service", "MemoryDenyWriteExecute" }, SYS_mprotect, { 0, 0, PROT_EXEC }, EPERM },
        { { "SystemCallFilter", "@system-service", "MemoryDenyWriteExecute" }, SYS_mprotect, { 0, 0, PROT_READ }, OK },
        { { "SystemCallFilter", "~mprotect:EACCES", "MemoryDenyWriteExecute" }, SYS_mprotect, { 0, 0, PROT_READ }, EACCES },
        { { "SystemCallFilter", "~mprotect:EACCES", "MemoryDenyWriteExecute" }, SYS_mprotect, { 0, 0, PROT_EXEC }, EACCES },
        { { "SystemCallFilter", "~@clock", "ProtectClock" }, SYS_settimeofday, { 0 }, KILLED },
        { { "SystemCallFilter", "~@clock:log", "ProtectClock" }, SYS_settimeofday, { 0 }, EPERM },
        { { "SystemCallFilter", "~prctl seccomp", "ProtectClock" }, SYS_prctl, { 0 }, KILLED },
        { { "SystemCallFilter", "~seccomp ~prctl", "SystemCallLog", "read" }, SYS_getpid, { 0 }, OK },
        /* SystemCallLog= */
        { { "SystemCallLog", "chdir" }, SYS_chdir, { 0 }, EFAULT },
        { { "SystemCallLog", "~chdir exit_group" }, SYS_chdir, { 0 }, EFAULT },
        { { "SystemCallLog", "@basic-io", "SystemCallFilter", "~read" }, SYS_read, { -1 }, KILLED },
        /* SystemCallArchitectures= */
        { { "SystemCallArchitectures", "native" }, SYS_getpid, { 0 }, OK },
        { { "SystemCallArchitectures", "native" }, X86 | 20, { 0 }, KILLED },
        { { "SystemCallArchitectures", "native" }, 0x40000000 | 39, { 0 }, KILLED },
        { { "SystemCallArchitectures", "x86" }, X86 | 20, { 0 }, OK },
        { { "SystemCallArchitectures", "x86" }, SYS_getpid, { 0 }, OK },
        { { "SystemCallArchitectures", "native", "SystemCallFilter", "@system-service" }, X86 | 20, { 0 }, KILLED },
        { { "SystemCallArchitectures", "native", "SystemCallFilter", "@system-service" }, X86 | 999, { 0 }, KILLED },
        { { "SystemCallArchitectures", "native", "SystemCallFilter", "@system-service" }, 999, { 0 }, ENOSYS },
        { { "SystemCallArchitectures", "native", "SystemCallFilter", "@system-service" }, SYS_chdir, { 0 }, EFAULT },
};

/* ---- trying --------------------------------------------------------------------------------------------------------- */

static long call_x86(long number, const long a[4]) {
        long result;

        /* A page below 4 GiB is not needed: no argument here is a good pointer. */
        __asm__ volatile("int $0x80"
                         : "=a"(result)
                         : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3])
                         : "memory", "r8", "r9", "r10", "r11");
        return (int)result;
}

static long call_native(long number, const long a[4]) {
        register long r10 __asm__("r10") = a[3];
        register long r8 __asm__("r8") = -1;
        register long r9 __asm__("r9") = 0;
        long result;

        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                         : "memory", "rcx", "r11");
        return result;
}

static int load(const struct seccomp_policy *p) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;
        for (size_t i = 0; p && i < p->program_count; i++)
                if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p->programs[i]) < 0)
                        return -errno;
        return 0;
}

/* What came of the call under the policy: OK, an errno, KILLED, or -1 when the policy could not be loaded. */
static int outcome_under(const struct seccomp_policy *p, long number, const long args[4]) {
        int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        int status = 0, result;
        pid_t self = getpid(), pid = fork();

        if (pid == 0) {
                long r;

                *shared = -1;
                if (load(p) < 0)
                        (void)kill(getpid(), SIGKILL);
                *shared = KILLED;
                r = number & X86 ? call_x86(number & ~X86, args) : call_native(number, args);
                *shared = r < 0 && r > -4096 ? (int)-r : OK;
                /* Also the way out for what a permitted clone made. */
                _exit(getppid() == self ? 7 : 0);
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        result = *shared;
        (void)munmap(shared, 4096);
        if (result == KILLED)
                ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        return result;
}

static struct seccomp_policy *compile(void) {
        struct seccomp_policy *p = NULL;

        ck_assert_int_eq(seccomp_compile(&unit, &diag, &p), 0);
        return p;
}

START_TEST(each_attempt_ends_as_it_must) {
        const struct attempt *a = &attempts[_i];
        struct seccomp_policy *p;
        int got;

        for (size_t i = 0; i < 4 && a->set[i]; i += 2)
                apply_setting(a->set[i], a->set[i + 1]);
        p = compile();
        ck_assert_ptr_nonnull(p);
        got = outcome_under(p, a->call, a->args);
        ck_assert_msg(got == a->expected, "%s=%s %s=%s: call %#lx(%ld, %ld, %ld): %d, not %d", a->set[0], a->set[1] ? a->set[1] : "",
                      a->set[2] ? a->set[2] : "", a->set[3] ? a->set[3] : "", (unsigned long)a->call, a->args[0], a->args[1],
                      a->args[2], got, a->expected);
        seccomp_policy_unref(p);
}
END_TEST

/* The siblings' errors above are only proof if they come without a policy too, and the denials do not. */
START_TEST(without_a_policy_the_permitted_end_the_same) {
        const struct attempt *a = &attempts[_i];
        int got;

        if (a->expected == KILLED || geteuid() != 0)
                return;
        got = outcome_under(NULL, a->call, a->args);
        if (a->expected == EFAULT || a->expected == EBADF || a->expected == EINVAL || a->expected == ENOENT)
                ck_assert_int_eq(got, a->expected);
}
END_TEST

START_TEST(every_directive_is_tried) {
        for (size_t i = 0; i < seccomp_restriction_count; i++) {
                const char *key = text_after(seccomp_restrictions[i].key, "Service.");
                unsigned denied = 0, permitted = 0;

                ck_assert_ptr_nonnull(key);
                ck_assert(!seccomp_restrictions[i].is_set(&settings));
                for (size_t j = 0; j < ARRAY_LEN(attempts); j++)
                        if (text_equal(attempts[j].set[0], key)) {
                                bool was_denied = attempts[j].expected == EPERM || attempts[j].expected == EAFNOSUPPORT;

                                denied += was_denied;
                                permitted += !was_denied;
                        }
                ck_assert_msg(denied > 0 && permitted > 0, "%s is not tried", key);
        }
}
END_TEST

/* By rules where libseccomp knows the call, else as one that is missing. */
START_TEST(fchmodat2_is_no_way_around) {
        long args[4] = { AT_FDCWD, P(NOWHERE), 02755 };
        int got;

        settings.restrict_suid_sgid = true;
        got = outcome_under(compile(), 452, args);
        ck_assert(got == EPERM || got == ENOSYS);
}
END_TEST

static int add_nothing(scmp_filter_ctx filter UNUSED, uint32_t arch UNUSED, void *user UNUSED) {
        return 0;
}

START_TEST(single_calls_can_be_missing) {
        struct arch_list all = { .items = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32 }, .count = 3 };
        struct missing_calls missing = { .number = { SYS_chdir, SYS_getuid }, .count = 2 };
        struct sock_fprog program;
        struct seccomp_policy p = { .programs = &program, .program_count = 1 };

        ck_assert_int_eq(seccomp_build_program(&program, SCMP_ACT_ALLOW, &all, &missing, add_nothing, NULL), 0);
        ck_assert_int_eq(outcome_under(&p, SYS_chdir, (long[4]){ 0 }), ENOSYS);
        ck_assert_int_eq(outcome_under(&p, SYS_getuid, (long[4]){ 0 }), ENOSYS);
        ck_assert_int_eq(outcome_under(&p, SYS_getpid, (long[4]){ 0 }), OK);
        ck_assert_int_eq(outcome_under(&p, X86 | SYS_getuid /* umask there */, (long[4]){ 0 }), ENOSYS);
        ck_assert_int_eq(outcome_under(&p, X86 | 20, (long[4]){ 0 }), OK);
        free(program.filter);
}
END_TEST

static int add_row(scmp_filter_ctx filter, uint32_t arch, void *row) {
        return seccomp_restrictions[*(const int *)row].add(filter, arch, &settings);
}

START_TEST(every_directive_compiles_for_other_machines) {
        static const struct arch_list machines[] = {
                { .items = { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM }, .count = 2 },
                { .items = { SCMP_ARCH_RISCV64 }, .count = 1, .is_exclusive = true },
                { .items = { SCMP_ARCH_PPC64LE }, .count = 1 },
                { .items = { SCMP_ARCH_MIPSEL64 }, .count = 1 },
        };
        const struct missing_calls newer = { .above_known = true };

        apply_setting("RestrictNamespaces", ALL_NS);
        apply_setting("RestrictAddressFamilies", "AF_UNIX AF_INET6");
        for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
                struct sock_fprog program;

                ck_assert_int_eq(seccomp_build_program(&program, SCMP_ACT_ALLOW, &machines[i], &newer, add_row, &_i), 0);
                ck_assert_uint_gt(program.len, 5);
                free(program.filter);
        }
}
END_TEST

/* ---- groups --------------------------------------------------------------------------------------------------------- */

static const char *const group_names[] = {
        "@default", "@aio",     "@basic-io", "@chown",      "@clock",   "@cpu-emulation", "@debug",   "@file-system", "@io-event", "@ipc",
        "@keyring", "@known",   "@memlock",  "@module",     "@mount",   "@network-io",    "@obsolete", "@pkey",       "@privileged", "@process",
        "@raw-io",  "@reboot",  "@resources", "@sandbox",   "@setuid",  "@signal",        "@swap",    "@sync",        "@system-service", "@timer",
};

START_TEST(every_group_loads_both_ways) {
        char words[64];
        struct seccomp_policy *p;
        const char *members = seccomp_group(group_names[_i]);

        ck_assert_ptr_nonnull(members);
        ck_assert_uint_gt(strlen(members), 3);
        set_filter(group_names[_i]);
        p = compile();
        ck_assert_int_eq(outcome_under(p, SYS_getpid, (long[4]){ 0 }), OK);
        seccomp_policy_unref(p);
        (void)snprintf(words, sizeof words, "~%s", group_names[_i]);
        set_filter(words);
        p = compile();
        ck_assert_int_ne(outcome_under(p, SYS_getpid, (long[4]){ 0 }), -1);
        seccomp_policy_unref(p);
        ck_assert_str_eq(messages, "");
}
END_TEST

START_TEST(members_that_are_groups_exist) {
        for (size_t i = 0; i < ARRAY_LEN(group_names); i++) {
                owned_str copy = strdup(seccomp_group(group_names[i]));

                for (char *at = NULL, *m = strtok_r(copy, "\n", &at); m; m = strtok_r(NULL, "\n", &at))
                        ck_assert_msg(*m != '@' || seccomp_group(m), "%s has %s", group_names[i], m);
        }
        ck_assert_ptr_null(seccomp_group("@no-such"));
        ck_assert_ptr_null(seccomp_group("default"));
}
END_TEST

/* ---- messages, the cache -------------------------------------------------------------------------------------------- */

START_TEST(mistakes_are_said_with_their_line) {
        struct seccomp_policy *p;

        set_filter("@system-service no_such_call @no-such read:EPERM ~write:ENOSUCH");
        apply_setting("RestrictAddressFamilies", "AF_UNIX AF_NONE");
        p = compile();
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq(diag.warnings, 5);
        ck_assert_ptr_nonnull(strstr(messages, "a.service:7: SystemCallFilter: 'no_such_call'"));
        ck_assert_ptr_nonnull(strstr(messages, "'@no-such'"));
        ck_assert_ptr_nonnull(strstr(messages, "'read:EPERM'"));
        ck_assert_ptr_nonnull(strstr(messages, "'write:ENOSUCH'"));
        ck_assert_ptr_nonnull(strstr(messages, "'AF_NONE'"));
        /* Again for the next unit with the same words. */
        seccomp_policy_unref(compile());
        ck_assert_uint_eq(diag.warnings, 10);
        seccomp_policy_unref(p);
}
END_TEST

START_TEST(equal_settings_share_a_policy) {
        struct seccomp_policy *a, *b, *c;

        set_filter("@system-service");
        a = compile();
        b = compile();
        ck_assert_ptr_eq(a, b);
        ck_assert_uint_eq(a->references, 2);
        settings.syscall_errno = EPERM;
        c = compile();
        ck_assert_ptr_ne(a, c);
        seccomp_policy_unref(a);
        seccomp_policy_unref(b);
        seccomp_policy_unref(c);
        settings.syscall_errno = 0;
        b = compile(); /* it is still there */
        ck_assert_ptr_eq(a, b);
        seccomp_policy_unref(b);
}
END_TEST

START_TEST(the_cache_is_bounded) {
        struct seccomp_policy *kept;

        set_filter("~chdir:1");
        kept = compile();
        for (int i = 2; i < 200; i++) {
                char words[32];

                (void)snprintf(words, sizeof words, "~chdir:%d", i);
                set_filter(words);
                seccomp_policy_unref(compile());
        }
        set_filter("~chdir:1");
        ck_assert_ptr_eq(compile(), kept);
        seccomp_policy_unref(kept);
        seccomp_policy_unref(kept);
}
END_TEST

START_TEST(nothing_restricted_is_no_policy) {
        struct rusage children;

        ck_assert_ptr_null(compile());
        seccomp_policy_unref(NULL);
        /* Nor a question to the kernel that costs a process. */
        ck_assert_int_eq(getrusage(RUSAGE_CHILDREN, &children), 0);
        ck_assert_int_eq(children.ru_minflt, 0);
}
END_TEST

START_TEST(numbers_have_names) {
        ck_assert_str_eq(seccomp_syscall_name((int)SCMP_ARCH_X86_64, 0), "read");
        ck_assert_str_eq(seccomp_syscall_name((int)SCMP_ARCH_X86, 3), "read");
        ck_assert_str_eq(seccomp_syscall_name((int)SCMP_ARCH_X86_64, 0x40000000 | 39), "getpid");
        ck_assert_str_eq(seccomp_syscall_name((int)SCMP_ARCH_X86_64, 9999), "syscall 9999");
        ck_assert_str_eq(seccomp_syscall_name((int)SCMP_ARCH_AARCH64, 63), "read");
}
END_TEST

/* A stretch of calls costs two instructions, not two each. */
START_TEST(the_filter_of_a_service_is_short) {
        struct seccomp_policy *p = NULL;

        set_filter("@system-service");
        ck_assert_int_eq(seccomp_compile(&unit, &diag, &p), 0);
        ck_assert_uint_eq(p->program_count, 1);
        ck_assert_uint_lt(p->programs->len, 300);
        seccomp_policy_unref(p);
}
END_TEST

static void clean(void) {
        settings = (struct exec_settings){ 0 };
        messages[0] = outcomes[0] = 0;
        diag.warnings = 0;
        memset(archs, 0, sizeof archs);
}

int main(void) {
        Suite *suite = suite_create("seccomp");
        TCase *c = tcase_create("policies");
        SRunner *runner = srunner_create(suite);
        int failed;

        if (!seccomp_is_available() || seccomp_arch_native() != SCMP_ARCH_X86_64) {
                puts("SKIP: no filtering of system calls here, or another machine than x86-64");
                return 0;
        }
        suite_add_tcase(suite, c);
        tcase_add_checked_fixture(c, clean, NULL);
        tcase_set_timeout(c, 60);
        tcase_add_loop_test(c, each_attempt_ends_as_it_must, 0, (int)ARRAY_LEN(attempts));
        tcase_add_loop_test(c, without_a_policy_the_permitted_end_the_same, 0, (int)ARRAY_LEN(attempts));
        tcase_add_test(c, every_directive_is_tried);
        tcase_add_loop_test(c, every_directive_compiles_for_other_machines, 0, (int)seccomp_restriction_count);
        tcase_add_test(c, fchmodat2_is_no_way_around);
        tcase_add_test(c, single_calls_can_be_missing);
        tcase_add_loop_test(c, every_group_loads_both_ways, 0, (int)ARRAY_LEN(group_names));
        tcase_add_test(c, members_that_are_groups_exist);
        tcase_add_test(c, mistakes_are_said_with_their_line);
        tcase_add_test(c, equal_settings_share_a_policy);
        tcase_add_test(c, the_cache_is_bounded);
        tcase_add_test(c, nothing_restricted_is_no_policy);
        tcase_add_test(c, numbers_have_names);
        tcase_add_test(c, the_filter_of_a_service_is_short);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
