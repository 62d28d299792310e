/* SPDX-License-Identifier: MIT */
/* saved: owns the form of the saved state. Promises to read what any version of it wrote as far as it knows the ids, and to
 * believe no number that could hurt. Never allocates. Called by main and reexec.
 */
#include "saved.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIES 1000u /* of a call that was interrupted or found no memory */
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4U
#endif
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static const char magic[8] = "keelPID1";

struct header {
        char magic[8];
        uint32_t version;
        int32_t pid; /* whose state it is */
        uint64_t size; /* of all */
};

struct record {
        uint32_t id;
        uint32_t size;
};

/* The fields that are a number, or an array of them. An id is never used again for something else, nor for another size. */
static const struct row {
        uint16_t id, offset, size;
} rows[] = {
#define ROW(id, field) \
        { id, offsetof(struct state, field), sizeof(((struct state *)0)->field) }
        ROW(1, flags),
        ROW(2, files),
        ROW(3, program),
        ROW(4, runtime_dir),
        ROW(5, removes_runtime_dir),
        ROW(6, tells_runtime_dir),
        ROW(7, signals.mask),
        ROW(8, signals.ignored_child),
        ROW(9, signals.fd),
        ROW(10, child.pid),
        ROW(11, child.runs),
        ROW(12, child.failures),
        ROW(13, child.talked),
        ROW(14, child.ever_talked),
        ROW(15, child.leaving),
        ROW(16, child.killed),
        ROW(17, child.started_us),
        ROW(18, child.start_at_us),
        ROW(19, child.silent_at_us),
        ROW(20, child.heartbeat_us),
        ROW(21, line.fd),
        ROW(22, line.phase),
        ROW(23, line.owes_reexeced),
        ROW(24, line.kept_sent),
        ROW(25, line.dropped_sent),
        ROW(26, line.signals),
        ROW(27, line.senders),
        ROW(28, line.refusals),
        ROW(29, line.refused),
        ROW(30, ledger.next_sequence),
        ROW(31, ledger.dropped),
        ROW(32, ledger.sent),
        ROW(33, ending.asked),
        ROW(34, ending.deaths),
        ROW(35, ending.answer_by_us),
        ROW(36, reexec.times),
        ROW(37, child.last_status),
        ROW(38, child.idle),
        ROW(39, child.stopped),
#undef ROW
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* What is no field, or not only. */
enum { EXITS = 100, KEPT_SLOTS, KEPT_NAMES, ARGUMENTS, PROCESS_NAME };

bool saved_can_take(const char *version) {
        return signals_parse_number(version, INT32_MAX) == SAVED_VERSION;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

struct writer {
        int fd, error;
        uint64_t size;
        size_t used;
        char buffer[1024];
};

static void put_now(struct writer *w, const void *bytes, size_t size) {
        unsigned tries = 0;
        ssize_t n;

        while (size > 0 && !w->error) {
                n = write(w->fd, bytes, size);
                if (n < 0 && (errno != EINTR || ++tries == TRIES))
                        w->error = errno;
                if (n <= 0)
                        continue;
                bytes = (const char *)bytes + n;
                size -= (size_t)n;
                w->size += (uint64_t)n;
        }
}

static void flush(struct writer *w) {
        put_now(w, w->buffer, w->used);
        w->used = 0;
}

static void put(struct writer *w, const void *bytes, size_t size) {
        if (w->used + size > sizeof(w->buffer))
                flush(w);
        if (size > sizeof(w->buffer)) {
                put_now(w, bytes, size);
                return;
        }
        memcpy(w->buffer + w->used, bytes, size);
        w->used += size;
}

static void put_head(struct writer *w, unsigned id, size_t size) {
        struct record record = { id, (uint32_t)size };

        put(w, &record, sizeof(record));
}

static void put_exits(struct writer *w, const struct ledger *l) {
        uint32_t before_end = LEDGER_ROOM - l->first < l->count ? LEDGER_ROOM - l->first : l->count;

        put_head(w, EXITS, l->count * sizeof(struct wire_exit));
        put(w, &l->ring[l->first], before_end * sizeof(struct wire_exit));
        put(w, l->ring, (l->count - before_end) * sizeof(struct wire_exit));
}

/* Which words of our command line are the supervisor's: argv itself goes on by the exec. */
static void put_arguments(struct writer *w, const struct state *s) {
        put_head(w, ARGUMENTS, (s->argument_count - 1) * sizeof(uint32_t));
        for (uint32_t i = 1, at = 0; i < s->argument_count; i++) {
                while (s->command_line[at] && s->command_line[at] != s->arguments[i])
                        at++;
                put(w, &at, sizeof(at));
        }
}

static void put_all(struct writer *w, const struct state *s) {
        struct header header = { .version = SAVED_VERSION, .pid = getpid() };
        char name[16] = "";

        memcpy(header.magic, magic, sizeof(magic));
        put(w, &header, sizeof(header));
        for (size_t i = 0; i < ROWS; i++) {
                put_head(w, rows[i].id, rows[i].size);
                put(w, (const char *)s + rows[i].offset, rows[i].size);
        }
        put_exits(w, &s->ledger);
        put_head(w, KEPT_SLOTS, s->keep.count * sizeof(struct keep_slot));
        put(w, s->keep.slots, s->keep.count * sizeof(struct keep_slot));
        put_head(w, KEPT_NAMES, s->keep.names_end);
        put(w, s->keep.names, s->keep.names_end);
        put_arguments(w, s);
        (void)prctl(PR_GET_NAME, name);
        put_head(w, PROCESS_NAME, sizeof(name));
        put(w, name, sizeof(name));
        flush(w);
        header.size = w->size;
        if (!w->error && pwrite(w->fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
                w->error = errno ? errno : EIO;
}

int saved_write(const struct state *s) {
        struct writer w = { .fd = memfd_create("keel-state", MFD_CLOEXEC | MFD_ALLOW_SEALING) };

        if (w.fd < 0)
                return -errno;
        put_all(&w, s);
        if (!w.error && fcntl(w.fd, F_ADD_SEALS, SEALS) < 0)
                w.error = errno;
        if (!w.error)
                return w.fd;
        (void)close(w.fd);
        return -w.error;
}

static int set_fd(int fd, enum saved_fds what) {
        int r = -1;

        for (unsigned tries = 0; r < 0 && tries < TRIES; tries++) {
                r = fcntl(fd, F_SETFD, what == SAVED_FDS_STAY ? 0 : FD_CLOEXEC);
                if (r < 0 && errno == EBADF)
                        break;
        }
        return r < 0 ? -errno : 0;
}

int saved_set_fds(const struct state *s, int memfd, enum saved_fds what) {
        const int own[] = { memfd, s->line.fd, s->signals.fd };
        int r = 0, error;

        for (unsigned i = 0; i < 3; i++)
                if (own[i] >= 0 && (error = set_fd(own[i], what)) < 0)
                        r = error;
        for (uint32_t i = 0; i < s->keep.count; i++)
                if ((error = set_fd(s->keep.slots[i].fd, what)) < 0)
                        r = error;
        return r;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* The number at that place of the environment's word; -1: none. */
static int told(unsigned place) {
        const char *text = getenv(SAVED_FD_ENV);
        char number[12] = "";
        size_t length;

        for (; text && place > 0; place--)
                if ((text = strchr(text, ',')))
                        text++;
        length = text ? strcspn(text, ",") : 0;
        if (length < sizeof(number))
                memcpy(number, text ? text : "", length);
        return signals_parse_number(number, INT32_MAX);
}

bool saved_is_there(void) {
        return told(2) == getpid(); /* what somebody else's environment says is for another process */
}

/* So many bytes from there on, or false. */
static bool get(int fd, uint64_t offset, void *to, size_t size) {
        unsigned tries = 0;

        while (size > 0 && tries < TRIES) {
                ssize_t n = pread(fd, to, size, (off_t)offset);

                if (n == 0)
                        return false;
                if (n < 0) {
                        tries++;
                        continue;
                }
                to = (char *)to + n;
                offset += (uint64_t)n;
                size -= (size_t)n;
        }
        return size == 0;
}

static bool is_ours(int fd, struct header *h) {
        int seals = fcntl(fd, F_GET_SEALS);
        struct stat st;

        return seals >= 0 && (seals & SEALS) == SEALS && fstat(fd, &st) == 0 && get(fd, 0, h, sizeof(*h)) &&
               memcmp(h->magic, magic, sizeof(magic)) == 0 && h->version == SAVED_VERSION && h->pid == getpid() &&
               h->size == (uint64_t)st.st_size;
}

static bool get_row(struct state *s, int fd, uint64_t offset, const struct record *r) {
        for (size_t i = 0; i < ROWS; i++)
                if (rows[i].id == r->id)
                        return rows[i].size == r->size && get(fd, offset, (char *)s + rows[i].offset, r->size);
        return true; /* of another version */
}

static bool get_exits(struct state *s, int fd, uint64_t offset, const struct record *r) {
        uint32_t count = r->size / sizeof(struct wire_exit), room = count < LEDGER_ROOM ? count : LEDGER_ROOM;

        if (!get(fd, offset, s->ledger.ring, room * sizeof(struct wire_exit)))
                return false;
        s->ledger.count = s->ledger.touched = room;
        s->ledger.dropped += count - room;
        return true;
}

static bool get_slots(struct state *s, int fd, uint64_t offset, const struct record *r) {
        uint32_t count = r->size / sizeof(struct keep_slot);

        if (count > KEEP_ROOM || !get(fd, offset, s->keep.slots, count * sizeof(struct keep_slot)))
                return false;
        s->keep.count = count;
        return true;
}

static bool get_names(struct state *s, int fd, uint64_t offset, const struct record *r) {
        if (r->size > KEEP_NAMES_ROOM || !get(fd, offset, s->keep.names, r->size))
                return false;
        s->keep.names_end = r->size;
        return true;
}

static bool get_argument(struct state *s, int fd, uint64_t offset, uint32_t argc) {
        uint32_t at;

        if (!get(fd, offset, &at, sizeof(at)) || at >= argc || s->argument_count > argc)
                return false;
        s->arguments[s->argument_count++] = s->command_line[at];
        return true;
}

static bool get_process_name(int fd, uint64_t offset, const struct record *r) {
        char name[16] = "";

        return r->size == sizeof(name) && get(fd, offset, name, sizeof(name) - 1) && prctl(PR_SET_NAME, name) == 0;
}

static bool get_record(struct state *s, int fd, uint64_t offset, const struct record *r, int argc) {
        bool ok = true;

        switch (r->id) {
        case EXITS:
                return get_exits(s, fd, offset, r);
        case KEPT_SLOTS:
                return get_slots(s, fd, offset, r);
        case KEPT_NAMES:
                return get_names(s, fd, offset, r);
        case ARGUMENTS:
                for (uint32_t i = 0; i < r->size / sizeof(uint32_t) && ok; i++)
                        ok = get_argument(s, fd, offset + i * sizeof(uint32_t), (uint32_t)argc);
                return ok;
        case PROCESS_NAME:
                return get_process_name(fd, offset, r);
        default:
                return get_row(s, fd, offset, r);
        }
}

/* What was read is made sound: no number in it may lead out of a table, and each fd is there. */
static void check(struct state *s) {
        struct line *l = &s->line;
        bool line_fits = l->phase && !(l->phase & (l->phase - 1)) && l->phase <= LINE_BROKEN;

        s->program[sizeof(s->program) - 1] = s->runtime_dir[sizeof(s->runtime_dir) - 1] = 0;
        if (s->ledger.sent > s->ledger.count)
                s->ledger.sent = 0;
        if (!keep_check(&s->keep))
                say("a kept fd was lost in between");
        if (l->kept_sent > s->keep.count)
                l->kept_sent = s->keep.count;
        if (l->refusals > LINE_REFUSALS)
                l->refusals = 0;
        if (l->fd < 0 || !line_fits || !keep_is_open(l->fd)) {
                l->fd = -1;
                l->phase = LINE_CLOSED;
        }
        if (!keep_is_open(s->signals.fd))
                s->signals.fd = -1;
}

bool saved_load(struct state *s, int argc) {
        int fd = told(0), line_fd = told(1);
        struct header header;
        struct record record;
        bool ours = is_ours(fd, &header), whole = true;
        uint64_t offset = sizeof(header);

        s->argument_count = 1;
        for (; ours && header.size - offset >= sizeof(record); offset += sizeof(record) + record.size) {
                if (!get(fd, offset, &record, sizeof(record)) || record.size > header.size - offset - sizeof(record)) {
                        whole = false;
                        break;
                }
                whole &= get_record(s, fd, offset + sizeof(record), &record, argc);
        }
        if (fd > 2)
                (void)close(fd);
        if (!ours && line_fd > 2)
                (void)close(line_fd);
        if (!ours) {
                /* Nobody knows what the others are: they stay open here, for the processes at their other ends. */
                (void)syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
                return false;
        }
        if (!whole)
                say("some of what the program before knew could not be read");
        check(s);
        (void)saved_set_fds(s, -1, SAVED_FDS_CLOSE_ON_EXEC);
        return true;
}
