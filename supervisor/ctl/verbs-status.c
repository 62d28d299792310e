/* SPDX-License-Identifier: MIT */
/* verbs-status: `status` and `log`: what a person wants to know of a unit on one screen. One row of the table per line of it. */
#include "ctl.h"

#include "unit/exit-status.h"
#include "unit/unit.h"

#include <sys/wait.h>

#define LABEL_WIDTH   11
#define LINES_DEFAULT 10u

/* All that was asked for one unit. */
struct status {
        struct ctl *ctl;
        const char *name;
        json_t *values, *types, *processes, *log, *outcomes;
};

static const char *get(const struct status *s, const char *property) {
        return get_text(s->values, property);
}

static void label(const char *text) {
        (void)printf("%*s: ", LABEL_WIDTH, text);
}

/* ---- what it is -------------------------------------------------------------------------------------------------- */

static void print_loaded(const struct status *s, const char *name) {
        const char *load = get(s, "LoadState"), *path = get(s, "FragmentPath"), *state = get(s, "UnitFileState");
        enum colour colour = text_equal(load, "loaded") ? COLOUR_NONE : COLOUR_BAD;

        label(name);
        (void)printf("%s%s%s", colour_on(s->ctl, colour), load, colour_off(s->ctl, colour));
        if (*path)
                (void)printf(" (%s%s%s)", path, *state ? "; " : "", state);
        else if (*text_at(json_object_get(s->values, "LoadError"), 1))
                (void)printf(" (Reason: %s)", text_at(json_object_get(s->values, "LoadError"), 1));
        (void)putchar('\n');
}

static void print_dropins(const struct status *s, const char *name) {
        const json_t *paths = json_object_get(s->values, "DropInPaths");
        size_t count = json_array_size(paths);
        owned_str last = NULL;

        for (size_t i = 0; i < count; i++) {
                const char *path = text_at(paths, i), *slash = strrchr(path, '/');
                owned_str directory = strndup(path, slash ? (size_t)(slash - path) : strlen(path));

                if (!directory)
                        return;
                if (!last || !text_equal(last, directory)) {
                        if (last)
                                (void)printf("%*s  %s\n", LABEL_WIDTH, "", directory);
                        else {
                                label(name);
                                (void)puts(directory);
                        }
                        free(last);
                        last = take_ptr(directory);
                }
                (void)printf("%*s  %s%s\n", LABEL_WIDTH, "", i + 1 == count ? "└─" : "├─", slash ? slash + 1 : path);
        }
}

/* Since when it has been what it is. */
static uint64_t since_us(const struct status *s) {
        static const struct {
                const char *state, *timestamp;
        } times[] = {
                { "active", "ActiveEnterTimestamp" },      { "reloading", "ActiveEnterTimestamp" },
                { "inactive", "InactiveEnterTimestamp" },  { "failed", "InactiveEnterTimestamp" },
                { "activating", "InactiveExitTimestamp" }, { "deactivating", "ActiveExitTimestamp" },
        };

        for (size_t i = 0; i < ARRAY_LEN(times); i++)
                if (text_equal(times[i].state, get(s, "ActiveState")))
                        return get_number(s->values, times[i].timestamp);
        return 0;
}

static void print_active(const struct status *s, const char *name) {
        const char *active = get(s, "ActiveState"), *sub = get(s, "SubState"), *result = get(s, "Result");
        enum colour colour = colour_of_state(active);
        char date[DATE_MAX], ago[TEXT_SPAN_MAX + 8];
        uint64_t since = since_us(s);

        label(name);
        (void)printf("%s%s", colour_on(s->ctl, colour), active);
        if (!text_equal(active, sub))
                (void)printf(" (%s)", sub);
        (void)printf("%s", colour_off(s->ctl, colour));
        if (*result && !text_equal(result, "success"))
                (void)printf(" (Result: %s)", result);
        if (*format_date(date, since))
                (void)printf(" since %s; %s", date, format_ago(ago, since));
        (void)putchar('\n');
}

static void print_job(const struct status *s, const char *name) {
        uint64_t id = number_at(json_object_get(s->values, "Job"), 0);

        if (id == 0 || id == UINT64_MAX)
                return;
        label(name);
        (void)printf("%llu is queued or runs\n", (unsigned long long)id);
}

