/* SPDX-License-Identifier: MIT */
/* jobs: waits until jobs have ended, as systemctl does: JobRemoved is listened for before the job is asked for, so its end
 * cannot be missed. When the supervisor is replaced meanwhile, its successor's list says what still runs, and the unit's
 * state says how the rest has ended.
 */
#include "ctl.h"

struct waited {
        char *path, *unit, *result; /* result NULL: not yet */
        const char *verb;
        struct waited *next;
};

struct wait_list {
        struct ctl *ctl;
        struct waited *first, **last;
        unsigned left;
};

static int on_job_removed(sd_bus_message *m, void *user, UNUSED sd_bus_error *error) {
        struct wait_list *w = user;
        const char *path, *unit, *result;
        uint32_t id;

        if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0)
                return 0;
        for (struct waited *job = w->first; job; job = job->next)
                if (!job->result && text_equal(job->path, path)) {
                        job->result = strdup(result);
                        w->left--;
                }
        return 0;
}

static int listen_for_ends(struct wait_list *w) {
        return sd_bus_match_signal(w->ctl->bus, NULL, NULL, BUS_PATH, BUS_MANAGER, "JobRemoved", on_job_removed, w);
}

struct wait_list *wait_list_new(struct ctl *c) {
        struct wait_list *w = calloc(1, sizeof(*w));

        if (!w)
                return NULL;
        w->ctl = c;
        w->last = &w->first;
        if (listen_for_ends(w) < 0) {
                free(w);
                return NULL;
        }
        return w;
}

void wait_list_free(struct wait_list *w) {
        struct waited *job = w ? w->first : NULL;

        while (job) {
                struct waited *next = job->next;

                free(job->path);
                free(job->unit);
                free(job->result);
                free(job);
                job = next;
        }
        free(w);
}

int wait_list_add(struct wait_list *w, const char *job_path, const char *unit, const char *verb) {
        struct waited *job = calloc(1, sizeof(*job));

        if (!job)
                return -ENOMEM;
        *job = (struct waited){ .path = strdup(job_path), .unit = strdup(unit), .verb = verb };
        *w->last = job;
        w->last = &job->next;
        w->left++;
        return job->path && job->unit ? 0 : -ENOMEM;
}

/* ---- after the supervisor was replaced ---------------------------------------------------------------------------- */

/* How a job that is no longer listed has ended: the successor knows what its predecessor noted. NULL: it does not. */
static char *ask_result(struct wait_list *w, const struct waited *job) {
        OWNED(message) sd_bus_message *reply = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        const char *number = text_after(job->path, BUS_JOB_PATH "/"), *result = "";
        uint64_t id;
        int r = number && text_to_u64(number, 10, &id) >= 0 && id <= UINT32_MAX
                        ? ctl_call(w->ctl, ASK(BUS_KEEL_MANAGER, "GetJobResult", "u"), &error, &reply, (uint32_t)id)
                        : -ENOENT;

        sd_bus_error_free(&error);
        if (r >= 0)
                r = sd_bus_message_read(reply, "s", &result);
        return r < 0 || !*result ? NULL : strdup(result);
}

/* The same without such a note, by what its unit is now. */
static const char *guess_result(struct wait_list *w, const struct waited *job) {
        static const struct {
                const char *state, *after_stop, *after_start;
        } guesses[] = {
                { "active", "failed", "done" },
                { "reloading", "failed", "done" },
                { "failed", "done", "failed" },
        };
        OWNED(json) json_t *values = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        bool is_stop = text_equal(job->verb, "stop"), has_run;

        if (ctl_unit_properties(w->ctl, job->unit, &error, &values, NULL) < 0) {
                sd_bus_error_free(&error);
                return "lost";
        }
        for (size_t i = 0; i < ARRAY_LEN(guesses); i++)
                if (text_equal(guesses[i].state, get_text(values, "ActiveState")))
                        return is_stop ? guesses[i].after_stop : guesses[i].after_start;
        /* Inactive: a oneshot that is through, or one of which the successor knows nothing. */
        has_run = get_number(values, "InactiveExitTimestamp") > 0;
        return is_stop || has_run ? "done" : "lost";
}

static int settle_lost_jobs(struct wait_list *w) {
        OWNED(message) sd_bus_message *reply = NULL;
        OWNED(json) json_t *jobs = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = ctl_call(w->ctl, ASK(BUS_MANAGER, "ListJobs", NULL), &error, &reply);

        sd_bus_error_free(&error);
        if (r >= 0)
                r = read_list(reply, &jobs);
        for (struct waited *job = w->first; r >= 0 && job; job = job->next) {
                bool is_listed = false;
                const json_t *row;
                size_t i;

                if (job->result)
                        continue;
                json_array_foreach(jobs, i, row) is_listed |= text_equal(text_at(row, 4), job->path);
                if (is_listed)
                        continue;
                job->result = ask_result(w, job);
                if (!job->result)
                        job->result = strdup(guess_result(w, job));
                w->left--;
        }
        return r;
}

