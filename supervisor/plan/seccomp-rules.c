/* SPDX-License-Identifier: MIT */
/* seccomp-rules: the words of SystemCallFilter= and SystemCallLog= and the groups of syscall-groups.txt (systemd.exec(5),
 * "System Call Filtering").
 *
 * The first line decides whether a list permits or denies; later lines add to it or take away from it. Promises: a name that
 * libseccomp does not know is reported where a person wrote it, and skipped in silence where a group has it.
 */
#include "seccomp-private.h"

#include "base/sorted.h"

#include <ctype.h>
#include <errno.h>

/* ---- groups --------------------------------------------------------------------------------------------------------- */

/* clang-format off */
__asm__(".section .rodata, \"a\"\n"
        ".balign 8\n"
        "keel_syscall_groups:\n"
        ".incbin \"supervisor/plan/syscall-groups.txt\"\n"
        ".byte 0\n"
        ".previous\n");
/* clang-format on */
extern const char keel_syscall_groups[];

#define GROUPS_MAX 64

static struct { char *name, *members; } groups[GROUPS_MAX];
static size_t group_count;

/* Puts the members of one group, each with a newline, into text that the table keeps. */
static int read_group(char *header, char **rest) {
        char *name = strtok(header, " \t"), *members = NULL;
        size_t size = 0;
        FILE *out;

        if (group_count == GROUPS_MAX)
                return -ENOSPC;
        out = open_memstream(&members, &size);
        if (!out)
                return -ENOMEM;
        while (**rest == ' ') {
                char *line = strsep(rest, "\n"), *at = NULL;

                for (char *word = strtok_r(line, " ", &at); word; word = strtok_r(NULL, " ", &at))
                        (void)fprintf(out, "%s\n", word);
                if (!*rest)
                        break;
        }
        if (fclose(out) != 0) {
                free(members);
                return -ENOMEM;
        }
        groups[group_count].name = name;
        groups[group_count++].members = members;
        return 0;
}

static void read_groups(void) {
        char *text = strdup(keel_syscall_groups); /* kept: the names point into it */
        char *rest = text;

        while (rest && *rest) {
                char *line = strsep(&rest, "\n");

                if (*line == '@' && rest && read_group(line, &rest) < 0)
                        break;
        }
}

const char *seccomp_group(const char *name) {
        if (group_count == 0)
                read_groups();
        for (size_t i = 0; i < group_count; i++)
                if (text_equal(groups[i].name, name))
                        return groups[i].members;
        return NULL;
}

/* ---- words ---------------------------------------------------------------------------------------------------------- */

static int errno_from_name(const char *name) {
        static const struct {
                const char *name;
                int value;
        } aliases[] = { { "EWOULDBLOCK", EAGAIN },
                        { "EDEADLOCK", EDEADLOCK },
                        { "ENOTSUP", ENOTSUP },
                        { "EOPNOTSUPP", EOPNOTSUPP } };

        for (int i = 1; i < 200; i++) {
                const char *known = strerrorname_np(i);

                if (known && text_equal(known, name))
                        return i;
        }
        for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
                if (text_equal(aliases[i].name, name))
                        return aliases[i].value;
        return -EINVAL;
}

/* "EPERM", "1", "kill", "log" → verdict; -EINVAL. */
static int parse_verdict(const char *text, int *ret) {
        uint64_t number = 0;
        int value;

        if (text_equal(text, "kill"))
                *ret = VERDICT_KILL;
        else if (text_equal(text, "log"))
                *ret = VERDICT_LOG;
        else if (isdigit((unsigned char)*text)) {
                if (text_to_u64(text, 10, &number) < 0 || number > 4095)
                        return -EINVAL;
                *ret = (int)number;
        } else {
                value = errno_from_name(text);
                if (value < 0)
                        return value;
                *ret = value;
        }
        return 0;
}

struct word {
        const struct unit *unit;
        const struct syscall_rule *rule;
        const char *key; /* the directive, for messages */
        int verdict;
        struct diag *diag;
};

static void say(const struct word *w, const char *what, const char *allowed) {
        struct diag_place at = { unit_file(w->unit, w->rule->origin), w->rule->origin.line, w->key };

        if (w->diag)
                diag_say(w->diag, DIAG_WARNING, &at, "'%s': %s; %s", w->rule->text, what, allowed);
}

