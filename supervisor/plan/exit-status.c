/* SPDX-License-Identifier: MIT */
/* exit-status: the names of exit statuses, out of their rows. */
#include "exit-status.h"

#include "plan.h"

const char *exit_status_name(int status) {
        static const char *const names[256] = {
#define ROW(number, name) [number] = #name,
                EXIT_STATUS_ROWS(ROW)
#undef ROW
        };

        return status >= 0 && (size_t)status < ARRAY_LEN(names) ? names[status] : NULL;
}
