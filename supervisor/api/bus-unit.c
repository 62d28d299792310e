/* SPDX-License-Identifier: MIT */
/* bus-unit: every unit as an object with systemd's interface Unit: what it is, how it is related, what became of it. Found
 * (and loaded) by its path when it is asked for; no object is made beforehand. */
#include "api-private.h"

#include "base/sys.h"

#define METHOD_ARGUMENTS sd_bus_message *m, void *user, UNUSED sd_bus_error *error

static int find_unit(UNUSED sd_bus *bus, const char *path, UNUSED const char *interface, void *user, void **found,
                     sd_bus_error *error) {
        return api_find_unit(user, path, UNIT_TYPE_INVALID, found, error);
}

static int list_units(UNUSED sd_bus *bus, UNUSED const char *prefix, void *user, char ***ret,
                      UNUSED sd_bus_error *error) {
        owned_strv paths = NULL;

        for (struct node *n = manager_graph(((struct api *)user)->manager)->nodes; n; n = n->next)
                if (strv_adopt(&paths, unit_bus_path(n->name)) < 0)
                        return -ENOMEM;
        *ret = take_ptr(paths);
        return 0;
}

/* ---- methods ----------------------------------------------------------------------------------------------------- */

static int method_queue_job(METHOD_ARGUMENTS) {
        static const struct {
                const char *member;
                enum job_type type;
                enum reload_wish wish;
        } methods[] = {
                { "Start", JOB_START, RELOAD_NOT_WANTED },
                { "Stop", JOB_STOP, RELOAD_NOT_WANTED },
                { "Restart", JOB_RESTART, RELOAD_NOT_WANTED },
                { "TryRestart", JOB_TRY_RESTART, RELOAD_NOT_WANTED },
                { "Reload", JOB_RELOAD, RELOAD_NOT_WANTED },
                { "ReloadOrRestart", JOB_RESTART, RELOAD_IF_POSSIBLE },
                { "ReloadOrTryRestart", JOB_TRY_RESTART, RELOAD_IF_POSSIBLE },
        };
        const char *mode;
        int r = sd_bus_message_read(m, "s", &mode);

        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(methods); i++)
                if (text_equal(methods[i].member, sd_bus_message_get_member(m)))
                        return api_queue_job(api_of(sd_bus_message_get_bus(m)), m, user, methods[i].type,
                                             methods[i].wish, mode, error);
        return r < 0 ? r : -EOPNOTSUPP;
}

static int method_kill(METHOD_ARGUMENTS) {
        const char *whom;
        int32_t signal;
        int r = sd_bus_message_read(m, "si", &whom, &signal);

        if (r >= 0)
                r = api_kill_unit(user, whom, signal, error);
        return r < 0 ? r : sd_bus_reply_method_return(m, NULL);
}

static int method_reset_failed(METHOD_ARGUMENTS) {
        struct node *node = user;

        if (node->object->ops->reset_failed)
                node->object->ops->reset_failed(node->object);
        return sd_bus_reply_method_return(m, NULL);
}

/* ---- properties that are more than a value ----------------------------------------------------------------------- */

static int unit_names(GETTER_ARGUMENTS) {
        const struct unit *u = ((struct node *)user)->object->unit;
        owned_strv names = NULL;

        if (strv_add(&names, u->name) < 0)
                return -ENOMEM;
        STRV_EACH(alias, u->aliases) {
                if (strv_add_unique(&names, alias) < 0)
                        return -ENOMEM;
        }
        return sd_bus_message_append_strv(reply, names);
}

