/* SPDX-License-Identifier: MIT */
/* ctl: what the files of keelctl share. keelctl is a client and nothing else: all it knows it was told on the control socket
 * (base/bus-names.h). Verbs are rows of the table in main.c; each returns the program's exit status.
 */
#pragma once

#include "base/bus-names.h"
#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <systemd/sd-bus.h>

DEFINE_OWNED(message, sd_bus_message *, sd_bus_message_unref)
DEFINE_OWNED(json, json_t *, json_decref)

/* Exit statuses: systemctl(1), LSB. */
enum ctl_status {
        STATUS_OK = 0,
        STATUS_FAILED = 1,
        STATUS_USAGE = 1,
        STATUS_NOT_IMPLEMENTED = 3, /* of verbs that act */
        STATUS_NOT_RUNNING = 3,     /* of verbs that look */
        STATUS_NOT_PERMITTED = 4,
        STATUS_UNKNOWN = 4,         /* of verbs that look: there is no such unit */
        STATUS_NOT_INSTALLED = 5,
        STATUS_NOT_CONFIGURED = 6,
};

enum output { OUTPUT_PLAIN, OUTPUT_JSON };

struct ctl {
        sd_bus *bus; /* owned; NULL: not connected */
        unsigned connections; /* how many there have been */
        bool wants_last_words; /* a supervisor that does not answer is an answer, too */
        bool has_colours;
        unsigned width; /* of the terminal; 0: no terminal, cut nothing */

        /* options */
        bool all, failed, full, plain, no_legend, no_block, wait, value_only, quiet, force;
        bool reverse, after, before, pid1;
        enum output output;
        char **states, **types, **properties;
        const char *job_mode, *signal, *kill_whom, *instance;
        unsigned lines;
};

/* The arguments behind the verb. */
typedef int verb_function(struct ctl *c, char **arguments, size_t count);

/* ---- connect.c ---- */
/* Finds the socket, connects and waits until the supervisor answers. 0, or -errno after a message on stderr (none when quiet). */
enum connect_how { CONNECT_LOUD, CONNECT_SILENT };
int ctl_connect(struct ctl *c, enum connect_how how);
void ctl_disconnect(struct ctl *c);
bool is_disconnect(int error); /* does this -errno of a call mean that the other end went away? */

/* A method to call. A question is asked again when the supervisor is replaced meanwhile; a command is not. */
struct call {
        const char *interface, *member;
        const char *types; /* of the arguments; NULL: none */
        bool is_command;
        const char *path; /* NULL: the manager's object */
};
#define ASK(interface_, member_, types_) \
        (&(const struct call){ .interface = (interface_), .member = (member_), .types = (types_) })
#define COMMAND(interface_, member_, types_) \
        (&(const struct call){ .interface = (interface_), .member = (member_), .types = (types_), .is_command = true })
/* 0 or -errno with *error. reply may be NULL. The arguments are those of sd_bus_message_append(3). */
int ctl_call(struct ctl *c, const struct call *call, sd_bus_error *error, sd_bus_message **reply, ...);

/* "keelctl: Failed to start x.service: Unit x.service not found." on stderr; frees the error. Returns the exit status. */
int ctl_complain(sd_bus_error *error, int r, const char *format, ...) PRINTF_LIKE(3, 4);
int ctl_out_of_memory(void);

/* ---- names.c ---- */
/* Arguments as unit names: the suffix added, patterns replaced by the units that match. 0 or -errno after a message. */
int ctl_unit_names(struct ctl *c, char **arguments, size_t count, char ***ret);
char *ctl_unit_path(const char *name);

/* ---- value.c ---- */
/* A message's value as JSON: structures and arrays are arrays, dictionaries are objects, UINT64_MAX is null. */
json_t *value_read(sd_bus_message *m);
/* All properties of an object: name → value in *values, name → D-Bus type in *types; both the caller's. */
int ctl_properties(struct ctl *c, const char *path, const char *interface, sd_bus_error *error, json_t **values,
                   json_t **types);
int ctl_unit_properties(struct ctl *c, const char *name, sd_bus_error *error, json_t **values, json_t **types);
/* A reply's only argument. */
int read_list(sd_bus_message *reply, json_t **ret);
/* Members of an object or array, with a default. */
const char *get_text(const json_t *object, const char *name); /* "" */
uint64_t get_number(const json_t *object, const char *name);  /* UINT64_MAX when it is null or missing */
const char *text_at(const json_t *array, size_t index);
uint64_t number_at(const json_t *array, size_t index);
/* As `show` prints it; newly allocated, NULL: there is nothing to show. */
char *value_format(const char *name, const char *type, const json_t *value);

/* ---- print.c ---- */
enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_BAD, COLOUR_WARN, COLOUR_FAINT, COLOUR_STRONG };
const char *colour_on(const struct ctl *c, enum colour colour);
const char *colour_off(const struct ctl *c, enum colour colour);
enum colour colour_of_state(const char *active_state);

/* A table whose columns are as wide as they need to be; the last one is cut at the terminal's edge. */
#define TABLE_COLUMNS_MAX 8u
struct table {
        const struct ctl *ctl;
        size_t columns, rows, room;
        char **cells;
        enum colour *colours;
};
void table_init(struct table *t, const struct ctl *c, const char *const *titles, size_t columns);
void table_add(struct table *t, const char *const *cells, const enum colour *colours);
void table_print(const struct table *t);
void table_free(struct table *t);

int print_json(const json_t *value);
/* "Tue 2026-11-24 08:25:06 UTC"; "" for 0 and never. */
#define DATE_MAX 64u
const char *format_date(char buffer[DATE_MAX], uint64_t realtime_us);
/* "5s ago", "2min left" */
const char *format_ago(char buffer[TEXT_SPAN_MAX + 8], uint64_t realtime_us);

/* ---- jobs.c ---- */
struct wait_list;
struct wait_list *wait_list_new(struct ctl *c);
void wait_list_free(struct wait_list *w);
int wait_list_add(struct wait_list *w, const char *job_path, const char *unit, const char *verb);
/* A call for a job had no answer, for the supervisor was replaced: connects to its successor, and waits for that job if there is one
 * (installed at begin_us, CLOCK_MONOTONIC, or later). 0, -ENOENT: there is none, -errno. w may be NULL: nothing is waited for. */
int wait_list_find(struct ctl *c, struct wait_list *w, const char *unit, const char *verb, uint64_t begin_us);
/* Waits for all of them, through restarts of the supervisor; says what failed. Returns the exit status. */
int wait_list_wait(struct wait_list *w);

/* A list of (directive, outcome, file, line, value, why): as a table with its sums, or for programs. */
void print_outcomes(struct ctl *c, const json_t *list);
json_t *outcomes_as_json(const json_t *list);

/* ---- verbs ---- */
verb_function verb_list_units, verb_list_jobs, verb_list_unit_files, verb_list_dependencies;
verb_function verb_status, verb_log;
verb_function verb_job, verb_isolate, verb_kill, verb_reset_failed, verb_cancel;
verb_function verb_show, verb_cat, verb_is_active, verb_is_failed, verb_is_enabled, verb_is_system_running, verb_explain;
verb_function verb_verify;
verb_function verb_daemon_reload, verb_daemon_reexec, verb_reexec, verb_end;
verb_function verb_set_environment, verb_unset_environment, verb_show_environment;
/* The verb that is being run, for functions that serve several. */
extern const char *current_verb;