/* Where the call is, or would be. */
static size_t find(const struct call_set *set, int number) {
        return SORTED_FIND(set->rules, set->count, number, number);
}

static int put(struct call_set *set, int number, int verdict) {
        size_t at = find(set, number);

        if (at >= set->count || !set->rules || set->rules[at].number != number) {
                if (set->count == set->room) {
                        size_t room = set->room ? set->room * 2 : 64;
                        struct call_rule *grown = reallocarray(set->rules, room, sizeof *grown);

                        if (!grown)
                                return -ENOMEM;
                        set->rules = grown;
                        set->room = room;
                }
                memmove(set->rules + at + 1, set->rules + at, (set->count - at) * sizeof *set->rules);
                set->count++;
        }
        set->rules[at] = (struct call_rule){ .number = number, .verdict = verdict };
        return 0;
}

static void drop(struct call_set *set, int number) {
        size_t at = find(set, number);

        if (at >= set->count || !set->rules || set->rules[at].number != number)
                return;
        set->count--;
        memmove(set->rules + at, set->rules + at + 1, (set->count - at) * sizeof *set->rules);
}

/* Adds the call, or takes it away when the line is against the kind of the list. A denial with a verdict of its own stays
 * in an allow list, as an exception. */
static int add_call(struct call_set *set, const struct word *w, const char *name, bool is_from_group) {
        int number = seccomp_syscall_resolve_name(name);

        if (number == __NR_SCMP_ERROR) {
                if (!is_from_group)
                        say(w, "libseccomp knows no such system call, so it stays unavailable to allow lists",
                            "ignored");
                return 0;
        }
        if (w->rule->is_deny != set->is_allow_list || (w->rule->is_deny && w->verdict != VERDICT_DEFAULT))
                return put(set, number, w->verdict);
        drop(set, number);
        return 0;
}

static int add_group(struct call_set *set, const struct word *w, const char *name, unsigned depth) {
        const char *members = seccomp_group(name);
        owned_str copy = NULL;
        char *at = NULL;

        if (!members || depth > 8) {
                say(w, "there is no such group of system calls", "ignored");
                return 0;
        }
        copy = strdup(members);
        if (!copy)
                return -ENOMEM;
        for (char *member = strtok_r(copy, "\n", &at); member; member = strtok_r(NULL, "\n", &at)) {
                int r = *member == '@' ? add_group(set, w, member, depth + 1) : add_call(set, w, member, true);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_word(struct call_set *set, struct word *w) {
        owned_str name = strdup(w->rule->text);
        char *colon;

        if (!name)
                return -ENOMEM;
        colon = strchr(name, ':');
        if (colon) {
                *colon = 0;
                if (!w->rule->is_deny) {
                        say(w, "an allow list takes no error numbers", "the word is ignored; put it behind ~");
                        return 0;
                }
                if (parse_verdict(colon + 1, &w->verdict) < 0) {
                        say(w, "no such error",
                            "the word is ignored; an errno's name, 0 to 4095, kill or log is allowed");
                        return 0;
                }
        }
        return *name == '@' ? add_group(set, w, name, 0) : add_call(set, w, name, false);
}

int call_set_build(struct call_set *ret, const struct unit *unit, enum call_directive directive, struct diag *diag) {
        const struct syscall_rules *rules =
                directive == CALL_FILTER ? &unit->exec->syscall_filter : &unit->exec->syscall_log;
        static const struct syscall_rule built_in = { .text = (char *)"@default" };
        struct word w = { .unit = unit,
                          .key = directive == CALL_FILTER ? "SystemCallFilter" : "SystemCallLog",
                          .verdict = VERDICT_DEFAULT,
                          .diag = diag };
        struct call_set set = { .is_allow_list = rules->count > 0 && !rules->items[0].is_deny };
        int r = 0;

        /* Without these no program can start. */
        w.rule = &built_in;
        if (directive == CALL_FILTER && set.is_allow_list)
                r = add_group(&set, &w, built_in.text, 0);
        for (size_t i = 0; r >= 0 && i < rules->count; i++) {
                w.rule = &rules->items[i];
                w.verdict = VERDICT_DEFAULT;
                r = add_word(&set, &w);
        }
        if (r < 0) {
                call_set_free(&set);
                return r;
        }
        *ret = set;
        return 0;
}

void call_set_free(struct call_set *set) {
        free(set->rules);
        *set = (struct call_set){ .rules = NULL };
}