static void print_condition(const struct status *s, const char *name) {
        const json_t *list = json_object_get(s->values, name[0] == 'A' ? "Asserts" : "Conditions");

        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *c = json_array_get(list, i);

                if (json_integer_value(json_array_get(c, 4)) >= 0)
                        continue;
                label(name);
                (void)printf("the start was skipped: %s=%s%s%s was not met\n", text_at(c, 0),
                             json_is_true(json_array_get(c, 1)) ? "|" : "",
                             json_is_true(json_array_get(c, 2)) ? "!" : "", text_at(c, 3));
        }
}

static void print_docs(const struct status *s, const char *name) {
        const json_t *list = json_object_get(s->values, "Documentation");

        for (size_t i = 0; i < json_array_size(list); i++) {
                label(i == 0 ? name : "");
                (void)printf("%s\n", text_at(list, i));
        }
}

/* ---- its processes ----------------------------------------------------------------------------------------------- */

/* " (code=exited, status=1/FAILURE)" or " (code=killed, signal=KILL)" of an si_code and si_status. */
static void print_end(uint64_t code, int status) {
        const char *name = code == CLD_EXITED ? exit_status_name(status) : signal_name(status);

        if (code == CLD_EXITED)
                (void)printf(" (code=exited, status=%d%s%s)", status, name ? "/" : "", name ? name : "");
        else if (name)
                (void)printf(" (code=%s, signal=%s)", code == CLD_KILLED ? "killed" : "dumped",
                             text_after(name, "SIG") ? text_after(name, "SIG") : name);
        else
                (void)printf(" (code=%s, signal=%d)", code == CLD_KILLED ? "killed" : "dumped", status);
}

static void print_command(const char *property, const json_t *command) {
        const json_t *arguments = json_array_get(command, 1);

        label("Process");
        (void)printf("%llu %s=", (unsigned long long)number_at(command, 7), property);
        for (size_t i = 0; i < json_array_size(arguments); i++)
                (void)printf("%s%s", i ? " " : "", text_at(arguments, i));
        print_end(number_at(command, 8), (int)number_at(command, 9));
        (void)putchar('\n');
}

/* The commands that have run and are not the main process. */
static void print_processes(const struct status *s, UNUSED const char *name) {
        static const char *const properties[] = { "ExecCondition", "ExecStartPre", "ExecStart",   "ExecStartPost",
                                                  "ExecReload",    "ExecStop",     "ExecStopPost" };

        for (size_t i = 0; i < ARRAY_LEN(properties); i++) {
                const json_t *list = json_object_get(s->values, properties[i]);

                for (size_t k = 0; k < json_array_size(list); k++) {
                        const json_t *command = json_array_get(list, k);
                        uint64_t pid = number_at(command, 7);

                        if (pid > 0 && number_at(command, 8) > 0 && pid != get_number(s->values, "ExecMainPID"))
                                print_command(properties[i], command);
                }
        }
}

static const char *name_of(const struct status *s, uint64_t pid) {
        for (size_t i = 0; i < json_array_size(s->processes); i++)
                if (number_at(json_array_get(s->processes, i), 1) == pid)
                        return text_at(json_array_get(s->processes, i), 3);
        return "";
}

static void print_main_pid(const struct status *s, const char *name) {
        uint64_t running = get_number(s->values, "MainPID"), last = get_number(s->values, "ExecMainPID");
        uint64_t code = get_number(s->values, "ExecMainCode");

        if (last == UINT64_MAX || (last == 0 && code != CLD_EXITED))
                return;
        label(name);
        if (running > 0) {
                const char *comm = name_of(s, running);

                (void)printf("%llu%s%s%s\n", (unsigned long long)running, *comm ? " (" : "", comm, *comm ? ")" : "");
                return;
        }
        if (last > 0)
                (void)printf("%llu", (unsigned long long)last);
        else
                (void)printf("none"); /* keel found beforehand what the process would have failed at */
        if (code > 0 && code != UINT64_MAX)
                print_end(code, (int)get_number(s->values, "ExecMainStatus"));
        (void)putchar('\n');
}

static void print_control_pid(const struct status *s, const char *name) {
        uint64_t pid = get_number(s->values, "ControlPID");

        if (pid == 0 || pid == UINT64_MAX)
                return;
        label(name);
        (void)printf("%llu (%s)\n", (unsigned long long)pid, name_of(s, pid));
}

static void print_status_text(const struct status *s, const char *name) {
        if (!*get(s, "StatusText"))
                return;
        label(name);
        (void)printf("\"%s\"\n", get(s, "StatusText"));
}

static void print_restarts(const struct status *s, const char *name) {
        uint64_t count = get_number(s->values, "NRestarts");

        if (count == 0 || count == UINT64_MAX)
                return;
        label(name);
        (void)printf("%llu\n", (unsigned long long)count);
}

