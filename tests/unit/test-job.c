/* SPDX-License-Identifier: MIT */
/* Jobs over a graph of targets: pulled in, ordered, merged, refused, and cycles broken. No process is started. */
#include "job/job-private.h"
#include "process/notify.h"

#include <check.h>
#include <errno.h>

static struct host host;
static struct graph graph;
static struct jobs jobs;
static char order[256];

static void on_changed(struct host *h, struct object *o, enum active_state before, enum active_state now) {
        (void)h;
        if (!o->node)
                return;
        (void)snprintf(order + strlen(order), sizeof order - strlen(order), "%s%.1s ", is_active(now) ? "+" : "-", o->unit->name);
        jobs_unit_changed(&jobs, o->node, before, now);
}

static void set_up(void) {
        order[0] = 0;
        host = (struct host){ .changed = on_changed };
        graph = (struct graph){ 0 };
        host.cgroups.fd = -1;
        ck_assert_int_ge(sd_event_new(&host.event), 0);
        static struct diag diag;
        static struct unit_context context;
        context.diag = &diag;
        host.context = &context;
        ck_assert_int_eq(jobs_init(&jobs, &graph, &host), 0);
}

static void tear_down(void) {
        jobs_done(&jobs);
        graph_clear(&graph);
        sd_event_unref(host.event);
}

static struct node *target(const char *name) {
        struct unit *u;
        struct node *n;
        ck_assert_int_eq(unit_new_builtin(name, name, &u), 0);
        struct object *o = object_new(&host, u);
        ck_assert_ptr_nonnull(o);
        ck_assert_int_eq(graph_add(&graph, o, &n), 0);
        return n;
}

static void settle(void) {
        while (sd_event_run(host.event, 0) > 0)
                ;
}

static int add(enum job_type type, struct node *n, enum job_mode mode, struct job_error *error) {
        return jobs_add(&jobs, type, n, mode, NULL, error);
}

START_TEST(what_is_required_starts_first_when_it_is_ordered) {
        struct node *a = target("a.target"), *b = target("b.target"), *c = target("c.target");
        graph_relate(a, RELATION_REQUIRES, b);
        graph_relate(a, RELATION_AFTER, b);
        graph_relate(b, RELATION_WANTS, c);
        graph_relate(b, RELATION_AFTER, c);
        ck_assert_int_eq(add(JOB_START, a, JOB_MODE_REPLACE, NULL), 0);
        settle();
        ck_assert_str_eq(order, "+c +b +a ");
        ck_assert_uint_eq(jobs_count(&jobs), 0);
}
END_TEST

