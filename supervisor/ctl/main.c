/* SPDX-License-Identifier: MIT */
/* keelctl: asks keel and tells it what to do, with systemctl's verbs, options and exit statuses. One table of verbs and one of
 * options; --help is made from them.
 */
#include "ctl.h"

#include <getopt.h>
#include <locale.h>
#include <sys/ioctl.h>

#ifndef KEEL_VERSION
#define KEEL_VERSION "0.1"
#endif

const char *current_verb = "";

/* ---- verbs ------------------------------------------------------------------------------------------------------- */

#define ANY SIZE_MAX

enum verb_flag {
        VERB_ALONE = 1 << 0, /* connects by itself */
        VERB_HIDDEN = 1 << 1, /* another name of a verb that is shown */
};

static const struct verb {
        const char *name;
        size_t min, max;
        unsigned flags;
        verb_function *run;
        const char *arguments, *help;
} verbs[] = {
        { "list-units", 0, ANY, 0, verb_list_units, "[PATTERN...]", "The units in memory (the default)" },
        { "list-jobs", 0, ANY, 0, verb_list_jobs, "[PATTERN...]", "What is being started and stopped" },
        { "list-unit-files", 0, ANY, 0, verb_list_unit_files, "[PATTERN...]", "The unit files of the search path" },
        { "list-dependencies", 0, ANY, 0, verb_list_dependencies, "[UNIT...]", "What a unit pulls in, as a tree" },
        { "status", 0, ANY, 0, verb_status, "[UNIT...]", "One screen about a unit, or keel as a whole" },
        { "log", 1, ANY, 0, verb_log, "UNIT...", "What a unit has said (-n LINES)" },
        { "show", 0, ANY, 0, verb_show, "[UNIT...]", "All properties, for programs (-p NAME, --value)" },
        { "cat", 1, ANY, 0, verb_cat, "UNIT...", "A unit's files as they are" },
        { "explain", 1, ANY, 0, verb_explain, "UNIT...", "What became of each line of a unit's files" },
        { "verify", 1, ANY, VERB_ALONE, verb_verify, "FILE...",
          "What keel makes of a unit file; nothing needs to run" },
        { "is-active", 1, ANY, 0, verb_is_active, "UNIT...", "Exit status 0 when one of them is active" },
        { "is-failed", 1, ANY, 0, verb_is_failed, "UNIT...", "Exit status 0 when one of them has failed" },
        { "is-enabled", 1, ANY, 0, verb_is_enabled, "UNIT...", "Exit status 0 when one of them is enabled" },
        { "is-system-running", 0, 0, VERB_ALONE, verb_is_system_running, "", "Whether all is up and well (--wait)" },
        { "start", 1, ANY, 0, verb_job, "UNIT...", "Start units" },
        { "stop", 1, ANY, 0, verb_job, "UNIT...", "Stop units" },
        { "restart", 1, ANY, 0, verb_job, "UNIT...", "Stop and start units" },
        { "try-restart", 1, ANY, 0, verb_job, "UNIT...", "The same for those that are active" },
        { "reload", 1, ANY, 0, verb_job, "UNIT...", "Let units read their configuration again" },
        { "reload-or-restart", 1, ANY, 0, verb_job, "UNIT...", "Reload what can, restart the rest" },
        { "reload-or-try-restart", 1, ANY, 0, verb_job, "UNIT...", "The same for those that are active" },
        { "try-reload-or-restart", 1, ANY, VERB_HIDDEN, verb_job, "UNIT...", "" },
        { "isolate", 1, 1, 0, verb_isolate, "TARGET", "Start one target, stop everything else" },
        { "kill", 1, ANY, 0, verb_kill, "UNIT...", "Send a signal (-s SIGNAL, --kill-whom WHOM)" },
        { "reset-failed", 0, ANY, 0, verb_reset_failed, "[UNIT...]", "Forget that units have failed" },
        { "cancel", 0, ANY, 0, verb_cancel, "[JOB...]", "Cancel jobs, or all of them" },
        { "daemon-reload", 0, 0, 0, verb_daemon_reload, "", "Read all unit files again" },
        { "daemon-reexec", 0, 0, 0, verb_daemon_reexec, "", "Replace the supervisor; services keep running" },
        { "reexec", 0, 0, 0, verb_reexec, "", "The same; with --pid1: replace PID 1, and not the supervisor" },
        { "show-environment", 0, 0, 0, verb_show_environment, "", "What all services get" },
        { "set-environment", 1, ANY, 0, verb_set_environment, "NAME=VALUE...", "Add to it" },
        { "unset-environment", 1, ANY, 0, verb_unset_environment, "NAME...", "Take from it" },
        { "poweroff", 0, 0, 0, verb_end, "", "Stop everything and power off (-f: at once)" },
        { "reboot", 0, 0, 0, verb_end, "", "Stop everything and reboot" },
        { "halt", 0, 0, 0, verb_end, "", "Stop everything and halt" },
        { "kexec", 0, 0, VERB_HIDDEN, verb_end, "", "" },
        { "exit", 0, 1, 0, verb_end, "[STATUS]", "Stop everything and let keel exit" },
};

