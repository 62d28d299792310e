/* SPDX-License-Identifier: MIT */
/* seccomp-program: rules to BPF. libseccomp makes one filter per architecture, with a binary tree over the system calls;
 * here they are joined behind a few instructions that choose among them (libseccomp's own way to merge them takes twice the
 * time), each with what libseccomp does not know in front: system calls newer than itself (seccomp(2),
 * Documentation/userspace-api/seccomp_filter.rst). All jumps of BPF are relative, so code may be put behind other code.
 */
#include "seccomp-private.h"

#include "base/sys.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/mman.h>

#define X32_BIT     0x40000000u
#define PROGRAM_MAX 4096u /* BPF_MAXINSNS */

/* Ours in front of each architecture's: 5 to choose it; 3 to know it again, 3 for "newer", 2 for each single call. */
#define CHOICE_MAX   5u
#define PROLOGUE_MAX 32u

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
        static struct { uint32_t arch, highest; } cache[8];
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

struct code {
        struct sock_filter *items;
        size_t length;
};

static void emit(struct code *c, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false) {
        c->items[c->length++] = (struct sock_filter){ code, if_true, if_false, k };
}

/* clang-format off */
#define LOAD(what)    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what), 0, 0
#define IF_EQUAL      BPF_JMP | BPF_JEQ | BPF_K
#define IF_AT_LEAST   BPF_JMP | BPF_JGE | BPF_K
#define IF_GREATER    BPF_JMP | BPF_JGT | BPF_K
#define JUMP(forward) BPF_JMP | BPF_JA, (uint32_t)(forward), 0, 0
#define NO_SUCH_CALL  BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0
/* clang-format on */

/* x32 has no name of its own in the kernel: it is x86-64 with a bit in the number. */
static uint32_t audit_arch(uint32_t arch) {
        return arch == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : arch;
}

/* Goes to the code of one architecture, which starts `forward` instructions behind the end of this. */
static void emit_choice(struct code *c, uint32_t arch, size_t forward) {
        bool is_x32 = arch == SCMP_ARCH_X32;

        emit(c, LOAD(arch));
        emit(c, IF_EQUAL, audit_arch(arch), 0, is_x32 ? 3 : 1);
        if (is_x32) {
                emit(c, LOAD(nr));
                emit(c, IF_AT_LEAST, X32_BIT, 0, 1);
        }
        emit(c, JUMP(forward));
}

static size_t choice_length(uint32_t arch) {
        return arch == SCMP_ARCH_X32 ? CHOICE_MAX : CHOICE_MAX - 2;
}

static void emit_missing(struct code *c, uint32_t arch, const struct missing_calls *missing) {
        uint32_t bit = arch == SCMP_ARCH_X32 ? X32_BIT : 0;
        size_t jump;

        /* An architecture that is not in the filter comes to the code of the machine's own; it is not meant here. */
        emit(c, LOAD(arch));
        jump = c->length;
        emit(c, IF_EQUAL, audit_arch(arch), 0, 0);
        emit(c, LOAD(nr));
        for (size_t i = 0; i < missing->count; i++) {
                emit(c, IF_EQUAL, bit | missing->number[i], 0, 1);
                emit(c, NO_SUCH_CALL);
        }
        if (missing->above_known) {
                /* Above come other ABIs' or an architecture's own numbers; -1 is a tracer's "skip it". */
                emit(c, IF_AT_LEAST, bit ? X32_BIT * 2 : private_numbers(arch), 2, 0);
                emit(c, IF_GREATER, highest_known(arch), 0, 1);
                emit(c, NO_SUCH_CALL);
        }
        c->items[jump].jf = (uint8_t)(c->length - jump - 1);
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

/* The code of a filter behind what is there already. */
static int export(scmp_filter_ctx filter, struct code *c, size_t room) {
        owned_fd fd = sys_memfd_create("keel-seccomp", MFD_CLOEXEC);
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
        if (c->length + (size_t)size / sizeof *c->items > room)
                return -E2BIG;
        n = sys_read(fd, c->items + c->length, (size_t)size);
        if (n != size)
                return n < 0 ? (int)n : -EIO;
        c->length += (size_t)size / sizeof *c->items;
        return 0;
}

/* ---- together ------------------------------------------------------------------------------------------------------- */

static int add_arch(struct code *c, uint32_t default_action, const struct arch_list *archs, uint32_t arch,
                    const struct missing_calls *missing, add_rules_fn *add, void *user) {
        __attribute__((cleanup(release))) scmp_filter_ctx filter = NULL;
        size_t start = c->length, length;
        int r = new_filter(&filter, default_action, archs, arch);

        if (r >= 0)
                r = add(filter, arch, user);
        if (r < 0)
                return r;
        if (c->length + PROLOGUE_MAX > PROGRAM_MAX)
                return -E2BIG;
        if (missing && (missing->above_known || missing->count > 0))
                emit_missing(c, arch, missing);
        r = export(filter, c, PROGRAM_MAX);
        if (r < 0)
                return r;
        length = c->length - start;
        r = seccomp_shorten(c->items + start, &length, audit_arch(arch));
        c->length = start + length;
        return r == -ENOMEM ? r : 0;
}

int seccomp_build_program(struct sock_fprog *ret, uint32_t default_action, const struct arch_list *archs,
                          const struct missing_calls *missing, add_rules_fn *add, void *user) {
        owned_mem struct sock_filter *items = calloc(PROGRAM_MAX, sizeof *items);
        struct code code = { .items = items }, choices = { .items = items };
        size_t start[ARRAY_LEN(archs->items)];
        struct sock_filter *exact;

        if (!items)
                return -ENOMEM;
        /* The machine's own is not chosen but comes next: it also says what becomes of architectures that are not here. */
        for (size_t i = 1; i < archs->count; i++)
                code.length += choice_length(archs->items[i]);
        for (size_t i = 0; i < archs->count; i++) {
                int r;

                start[i] = code.length;
                r = add_arch(&code, default_action, archs, archs->items[i], missing, add, user);
                if (r < 0)
                        return r;
        }
        for (size_t i = 1; i < archs->count; i++)
                emit_choice(&choices, archs->items[i], start[i] - choices.length - choice_length(archs->items[i]));
        exact = realloc(items, code.length * sizeof *items);
        if (!exact)
                return -ENOMEM;
        (void)take_ptr(items);
        *ret = (struct sock_fprog){ .len = (unsigned short)code.length, .filter = exact };
        return 0;
}