/* Questions reconnect by themselves; then the signals of the connection before are lost and it all begins again. */
static int recover(struct wait_list *w) {
        unsigned connection;
        int r = ctl_connect(w->ctl, CONNECT_LOUD);

        do {
                connection = w->ctl->connections;
                if (r >= 0)
                        r = listen_for_ends(w);
                if (r >= 0)
                        r = settle_lost_jobs(w);
        } while (r >= 0 && connection != w->ctl->connections);
        return r;
}

int wait_list_find(struct ctl *c, struct wait_list *w, const char *unit, const char *verb, uint64_t begin_us) {
        OWNED(message) sd_bus_message *reply = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        const char *path = "", *result = "";
        int r = w ? recover(w) : ctl_connect(c, CONNECT_LOUD);

        if (r >= 0)
                r = ctl_call(c, ASK(BUS_KEEL_MANAGER, "FindJob", "stb"), &error, &reply, unit, begin_us,
                             (int)text_equal(verb, "stop"));
        sd_bus_error_free(&error);
        if (r >= 0)
                r = sd_bus_message_read(reply, "ss", &path, &result);
        if (r < 0)
                return r;
        if (!*path)
                return -ENOENT;
        if (!w)
                return 0;
        r = wait_list_add(w, path, unit, verb);
        if (r >= 0 && *result) {
                ((struct waited *)container_of(w->last, struct waited, next))->result = strdup(result);
                w->left--;
        }
        return r;
}

/* ---- what is said ------------------------------------------------------------------------------------------------- */

/* Why a service failed, for a job that failed. */
static const char *explain_result(const char *result) {
        static const char *const reasons[][2] = {
                { "resources", "of unavailable resources or another system error" },
                { "protocol", "the service did not take the steps required by its unit configuration" },
                { "timeout", "a timeout was exceeded" },
                { "exit-code", "the control process exited with error code" },
                { "signal", "a fatal signal was delivered to the control process" },
                { "core-dump", "a fatal signal was delivered causing the control process to dump core" },
                { "watchdog", "the service failed to send watchdog ping" },
                { "start-limit-hit", "start of the service was attempted too often" },
                { "oom-kill", "it was killed for want of memory" },
        };

        for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
                if (text_equal(reasons[i][0], result))
                        return reasons[i][1];
        return NULL;
}

static void say_failed(struct wait_list *w, const struct waited *job) {
        OWNED(json) json_t *values = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        const char *reason = NULL, *result = "";

        if (ctl_unit_properties(w->ctl, job->unit, &error, &values, NULL) >= 0) {
                result = get_text(values, "Result");
                reason = explain_result(result);
        }
        sd_bus_error_free(&error);
        if (reason)
                (void)fprintf(stderr, "Job for %s failed because %s.\n", job->unit, reason);
        else
                (void)fprintf(stderr, "Job for %s failed.\n", job->unit);
        (void)fprintf(stderr, "See \"keelctl status %s\" and \"keelctl log %s\" for details.\n", job->unit, job->unit);
        if (text_equal(result, "start-limit-hit"))
                (void)fprintf(stderr,
                              "To start it nevertheless: \"keelctl reset-failed %s\", then \"keelctl %s %s\".\n",
                              job->unit, job->verb, job->unit);
}

/* Returns whether the job was a success. */
static bool say_result(struct wait_list *w, const struct waited *job) {
        static const struct {
                const char *result, *text; /* text NULL: a success */
        } results[] = {
                { "done", NULL },
                { "skipped", NULL },
                { "canceled", "Job for %s canceled.\n" },
                { "timeout", "Job for %s timed out.\n" },
                { "dependency", "A dependency job for %s failed; \"keelctl list-units --failed\" shows what has.\n" },
                { "invalid", "%s is not active, cannot reload.\n" },
                { "assert", "Assertion failed on job for %s.\n" },
                { "lost", "Job for %s was lost when the supervisor was replaced.\n" },
                { "unsupported", "%s is of a type that keel does not run.\n" },
        };

        for (size_t i = 0; i < ARRAY_LEN(results); i++) {
                if (!text_equal(results[i].result, job->result ? job->result : ""))
                        continue;
                if (results[i].text && !w->ctl->quiet) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                        (void)fprintf(stderr, results[i].text, job->unit);
#pragma GCC diagnostic pop
                }
                return !results[i].text;
        }
        if (!w->ctl->quiet)
                say_failed(w, job);
        return false;
}

int wait_list_wait(struct wait_list *w) {
        int status = STATUS_OK;

        while (w->left > 0) {
                int r = sd_bus_process(w->ctl->bus, NULL);

                if (r == 0)
                        r = sd_bus_wait(w->ctl->bus, UINT64_MAX);
                if (r < 0 && r != -EINTR && recover(w) < 0) {
                        (void)fprintf(stderr, "keelctl: the supervisor went away while %u job%s ran\n", w->left,
                                      w->left == 1 ? "" : "s");
                        return STATUS_FAILED;
                }
        }
        for (const struct waited *job = w->first; job; job = job->next)
                if (!say_result(w, job))
                        status = STATUS_FAILED;
        return status;
}
