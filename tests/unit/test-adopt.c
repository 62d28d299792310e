/* SPDX-License-Identifier: MIT */
#include "service/adopt.h"

#include "base/macros.h"

#include <check.h>
#include <stdlib.h>

/* The specification, cell by cell. */
static const struct cell {
        enum adopt_record record;
        enum adopt_process process;
        enum adopt_cgroup cgroup;
        enum adopt_verdict verdict;
} cells[] = {
#define CELL(record, process, cgroup, verdict) \
        { ADOPT_RECORD_##record, ADOPT_PROCESS_##process, ADOPT_CGROUP_##cgroup, ADOPT_##verdict }
        /* A record that tells of a process goes by the process. */
        CELL(VALID, ALIVE, POPULATED, GO_ON),
        CELL(VALID, ALIVE, EMPTY, GO_ON), /* it has moved to another cgroup: still the one that was recorded */
        CELL(VALID, ALIVE, GONE, GO_ON), /* without cgroups */
        CELL(VALID, ENDED, POPULATED, HEAR_END),
        CELL(VALID, ENDED, EMPTY, HEAR_END),
        CELL(VALID, ENDED, GONE, HEAR_END),
        CELL(VALID, LOST, POPULATED, END_UNKNOWN),
        CELL(VALID, LOST, EMPTY, END_UNKNOWN),
        CELL(VALID, LOST, GONE, END_UNKNOWN),
        /* One that tells that the unit had ended goes by the cgroup: what is there was left there. */
        CELL(IDLE, ALIVE, POPULATED, LEAVE),
        CELL(IDLE, ALIVE, EMPTY, CLEAN),
        CELL(IDLE, ALIVE, GONE, NOTHING),
        CELL(IDLE, ENDED, POPULATED, LEAVE),
        CELL(IDLE, ENDED, EMPTY, CLEAN),
        CELL(IDLE, ENDED, GONE, NOTHING),
        CELL(IDLE, LOST, POPULATED, LEAVE),
        CELL(IDLE, LOST, EMPTY, CLEAN),
        CELL(IDLE, LOST, GONE, NOTHING),
        /* Without a record whatever lives is the unit. */
        CELL(MISSING, ALIVE, POPULATED, BY_CGROUP),
        CELL(MISSING, ALIVE, EMPTY, BY_CGROUP),
        CELL(MISSING, ALIVE, GONE, BY_CGROUP),
        CELL(MISSING, ENDED, POPULATED, BY_CGROUP),
        CELL(MISSING, ENDED, EMPTY, CLEAN),
        CELL(MISSING, ENDED, GONE, NOTHING),
        CELL(MISSING, LOST, POPULATED, BY_CGROUP),
        CELL(MISSING, LOST, EMPTY, CLEAN),
        CELL(MISSING, LOST, GONE, NOTHING),
#undef CELL
};

START_TEST(every_cell_is_as_specified) {
        const struct cell *c = &cells[_i];

        ck_assert_int_eq(adopt_verdict(c->record, c->process, c->cgroup), c->verdict);
}
END_TEST

START_TEST(the_specification_names_every_cell_once) {
        bool is_named[ADOPT_RECORD_COUNT_][ADOPT_PROCESS_COUNT_][ADOPT_CGROUP_COUNT_] = { 0 };

        ck_assert_uint_eq(ARRAY_LEN(cells), ADOPT_RECORD_COUNT_ * ADOPT_PROCESS_COUNT_ * ADOPT_CGROUP_COUNT_);
        for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
                bool *named = &is_named[cells[i].record][cells[i].process][cells[i].cgroup];

                ck_assert(!*named);
                *named = true;
        }
}
END_TEST

static bool may_lead_to_a_new_start(enum adopt_verdict v) {
        return v == ADOPT_CLEAN || v == ADOPT_NOTHING;
}

START_TEST(nothing_that_lives_leads_to_a_new_start) {
        for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
                const struct cell *c = &cells[i];
                bool lives = c->cgroup == ADOPT_CGROUP_POPULATED ||
                             (c->process == ADOPT_PROCESS_ALIVE && c->record != ADOPT_RECORD_IDLE);

                ck_assert(!lives || !may_lead_to_a_new_start(adopt_verdict(c->record, c->process, c->cgroup)));
        }
}
END_TEST

START_TEST(a_process_that_was_recorded_is_never_passed_over) {
        for (int process = 0; process < ADOPT_PROCESS_COUNT_; process++)
                for (int cgroup = 0; cgroup < ADOPT_CGROUP_COUNT_; cgroup++)
                        ck_assert(
                                !may_lead_to_a_new_start(adopt_verdict(ADOPT_RECORD_VALID, (enum adopt_process)process,
                                                                       (enum adopt_cgroup)cgroup)));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("adopt");
        TCase *all = tcase_create("all");
        SRunner *runner;
        int failed;

        tcase_add_loop_test(all, every_cell_is_as_specified, 0, ARRAY_LEN(cells));
        tcase_add_test(all, the_specification_names_every_cell_once);
        tcase_add_test(all, nothing_that_lives_leads_to_a_new_start);
        tcase_add_test(all, a_process_that_was_recorded_is_never_passed_over);
        suite_add_tcase(suite, all);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