/* ---- what it uses ------------------------------------------------------------------------------------------------ */

static void print_tasks(const struct status *s, const char *name) {
        uint64_t count = get_number(s->values, "TasksCurrent"), limit = get_number(s->values, "TasksMax");

        if (count == UINT64_MAX)
                return;
        label(name);
        (void)printf("%llu", (unsigned long long)count);
        if (limit != UINT64_MAX)
                (void)printf(" (limit: %llu)", (unsigned long long)limit);
        (void)putchar('\n');
}

static void print_memory(const struct status *s, const char *name) {
        static const char *const limits[][2] = {
                { "MemoryMin", "min" }, { "MemoryLow", "low" },          { "MemoryHigh", "high" },
                { "MemoryMax", "max" }, { "MemorySwapMax", "swap max" }, { "MemoryPeak", "peak" },
        };
        uint64_t used = get_number(s->values, "MemoryCurrent");
        char size[TEXT_SIZE_MAX];
        unsigned shown = 0;

        if (used == UINT64_MAX)
                return;
        label(name);
        (void)fputs(text_format_size(size, used), stdout);
        for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
                uint64_t limit = get_number(s->values, limits[i][0]);

                if (limit == UINT64_MAX || (limit == 0 && i < 2))
                        continue;
                (void)printf("%s%s: %s", shown++ ? " " : " (", limits[i][1], text_format_size(size, limit));
        }
        (void)puts(shown ? ")" : "");
}

static void print_cpu(const struct status *s, const char *name) {
        uint64_t used_ns = get_number(s->values, "CPUUsageNSec");
        char span[TEXT_SPAN_MAX];

        if (used_ns == UINT64_MAX)
                return;
        label(name);
        (void)puts(text_format_span(span, used_ns / 1000 >= US_PER_SEC ? used_ns / US_PER_SEC * 1000 : used_ns / 1000));
}

/* ---- its tree ---------------------------------------------------------------------------------------------------- */

/* Is there a parent of process i in the same cgroup? Then it is drawn below that one. */
static bool has_parent_here(const json_t *list, const json_t *process) {
        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *other = json_array_get(list, i);

                if (number_at(other, 1) == number_at(process, 2) && text_equal(text_at(other, 0), text_at(process, 0)))
                        return true;
        }
        return false;
}

struct walk {
        const struct status *status;
        const char *group;
        const char *indent;
};

/* The next child of this parent (0: roots) with a pid above `after`; by pid, since the list comes in no order. */
static const json_t *next_child(const struct walk *w, uint64_t parent, uint64_t after) {
        const json_t *list = w->status->processes, *best = NULL;

        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *p = json_array_get(list, i);
                bool is_child = parent ? number_at(p, 2) == parent : !has_parent_here(list, p);

                if (is_child && text_equal(text_at(p, 0), w->group) && number_at(p, 1) > after &&
                    (!best || number_at(p, 1) < number_at(best, 1)))
                        best = p;
        }
        return best;
}

static void print_branch(const struct walk *w, uint64_t parent, unsigned depth) {
        const json_t *process = next_child(w, parent, 0);

        while (process && depth < 32) {
                uint64_t pid = number_at(process, 1);
                const json_t *next = next_child(w, parent, pid);
                owned_str indent = text_printf("%s%s", w->indent, next ? "│ " : "  ");
                struct walk below = { w->status, w->group, indent ? indent : "" };

                (void)printf("%s%s%llu %s\n", w->indent, next ? "├─" : "└─", (unsigned long long)pid,
                             text_at(process, 4));
                print_branch(&below, pid, depth + 1);
                process = next;
        }
}

static void print_tree(const struct status *s, const char *name) {
        const char *group = get(s, "ControlGroup");
        owned_strv groups = NULL;
        char indent[LABEL_WIDTH + 3];

        if (!*group && json_array_size(s->processes) == 0)
                return;
        label(name);
        (void)puts(group);
        (void)snprintf(indent, sizeof(indent), "%*s", LABEL_WIDTH + 2, "");
        for (size_t i = 0; i < json_array_size(s->processes); i++)
                (void)strv_add_unique(&groups, text_at(json_array_get(s->processes, i), 0));
        STRV_EACH(one, groups) {
                struct walk w = { s, one, indent };

                if (!text_equal(one, group))
                        (void)printf("%s%s\n", indent, text_after(one, group) ? text_after(one, group) : one);
                print_branch(&w, 0, 0);
        }
}

