/* SPDX-License-Identifier: MIT */
/* The store of records, and a writer that is killed. */
#include "record-fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool has_id(const struct record_end *end, const void *user) {
        return end->id == *(const uint32_t *)user;
}
static int find_end(uint32_t id, struct record_end *ret) {
        return record_store_find_end(&store, has_id, &id, ret);
}

static uint64_t state;
static uint32_t draw(uint32_t below) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (uint32_t)(state >> 33) % below;
}

/* ---- a kill between any two instructions ----------------------------------------------------------------------------- */

/* As much of the memory as these tests use. */
#define LOOKED_AT (48u << 10)

/* What a child does, and what a reader may find at any instant of it. */
struct step {
        void (*prepare)(void);
        void (*act)(void);
        void (*check)(void); /* the store is a copy, as it was at that instant */
};

static struct record_place place, place_too;
static char old_text[3000], new_text[3000];

static void assert_old_or_new(void) {
        struct record_found found = { 0 }, one;
        unsigned damaged = 0, count = 0;
        uint32_t at = 0;

        while (record_store_next(&store, &at, &one, &damaged) > 0)
                if (++count == 1 || one.sequence > found.sequence)
                        found = one;
        ck_assert_uint_eq(damaged, 0);
        ck_assert_uint_ge(count, old_text[0] ? 1 : 0);
        if (count == 0)
                return;
        ck_assert_uint_le(count, 2);
        ck_assert((found.length == strlen(old_text) && memcmp(found.data, old_text, found.length) == 0) ||
                  (found.length == strlen(new_text) && memcmp(found.data, new_text, found.length) == 0));
        ck_assert_int_eq(found.spawned_pid, old_text[0] ? 5 : 0);
}

static void set_texts(const char *old, size_t new_length) {
        (void)snprintf(old_text, sizeof(old_text), "%s", old);
        memset(new_text, 'n', new_length);
        new_text[new_length] = 0;
        place = place_too = (struct record_place){ 0 };
        if (old_text[0]) {
                ck_assert_int_eq(write_text(&place, "even older"), 0);
                ck_assert_int_eq(write_text(&place, old_text), 0);
                *record_store_pid_slot(&store, &place) = 5;
        }
}
static void prepare_first(void) {
        set_texts("", 100);
}
static void prepare_overwriting(void) {
        set_texts("the old text", 150);
}
static void prepare_growing(void) {
        set_texts("the old text", 2500);
}
static void prepare_reuse(void) {
        struct record_place gone = { 0 };

        ck_assert_int_eq(write_text(&gone, "somebody else's, freed"), 0);
        ck_assert_int_eq(write_text(&gone, "somebody else's, freed too"), 0);
        *record_store_pid_slot(&store, &gone) = 6;
        record_store_free(&store, &gone);
        set_texts("", 100);
}
static void act_writing(void) {
        (void)write_text(&place, new_text);
}

static void act_freeing(void) {
        record_store_free(&store, &place);
}
static void assert_old_or_none(void) {
        struct record_found found;
        unsigned damaged = 0;

        if (read_all(&found, &damaged) > 0)
                ck_assert_mem_eq(found.data, old_text, strlen(old_text));
        ck_assert_uint_eq(damaged, 0);
}

static void prepare_ends(void) {
        for (uint32_t i = 1; i <= RECORD_ENDS; i++)
                record_store_put_end(&store, &(struct record_end){
                                                     .id = i, .unit_hash = i, .begin_us = i, .type = 1, .result = 1 });
}
static void act_ending(void) {
        record_store_put_end(&store, &(struct record_end){
                                             .id = 5000, .unit_hash = 5000, .begin_us = 5000, .type = 1, .result = 2 });
}
static void assert_ends(void) {
        struct record_end end;

        for (uint32_t i = 2; i <= RECORD_ENDS; i += 100)
                ck_assert_int_eq(find_end(i, &end), 0);
        if (find_end(1, &end) == 0) {
                ck_assert_uint_eq(end.unit_hash, 1);
                ck_assert_uint_eq(end.begin_us, 1);
                ck_assert_uint_eq(end.result, 1);
        }
        if (find_end(5000, &end) == 0) {
                ck_assert_uint_eq(end.unit_hash, 5000);
                ck_assert_uint_eq(end.begin_us, 5000);
                ck_assert_uint_eq(end.result, 2);
        }
}

static const struct step steps[] = {
        { prepare_first, act_writing, assert_old_or_new },
        { prepare_overwriting, act_writing, assert_old_or_new },
        { prepare_growing, act_writing, assert_old_or_new },
        { prepare_reuse, act_writing, assert_old_or_new },
        { prepare_overwriting, act_freeing, assert_old_or_none },
        { prepare_ends, act_ending, assert_ends },
};

/* A supervisor that comes now: what does it find? */
static void check_copy(const struct step *step, const unsigned char *snapshot) {
        struct record_store original = store;
        int fd = memfd_create("copy", MFD_CLOEXEC);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(ftruncate(fd, size_of_memory()), 0);
        ck_assert_int_eq(pwrite(fd, snapshot, LOOKED_AT, 0), LOOKED_AT);
        ck_assert_int_eq(record_store_open(&store, &fd), 1);
        step->check();
        record_store_close(&store);
        store = original;
}

