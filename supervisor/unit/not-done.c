/* SPDX-License-Identifier: MIT */
/* not-done: what keel reads, checks and shows, but does not do, or does by another means. Said when the file is read: that
 * depends on nothing but its words. What depends on the kernel is found out at the start, in plan/. */
#include "unit-private.h"

#include <errno.h>

static bool has_mount_paths(const struct unit *u) {
        return u->unit->requires_mounts_for != NULL;
}
static bool joins_namespaces(const struct unit *u) {
        return u->unit->dependencies[DEPENDENCY_JOINS_NAMESPACE_OF] != NULL;
}
static bool is_collected(const struct unit *u) {
        return u->unit->collect_mode != COLLECT_INACTIVE;
}
static bool has_bus_name(const struct unit *u) {
        return u->service && u->service->bus_name;
}
static bool is_dbus(const struct unit *u) {
        return u->service && u->service->type == SERVICE_TYPE_DBUS;
}
static bool has_sockets(const struct unit *u) {
        return u->unit->dependencies[DEPENDENCY_SOCKETS] != NULL;
}
static bool has_socket_input(const struct unit *u) {
        return u->exec && (u->exec->input == INPUT_SOCKET || u->exec->input == INPUT_FD);
}
static bool has_socket_output(const struct unit *u) {
        return u->exec && (u->exec->output == OUTPUT_SOCKET || u->exec->output == OUTPUT_FD);
}
static bool has_socket_error(const struct unit *u) {
        return u->exec && (u->exec->error == OUTPUT_SOCKET || u->exec->error == OUTPUT_FD);
}
static bool has_kernel_output(const struct unit *u) {
        return u->exec && u->exec->output == OUTPUT_KMSG;
}
static bool has_kernel_error(const struct unit *u) {
        return u->exec && u->exec->error == OUTPUT_KMSG;
}
static bool frees_terminal(const struct unit *u) {
        return u->exec && u->exec->tty_vt_disallocate;
}
static bool limits_log(const struct unit *u) {
        return u->exec && (u->exec->log_rate_limit_interval_us > 0 || u->exec->log_rate_limit_burst > 0);
}
static bool limits_log_level(const struct unit *u) {
        return u->exec && u->exec->log_level_max != UNSET;
}
static bool counts_ip(const struct unit *u) {
        return u->cgroup && u->cgroup->ip_accounting == TRISTATE_YES;
}
static bool filters_ip(const struct unit *u) {
        return u->cgroup && (u->cgroup->ip_address_allow || u->cgroup->ip_address_deny);
}
static bool has_startup_weight(const struct unit *u) {
        return u->cgroup && u->cgroup->startup_cpu_weight > 0;
}
static bool has_oomd_swap(const struct unit *u) {
        return u->cgroup && text_equal_or_null(u->cgroup->managed_oom_swap, "kill");
}
static bool has_oomd_pressure(const struct unit *u) {
        return u->cgroup && text_equal_or_null(u->cgroup->managed_oom_memory_pressure, "kill");
}
static bool always(const struct unit *u) {
        (void)u;
        return true;
}

#define NO_SOCKETS "socket units are not implemented yet: no socket is passed to it"
#define NO_IP      "keel does not filter by IP address"

