/* SPDX-License-Identifier: MIT */
/* seccomp-restrict: the directives that forbid a thing rather than a list of system calls, and look at arguments for it
 * (systemd.exec(5); each denial with systemd's errno).
 *
 * Arguments are compared by the 32 bits that the kernel reads of an int, so that garbage above them is no way around. What a
 * filter cannot see because it is behind a pointer (clone3, openat2, sched_setattr) gives ENOSYS: programs then take the
 * older call, which can be checked. On x86 the old calls that bundle their arguments in memory are forbidden in that use.
 */
#include "seccomp-private.h"

#include <errno.h>
#include <linux/sched.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define INT_MASK 0xffffffffull
/* clang-format off */
/* All of these bits are set. */
#define HAS(n, bits)  { .arg = (n), .op = SCMP_CMP_MASKED_EQ, .datum_a = (bits), .datum_b = (bits) }
/* The int, leaving these bits aside, is this. */
#define IS(n, value, aside) { .arg = (n), .op = SCMP_CMP_MASKED_EQ, .datum_a = INT_MASK & ~(uint64_t)(aside), .datum_b = (value) }
/* clang-format on */

/* Is it a machine whose 32-bit calls are bundled (ipc, socketcall)? */
enum on { ON_ALL, ON_X86, NOT_ON_X86 };

struct denial {
        const char *call;
        int error;
        enum on on;
        unsigned count;
        struct scmp_arg_cmp args[2];
};

int seccomp_deny(scmp_filter_ctx filter, int error, const char *call, unsigned count, const struct scmp_arg_cmp *args) {
        int number = seccomp_syscall_resolve_name(call), r;

        if (number == __NR_SCMP_ERROR)
                return 0;
        r = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(error), number, count, args);
        /* Denied already, by a rule of the unit's own or as part of a wider one; or there is no such call here. */
        return r == -EEXIST || r == -EDOM ? 0 : r;
}

