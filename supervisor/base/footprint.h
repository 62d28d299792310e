/* SPDX-License-Identifier: MIT */
/* footprint: giving back what only the start needed. */
#pragma once

/* Frees what the heap keeps for later, and unmaps the pages of programs and libraries that can be read again from their
 * files: of nine libraries the loader and their constructors have touched much that is never used again. What is used comes
 * back with its next use, mostly without reading. Costs half a millisecond. */
void footprint_shrink(void);
