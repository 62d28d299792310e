/* SPDX-License-Identifier: MIT */
/* verbs-show: what scripts ask: properties, states, files, outcomes. */
#include "ctl.h"

#include "unit/unit.h"

/* ---- show -------------------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct ctl *c, const char *name) {
        return !c->properties || strv_contains(c->properties, name);
}

/* Lists of commands and the like are a line per item, each with the name before it. */
static void print_property(const struct ctl *c, const char *name, const char *text) {
        for (const char *line = text;;) {
                size_t length = strcspn(line, "\n");

                if (c->value_only)
                        (void)printf("%.*s\n", (int)length, line);
                else
                        (void)printf("%s=%.*s\n", name, (int)length, line);
                if (!line[length])
                        break;
                line += length + 1;
        }
}

static void print_properties(const struct ctl *c, json_t *values, const json_t *types) {
        const char *name;
        json_t *value;

        json_object_foreach(values, name, value) {
                const char *type = get_text(types, name);
                owned_str text = is_wanted(c, name) ? value_format(name, type, value) : NULL;

                if (!text)
                        continue;
                /* Without -p, what is empty and of little use is left out, as systemctl does. */
                if (!*text && !c->properties && !c->all)
                        continue;
                print_property(c, name, text);
        }
}

static json_t *wanted_only(const struct ctl *c, json_t *values) {
        json_t *wanted = json_object(), *value;
        const char *name;

        json_object_foreach(values, name, value) if (is_wanted(c, name))(void)
                json_object_set_nocheck(wanted, name, value);
        return wanted;
}

static int show_one(struct ctl *c, const char *name, json_t *list) {
        OWNED(json) json_t *values = NULL;
        OWNED(json) json_t *types = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = name ? ctl_unit_properties(c, name, &error, &values, &types)
                     : ctl_properties(c, BUS_PATH, BUS_MANAGER, &error, &values, &types);

        if (r < 0)
                return ctl_complain(&error, r, "Failed to read %s", name ? name : "the manager's properties");
        if (c->output == OUTPUT_JSON)
                (void)json_array_append_new(list, wanted_only(c, values));
        else
                print_properties(c, values, types);
        return STATUS_OK;
}

int verb_show(struct ctl *c, char **arguments, size_t count) {
        OWNED(json) json_t *list = json_array();
        owned_strv names = NULL;
        int status = STATUS_OK;

        if (count > 0 && ctl_unit_names(c, arguments, count, &names) < 0)
                return STATUS_FAILED;
        if (count == 0)
                status = show_one(c, NULL, list);
        STRV_EACH(name, names) {
                if (name != names[0] && c->output != OUTPUT_JSON)
                        (void)putchar('\n');
                status = MAX(status, show_one(c, name, list));
        }
        if (c->output == OUTPUT_JSON)
                (void)print_json(json_array_size(list) == 1 ? json_array_get(list, 0) : list);
        return status;
}

int verb_cat(struct ctl *c, char **arguments, size_t count) {
        owned_strv names = NULL;
        int status = STATUS_OK;

        if (ctl_unit_names(c, arguments, count, &names) < 0)
                return STATUS_FAILED;
        STRV_EACH(name, names) {
                OWNED(message) sd_bus_message *reply = NULL;
                sd_bus_error error = SD_BUS_ERROR_NULL;
                const char *text = "";
                int r = ctl_call(c, ASK(BUS_KEEL_MANAGER, "GetUnitText", "s"), &error, &reply, name);

                if (r >= 0)
                        r = sd_bus_message_read(reply, "s", &text);
                if (r < 0) {
                        (void)ctl_complain(&error, r, "Failed to read %s", name);
                        status = STATUS_FAILED;
                } else {
                        (void)printf("%s%s", name == names[0] ? "" : "\n", text);
                }
        }
        return status;
}

/* ---- is-active and its siblings ---------------------------------------------------------------------------------- */

