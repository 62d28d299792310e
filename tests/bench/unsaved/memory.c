/* SPDX-License-Identifier: MIT */
/* unsaved: what makes a keel-supervisor that saves nothing, to be measured beside the one that does: it is the same but for
 * this call, which has no memory for it. It goes on without (manager-record.c), as it would where the kernel had none.
 */
#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <sys/mman.h>

int sys_memfd_create(const char *name, unsigned flags) {
        if (text_equal(name, "keel-record"))
                return -ENOMEM;
        int fd = memfd_create(name, flags);
        return fd < 0 ? -errno : fd;
}
