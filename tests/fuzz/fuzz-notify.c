/* SPDX-License-Identifier: MIT */
/* What a service may write to NOTIFY_SOCKET. */
#include "process/notify.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct notify_message m = { 0 };

        notify_parse((const char *)data, size, &m);
        /* What is promised of strings from outside: terminated, no control characters. */
        if (!memchr(m.status, 0, sizeof(m.status)) || !memchr(m.fd_name, 0, sizeof(m.fd_name)) || m.main_pid < 0)
                __builtin_trap();
        for (const char *p = m.status; *p; p++)
                if ((unsigned char)*p < ' ' || *p == 0x7f)
                        __builtin_trap();
        return 0;
}
