/* SPDX-License-Identifier: MIT */
/* unit: one loaded unit file with its drop-ins: a name, the settings, and the record of what each line came to.
 *
 * A struct unit is what the files say and never changes after loading, except for outcomes, which are learned when the
 * unit is started. What happens at run time lives in service/ and job/; daemon-reload loads a new struct unit and swaps it.
 */
#pragma once

#include "base/diag.h"
#include "settings.h"

enum unit_type {
        UNIT_SERVICE,
        UNIT_TARGET,
        UNIT_SLICE,
        UNIT_SOCKET,
        UNIT_TIMER,
        UNIT_PATH,
        UNIT_MOUNT,
        UNIT_AUTOMOUNT,
        UNIT_SWAP,
        UNIT_SCOPE,
        UNIT_DEVICE,
        UNIT_TYPE_COUNT_,
        UNIT_TYPE_INVALID = -1
};

/* Words as in systemctl's LOAD column. */
enum unit_load_state {
        UNIT_LOADED,
        UNIT_NOT_FOUND,
        UNIT_BAD_SETTING, /* a required thing is missing or wrong: e.g. no ExecStart= */
        UNIT_ERROR,       /* the file could not be read */
        UNIT_MASKED,
        UNIT_LOAD_STATE_COUNT_
};

/* What became of a line. Ordered: the worse one wins when a directive is given more than once. */
enum outcome {
        OUTCOME_APPLIED,
        OUTCOME_EMULATED,    /* by another means */
        OUTCOME_UNAVAILABLE, /* this kernel or container does not allow it */
        OUTCOME_UNSUPPORTED, /* keel does not implement it */
        OUTCOME_INVALID,     /* the value could not be understood; the line is ignored */
        OUTCOME_COUNT_
};

#define DIRECTIVE_UNKNOWN UINT32_MAX

/* One assignment of a unit file, verbatim. Borrowed from the unit, until an outcome is set. */
struct assignment {
        unsigned directive;  /* row of directives.h; DIRECTIVE_UNKNOWN for keys that nobody knows */
        enum outcome outcome;
        struct origin origin;
        const char *file;    /* of origin */
        const char *section, *key; /* "Service", "ExecStart" */
        const char *value;   /* joined, stripped, specifiers not expanded */
        const char *why;     /* for outcomes other than applied; may be NULL */
};

struct unit {
        char *name; /* the id: what the file's real name says, "sshd.service" → "ssh.service" */
        enum unit_type type;
        char *instance;          /* NULL when there is none */
        char **aliases;          /* other names known for it: Alias symlinks, the name it was asked for */
        enum unit_load_state load_state;
        char *load_error;        /* for states other than loaded: why, with file:line where there is one */
        const char *fragment_path; /* one of files; NULL when not found */
        char **dropin_paths;
        uint32_t assignment_count, line_room;
        struct unit_line *lines; /* lines.c */
        char *line_texts;
        uint32_t line_text_length, line_text_room;
        char **files;            /* file names by the numbers that origins have */
        char *description;       /* Description= */

        /* Shared with other units that say the same (pack.h); the unit's own until it is loaded (unit-private.h). */
        const struct unit_settings *unit;
        const struct exec_settings *exec;       /* service (later socket, mount); else NULL */
        const struct kill_settings *kill;       /* likewise */
        const struct cgroup_settings *cgroup;   /* service, slice; else NULL */
        const struct service_settings *service; /* services only */
        const struct command_settings *commands; /* likewise */
        bool is_packed;
};

struct unit_path_cache; /* unit-path.h */

/* Everything that loading wants to know of its surroundings; filled once by the manager. Borrowed strings. What is NULL is
 * asked of the system when a file needs it. */
struct unit_context {
        char **search_path;    /* directories, first wins */
        const char *host_name, *machine_id, *boot_id, *kernel_release, *architecture;
        const char *runtime_root, *state_root, *cache_root, *logs_root; /* /run, /var/lib, /var/cache, /var/log */
        const char *user_name, *user_home, *user_shell; uid_t uid; gid_t gid; /* of the manager: root */
        struct diag *diag;     /* gets every mistake */
        /* unit_path_cache_new() of search_path: what is in there, kept from one load to the next, and made new by a load when
         * a directory has changed. NULL: all is read for each unit, which is slow for many. */
        struct unit_path_cache *path_cache;
};