/* Prints each unit's state; 0 when one of them is what was asked for. */
static int ask_state(struct ctl *c, char **arguments, size_t count, const char *property, int otherwise,
                     bool (*is_it)(const char *state)) {
        owned_strv names = NULL;
        bool found = false;

        if (ctl_unit_names(c, arguments, count, &names) < 0)
                return STATUS_FAILED;
        STRV_EACH(name, names) {
                OWNED(json) json_t *values = NULL;
                sd_bus_error error = SD_BUS_ERROR_NULL;
                const char *state;
                int r = ctl_unit_properties(c, name, &error, &values, NULL);

                if (r < 0)
                        return ctl_complain(&error, r, "Failed to read %s", name);
                state = get_text(values, property);
                found |= is_it(state);
                if (!c->quiet)
                        (void)puts(*state ? state : "not-found");
        }
        return found ? STATUS_OK : otherwise;
}

static bool state_is_active(const char *state) {
        return text_equal(state, "active") || text_equal(state, "reloading");
}

static bool state_is_failed(const char *state) {
        return text_equal(state, "failed");
}

static bool state_is_enabled(const char *state) {
        static const char *const yes[] = { "enabled", "enabled-runtime", "static", "alias", "indirect", "generated" };

        return table_value(yes, ARRAY_LEN(yes), state) >= 0;
}

int verb_is_active(struct ctl *c, char **arguments, size_t count) {
        return ask_state(c, arguments, count, "ActiveState", STATUS_NOT_RUNNING, state_is_active);
}

int verb_is_failed(struct ctl *c, char **arguments, size_t count) {
        return ask_state(c, arguments, count, "ActiveState", STATUS_FAILED, state_is_failed);
}

int verb_is_enabled(struct ctl *c, char **arguments, size_t count) {
        return ask_state(c, arguments, count, "UnitFileState", STATUS_FAILED, state_is_enabled);
}

/* ---- is-system-running ------------------------------------------------------------------------------------------- */

static int read_system_state(struct ctl *c, char buffer[32]) {
        OWNED(json) json_t *values = NULL;
        OWNED(json) json_t *types = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = ctl_properties(c, BUS_PATH, BUS_MANAGER, &error, &values, &types);

        sd_bus_error_free(&error);
        if (r >= 0)
                (void)snprintf(buffer, 32, "%s", get_text(values, "SystemState"));
        return r;
}

static int on_signal(UNUSED sd_bus_message *m, void *user, UNUSED sd_bus_error *error) {
        *(bool *)user = true;
        return 0;
}

