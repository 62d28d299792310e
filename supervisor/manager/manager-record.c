/* SPDX-License-Identifier: MIT */
/* manager-record: the supervisor's memory of what it did, in the store that PID 1 keeps: saves each unit as it changes, and
 * has a new supervisor take all of it over. Where there is no record that can be trusted, the cgroups tell what runs.
 */
#include "manager-private.h"

#include "init/wire.h"
#include "base/log.h"
#include "base/sys.h"
#include "service/adopt.h"
#include "service/service.h"
#include "unit/unit-path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

/* ---- saving ---------------------------------------------------------------------------------------------------------- */

struct saved_name {
        char *name;
};
static const struct record_row name_rows[] = { RECORD_ROW(15, TEXT, struct saved_name, name, 255) };

#define ROW(number, kind, field, most) RECORD_ROW(number, kind, struct manager, field, most)
static const struct record_row manager_rows[] = {
        ROW(1, BOOL, has_begun, 1), ROW(2, BOOL, has_booted, 1),
        ROW(3, BOOL, is_ending, 1), ROW(4, U32, end_how, MANAGER_END_KEXEC),
        ROW(5, I32, end_code, 0),   ROW(6, CHARS, end_why, 128),
        ROW(7, PID, logger_pid, 0), ROW(8, TEXTS, host.environment, 0),
        ROW(9, U64, start_us, 0),   ROW(10, U32, committed_transaction, UINT32_MAX),
};
#undef ROW

static void write_record(struct manager *m, struct record_place *place, enum record_owner owner,
                         const struct record_writer *w, const char *name) {
        int r = w->is_full ? -E2BIG : record_store_write(&m->records, place, owner, w->data, w->length);

        if (r < 0 && !m->has_said_unsaved)
                log_error("%s: cannot be saved (%s): a restart of the supervisor may lose track of it", name,
                          strerror(-r));
        m->has_said_unsaved |= r < 0;
        /* Better none than one that is not true any more. */
        if (r < 0)
                record_store_free(&m->records, place);
}

static unsigned char buffer[RECORD_SIZE_MAX];

void manager_save(struct manager *m) {
        struct record_writer w = { .data = buffer, .room = sizeof(buffer) };

        if (!m->records.memory)
                return;
        record_encode(&w, manager_rows, ARRAY_LEN(manager_rows), 0, m);
        write_record(m, &m->place, RECORD_OF_MANAGER, &w, "the manager");
}

void manager_save_unit(struct host *host, struct object *o) {
        struct manager *m = host->user;
        struct record_writer w = { .data = buffer, .room = sizeof(buffer) };
        struct saved_name name = { .name = o->unit->name };

        if (!m->records.memory || !o->ops->row_count)
                return;
        record_encode(&w, name_rows, ARRAY_LEN(name_rows), 0, &name);
        record_encode(&w, object_rows, object_row_count, 0, o);
        record_encode(&w, o->ops->rows, o->ops->row_count, RECORD_BASE_TYPE, o);
        if (o->node && o->node->job)
                record_encode(&w, job_rows, job_row_count, RECORD_BASE_JOB, o->node->job);
        write_record(m, &o->record, RECORD_OF_UNIT, &w, object_name(o));
}

void manager_commit(void *user, uint32_t transaction) {
        struct manager *m = user;

        m->committed_transaction = transaction;
        manager_save(m);
}

int32_t *manager_pid_slot(struct host *host, struct object *o) {
        struct manager *m = host->user;

        return record_store_pid_slot(&m->records, &o->record);
}

void manager_save_node(void *user, struct node *n) {
        struct manager *m = user;

        manager_save_unit(&m->host, n->object);
}

void manager_save_end(struct manager *m, const struct job *j, enum job_result result) {
        struct record_end end = {
                .unit_hash = text_hash(j->node->name, strlen(j->node->name)),
                .begin_us = j->begin_us,
                .id = j->id,
                .type = (uint16_t)j->type,
                .result = (uint16_t)result,
        };

        record_store_put_end(&m->records, &end);
}

static bool is_asked_for(const struct record_end *end, const void *user) {
        const struct job_query *q = user;

        if (q->id != 0)
                return end->id == q->id;
        return end->unit_hash == text_hash(q->unit, strlen(q->unit)) && end->begin_us >= q->begin_us &&
               (end->type == JOB_STOP) == q->is_stop;
}

