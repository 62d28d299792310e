/* SPDX-License-Identifier: MIT */
/* parse-seccomp: what a process may ask of the kernel: system calls, architectures, socket families, namespaces. Which names
 * of system calls there are is libseccomp's knowledge: plan/seccomp.c tells of unknown ones. */
#include "kinds.h"

#include <errno.h>
#include <sched.h>

void release_syscalls(void *settings, void *field) {
        struct syscall_rules *rules = field;

        (void)settings;
        for (size_t i = 0; i < rules->count; i++)
                free(rules->items[i].text);
        free(rules->items);
        *rules = (struct syscall_rules){ 0 };
}

/* "read", "@group", "read:EPERM", "read:kill". */
static bool is_syscall_word(const char *word) {
        size_t length = strspn(word + (*word == '@'), "abcdefghijklmnopqrstuvwxyz0123456789_-") + (*word == '@');
        int number;

        if (length == (*word == '@'))
                return false;
        return !word[length] || (word[length] == ':' && (text_equal(word + length + 1, "kill") ||
                                                         value_errno(word + length + 1, &number) == 0));
}

int parse_syscalls(struct parse *p, struct syscall_rules *field) {
        const char *rest = p->value;
        bool is_deny = *rest == '~';

        if (!*rest)
                release_syscalls(p->settings, field);
        for (rest += is_deny;;) {
                owned_str word = NULL;
                struct syscall_rule *rule;
                int r = value_next_word(&rest, 0, &word);

                if (r == -EINVAL)
                        return parse_mistake(p, "a quote is not closed in: %s", rest);
                if (r <= 0)
                        return r;
                if (!is_syscall_word(word)) {
                        (void)parse_mistake(
                                p, "'%s' is not a system call; allowed: NAME, @GROUP, each with :ERRNO or :kill", word);
                        continue;
                }
                rule = GROW(field->items, field->count);
                if (!rule)
                        return -ENOMEM;
                *rule = (struct syscall_rule){ take_ptr(word), is_deny, p->origin };
        }
}

int parse_syscall_errno(struct parse *p, int *field) {
        int number = 0;

        if (*p->value && !text_equal(p->value, "kill") && (value_errno(p->value, &number) < 0 || number == 0))
                return parse_mistake(p, "'%s' is not an error; allowed: names like EPERM, 1 to 4095, kill", p->value);
        *field = number;
        return 0;
}

static bool is_one_of(const char *const *words, size_t count, const char *word) {
        return table_value(words, count, word) >= 0;
}

int parse_architectures(struct parse *p, char ***field) {
        static const char *const known[] = { "native",  "x86",         "x86-64",        "x32",     "arm",
                                             "arm64",   "loongarch64", "mips",          "mips64",  "mips64-n32",
                                             "mips-le", "mips64-le",   "mips64-le-n32", "parisc",  "parisc64",
                                             "ppc",     "ppc64",       "ppc64-le",      "riscv64", "s390",
                                             "s390x" };
        const char *rest = p->value;

        if (!*rest)
                strv_free(take_ptr(*field));
        for (;;) {
                owned_str word = NULL;
                int r = parse_next_word(p, &rest, 0, &word);

                if (r <= 0)
                        return r;
                if (!is_one_of(known, ARRAY_LEN(known), word))
                        (void)parse_mistake(
                                p, "'%s' is not an architecture; allowed: native, x86, x86-64, x32, arm, arm64, ...",
                                word);
                else if (strv_add_unique(field, word) < 0)
                        return -ENOMEM;
        }
}

