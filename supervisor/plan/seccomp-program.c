/* SPDX-License-Identifier: MIT */
/* seccomp-program: rules to BPF. libseccomp makes one filter per architecture, and merges them into one program with a
 * binary tree over the system calls; in front of it come a few instructions of ours for what libseccomp does not know:
 * system calls newer than itself (seccomp(2), Documentation/userspace-api/seccomp_filter.rst).
 */
#include "seccomp-private.h"

#include "base/sys.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/mman.h>

#define X32_BIT     0x40000000u
#define PROGRAM_MAX 4096u /* BPF_MAXINSNS */

/* Instructions in front: 4 to know the architecture, 3 for "newer", 2 for each single call, for each architecture. */
#define PROLOGUE_MAX 64u

static void release(scmp_filter_ctx *filter) {
        if (*filter)
                seccomp_release(*filter);
}

/* ---- the newest call that libseccomp knows -------------------------------------------------------------------------- */

/* Where an architecture's ordinary numbers begin, and where those of its own (ARM's) do. */
static uint32_t private_numbers(uint32_t arch) {
        return arch == SCMP_ARCH_ARM ? 0x0f0000u : X32_BIT;
}

static uint32_t highest_known(uint32_t arch) {
        static struct {
                uint32_t arch, highest;
        } cache[8];
        bool is_mips = (arch & 0xffff) == EM_MIPS;
        uint32_t base = arch == SCMP_ARCH_X32 ? X32_BIT : 0, n = is_mips ? 8191 : 1023;
        size_t i;

        for (i = 0; i < ARRAY_LEN(cache) && cache[i].highest; i++)
                if (cache[i].arch == arch)
                        return cache[i].highest;
        for (; n > 0; n--) {
                owned_str name = seccomp_syscall_resolve_num_arch(arch, (int)(base | n));

                if (name)
                        break;
        }
        if (i < ARRAY_LEN(cache)) {
                cache[i].arch = arch;
                cache[i].highest = base | n;
        }
        return base | n;
}

/* ---- our instructions ----------------------------------------------------------------------------------------------- */

struct prologue {
        struct sock_filter code[PROLOGUE_MAX];
        unsigned short length;
};

static void emit(struct prologue *p, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false) {
        if (p->length < PROLOGUE_MAX)
                p->code[p->length++] = (struct sock_filter){ code, if_true, if_false, k };
}

#define LOAD (BPF_LD | BPF_W | BPF_ABS)

static void emit_arch(struct prologue *p, uint32_t arch, const struct missing_calls *missing) {
        const uint32_t no_such_call = SECCOMP_RET_ERRNO | ENOSYS;
        uint32_t audit = arch == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : arch, bit = arch == SCMP_ARCH_X32 ? X32_BIT : 0;
        unsigned short jump;

        emit(p, LOAD, offsetof(struct seccomp_data, arch), 0, 0);
        jump = p->length;
        emit(p, BPF_JMP | BPF_JEQ | BPF_K, audit, 0, 0);
        emit(p, LOAD, offsetof(struct seccomp_data, nr), 0, 0);
        for (size_t i = 0; i < missing->count; i++) {
                emit(p, BPF_JMP | BPF_JEQ | BPF_K, bit | missing->number[i], 0, 1);
                emit(p, BPF_RET | BPF_K, no_such_call, 0, 0);
        }
        if (missing->above_known) {
                /* Above come other ABIs' or an architecture's own numbers; -1 is a tracer's "skip it". */
                emit(p, BPF_JMP | BPF_JGE | BPF_K, arch == SCMP_ARCH_X32 ? X32_BIT * 2 : private_numbers(arch), 2, 0);
                emit(p, BPF_JMP | BPF_JGT | BPF_K, highest_known(arch), 0, 1);
                emit(p, BPF_RET | BPF_K, no_such_call, 0, 0);
        }
        p->code[jump].jf = (uint8_t)(p->length - jump - 1);
}

/* ---- libseccomp's --------------------------------------------------------------------------------------------------- */

/* A filter for one architecture alone. */
static int new_filter(scmp_filter_ctx *ret, uint32_t default_action, const struct arch_list *archs, uint32_t arch) {
        __attribute__((cleanup(release))) scmp_filter_ctx filter = seccomp_init(default_action);
        uint32_t elsewhere = archs->is_exclusive ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW;
        int r;

        if (!filter)
                return -ENOMEM;
        r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, elsewhere);
        /* Optional: a library older than 2.5 makes a longer way through the same decisions. */
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        if (r >= 0 && arch != seccomp_arch_native()) {
                r = seccomp_arch_add(filter, arch);
                if (r >= 0)
                        r = seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
        }
        if (r < 0)
                return r;
        *ret = take_ptr(filter);
        return 0;
}

static int build_filter(scmp_filter_ctx *ret, uint32_t default_action, const struct arch_list *archs, add_rules_fn *add,
                        void *user) {
        __attribute__((cleanup(release))) scmp_filter_ctx whole = NULL;

        for (size_t i = 0; i < archs->count; i++) {
                __attribute__((cleanup(release))) scmp_filter_ctx one = NULL;
                int r = new_filter(&one, default_action, archs, archs->items[i]);

                if (r >= 0)
                        r = add(one, archs->items[i], user);
                if (r >= 0 && whole)
                        r = seccomp_merge(whole, one);
                if (r < 0)
                        return r;
                if (!whole)
                        whole = one;
                one = NULL;
        }
        *ret = take_ptr(whole);
        return 0;
}

static int export(scmp_filter_ctx filter, const struct prologue *prologue, struct sock_fprog *ret) {
        owned_fd fd = sys_memfd_create("keel-seccomp", MFD_CLOEXEC);
        owned_mem struct sock_filter *code = NULL;
        size_t room, length = prologue->length;
        ssize_t n;
        off_t size;
        int r;

        if (fd < 0)
                return fd;
        r = seccomp_export_bpf(filter, fd);
        if (r < 0)
                return r;
        size = lseek(fd, 0, SEEK_END);
        if (size < 0 || lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        room = (size_t)size / sizeof *code + length;
        if (room > PROGRAM_MAX)
                return -E2BIG;
        code = calloc(room + 1, sizeof *code);
        if (!code)
                return -ENOMEM;
        memcpy(code, prologue->code, length * sizeof *code);
        n = sys_read(fd, code + length, (size_t)size);
        if (n != size)
                return n < 0 ? (int)n : -EIO;
        *ret = (struct sock_fprog){ .len = (unsigned short)room, .filter = take_ptr(code) };
        return 0;
}

int seccomp_build_program(struct sock_fprog *ret, uint32_t default_action, const struct arch_list *archs,
                          const struct missing_calls *missing, add_rules_fn *add, void *user) {
        __attribute__((cleanup(release))) scmp_filter_ctx filter = NULL;
        struct prologue prologue = { .length = 0 };
        int r = build_filter(&filter, default_action, archs, add, user);

        if (r < 0)
                return r;
        if (missing && (missing->above_known || missing->count > 0))
                for (size_t i = 0; i < archs->count; i++)
                        emit_arch(&prologue, archs->items[i], missing);
        return export(filter, &prologue, ret);
}
