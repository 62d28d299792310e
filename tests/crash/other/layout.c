/* SPDX-License-Identifier: MIT */
/* layout: what makes a keel-supervisor of a version whose record lies in its memory in another way: neither can read what the other
 * has saved. It is linked in the place of the library's record-store.
 */
#define RECORD_STORE_VERSION 1000u
#include "service/record-store.c"