static const char *const address_family_names[] = {
        "AF_UNIX",   "AF_LOCAL",      "AF_INET",   "AF_INET6", "AF_NETLINK", "AF_PACKET",  "AF_BLUETOOTH", "AF_CAN",
        "AF_VSOCK",  "AF_ALG",        "AF_XDP",    "AF_KEY",   "AF_TIPC",    "AF_RDS",     "AF_SMC",       "AF_QIPCRTR",
        "AF_KCM",    "AF_PPPOX",      "AF_LLC",    "AF_IB",    "AF_MPLS",    "AF_NFC",     "AF_IUCV",      "AF_RXRPC",
        "AF_PHONET", "AF_IEEE802154", "AF_CAIF",   "AF_ISDN",  "AF_AX25",    "AF_IPX",     "AF_APPLETALK", "AF_NETROM",
        "AF_BRIDGE", "AF_ATMPVC",     "AF_X25",    "AF_ROSE",  "AF_DECnet",  "AF_NETBEUI", "AF_SECURITY",  "AF_ROUTE",
        "AF_ASH",    "AF_ECONET",     "AF_ATMSVC", "AF_SNA",   "AF_IRDA",    "AF_WANPIPE", "AF_MCTP",      "AF_FILE",
};

/* The first line says whether the list allows or forbids; lines of the other kind then take entries out of it. */
int parse_address_families(struct parse *p, char ***field) {
        struct exec_settings *e = p->settings;
        const char *rest = p->value;
        bool is_deny = *rest == '~', is_none = text_equal(rest, "none");

        if (!*rest || is_none) {
                strv_free(take_ptr(*field));
                e->address_families_set = e->address_families_none = is_none;
                e->address_families_deny = false;
                return 0;
        }
        if (!e->address_families_set)
                e->address_families_deny = is_deny;
        for (rest += is_deny;;) {
                owned_str word = NULL;
                int r = parse_next_word(p, &rest, 0, &word);

                if (r <= 0)
                        return r;
                if (!is_one_of(address_family_names, ARRAY_LEN(address_family_names), word)) {
                        (void)parse_mistake(p, "'%s' is not an address family; allowed: names like AF_INET6", word);
                        continue;
                }
                e->address_families_set = true;
                e->address_families_none = false;
                if (is_deny != e->address_families_deny)
                        strv_remove(*field, word);
                else if (strv_add_unique(field, word) < 0)
                        return -ENOMEM;
        }
}

static const struct {
        const char *word;
        unsigned long flag;
} namespace_types[] = {
        { "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC },   { "net", CLONE_NEWNET }, { "mnt", CLONE_NEWNS },
        { "pid", CLONE_NEWPID },       { "user", CLONE_NEWUSER }, { "uts", CLONE_NEWUTS },
};

#define ALL_NAMESPACES \
        (unsigned long)(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | \
                        CLONE_NEWUTS)

static int read_namespaces(struct parse *p, const char *rest, unsigned long *ret) {
        for (;;) {
                owned_str word = NULL;
                unsigned long flag = 0;
                int r = parse_next_word(p, &rest, 0, &word);

                if (r <= 0)
                        return r;
                for (size_t i = 0; i < ARRAY_LEN(namespace_types); i++)
                        if (text_equal(namespace_types[i].word, word))
                                flag = namespace_types[i].flag;
                if (!flag)
                        return parse_mistake(
                                p, "'%s' is not a namespace; allowed: yes, no, cgroup, ipc, net, mnt, pid, user, uts",
                                word);
                *ret |= flag;
        }
}

/* The field holds what is forbidden; a list names what is allowed, a ~ list what is not. */
int parse_namespaces(struct parse *p, unsigned long *field) {
        bool is_deny = *p->value == '~', all;
        unsigned long named = 0;
        int r;

        if (!*p->value || value_boolean(p->value, &all) == 0) {
                *field = *p->value && all ? ALL_NAMESPACES : 0;
                return 0;
        }
        r = read_namespaces(p, p->value + is_deny, &named);
        if (r < 0)
                return r;
        if (is_deny)
                *field |= named;
        else if (*field == 0)
                *field = ALL_NAMESPACES & ~named;
        else
                *field &= ~named;
        return 0;
}