/* ---- options ----------------------------------------------------------------------------------------------------- */

enum option_kind {
        OPTION_FLAG, /* a bool of struct ctl */
        OPTION_TEXT, /* a const char * */
        OPTION_WORDS, /* a char **: comma-separated, adds up */
        OPTION_LINES, /* -n */
        OPTION_OUTPUT, /* -o */
        OPTION_LEGEND, /* --legend=BOOL */
        OPTION_VALUES, /* -P: -p and --value */
        OPTION_NOTHING, /* accepted, for scripts */
        OPTION_HELP,
        OPTION_VERSION,
};

#define FIELD(name) offsetof(struct ctl, name)

static const struct option_row {
        const char *name;
        char letter; /* 0: none */
        enum option_kind kind;
        size_t field;
        const char *argument; /* NULL: takes none */
        const char *help; /* NULL: not shown */
} option_rows[] = {
        { "all", 'a', OPTION_FLAG, FIELD(all), NULL, "also what is inactive or empty" },
        { "type", 't', OPTION_WORDS, FIELD(types), "TYPE", "units of this type only" },
        { "state", 0, OPTION_WORDS, FIELD(states), "STATE", "units in this load, active or sub state only" },
        { "failed", 0, OPTION_FLAG, FIELD(failed), NULL, "as --state=failed" },
        { "property", 'p', OPTION_WORDS, FIELD(properties), "NAME", "show this property only" },
        { "value", 0, OPTION_FLAG, FIELD(value_only), NULL, "show values without their names" },
        { NULL, 'P', OPTION_VALUES, FIELD(properties), "NAME", "as --value -p NAME" },
        { "lines", 'n', OPTION_LINES, 0, "N", "log lines to show (10)" },
        { "output", 'o', OPTION_OUTPUT, 0, "json", "JSON instead of tables" },
        { "signal", 's', OPTION_TEXT, FIELD(signal), "SIGNAL", "what kill sends (TERM)" },
        { "kill-whom", 0, OPTION_TEXT, FIELD(kill_whom), "WHOM", "main, control or all (all)" },
        { "kill-who", 0, OPTION_TEXT, FIELD(kill_whom), "WHOM", NULL },
        { "job-mode", 0, OPTION_TEXT, FIELD(job_mode), "MODE", "what to do with jobs in the way (replace)" },
        { "no-block", 0, OPTION_FLAG, FIELD(no_block), NULL, "do not wait until it is done" },
        { "wait", 0, OPTION_FLAG, FIELD(wait), NULL, "is-system-running: wait until it is" },
        { "force", 'f', OPTION_FLAG, FIELD(force), NULL, "end at once, without stopping units in order" },
        { "reverse", 0, OPTION_FLAG, FIELD(reverse), NULL, "list-dependencies: what pulls the unit in" },
        { "after", 0, OPTION_FLAG, FIELD(after), NULL, "list-dependencies: what it is ordered after" },
        { "before", 0, OPTION_FLAG, FIELD(before), NULL, "list-dependencies: what it is ordered before" },
        { "pid1", 0, OPTION_FLAG, FIELD(pid1), NULL, "reexec: PID 1 by the program at its path" },
        { "plain", 0, OPTION_FLAG, FIELD(plain), NULL, "lists without marks and lines" },
        { "full", 'l', OPTION_FLAG, FIELD(full), NULL, "do not cut lines at the terminal's edge" },
        { "legend", 0, OPTION_LEGEND, 0, "BOOL", "titles and the line below a table" },
        { "no-legend", 0, OPTION_FLAG, FIELD(no_legend), NULL, NULL },
        { "quiet", 'q', OPTION_FLAG, FIELD(quiet), NULL, "the exit status says it all" },
        { "instance", 0, OPTION_TEXT, FIELD(instance), "NAME", "which `keel run`, when there are several" },
        { "no-pager", 0, OPTION_NOTHING, 0, NULL, NULL },
        { "no-ask-password", 0, OPTION_NOTHING, 0, NULL, NULL },
        { "no-wall", 0, OPTION_NOTHING, 0, NULL, NULL },
        { "system", 0, OPTION_NOTHING, 0, NULL, NULL },
        { "help", 'h', OPTION_HELP, 0, NULL, "this text" },
        { "version", 0, OPTION_VERSION, 0, NULL, "the version" },
};

