/* SPDX-License-Identifier: MIT */
/* The logger's loop over real pipes and a real line, turned by hand: no second process, no waiting. */
#include "base/clock.h"
#include "base/sys.h"
#include "log/logger.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

static struct logger logger;
static struct logger dead __attribute__((used));
static char directory[64];
static int line_fd, their_line_fd; /* the supervisor's end, the logger's */
static int mirror_fd; /* where the mirror can be read */
static uint64_t now_us = 1000000, step_us;
static int late_fd = -1; /* somebody says "late" here at late_us */
static uint64_t late_us;

uint64_t clock_monotonic_us(void) {
        now_us += step_us;
        if (late_fd >= 0 && now_us >= late_us) {
                ck_assert_int_eq(write(late_fd, "late\n", 5), 5);
                late_fd = -1;
        }
        return now_us;
}

uint64_t clock_realtime_us(void) {
        return 1795508706123456;
}

#define STAMP "2026-11-24T08:25:06.123456Z"

static void start(enum logger_format format, uint64_t block_us) {
        struct logger_limits limits = { .file_bytes = 1u << 20, .files = 4 };
        int line[2], mirror[2], fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        memset(&logger, 0, sizeof(logger));
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line), 0);
        ck_assert_int_eq(pipe2(mirror, O_CLOEXEC | O_NONBLOCK), 0);
        line_fd = line[0];
        their_line_fd = line[1];
        mirror_fd = mirror[0];
        ck_assert_int_eq(logger_store_open(&logger.store, &fd, &limits), 0);
        logger_mirror_open(&logger.mirror, mirror[1], format, LOGGER_COLOR_NEVER, block_us);
        close_fd(&mirror[1]);
        ck_assert_int_eq(logger_init(&logger, their_line_fd), 0);
}

static void stop(void) {
        close_fd(&mirror_fd);
        if (logger.epoll_fd > 0)
                logger_free(&logger);
        close_fd(&logger.store.directory_fd);
        close_fd(&line_fd);
        close_fd(&their_line_fd);
}