int manager_find_ended_job(struct manager *m, const struct job_query *q, uint32_t *ret_id,
                           enum job_result *ret_result) {
        struct record_end end;
        int r = record_store_find_end(&m->records, is_asked_for, q, &end);

        if (r < 0 || end.result >= JOB_RESULT_COUNT_)
                return -ENOENT;
        *ret_id = end.id;
        *ret_result = (enum job_result)end.result;
        return 0;
}

/* ---- taking over ----------------------------------------------------------------------------------------------------- */

struct saved_unit {
        char *name;
        struct record_found found;
        struct node *node;
};

/* Of two records of one unit the older is given up: a kill fell between writing the new place and freeing the old one. */
static int by_name(const void *a, const void *b) {
        const struct saved_unit *x = a, *y = b;
        int order = strcmp(x->name, y->name);

        return order ? order : (x->found.sequence < y->found.sequence) - (x->found.sequence > y->found.sequence);
}

static void free_names(struct saved_unit *units, size_t count) {
        for (size_t i = 0; i < count; i++)
                free(units[i].name);
}

static int read_names(struct manager *m, struct saved_unit **ret, size_t *ret_count) {
        owned_mem struct saved_unit *units = NULL;
        size_t count = 0, room = 0;
        unsigned damaged = 0;
        uint32_t at = 0;
        struct record_found found;

        while (record_store_next(&m->records, &at, &found, &damaged) > 0) {
                struct saved_name name = { NULL };

                if (found.owner != RECORD_OF_UNIT)
                        continue;
                (void)record_decode(found.data, found.length, name_rows, ARRAY_LEN(name_rows), 0, &name);
                if (!name.name || !unit_name_is_valid(name.name)) {
                        free(name.name);
                        damaged++;
                        continue;
                }
                if (count == room) {
                        struct saved_unit *grown = reallocarray(units, room = room ? room * 2 : 64, sizeof(*units));

                        if (!grown) {
                                free(name.name);
                                free_names(units, count);
                                return -ENOMEM;
                        }
                        units = grown;
                }
                units[count++] = (struct saved_unit){ .name = name.name, .found = found };
        }
        if (damaged > 0)
                log_warning("%u saved records are damaged: these units are known by their cgroups only", damaged);
        if (count > 0)
                qsort(units, count, sizeof(*units), by_name);
        *ret = take_ptr(units);
        *ret_count = count;
        return 0;
}

static int decode_object(const struct saved_unit *u, const struct object_ops *ops, void *object) {
        int r = record_decode(u->found.data, u->found.length, object_rows, object_row_count, 0, object);

        return r != 0 ? r
                      : record_decode(u->found.data, u->found.length, ops->rows, ops->row_count, RECORD_BASE_TYPE,
                                      object);
}

/* A record that does not fit in one place (of a newer supervisor, or damaged in a way that the checksum does not see) is believed in
 * none: half of one might tell that nothing runs where something does. */
static bool makes_sense(const struct saved_unit *u, const struct object_ops *ops) {
        owned_mem void *scratch = calloc(1, ops->size);
        bool fits = scratch && decode_object(u, ops, scratch) == 0;

        if (scratch) {
                record_release(object_rows, object_row_count, scratch);
                record_release(ops->rows, ops->row_count, scratch);
        }
        return fits;
}

static void restore_unit(struct manager *m, struct saved_unit *u) {
        int r = manager_load_unit(m, u->name, &u->node);
        struct object *o = r < 0 ? NULL : u->node->object;

        if (!o || !o->ops->row_count || o->record.units > 0) {
                record_store_free(&m->records, &u->found.place);
                u->node = NULL;
                return;
        }
        if (!makes_sense(u, o->ops)) {
                log_unit(LOG_LEVEL_WARNING, u->name,
                         "its saved record does not make sense: only what runs is believed");
                record_store_free(&m->records, &u->found.place);
                u->node = NULL;
                return;
        }
        o->condition_result = false; /* its default is not that of the row */
        (void)decode_object(u, o->ops, o);
        o->record = u->found.place;
        o->is_history_known = o->inactive_exit.monotonic_us != 0;
        o->shown = o->told;
        if (o->ops->restore)
                o->ops->restore(o, u->found.spawned_pid);
}

