/* SPDX-License-Identifier: MIT */
/* keel-logger: reads what the services say, keeps it in files and shows it on stdout. Started by the supervisor, with the line
 * between them (base/logger-line.h) as KEEL_LOGGER_FD. Opens its directory, drops its privileges, and ends with keel, as the
 * last process. It holds nothing that must survive: what it has not read is in the pipes, what it has read is in the files.
 */
#include "logger.h"
#include "logger-privileges.h"

#include "base/clock.h"
#include "base/footprint.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define DIRECTORIES_MAX 4u
#define LOCK_WAIT_US    US_PER_SEC

struct options {
        const char *directories[DIRECTORIES_MAX];
        size_t directory_count;
        struct logger_limits limits;
        enum logger_format format;
        enum logger_color color;
        bool drops_when_full;
        uint64_t block_us;
        const char *user;
};

/* --- options: one row each ----------------------------------------------------------------------------------------- */

static int set_directory(struct options *o, const char *value) {
        if (value[0] != '/' || o->directory_count == DIRECTORIES_MAX)
                return -EINVAL;
        o->directories[o->directory_count++] = value;
        return 0;
}

/* "4194304", "4096K", "4M", "1G". */
static int parse_size(const char *value, uint64_t *ret) {
        static const char units[] = "KMG";
        char digits[24];
        size_t length = strlen(value);
        const char *unit = length ? strchr(units, value[length - 1]) : NULL;
        uint64_t n;

        if (length == 0 || length >= sizeof(digits))
                return -EINVAL;
        memcpy(digits, value, length + 1);
        if (unit)
                digits[length - 1] = 0;
        if (text_to_u64(digits, 10, &n) < 0 || n > UINT64_MAX >> 31)
                return -EINVAL;
        *ret = unit ? n << (10 * (unit - units + 1)) : n;
        return 0;
}

static int set_file_size(struct options *o, const char *value) {
        return parse_size(value, &o->limits.file_bytes);
}

static int set_total_size(struct options *o, const char *value) {
        return parse_size(value, &o->limits.total_bytes);
}

static int set_files(struct options *o, const char *value) {
        uint64_t n;

        if (text_to_u64(value, 10, &n) < 0 || n < 1 || n > 1000)
                return -EINVAL;
        o->limits.files = (unsigned)n;
        return 0;
}

static int set_word(const char *const *words, size_t count, const char *value, int *ret) {
        int n = table_value(words, count, value);

        if (n < 0)
                return -EINVAL;
        *ret = n;
        return 0;
}

static int set_mirror(struct options *o, const char *value) {
        static const char *const words[] = { [LOGGER_MIRROR_NONE] = "none",
                                             [LOGGER_MIRROR_PLAIN] = "plain",
                                             [LOGGER_MIRROR_PREFIXED] = "prefixed",
                                             [LOGGER_MIRROR_JSON] = "json" };
        int n, r = set_word(words, ARRAY_LEN(words), value, &n);

        if (r == 0)
                o->format = (enum logger_format)n;
        return r;
}

static int set_color(struct options *o, const char *value) {
        static const char *const words[] = {
                [LOGGER_COLOR_AUTO] = "auto", [LOGGER_COLOR_NEVER] = "never", [LOGGER_COLOR_ALWAYS] = "always"
        };
        int n, r = set_word(words, ARRAY_LEN(words), value, &n);

        if (r == 0)
                o->color = (enum logger_color)n;
        return r;
}

static int set_when_full(struct options *o, const char *value) {
        static const char *const words[] = { "block", "drop" };
        int n, r = set_word(words, ARRAY_LEN(words), value, &n);

        if (r == 0)
                o->drops_when_full = n == 1;
        return r;
}

static int set_block_for(struct options *o, const char *value) {
        uint64_t seconds;

        if (text_to_u64(value, 10, &seconds) < 0 || seconds > US_PER_DAY / US_PER_SEC)
                return -EINVAL;
        o->block_us = seconds * US_PER_SEC;
        return 0;
}

static int set_user(struct options *o, const char *value) {
        o->user = value;
        return value[0] ? 0 : -EINVAL;
}

static const struct option_row {
        const char *name, *syntax, *what;
        int (*set)(struct options *o, const char *value);
} option_rows[] = {
        { "--directory", "DIR", "Keep the lines there; may be repeated, the first usable one is taken.",
          set_directory },
        { "--file-size", "SIZE", "Begin a new file at this size (4M).", set_file_size },
        { "--files", "N", "Keep so many files of a unit (4).", set_files },
        { "--total-size", "SIZE", "Bound of the directory (a tenth of the file system, at most 512M).",
          set_total_size },
        { "--mirror", "prefixed|plain|json|none", "How lines look on stdout (prefixed).", set_mirror },
        { "--color", "auto|always|never", "Colors on stdout (auto: on a terminal).", set_color },
        { "--when-full", "block|drop", "When nobody reads stdout: hold services up, or drop and count (block).",
          set_when_full },
        { "--block-for", "SECONDS", "Hold services up for so long at most, then drop (10).", set_block_for },
        { "--user", "NAME", "Run as this user, else as nobody (keel-log).", set_user },
};

