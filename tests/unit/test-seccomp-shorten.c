/* SPDX-License-Identifier: MIT */
/* A shortened filter against the one that it was made of, by an interpreter of our own. Nothing is loaded into the kernel. */
#include "plan/seccomp-private.h"

#include <check.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the kernel's interpreter would answer, for what libseccomp and we write. */
static uint32_t answer(const struct sock_filter *code, size_t length, const struct seccomp_data *data) {
        uint32_t a = 0;

        for (size_t at = 0; at < length; at++) {
                const struct sock_filter *i = &code[at];

                switch (i->code) {
                case BPF_LD | BPF_W | BPF_ABS:
                        memcpy(&a, (const char *)data + i->k, sizeof a);
                        break;
                case BPF_ALU | BPF_AND | BPF_K:
                        a &= i->k;
                        break;
                case BPF_JMP | BPF_JA:
                        at += i->k;
                        break;
                case BPF_JMP | BPF_JEQ | BPF_K:
                        at += a == i->k ? i->jt : i->jf;
                        break;
                case BPF_JMP | BPF_JGT | BPF_K:
                        at += a > i->k ? i->jt : i->jf;
                        break;
                case BPF_JMP | BPF_JGE | BPF_K:
                        at += a >= i->k ? i->jt : i->jf;
                        break;
                case BPF_RET | BPF_K:
                        return i->k;
                default:
                        ck_abort_msg("code %x", i->code);
                }
        }
        ck_abort_msg("beyond the end");
}

/* Some calls are denied whatever their arguments, some for one of them, in stretches and with holes. */
static size_t make_filter(struct sock_filter *code, uint32_t arch, unsigned seed, uint32_t optimize) {
        scmp_filter_ctx filter = seccomp_init(seed % 2 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(1));
        int fd = memfd_create("filter", MFD_CLOEXEC);
        ssize_t n;

        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, optimize);
        if (arch != SCMP_ARCH_X86_64)
                ck_assert(seccomp_arch_add(filter, arch) == 0 && seccomp_arch_remove(filter, SCMP_ARCH_NATIVE) == 0);
        for (int number = 0; number < 330; number++) {
                uint32_t action = seed % 2 ? SCMP_ACT_ERRNO(2 + (unsigned)rand() % 3) : SCMP_ACT_ALLOW;

                if ((unsigned)rand() % 100 < seed * 9)
                        (void)seccomp_rule_add(filter, action, number, 0);
                else if (rand() % 12 == 0)
                        (void)seccomp_rule_add(filter, action, number, 2, SCMP_A0(SCMP_CMP_GT, rand() % 4, 0),
                                               SCMP_A1(SCMP_CMP_MASKED_EQ, 6, rand() % 4));
        }
        ck_assert_int_eq(seccomp_export_bpf(filter, fd), 0);
        n = pread(fd, code, 4096 * sizeof *code, 0);
        ck_assert_int_gt(n, 0);
        seccomp_release(filter);
        (void)close(fd);
        return (size_t)n / sizeof *code;
}

START_TEST(a_shortened_filter_answers_the_same) {
        static const struct {
                uint32_t arch, audit;
        } machines[] = { { SCMP_ARCH_X86_64, SCMP_ARCH_X86_64 },
                         { SCMP_ARCH_X86, SCMP_ARCH_X86 },
                         { SCMP_ARCH_X32, SCMP_ARCH_X86_64 },
                         { SCMP_ARCH_AARCH64, SCMP_ARCH_AARCH64 } };
        static const uint32_t bases[] = { 0, 0x40000000 - 600, 0x40000000, 0x80000000 - 300, UINT32_MAX - 599 };
        static struct sock_filter before[4096], after[4096];
        uint32_t arch = machines[_i % 4].arch, audit = machines[_i % 4].audit;
        size_t length, shorter;

        srand((unsigned)_i);
        shorter = length = make_filter(before, arch, (unsigned)_i / 8, 1 + (unsigned)_i / 4 % 2);
        memcpy(after, before, length * sizeof *before);
        if (seccomp_shorten(after, &shorter, audit) < 0) { /* hardly two neighbours alike */
                ck_assert_uint_eq(shorter, length);
                ck_assert_mem_eq(before, after, length * sizeof *before);
                return;
        }
        ck_assert_uint_lt(shorter, length);
        for (size_t k = 0; k < ARRAY_LEN(bases) * 600 * 8; k++) {
                struct seccomp_data data = { .nr = (int)(bases[k / 8 / 600] + k / 8 % 600),
                                             .arch = k % 8 == 7 ? SCMP_ARCH_ARM : audit,
                                             .args = { k % 8, (uint64_t)rand() } };

                ck_assert_uint_eq(answer(before, length, &data), answer(after, shorter, &data));
        }
}
END_TEST

START_TEST(what_cannot_be_shortened_stays_as_it_is) {
        static const struct sock_filter strange[] = { { BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 },
                                                      { BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xff },
                                                      { BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 1 },
                                                      { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
                                                      { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL } };
        struct sock_filter code[ARRAY_LEN(strange)];
        size_t length = ARRAY_LEN(strange);

        memcpy(code, strange, sizeof strange);
        ck_assert_int_eq(seccomp_shorten(code, &length, SCMP_ARCH_X86_64), -ENOTSUP);
        code[1].code = BPF_JMP | BPF_JA;
        code[1].k = 3; /* beyond the end */
        ck_assert_int_eq(seccomp_shorten(code, &length, SCMP_ARCH_X86_64), -ENOTSUP);
        ck_assert_uint_eq(length, ARRAY_LEN(strange));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("seccomp-shorten");
        TCase *c = tcase_create("seccomp-shorten");
        SRunner *runner = srunner_create(suite);
        int failed;

        if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
                puts("SKIP: another machine than x86-64");
                return 0;
        }
        suite_add_tcase(suite, c);
        tcase_set_timeout(c, 60);
        tcase_add_loop_test(c, a_shortened_filter_answers_the_same, 0, 88);
        tcase_add_test(c, what_cannot_be_shortened_stays_as_it_is);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
