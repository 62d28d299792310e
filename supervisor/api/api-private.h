/* SPDX-License-Identifier: MIT */
/* api-private: what the files of this folder share. */
#pragma once

#include "api.h"
#include "base/bus-names.h"
#include "base/log.h"
#include "service/service.h"

#include <errno.h>
#include <systemd/sd-bus.h>

#define API_CLIENTS_MAX 64u

#ifndef KEEL_VERSION
#define KEEL_VERSION "0.1"
#endif

DEFINE_OWNED(message, sd_bus_message *, sd_bus_message_unref)

struct client {
        struct api *api;
        sd_bus *bus; /* owned */
        bool is_subscribed;
        struct client *next;
};

struct api {
        struct manager *manager;
        int fd; /* the listening socket */
        sd_event_source *accept_source, *flush_source;
        struct client *clients;
        unsigned client_count, client_peak, subscriber_count;
        bool is_refusing; /* has been said once */
        struct node **changed; /* whose properties clients will be told of; holes are NULL */
        size_t changed_count, changed_room;
        bool was_startup_announced;
        int exit_code; /* SetExitCode */
        unsigned failed_jobs;
        sd_bus_message *init_asked; /* owned: the call that waits until PID 1 has replaced itself; NULL: none */
        struct directive_tables *directives; /* of bus-directives.c; owned */
};

/* ---- who is told ---- */
enum audience { TO_ALL, TO_SUBSCRIBERS };
/* A signal of the manager object. Never fails: whoever cannot be told is dropped. */
void api_emit(struct api *api, enum audience audience, const char *member, const char *types, ...);
/* The api of the vtable whose method or property is being asked for: `user` is then the unit or the job. */
static inline struct api *api_of(sd_bus *bus) {
        return sd_bus_slot_get_userdata(sd_bus_get_current_slot(bus));
}
struct client *api_client(struct api *api, sd_bus *bus);
void api_subscribe(struct client *client, bool on);

/* ---- names and paths; newly allocated, NULL when out of memory ---- */
char *unit_bus_path(const char *name);
char *job_bus_path(uint32_t id);
/* "/" + the cgroup's path, "" when there is none. */
char *unit_control_group(const struct object *o);

/* ---- units ---- */
/* Loads NAME for a method. On failure *error is set, which is also returned. */
int api_load_unit(struct api *api, const char *name, struct node **ret, sd_bus_error *error);
/* Only what is in memory already; "" is the caller's own unit. */
int api_get_unit(struct api *api, sd_bus_message *m, const char *name, struct node **ret, sd_bus_error *error);
int api_kill_unit(struct node *node, const char *whom, int signal, sd_bus_error *error);
/* Answers m with the job's path. */
enum reload_wish { RELOAD_NOT_WANTED, RELOAD_IF_POSSIBLE };
int api_queue_job(struct api *api, sd_bus_message *m, struct node *node, enum job_type type, enum reload_wish wish,
                  const char *mode, sd_bus_error *error);
/* "enabled", "static", …; static text. */
const char *unit_file_state(struct api *api, const struct unit *unit, const char *name);
/* Answers with a(sus): cgroup, pid, command line; or with keel's a(suuss): cgroup, pid, parent, name, command line. */
enum process_detail { PROCESS_AS_SYSTEMD, PROCESS_IN_FULL };
int api_reply_processes(struct api *api, sd_bus_message *m, struct node *node, enum process_detail detail);
/* Replaces what is no UTF-8 and control characters by '?', in place. */
void make_printable(char *text, size_t length);

/* Answers with what ListUnits answers; NULL or empty lists match all. */
int api_reply_units(struct api *api, sd_bus_message *m, char **states, char **patterns);
int api_reply_unit_files(struct api *api, sd_bus_message *m, char **states, char **patterns);
int api_reply_jobs(struct api *api, sd_bus_message *m);
int api_reply_dump(struct api *api, sd_bus_message *m);
bool matches_any(char *const *patterns, const char *text);

/* PID 1 has replaced itself, or why not: a callback of the manager's listener. */
void api_init_answered(void *user, const char *why);

/* ---- what a connection is given: one per file ---- */
int api_add_manager(struct api *api, sd_bus *bus);
int api_add_keel(struct api *api, sd_bus *bus);
int api_add_units(struct api *api, sd_bus *bus);
int api_add_services(struct api *api, sd_bus *bus);
int api_add_directives(struct api *api, sd_bus *bus);
int api_add_jobs(struct api *api, sd_bus *bus);
void api_free_directives(struct api *api);

/* The node behind a unit's path, loaded when need be: a find callback for fallback vtables. */
int api_find_unit(struct api *api, const char *path, enum unit_type type, void **found, sd_bus_error *error);

/* ---- properties as rows: name, kind and the expression of its value ---- */
#define GETTER_ARGUMENTS \
        UNUSED sd_bus *bus, UNUSED const char *path, UNUSED const char *interface, UNUSED const char *property, \
                sd_bus_message *reply, void *user, UNUSED sd_bus_error *error

#define SIGNATURE_STRING "s"
#define SIGNATURE_STRV   "as"
#define SIGNATURE_BOOL   "b"
#define SIGNATURE_U32    "u"
#define SIGNATURE_I32    "i"
#define SIGNATURE_U64    "t"
#define PUT_STRING(m, x) sd_bus_message_append(m, "s", (const char *)(x))
#define PUT_STRV(m, x)   sd_bus_message_append_strv(m, (char **)(x))
#define PUT_BOOL(m, x)   sd_bus_message_append(m, "b", (int)(bool)(x))
#define PUT_U32(m, x)    sd_bus_message_append(m, "u", (uint32_t)(x))
#define PUT_I32(m, x)    sd_bus_message_append(m, "i", (int32_t)(x))
#define PUT_U64(m, x)    sd_bus_message_append(m, "t", (uint64_t)(x))

/* FLAGS: */
#define IS_CONST   SD_BUS_VTABLE_PROPERTY_CONST
#define IS_CHANGED SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define IS_SILENT  0

/* May be called by those who may only look. */
#define MAY_LOOK SD_BUS_VTABLE_UNPRIVILEGED
