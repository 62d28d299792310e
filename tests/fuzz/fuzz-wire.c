/* SPDX-License-Identifier: MIT */
/* What a supervisor gone mad may send to PID 1: the first byte says how many fds come with it. */
#include "init/wire-check.h"

#include <stdbool.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) \
        do { \
                if (!(condition)) \
                        __builtin_trap(); \
        } while (0)

static bool is_name(const char *name) {
        const char *end = memchr(name, 0, WIRE_NAME_MAX);

        if (!end || end == name)
                return false;
        for (; name < end; name++)
                if ((unsigned char)*name <= ' ' || (unsigned char)*name > '~' ||
                    strchr("\"'$`!*?[]{}()<>|&;#%,+=^~", *name))
                        return false;
        return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        union wire_request request;
        unsigned fds = size ? data[0] : 0, verdict;
        size_t length = size ? size - 1 : 0;

        memset(&request, 0xff, sizeof(request)); /* nothing is terminated behind what came */
        if (length > 0)
                memcpy(&request, data + 1, length < sizeof(request) ? length : sizeof(request));
        verdict = wire_check(&request, length, fds);
        MUST(verdict <= WIRE_REFUSED_VERSION);
        if (verdict)
                return 0;
        /* What PID 1 relies on, once it has passed. */
        MUST(length <= sizeof(request) && request.header.length == length && request.header.count == 0);
        MUST(request.header.kind >= WIRE_HELLO && request.header.kind <= WIRE_REEXEC);
        MUST(fds == (request.header.kind == WIRE_KEEP));
        if (request.header.kind == WIRE_KEEP || request.header.kind == WIRE_DROP)
                MUST(is_name(request.name.name));
        if (request.header.kind == WIRE_END)
                MUST(memchr(request.end.why, 0, sizeof(request.end.why)) && request.end.code >= 0 &&
                     request.end.code <= 255 && request.end.how >= WIRE_END_EXIT && request.end.how <= WIRE_END_KEXEC);
        if (request.header.kind == WIRE_HELLO)
                MUST(request.hello.version == WIRE_VERSION);
        return 0;
}
