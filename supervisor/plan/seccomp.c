/* SPDX-License-Identifier: MIT */
/* seccomp: settings to policy, through a cache that services with the same settings share.
 *
 * A policy is up to three programs, in the order in which they are loaded: what is only logged; what is forbidden by meaning
 * (arguments) together with a deny list; an allow list. The last comes last, since it may well forbid loading another.
 * Promises: the cache is bounded; what cannot be done here is recorded in the unit. Never loads a filter itself.
 */
#include "seccomp-private.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define UNUSED_POLICIES_MAX 64 /* kept for the next start of a service that is down */

struct cached_policy {
        struct seccomp_policy policy; /* first: seccomp_policy_unref() goes back from it */
        bool has_mistakes; /* so that each unit hears of its own */
        struct cached_policy *next;
};

static struct cached_policy *cache, **cache_end = &cache; /* oldest first */
static size_t unused_policies;

/* ---- what there is to restrict -------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
        const char *word;
        uint32_t arch;
} arch_words[] = {
        { "x86", SCMP_ARCH_X86 },         { "x86-64", SCMP_ARCH_X86_64 },   { "x32", SCMP_ARCH_X32 },
        { "arm", SCMP_ARCH_ARM },         { "arm64", SCMP_ARCH_AARCH64 },   { "mips", SCMP_ARCH_MIPS },
        { "mips-le", SCMP_ARCH_MIPSEL },  { "mips64", SCMP_ARCH_MIPS64 },   { "mips64-le", SCMP_ARCH_MIPSEL64 },
        { "mips64-n32", SCMP_ARCH_MIPS64N32 }, { "mips64-le-n32", SCMP_ARCH_MIPSEL64N32 },
        { "parisc", SCMP_ARCH_PARISC },   { "parisc64", SCMP_ARCH_PARISC64 }, { "ppc", SCMP_ARCH_PPC },
        { "ppc64", SCMP_ARCH_PPC64 },     { "ppc64-le", SCMP_ARCH_PPC64LE }, { "riscv64", SCMP_ARCH_RISCV64 },
        { "s390", SCMP_ARCH_S390 },       { "s390x", SCMP_ARCH_S390X },
};
/* clang-format on */

/* Does the kernel have x32 calls? Most do not; a third of a filter is then for nothing. A child asks, since a filter that we
 * are under ourselves may kill who does. */
static bool has_x32(void) {
        static enum { UNKNOWN, NO, YES } known = UNKNOWN;
        struct clone_args args = { .flags = 0 };
        int status = 0;
        long pid;

        if (known != UNKNOWN)
                return known == YES;
        known = YES; /* when in doubt */
        pid = syscall(SYS_clone3, &args, sizeof args);
        if (pid == 0) {
                long r = syscall(0x40000000 | 39 /* getpid */);

                (void)syscall(SYS_exit_group, r < 0 && errno == ENOSYS ? 42 : 0);
                __builtin_unreachable();
        }
        while (pid > 0 && waitpid((pid_t)pid, &status, __WALL) < 0 && errno == EINTR)
                ;
        if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 42)
                known = NO;
        return known == YES;
}

/* The architectures whose programs this machine may run. */
static const uint32_t *local_archs(size_t *ret_count) {
        static const uint32_t on_x86_64[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32 };
        static const uint32_t on_arm64[] = { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM };
        static uint32_t native[1];

        native[0] = seccomp_arch_native();
        *ret_count = native[0] == SCMP_ARCH_X86_64 ? 2 + has_x32() : native[0] == SCMP_ARCH_AARCH64 ? 2 : 1;
        return native[0] == SCMP_ARCH_X86_64 ? on_x86_64 : native[0] == SCMP_ARCH_AARCH64 ? on_arm64 : native;
}

static bool is_listed(const struct exec_settings *e, uint32_t arch) {
        STRV_EACH(word, e->syscall_architectures)
                for (size_t i = 0; i < ARRAY_LEN(arch_words); i++)
                        if (arch_words[i].arch == arch && text_equal(arch_words[i].word, word))
                                return true;
        return false;
}

/* The machine's own is always in: nothing could be executed without it. */
static struct arch_list wanted_archs(const struct exec_settings *e) {
        struct arch_list list = { .is_exclusive = strv_length(e->syscall_architectures) > 0 };
        size_t count;
        const uint32_t *local = local_archs(&count);

        for (size_t i = 0; i < count; i++)
                if (i == 0 || !list.is_exclusive || is_listed(e, local[i]))
                        list.items[list.count++] = local[i];
        return list;
}

static bool has_restriction(const struct exec_settings *e, size_t i) {
        const struct restriction *r = &seccomp_restrictions[i];

        return r->is_set(e) && !(r->why_not && r->why_not());
}

