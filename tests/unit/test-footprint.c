/* SPDX-License-Identifier: MIT */
/* Giving back what only the start needed: memory is given back, and everything works as before. */
#include "supervisor/base/footprint.h"
#include "supervisor/base/macros.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

#define PIECES 2000u
#define PIECE  1024u

static const char *const words[] = { "relocated", "and kept" };

static size_t resident_kb(void) {
        owned_file f = fopen("/proc/self/smaps_rollup", "re");
        char line[128];
        size_t kb = 0;

        while (f && fgets(line, sizeof line, f) && sscanf(line, "Rss: %zu kB", &kb) != 1)
                ;
        return kb;
}

START_TEST(what_is_free_is_given_back_and_all_else_is_as_it_was) {
        static char *pieces[PIECES];
        size_t before, after;

        for (size_t i = 0; i < PIECES; i++) {
                pieces[i] = malloc(PIECE);
                ck_assert_ptr_nonnull(pieces[i]);
                memset(pieces[i], 'x', PIECE);
        }
        for (size_t i = 0; i + 1 < PIECES; i++) /* the last one keeps the heap's end where it is */
                free(pieces[i]);
        before = resident_kb();
        if (before == 0)
                return; /* this kernel does not tell */
        footprint_shrink();
        after = resident_kb();
        if (!IS_SANITIZED) /* which keeps what is freed, to see who uses it */
                ck_assert_msg(after + PIECES * PIECE / 1024 / 2 < before, "%zu kB, %zu before", after, before);
        ck_assert_str_eq(words[0], "relocated");
        ck_assert_int_eq(pieces[PIECES - 1][PIECE - 1], 'x');
        ck_assert_ptr_nonnull(strerror(ENOENT));
        free(pieces[PIECES - 1]);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("footprint");
        TCase *c = tcase_create("footprint");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_test(c, what_is_free_is_given_back_and_all_else_is_as_it_was);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
