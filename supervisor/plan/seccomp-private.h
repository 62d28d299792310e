/* SPDX-License-Identifier: MIT */
/* seccomp-private: what the parts of seccomp share. seccomp.c keeps the cache and asks the others; seccomp-rules.c turns
 * lists of names into sets of system calls; seccomp-restrict.c knows the directives that look at arguments;
 * seccomp-program.c makes BPF out of both, and
 * seccomp-shorten.c less of it. For seccomp*.c only. */
#pragma once

#include "seccomp.h"

#include <seccomp.h>

/* What happens to a system call of a set; 0 and above: this errno. */
enum { VERDICT_DEFAULT = -1, VERDICT_KILL = -2, VERDICT_LOG = -3 };

struct call_rule {
        int number; /* libseccomp's: this machine's number, negative for calls that only other architectures have */
        int verdict;
};

/* SystemCallFilter= or SystemCallLog= after all lines are merged. */
struct call_set {
        bool is_allow_list;      /* the first line decides */
        struct call_rule *rules; /* allow list: permitted, or with a verdict; deny list: denied. In order of number */
        size_t count, room;
};

enum call_directive { CALL_FILTER, CALL_LOG };

/* 0 or -ENOMEM; unknown names are reported and skipped. The caller frees with call_set_free(). */
int call_set_build(struct call_set *ret, const struct unit *unit, enum call_directive directive, struct diag *diag);
void call_set_free(struct call_set *set);

/* ---- directives with a meaning of their own ------------------------------------------------------------------------- */

/* The architectures that a filter covers. */
struct arch_list {
        uint32_t items[4]; /* SCMP_ARCH_*, the machine's own first */
        size_t count;
        bool is_exclusive; /* SystemCallArchitectures=: all others are killed */
};

struct restriction {
        const char *key; /* "Service.RestrictRealtime" */
        bool only_helps; /* the directive does something else too, so without the filter it is emulated, not lost */
        bool (*is_set)(const struct exec_settings *e);
        /* Adds the denials to a filter of one architecture. 0 or -errno. */
        int (*add)(scmp_filter_ctx filter, uint32_t arch, const struct exec_settings *e);
        /* NULL, or why this machine cannot do it. May be NULL. */
        const char *(*why_not)(void);
};
extern const struct restriction seccomp_restrictions[];
extern const size_t seccomp_restriction_count;

/* AF_INET for "AF_INET"; -EINVAL. */
int address_family_from_name(const char *name);
/* What personality(2) is locked to. */
unsigned long seccomp_locked_personality(const struct exec_settings *e);

/* One denial in a filter of one architecture; a call that it does not have, and one that is denied anyway, is fine. */
int seccomp_deny(scmp_filter_ctx filter, int error, const char *call, unsigned count, const struct scmp_arg_cmp *args);

/* ---- programs ------------------------------------------------------------------------------------------------------- */

/* System calls that are to give ENOSYS before anything else is looked at. */
struct missing_calls {
        bool above_known;   /* all that are newer than libseccomp */
        uint32_t number[4]; /* single ones, by the number that all architectures share (424 and above) */
        size_t count;
};

/* Adds the rules for one architecture. */
typedef int add_rules_fn(scmp_filter_ctx filter, uint32_t arch, void *user);

/* Makes a filter shorter, in place, when that can be done; what it answers stays the same. arch: AUDIT_ARCH_*, for whose calls
 * it is; those of all others must get one answer. 0, -ENOTSUP or -ENOMEM: it is as it was. */
int seccomp_shorten(struct sock_filter *code, size_t *length, uint32_t arch);

/* Compiles one program for all architectures. 0 or -errno; the caller frees ret->filter. */
int seccomp_build_program(struct sock_fprog *ret, uint32_t default_action, const struct arch_list *archs,
                          const struct missing_calls *missing, add_rules_fn *add, void *user);
