/* SPDX-License-Identifier: MIT */
/* condition: is it so? Evaluates the Condition*= and Assert*= lines of a unit at the moment it is to be started
 * (systemd.unit(5) "Conditions and Asserts"). Reads the system, changes nothing, runs nothing, logs nothing.
 */
#pragma once

#include "unit/unit.h"

/* One test, with its negation: 1 it holds, 0 it does not, -errno: it could not be found out (then it does not hold). */
int condition_test(const struct condition *c, const struct unit_context *context);

/* All conditions, or all assertions, of a unit: every plain one must hold, and one of the triggering ones, if there are any.
 * None at all holds. *ret_failed (may be NULL): the first that decided against it, or NULL; borrowed from conditions. */
bool conditions_test(const struct conditions *conditions, bool asserts, const struct unit_context *context,
                     const struct condition **ret_failed);

/* What we run in, by systemd-detect-virt(1)'s words: "docker", "kvm", "container-other" …; "none". Static. */
const char *virtualization_name(bool *ret_is_container);
