/* SPDX-License-Identifier: MIT */
/* exit-status: the names of exit statuses, out of their rows. */
#include "exit-status.h"
#include "base/text.h"

#include <errno.h>

static const char *const names[256] = {
#define ROW(number, name) [number] = #name,
        EXIT_STATUS_ROWS(ROW)
#undef ROW
};

const char *exit_status_name(int status) {
        return status >= 0 && (size_t)status < ARRAY_LEN(names) ? names[status] : NULL;
}

int exit_status_from_name(const char *name) {
        int status = table_value(names, ARRAY_LEN(names), name);

        return status < 0 ? -EINVAL : status;
}
