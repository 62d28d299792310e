/* SPDX-License-Identifier: MIT */
/* kernel-command-line: see kernel-command-line.h. */
#include "kernel-command-line.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

/* Values that hide it. Without a value, and with one that nobody knows, it is shown. */
static bool hides_status(const char *value, size_t length) {
        static const char *const words[] = { "no", "n", "false", "f", "off", "0", "auto", "error" };

        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (strlen(words[i]) == length && strncasecmp(words[i], value, length) == 0)
                        return true;
        return false;
}

/* What is behind the key, in which '-' and '_' are the same; NULL: it is another. */
static const char *after_key(const char *text) {
        static const char key[] = "systemd.show_status";
        size_t i = 0;

        while (key[i] && (text[i] == key[i] || (key[i] == '_' && text[i] == '-')))
                i++;
        return key[i] ? NULL : text + i;
}

bool kernel_command_line_is_quiet(const char *text) {
        bool is_quiet = false, is_decided = false;

        for (size_t length; text += strspn(text, " \t\n"), length = strcspn(text, " \t\n"), length > 0;
             text += length) {
                const char *value = after_key(text);

                if (length == strlen("quiet") && text_after(text, "quiet"))
                        is_quiet |= !is_decided;
                if (!value || (value != text + length && *value != '='))
                        continue;
                is_decided = true;
                is_quiet = *value == '=' && hides_status(value + 1, length - (size_t)(value + 1 - text));
        }
        return is_quiet;
}
