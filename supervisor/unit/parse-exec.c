/* SPDX-License-Identifier: MIT */
/* parse-exec: who runs a process, where, and in which environment (systemd.exec(5)). */
#include "kinds.h"

#include <ctype.h>
#include <errno.h>

/* ---- users -------------------------------------------------------------------------------------------------------- */

/* Whether a user or group may be called so; if there is one is asked when the process starts. Names that no tool would make
 * but that LDAP may have are fine, as in systemd. */
static bool is_user_name(const char *name) {
        uint64_t id;

        if (text_to_u64(name, 10, &id) == 0)
                return id < UINT32_MAX && id != UINT16_MAX;
        if (!*name || isdigit((unsigned char)*name) || *name == '-' || strlen(name) > 255)
                return false;
        for (const char *c = name; *c; c++)
                if (strchr(":/", *c) || (unsigned char)*c < ' ' || *c == 127)
                        return false;
        return !isspace((unsigned char)*name) && !isspace((unsigned char)name[strlen(name) - 1]) &&
               !text_equal(name, ".") && !text_equal(name, "..");
}

int parse_user(struct parse *p, char **field) {
        owned_str name = NULL;
        int r;

        if (*p->value) {
                r = parse_expand(p, p->value, &name);
                if (r < 0)
                        return r;
                if (!is_user_name(name))
                        return parse_mistake(p, "'%s' is not the name or number of a user or group", name);
        }
        free(*field);
        *field = take_ptr(name);
        return 0;
}

int parse_user_list(struct parse *p, char ***field) {
        const char *rest = p->value;

        if (!*rest)
                strv_free(take_ptr(*field));
        for (;;) {
                owned_str word = NULL;
                int r = parse_next_word(p, &rest, 0, &word);

                if (r <= 0)
                        return r;
                if (!is_user_name(word))
                        (void)parse_mistake(p, "'%s' is not the name or number of a group", word);
                else if (strv_add(field, word) < 0)
                        return -ENOMEM;
        }
}

/* ---- directories -------------------------------------------------------------------------------------------------- */

int parse_working_directory(struct parse *p, char **field) {
        struct exec_settings *e = p->settings;
        const char *value = p->value;
        bool is_optional = *value == '-';
        owned_str text = NULL;
        char *path = NULL;
        int r;

        value += is_optional;
        if (text_equal(value, "~")) {
                path = strdup("~");
                r = path ? 0 : -ENOMEM;
        } else if (*value) {
                r = parse_expand(p, value, &text);
                if (r == 0)
                        r = parse_absolute(p, text, &path);
        } else {
                r = 0;
        }
        if (r < 0)
                return r;
        free(*field);
        *field = path;
        e->working_directory_optional = path && is_optional;
        return 0;
}

void release_directory(void *settings, void *field) {
        struct exec_directory *d = field;

        (void)settings;
        strv_free(take_ptr(d->paths));
}

int parse_directory(struct parse *p, struct exec_directory *field) {
        const char *rest = p->value;

        if (!*rest)
                release_directory(p->settings, field);
        for (;;) {
                owned_str word = NULL;
                owned_str path = NULL;
                char *colon;
                int r = parse_next_word(p, &rest, 0, &word);

                if (r <= 0)
                        return r;
                colon = strchr(word, ':');
                if (colon) {
                        *colon = 0;
                        (void)parse_unsupported(p, "the symbolic link '%s' to '%s' is not made", colon + 1, word);
                }
                r = value_relative_path(word, &path);
                if (r == -ENOMEM)
                        return r;
                if (r < 0 || text_after(path, "private/") || text_equal(path, "private"))
                        (void)parse_mistake(
                                p, "'%s' is not a directory's name; allowed: relative, without \"..\", not private",
                                word);
                else if (strv_add_unique(&field->paths, path) < 0)
                        return -ENOMEM;
        }
}

/* ---- environment -------------------------------------------------------------------------------------------------- */

/* Length of the name, 0 when it is no assignment. */
static size_t assignment_name_length(const char *s) {
        size_t length = strcspn(s, "=");

        if (!s[length] || isdigit((unsigned char)*s))
                return 0;
        for (size_t i = 0; i < length; i++)
                if (!isalnum((unsigned char)s[i]) && s[i] != '_')
                        return 0;
        return length;
}

/* Adds NAME=VALUE, in place of an earlier value of NAME. */
static int set_variable(char ***environment, char *assignment, size_t name_length) {
        for (char **v = *environment; v && *v; v++)
                if (strncmp(*v, assignment, name_length + 1) == 0) {
                        free(*v);
                        *v = assignment;
                        return 0;
                }
        return strv_adopt(environment, assignment);
}

int parse_environment(struct parse *p, char ***field) {
        const char *rest = p->value;

        if (!*rest)
                strv_free(take_ptr(*field));
        for (;;) {
                owned_str word = NULL;
                size_t length;
                int r = parse_next_word(p, &rest, WORD_C_ESCAPES, &word);

                if (r <= 0)
                        return r;
                length = assignment_name_length(word);
                if (length == 0)
                        (void)parse_mistake(p, "'%s' is not an assignment; allowed: NAME=VALUE, quoted as a whole",
                                            word);
                else if (set_variable(field, take_ptr(word), length) < 0)
                        return -ENOMEM;
        }
}

void release_environment_files(void *settings, void *field) {
        struct exec_settings *e = settings;

        (void)field;
        for (size_t i = 0; i < e->environment_file_count; i++)
                free(e->environment_files[i].path);
        free(take_ptr(e->environment_files));
        e->environment_file_count = 0;
}

int parse_environment_files(struct parse *p, struct environment_file **field) {
        struct exec_settings *e = p->settings;
        const char *value = p->value;
        bool is_optional = *value == '-';
        struct environment_file *file;
        owned_str text = NULL;
        char *path;
        int r;

        if (!*value) {
                release_environment_files(e, field);
                return 0;
        }
        r = parse_expand(p, value + is_optional, &text);
        if (r < 0)
                return r;
        r = parse_absolute(p, text, &path);
        if (r < 0)
                return r;
        file = GROW(*field, e->environment_file_count);
        if (!file) {
                free(path);
                return -ENOMEM;
        }
        *file = (struct environment_file){ path, is_optional };
        return 0;
}

int parse_keyring_mode(struct parse *p, char **field) {
        static const char *const words[] = { "inherit", "private", "shared" };
        int i = 0, r;

        r = parse_enum(p, words, ARRAY_LEN(words), &i);
        return r < 0 ? r : text_replace(field, words[i]);
}