static void add_words(FILE *out, const char *key, const struct syscall_rules *rules) {
        if (rules->count > 0)
                (void)fprintf(out, "%s", key);
        for (size_t i = 0; i < rules->count; i++)
                (void)fprintf(out, " %s%s", rules->items[i].is_deny ? "~" : "", rules->items[i].text);
        if (rules->count > 0)
                (void)fputc('\n', out);
}

/* Everything that the programs depend on, as text; "" when nothing is restricted. NULL: out of memory. */
static char *make_key(const struct exec_settings *e) {
        owned_str text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        if (!out)
                return NULL;
        if (strv_length(e->syscall_architectures) > 0) {
                struct arch_list archs = wanted_archs(e);

                (void)fprintf(out, "only");
                for (size_t i = 0; i < archs.count; i++)
                        (void)fprintf(out, " %x", archs.items[i]);
                (void)fputc('\n', out);
        }
        add_words(out, "filter", &e->syscall_filter);
        if (e->syscall_filter.count > 0)
                (void)fprintf(out, "errno %d\n", e->syscall_errno);
        add_words(out, "log", &e->syscall_log);
        for (size_t i = 0; i < seccomp_restriction_count; i++)
                if (has_restriction(e, i))
                        (void)fprintf(out, "%s\n", seccomp_restrictions[i].key);
        if (e->address_families_set) {
                (void)fprintf(out, "families %s",
                              e->address_families_none   ? "none"
                              : e->address_families_deny ? "~"
                                                         : "");
                STRV_EACH(name, e->address_families)
                        (void)fprintf(out, " %s", name);
                (void)fputc('\n', out);
        }
        if (e->restrict_namespaces)
                (void)fprintf(out, "namespaces %lx\n", e->restrict_namespaces);
        if (e->lock_personality)
                (void)fprintf(out, "personality %lx\n", seccomp_locked_personality(e));
        return fclose(out) == 0 ? take_ptr(text) : NULL;
}

/* ---- programs ------------------------------------------------------------------------------------------------------- */

struct source {
        const struct exec_settings *exec;
        struct call_set filter, log;
        uint32_t filter_action; /* of a call that the filter denies */
};

static uint32_t action_of(int verdict, uint32_t otherwise) {
        return verdict >= 0              ? SCMP_ACT_ERRNO((uint32_t)verdict)
               : verdict == VERDICT_KILL ? SCMP_ACT_KILL_PROCESS
               : verdict == VERDICT_LOG  ? SCMP_ACT_LOG
                                         : otherwise;
}

static int add_rule(scmp_filter_ctx filter, uint32_t action, uint32_t default_action, int number) {
        int r = action == default_action ? 0 : seccomp_rule_add(filter, action, number, 0);

        return r == -EEXIST || r == -EDOM ? 0 : r;
}

static int add_logged(scmp_filter_ctx filter, uint32_t arch UNUSED, void *user) {
        const struct source *s = user;
        bool only_listed = s->exec->syscall_log.count == 0 || s->log.is_allow_list;
        uint32_t default_action = only_listed ? SCMP_ACT_ALLOW : SCMP_ACT_LOG;
        int r = 0;

        for (const struct call_rule *c = s->log.rules; r >= 0 && c < s->log.rules + s->log.count; c++)
                r = add_rule(filter, only_listed ? SCMP_ACT_LOG : SCMP_ACT_ALLOW, default_action, c->number);
        /* name:log of a filter. */
        for (const struct call_rule *c = s->filter.rules; r >= 0 && c < s->filter.rules + s->filter.count; c++)
                if (c->verdict == VERDICT_LOG)
                        r = add_rule(filter, SCMP_ACT_LOG, default_action, c->number);
        return r;
}

static int add_denied(scmp_filter_ctx filter, uint32_t arch, void *user) {
        const struct source *s = user;
        int r = 0;

        /* The unit's own list first: its verdict is the one that counts where a directive denies the same. */
        if (!s->filter.is_allow_list)
                for (const struct call_rule *c = s->filter.rules; r >= 0 && c < s->filter.rules + s->filter.count; c++)
                        if (c->verdict != VERDICT_LOG)
                                r = add_rule(filter, action_of(c->verdict, s->filter_action), SCMP_ACT_ALLOW,
                                             c->number);
        for (size_t i = 0; r >= 0 && i < seccomp_restriction_count; i++)
                if (has_restriction(s->exec, i))
                        r = seccomp_restrictions[i].add(filter, arch, s->exec);
        return r;
}

static int add_allowed(scmp_filter_ctx filter, uint32_t arch UNUSED, void *user) {
        const struct source *s = user;
        int r = 0;

        for (const struct call_rule *c = s->filter.rules; r >= 0 && c < s->filter.rules + s->filter.count; c++)
                r = add_rule(filter, c->verdict == VERDICT_LOG ? SCMP_ACT_ALLOW : action_of(c->verdict, SCMP_ACT_ALLOW),
                             s->filter_action, c->number);
        return r;
}

