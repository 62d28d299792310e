/* SPDX-License-Identifier: MIT */
/* hash: uthash with our function, which takes eight bytes at a time. */
#pragma once

#include "text.h"

#define HASH_FUNCTION(key, length, hash) ((hash) = (unsigned)text_hash(key, length))
#include <uthash.h>
