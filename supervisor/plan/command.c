/* SPDX-License-Identifier: MIT */
/* command: variables in command lines, and where a program is. */
#include "command.h"

#include "base/sys.h"
#include "base/text.h"
#include "environment.h"

#include <errno.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#define BLANK " \t\n\r"

/* ---- variables ------------------------------------------------------------------------------------------------------- */

/* Takes the next word off *at, unquoted, into a new string: 1, 0: there is none, -ENOMEM. An open quote ends with the text. */
static int next_word(const char **at, char **ret) {
        const char *p = *at + strspn(*at, BLANK);
        char *word, *out;
        char quote = 0;

        if (!*p) {
                *at = p;
                return 0;
        }
        word = out = strdup(p);
        if (!word)
                return -ENOMEM;
        for (; *p && (quote || !strchr(BLANK, *p)); p++) {
                if (quote ? *p == quote : *p == '"' || *p == '\'')
                        quote = quote ? 0 : *p;
                else if (*p == '\\' && p[1] && quote != '\'')
                        *out++ = *++p;
                else
                        *out++ = *p;
        }
        *out = 0;
        *at = p;
        *ret = word;
        return 1;
}

static int add_words(char ***argv, const char *value) {
        for (;;) {
                char *word = NULL;
                int r = next_word(&value, &word);

                if (r <= 0)
                        return r;
                r = strv_adopt(argv, word);
                if (r < 0)
                        return r;
        }
}

/* Where a reference begins and ends in a word, and what it stands for. */
struct reference {
        size_t length; /* of its text, from the '$' on */
        const char *value; /* borrowed */
        size_t value_length;
};

static bool find_reference(const char *at, char *const *environment, struct reference *ret) {
        const char *end;

        if (at[0] != '$')
                return false;
        if (at[1] == '$') {
                *ret = (struct reference){ .length = 2, .value = at, .value_length = 1 };
                return true;
        }
        end = at[1] == '{' ? strchr(at, '}') : NULL;
        if (!end)
                return false;
        ret->length = (size_t)(end - at) + 1;
        ret->value = environment_get(environment, at + 2, ret->length - 3);
        if (!ret->value)
                ret->value = "";
        ret->value_length = strlen(ret->value);
        return true;
}

/* Writes the word with its references replaced to out (NULL: only measures). Returns the length. */
static size_t replace_references(const char *word, char *const *environment, char *out) {
        size_t length = 0;

        while (*word) {
                struct reference reference = { .length = 1, .value = word, .value_length = 1 };

                (void)find_reference(word, environment, &reference);
                if (out)
                        (void)memcpy(out + length, reference.value, reference.value_length);
                length += reference.value_length;
                word += reference.length;
        }
        return length;
}

static int add_replaced(char ***argv, const char *word, char *const *environment) {
        char *text = malloc(replace_references(word, environment, NULL) + 1);

        if (!text)
                return -ENOMEM;
        text[replace_references(word, environment, text)] = 0;
        return strv_adopt(argv, text);
}

int command_expand(char *const *argv, char *const *environment, char ***ret) {
        owned_strv expanded = NULL;

        for (size_t i = 0; argv && argv[i]; i++) {
                const char *word = argv[i];
                int r;

                if (i == 0) {
                        r = strv_add(&expanded, word);
                } else if (word[0] == '$' && word[1] && word[1] != '{' && word[1] != '$') {
                        const char *value = environment_get(environment, word + 1, strlen(word + 1));

                        r = value ? add_words(&expanded, value) : 0;
                } else {
                        r = add_replaced(&expanded, word, environment);
                }
                if (r < 0)
                        return r;
        }
        *ret = take_ptr(expanded);
        return 0;
}

/* ---- the program ----------------------------------------------------------------------------------------------------- */

/* 0 when it is a file that somebody may execute. */
static int check_program(int root_fd, const char *path) {
        struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
        owned_fd fd = root_fd < 0 ? open(path, O_PATH | O_CLOEXEC)
                                  : (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
        struct stat st;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        return S_ISREG(st.st_mode) && (st.st_mode & 0111) ? 0 : -EACCES;
}

int command_find(const char *program, const char *path, const char *root, char **ret) {
        owned_fd root_fd = -1;
        int result = -ENOENT;

        if (strchr(program, '/')) {
                *ret = strdup(program);
                return *ret ? 0 : -ENOMEM;
        }
        if (!text_is_empty(root) && !text_equal(root, "/")) {
                root_fd = sys_openat(AT_FDCWD, root, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
                if (root_fd < 0)
                        return root_fd;
        }
        while (*path) {
                size_t n = strcspn(path, ":");
                owned_str candidate = text_printf("%.*s/%s", (int)n, path, program);
                int r;

                if (!candidate)
                        return -ENOMEM;
                r = n > 0 && *path == '/' ? check_program(root_fd, candidate) : -ENOENT;
                if (r == 0) {
                        *ret = take_ptr(candidate);
                        return 0;
                }
                if (r == -EACCES)
                        result = r;
                path += n + (path[n] == ':');
        }
        return result;
}