static bool has_log_rules(const struct source *s) {
        if (s->exec->syscall_log.count > 0)
                return true;
        for (const struct call_rule *c = s->filter.rules; c < s->filter.rules + s->filter.count; c++)
                if (c->verdict == VERDICT_LOG)
                        return true;
        return false;
}

static int build_one(struct seccomp_policy *p, uint32_t default_action, const struct arch_list *archs,
                     const struct missing_calls *missing, add_rules_fn *add, struct source *s) {
        int r = seccomp_build_program(&p->programs[p->program_count], default_action, archs, missing, add, s);

        if (r >= 0)
                p->program_count++;
        return r;
}

static int build_programs(struct seccomp_policy *p, struct source *s, const struct arch_list *archs) {
        const struct exec_settings *e = s->exec;
        struct missing_calls newer = { .above_known = true }, unchecked = { .count = 0 };
        bool has_denials = archs->is_exclusive || (e->syscall_filter.count > 0 && !s->filter.is_allow_list);
        int r = 0;

        p->programs = calloc(3, sizeof *p->programs);
        if (!p->programs)
                return -ENOMEM;
        for (size_t i = 0; i < seccomp_restriction_count; i++)
                has_denials |= has_restriction(e, i);
        /* A call newer than libseccomp that sets modes. */
        if (e->restrict_suid_sgid && seccomp_syscall_resolve_name("fchmodat2") == __NR_SCMP_ERROR)
                unchecked.number[unchecked.count++] = 452;
        if (has_log_rules(s))
                r = build_one(p, e->syscall_log.count == 0 || s->log.is_allow_list ? SCMP_ACT_ALLOW : SCMP_ACT_LOG,
                              archs, NULL, add_logged, s);
        if (r >= 0 && has_denials)
                r = build_one(p, SCMP_ACT_ALLOW, archs, &unchecked, add_denied, s);
        if (r >= 0 && s->filter.is_allow_list)
                r = build_one(p, s->filter_action, archs, &newer, add_allowed, s);
        return r;
}

/* ---- the cache ------------------------------------------------------------------------------------------------------ */

static void policy_free(struct cached_policy *c) {
        for (size_t i = 0; i < c->policy.program_count; i++)
                free(c->policy.programs[i].filter);
        free(c->policy.programs);
        free(c->policy.key);
        free(c);
}

static void drop_unused(void) {
        for (struct cached_policy **at = &cache; *at && unused_policies > UNUSED_POLICIES_MAX;) {
                struct cached_policy *c = *at;

                if (c->policy.references > 0) {
                        at = &c->next;
                        continue;
                }
                *at = c->next;
                if (!*at)
                        cache_end = at;
                policy_free(c);
                unused_policies--;
        }
}

/* A policy that is there, with one reference more; NULL. */
static struct cached_policy *find_policy(const char *key) {
        for (struct cached_policy *c = cache; c; c = c->next)
                if (text_equal(c->policy.key, key)) {
                        if (c->policy.references++ == 0)
                                unused_policies--;
                        return c;
                }
        return NULL;
}

void seccomp_policy_unref(struct seccomp_policy *p) {
        if (!p || --p->references > 0)
                return;
        unused_policies++;
        drop_unused();
}

static int build_policy(struct cached_policy *c, const struct unit *unit, const struct arch_list *archs,
                        struct diag *diag) {
        const struct exec_settings *e = unit->exec;
        struct source s = { .exec = e,
                            .filter_action = e->syscall_errno > 0 ? SCMP_ACT_ERRNO((uint32_t)e->syscall_errno)
                                                                  : SCMP_ACT_KILL_PROCESS };
        unsigned warnings = diag ? diag->warnings : 0;
        int r = call_set_build(&s.filter, unit, CALL_FILTER, diag);

        if (r >= 0)
                r = call_set_build(&s.log, unit, CALL_LOG, diag);
        c->has_mistakes = !diag || diag->warnings != warnings;
        if (r >= 0)
                r = build_programs(&c->policy, &s, archs);
        call_set_free(&s.filter);
        call_set_free(&s.log);
        return r;
}

/* Compiles it and puts it into the cache, with one reference. The key is taken over. */
static int new_policy(const struct unit *unit, const struct arch_list *archs, struct diag *diag, char **key,
                      struct cached_policy **ret) {
        struct cached_policy *c = calloc(1, sizeof *c);
        int r;

        if (!c)
                return -ENOMEM;
        r = build_policy(c, unit, archs, diag);
        if (r < 0) {
                policy_free(c);
                return r;
        }
        c->policy.key = take_ptr(*key);
        c->policy.references = 1;
        *cache_end = c;
        cache_end = &c->next;
        *ret = c;
        return 0;
}