static int deny_rows(scmp_filter_ctx filter, uint32_t arch, const struct denial *rows, size_t count) {
        for (size_t i = 0; i < count; i++) {
                int r;

                if (rows[i].on != ON_ALL && (rows[i].on == ON_X86) != (arch == SCMP_ARCH_X86))
                        continue;
                r = seccomp_deny(filter, rows[i].error, rows[i].call, rows[i].count, rows[i].args);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int deny_group(scmp_filter_ctx filter, const char *group) {
        const char *members = seccomp_group(group);
        owned_str copy = members ? strdup(members) : NULL;
        char *at = NULL;

        if (!copy)
                return -ENOMEM;
        for (char *member = strtok_r(copy, "\n", &at); member; member = strtok_r(NULL, "\n", &at)) {
                int r = seccomp_deny(filter, EPERM, member, 0, NULL);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- tables --------------------------------------------------------------------------------------------------------- */

#define IPC_SHMAT 21u /* the call's number within ipc(2); a version may stand in its upper half */

/* clang-format off */
static const struct denial write_execute[] = {
        { "mmap", EPERM, NOT_ON_X86, 1, { HAS(2, PROT_WRITE | PROT_EXEC) } },
        { "mmap2", EPERM, ON_ALL, 1, { HAS(2, PROT_WRITE | PROT_EXEC) } },
        { "mmap", EPERM, ON_X86, 0, { { 0 } } }, /* the one of before mmap2: a pointer to its arguments */
        { "mprotect", EPERM, ON_ALL, 1, { HAS(2, PROT_EXEC) } },
        { "pkey_mprotect", EPERM, ON_ALL, 1, { HAS(2, PROT_EXEC) } },
        { "shmat", EPERM, NOT_ON_X86, 1, { HAS(2, SHM_EXEC) } },
        { "ipc", EPERM, ON_X86, 2, { IS(0, IPC_SHMAT, 0xffff0000), HAS(2, SHM_EXEC) } },
};

/* SCHED_FIFO, _RR, the unused 4, _DEADLINE; the flag is SCHED_RESET_ON_FORK. */
#define POLICY(n) { "sched_setscheduler", EPERM, ON_ALL, 1, { IS(1, (n), 0x40000000) } }
static const struct denial realtime[] = {
        POLICY(1), POLICY(2), POLICY(4), POLICY(6),
        { "sched_setattr", ENOSYS, ON_ALL, 0, { { 0 } } },
};

#define MODE(call, n) { call, EPERM, ON_ALL, 1, { HAS(n, S_ISUID) } }, { call, EPERM, ON_ALL, 1, { HAS(n, S_ISGID) } }
#define CREATE(call, flags, n, flag) \
        { call, EPERM, ON_ALL, 2, { HAS(flags, flag), HAS(n, S_ISUID) } }, \
                { call, EPERM, ON_ALL, 2, { HAS(flags, flag), HAS(n, S_ISGID) } }
#define KERNEL_O_CREAT   0100u
#define KERNEL_O_TMPFILE 020000000u /* without the O_DIRECTORY that comes with it, whose value varies */
static const struct denial suid_sgid[] = {
        MODE("chmod", 1),
        MODE("fchmod", 1),
        MODE("fchmodat", 2),
        MODE("fchmodat2", 2),
        MODE("creat", 1),
        MODE("mkdir", 1),
        MODE("mkdirat", 2),
        MODE("mknod", 1),
        MODE("mknodat", 2),
        CREATE("open", 1, 2, KERNEL_O_CREAT),
        CREATE("open", 1, 2, KERNEL_O_TMPFILE),
        CREATE("openat", 2, 3, KERNEL_O_CREAT),
        CREATE("openat", 2, 3, KERNEL_O_TMPFILE),
        { "openat2", ENOSYS, ON_ALL, 0, { { 0 } } },
};

static const struct denial host_name[] = {
        { "sethostname", EPERM, ON_ALL, 0, { { 0 } } },
        { "setdomainname", EPERM, ON_ALL, 0, { { 0 } } },
};
static const struct denial kernel_logs[] = { { "syslog", EPERM, ON_ALL, 0, { { 0 } } } };
static const struct denial kernel_tunables[] = { { "_sysctl", EPERM, ON_ALL, 0, { { 0 } } } };
/* clang-format on */

#define DENY_TABLE(name, table) \
        static int name(scmp_filter_ctx filter, uint32_t arch, const struct exec_settings *e UNUSED) { \
                return deny_rows(filter, arch, table, ARRAY_LEN(table)); \
        }
DENY_TABLE(deny_write_execute, write_execute)
DENY_TABLE(deny_realtime, realtime)
DENY_TABLE(deny_suid_sgid, suid_sgid)
DENY_TABLE(deny_host_name, host_name)
DENY_TABLE(deny_kernel_logs, kernel_logs)
DENY_TABLE(deny_kernel_tunables, kernel_tunables)

#define DENY_GROUP(name, group) \
        static int name(scmp_filter_ctx filter, uint32_t arch UNUSED, const struct exec_settings *e UNUSED) { \
                return deny_group(filter, group); \
        }
DENY_GROUP(deny_clock, "@clock")
DENY_GROUP(deny_modules, "@module")
DENY_GROUP(deny_raw_io, "@raw-io")

/* ---- personality ---------------------------------------------------------------------------------------------------- */

unsigned long seccomp_locked_personality(const struct exec_settings *e) {
        return e->personality_set ? e->personality : (unsigned long)personality(0xffffffff);
}

static int deny_personality(scmp_filter_ctx filter, uint32_t arch UNUSED, const struct exec_settings *e) {
        struct scmp_arg_cmp other = { .arg = 0, .op = SCMP_CMP_NE, .datum_a = seccomp_locked_personality(e) };

        return seccomp_deny(filter, EPERM, "personality", 1, &other);
}

/* ---- namespaces ----------------------------------------------------------------------------------------------------- */

#define ALL_NAMESPACES \
        (CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS)

/* On s390 the stack comes before the flags. */
static unsigned clone_flags_index(uint32_t arch) {
        return arch == SCMP_ARCH_S390 || arch == SCMP_ARCH_S390X ? 1 : 0;
}

static int deny_namespaces(scmp_filter_ctx filter, uint32_t arch, const struct exec_settings *e) {
        static const struct scmp_arg_cmp any_type = IS(1, 0, 0);
        uint64_t forbidden = e->restrict_namespaces;
        int r = seccomp_deny(filter, ENOSYS, "clone3", 0, NULL);

        if (r < 0)
                return r;
        /* "All" was said before there were time namespaces; the words cannot name them. */
        if ((forbidden & ALL_NAMESPACES) == ALL_NAMESPACES)
                forbidden |= CLONE_NEWTIME;
        for (uint64_t bit = 1; bit <= forbidden; bit <<= 1) {
                struct scmp_arg_cmp in_clone = HAS(clone_flags_index(arch), bit), in_unshare = HAS(0, bit),
                                    in_setns = HAS(1, bit);

                if (!(forbidden & bit))
                        continue;
                /* In clone's lowest byte is a signal. */
                if (bit > 0xff)
                        r = seccomp_deny(filter, EPERM, "clone", 1, &in_clone);
                if (r >= 0)
                        r = seccomp_deny(filter, EPERM, "unshare", 1, &in_unshare);
                if (r >= 0)
                        r = seccomp_deny(filter, EPERM, "setns", 1, &in_setns);
                if (r < 0)
                        return r;
        }
        return seccomp_deny(filter, EPERM, "setns", 1, &any_type);
}

/* ---- address families ----------------------------------------------------------------------------------------------- */

/* clang-format off */
#define FAMILY(name) { #name, name }
static const struct {
        const char *name;
        int value;
} families[] = {
        FAMILY(AF_UNIX),     FAMILY(AF_LOCAL),   FAMILY(AF_FILE),   FAMILY(AF_INET),      FAMILY(AF_AX25),   FAMILY(AF_IPX),
        FAMILY(AF_APPLETALK), FAMILY(AF_NETROM), FAMILY(AF_BRIDGE), FAMILY(AF_ATMPVC),    FAMILY(AF_X25),    FAMILY(AF_INET6),
        FAMILY(AF_ROSE),     FAMILY(AF_DECnet),  FAMILY(AF_NETBEUI), FAMILY(AF_SECURITY), FAMILY(AF_KEY),    FAMILY(AF_NETLINK),
        FAMILY(AF_ROUTE),    FAMILY(AF_PACKET),  FAMILY(AF_ASH),    FAMILY(AF_ECONET),    FAMILY(AF_ATMSVC), FAMILY(AF_RDS),
        FAMILY(AF_SNA),      FAMILY(AF_IRDA),    FAMILY(AF_PPPOX),  FAMILY(AF_WANPIPE),   FAMILY(AF_LLC),    FAMILY(AF_IB),
        FAMILY(AF_MPLS),     FAMILY(AF_CAN),     FAMILY(AF_TIPC),   FAMILY(AF_BLUETOOTH), FAMILY(AF_IUCV),   FAMILY(AF_RXRPC),
        FAMILY(AF_ISDN),     FAMILY(AF_PHONET),  FAMILY(AF_IEEE802154), FAMILY(AF_CAIF),  FAMILY(AF_ALG),    FAMILY(AF_NFC),
        FAMILY(AF_VSOCK),    FAMILY(AF_KCM),     FAMILY(AF_QIPCRTR), FAMILY(AF_SMC),      FAMILY(AF_XDP),    FAMILY(AF_MCTP),
};
#define FAMILY_MAX 64
/* clang-format on */

int address_family_from_name(const char *name) {
        for (size_t i = 0; i < ARRAY_LEN(families); i++)
                if (text_equal(families[i].name, name))
                        return families[i].value;
        return -EINVAL;
}

/* An allow list needs more than one rule: what is below the least, above the greatest, and each hole between them. */
static int deny_all_families_but(scmp_filter_ctx filter, const bool allowed[FAMILY_MAX]) {
        int least = 0, greatest = FAMILY_MAX - 1, r;
        struct scmp_arg_cmp below = { .arg = 0, .op = SCMP_CMP_LT }, above = { .arg = 0, .op = SCMP_CMP_GT };

        while (least < FAMILY_MAX && !allowed[least])
                least++;
        if (least == FAMILY_MAX)
                return seccomp_deny(filter, EAFNOSUPPORT, "socket", 0, NULL);
        while (!allowed[greatest])
                greatest--;
        below.datum_a = (uint64_t)least;
        above.datum_a = (uint64_t)greatest;
        r = seccomp_deny(filter, EAFNOSUPPORT, "socket", 1, &above);
        if (r >= 0 && least > 0)
                r = seccomp_deny(filter, EAFNOSUPPORT, "socket", 1, &below);
        for (int i = least; r >= 0 && i < greatest; i++) {
                struct scmp_arg_cmp hole = { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = (uint64_t)i };

                if (!allowed[i])
                        r = seccomp_deny(filter, EAFNOSUPPORT, "socket", 1, &hole);
        }
        return r;
}

/* libseccomp adds the socket call of socketcall(2) to each of these rules where there is one, and cannot look at its
 * family: an x86 program on a 64-bit machine must use socket(2) itself. */
static int deny_families(scmp_filter_ctx filter, uint32_t arch UNUSED, const struct exec_settings *e) {
        bool listed[FAMILY_MAX] = { false };

        if (!e->address_families_none)
                STRV_EACH(name, e->address_families) {
                        int family = address_family_from_name(name);

                        if (family >= 0)
                                listed[family] = true;
                }
        if (!e->address_families_deny)
                return deny_all_families_but(filter, listed);
        for (int i = 0; i < FAMILY_MAX; i++) {
                struct scmp_arg_cmp is = IS(0, (uint64_t)i, 0);
                int r = listed[i] ? seccomp_deny(filter, EAFNOSUPPORT, "socket", 1, &is) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

static const char *families_why_not(void) {
        return seccomp_arch_native() == SCMP_ARCH_X86
                       ? "on this machine programs make sockets through socketcall(2), whose arguments "
                         "no filter can see"
                       : NULL;
}

/* ---- the rows ------------------------------------------------------------------------------------------------------- */

#define IS_SET(name, condition) \
        static bool name(const struct exec_settings *e) { \
                return condition; \
        }
IS_SET(has_families, e->address_families_set)
IS_SET(has_namespaces, e->restrict_namespaces != 0)
IS_SET(has_write_execute, e->memory_deny_write_execute)
IS_SET(has_realtime, e->restrict_realtime)
IS_SET(has_suid_sgid, e->restrict_suid_sgid)
IS_SET(has_personality, e->lock_personality)
IS_SET(has_clock, e->protect_clock)
IS_SET(has_host_name, e->protect_hostname)
IS_SET(has_modules, e->protect_kernel_modules)
IS_SET(has_logs, e->protect_kernel_logs)
IS_SET(has_tunables, e->protect_kernel_tunables)
IS_SET(has_devices, e->private_devices)

/* clang-format off */
const struct restriction seccomp_restrictions[] = {
        { "Service.RestrictAddressFamilies", false, has_families, deny_families, families_why_not },
        { "Service.RestrictNamespaces", false, has_namespaces, deny_namespaces, NULL },
        { "Service.MemoryDenyWriteExecute", false, has_write_execute, deny_write_execute, NULL },
        { "Service.RestrictRealtime", false, has_realtime, deny_realtime, NULL },
        { "Service.RestrictSUIDSGID", false, has_suid_sgid, deny_suid_sgid, NULL },
        { "Service.LockPersonality", false, has_personality, deny_personality, NULL },
        { "Service.ProtectClock", true, has_clock, deny_clock, NULL },
        { "Service.ProtectHostname", true, has_host_name, deny_host_name, NULL },
        { "Service.ProtectKernelModules", true, has_modules, deny_modules, NULL },
        { "Service.ProtectKernelLogs", true, has_logs, deny_kernel_logs, NULL },
        { "Service.ProtectKernelTunables", true, has_tunables, deny_kernel_tunables, NULL },
        { "Service.PrivateDevices", true, has_devices, deny_raw_io, NULL },
};
/* clang-format on */
const size_t seccomp_restriction_count = ARRAY_LEN(seccomp_restrictions);
