/* SPDX-License-Identifier: MIT */
/* specifiers: %i, %n, %t and the others of systemd.unit(5) "Specifiers". */
#pragma once

#include "unit.h"

/* What was found wrong; letter 0: nothing. */
struct specifier_trouble {
        char letter;
        bool is_unknown; /* kept as it is written, which is not an error */
};

/* text with its specifiers replaced; the caller frees *ret. 0, -ENXIO: the value of trouble->letter is not known here,
 * -EINVAL: it cannot be unescaped, -ENOMEM. */
int specifiers_expand(const struct unit_context *context, const struct unit *u, const char *text, char **ret,
                      struct specifier_trouble *trouble);