/* Says again what is wrong with this unit's lists; the policy itself is known. */
static void report_mistakes(const struct unit *unit, struct diag *diag) {
        struct call_set set = { .rules = NULL };

        if (call_set_build(&set, unit, CALL_FILTER, diag) >= 0)
                call_set_free(&set);
        set.rules = NULL;
        if (call_set_build(&set, unit, CALL_LOG, diag) >= 0)
                call_set_free(&set);
}

/* ---- for the others ------------------------------------------------------------------------------------------------- */

bool seccomp_is_available(void) {
        static enum { UNKNOWN, NO, YES } known = UNKNOWN;

        /* A filter at an address where there is none: the kernel complains of the address only if it can filter at all. */
        if (known == UNKNOWN)
                known = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 && errno == EFAULT ? YES : NO;
        return known == YES;
}

static const char *const list_keys[] = { "Service.SystemCallFilter", "Service.SystemCallErrorNumber",
                                         "Service.SystemCallArchitectures", "Service.SystemCallLog" };

/* Records what this machine cannot do. */
static void record_outcomes(struct unit *unit, bool can_filter) {
        for (size_t i = 0; i < seccomp_restriction_count; i++) {
                const struct restriction *r = &seccomp_restrictions[i];
                const char *why = r->why_not ? r->why_not() : NULL;

                if (!r->is_set(unit->exec) || (can_filter && !why))
                        continue;
                (void)unit_set_outcome(
                        unit, r->key, r->only_helps ? OUTCOME_EMULATED : OUTCOME_UNAVAILABLE,
                        why ? why
                        : r->only_helps
                                ? "without the filter of system calls, which this kernel or container does not allow"
                                : "this kernel or container does not allow to filter system calls");
        }
        for (size_t i = 0; !can_filter && i < ARRAY_LEN(list_keys); i++)
                (void)unit_set_outcome(unit, list_keys[i], OUTCOME_UNAVAILABLE,
                                       "this kernel or container does not allow to filter system calls");
}

static void report_families(struct unit *unit, struct diag *diag) {
        struct assignment a = unit_find_assignment(unit, "Service.RestrictAddressFamilies");
        struct diag_place at = { a.file, a.origin.line, "RestrictAddressFamilies" };

        if (!diag || !unit->exec->address_families_set)
                return;
        STRV_EACH(name, unit->exec->address_families)
                if (address_family_from_name(name) < 0)
                        diag_say(diag, DIAG_WARNING, &at, "'%s': there is no such address family; ignored", name);
}

static bool restricts_nothing(const struct exec_settings *e) {
        for (size_t i = 0; i < seccomp_restriction_count; i++)
                if (seccomp_restrictions[i].is_set(e))
                        return false;
        return strv_length(e->syscall_architectures) == 0 && e->syscall_filter.count == 0 &&
               e->syscall_log.count == 0 && !e->address_families_set && !e->restrict_namespaces && !e->lock_personality;
}

int seccomp_compile(struct unit *unit, struct diag *diag, struct seccomp_policy **ret) {
        const struct exec_settings *e = unit->exec;
        owned_str key = NULL;
        struct cached_policy *c = NULL;
        bool can_filter;
        int r;

        if (!e || restricts_nothing(e)) { /* most of all */
                *ret = NULL;
                return 0;
        }
        key = make_key(e);
        if (!key)
                return -ENOMEM;
        can_filter = seccomp_is_available();
        record_outcomes(unit, can_filter);
        report_families(unit, diag);
        if (!*key || !can_filter) {
                *ret = NULL;
                return 0;
        }
        c = find_policy(key);
        if (c && c->has_mistakes && diag)
                report_mistakes(unit, diag);
        if (!c) {
                struct arch_list archs = wanted_archs(e); /* not before: the question costs a process */

                r = new_policy(unit, &archs, diag, &key, &c);
                if (r < 0)
                        return r;
        }
        *ret = &c->policy;
        return 0;
}

const char *seccomp_syscall_name(int arch_audit, int number) {
        static char buffer[64];
        uint32_t arch = (uint32_t)arch_audit;
        owned_str name = NULL;

        /* One number for the kernel, two architectures for libseccomp. */
        if (arch == SCMP_ARCH_X86_64 && number >= 0 && (number & 0x40000000))
                arch = SCMP_ARCH_X32;
        name = seccomp_syscall_resolve_num_arch(arch, number);
        if (name)
                (void)snprintf(buffer, sizeof buffer, "%s", name);
        else
                (void)snprintf(buffer, sizeof buffer, "syscall %d", number);
        return buffer;
}
