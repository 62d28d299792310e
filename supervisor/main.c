/* SPDX-License-Identifier: MIT */
/* keel-supervisor: units, jobs, service states, restarts. Started by PID 1 (init/), whose line it finds in KEEL_WIRE_FD. */
#include "init/wire.h"
#include "base/footprint.h"
#include "base/log.h"
#include "base/sys.h"
#include "manager/manager.h"
#include "plan/kernel-command-line.h"
#include "process/spawn.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>

#if __has_include("api/api.h")
#include "api/api.h"
#define HAS_API 1
#else
#define HAS_API 0
#endif

#define HEARTBEAT_US    (30 * US_PER_SEC)
#define HEARTBEAT_MAX_S 3600u

static bool has_log_level;

static int set_log_level(const char *name) {
        static const char *const names[] = { "debug", "info", "notice", "warning", "error" };
        int level = table_value(names, ARRAY_LEN(names), name);
        if (level < 0)
                return -EINVAL;
        log_set_level((enum log_level)level);
        has_log_level = true;
        return 0;
}

/* 0: PID 1 waits for ever. */
static int set_heartbeat(const char *text, uint64_t *heartbeat_us) {
        uint64_t seconds;
        int r = text_to_u64(text, 10, &seconds);
        if (r < 0 || seconds > HEARTBEAT_MAX_S)
                return -EINVAL;
        *heartbeat_us = seconds * US_PER_SEC;
        return 0;
}

enum {
        OPTION_UNITS = 256,
        OPTION_TARGET,
        OPTION_MAIN,
        OPTION_LEVEL,
        OPTION_DISTRUST,
        OPTION_RESCUE,
        OPTION_STRICT,
        OPTION_LOGGER,
        OPTION_SYSTEM,
        OPTION_HEARTBEAT,
        OPTION_HELP
};

static const struct option options[] = {
        { "units", required_argument, NULL, OPTION_UNITS },
        { "unit-target", required_argument, NULL, OPTION_TARGET },
        { "main", required_argument, NULL, OPTION_MAIN },
        { "log-level", required_argument, NULL, OPTION_LEVEL },
        { "log-option", required_argument, NULL, OPTION_LOGGER },
        { "heartbeat", required_argument, NULL, OPTION_HEARTBEAT },
        { "system", no_argument, NULL, OPTION_SYSTEM },
        { "strict", no_argument, NULL, OPTION_STRICT },
        { "distrust", no_argument, NULL, OPTION_DISTRUST },
        { "rescue", no_argument, NULL, OPTION_RESCUE },
        { "help", no_argument, NULL, OPTION_HELP },
        { NULL, 0, NULL, 0 },
};

static void print_help(void) {
        (void)puts(
                "keel-supervisor [--units DIR]… [--unit-target UNIT] [--main UNIT] [--system] [--strict]\n"
                "                [--log-level debug|info|notice|warning|error] [--log-option OPTION-OF-KEEL-LOGGER]…\n"
                "                [--heartbeat SECONDS]   hanging for so long (30), PID 1 replaces it; 0: never\n"
                "Booted with `quiet` (or systemd.show_status=no) on the kernel's command line, a machine's log level "
                "is notice.\n"
                "Started by keel; not by hand.");
}

/* 0, 1: done (help), -EINVAL. */
static int parse_options(int argc, char **argv, struct manager_options *o, uint64_t *heartbeat_us) {
        int c;
        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                int r = 0;
                switch (c) {
                case OPTION_UNITS:
                        r = strv_add(&o->unit_directories, optarg);
                        break;
                case OPTION_TARGET:
                        o->unit_target = optarg;
                        break;
                case OPTION_MAIN:
                        o->main_unit = optarg;
                        break;
                case OPTION_LEVEL:
                        r = set_log_level(optarg);
                        break;
                case OPTION_LOGGER:
                        r = strv_add(&o->logger_arguments, optarg);
                        break;
                case OPTION_SYSTEM:
                        o->is_system = true;
                        break;
                case OPTION_HEARTBEAT:
                        r = set_heartbeat(optarg, heartbeat_us);
                        if (r < 0)
                                log_error("--heartbeat %s: seconds, 0 to %u", optarg, HEARTBEAT_MAX_S);
                        break;
                case OPTION_STRICT:
                        o->strict = true;
                        break;
                case OPTION_DISTRUST:
                        o->is_distrusting = true;
                        break;
                case OPTION_RESCUE:
                        o->is_rescue = true;
                        break;
                case OPTION_HELP:
                        print_help();
                        return 1;
                default:
                        return -EINVAL;
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The owner of a machine asks for a silent console with a word for the kernel. What goes wrong is told all the same. */
static void heed_kernel(void) {
        owned_str text = NULL;

        if (sys_read_file(AT_FDCWD, "/proc/cmdline", 64u << 10, &text, NULL) >= 0 && kernel_command_line_is_quiet(text))
                log_set_level(LOG_LEVEL_NOTICE);
}

static int run(struct manager_options *o, uint64_t heartbeat_us) {
        struct keeper keeper;
        int r = keeper_open(&keeper, heartbeat_us);
        if (r < 0) {
                log_error("no line to PID 1 (%s): keel starts this program, see keel run --help", strerror(-r));
                return 1;
        }
        if (keeper.flags & WIRE_FLAG_SYSTEM)
                o->is_system = true;
        if (keeper.flags & WIRE_FLAG_MACHINE && !has_log_level)
                heed_kernel();
        struct manager *m;
        r = manager_new(o, &keeper, &m);
        if (r < 0) {
                log_error("cannot start: %s", strerror(-r));
                keeper_close(&keeper);
                return 1;
        }
#if HAS_API
        struct api *api = NULL;
        r = api_open(m, &api);
        if (r < 0)
                log_error("no control socket: %s", strerror(-r));
#endif
        int status = manager_run(m);
#if HAS_API
        api_close(api);
#endif
        if (!FREES_ALL)
                _exit(status);
        manager_free(m);
        keeper_close(&keeper);
        return status;
}

int main(int argc, char **argv) {
        struct manager_options o = { 0 };
        uint64_t heartbeat_us = HEARTBEAT_US;
        int r = parse_options(argc, argv, &o, &heartbeat_us), status = r == 1 ? 0 : 2;
        if (r == 0) {
                (void)signal(SIGPIPE, SIG_IGN);
                spawn_note_signals();
                sys_hold_low_fds();
                status = run(&o, heartbeat_us);
        }
        strv_free(o.unit_directories);
        strv_free(o.logger_arguments);
        return status;
}