/* ---- what was not applied, and what it said ------------------------------------------------------------------------ */

static void print_not_applied(const struct status *s, const char *name) {
        bool is_first = true;

        for (size_t i = 0; i < json_array_size(s->outcomes); i++) {
                const json_t *row = json_array_get(s->outcomes, i);
                const char *outcome = text_at(row, 1), *why = text_at(row, 5);

                if (text_equal(outcome, outcome_name(OUTCOME_APPLIED)) ||
                    text_equal(outcome, outcome_name(OUTCOME_EMULATED)))
                        continue;
                label(is_first ? name : "");
                (void)printf("%s=%s: %s%s%s (%s:%llu)\n", text_at(row, 0), text_at(row, 4), outcome, *why ? ": " : "",
                             why, text_at(row, 2), (unsigned long long)number_at(row, 3));
                is_first = false;
        }
}

/* The stored time is UTC with microseconds: shown as local time, to the second. */
static const char *format_log_time(char buffer[32], const char *text) {
        struct tm parts = { 0 };
        time_t seconds;

        (void)snprintf(buffer, 32, "%s", text);
        if (!strptime(text, "%Y-%m-%dT%H:%M:%S", &parts))
                return buffer;
        seconds = timegm(&parts);
        if (localtime_r(&seconds, &parts))
                (void)strftime(buffer, 32, "%b %d %H:%M:%S", &parts);
        return buffer;
}

static void print_log(const struct ctl *c, const char *unit, const json_t *lines) {
        char when[32];

        for (size_t i = 0; i < json_array_size(lines); i++) {
                const json_t *line = json_array_get(lines, i);
                uint64_t priority = number_at(line, 1);
                enum colour colour = priority <= 3 ? COLOUR_BAD : priority <= 4 ? COLOUR_WARN : COLOUR_NONE;

                (void)printf("%s %.*s: %s%s%s\n", format_log_time(when, text_at(line, 0)), (int)strcspn(unit, "."),
                             unit, colour_on(c, colour), text_at(line, 2), colour_off(c, colour));
        }
}

/* ---- the verb ---------------------------------------------------------------------------------------------------- */

static const struct field {
        const char *name;
        void (*print)(const struct status *s, const char *name);
} fields[] = {
        { "Loaded", print_loaded },
        { "Drop-In", print_dropins },
        { "Active", print_active },
        { "Condition", print_condition },
        { "Assert", print_condition },
        { "Job", print_job },
        { "Docs", print_docs },
        { "Process", print_processes },
        { "Main PID", print_main_pid },
        { "Control PID", print_control_pid },
        { "Status", print_status_text },
        { "Restarts", print_restarts },
        { "Tasks", print_tasks },
        { "Memory", print_memory },
        { "CPU", print_cpu },
        { "CGroup", print_tree },
        { "Not applied", print_not_applied },
};

static void print_status(const struct status *s) {
        const char *active = get(s, "ActiveState"), *id = get(s, "Id"), *description = get(s, "Description");
        enum colour colour = colour_of_state(active);

        (void)printf("%s%s%s %s%s%s\n", colour_on(s->ctl, colour), text_equal(active, "inactive") ? "○" : "●",
                     colour_off(s->ctl, colour), id, text_equal(id, description) ? "" : " - ",
                     text_equal(id, description) ? "" : description);
        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
                fields[i].print(s, fields[i].name);
        if (json_array_size(s->log) > 0)
                (void)putchar('\n');
        print_log(s->ctl, id, s->log);
}

/* A list that adds to the picture; without it the rest is shown. */
static json_t *ask_list(struct ctl *c, const struct call *call, const char *name, unsigned number) {
        OWNED(message) sd_bus_message *reply = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        json_t *list = NULL;

        if (ctl_call(c, call, &error, &reply, name, number) >= 0)
                (void)read_list(reply, &list);
        sd_bus_error_free(&error);
        return list ? list : json_array();
}

static int ask_status(struct status *s) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = ctl_unit_properties(s->ctl, s->name, &error, &s->values, &s->types);

        if (r < 0)
                return ctl_complain(&error, r, "Failed to read %s", s->name);
        s->processes = ask_list(s->ctl, ASK(BUS_KEEL_MANAGER, "GetUnitProcesses", "s"), s->name, 0);
        s->outcomes = ask_list(s->ctl, ASK(BUS_KEEL_MANAGER, "GetUnitOutcomes", "s"), s->name, 0);
        s->log = ask_list(s->ctl, ASK(BUS_KEEL_MANAGER, "GetUnitLog", "su"), s->name, s->ctl->lines);
        return 0;
}

