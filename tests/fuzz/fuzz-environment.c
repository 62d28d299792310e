/* SPDX-License-Identifier: MIT */
/* What an administrator's environment file may hold, and command lines that use it: the first line is the command line. */
#include "plan/command.h"
#include "plan/environment.h"

#include "base/text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        owned_str text = strndup((const char *)data, size);
        owned_strv environment = NULL;
        owned_strv words = NULL;
        owned_strv expanded = NULL;
        char *line_end;
        struct diag diag = { 0 };

        if (!text)
                return 0;
        if (environment_parse(text, "file", &diag, &environment) < 0)
                return 0;
        STRV_EACH(s, environment) {
                if (!environment_is_assignment(s))
                        __builtin_trap();
                if (!environment_get(environment, s, strcspn(s, "=")))
                        __builtin_trap();
        }
        line_end = strchr(text, '\n');
        if (line_end)
                *line_end = 0;
        if (strv_add(&words, "program") < 0)
                return 0;
        for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
                if (strv_add(&words, word) < 0)
                        return 0;
        if (command_expand(words, environment, &expanded) == 0 && strcmp(expanded[0], "program") != 0)
                __builtin_trap();
        return 0;
}
