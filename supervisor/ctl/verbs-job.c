/* SPDX-License-Identifier: MIT */
/* verbs-job: start, stop and their siblings: a job per unit, waited for. kill, reset-failed, cancel. */
#include "ctl.h"

#include "unit/unit.h"

static const struct job_verb {
        const char *verb, *method;
} job_verbs[] = {
        { "start", "StartUnit" },
        { "stop", "StopUnit" },
        { "restart", "RestartUnit" },
        { "try-restart", "TryRestartUnit" },
        { "reload", "ReloadUnit" },
        { "reload-or-restart", "ReloadOrRestartUnit" },
        { "reload-or-try-restart", "ReloadOrTryRestartUnit" },
        { "try-reload-or-restart", "ReloadOrTryRestartUnit" },
        { "isolate", "StartUnit" },
};

static const char *method_of(const char *verb) {
        for (size_t i = 0; i < ARRAY_LEN(job_verbs); i++)
                if (text_equal(job_verbs[i].verb, verb))
                        return job_verbs[i].method;
        return NULL;
}

/* 0 or an exit status after a message. */
static int request_job(struct ctl *c, struct wait_list *w, const char *name, const char *mode) {
        OWNED(message) sd_bus_message *reply = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        const char *path;
        uint64_t begin_us = clock_monotonic_us();
        int r;

        for (unsigned attempt = 0;; attempt++) {
                r = ctl_call(c, &(struct call){ BUS_MANAGER, method_of(current_verb), "ss", .is_command = true },
                             &error, &reply, name, mode);
                if (!is_disconnect(r) || attempt >= 5)
                        break;
                /* The supervisor was replaced: did it still hear us? If not, it is asked again. */
                sd_bus_error_free(&error);
                r = wait_list_find(c, w, name, current_verb, begin_us);
                if (r != -ENOENT)
                        return r < 0 ? ctl_complain(&error, r, "Failed to %s %s", current_verb, name) : 0;
        }
        if (r < 0)
                return ctl_complain(&error, r, "Failed to %s %s", current_verb, name);
        r = sd_bus_message_read(reply, "o", &path);
        if (r >= 0 && w)
                r = wait_list_add(w, path, name, current_verb);
        return r < 0 ? ctl_complain(&error, r, "Failed to %s %s", current_verb, name) : 0;
}

static int run_jobs(struct ctl *c, char **names, const char *mode) {
        struct wait_list *w = c->no_block ? NULL : wait_list_new(c);
        int status = STATUS_OK, waited;

        if (!w && !c->no_block)
                return ctl_out_of_memory();
        STRV_EACH(name, names) {
                int failed = request_job(c, w, name, mode);

                if (failed)
                        status = failed;
        }
        waited = w ? wait_list_wait(w) : STATUS_OK;
        wait_list_free(w);
        return status != STATUS_OK ? status : waited;
}

int verb_job(struct ctl *c, char **arguments, size_t count) {
        owned_strv names = NULL;

        if (ctl_unit_names(c, arguments, count, &names) < 0)
                return STATUS_FAILED;
        return run_jobs(c, names, c->job_mode ? c->job_mode : "replace");
}

int verb_isolate(struct ctl *c, char **arguments, UNUSED size_t count) {
        owned_strv names = NULL;
        owned_str name = NULL;

        /* A bare name is a target here. */
        name = unit_name_type(arguments[0]) == UNIT_TYPE_INVALID ? text_printf("%s.target", arguments[0])
                                                                 : strdup(arguments[0]);
        if (!name || strv_add(&names, name) < 0)
                return ctl_out_of_memory();
        return run_jobs(c, names, "isolate");
}

int verb_kill(struct ctl *c, char **arguments, size_t count) {
        owned_strv names = NULL;
        int signal = signal_from_name(c->signal ? c->signal : "TERM");
        int status = STATUS_OK;

        if (signal <= 0) {
                (void)fprintf(stderr, "keelctl: '%s' is no signal\n", c->signal);
                return STATUS_USAGE;
        }
        if (ctl_unit_names(c, arguments, count, &names) < 0)
                return STATUS_FAILED;
        STRV_EACH(name, names) {
                sd_bus_error error = SD_BUS_ERROR_NULL;
                int r = ctl_call(c, COMMAND(BUS_MANAGER, "KillUnit", "ssi"), &error, NULL, name,
                                 c->kill_whom ? c->kill_whom : "all", signal);

                if (r < 0)
                        status = ctl_complain(&error, r, "Failed to kill %s", name);
        }
        return status;
}

int verb_reset_failed(struct ctl *c, char **arguments, size_t count) {
        owned_strv names = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r, status = STATUS_OK;

        if (count == 0) {
                r = ctl_call(c, COMMAND(BUS_MANAGER, "ResetFailed", NULL), &error, NULL);
                return r < 0 ? ctl_complain(&error, r, "Failed to reset the units") : STATUS_OK;
        }
        if (ctl_unit_names(c, arguments, count, &names) < 0)
                return STATUS_FAILED;
        STRV_EACH(name, names) {
                r = ctl_call(c, COMMAND(BUS_MANAGER, "ResetFailedUnit", "s"), &error, NULL, name);
                if (r < 0)
                        status = ctl_complain(&error, r, "Failed to reset %s", name);
        }
        return status;
}

int verb_cancel(struct ctl *c, char **arguments, size_t count) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int status = STATUS_OK;
        int r = count > 0 ? 0 : ctl_call(c, COMMAND(BUS_MANAGER, "ClearJobs", NULL), &error, NULL);

        if (r < 0)
                return ctl_complain(&error, r, "Failed to cancel the jobs");
        for (size_t i = 0; i < count; i++) {
                uint64_t id = 0;

                r = text_to_u64(arguments[i], 10, &id);
                if (r >= 0)
                        r = ctl_call(c, COMMAND(BUS_MANAGER, "CancelJob", "u"), &error, NULL, (uint32_t)id);
                if (r < 0)
                        status = ctl_complain(&error, r, "Failed to cancel job %s", arguments[i]);
        }
        return status;
}
