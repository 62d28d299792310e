/* SPDX-License-Identifier: MIT */
/* options: one row per option, from which --help is printed too. The only part of keel that may exit on a mistake, since
 * nothing has begun yet. Called by main, once.
 */
#include "options.h"

#include "saved.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef KEEL_VERSION
#define KEEL_VERSION "0.1"
#endif

static void fail(const struct options *o, const char *what, const char *which) {
        if (o->forgiving)
                return;
        say(what, which, " (see keel --help)");
        exit(OPTIONS_FAILED);
}

static bool set_group(struct options *o, const char *value) {
        (void)value;
        return o->group = true;
}

static bool set_net(struct options *o, const char *value) {
        (void)value;
        return o->net = true;
}

static bool set_no_namespaces(struct options *o, const char *value) {
        (void)value;
        return o->no_namespaces = true;
}

static bool set_root(struct options *o, const char *value) {
        o->root = value;
        return o->run = value[0] != 0;
}

static bool set_name(struct options *o, const char *value) {
        o->name = value;
        return value[0] && value[0] != '.' && !strchr(value, '/') && strlen(value) < 64;
}

static bool set_parent_death(struct options *o, const char *value) {
        o->parent_death = signals_parse(value);
        return o->parent_death > 0;
}

/* FROM:TO, each read by `parse`, which returns -1 for what is none: an entry of `map`. */
static bool set_pair(uint8_t *map, const char *value, int (*parse)(const char *text)) {
        char from_text[16] = "";
        const char *colon = strchr(value, ':');
        int from, to;

        if (!colon || (size_t)(colon - value) >= sizeof(from_text))
                return false;
        memcpy(from_text, value, (size_t)(colon - value));
        from = parse(from_text);
        to = parse(colon + 1);
        if (from < 0 || to < 0)
                return false;
        map[from] = (uint8_t)to;
        return true;
}

static bool set_rewrite(struct options *o, const char *value) {
        return set_pair(o->rewrite, value, signals_parse);
}

static int parse_code(const char *text) {
        return signals_parse_number(text, 255);
}

static bool set_remap(struct options *o, const char *value) {
        return set_pair(o->remap, value, parse_code);
}

static const struct option {
        char letter[3];
        char name[18];
        char argument[10];
        char help[90];
        bool (*set)(struct options *o, const char *value);
} table[] = {
        { "-g", "--group", "", "forward signals to the command's whole process group", set_group },
        { "-r", "--rewrite", "FROM:TO", "forward signal TO instead of FROM; TO 0 drops it; may repeat", set_rewrite },
        { "-e", "--remap", "FROM:TO", "exit with TO when the command's code is FROM; may repeat", set_remap },
        { "-p", "--parent-death", "SIGNAL", "get SIGNAL (and forward it) when keel's parent dies", set_parent_death },
        { "", "--net", "", "run: a network namespace too, with a loopback device only", set_net },
        { "", "--no-namespaces", "", "run: no namespaces; be a subreaper among the host's processes",
          set_no_namespaces },
        { "", "--root", "DIR", "run: with DIR as the root, and boot its default.target", set_root },
        { "", "--name", "NAME", "run: the instance's name, for keelctl --instance (default: the pid)", set_name },
};
#define OPTIONS (sizeof(table) / sizeof(table[0]))

static void print(const char *text) {
        (void)!write(STDOUT_FILENO, text, strlen(text));
}

static _Noreturn void help(void) {
        print("keel -- COMMAND [ARGUMENT...]        run one command: reap, forward signals, exit as it does\n"
              "keel run [OPTION...] -- COMMAND...   the same in namespaces of its own\n"
              "keel run [OPTION...] --units DIR     supervise the units in DIR in namespaces of their own\n"
              "keel --root DIR                      boot the system in DIR in namespaces of its own\n"
              "keel                                 as PID 1: mount what is missing, boot default.target\n\n");
        for (size_t i = 0; i < OPTIONS; i++) {
                const struct option *p = &table[i];
                size_t width = strlen(p->name) + strlen(p->argument);

                print(p->letter[0] ? p->letter : "  ");
                print(p->letter[0] ? ", " : "  ");
                print(p->name);
                print(" ");
                print(p->argument);
                print(&"                         "[width < 24 ? width : 24]);
                print(p->help);
                print("\n");
        }
        print("    --help --version\n\n"
              "Signals are numbers or names (15, TERM, SIGTERM, RTMIN+3). Other options of `keel run` go to "
              "keel-supervisor:\nsee keel-supervisor --help (--heartbeat SECONDS, --main UNIT, --strict, ...).\n"
              "Exit code: the command's; 128+N when signal N killed it; 127 not found, 126 not executable; 125 keel "
              "failed.\n");
        exit(0);
}

/* Does the word name this option? Its value, or an empty string when it is the next word. */
static const char *match(const struct option *p, const char *word) {
        size_t length = strlen(p->name);

        if (p->letter[0] && strcmp(word, p->letter) == 0)
                return "";
        if (strncmp(word, p->name, length) != 0)
                return NULL;
        return word[length] == 0 ? "" : word[length] == '=' && p->argument[0] ? word + length + 1 : NULL;
}

/* --can-take VERSION is what one keel asks the next before it becomes that. */
static void answer(char **argv) {
        if (strcmp(argv[0], "--help") == 0)
                help();
        if (strcmp(argv[0], "--version") == 0) {
                print("keel " KEEL_VERSION "\n");
                exit(0);
        }
        if (strcmp(argv[0], "--can-take") == 0)
                exit(argv[1] && saved_can_take(argv[1]) ? 0 : 1);
}

/* How many words were used; 0: it is none of ours. */
static int parse_one(struct options *o, char **argv) {
        const char *value;

        if (!o->forgiving)
                answer(argv);
        for (size_t i = 0; i < OPTIONS; i++) {
                int used = 1;

                value = match(&table[i], argv[0]);
                if (!value)
                        continue;
                if (table[i].argument[0] && !*value) {
                        value = argv[1];
                        used = 2;
                        if (!value) {
                                fail(o, "a value is missing: ", argv[0]);
                                return 1;
                        }
                }
                if (!table[i].set(o, value))
                        fail(o, "no valid value: ", argv[used - 1]);
                return used;
        }
        return 0;
}

void options_parse(struct options *o, int argc, char **argv) {
        int i = 1, used;

        for (int n = 0; n <= SIGNALS_MAX; n++)
                o->rewrite[n] = (uint8_t)n;
        for (int n = 0; n < 256; n++)
                o->remap[n] = (uint8_t)n;
        if (argc > 1 && strcmp(argv[1], "run") == 0) {
                o->run = true;
                i = 2;
        }
        while (i < argc && !o->command) {
                if (strcmp(argv[i], "--") == 0) {
                        o->command = argv + i + 1;
                } else if ((used = parse_one(o, argv + i)) > 0) {
                        i += used;
                } else {
                        o->rest[o->rest_count++] = argv[i++];
                }
        }
        if (o->command && !o->command[0])
                fail(o, "no command after ", "--");
        if (o->command && o->rest_count)
                fail(o, "unknown option: ", o->rest[0]);
        if (!o->command && !o->run && getpid() != 1)
                fail(o,
                     o->rest_count ? "not understood outside of PID 1 (keel -- COMMAND runs a command): "
                                   : "what to run?",
                     o->rest_count ? o->rest[0] : "");
}
