/* SPDX-License-Identifier: MIT */
/* parse-sandbox: privileges and the view of the file system (systemd.exec(5), capabilities(7)). */
#include "kinds.h"

#include <ctype.h>
#include <errno.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/mount.h>

/* ---- privileges --------------------------------------------------------------------------------------------------- */

static int capability_from_name(const char *name) {
        char lower[32];
        cap_value_t value;
        size_t length = strlen(name);

        if (length >= sizeof lower || strncasecmp(name, "cap_", 4) != 0)
                return -EINVAL;
        for (size_t i = 0; i <= length; i++)
                lower[i] = (char)tolower((unsigned char)name[i]);
        return cap_from_name(lower, &value) == 0 && value < 64 ? value : -EINVAL;
}

/* A list replaces the default and adds to an earlier list; ~ takes away. As in systemd, an empty list empties the set, and "~"
 * alone fills it. */
int parse_capabilities(struct parse *p, uint64_t *field) {
        struct exec_settings *e = p->settings;
        uint64_t initial = field == &e->capability_bounding_set ? CAPABILITIES_ALL : 0, sum = 0;
        const char *rest = p->value;
        bool invert = *rest == '~';

        for (rest += invert;;) {
                owned_str word = NULL;
                int r = parse_next_word(p, &rest, 0, &word), capability;

                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                capability = capability_from_name(word);
                if (capability < 0)
                        (void)parse_mistake(p, "'%s' is not a capability; allowed: names like CAP_NET_BIND_SERVICE",
                                            word);
                else
                        sum |= 1ull << capability;
        }
        if (sum == 0 && p->outcome == OUTCOME_INVALID)
                return -EINVAL; /* nothing was understood: that is not an empty list */
        if (sum == 0 || *field == initial)
                *field = invert ? ~sum : sum;
        else if (invert)
                *field &= ~sum;
        else
                *field |= sum;
        return 0;
}

int parse_secure_bits(struct parse *p, int *field) {
        static const struct {
                const char *word;
                int bit;
        } bits[] = {
                { "keep-caps", 1 << SECURE_KEEP_CAPS },
                { "keep-caps-locked", 1 << SECURE_KEEP_CAPS_LOCKED },
                { "no-setuid-fixup", 1 << SECURE_NO_SETUID_FIXUP },
                { "no-setuid-fixup-locked", 1 << SECURE_NO_SETUID_FIXUP_LOCKED },
                { "noroot", 1 << SECURE_NOROOT },
                { "noroot-locked", 1 << SECURE_NOROOT_LOCKED },
        };
        const char *rest = p->value;

        if (!*rest)
                *field = 0;
        for (;;) {
                owned_str word = NULL;
                int r = parse_next_word(p, &rest, 0, &word), bit = 0;

                if (r <= 0)
                        return r;
                for (size_t i = 0; i < ARRAY_LEN(bits); i++)
                        if (text_equal(bits[i].word, word))
                                bit = bits[i].bit;
                if (!bit)
                        (void)parse_mistake(
                                p,
                                "'%s' is not a secure bit; allowed: keep-caps, no-setuid-fixup, noroot, and each "
                                "with -locked",
                                word);
                *field |= bit;
        }
}

int parse_apparmor_profile(struct parse *p, char **field) {
        struct exec_settings *e = p->settings;
        bool is_optional = *p->value == '-';
        char *profile = NULL;
        int r;

        if (*p->value) {
                r = parse_expand(p, p->value + is_optional, &profile);
                if (r < 0)
                        return r;
        }
        free(*field);
        *field = profile;
        e->apparmor_profile_optional = is_optional;
        return 0;
}

/* ---- the file system ---------------------------------------------------------------------------------------------- */

int parse_mount_flags(struct parse *p, unsigned long *field) {
        static const struct {
                const char *word;
                unsigned long flag;
        } flags[] = { { "", 0 }, { "shared", MS_SHARED }, { "slave", MS_SLAVE }, { "private", MS_PRIVATE } };

        for (size_t i = 0; i < ARRAY_LEN(flags); i++)
                if (text_equal(flags[i].word, p->value)) {
                        *field = flags[i].flag;
                        return 0;
                }
        return parse_mistake(p, "'%s' is not known; allowed: shared, slave, private", p->value);
}

/* "-", then "+", then an absolute path; kept as it is written but for the path being cleaned. */
static int read_prefixed_path(struct parse *p, const char *word, char **ret) {
        const char *path = word + (*word == '-');
        owned_str clean = NULL;
        int r;

        path += *path == '+';
        r = parse_absolute(p, path, &clean);
        if (r < 0)
                return r;
        *ret = text_printf("%.*s%s", (int)(path - word), word, clean);
        return *ret ? 0 : -ENOMEM;
}