static json_t *status_as_json(struct status *s) {
        json_t *json = json_pack("{ss}", "unit", s->name);

        (void)json_object_set(json, "properties", s->values);
        (void)json_object_set(json, "processes", s->processes);
        (void)json_object_set(json, "directives", s->outcomes);
        (void)json_object_set(json, "log", s->log);
        return json;
}

/* LSB: 0 it runs, 3 it does not, 4 there is no such unit. */
static int status_of(const struct status *s) {
        const char *active = get(s, "ActiveState");

        if (text_equal(get(s, "LoadState"), "not-found") && text_equal(active, "inactive"))
                return STATUS_UNKNOWN;
        return text_equal(active, "active") || text_equal(active, "reloading") ? STATUS_OK : STATUS_NOT_RUNNING;
}

static int show_status(struct ctl *c, const char *name, json_t *list, bool is_first) {
        struct status s = { .ctl = c, .name = name };
        int status = ask_status(&s);

        if (status == 0) {
                status = status_of(&s);
                if (c->output == OUTPUT_JSON)
                        (void)json_array_append_new(list, status_as_json(&s));
                else if (status == STATUS_UNKNOWN)
                        (void)fprintf(stderr, "Unit %s could not be found.\n", name);
                else {
                        if (!is_first)
                                (void)putchar('\n');
                        print_status(&s);
                }
        }
        json_decref(s.values);
        json_decref(s.types);
        json_decref(s.processes);
        json_decref(s.log);
        json_decref(s.outcomes);
        return status;
}

/* Without an argument: keel as a whole. */
static int show_overall(struct ctl *c) {
        OWNED(json) json_t *values = NULL;
        OWNED(json) json_t *types = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = ctl_properties(c, BUS_PATH, BUS_MANAGER, &error, &values, &types);
        const char *state;
        char date[DATE_MAX], ago[TEXT_SPAN_MAX + 8];
        enum colour colour;

        if (r < 0)
                return ctl_complain(&error, r, "Failed to read the manager's properties");
        if (c->output == OUTPUT_JSON)
                return print_json(values);
        state = get_text(values, "SystemState");
        colour = text_equal(state, "running") ? COLOUR_GOOD : text_equal(state, "degraded") ? COLOUR_BAD : COLOUR_WARN;
        (void)printf("%s●%s %s\n", colour_on(c, colour), colour_off(c, colour), get_text(values, "Version"));
        label("State");
        (void)printf("%s%s%s\n", colour_on(c, colour), state, colour_off(c, colour));
        label("Units");
        (void)printf("%llu loaded\n", (unsigned long long)get_number(values, "NNames"));
        label("Jobs");
        (void)printf("%llu queued\n", (unsigned long long)get_number(values, "NJobs"));
        label("Failed");
        (void)printf("%llu units\n", (unsigned long long)get_number(values, "NFailedUnits"));
        label("Since");
        (void)printf("%s; %s\n", format_date(date, get_number(values, "UserspaceTimestamp")),
                     format_ago(ago, get_number(values, "UserspaceTimestamp")));
        return STATUS_OK;
}

int verb_status(struct ctl *c, char **arguments, size_t count) {
        OWNED(json) json_t *list = json_array();
        owned_strv names = NULL;
        int status = STATUS_OK;

        if (count == 0)
                return show_overall(c);
        if (ctl_unit_names(c, arguments, count, &names) < 0)
                return STATUS_FAILED;
        if (c->lines == UINT32_MAX)
                c->lines = LINES_DEFAULT;
        STRV_EACH(name, names) {
                int one = show_status(c, name, list, name == names[0]);

                if (status == STATUS_OK)
                        status = one;
        }
        if (c->output == OUTPUT_JSON)
                (void)print_json(list);
        return status;
}

int verb_log(struct ctl *c, char **arguments, size_t count) {
        owned_strv names = NULL;

        if (ctl_unit_names(c, arguments, count, &names) < 0)
                return STATUS_FAILED;
        STRV_EACH(name, names) {
                uint32_t wanted = c->lines == UINT32_MAX ? 1000 : c->lines;
                OWNED(json) json_t *lines = ask_list(c, ASK(BUS_KEEL_MANAGER, "GetUnitLog", "su"), name, wanted);

                if (c->output == OUTPUT_JSON)
                        (void)print_json(lines);
                else
                        print_log(c, name, lines);
        }
        return STATUS_OK;
}
