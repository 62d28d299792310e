/* SPDX-License-Identifier: MIT */
/* architecture: a table from uname's machine to systemd's words. Pure but for uname(2). */
#include "architecture.h"
#include "base/text.h"

#include <fnmatch.h>
#include <sys/utsname.h>

/* clang-format off */
static const struct {
        const char *machine, *name; /* machine: fnmatch(3) */
} names[] = {
        { "x86_64", "x86-64" },
        { "i[3456]86", "x86" },
        { "aarch64", "arm64" },
        { "aarch64_be", "arm64-be" },
        { "arm*b", "arm-be" },
        { "arm*", "arm" },
        { "riscv64", "riscv64" },
        { "riscv32", "riscv32" },
        { "ppc64le", "ppc64-le" },
        { "ppc64", "ppc64" },
        { "ppcle", "ppc-le" },
        { "ppc", "ppc" },
        { "s390x", "s390x" },
        { "s390", "s390" },
        { "loongarch64", "loongarch64" },
        { "mips64", "mips64" },
        { "mips", "mips" },
        { "sparc64", "sparc64" },
        { "sparc", "sparc" },
        { "parisc64", "parisc64" },
        { "parisc", "parisc" },
        { "ia64", "ia64" },
        { "alpha*", "alpha" },
        { "m68k", "m68k" },
        { "sh[2345]*", "sh" },
        { "arceb", "arc-be" },
        { "arc", "arc" },
};
/* clang-format on */

static const char *name_of(const char *machine) {
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (fnmatch(names[i].machine, machine, 0) == 0)
                        return names[i].name;
        return NULL;
}

const char *architecture_name(void) {
        struct utsname u;

        return uname(&u) == 0 ? name_of(u.machine) : NULL;
}

const char *architecture_native(void) {
#if defined __x86_64__
        return "x86-64";
#elif defined __i386__
        return "x86";
#elif defined __aarch64__
        return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? "arm64-be" : "arm64";
#elif defined __arm__
        return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? "arm-be" : "arm";
#elif defined __riscv
        return sizeof(void *) == 8 ? "riscv64" : "riscv32";
#elif defined __powerpc64__
        return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? "ppc64" : "ppc64-le";
#elif defined __s390x__
        return "s390x";
#elif defined __loongarch64
        return "loongarch64";
#else
        return architecture_name();
#endif
}