static void restore_job(struct manager *m, const struct saved_unit *u) {
        struct job saved = { 0 };

        if (!u->node ||
            record_decode(u->found.data, u->found.length, job_rows, job_row_count, RECORD_BASE_JOB, &saved) != 0 ||
            saved.id == 0 || u->node->job)
                return;
        m->jobs.last_id = MAX(m->jobs.last_id, saved.id);
        /* Of a transaction that was never whole, half a one is none: nobody was told of it. */
        if (saved.transaction > m->committed_transaction)
                return;
        int r = jobs_restore(&m->jobs, &saved, u->node);
        if (r < 0)
                log_unit(LOG_LEVEL_WARNING, u->name, "its job %u is not taken over: %s", saved.id,
                         r == -EEXIST ? "another unit's record has it, too" : strerror(-r));
}

static bool is_any_end(const struct record_end *end UNUSED, const void *user UNUSED) {
        return true;
}

static void restore_all(struct manager *m, struct saved_unit *units, size_t count) {
        struct record_end last;
        unsigned running = 0;

        unit_path_cache_hold(m->context.path_cache);
        for (size_t i = 0; i < count; i++)
                if (i > 0 && text_equal(units[i].name, units[i - 1].name))
                        record_store_free(&m->records, &units[i].found.place);
                else
                        restore_unit(m, &units[i]);
        unit_path_cache_release(m->context.path_cache);
        for (size_t i = 0; i < count; i++)
                restore_job(m, &units[i]);
        if (record_store_find_end(&m->records, is_any_end, NULL, &last) >= 0)
                m->jobs.last_id = MAX(m->jobs.last_id, last.id);
        for (size_t i = 0; i < count; i++)
                if (units[i].node)
                        running += !is_inactive(object_active_state(units[i].node->object));
        log_notice("took over %u running units and %zu jobs", running, jobs_count(&m->jobs));
}

/* ---- without a record ------------------------------------------------------------------------------------------------ */

static bool is_told_by_record(const struct node *n) {
        return n && (n->object->is_history_known || !is_inactive(object_active_state(n->object)));
}

static void adopt_by_cgroup(struct manager *m, const char *name) {
        struct node *n;

        if (manager_load_unit(m, name, &n) < 0 || is_told_by_record(n) || !n->object->ops->adopt)
                return;
        int r = n->object->ops->adopt(n->object);
        if (r < 0)
                log_unit(LOG_LEVEL_ERROR, name, "runs, and cannot be taken over: %s", strerror(-r));
}

/* The cgroup of this name in the directory. No process of it is known. */
static void judge_cgroup(struct manager *m, int directory_fd, const char *name, int cgroup_fd) {
        enum adopt_cgroup cgroup = adopt_cgroup_of(cgroup_is_populated(cgroup_fd));

        if (unit_name_type(name) != UNIT_SERVICE || is_told_by_record(graph_find(&m->graph, name)))
                return;
        switch ((int)adopt_verdict(ADOPT_RECORD_MISSING, ADOPT_PROCESS_LOST, cgroup)) {
        case ADOPT_BY_CGROUP:
                adopt_by_cgroup(m, name);
                break;
        case ADOPT_CLEAN:
                (void)sys_unlinkat(directory_fd, name, AT_REMOVEDIR);
                break;
        default:
                break;
        }
}

/* Every cgroup below keel's that carries the name of a service. */
static void walk_cgroups(struct manager *m, int directory_fd, unsigned depth) {
        DIR *directory;
        struct dirent *entry;

        if (sys_open_folder(directory_fd, &directory) < 0)
                return;
        while ((entry = readdir(directory))) {
                owned_fd fd = -1;

                if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || !strchr(entry->d_name, '.'))
                        continue;
                fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (fd < 0)
                        continue;
                if (unit_name_type(entry->d_name) == UNIT_SLICE && depth > 0)
                        walk_cgroups(m, fd, depth - 1);
                else if (unit_name_is_valid(entry->d_name))
                        judge_cgroup(m, dirfd(directory), entry->d_name, fd);
        }
        (void)closedir(directory);
}

