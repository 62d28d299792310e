/* SPDX-License-Identifier: MIT */
/* Settings in one piece: what units say alike is stored once, and everything that they say is in it. That no kind of field is
 * forgotten is seen in test-directive.c, which packs every row. */
#include "unit-fixture.h"

#include "supervisor/unit/directive.h"
#include "supervisor/unit/pack.h"

#include <malloc.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

static struct unit *load(const char *name, const char *lines) {
        owned_str path = text_printf("lib/%s", name);
        owned_str text =
                text_printf("[Unit]\nDescription=I am %s\n[Service]\nExecStart=/bin/%s $x\n%s\n", name, name, lines);

        fixture_write(path, text);
        return fixture_load(name);
}

START_TEST(units_that_say_the_same_share_it) {
        static const char lines[] = "User=nobody\nEnvironment=A=1 B=2\nSystemCallFilter=@system-service reboot:EPERM\n"
                                    "MemoryMax=1G\nRestart=always\nExecStop=/bin/stop\nBindPaths=/a:/b /c\n"
                                    "StandardInputText=hello\nDeviceAllow=/dev/null rw\nLimitNOFILE=1:2";
        OWNED(unit) struct unit *a = load("a.service", lines);
        OWNED(unit) struct unit *b = load("b.service", lines);

        ck_assert_ptr_eq(a->unit, b->unit);
        ck_assert_ptr_eq(a->exec, b->exec);
        ck_assert_ptr_eq(a->kill, b->kill);
        ck_assert_ptr_eq(a->cgroup, b->cgroup);
        ck_assert_ptr_eq(a->service, b->service);
        ck_assert_ptr_ne(a->commands, b->commands);
        ck_assert_str_eq(b->description, "I am b.service");
        ck_assert_str_eq(b->commands->lists[COMMAND_START].items[0].argv[0], "/bin/b.service");
        ck_assert_str_eq(b->commands->lists[COMMAND_START].items[0].argv[1], "$x");
        ck_assert_ptr_null(b->commands->lists[COMMAND_START].items[0].argv[2]);
        ck_assert_str_eq(unit_file(b, b->commands->lists[COMMAND_STOP].items[0].origin), b->fragment_path);
        ck_assert_str_eq(b->exec->environment[1], "B=2");
        ck_assert_str_eq(b->exec->syscall_filter.items[1].text, "reboot:EPERM");
        ck_assert_str_eq(b->exec->input_data, "hello\n");
        ck_assert_str_eq(b->cgroup->device_allow[0].path, "/dev/null");
}
END_TEST

START_TEST(the_last_of_them_takes_it_along) {
        size_t before = packed_count(), one;
        struct unit *a = load("a.service", "Nice=1"), *b;

        one = packed_count() - before;
        b = load("b.service", "Nice=1");
        ck_assert_uint_eq(packed_count() - before, one + 1);
        unit_free(a);
        ck_assert_int_eq(b->exec->nice, 1);
        ck_assert_str_eq(b->exec->tty_path, "/dev/console");
        unit_free(b);
        ck_assert_uint_eq(packed_count(), before);
}
END_TEST

/* Each differs from the others, and from none at all. */
static const char *const differences[] = {
        "",
        "Nice=5",
        "LimitNOFILE=1:2",
        "LimitNOFILE=1:3",
        "CPUAffinity=1",
        "Environment=A=1",
        "Environment=A=2",
        "Environment=A=1 B=1",
        "Environment=A=1B=1",
        "UnsetEnvironment=A",
        "PassEnvironment=A",
        "SystemCallFilter=read",
        "SystemCallFilter=~read",
        "SystemCallLog=read",
        "BindPaths=/a",
        "BindReadOnlyPaths=/a",
        "TemporaryFileSystem=/a",
        "TemporaryFileSystem=/a:ro",
        "WorkingDirectory=/a",
        "WorkingDirectory=-/a",
        "StandardInputText=a",
        "StandardInputData=AGE=",
        "StandardInputData=AGI=",
        "EnvironmentFile=/a",
        "EnvironmentFile=-/a",
        "RuntimeDirectory=a",
        "StateDirectory=a",
};

START_TEST(one_difference_is_enough) {
        struct unit *units[ARRAY_LEN(differences)];

        for (size_t i = 0; i < ARRAY_LEN(units); i++) {
                owned_str name = text_printf("u%zu.service", i);

                units[i] = load(name, differences[i]);
                for (size_t k = 0; k < i; k++)
                        ck_assert_msg(units[i]->exec != units[k]->exec, "%s, %s", differences[i], differences[k]);
                ck_assert_ptr_eq(units[i]->cgroup, units[0]->cgroup);
        }
        for (size_t i = 0; i < ARRAY_LEN(units); i++)
                unit_free(units[i]);
}
END_TEST

#define MANY 200u
START_TEST(a_unit_like_others_takes_little) {
        static struct unit *units[MANY];
        size_t before = 0;

        for (size_t i = 0; i < MANY; i++) {
                owned_str name = text_printf("u%zu.service", i);

                if (i == 1) /* the first one brings what they share */
                        before = mallinfo2().uordblks;
                units[i] = load(name, "Restart=always\nUser=nobody\nProtectSystem=strict");
                fixture_said[0] = 0;
        }
        if (!IS_SANITIZED)
                ck_assert_uint_le((mallinfo2().uordblks - before) / (MANY - 1), 1400);
        for (size_t i = 0; i < MANY; i++)
                unit_free(units[i]);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("pack");
        TCase *c = tcase_create("pack");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_checked_fixture(c, fixture_setup, fixture_teardown);
        tcase_add_test(c, units_that_say_the_same_share_it);
        tcase_add_test(c, the_last_of_them_takes_it_along);
        tcase_add_test(c, one_difference_is_enough);
        tcase_add_test(c, a_unit_like_others_takes_little);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