static int unit_relation(GETTER_ARGUMENTS) {
        struct node *node = user;
        int r = sd_bus_message_open_container(reply, 'a', "s");

        for (int relation = 0; relation < RELATION_COUNT_; relation++) {
                if (!text_equal(relation_name((enum relation)relation), property))
                        continue;
                NODE_EACH(other, node, 1u << relation) {
                        if (r >= 0)
                                r = sd_bus_message_append(reply, "s", other->name);
                }
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int unit_job(GETTER_ARGUMENTS) {
        const struct job *job = ((struct node *)user)->job;
        owned_str job_path = job ? job_bus_path(job->id) : strdup("/");

        return job_path ? sd_bus_message_append(reply, "(uo)", job ? job->id : 0u, job_path) : -ENOMEM;
}

static int unit_invocation_id(GETTER_ARGUMENTS) {
        sd_id128_t id;

        if (sd_id128_from_string(((struct node *)user)->object->invocation_id, &id) < 0)
                return sd_bus_message_append(reply, "ay", 0);
        return sd_bus_message_append_array(reply, 'y', id.bytes, sizeof(id.bytes));
}

static int unit_load_error(GETTER_ARGUMENTS) {
        const struct unit *u = ((struct node *)user)->object->unit;
        static const char *const names[UNIT_LOAD_STATE_COUNT_] = {
                [UNIT_NOT_FOUND] = BUS_ERROR_NO_SUCH_UNIT,
                [UNIT_BAD_SETTING] = BUS_ERROR_BAD_SETTING,
                [UNIT_ERROR] = BUS_ERROR_LOAD_FAILED,
                [UNIT_MASKED] = BUS_ERROR_UNIT_MASKED,
        };
        const char *name = names[u->load_state];
        owned_str standard = u->load_state == UNIT_NOT_FOUND ? text_printf("Unit %s not found.", u->name) : NULL;

        return sd_bus_message_append(reply, "(ss)", name, name ? (standard ? standard : u->load_error) : NULL);
}

/* "Conditions" or "Asserts": a(sbbsi); the last number: > 0 held, < 0 did not, 0 not tried. */
static int unit_conditions(GETTER_ARGUMENTS) {
        const struct object *o = ((struct node *)user)->object;
        const struct conditions *list = &o->unit->unit->conditions;
        bool asserts = text_equal(property, "Asserts");
        int r = sd_bus_message_open_container(reply, 'a', "(sbbsi)");

        for (size_t i = 0; r >= 0 && i < list->count; i++) {
                const struct condition *c = &list->items[i];
                int outcome = !o->condition_at.realtime_us ? 0
                              : o->condition_result        ? 1
                              : c == o->failed_condition   ? -1
                                                           : 0;
                owned_str name = text_printf("%s%s", c->is_assert ? "Assert" : "Condition", c->test);

                if (c->is_assert == asserts)
                        r = name ? sd_bus_message_append(reply, "(sbbsi)", name, (int)c->is_trigger, (int)c->is_negated,
                                                         c->parameter, outcome)
                                 : -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int unit_file_state_property(GETTER_ARGUMENTS) {
        const struct unit *u = ((struct node *)user)->object->unit;

        return sd_bus_message_append(reply, "s", unit_file_state(api_of(bus), u, NULL));
}

/* ---- properties that are a value --------------------------------------------------------------------------------- */

static bool has_assert(const struct node *n, bool is_assert) {
        const struct conditions *list = &n->object->unit->unit->conditions;

        for (size_t i = 0; i < list->count; i++)
                if (list->items[i].is_assert == is_assert)
                        return true;
        return false;
}

static bool can_start(const struct object *o) {
        return o->unit->load_state == UNIT_LOADED && o->ops->start && !o->unit->unit->refuse_manual_start;
}

/* What the last start found: a failed condition is either a Condition or an Assert. */
static bool test_result(const struct node *n, bool is_assert) {
        const struct object *o = n->object;

        if (!o->condition_at.realtime_us)
                return false;
        if (!has_assert(n, is_assert))
                return true;
        return o->condition_result || !o->failed_condition || o->failed_condition->is_assert != is_assert;
}

#define TIMESTAMP(ROW, name, member) \
        ROW(U64, name##Timestamp, o->member.realtime_us, IS_CHANGED) \
        ROW(U64, name##TimestampMonotonic, o->member.monotonic_us, IS_CHANGED)

/* ROW(KIND, Name, value, FLAGS) */
#define UNIT_PROPERTIES(ROW) \
        ROW(STRING, Id, n->name, IS_CONST) \
        ROW(STRING, Following, "", IS_SILENT) \
        ROW(STRING, Description, u->description ? u->description : n->name, IS_CONST) \
        ROW(STRING, LoadState, unit_load_state_name(u->load_state), IS_CONST) \
        ROW(STRING, ActiveState, active_state_name(object_active_state(o)), IS_CHANGED) \
        ROW(STRING, SubState, object_sub_state(o), IS_CHANGED) \
        ROW(STRING, FreezerState, "running", IS_CHANGED) \
        ROW(STRING, FragmentPath, u->fragment_path, IS_CONST) \
        ROW(STRV, DropInPaths, u->dropin_paths, IS_CONST) \
        ROW(STRING, UnitFilePreset, "", IS_SILENT) \
        ROW(BOOL, NeedDaemonReload, false, IS_CONST) \
        ROW(BOOL, CanStart, can_start(o), IS_CONST) \
        ROW(BOOL, CanStop, u->load_state == UNIT_LOADED && o->ops->stop && !u->unit->refuse_manual_stop, IS_CONST) \
        ROW(BOOL, CanReload, o->ops->can_reload && o->ops->can_reload(o), IS_CONST) \
        ROW(BOOL, CanIsolate, u->load_state == UNIT_LOADED && u->unit->allow_isolate, IS_CONST) \
        ROW(BOOL, CanFreeze, false, IS_CONST) \
        ROW(BOOL, Transient, false, IS_CONST) \
        ROW(BOOL, Perpetual, false, IS_CONST) \
        ROW(BOOL, ConditionResult, test_result(n, false), IS_CHANGED) \
        ROW(BOOL, AssertResult, test_result(n, true), IS_CHANGED) \
        ROW(U64, ConditionTimestamp, o->condition_at.realtime_us, IS_CHANGED) \
        ROW(U64, ConditionTimestampMonotonic, o->condition_at.monotonic_us, IS_CHANGED) \
        TIMESTAMP(ROW, StateChange, state_change) \
        TIMESTAMP(ROW, InactiveExit, inactive_exit) \
        TIMESTAMP(ROW, ActiveEnter, active_enter) \
        TIMESTAMP(ROW, ActiveExit, active_exit) \
        TIMESTAMP(ROW, InactiveEnter, inactive_enter)

#define MAKE_GETTER(kind, name, value, flags) \
        static int unit_##name(GETTER_ARGUMENTS) { \
                UNUSED struct node *n = user; \
                UNUSED struct object *o = n->object; \
                UNUSED struct unit *u = o->unit; \
                return PUT_##kind(reply, value); \
        }
UNIT_PROPERTIES(MAKE_GETTER)

#define MAKE_ROW(kind, name, value, flags)     SD_BUS_PROPERTY(#name, SIGNATURE_##kind, unit_##name, 0, flags),
#define MAKE_RELATION(name, reverse, property) SD_BUS_PROPERTY(property, "as", unit_relation, 0, 0),
#define JOB_METHOD(name)                       SD_BUS_METHOD(name, "s", "o", method_queue_job, 0)

/* clang-format off */
static const sd_bus_vtable unit_vtable[] = {
        SD_BUS_VTABLE_START(0),
        JOB_METHOD("Start"),
        JOB_METHOD("Stop"),
        JOB_METHOD("Restart"),
        JOB_METHOD("TryRestart"),
        JOB_METHOD("Reload"),
        JOB_METHOD("ReloadOrRestart"),
        JOB_METHOD("ReloadOrTryRestart"),
        SD_BUS_METHOD("Kill", "si", NULL, method_kill, 0),
        SD_BUS_METHOD("ResetFailed", NULL, NULL, method_reset_failed, 0),
        SD_BUS_PROPERTY("Names", "as", unit_names, 0, IS_CONST),
        RELATIONS(MAKE_RELATION)
        SD_BUS_PROPERTY("Job", "(uo)", unit_job, 0, IS_CHANGED),
        SD_BUS_PROPERTY("InvocationID", "ay", unit_invocation_id, 0, IS_CHANGED),
        SD_BUS_PROPERTY("LoadError", "(ss)", unit_load_error, 0, IS_CONST),
        SD_BUS_PROPERTY("Conditions", "a(sbbsi)", unit_conditions, 0, 0),
        SD_BUS_PROPERTY("Asserts", "a(sbbsi)", unit_conditions, 0, 0),
        SD_BUS_PROPERTY("UnitFileState", "s", unit_file_state_property, 0, 0),
        UNIT_PROPERTIES(MAKE_ROW)
        SD_BUS_VTABLE_END,
};
/* clang-format on */

int api_add_units(struct api *api, sd_bus *bus) {
        int r = sd_bus_add_fallback_vtable(bus, NULL, BUS_UNIT_PATH, BUS_UNIT, unit_vtable, find_unit, api);

        return r < 0 ? r : sd_bus_add_node_enumerator(bus, NULL, BUS_UNIT_PATH, list_units, api);
}
