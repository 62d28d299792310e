/* SPDX-License-Identifier: MIT */
/* wire: tells a record that PID 1 may act on from one that it must refuse. Pure; called by talk only. */
#include "wire-check.h"

#include <stdbool.h>
#include <string.h>

static const struct rule {
        uint8_t size;
        uint8_t fds;
        uint8_t has_name;
} rules[] = {
        [WIRE_HELLO] = { sizeof(struct wire_hello), 0, 0 },   [WIRE_KEEP] = { sizeof(struct wire_name), 1, 1 },
        [WIRE_DROP] = { sizeof(struct wire_name), 0, 1 },     [WIRE_ACK] = { sizeof(struct wire_ack), 0, 0 },
        [WIRE_BEAT] = { sizeof(struct wire_beat), 0, 0 },     [WIRE_END] = { sizeof(struct wire_end), 0, 0 },
        [WIRE_REEXEC] = { sizeof(struct wire_reexec), 0, 0 },
};

static bool is_name(const char name[WIRE_NAME_MAX]) {
        size_t length = strnlen(name, WIRE_NAME_MAX);

        return length > 0 && length < WIRE_NAME_MAX &&
               strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@._:/\\-") == length;
}

static bool is_end(const struct wire_end *end) {
        return end->how >= WIRE_END_EXIT && end->how <= WIRE_END_KEXEC && end->code >= 0 && end->code <= 255 &&
               memchr(end->why, 0, sizeof(end->why));
}

unsigned wire_check(const union wire_request *request, size_t length, unsigned fds) {
        unsigned kind = request->header.kind;

        if (length < sizeof(request->header) || request->header.length != length || request->header.count != 0 ||
            kind >= sizeof(rules) / sizeof(rules[0]) || rules[kind].size != length || rules[kind].fds != fds)
                return WIRE_REFUSED_MALFORMED;
        if (rules[kind].has_name && !is_name(request->name.name))
                return WIRE_REFUSED_MALFORMED;
        if (kind == WIRE_END && !is_end(&request->end))
                return WIRE_REFUSED_MALFORMED;
        if (kind == WIRE_HELLO && request->hello.version != WIRE_VERSION)
                return WIRE_REFUSED_VERSION;
        return 0;
}
