/* SPDX-License-Identifier: MIT */
/* wire-check: PID 1's side of wire.h: every packet is hostile until it has passed here. */
#pragma once

#include "wire.h"

#include <stddef.h>

/* Everything that the supervisor may send. */
union wire_request {
        struct wire_header header;
        struct wire_hello hello;
        struct wire_name name;
        struct wire_ack ack;
        struct wire_beat beat;
        struct wire_end end;
        struct wire_reexec reexec;
};

/* 0 when the packet of that length, with that many fds, is a well-formed request, else an enum wire_refusal. Packets
 * shorter than a header are fine to ask about; the whole union must be readable.
 */
unsigned wire_check(const union wire_request *request, size_t length, unsigned fds);