/* Until something has been said that may have changed the state. */
static int wait_for_signal(struct ctl *c) {
        sd_bus_slot *slots[2] = { NULL, NULL };
        bool has_come = false;
        int r = sd_bus_match_signal(c->bus, &slots[0], NULL, BUS_PATH, BUS_MANAGER, "StartupFinished", on_signal,
                                    &has_come);

        if (r >= 0)
                r = sd_bus_match_signal(c->bus, &slots[1], NULL, BUS_PATH, BUS_MANAGER, "JobRemoved", on_signal,
                                        &has_come);
        while (r >= 0 && !has_come) {
                r = sd_bus_process(c->bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(c->bus, US_PER_SEC);
                if (r == 0) /* nothing for a second: it may have been said before we listened */
                        break;
        }
        sd_bus_slot_unref(slots[0]);
        sd_bus_slot_unref(slots[1]);
        return r < 0 && is_disconnect(r) ? ctl_connect(c, CONNECT_LOUD) : r;
}

int verb_is_system_running(struct ctl *c, UNUSED char **arguments, UNUSED size_t count) {
        char state[32] = "offline";
        int r = ctl_connect(c, CONNECT_SILENT);

        if (r >= 0)
                r = read_system_state(c, state);
        while (r >= 0 && c->wait && (text_equal(state, "starting") || text_equal(state, "initializing"))) {
                r = wait_for_signal(c);
                if (r >= 0)
                        r = read_system_state(c, state);
        }
        if (!c->quiet)
                (void)puts(state);
        return text_equal(state, "running") ? STATUS_OK : STATUS_FAILED;
}

/* ---- explain ----------------------------------------------------------------------------------------------------- */

enum { OUTCOME_KEY, OUTCOME_WORD, OUTCOME_FILE, OUTCOME_LINE, OUTCOME_VALUE, OUTCOME_WHY };

static enum colour colour_of_outcome(const char *word) {
        return text_equal(word, outcome_name(OUTCOME_APPLIED))       ? COLOUR_GOOD
               : text_equal(word, outcome_name(OUTCOME_EMULATED))    ? COLOUR_NONE
               : text_equal(word, outcome_name(OUTCOME_UNAVAILABLE)) ? COLOUR_WARN
                                                                     : COLOUR_BAD;
}

void print_outcomes(struct ctl *c, const json_t *list) {
        static const char *const titles[] = { "OUTCOME", "DIRECTIVE", "WHERE", "WHY" };
        unsigned counts[OUTCOME_COUNT_] = { 0 };
        struct table t;
        const json_t *row;
        size_t i;

        table_init(&t, c, titles, ARRAY_LEN(titles));
        json_array_foreach(list, i, row) {
                const char *word = text_at(row, OUTCOME_WORD);
                owned_str line = text_printf("%s=%s", text_at(row, OUTCOME_KEY), text_at(row, OUTCOME_VALUE));
                owned_str where = text_printf("%s:%llu", text_at(row, OUTCOME_FILE),
                                              (unsigned long long)number_at(row, OUTCOME_LINE));
                const char *cells[] = { word, line, where, text_at(row, OUTCOME_WHY) };
                enum colour colours[] = { colour_of_outcome(word), COLOUR_NONE, COLOUR_FAINT, COLOUR_NONE };

                table_add(&t, cells, colours);
                for (int o = 0; o < OUTCOME_COUNT_; o++)
                        counts[o] += text_equal(word, outcome_name((enum outcome)o));
        }
        table_print(&t);
        table_free(&t);
        if (c->no_legend)
                return;
        (void)printf("\n%zu lines:", json_array_size(list));
        for (int o = 0, n = 0; o < OUTCOME_COUNT_; o++)
                if (counts[o])
                        (void)printf("%s %u %s", n++ ? "," : "", counts[o], outcome_name((enum outcome)o));
        (void)puts(".");
}

json_t *outcomes_as_json(const json_t *list) {
        json_t *rows = json_array();
        const json_t *row;
        size_t i;

        json_array_foreach(list, i, row) {
                (void)json_array_append_new(rows,
                                            json_pack("{ss ss ss sI ss ss}", "directive", text_at(row, OUTCOME_KEY),
                                                      "outcome", text_at(row, OUTCOME_WORD), "file",
                                                      text_at(row, OUTCOME_FILE), "line",
                                                      (json_int_t)number_at(row, OUTCOME_LINE), "value",
                                                      text_at(row, OUTCOME_VALUE), "why", text_at(row, OUTCOME_WHY)));
        }
        return rows;
}

int verb_explain(struct ctl *c, char **arguments, size_t count) {
        OWNED(json) json_t *json = json_object();
        owned_strv names = NULL;

        if (ctl_unit_names(c, arguments, count, &names) < 0)
                return STATUS_FAILED;
        STRV_EACH(name, names) {
                OWNED(message) sd_bus_message *reply = NULL;
                OWNED(json) json_t *list = NULL;
                sd_bus_error error = SD_BUS_ERROR_NULL;
                int r = ctl_call(c, ASK(BUS_KEEL_MANAGER, "GetUnitOutcomes", "s"), &error, &reply, name);

                if (r >= 0)
                        r = read_list(reply, &list);
                if (r < 0)
                        return ctl_complain(&error, r, "Failed to explain %s", name);
                if (c->output == OUTPUT_JSON) {
                        (void)json_object_set_new(json, name, outcomes_as_json(list));
                        continue;
                }
                (void)printf("%s%s%s%s\n", name == names[0] ? "" : "\n", colour_on(c, COLOUR_STRONG), name,
                             colour_off(c, COLOUR_STRONG));
                print_outcomes(c, list);
        }
        return c->output == OUTPUT_JSON ? print_json(json) : STATUS_OK;
}