START_TEST(a_kill_at_any_instruction_leaves_the_old_or_the_new) {
        static unsigned char snapshot[LOOKED_AT];
        const struct step *step = &steps[_i];
        unsigned seen = 0;
        int status;

        step->prepare();
        memcpy(snapshot, store.memory, sizeof(snapshot));
        pid_t child = fork();
        if (child == 0) {
                if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
                        _exit(77);
                (void)raise(SIGSTOP);
                step->act();
                (void)raise(SIGUSR1);
                _exit(0);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
                (void)printf("# no ptrace here: skipped\n");
                return;
        }
        for (; WIFSTOPPED(status) && WSTOPSIG(status) != SIGUSR1;) {
                ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
                ck_assert_int_eq(waitpid(child, &status, 0), child);
                if (memcmp(snapshot, store.memory, sizeof(snapshot)) == 0)
                        continue;
                memcpy(snapshot, store.memory, sizeof(snapshot));
                check_copy(step, snapshot);
                seen++;
        }
        ck_assert(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
        memcpy(snapshot, store.memory, sizeof(snapshot));
        check_copy(step, snapshot);
        (void)kill(child, SIGKILL);
        (void)waitpid(child, &status, 0);
        ck_assert_uint_ge(seen, 1);
}
END_TEST

/* What the child has done, told to its parent. */
struct told {
        volatile uint32_t written, begun;
};

/* A record whose every byte tells its number; sizes go up and down, so that it moves now and then. */
static size_t make_record(uint32_t number, unsigned char *data) {
        size_t length = 8 + (number * UINT32_C(2654435761) >> 20);

        memset(data, (int)(number & 0xff), length);
        memcpy(data, &number, sizeof(number));
        return length;
}

static uint32_t number_of(const struct record_found *found) {
        static unsigned char wanted[RECORD_SIZE_MAX];
        uint32_t number;

        ck_assert_uint_ge(found->length, sizeof(number));
        memcpy(&number, found->data, sizeof(number));
        ck_assert_uint_eq(found->length, make_record(number, wanted));
        ck_assert_mem_eq(found->data, wanted, found->length);
        return number;
}

/* As the manager does it: the newest is gone on with, an older one is given up. 0: there was none. */
static uint32_t take_over(struct record_place *ret) {
        struct record_found found, newest = { 0 };
        unsigned damaged = 0;
        uint32_t at = 0;

        while (record_store_next(&store, &at, &found, &damaged) > 0)
                if (found.sequence > newest.sequence) {
                        record_store_free(&store, &newest.place);
                        newest = found;
                } else
                        record_store_free(&store, &found.place);
        ck_assert_uint_eq(damaged, 0);
        *ret = newest.place;
        return newest.data ? number_of(&newest) : 0;
}

static void write_until_killed(struct told *told) {
        static unsigned char data[RECORD_SIZE_MAX];
        struct record_place p;
        uint32_t number;

        (void)open_again();
        number = take_over(&p);
        told->begun = 1;
        for (;;) {
                size_t length = make_record(++number, data);

                /* Now and then it ends and comes again; its place is free in between. */
                if (number % 16 == 0 && p.units > 0) {
                        struct record_place fresh = { 0 };

                        (void)record_store_write(&store, &fresh, RECORD_OF_UNIT, data, length);
                        record_store_free(&store, &fresh);
                }
                if (record_store_write(&store, &p, RECORD_OF_UNIT, data, length) < 0)
                        _exit(1);
                told->written = number;
        }
}

START_TEST(random_kills_leave_the_old_or_the_new) {
        struct told *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        struct record_place p = { 0 };
        uint32_t room = 0;

        state = (uint64_t)time(NULL);
        (void)printf("# seed %llu\n", (unsigned long long)state);
        for (int round = 0; round < 300; round++) {
                struct timespec some_time = { .tv_nsec = draw(400000) };
                int status;

                told->begun = 0;
                pid_t child = fork();
                if (child == 0)
                        write_until_killed(told);
                while (!told->begun && waitpid(child, &status, WNOHANG) == 0)
                        ;
                (void)nanosleep(&some_time, NULL);
                ck_assert_int_eq(kill(child, SIGKILL), 0);
                ck_assert_int_eq(waitpid(child, &status, 0), child);
                ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
                ck_assert_int_eq(open_again(), 1);
                uint32_t number = take_over(&p);
                ck_assert_uint_ge(number, told->written);
                ck_assert_uint_le(number, told->written + 1);
                room = store.used;
        }
        /* Nothing leaks over 300 supervisors: a few places of each size, and the head. */
        ck_assert_uint_le(room, 192 + 4 * (4 + 6 + 8 + 12 + 24 + 48 + 96 + 128));
        (void)munmap(told, sizeof(*told));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("record-kill");
        TCase *all = tcase_create("all");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(all, set_up, tear_down);
        tcase_set_timeout(all, 60);
        tcase_add_loop_test(all, a_kill_at_any_instruction_leaves_the_old_or_the_new, 0, ARRAY_LEN(steps));
        tcase_add_test(all, random_kills_leave_the_old_or_the_new);
        suite_add_tcase(suite, all);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
