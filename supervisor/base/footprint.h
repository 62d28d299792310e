/* SPDX-License-Identifier: MIT */
/* footprint: giving back what only the start needed. */
#pragma once

/* At its end, whatever a program of ours has is the kernel's to take back, and PID 1 waits for that; a sanitizer wants to see it
 * freed. */
#if defined(__SANITIZE_ADDRESS__)
#define FREES_ALL 1
#else
#define FREES_ALL 0
#endif

/* Frees what the heap keeps for later, and unmaps the pages of programs and libraries that can be read again from their
 * files: of nine libraries the loader and their constructors have touched much that is never used again. What is used comes
 * back with its next use, mostly without reading. Costs half a millisecond. */
void footprint_shrink(void);
