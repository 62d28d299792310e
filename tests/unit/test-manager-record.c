/* SPDX-License-Identifier: MIT */
/* Records of units whose names cannot be true: they are told and given up, with all that was read of them. */
#include "manager/manager-private.h"
#include "record-fixture.h"

#include "service/record.h"

#include <malloc.h>
#include <unistd.h>

#define RECORDS 200

struct named {
        char *name;
};
static const struct record_row rows[] = { RECORD_ROW(15, TEXT, struct named, name, 255) };

static char bad_name[] = "no/unit's name, and long enough to be missed";

static void save_names(void) {
        for (unsigned i = 0; i < RECORDS; i++) {
                unsigned char data[256];
                struct record_writer w = { .data = data, .room = sizeof(data) };
                struct record_place place = { 0 };
                struct named n = { bad_name };

                record_encode(&w, rows, ARRAY_LEN(rows), 0, &n);
                ck_assert_int_ge(record_store_write(&store, &place, RECORD_OF_UNIT, w.data, w.length), 0);
        }
}

/* A new manager with what the store holds; what it says comes back in `said`. */
static void restore(char *said, size_t room) {
        struct keeper keeper = { .fd = -1, .supervisor_runs = 2 };
        struct manager m = { .has_record = true, .records = store, .keeper = &keeper, .host.cgroups.fd = -1 };
        int pair[2], err = dup(STDERR_FILENO);
        ssize_t n;

        ck_assert_int_eq(pipe(pair), 0);
        ck_assert_int_eq(dup2(pair[1], STDERR_FILENO), STDERR_FILENO);
        manager_restore(&m);
        ck_assert_int_eq(dup2(err, STDERR_FILENO), STDERR_FILENO);
        (void)close(err);
        (void)close(pair[1]);
        n = read(pair[0], said, room - 1);
        said[n < 0 ? 0 : n] = 0;
        (void)close(pair[0]);
}

START_TEST(names_that_cannot_be_true_are_told_and_given_up) {
        char said[256];
        size_t before;

        save_names();
        restore(said, sizeof(said));
        ck_assert_ptr_nonnull(strstr(said, "200 saved records are damaged"));
        before = mallinfo2().uordblks;
        restore(said, sizeof(said));
        ck_assert_uint_lt(mallinfo2().uordblks, before + sizeof(bad_name) * RECORDS / 2);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("manager-record");
        TCase *c = tcase_create("manager-record");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_checked_fixture(c, set_up, tear_down);
        tcase_add_test(c, names_that_cannot_be_true_are_told_and_given_up);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