/* Loads NAME (or the instance of a template) with its drop-ins, wants and requires directories and aliases. Always gives a
 * unit on success, in whatever load state; the caller owns it. -EINVAL: not a unit name; -ENOMEM. */
int unit_load(const struct unit_context *context, const char *name, struct unit **ret);

/* A unit without a file, e.g. a slice or a synthetic target: loaded, with defaults. */
int unit_new_builtin(const char *name, const char *description, struct unit **ret);

/* The unit files of the search path that carry a name matching nothing in particular: names only, sorted, no instances. */
int unit_list_files(const struct unit_context *context, char ***ret);

void unit_free(struct unit *u);
DEFINE_OWNED(unit, struct unit *, unit_free)

/* Records what became of every assignment of this key ("Service.MemoryMax"), keeping the worse outcome. why is copied.
 * Nothing happens when the unit does not set the key. 0 or -ENOMEM. */
int unit_set_outcome(struct unit *u, const char *key, enum outcome outcome, const char *why);
/* What an earlier loading of the unit learned of assignments that are still the same; as far as memory allows. */
void unit_inherit_outcomes(struct unit *u, const struct unit *earlier);
/* The name of the file; NULL when it is not known. */
static inline const char *unit_file(const struct unit *u, struct origin origin) {
        return origin.file < strv_length(u->files) ? u->files[origin.file] : NULL;
}
/* The assignments, in the order in which they were read; the last one of a key (its key is NULL when there is none). */
struct assignment unit_assignment(const struct unit *u, size_t index);
struct assignment unit_find_assignment(const struct unit *u, const char *key);

/* The file as text, fragment and drop-ins each behind a "# path" line, as `systemctl cat` prints it. */
int unit_read_text(const struct unit *u, char **ret);

/* Names (systemd.unit(5)). */
enum unit_type unit_name_type(const char *name); /* UNIT_TYPE_INVALID when it has no known suffix */
bool unit_name_is_valid(const char *name);       /* plain or instance; templates (foo@.service) are not */
bool unit_name_is_template(const char *name);
bool unit_name_is_instance(const char *name);
/* "foo@bar.service" → "foo", "bar"; the instance is NULL for plain names and templates. */
int unit_name_split(const char *name, char **ret_prefix, char **ret_instance);
int unit_name_template(const char *name, char **ret);  /* foo@bar.service → foo@.service; -EINVAL when it is no instance */
int unit_name_instance(const char *template, const char *instance, char **ret);
/* Adds ".service" when there is no known suffix; absolute paths become mount units. As systemctl mangles. */
int unit_name_mangle(const char *text, char **ret);
int unit_name_escape(const char *text, char **ret);    /* systemd-escape(1) */
int unit_name_unescape(const char *text, char **ret);
int unit_name_escape_path(const char *path, char **ret);
bool unit_name_is_slice(const char *name); /* a slice's name: no empty component between the dashes */
/* system-foo.slice → system.slice; foo.slice → -.slice; -.slice → -ENOENT. */
int unit_slice_parent(const char *slice, char **ret);
/* The default slice of this unit: system.slice, or system-getty.slice for getty@tty1.service; slices: their parent.
 * -ENOENT for the root slice and for types without processes. */
int unit_default_slice(const struct unit *u, char **ret);

/* Words. */
const char *unit_type_suffix(enum unit_type type); /* "service" */
const char *unit_load_state_name(enum unit_load_state state);
const char *outcome_name(enum outcome outcome);
const char *dependency_name(enum dependency kind); /* "RequiresMountsFor" is not among them */
const char *job_mode_name(enum job_mode mode);
int job_mode_from_name(const char *name); /* enum job_mode or -1 */
const char *emergency_action_name(enum emergency_action action);
const char *service_type_name(enum service_type type);
const char *service_restart_name(enum service_restart restart);
const char *kill_mode_name(enum kill_mode mode);
const char *notify_access_name(enum notify_access access);
const char *signal_name(int signal);        /* "SIGTERM", NULL when there is none */
int signal_from_name(const char *name);     /* "TERM", "SIGTERM", "15", "RTMIN+3"; -EINVAL */
