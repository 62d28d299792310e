/* SPDX-License-Identifier: MIT */
/* footprint: see footprint.h. */
#include "footprint.h"

#include "macros.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>

/* Segments that can be written to (relocations among them) hold what no file has. */
static int let_go(struct dl_phdr_info *object, size_t size UNUSED, void *user UNUSED) {
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

        for (unsigned i = 0; i < object->dlpi_phnum; i++) {
                const ElfW(Phdr) *p = &object->dlpi_phdr[i];
                uintptr_t begin = (object->dlpi_addr + p->p_vaddr) & ~(page - 1);
                uintptr_t end = (object->dlpi_addr + p->p_vaddr + p->p_filesz + page - 1) & ~(page - 1);

                if (p->p_type == PT_LOAD && !(p->p_flags & PF_W))
                        (void)madvise((void *)begin, end - begin,
                                      MADV_DONTNEED); /* NOLINT(performance-no-int-to-ptr) */
        }
        return 0;
}

void footprint_shrink(void) {
        (void)malloc_trim(0);
        (void)dl_iterate_phdr(let_go, NULL);
}
