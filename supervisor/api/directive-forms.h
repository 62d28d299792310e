/* SPDX-License-Identifier: MIT */
/* directive-forms: how each kind of value (unit/kinds.h) looks on the bus: systemd's type, and how it is written. */
#pragma once

#include "api-private.h"
#include "unit/directive.h"

/* One value to be written. */
struct directive_value {
        struct node *node;
        const struct directive *directive;
        const void *settings, *field; /* of the directive's group; never NULL */
};

struct directive_form {
        const char *kind, *signature;
        int (*put)(sd_bus_message *reply, const struct directive_value *v);
};

/* NULL: values of this kind are not on the bus. */
const struct directive_form *directive_form_find(const char *kind);
/* Limit* have a second property, the soft limit. */
extern const struct directive_form directive_form_soft_limit;
/* What the property of this kind shows when the unit has no such settings (not found, not loaded). */
int directive_put_nothing(sd_bus_message *reply, const char *signature);
