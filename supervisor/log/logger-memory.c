/* SPDX-License-Identifier: MIT */
/* logger-memory: see the header. A kill falls between two instructions: the order of the stores is all that matters, so the
 * compiler must keep it.
 */
#include "logger-memory.h"

#include "base/sys.h"

#include <string.h>
#include <sys/mman.h>

#define MAGIC   (0x6b65656c6c6f6700ull + LOGGER_VERSION + sizeof(struct logger_memory))
#define FILLING 0xff /* never in UTF-8 */

static inline void in_order(void) {
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void set_state(struct logger_memory *m, enum logger_memory_state state) {
        in_order();
        *(volatile uint32_t *)&m->state = state;
        in_order();
}

struct logger_memory *logger_memory_open(int fd) {
        int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
        struct logger_memory *m;

        if (fd >= 0 && sys_ftruncate(fd, sizeof(*m)) < 0)
                return NULL;
        m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, flags, fd, 0);
        if (m == MAP_FAILED)
                return NULL;
        if (m->magic == MAGIC)
                return m;
        m->state = LOGGER_MEMORY_IDLE;
        memset(m->in, FILLING, sizeof(m->in));
        m->magic = MAGIC;
        return m;
}

void logger_memory_close(struct logger_memory **m) {
        if (*m)
                (void)munmap(*m, sizeof(**m));
        *m = NULL;
}

void logger_memory_begin(struct logger_memory *m, const char *unit, const char *identifier) {
        m->length = m->done = 0;
        m->is_writing = 0;
        memcpy(m->unit, unit, strlen(unit) + 1);
        memcpy(m->identifier, identifier, strlen(identifier) + 1);
        set_state(m, LOGGER_MEMORY_READING);
}

void logger_memory_has_read(struct logger_memory *m, size_t length, const char *stamp) {
        m->length = (uint32_t)length;
        memcpy(m->stamp, stamp, sizeof(m->stamp));
        set_state(m, LOGGER_MEMORY_HELD);
}

void logger_memory_end(struct logger_memory *m) {
        set_state(m, LOGGER_MEMORY_IDLE);
        memset(m->in, FILLING, m->length);
        m->length = 0;
}

void logger_memory_writes(struct logger_memory *m, size_t used, size_t covers, uint64_t inode, uint64_t base) {
        m->used = (uint32_t)used;
        m->covers = (uint32_t)covers;
        m->inode = inode;
        m->base = base;
        in_order();
        *(volatile uint32_t *)&m->is_writing = 1;
        in_order();
}

/* Killed between the two stores: what is written is looked for in the file once more, and found. */
void logger_memory_has_written(struct logger_memory *m) {
        in_order();
        *(volatile uint32_t *)&m->done = m->covers;
        in_order();
        *(volatile uint32_t *)&m->is_writing = 0;
        in_order();
}

static size_t length_read(const struct logger_memory *m) {
        size_t length = sizeof(m->in);

        while (length > 0 && (unsigned char)m->in[length - 1] == FILLING)
                length--;
        return length;
}

static bool is_sane(const struct logger_memory *m) {
        return memchr(m->unit, 0, sizeof(m->unit)) && m->unit[0] && m->unit[0] != '.' && !strchr(m->unit, '/') &&
               memchr(m->identifier, 0, sizeof(m->identifier)) && !strchr(m->identifier, '\n') &&
               m->length <= sizeof(m->in) && m->done <= m->length &&
               (!m->is_writing || (m->used <= sizeof(m->out) && m->covers <= m->length && m->covers >= m->done));
}

static void forget(struct logger_memory *m) {
        m->length = sizeof(m->in);
        logger_memory_end(m);
}

bool logger_memory_recover(struct logger_memory *m, const char *stamp) {
        if (m->state == LOGGER_MEMORY_READING) {
                m->done = 0;
                m->is_writing = 0;
                logger_memory_has_read(m, length_read(m), stamp);
        }
        m->stamp[sizeof(m->stamp) - 1] = 0;
        if (m->state == LOGGER_MEMORY_HELD && m->length > 0 && is_sane(m) && strlen(m->stamp) == LOGGER_STAMP_LENGTH)
                return true;
        forget(m); /* also: killed while it was filled again */
        return false;
}