/* Keys of [Unit] and of [Service]; a slice's are among these. */
static const struct {
        const char *key;
        bool (*is_asked_for)(const struct unit *u);
        enum outcome outcome;
        const char *why;
} rows[] = {
        { "RequiresMountsFor", has_mount_paths, OUTCOME_EMULATED,
          "it is ordered after local-fs.target, when all of /etc/fstab is mounted" },
        { "JoinsNamespaceOf", joins_namespaces, OUTCOME_UNSUPPORTED, "each unit has namespaces of its own" },
        { "CollectMode", is_collected, OUTCOME_UNSUPPORTED, "keel forgets no unit before it ends" },
        { "BusName", has_bus_name, OUTCOME_UNSUPPORTED, "keel does not watch the D-Bus" },
        { "Type", is_dbus, OUTCOME_EMULATED, "keel does not watch the D-Bus: it counts as up as soon as it runs" },
        { "Sockets", has_sockets, OUTCOME_UNSUPPORTED, NO_SOCKETS },
        { "NonBlocking", has_sockets, OUTCOME_UNSUPPORTED, NO_SOCKETS },
        { "StandardInput", has_socket_input, OUTCOME_UNSUPPORTED, NO_SOCKETS },
        { "StandardOutput", has_socket_output, OUTCOME_UNSUPPORTED, NO_SOCKETS },
        { "StandardError", has_socket_error, OUTCOME_UNSUPPORTED, NO_SOCKETS },
        { "StandardOutput", has_kernel_output, OUTCOME_EMULATED, "it goes to keel's log, not to the kernel's" },
        { "StandardError", has_kernel_error, OUTCOME_EMULATED, "it goes to keel's log, not to the kernel's" },
        { "TTYVTDisallocate", frees_terminal, OUTCOME_UNSUPPORTED, "keel does not free virtual terminals" },
        { "UtmpIdentifier", always, OUTCOME_UNSUPPORTED, "keel writes no utmp records" },
        { "SyslogFacility", always, OUTCOME_UNSUPPORTED, "keel's log has no facilities" },
        { "LogLevelMax", limits_log_level, OUTCOME_UNSUPPORTED, "keel's log keeps lines of every level" },
        { "LogRateLimitIntervalSec", limits_log, OUTCOME_UNSUPPORTED, "keel's log has no limits by unit" },
        { "LogRateLimitBurst", limits_log, OUTCOME_UNSUPPORTED, "keel's log has no limits by unit" },
        { "IPAccounting", counts_ip, OUTCOME_UNSUPPORTED, "keel does not count network traffic" },
        { "IPAddressAllow", filters_ip, OUTCOME_UNSUPPORTED, NO_IP },
        { "IPAddressDeny", filters_ip, OUTCOME_UNSUPPORTED, NO_IP },
        { "StartupCPUWeight", has_startup_weight, OUTCOME_UNSUPPORTED,
          "keel has no weights of its own for the start-up" },
        { "StartupCPUShares", has_startup_weight, OUTCOME_UNSUPPORTED,
          "keel has no weights of its own for the start-up" },
        { "ManagedOOMSwap", has_oomd_swap, OUTCOME_UNSUPPORTED, "there is no systemd-oomd" },
        { "ManagedOOMMemoryPressure", has_oomd_pressure, OUTCOME_UNSUPPORTED, "there is no systemd-oomd" },
};

static int set_outcome(struct diag *diag, struct unit *u, size_t index, enum outcome outcome, const char *why) {
        struct assignment a = unit_assignment(u, index);
        struct diag_place at = { a.file, a.origin.line, a.key };

        if (a.outcome >= outcome || !*a.value) /* an empty value takes back: nothing is asked for */
                return 0;
        if (unit_worsen(u, index, outcome, why) < 0)
                return -ENOMEM;
        if (diag && outcome == OUTCOME_UNSUPPORTED)
                diag_say(diag, DIAG_NOTE, &at, "%s", why);
        return 0;
}

/* A type that keel has nothing for: said once for the file. */
static int note_type(const struct unit_context *context, struct unit *u) {
        struct diag_place at = { u->fragment_path, 0, NULL };
        owned_str why = text_printf("units of type %s are not implemented yet", unit_type_suffix(u->type));

        if (!why)
                return -ENOMEM;
        for (size_t i = 0; i < u->assignment_count; i++)
                if (unit_worsen(u, i, OUTCOME_UNSUPPORTED, why) < 0)
                        return -ENOMEM;
        if (context->diag)
                diag_say(context->diag, DIAG_NOTE, &at, "%s", why);
        return 0;
}

/* Most directives are in no row, and need not be looked for in each. Made at the first use. */
static bool is_in_a_row(const struct directive *d) {
        static bool known[DIRECTIVES_MAX], is_filled;

        for (size_t i = 0; !is_filled && i < ARRAY_LEN(rows); i++) {
                const struct directive *of_row = directive_find("Unit", rows[i].key);

                if (of_row || (of_row = directive_find("Service", rows[i].key)))
                        known[of_row - directives] = true;
        }
        is_filled = true;
        return known[d - directives];
}

int unit_note_not_done(const struct unit_context *context, struct unit *u) {
        if (u->type != UNIT_SERVICE && u->type != UNIT_TARGET && u->type != UNIT_SLICE)
                return note_type(context, u);
        for (size_t k = 0; k < u->assignment_count; k++) {
                const struct directive *d = unit_directive_at(u, k);
                bool is_known = d && is_in_a_row(d);

                for (size_t i = 0; is_known && i < ARRAY_LEN(rows); i++)
                        if (text_equal(rows[i].key, d->key) && rows[i].is_asked_for(u) &&
                            set_outcome(context->diag, u, k, rows[i].outcome, rows[i].why) < 0)
                                return -ENOMEM;
        }
        return 0;
}
