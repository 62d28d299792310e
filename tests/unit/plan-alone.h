/* SPDX-License-Identifier: MIT */
/* plan-alone: what plan.c provides to the files beside it, so that a test can do without plan.c and all that it calls. */
#pragma once

#include "plan/plan-private.h"

#include <stdarg.h>

int exec_fail(struct exec_failure *failure, enum exit_status status, int error, const char *format, ...) {
        va_list ap;

        failure->exit_status = (int)status;
        failure->error = -error;
        va_start(ap, format);
        (void)vsnprintf(failure->detail, sizeof(failure->detail), format, ap);
        va_end(ap);
        return error;
}

bool plan_has_full_privileges(const struct plan_request *r) {
        return r->command->flags & EXEC_FULL_PRIVILEGES;
}

bool plan_applies_root_directory(const struct plan_request *r UNUSED) {
        return true;
}
