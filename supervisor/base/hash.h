/* SPDX-License-Identifier: MIT */
/* hash: uthash with the FNV function: its own default has switch labels that clang's -Wimplicit-fallthrough refuses. */
#pragma once

#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)
#include <uthash.h>
