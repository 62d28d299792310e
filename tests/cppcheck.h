/* SPDX-License-Identifier: MIT */
/* What cppcheck needs to know of macros whose headers it is not shown. */
#pragma once

#define HASH_ITER(hh, head, el, tmp) for (el = head; el; el = tmp)
