/* SPDX-License-Identifier: MIT */
#include "init/wire-check.h"

#include "init/signals.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static union wire_request request;

static unsigned check_as(unsigned kind, size_t length, unsigned fds) {
        request.header.kind = (uint16_t)kind;
        request.header.length = (uint32_t)length;
        return wire_check(&request, length, fds);
}

static void set_up(void) {
        memset(&request, 0, sizeof(request));
}

START_TEST(each_request_of_its_size_passes) {
        strcpy(request.name.name, "log:web@1.service");
        ck_assert_uint_eq(check_as(WIRE_KEEP, sizeof(struct wire_name), 1), 0);
        ck_assert_uint_eq(check_as(WIRE_DROP, sizeof(struct wire_name), 0), 0);
        set_up();
        ck_assert_uint_eq(check_as(WIRE_ACK, sizeof(struct wire_ack), 0), 0);
        ck_assert_uint_eq(check_as(WIRE_BEAT, sizeof(struct wire_beat), 0), 0);
        ck_assert_uint_eq(check_as(WIRE_REEXEC, sizeof(struct wire_reexec), 0), 0);
        request.hello.version = WIRE_VERSION;
        ck_assert_uint_eq(check_as(WIRE_HELLO, sizeof(struct wire_hello), 0), 0);
        request.end = (struct wire_end){ .how = WIRE_END_EXIT, .code = 255, .why = "because" };
        ck_assert_uint_eq(check_as(WIRE_END, sizeof(struct wire_end), 0), 0);
}
END_TEST

START_TEST(any_other_size_or_kind_is_malformed) {
        for (unsigned kind = 0; kind < 300; kind++)
                for (size_t length = 0; length <= sizeof(request); length++) {
                        set_up();
                        if (check_as(kind, length, 0) == 0)
                                ck_assert(kind >= WIRE_ACK && kind <= WIRE_REEXEC && length >= sizeof(struct wire_header) + 4);
                }
}
END_TEST

START_TEST(the_header_must_tell_the_truth) {
        ck_assert_uint_eq(check_as(WIRE_ACK, sizeof(struct wire_ack), 0), 0);
        request.header.length++;
        ck_assert_uint_eq(wire_check(&request, sizeof(struct wire_ack), 0), WIRE_REFUSED_MALFORMED);
        request.header.length--;
        request.header.count = 1;
        ck_assert_uint_eq(wire_check(&request, sizeof(struct wire_ack), 0), WIRE_REFUSED_MALFORMED);
}
END_TEST

START_TEST(fds_come_with_keep_only_and_one_at_a_time) {
        strcpy(request.name.name, "x");
        ck_assert_uint_eq(check_as(WIRE_KEEP, sizeof(struct wire_name), 0), WIRE_REFUSED_MALFORMED);
        ck_assert_uint_eq(check_as(WIRE_KEEP, sizeof(struct wire_name), 2), WIRE_REFUSED_MALFORMED);
        ck_assert_uint_eq(check_as(WIRE_DROP, sizeof(struct wire_name), 1), WIRE_REFUSED_MALFORMED);
        ck_assert_uint_eq(check_as(WIRE_ACK, sizeof(struct wire_ack), 1), WIRE_REFUSED_MALFORMED);
}
END_TEST

START_TEST(a_name_must_be_one) {
        static const char *const bad[] = { "", "has blank", "new\nline", "\x1b[0m", "ümlaut", "a;b" };
        static const char *const good[] = { "a", "log:dev-disk-by\\x2duuid.mount", "fd/web.service/-_.@:9" };

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                set_up();
                strcpy(request.name.name, bad[i]);
                ck_assert_uint_eq(check_as(WIRE_DROP, sizeof(struct wire_name), 0), WIRE_REFUSED_MALFORMED);
        }
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
                set_up();
                strcpy(request.name.name, good[i]);
                ck_assert_uint_eq(check_as(WIRE_DROP, sizeof(struct wire_name), 0), 0);
        }
        memset(request.name.name, 'a', WIRE_NAME_MAX);
        ck_assert_uint_eq(check_as(WIRE_DROP, sizeof(struct wire_name), 0), WIRE_REFUSED_MALFORMED);
        request.name.name[WIRE_NAME_MAX - 1] = 0;
        ck_assert_uint_eq(check_as(WIRE_DROP, sizeof(struct wire_name), 0), 0);
}
END_TEST

START_TEST(an_end_must_be_possible) {
        static const struct {
                uint32_t how;
                int32_t code;
        } bad[] = { { 0, 0 }, { WIRE_END_KEXEC + 1, 0 }, { WIRE_END_EXIT, -1 }, { WIRE_END_EXIT, 256 } };

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                request.end.how = bad[i].how;
                request.end.code = bad[i].code;
                ck_assert_uint_eq(check_as(WIRE_END, sizeof(struct wire_end), 0), WIRE_REFUSED_MALFORMED);
        }
        request.end.how = WIRE_END_REBOOT;
        request.end.code = 0;
        memset(request.end.why, 'w', sizeof(request.end.why));
        ck_assert_uint_eq(check_as(WIRE_END, sizeof(struct wire_end), 0), WIRE_REFUSED_MALFORMED);
}
END_TEST

START_TEST(another_version_is_refused_as_such) {
        request.hello.version = WIRE_VERSION + 1;
        ck_assert_uint_eq(check_as(WIRE_HELLO, sizeof(struct wire_hello), 0), WIRE_REFUSED_VERSION);
}
END_TEST

START_TEST(signals_have_names_and_numbers) {
        char buffer[SIGNALS_NAME_MAX];

        for (int n = 1; n <= SIGNALS_MAX; n++)
                ck_assert_int_eq(signals_parse(signals_name(buffer, n)), n);
        ck_assert_int_eq(signals_parse("SIGTERM"), 15);
        ck_assert_int_eq(signals_parse("SIGRTMIN+3"), 37);
        ck_assert_int_eq(signals_parse("0"), 0);
        ck_assert_int_eq(signals_parse("65"), -1);
        ck_assert_int_eq(signals_parse(""), -1);
        ck_assert_int_eq(signals_parse("TERMS"), -1);
        ck_assert_int_eq(signals_parse("99999999999999999999"), -1);
        ck_assert_int_eq(signals_parse("RTMIN+31"), -1);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("wire");
        TCase *all = tcase_create("all");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(all, set_up, NULL);
        tcase_add_test(all, each_request_of_its_size_passes);
        tcase_add_test(all, any_other_size_or_kind_is_malformed);
        tcase_add_test(all, the_header_must_tell_the_truth);
        tcase_add_test(all, fds_come_with_keep_only_and_one_at_a_time);
        tcase_add_test(all, a_name_must_be_one);
        tcase_add_test(all, an_end_must_be_possible);
        tcase_add_test(all, another_version_is_refused_as_such);
        tcase_add_test(all, signals_have_names_and_numbers);
        suite_add_tcase(suite, all);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