static void set_up(void) {
        (void)snprintf(directory, sizeof(directory), "/tmp/keel-test-logger.XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void tear_down(void) {
        char command[96];

        stop();
        (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
        ck_assert_int_eq(system(command), 0);
}

/* Until nothing is left to do. */
static void turn(void) {
        struct pollfd p = { .events = POLLIN };

        do {
                (void)logger_turn(&logger, 0);
                p.fd = logger.epoll_fd;
        } while (poll(&p, 1, 0) > 0);
}

static int add(const char *unit, uint32_t flags, int fds[2]) {
        struct logger_add_options options = { .flags = flags, .priority = 6 };

        if (fds[0] < 0)
                ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        return logger_line_add(line_fd, unit, fds[0], &options);
}

static void say(int fd, const char *text) {
        ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void fill(int fd, size_t bytes) {
        char line[] = "0123456789012345678901234567890123456789012345678901234567890\n";

        while (bytes >= sizeof(line) - 1) {
                say(fd, line);
                bytes -= sizeof(line) - 1;
        }
}

static void expect_log(const char *unit, const char *text) {
        char name[128];
        owned_str got = NULL;
        size_t length;

        (void)snprintf(name, sizeof(name), "%s.log", unit);
        if (sys_read_file(logger.store.directory_fd, name, 1u << 22, &got, &length) < 0)
                got = strdup("");
        ck_assert_str_eq(got, text);
}

static void expect_mirror(const char *text) {
        static char got[1u << 17];
        ssize_t n = read(mirror_fd, got, sizeof(got) - 1);

        got[MAX(n, (ssize_t)0)] = 0;
        ck_assert_str_eq(got, text);
}

static void sync_line(uint64_t cookie) {
        ck_assert_int_eq(logger_line_sync(line_fd, LOGGER_SYNC, cookie), 0);
}

/* The kind of the next answer, 0: none. */
static unsigned answer(union logger_packet *ret) {
        int fd, r;

        do
                r = logger_line_receive(line_fd, ret, &fd);
        while (r == 1 && ret->header.kind == LOGGER_SPEAKS);
        if (r == -EAGAIN)
                return 0;
        ck_assert_int_eq(r, 1);
        return ret->header.kind;
}

/* The cookie that has been answered, 0: none. */
static uint64_t synced(void) {
        union logger_packet p;

        if (answer(&p) == 0)
                return 0;
        ck_assert_uint_eq(p.header.kind, LOGGER_SYNCED);
        return p.sync.cookie;
}

static void expect_removed(const char *unit) {
        union logger_packet p;

        ck_assert_uint_eq(answer(&p), LOGGER_REMOVED);
        ck_assert_str_eq(p.unit.unit, unit);
}

enum {
        STORE = LOGGER_ADD_STORE,
        MIRROR = LOGGER_ADD_MIRROR,
        LEVELS = LOGGER_ADD_LEVEL_PREFIX,
        AGAIN = LOGGER_ADD_AGAIN
};

/* --- lines --------------------------------------------------------------------------------------------------------- */

START_TEST(lines_are_stored_as_they_come_and_shown_when_they_are_whole) {
        int a[2] = { -1 }, b[2] = { -1 };

        start(LOGGER_MIRROR_PREFIXED, 0);
        ck_assert_int_eq(add("a.service", STORE | MIRROR | LEVELS, a), 0);
        ck_assert_int_eq(add("b.service", MIRROR, b), 0);
        say(a[1], "one\n<3>tw");
        turn();
        say(b[1], "other\n");
        turn();
        say(a[1], "o\nthree");
        turn();
        expect_log("a.service", STAMP " one\n" STAMP " <3>two\n" STAMP " three");
        expect_log("b.service", "");
        expect_mirror("a.service: one\nb.service: other\na.service: two\n");
}
END_TEST

START_TEST(remove_writes_what_is_in_the_pipe_and_ends_the_line) {
        int a[2] = { -1 };

        start(LOGGER_MIRROR_PLAIN, 0);
        ck_assert_int_eq(add("a.service", STORE | MIRROR, a), 0);
        say(a[1], "last words");
        ck_assert_int_eq(logger_line_unit(line_fd, LOGGER_REMOVE, "a.service"), 0);
        ck_assert_int_eq(logger_line_unit(line_fd, LOGGER_REMOVE, "nobody.service"), 0);
        sync_line(5);
        turn();
        expect_removed("nobody.service"); /* has no last words */
        expect_removed("a.service");
        ck_assert_uint_eq(synced(), 5);
        expect_log("a.service", STAMP " last words\n");
        expect_mirror("last words\n");
        say(a[1], "somebody else had it, too\n");
        turn();
        expect_mirror("somebody else had it, too\n");
        close_fd(&a[1]);
        turn();
        ck_assert_ptr_null(logger.sources);
}
END_TEST

START_TEST(a_pipe_that_is_added_again_goes_on_in_the_middle_of_its_line) {
        int a[2] = { -1 };

        start(LOGGER_MIRROR_PREFIXED, 0);
        ck_assert_int_eq(add("a.service", STORE | MIRROR, a), 0);
        say(a[1], "half a");
        turn();
        ck_assert_int_eq(logger_line_unit(line_fd, LOGGER_REMOVE, "b.service"), 0);
        ck_assert_int_eq(add("a.service", STORE | MIRROR | LEVELS, a), 0);
        turn();
        say(a[1], " line\n<3>an error\n");
        turn();
        expect_removed("b.service");
        expect_log("a.service", STAMP " half a line\n" STAMP " <3>an error\n");
        expect_mirror("a.service: half a line\na.service: an error\n");
}
END_TEST

START_TEST(a_ping_is_answered_though_the_mirror_is_full) {
        int a[2] = { -1 };
        union logger_packet p;

        start(LOGGER_MIRROR_PLAIN, 10 * US_PER_SEC);
        ck_assert_int_eq(add("a.service", MIRROR, a), 0);
        turn();
        for (int i = 0; i < 5; i++) {
                fill(a[1], 50000);
                turn();
        }
        ck_assert_int_eq(logger.mirror.state, LOGGER_MIRROR_WAITING);
        ck_assert_int_eq(logger_line_ping(line_fd), 0);
        turn();
        ck_assert_uint_eq(answer(&p), LOGGER_READY);
        ck_assert_uint_eq(p.ready.version, LOGGER_VERSION);
}
END_TEST

START_TEST(answers_wait_for_a_supervisor_that_does_not_read) {
        unsigned asked = 0, removed = 0;
        union logger_packet p;

        start(LOGGER_MIRROR_NONE, 0);
        for (unsigned i = 0; i < 1000; i++) { /* the line is full of answers long before */
                sync_line(i + 1);
                asked++;
                turn();
                if (logger.owes_answer)
                        break;
        }
        ck_assert(logger.owes_answer);
        while (answer(&p))
                removed++;
        (void)logger_turn(&logger, 0);
        while (answer(&p))
                removed++;
        ck_assert_uint_eq(removed, asked);
        ck_assert(!logger.owes_answer);
}
END_TEST

START_TEST(break_ends_the_line_of_a_process_that_has_ended) {
        int a[2] = { -1 };

        start(LOGGER_MIRROR_PLAIN, 0);
        ck_assert_int_eq(add("a.service", STORE | MIRROR, a), 0);
        say(a[1], "killed in the middle of");
        ck_assert_int_eq(logger_line_unit(line_fd, LOGGER_BREAK, "a.service"), 0);
        turn();
        say(a[1], "the next\n");
        turn();
        expect_log("a.service", STAMP " killed in the middle of\n" STAMP " the next\n");
        expect_mirror("killed in the middle of\nthe next\n");
}
END_TEST

START_TEST(what_a_dead_logger_left_in_the_pipe_is_read_by_the_next) {
        int a[2] = { -1 };

        start(LOGGER_MIRROR_PLAIN, 0);
        ck_assert_int_eq(add("a.service", STORE, a), 0);
        say(a[1], "first, and ha");
        turn();
        /* Dead: nothing of what ends a logger is done. */
        dead = logger;
        close_fd(&logger.epoll_fd);
        close_fd(&logger.mirrored_fd);
        say(a[1], "lf a line\n");
        stop();
        start(LOGGER_MIRROR_PLAIN, 0);
        ck_assert_int_eq(add("a.service", STORE | AGAIN, a), 0);
        turn();
        expect_log("a.service", STAMP " first, and half a line\n");
}
END_TEST

START_TEST(a_pipe_without_writers_does_not_wake_the_logger) {
        int a[2] = { -1 };
        struct pollfd p = { .events = POLLIN };

        start(LOGGER_MIRROR_PLAIN, 0);
        ck_assert_int_eq(add("a.service", STORE, a), 0);
        say(a[1], "x\n");
        turn();
        close_fd(&a[1]);
        for (int i = 0; i < 3; i++)
                (void)logger_turn(&logger, 0);
        p.fd = logger.epoll_fd;
        ck_assert_int_eq(poll(&p, 1, 0), 0);
        expect_log("a.service", STAMP " x\n");
}
END_TEST

START_TEST(another_pipe_for_the_same_unit_takes_the_place_of_the_first) {
        int a[2] = { -1 }, b[2] = { -1 };

        start(LOGGER_MIRROR_PLAIN, 0);
        ck_assert_int_eq(add("a.service", STORE | MIRROR, a), 0);
        turn();
        say(a[1], "old");
        ck_assert_int_eq(add("a.service", STORE | MIRROR, b), 0);
        say(b[1], "new\n");
        turn();
        expect_log("a.service", STAMP " old\n" STAMP " new\n");
        /* The same pipe with other options: the line goes on. */
        say(b[1], "ha");
        turn();
        ck_assert_int_eq(add("a.service", STORE, b), 0);
        say(b[1], "lf\n");
        turn();
        expect_log("a.service", STAMP " old\n" STAMP " new\n" STAMP " half\n");
}
END_TEST

START_TEST(the_end_of_the_line_ends_the_logger_after_the_last_words) {
        int a[2] = { -1 };

        start(LOGGER_MIRROR_PLAIN, 0);
        ck_assert_int_eq(add("a.service", STORE | MIRROR, a), 0);
        turn();
        say(a[1], "last");
        close_fd(&line_fd);
        step_us = 10 * US_PER_MS;
        ck_assert_int_eq(logger_run(&logger), 0);
        expect_log("a.service", STAMP " last");
        expect_mirror("last\n");
}
END_TEST

/* What wakes the logger without being a word, such as the signal that ends everybody, is not silence. */
START_TEST(who_is_slow_to_say_his_last_words_is_heard) {
        int a[2] = { -1 }, b[2] = { -1 };

        start(LOGGER_MIRROR_PLAIN, 0);
        ck_assert_int_eq(add("a.service", STORE | MIRROR, a), 0);
        ck_assert_int_eq(add("b.service", STORE | MIRROR, b), 0);
        turn();
        close_fd(&line_fd);
        close_fd(&b[1]);
        step_us = 10 * US_PER_MS;
        late_us = now_us + 200 * US_PER_MS;
        late_fd = a[1];
        ck_assert_int_eq(logger_run(&logger), 0);
        expect_log("a.service", STAMP " late\n");
        expect_mirror("late\n");
}
END_TEST

START_TEST(the_last_sync_ends_every_line_and_waits_for_nobody) {
        int a[2] = { -1 }, b[2] = { -1 };

        start(LOGGER_MIRROR_PLAIN, 0);
        ck_assert_int_eq(add("a.service", STORE | MIRROR, a), 0);
        ck_assert_int_eq(add("b.service", STORE | MIRROR, b), 0);
        say(a[1], "unfinished");
        ck_assert_int_eq(logger_line_sync(line_fd, LOGGER_LAST, 5), 0);
        turn();
        ck_assert_uint_eq(synced(), 5);
        expect_log("a.service", STAMP " unfinished\n");
        expect_mirror("unfinished\n");
        close_fd(&line_fd);
        ck_assert_int_eq(logger_run(&logger), 0); /* its clock stands still: it would wait for ever */
}
END_TEST

START_TEST(nonsense_on_the_line_is_survived) {
        int a[2] = { -1 };
        union logger_packet p = { .header = { .kind = LOGGER_SYNCED } };
        struct logger_add_options options = { .flags = STORE };

        start(LOGGER_MIRROR_PLAIN, 0);
        ck_assert_int_eq(send(line_fd, "x", 1, 0), 1);
        ck_assert_int_eq(logger_line_send(line_fd, &p, -1), 0);
        p.header.kind = LOGGER_ADD;
        ck_assert_int_eq(logger_line_send(line_fd, &p, -1), 0);
        ck_assert_int_eq(logger_line_add(line_fd, "../x", 0, &options), -EINVAL);
        memcpy(p.add.unit, "../x", 5);
        p.header.kind = LOGGER_ADD;
        ck_assert_int_eq(logger_line_send(line_fd, &p, line_fd), 0);
        ck_assert_int_eq(add("a.service", STORE, a), 0);
        say(a[1], "fine\n");
        turn();
        expect_log("a.service", STAMP " fine\n");
}
END_TEST

/* --- a mirror that nobody reads ------------------------------------------------------------------------------------ */

/* More than the mirror's pipe and its buffer hold. */
static void fill_mirror(int fd) {
        for (int i = 0; i < 8; i++) {
                fill(fd, 50000);
                (void)logger_turn(&logger, 0);
        }
}

START_TEST(a_full_mirror_holds_its_services_up_but_no_other) {
        int a[2] = { -1 }, b[2] = { -1 }, left = 0;

        start(LOGGER_MIRROR_PLAIN, 10 * US_PER_SEC);
        ck_assert_int_eq(add("a.service", MIRROR, a), 0);
        ck_assert_int_eq(add("b.service", STORE, b), 0);
        ck_assert_int_eq(fcntl(a[1], F_SETPIPE_SZ, 1 << 20), 1 << 20);
        turn();
        fill_mirror(a[1]);
        turn();
        ck_assert_int_eq(logger.mirror.state, LOGGER_MIRROR_WAITING);
        ck_assert_int_eq(ioctl(a[0], FIONREAD, &left), 0);
        ck_assert_int_gt(left, 0);
        say(b[1], "not held up\n");
        sync_line(9);
        turn();
        expect_log("b.service", STAMP " not held up\n");
        ck_assert_uint_eq(synced(), 0);
        /* Somebody reads: everything comes, nothing is lost. */
        for (size_t sum = 0; sum < 8 * (50000 / 62) * 62;) {
                char text[65536];
                ssize_t n = read(mirror_fd, text, sizeof(text));

                ck_assert_int_gt(n, 0);
                sum += (size_t)n;
                turn();
        }
        ck_assert_uint_eq(synced(), 9);
        ck_assert_uint_eq(logger.mirror.dropped_lines, 0);
}
END_TEST

START_TEST(a_mirror_that_stays_full_costs_lines_which_are_counted) {
        int a[2] = { -1 }, left = 0;
        uint64_t dropped = 0;
        char text[65537];
        ssize_t n;

        start(LOGGER_MIRROR_PLAIN, 10 * US_PER_SEC);
        ck_assert_int_eq(add("a.service", MIRROR, a), 0);
        ck_assert_int_eq(fcntl(a[1], F_SETPIPE_SZ, 1 << 20), 1 << 20);
        turn();
        fill_mirror(a[1]);
        turn();
        now_us += 11 * US_PER_SEC;
        turn();
        ck_assert_int_eq(logger.mirror.state, LOGGER_MIRROR_DROPPING);
        ck_assert_int_eq(ioctl(a[0], FIONREAD, &left), 0);
        ck_assert_int_eq(left, 0);
        dropped = logger.mirror.dropped_lines;
        ck_assert_uint_gt(dropped, 0);
        while ((n = read(mirror_fd, text, sizeof(text) - 1)) > 0) {
                char *report;

                text[n] = 0;
                report = strstr(text, "lines were not shown");
                if (report) {
                        while (report > text && report[-1] != '\n')
                                report--;
                        ck_assert_uint_eq(strtoull(report, NULL, 10), dropped);
                        dropped = 0;
                }
                turn();
        }
        ck_assert_uint_eq(dropped, 0);
        ck_assert_int_eq(logger.mirror.state, LOGGER_MIRROR_FLOWING);
}
END_TEST

START_TEST(a_service_is_removed_though_its_last_words_wait_for_the_mirror) {
        int a[2] = { -1 };

        start(LOGGER_MIRROR_PLAIN, 10 * US_PER_SEC);
        ck_assert_int_eq(add("a.service", STORE | MIRROR, a), 0);
        turn();
        for (int i = 0; i < 5; i++) {
                fill(a[1], 50000);
                turn();
        }
        say(a[1], "end");
        ck_assert_int_eq(logger.mirror.state, LOGGER_MIRROR_WAITING);
        ck_assert_int_eq(logger_line_unit(line_fd, LOGGER_REMOVE, "a.service"), 0);
        turn();
        ck_assert_ptr_nonnull(logger.sources);
        for (char text[65536]; read(mirror_fd, text, sizeof(text)) > 0;)
                turn();
        expect_removed("a.service");
        close_fd(&a[1]);
        turn();
        ck_assert_ptr_null(logger.sources);
}
END_TEST

START_TEST(sync_does_not_wait_for_ever_for_a_reader) {
        int a[2] = { -1 };

        start(LOGGER_MIRROR_PLAIN, 10 * US_PER_SEC);
        ck_assert_int_eq(add("a.service", MIRROR, a), 0);
        turn();
        fill(a[1], 60000);
        turn();
        fill(a[1], 60000); /* the mirror's pipe is full, its buffer is not */
        sync_line(4);
        turn();
        ck_assert_int_eq(logger.mirror.state, LOGGER_MIRROR_FLOWING);
        ck_assert_uint_eq(synced(), 0);
        now_us += 3 * US_PER_SEC;
        turn();
        ck_assert_uint_eq(synced(), 4);
}
END_TEST

START_TEST(a_mirror_without_reader_is_given_up) {
        int a[2] = { -1 };

        start(LOGGER_MIRROR_PLAIN, 10 * US_PER_SEC);
        ck_assert_int_eq(add("a.service", STORE | MIRROR, a), 0);
        close_fd(&mirror_fd);
        say(a[1], "x\n");
        turn();
        say(a[1], "y\n");
        sync_line(3);
        turn();
        ck_assert_int_eq(logger.mirror.state, LOGGER_MIRROR_OFF);
        ck_assert_uint_eq(synced(), 3);
        expect_log("a.service", STAMP " x\n" STAMP " y\n");
}
END_TEST

int main(void) {
        Suite *suite = suite_create("logger");
        TCase *c = tcase_create("logger");
        SRunner *runner = srunner_create(suite);
        int failed;

        (void)signal(SIGPIPE, SIG_IGN);
        suite_add_tcase(suite, c);
        tcase_add_checked_fixture(c, set_up, tear_down);
        tcase_add_test(c, lines_are_stored_as_they_come_and_shown_when_they_are_whole);
        tcase_add_test(c, remove_writes_what_is_in_the_pipe_and_ends_the_line);
        tcase_add_test(c, a_pipe_that_is_added_again_goes_on_in_the_middle_of_its_line);
        tcase_add_test(c, a_ping_is_answered_though_the_mirror_is_full);
        tcase_add_test(c, answers_wait_for_a_supervisor_that_does_not_read);
        tcase_add_test(c, break_ends_the_line_of_a_process_that_has_ended);
        tcase_add_test(c, what_a_dead_logger_left_in_the_pipe_is_read_by_the_next);
        tcase_add_test(c, a_pipe_without_writers_does_not_wake_the_logger);
        tcase_add_test(c, another_pipe_for_the_same_unit_takes_the_place_of_the_first);
        tcase_add_test(c, the_end_of_the_line_ends_the_logger_after_the_last_words);
        tcase_add_test(c, who_is_slow_to_say_his_last_words_is_heard);
        tcase_add_test(c, the_last_sync_ends_every_line_and_waits_for_nobody);
        tcase_add_test(c, nonsense_on_the_line_is_survived);
        tcase_add_test(c, a_full_mirror_holds_its_services_up_but_no_other);
        tcase_add_test(c, a_mirror_that_stays_full_costs_lines_which_are_counted);
        tcase_add_test(c, a_service_is_removed_though_its_last_words_wait_for_the_mirror);
        tcase_add_test(c, sync_does_not_wait_for_ever_for_a_reader);
        tcase_add_test(c, a_mirror_without_reader_is_given_up);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