int parse_path_list(struct parse *p, char ***field) {
        const char *rest = p->value;

        if (!*rest)
                strv_free(take_ptr(*field));
        for (;;) {
                owned_str word = NULL;
                char *path;
                int r = parse_next_word(p, &rest, 0, &word);

                if (r <= 0)
                        return r;
                r = read_prefixed_path(p, word, &path);
                if (r == 0)
                        r = strv_adopt(field, path);
                if (r == -ENOMEM)
                        return r;
        }
}

/* Cuts the next part off at a ':' that no backslash protects. Returns the part, NULL when there is none left. */
static char *next_part(char **rest) {
        char *part = *rest, *to = part, *from = part;

        if (!part)
                return NULL;
        for (; *from && *from != ':'; from++) {
                if (*from == '\\' && from[1])
                        from++;
                *to++ = *from;
        }
        *rest = *from ? from + 1 : NULL;
        *to = 0;
        return part;
}

void release_bind_mounts(void *settings, void *field) {
        struct exec_settings *e = settings;

        (void)field;
        for (size_t i = 0; i < e->bind_mount_count; i++) {
                free(e->bind_mounts[i].source);
                free(e->bind_mounts[i].destination);
        }
        free(take_ptr(e->bind_mounts));
        e->bind_mount_count = 0;
}

/* One "[-]SOURCE[:DESTINATION[:OPTIONS]]". */
static int read_bind(struct parse *p, char *word, bool is_read_only, struct bind_mount *ret) {
        bool is_optional = *word == '-';
        char *rest = word + is_optional, *source = next_part(&rest), *destination = next_part(&rest);
        owned_str from = NULL;
        owned_str to = NULL;
        bool is_recursive = !rest || !text_equal(rest, "norbind");
        int r;

        if (rest && *rest && !text_equal(rest, "rbind") && !text_equal(rest, "norbind"))
                return parse_mistake(p, "'%s' is not a mount option; allowed: rbind, norbind", rest);
        r = parse_absolute(p, source, &from);
        if (r == 0)
                r = parse_absolute(p, destination && *destination ? destination : source, &to);
        if (r < 0)
                return r;
        *ret = (struct bind_mount){ take_ptr(from), take_ptr(to), is_read_only, is_recursive, is_optional };
        return 0;
}

static int read_binds(struct parse *p, struct bind_mount **field, bool is_read_only) {
        struct exec_settings *e = p->settings;
        const char *rest = p->value;

        if (!*rest)
                release_bind_mounts(e, field);
        for (;;) {
                owned_str word = NULL;
                struct bind_mount mount = { 0 }, *item;
                int r = parse_next_word(p, &rest, WORD_KEEP_ESCAPES, &word);

                if (r <= 0)
                        return r;
                r = read_bind(p, word, is_read_only, &mount);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        continue;
                item = GROW(*field, e->bind_mount_count);
                if (!item) {
                        free(mount.source);
                        free(mount.destination);
                        return -ENOMEM;
                }
                *item = mount;
        }
}

int parse_bind_mounts(struct parse *p, struct bind_mount **field) {
        return read_binds(p, field, false);
}

int parse_bind_mounts_read_only(struct parse *p, struct bind_mount **field) {
        return read_binds(p, field, true);
}

void release_tmpfs_mounts(void *settings, void *field) {
        struct exec_settings *e = settings;

        (void)field;
        for (size_t i = 0; i < e->tmpfs_mount_count; i++) {
                free(e->tmpfs_mounts[i].path);
                free(e->tmpfs_mounts[i].options);
        }
        free(take_ptr(e->tmpfs_mounts));
        e->tmpfs_mount_count = 0;
}

int parse_tmpfs_mounts(struct parse *p, struct tmpfs_mount **field) {
        struct exec_settings *e = p->settings;
        const char *rest = p->value;

        if (!*rest)
                release_tmpfs_mounts(e, field);
        for (;;) {
                owned_str word = NULL;
                owned_str path = NULL;
                owned_str options = NULL;
                char *parts;
                struct tmpfs_mount *item;
                int r = parse_next_word(p, &rest, WORD_KEEP_ESCAPES, &word);

                if (r <= 0)
                        return r;
                parts = word;
                r = parse_absolute(p, next_part(&parts), &path);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        continue;
                if (parts && *parts && !(options = strdup(parts)))
                        return -ENOMEM;
                item = GROW(*field, e->tmpfs_mount_count);
                if (!item)
                        return -ENOMEM;
                *item = (struct tmpfs_mount){ take_ptr(path), take_ptr(options) };
        }
}
