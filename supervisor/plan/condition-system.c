/* SPDX-License-Identifier: MIT */
/* condition-system: tests of the operating system and of keel itself: names, versions, users, environment. */
#include "condition-private.h"

#include "unit/architecture.h"
#include "unit/os-release.h"
#include "unit/value.h"

#include <errno.h>
#include <fnmatch.h>
#include <grp.h>
#include <pwd.h>
#include <sys/utsname.h>

#define SYSTEM_UID_MAX 999u

int condition_first_boot(const struct condition_subject *s) {
        owned_str forced = NULL;
        bool wanted, is_first = access("/run/systemd/first-boot", F_OK) == 0;

        if (value_boolean(s->parameter, &wanted) < 0)
                return -EINVAL;
        if (kernel_command_line_value("systemd.condition-first-boot", &forced) > 0 &&
            value_boolean(forced, &is_first) < 0)
                is_first = !*forced || is_first;
        return is_first == wanted;
}

int condition_architecture(const struct condition_subject *s) {
        const char *ours = s->context->architecture ? s->context->architecture : architecture_name();
        const char *wanted = text_equal(s->parameter, "native") ? architecture_native() : s->parameter;

        return ours && wanted && text_equal(ours, wanted);
}

static bool is_machine_id(const char *text) {
        return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

int condition_host(const struct condition_subject *s) {
        struct utsname u;

        if (is_machine_id(s->parameter)) {
                owned_str id = s->context->machine_id ? strdup(s->context->machine_id)
                                                      : condition_read_line("/etc/machine-id");

                return id && text_equal(id, s->parameter);
        }
        if (uname(&u) < 0)
                return -errno;
        return fnmatch(s->parameter, s->context->host_name ? s->context->host_name : u.nodename, FNM_CASEFOLD) == 0;
}

int condition_kernel_command_line(const struct condition_subject *s) {
        const char *equals = strchr(s->parameter, '=');
        owned_str word = strndup(s->parameter, equals ? (size_t)(equals - s->parameter) : strlen(s->parameter));
        owned_str value = NULL;
        int r;

        if (!word)
                return -ENOMEM;
        r = kernel_command_line_value(word, &value);
        return r > 0 && equals ? text_equal(value, equals + 1) : r;
}

/* The next expression of a list: an operator and what to compare with, which may be the word after it. 1, 0 end, -errno. */
static int next_expression(const char **rest, enum comparison *ret_comparison, char **ret) {
        owned_str word = NULL;
        const char *operand;
        int r = value_next_word(rest, 0, &word);

        if (r <= 0)
                return r;
        operand = word;
        *ret_comparison = comparison_read(&operand);
        if (*ret_comparison != COMPARE_NONE && !*operand) {
                r = value_next_word(rest, 0, ret);
                return r == 0 ? -EINVAL : r;
        }
        *ret = strdup(operand);
        return *ret ? 1 : -ENOMEM;
}

int condition_kernel_version(const struct condition_subject *s) {
        const char *rest = s->parameter;
        struct utsname u;

        if (uname(&u) < 0)
                return -errno;
        for (;;) {
                owned_str operand = NULL;
                enum comparison comparison;
                int r = next_expression(&rest, &comparison, &operand);

                if (r < 0)
                        return r;
                if (r == 0)
                        return 1; /* every expression holds */
                if (!comparison_of_text(comparison == COMPARE_NONE ? COMPARE_GLOB : comparison,
                                        s->context->kernel_release ? s->context->kernel_release : u.release, operand))
                        return 0;
        }
}

int condition_credential(const struct condition_subject *s) {
        const char *const directories[] = { getenv("CREDENTIALS_DIRECTORY"), "/run/credentials/@system",
                                            "/run/credentials/@encrypted" };

        if (strchr(s->parameter, '/') || *s->parameter == '.')
                return -EINVAL;
        for (size_t i = 0; i < ARRAY_LEN(directories); i++) {
                owned_str path = directories[i] ? text_printf("%s/%s", directories[i], s->parameter) : NULL;

                if (path && access(path, F_OK) == 0)
                        return 1;
        }
        return 0;
}

int condition_environment(const struct condition_subject *s) {
        const char *equals = strchr(s->parameter, '=');

        if (equals)
                return strv_contains(environ, s->parameter);
        return getenv(s->parameter) != NULL;
}

int condition_user(const struct condition_subject *s) {
        struct passwd *user;
        uint64_t id;

        if (text_to_u64(s->parameter, 10, &id) == 0)
                return id == getuid() || id == geteuid();
        if (text_equal(s->parameter, "@system"))
                return getuid() <= SYSTEM_UID_MAX || geteuid() <= SYSTEM_UID_MAX;
        if (text_equal(s->parameter, "root")) /* without asking anybody */
                return getuid() == 0 || geteuid() == 0;
        user = getpwnam(s->parameter);
        return user && (user->pw_uid == getuid() || user->pw_uid == geteuid());
}

static bool is_in_group(gid_t gid) {
        gid_t groups[256];
        int count = getgroups(ARRAY_LEN(groups), groups);

        for (int i = 0; i < count; i++)
                if (groups[i] == gid)
                        return true;
        return gid == getgid() || gid == getegid();
}

int condition_group(const struct condition_subject *s) {
        struct group *group;
        uint64_t id;

        if (text_to_u64(s->parameter, 10, &id) == 0)
                return is_in_group((gid_t)id);
        if (text_equal(s->parameter, "root"))
                return is_in_group(0);
        group = getgrnam(s->parameter);
        return group && is_in_group(group->gr_gid);
}

/* "KEY OP VALUE", each piece with or without blanks around the operator; all of them must hold. */
static int test_os_release_field(const char *word, const char **rest) {
        size_t key_length = strcspn(word, "=<>!$");
        owned_str key = strndup(word, key_length);
        owned_str next = NULL;
        owned_str last = NULL;
        owned_str value = NULL;
        const char *operand = word + key_length;
        enum comparison comparison;
        int r;

        if (!key)
                return -ENOMEM;
        if (!*operand) {
                r = value_next_word(rest, 0, &next);
                if (r <= 0)
                        return r < 0 ? r : -EINVAL;
                operand = next;
        }
        comparison = comparison_read(&operand);
        if (comparison == COMPARE_NONE || key_length == 0)
                return -EINVAL;
        if (!*operand) {
                r = value_next_word(rest, 0, &last);
                if (r < 0)
                        return r;
                operand = r ? last : "";
        }
        r = os_release_value(key, &value);
        return r < 0 ? r : comparison_of_text(comparison, value, operand);
}

int condition_os_release(const struct condition_subject *s) {
        const char *rest = s->parameter;

        for (;;) {
                owned_str word = NULL;
                int r = value_next_word(&rest, 0, &word);

                if (r < 0)
                        return r;
                if (r == 0)
                        return 1;
                r = test_os_release_field(word, &rest);
                if (r <= 0)
                        return r;
        }
}