/* By mark there is nothing to walk: so much is taken from a record that is not trusted. A mark is known by its processes
 * only, so a wrong one does no harm. */
static void adopt_by_mark(struct manager *m, struct saved_unit *u) {
        struct node *n;

        if (manager_load_unit(m, u->name, &n) < 0 || !n->object->ops->adopt ||
            record_decode(u->found.data, u->found.length, object_rows, object_row_count, 0, n->object) != 0)
                return;
        n->object->told = n->object->shown = object_active_state(n->object);
        if (n->object->tracker.mark > 0 && tracker_is_populated(&n->object->tracker) > 0)
                (void)n->object->ops->adopt(n->object);
        else
                n->object->tracker.mark = 0;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------- */

/* The manager's own is read at once: what else is opened goes by it. */
static void read_own(struct manager *m) {
        struct record_found found;
        uint32_t at = 0;
        unsigned damaged = 0;
        uint64_t newest = 0;

        while (record_store_next(&m->records, &at, &found, &damaged) > 0) {
                if (found.owner != RECORD_OF_MANAGER)
                        continue;
                if (m->place.units > 0 && found.sequence < newest) {
                        record_store_free(&m->records, &found.place);
                        continue;
                }
                record_store_free(&m->records, &m->place);
                m->place = found.place;
                newest = found.sequence;
                (void)record_decode(found.data, found.length, manager_rows, ARRAY_LEN(manager_rows), 0, m);
        }
}

int manager_open_record(struct manager *m) {
        int fd = keeper_take(m->keeper, "record");
        bool is_kept = fd >= 0;
        int r = record_store_open(&m->records, &fd);

        if (r < 0) {
                log_error("no memory for saved records (%s): a restart of the supervisor will know less", strerror(-r));
                return 0;
        }
        if (m->options.is_rescue) {
                /* What made others die is not looked at, and is of no worth to who comes after us: we hear of exits that it
                 * does not know of. */
                record_store_close(&m->records);
                return keeper_drop(m->keeper, "record");
        }
        m->has_record = r == 1;
        if (is_kept && !m->has_record)
                log_warning("what an earlier supervisor saved is of another version, or damaged: "
                            "what runs is told by the processes");
        if (r == 0)
                return keeper_keep(m->keeper, "record", m->records.fd);
        m->is_distrusting = m->options.is_distrusting || m->keeper->flags & WIRE_FLAG_DISTRUST;
        if (!m->is_distrusting)
                read_own(m);
        return 0;
}

/* A new store in the place of the old one, which is only read any more. */
static void start_anew(struct manager *m) {
        int fd = -1;

        m->place = (struct record_place){ 0 };
        if (record_store_open(&m->records, &fd) >= 0)
                (void)keeper_keep(m->keeper, "record", m->records.fd);
}

/* Reads everything back; starts nothing yet. */
void manager_restore(struct manager *m) {
        owned_mem struct saved_unit *units = NULL;
        size_t count = 0;

        if (m->has_record && read_names(m, &units, &count) < 0)
                log_error("no memory for what is saved: what runs is told by the cgroups");
        m->host.is_shutting_down = m->is_ending;
        if (m->is_distrusting) {
                log_warning("saved records are not trusted: what runs is told by the processes");
                struct record_store old = m->records;
                start_anew(m);
                for (size_t i = 0; i < count && m->host.cgroups.fd < 0; i++)
                        adopt_by_mark(m, &units[i]);
                record_store_close(&old);
        } else if (m->has_begun || count > 0)
                restore_all(m, units, count);
        free_names(units, count);
        if (m->keeper->supervisor_runs > 1 && m->host.cgroups.fd >= 0 && !m->options.is_rescue)
                walk_cgroups(m, m->host.cgroups.fd, 16);
}

/* Everybody is there: go on. */
void manager_resume(struct manager *m) {
        /* Nodes may be added meanwhile, at the end. */
        for (struct node *n = m->graph.nodes; n; n = n->next)
                if (n->object->record.units > 0 && n->object->ops->resume)
                        n->object->ops->resume(n->object);
        jobs_resume(&m->jobs);
        manager_follow_all(m);
        keeper_drop_untaken(m->keeper, "store:");
        manager_save(m);
}

void manager_close_record(struct manager *m) {
        record_store_close(&m->records);
}