static void usage(void) {
        (void)puts("keel-logger [OPTION=VALUE…]: started by keel-supervisor, with its line as " LOGGER_FD_ENV);
        for (size_t i = 0; i < ARRAY_LEN(option_rows); i++)
                (void)printf("  %s=%s\n      %s\n", option_rows[i].name, option_rows[i].syntax, option_rows[i].what);
}

/* "--name=value" and "--name value". 0, or -EINVAL when it has been said. */
static int parse_options(struct options *o, int argc, char **argv) {
        for (int i = 1; i < argc; i++) {
                const struct option_row *row = option_rows, *end = option_rows + ARRAY_LEN(option_rows);
                size_t length = strcspn(argv[i], "=");
                const char *name = argv[i], *value;

                while (row < end && (strlen(row->name) != length || memcmp(row->name, name, length) != 0))
                        row++;
                value = name[length] ? name + length + 1 : (i + 1 < argc ? argv[++i] : "");
                if (row == end) {
                        log_error("keel-logger: %.*s: no such option", (int)length, name);
                        return -EINVAL;
                }
                if (row->set(o, value) < 0) {
                        log_error("keel-logger: %s: '%s' is not %s", row->name, value, row->syntax);
                        return -EINVAL;
                }
        }
        return 0;
}

/* --- set-up -------------------------------------------------------------------------------------------------------- */

/* Signals for the terminal's foreground group or for everyone must not cut off last words; writing to a terminal from
 * another process group must not stop us. */
static void ignore_signals(void) {
        static const int ignored[] = { SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2 };

        for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
                (void)signal(ignored[i], SIG_IGN);
}

/* Two fds per service. */
static void raise_fd_limit(void) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
}

static int take_fd_of(const char *variable) {
        const char *text = getenv(variable);
        uint64_t fd;

        if (!text || text_to_u64(text, 10, &fd) < 0 || fd > INT32_MAX || fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
                return -ENOTCONN;
        return (int)fd;
}

/* The first directory that can be had, and that can still be written to as the user that we become. */
static int open_store(struct logger *l, const struct options *o, uid_t uid, gid_t gid) {
        struct logger_ready *ready = &l->ready.ready;
        int r = -ENOENT;

        l->store.directory_fd = -1;
        for (size_t i = 0; i < o->directory_count; i++) {
                owned_fd fd = logger_open_directory(o->directories[i], uid, gid, LOCK_WAIT_US);

                if (fd < 0) {
                        r = fd;
                        continue;
                }
                r = logger_store_open(&l->store, &fd, &o->limits);
                (void)snprintf(ready->directory, sizeof(ready->directory), "%s", o->directories[i]);
                return r;
        }
        ready->error = o->directory_count ? -r : 0;
        return r;
}

/* A directory that could not be given away wants us to stay who we are. */
static bool is_owner(int directory_fd, uid_t uid) {
        struct stat st;

        return directory_fd < 0 || (fstat(directory_fd, &st) == 0 && st.st_uid == uid);
}

static int set_up(struct logger *l, const struct options *o, int line_fd) {
        uid_t uid;
        gid_t gid;
        int r;

        ignore_signals();
        raise_fd_limit();
        l->store.memory = logger_memory_open(MAX(take_fd_of(LOGGER_MEMORY_ENV), -1));
        if (!l->store.memory)
                return -ENOMEM;
        logger_find_user(o->user, &uid, &gid);
        logger_mirror_open(&l->mirror, STDOUT_FILENO, o->format, o->color, o->drops_when_full ? 0 : o->block_us);
        r = open_store(l, o, uid, gid);
        if (r < 0 && o->directory_count)
                log_warning("keel-logger: no log files: %s: %s", o->directories[0], strerrordesc_np(-r));
        r = logger_drop_privileges(is_owner(l->store.directory_fd, uid) ? uid : geteuid(), gid);
        if (r < 0)
                return r;
        if (l->store.directory_fd >= 0)
                logger_store_recover(&l->store, logger_stamp_at(&l->stamp, clock_realtime_us()));
        r = logger_init(l, line_fd);
        if (r == 0)
                r = logger_watch_signals(l);
        return r < 0 ? r : logger_say_ready(l);
}

int main(int argc, char **argv) {
        static struct logger l; /* with its buffers: pages of them exist when they are used */
        struct options o = { .limits = { .file_bytes = 4096u * 1024, .files = 4 },
                             .format = LOGGER_MIRROR_PREFIXED,
                             .block_us = 10 * US_PER_SEC,
                             .user = "keel-log" };
        int line_fd, r;

        if (argc == 2 && strcmp(argv[1], "--help") == 0) {
                usage();
                return 0;
        }
        if (parse_options(&o, argc, argv) < 0)
                return 2;
        line_fd = take_fd_of(LOGGER_FD_ENV);
        if (line_fd < 0) {
                log_error("keel-logger: " LOGGER_FD_ENV " does not name the supervisor's line");
                return 2;
        }
        r = set_up(&l, &o, line_fd);
        footprint_shrink();
        if (r == 0)
                r = logger_run(&l);
        if (r < 0 && r != -EPIPE)
                log_error("keel-logger: %s", strerrordesc_np(-r));
        if (!FREES_ALL)
                _exit(r < 0);
        logger_free(&l);
        return r < 0;
}
