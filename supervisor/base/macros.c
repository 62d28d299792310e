/* SPDX-License-Identifier: MIT */
/* macros: the one function of macros.h that is not inline. */
#include "macros.h"

#include <errno.h>

void close_fd(int *fd) {
        int kept = errno;

        if (*fd >= 0)
                (void)close(*fd);
        *fd = -1;
        errno = kept;
}
