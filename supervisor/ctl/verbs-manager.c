/* SPDX-License-Identifier: MIT */
/* verbs-manager: what concerns keel as a whole: reload, replace, environment, the end. */
#include "ctl.h"

int verb_daemon_reload(struct ctl *c, UNUSED char **arguments, UNUSED size_t count) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = ctl_call(c, COMMAND(BUS_MANAGER, "Reload", NULL), &error, NULL);

        return r < 0 ? ctl_complain(&error, r, "Failed to reload the units") : STATUS_OK;
}

/* The answer is the end of the connection; then the successor must answer. */
int verb_daemon_reexec(struct ctl *c, UNUSED char **arguments, UNUSED size_t count) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = ctl_call(c, COMMAND(BUS_MANAGER, "Reexecute", NULL), &error, NULL);

        if (r < 0 && !is_disconnect(r) && !sd_bus_error_has_name(&error, SD_BUS_ERROR_NO_REPLY))
                return ctl_complain(&error, r, "Failed to replace the supervisor");
        sd_bus_error_free(&error);
        return ctl_connect(c, CONNECT_LOUD) < 0 ? STATUS_FAILED : STATUS_OK;
}

/* The supervisor, its connections and all services go on; so there is an answer. */
int verb_reexec(struct ctl *c, char **arguments, size_t count) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        if (!c->pid1)
                return verb_daemon_reexec(c, arguments, count);
        r = ctl_call(c, COMMAND(BUS_KEEL_MANAGER, "ReexecuteInit", NULL), &error, NULL);
        return r < 0 ? ctl_complain(&error, r, "Failed to replace PID 1") : STATUS_OK;
}

/* poweroff, reboot, halt, kexec, exit [CODE] */
int verb_end(struct ctl *c, char **arguments, size_t count) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        uint64_t code = 0;
        int r;

        if (count > 0 && (text_to_u64(arguments[0], 10, &code) < 0 || code > 255)) {
                (void)fprintf(stderr, "keelctl: '%s' is no exit status (0...255)\n", arguments[0]);
                return STATUS_USAGE;
        }
        r = ctl_call(c, COMMAND(BUS_KEEL_MANAGER, "End", "sib"), &error, NULL, current_verb, (int)code, (int)c->force);
        if (r < 0 && is_disconnect(r)) { /* it is gone already */
                sd_bus_error_free(&error);
                return STATUS_OK;
        }
        return r < 0 ? ctl_complain(&error, r, "Failed to %s", current_verb) : STATUS_OK;
}

/* ---- environment ------------------------------------------------------------------------------------------------- */

static int send_environment(struct ctl *c, const char *member, char **arguments) {
        OWNED(message) sd_bus_message *m = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = sd_bus_message_new_method_call(c->bus, &m, NULL, BUS_PATH, BUS_MANAGER, member);

        if (r >= 0)
                r = sd_bus_message_append_strv(m, arguments);
        if (r >= 0)
                r = sd_bus_call(c->bus, m, 0, &error, NULL);
        return r < 0 ? ctl_complain(&error, r, "Failed to change the environment") : STATUS_OK;
}

int verb_set_environment(struct ctl *c, char **arguments, UNUSED size_t count) {
        return send_environment(c, "SetEnvironment", arguments);
}

int verb_unset_environment(struct ctl *c, char **arguments, UNUSED size_t count) {
        return send_environment(c, "UnsetEnvironment", arguments);
}

int verb_show_environment(struct ctl *c, UNUSED char **arguments, UNUSED size_t count) {
        OWNED(json) json_t *values = NULL;
        OWNED(json) json_t *types = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        const json_t *list;
        int r = ctl_properties(c, BUS_PATH, BUS_MANAGER, &error, &values, &types);

        if (r < 0)
                return ctl_complain(&error, r, "Failed to read the environment");
        list = json_object_get(values, "Environment");
        if (c->output == OUTPUT_JSON)
                return print_json(list);
        for (size_t i = 0; i < json_array_size(list); i++)
                (void)puts(text_at(list, i));
        return STATUS_OK;
}