START_TEST(an_edge_gets_another_relation_where_it_is) {
        struct node *a = target("a.target"), *b = target("b.target"), *c = target("c.target");
        size_t count;
        graph_relate(a, RELATION_WANTS, c);
        graph_relate(a, RELATION_WANTS, b);
        const struct edge *edges = graph_edges(a, &count);
        ck_assert_uint_eq(count, 2);
        ck_assert_ptr_eq(edges[0].to, b);
        ck_assert_int_eq(graph_relate_edge(a, 0, RELATION_AFTER), 0);
        ck_assert(graph_related(a, b, RELATION_BIT(AFTER)));
        ck_assert(graph_related(a, b, RELATION_BIT(WANTS)));
        ck_assert(!graph_related(a, c, RELATION_BIT(AFTER)));
        ck_assert(graph_related(b, a, RELATION_BIT(BEFORE)));
        ck_assert(graph_related(b, a, RELATION_BIT(WANTED_BY)));
        ck_assert_ptr_eq(graph_edges(a, &count), edges);
        (void)graph_edges(b, &count);
        ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(stopping_goes_the_other_way_round) {
        struct node *a = target("a.target"), *b = target("b.target");
        graph_relate(a, RELATION_REQUIRES, b);
        graph_relate(a, RELATION_AFTER, b);
        ck_assert_int_eq(add(JOB_START, a, JOB_MODE_REPLACE, NULL), 0);
        settle();
        order[0] = 0;
        ck_assert_int_eq(add(JOB_STOP, b, JOB_MODE_REPLACE, NULL), 0);
        settle();
        ck_assert_str_eq(order, "-a -b ");
}
END_TEST

START_TEST(what_conflicts_is_stopped_before) {
        struct node *a = target("a.target"), *b = target("b.target");
        graph_relate(a, RELATION_CONFLICTS, b);
        graph_relate(a, RELATION_AFTER, b);
        ck_assert_int_eq(add(JOB_START, b, JOB_MODE_REPLACE, NULL), 0);
        settle();
        ck_assert_int_eq(add(JOB_START, a, JOB_MODE_REPLACE, NULL), 0);
        settle();
        ck_assert_str_eq(order, "+b -b +a ");
}
END_TEST

START_TEST(restart_takes_along_what_requires_the_unit) {
        struct node *a = target("a.target"), *b = target("b.target");
        graph_relate(a, RELATION_REQUIRES, b);
        graph_relate(a, RELATION_AFTER, b);
        ck_assert_int_eq(add(JOB_START, a, JOB_MODE_REPLACE, NULL), 0);
        settle();
        order[0] = 0;
        ck_assert_int_eq(add(JOB_RESTART, b, JOB_MODE_REPLACE, NULL), 0);
        settle();
        ck_assert_str_eq(order, "-a -b +b +a ");
}
END_TEST

START_TEST(a_cycle_of_wanted_units_loses_one_job) {
        struct node *a = target("a.target"), *b = target("b.target"), *c = target("c.target");
        graph_relate(a, RELATION_WANTS, b);
        graph_relate(a, RELATION_WANTS, c);
        graph_relate(b, RELATION_AFTER, c);
        graph_relate(c, RELATION_AFTER, b);
        ck_assert_int_eq(add(JOB_START, a, JOB_MODE_REPLACE, NULL), 0);
        settle();
        ck_assert(is_active(object_active_state(a->object)));
        ck_assert(is_active(object_active_state(b->object)) != is_active(object_active_state(c->object)));
}
END_TEST

START_TEST(a_cycle_of_required_units_is_refused_and_its_edges_are_named) {
        struct node *a = target("a.target"), *b = target("b.target");
        struct job_error error;
        graph_relate(a, RELATION_REQUIRES, b);
        graph_relate(a, RELATION_AFTER, b);
        graph_relate(b, RELATION_AFTER, a);
        ck_assert_int_eq(add(JOB_START, a, JOB_MODE_REPLACE, &error), -EDEADLK);
        ck_assert_ptr_nonnull(strstr(error.text, "a.target/start after"));
        ck_assert_ptr_nonnull(strstr(error.text, "b.target/start"));
        ck_assert_uint_eq(jobs_count(&jobs), 0);
}
END_TEST

START_TEST(an_irreversible_job_is_not_replaced) {
        struct node *a = target("a.target"), *b = target("b.target");
        struct job_error error;
        graph_relate(a, RELATION_CONFLICTS, b);
        ck_assert_int_eq(add(JOB_START, b, JOB_MODE_REPLACE_IRREVERSIBLY, NULL), 0);
        ck_assert_int_eq(add(JOB_START, a, JOB_MODE_REPLACE, &error), -EEXIST);
        ck_assert_str_eq(error.bus_name, "org.freedesktop.systemd1.TransactionIsDestructive");
        settle();
        ck_assert_str_eq(order, "+b ");
}
END_TEST

START_TEST(types_merge_as_in_systemd) {
        ck_assert_int_eq(job_type_merge(JOB_START, JOB_RELOAD), JOB_RELOAD_OR_START);
        ck_assert_int_eq(job_type_merge(JOB_RELOAD, JOB_RESTART), JOB_RESTART);
        ck_assert_int_eq(job_type_merge(JOB_START, JOB_STOP), JOB_IMPOSSIBLE);
        ck_assert_int_eq(job_type_merge(JOB_VERIFY_ACTIVE, JOB_RELOAD), JOB_RELOAD);
        ck_assert_int_eq(job_type_merge(JOB_NOP, JOB_STOP), JOB_STOP);
        for (int a = 0; a <= JOB_RESTART; a++)
                for (int b = 0; b <= JOB_RESTART; b++)
                        ck_assert_int_eq(job_type_merge((enum job_type)a, (enum job_type)b),
                                         job_type_merge((enum job_type)b, (enum job_type)a));
}
END_TEST

START_TEST(notify_messages_are_read_field_by_field) {
        static struct notify_message m;
        static const char text[] = "READY=1\nMAINPID=42\nSTATUS=all\twell\nWATCHDOG_USEC=5\nFDNAME=a:b\nnonsense\nERRNO=-1";
        notify_parse(text, sizeof text - 1, &m);
        ck_assert(m.ready);
        ck_assert_int_eq(m.main_pid, 42);
        ck_assert_str_eq(m.status, "all well");
        ck_assert_uint_eq(m.watchdog_us, 5);
        ck_assert_str_eq(m.fd_name, "");
        ck_assert_int_eq(m.error, 0);
}
END_TEST

/* Of two records that both have it, one is damaged. */
START_TEST(a_restored_job_has_a_number_of_its_own) {
        struct job saved = { .id = 7, .type = JOB_START, .state = JOB_WAITING };
        struct node *a = target("a.target"), *b = target("b.target");

        ck_assert_int_eq(jobs_restore(&jobs, &saved, a), 0);
        ck_assert_int_eq(jobs_restore(&jobs, &saved, b), -EEXIST);
        ck_assert_ptr_eq(jobs_find(&jobs, 7), a->job);
        ck_assert_ptr_null(b->job);
        ck_assert_uint_eq(jobs_count(&jobs), 1);
}
END_TEST

int main(void) {
        Suite *s = suite_create("job");
        TCase *t = tcase_create("job");
        tcase_add_checked_fixture(t, set_up, tear_down);
        tcase_add_test(t, what_is_required_starts_first_when_it_is_ordered);
        tcase_add_test(t, an_edge_gets_another_relation_where_it_is);
        tcase_add_test(t, stopping_goes_the_other_way_round);
        tcase_add_test(t, what_conflicts_is_stopped_before);
        tcase_add_test(t, restart_takes_along_what_requires_the_unit);
        tcase_add_test(t, a_cycle_of_wanted_units_loses_one_job);
        tcase_add_test(t, a_cycle_of_required_units_is_refused_and_its_edges_are_named);
        tcase_add_test(t, an_irreversible_job_is_not_replaced);
        tcase_add_test(t, types_merge_as_in_systemd);
        tcase_add_test(t, a_restored_job_has_a_number_of_its_own);
        tcase_add_test(t, notify_messages_are_read_field_by_field);
        suite_add_tcase(s, t);
        SRunner *r = srunner_create(s);
        srunner_run_all(r, CK_ENV);
        int failed = srunner_ntests_failed(r);
        srunner_free(r);
        return failed != 0;
}