static int print_help(void) {
        (void)printf("keelctl [OPTIONS] VERB [ARGUMENTS]\n\nVerbs:\n");
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
                if (!(verbs[i].flags & VERB_HIDDEN))
                        (void)printf("  %-22s %-15s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
        (void)printf("\nOptions:\n");
        for (size_t i = 0; i < ARRAY_LEN(option_rows); i++) {
                const struct option_row *o = &option_rows[i];
                char text[48];

                if (!o->help)
                        continue;
                (void)snprintf(text, sizeof(text), "%c%c %s%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
                               o->name ? "--" : "", o->name ? o->name : "", o->argument ? (o->name ? "=" : "") : "",
                               o->argument ? o->argument : "");
                (void)printf("  %-22s %s\n", text, o->help);
        }
        return STATUS_OK;
}

static int add_words(char ***list, const char *text) {
        owned_str copy = strdup(text);
        char *rest = NULL;

        for (char *word = copy ? strtok_r(copy, ",", &rest) : NULL; word; word = strtok_r(NULL, ",", &rest))
                if (strv_add(list, word) < 0)
                        return -ENOMEM;
        return copy ? 0 : -ENOMEM;
}

static int bad_value(const struct option_row *o, const char *text) {
        (void)fprintf(stderr, "keelctl: --%s: '%s' is not understood\n", o->name, text);
        return -EINVAL;
}

static int set_output(struct ctl *c, const struct option_row *o, const char *text) {
        /* The others are journalctl's forms of log lines, which systemctl takes, too. */
        static const char *const plain[] = { "short", "short-iso", "short-precise", "short-full", "cat", "with-unit" };

        if (text_equal(text, "json") || text_equal(text, "json-pretty"))
                c->output = OUTPUT_JSON;
        else if (table_value(plain, ARRAY_LEN(plain), text) < 0)
                return bad_value(o, text);
        return 0;
}

/* 0, 1: all is done, or -errno after a message. */
static int set_option(struct ctl *c, const struct option_row *o, const char *text) {
        void *field = (char *)c + o->field;
        uint64_t number;

        switch (o->kind) {
        case OPTION_FLAG:
                *(bool *)field = true;
                return 0;
        case OPTION_TEXT:
                *(const char **)field = text;
                return 0;
        case OPTION_VALUES:
                c->value_only = true;
                FALLTHROUGH;
        case OPTION_WORDS:
                return add_words(field, text);
        case OPTION_LINES:
                if (text_to_u64(text, 10, &number) < 0 || number > 10000)
                        return bad_value(o, text);
                c->lines = (unsigned)number;
                return 0;
        case OPTION_OUTPUT:
                return set_output(c, o, text);
        case OPTION_LEGEND:
                c->no_legend = text_equal(text, "no") || text_equal(text, "false") || text_equal(text, "0");
                return 0;
        case OPTION_NOTHING:
                return 0;
        case OPTION_HELP:
                (void)print_help();
                return 1;
        case OPTION_VERSION:
                (void)puts("keelctl " KEEL_VERSION);
                return 1;
        }
        return 0;
}

/* Makes getopt's tables from ours: a long option's value is 256 + its row. */
static int read_options(struct ctl *c, int argc, char **argv) {
        struct option longs[ARRAY_LEN(option_rows) + 1] = { 0 };
        char letters[ARRAY_LEN(option_rows) * 2 + 1] = "", *end = letters;
        size_t count = 0;
        int value, r;

        for (size_t i = 0; i < ARRAY_LEN(option_rows); i++) {
                const struct option_row *o = &option_rows[i];

                if (o->name)
                        longs[count++] = (struct option){ o->name, o->argument ? required_argument : no_argument, NULL,
                                                          256 + (int)i };
                if (o->letter)
                        *end++ = o->letter;
                if (o->letter && o->argument)
                        *end++ = ':';
        }
        while ((value = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
                size_t i = value >= 256 ? (size_t)value - 256 : 0;

                while (value < 256 && i < ARRAY_LEN(option_rows) && option_rows[i].letter != value)
                        i++;
                r = i < ARRAY_LEN(option_rows) && value != '?' ? set_option(c, &option_rows[i], optarg) : -EINVAL;
                if (r != 0)
                        return r;
        }
        return 0;
}

/* ---- main -------------------------------------------------------------------------------------------------------- */

static const struct verb *find_verb(const char *name) {
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
                if (text_equal(verbs[i].name, name))
                        return &verbs[i];
        return NULL;
}

static int run_verb(struct ctl *c, char **words) {
        const struct verb *verb = find_verb(*words ? *words : "list-units");
        char **arguments = *words ? words + 1 : words;
        size_t count = strv_length(arguments);

        if (!verb) {
                (void)fprintf(stderr, "keelctl: there is no verb '%s'; keelctl --help lists them\n", *words);
                return STATUS_USAGE;
        }
        if (count < verb->min || count > verb->max) {
                (void)fprintf(stderr, "keelctl: usage: keelctl %s %s\n", verb->name, verb->arguments);
                return STATUS_USAGE;
        }
        current_verb = verb->name;
        c->wants_last_words = verb->run == verb_status;
        int r = verb->flags & VERB_ALONE ? 0 : ctl_connect(c, CONNECT_LOUD);
        if (r < 0)
                return r == -EHOSTDOWN ? STATUS_UNKNOWN : STATUS_FAILED;
        return verb->run(c, arguments, count);
}

static void look_at_terminal(struct ctl *c) {
        const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
        struct winsize size;

        if (!isatty(STDOUT_FILENO))
                return;
        c->has_colours = text_is_empty(no_color) && term && !text_equal(term, "dumb");
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
                c->width = size.ws_col;
}

int main(int argc, char **argv) {
        struct ctl c = { .lines = UINT32_MAX };
        int r, status;

        (void)setlocale(LC_TIME, "C");
        look_at_terminal(&c);
        r = read_options(&c, argc, argv);
        status = r < 0 ? STATUS_USAGE : r > 0 ? STATUS_OK : run_verb(&c, argv + optind);
        ctl_disconnect(&c);
        strv_free(c.states);
        strv_free(c.types);
        strv_free(c.properties);
        if (fflush(stdout) != 0 && status == STATUS_OK)
                status = STATUS_FAILED;
        return status;
}
