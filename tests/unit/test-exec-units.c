/* SPDX-License-Identifier: MIT */
/* From the text of a unit file to the running program: loads real unit files, runs their commands, and asks both the process and
 * the unit's record what became of each line. */
#define EXEC_INSIDE_REAL_UNITS
#include "exec-inside.h"

#include <sys/prctl.h>
#include <sys/stat.h>

static struct fixture f;
static struct unit *unit;
static char directory[] = "/tmp/keel-test-units-XXXXXX";

static void setup(void) {
        (void)strcpy(strrchr(directory, '-'), "-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(directory));
        fixture_init(&f);
}

static void teardown(void) {
        char command[96];

        unit_free(unit);
        unit = NULL;
        exec_runtime_destroy(&f.runtime);
        (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
        ck_assert_int_eq(system(command), 0);
}

static void load(const char *name, const char *text) {
        char *search_path[] = { directory, NULL };
        struct unit_context context = {
                .search_path = search_path,
                .host_name = "host",
                .machine_id = "0123456789abcdef0123456789abcdef",
                .boot_id = "0123456789abcdef0123456789abcdef",
                .kernel_release = "6.1",
                .architecture = "x86-64",
                .runtime_root = "/run",
                .state_root = "/var/lib",
                .cache_root = "/var/cache",
                .logs_root = "/var/log",
                .user_name = "root",
                .user_home = "/root",
                .user_shell = "/bin/sh",
                .diag = &f.diag,
        };
        char path[128];
        FILE *file;

        (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
        file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        (void)fputs(text, file);
        (void)fclose(file);
        ck_assert_int_eq(unit_load(&context, name, &unit), 0);
        ck_assert_msg(unit->load_state == UNIT_LOADED, "%s", unit->load_error);
        ck_assert_uint_eq(f.diag.errors, 0);
        f.request.unit = unit;
        f.request.invocation_id = own_invocation_id();
}

static void run(enum service_command kind) {
        f.request.kind = kind;
        ck_assert_uint_gt(unit->commands->lists[kind].count, 0);
        f.request.command = &unit->commands->lists[kind].items[0];
        fixture_run(&f);
}

static void expect(enum service_command kind, const char *output) {
        run(kind);
        ck_assert_msg(f.built == 0, "%d %s", f.failure.exit_status, f.failure.detail);
        ck_assert_msg(f.spawned.has_execed, "%d %s: %s", f.failure.exit_status, f.failure.detail,
                      strerror(f.failure.error));
        ck_assert_str_eq(f.output, output);
}

static enum outcome outcome_of(const char *key) {
        struct assignment a = unit_find_assignment(unit, key);

        ck_assert_msg(a.key != NULL, "%s is not set", key);
        return a.outcome;
}

START_TEST(words_and_variables_come_out_as_the_manual_says) {
        load("words.service", "[Service]\nEnvironment=\"ONE=one\" 'TWO=two two'\n"
                              "ExecStart=/usr/bin/printf '<%%s>' $ONE $TWO ${TWO} \"a b\" $$HOME \\x41 %n\n"
                              "ExecStartPre=:/usr/bin/printf '<%%s>' $ONE ${TWO}\n"
                              "ExecStop=@/bin/sh other -c 'echo $0'\n");
        expect(COMMAND_START, "<one><two><two><two two><a b><$HOME><A><words.service>");
        expect(COMMAND_START_PRE, "<$ONE><${TWO}>");
        expect(COMMAND_STOP, "other\n");
}
END_TEST

START_TEST(streams_and_data_come_from_the_file) {
        load("data.service", "[Service]\nStandardInputText=hello\nStandardInputText=  \\x41\nStandardError=null\n"
                             "ExecStart=/bin/sh -c 'cat; echo gone >&2'\n");
        expect(COMMAND_START, "hello\nA\n");
}
END_TEST

START_TEST(limits_and_priorities_come_from_the_file) {
        load("limits.service",
             "[Service]\nLimitNOFILE=512:1024\nLimitCORE=0\nNice=5\nOOMScoreAdjust=100\nUMask=0027\n"
             "IOSchedulingClass=idle\nCPUSchedulingPolicy=batch\nTimerSlackNSec=5ms\nCPUAffinity=0\n"
             "WorkingDirectory=-/nowhere\n"
             "ExecStart=/bin/sh -c 'ulimit -n; ulimit -Hn; ulimit -c; nice; cat /proc/self/oom_score_adj; umask;"
             "cat /proc/self/timerslack_ns; pwd; cut -d\" \" -f41 /proc/self/stat'\n");
        expect(COMMAND_START, "512\n1024\n0\n5\n100\n0027\n5000000\n/\n3\n");
        ck_assert_int_eq(outcome_of("Service.LimitNOFILE"), OUTCOME_APPLIED);
        ck_assert_int_eq(outcome_of("Service.CPUAffinity"), OUTCOME_APPLIED);
}
END_TEST

START_TEST(what_cannot_be_had_is_in_the_units_record_with_a_reason) {
        load("greedy.service",
             "[Service]\nLimitNOFILE=infinity\nAppArmorProfile=-nothing\nRemoveIPC=yes\nTTYVTDisallocate=yes\n"
             "ExecStart=/bin/true\n");
        expect(COMMAND_START, "");
        ck_assert_int_eq(outcome_of("Service.LimitNOFILE"), OUTCOME_UNAVAILABLE);
        ck_assert_ptr_nonnull(unit_find_assignment(unit, "Service.LimitNOFILE").why);
        if (access("/sys/module/apparmor", F_OK) < 0)
                ck_assert_int_eq(outcome_of("Service.AppArmorProfile"), OUTCOME_UNAVAILABLE);
        ck_assert_int_eq(outcome_of("Service.TTYVTDisallocate"), OUTCOME_UNSUPPORTED);
}
END_TEST

START_TEST(a_filter_kills_and_the_status_says_by_which_signal) {
        load("filter.service",
             "[Service]\nSystemCallFilter=@system-service\nSystemCallFilter=~uname\nExecStart=/bin/uname\n");
        run(COMMAND_START);
        ck_assert(f.spawned.has_execed);
        ck_assert(WIFSIGNALED(f.wait_status));
        ck_assert_int_eq(WTERMSIG(f.wait_status), SIGSYS);
}
END_TEST

/* The directives of Debian's redis-server.service, which is about all of them. */
START_TEST(a_distributions_hardened_unit_runs) {
        char name[64], expected[192];

        /* The unit's name is in the folder's: the same test may run elsewhere on the machine at the same time. */
        (void)snprintf(name, sizeof(name), "keel-test-hard-%d.service", getpid());
        (void)snprintf(expected, sizeof(expected),
                       "daemon\n0007\nCapBnd: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2\nread-only\n"
                       "/run/keel-test-hard-%d\n",
                       getpid());
        load(name,
             "[Service]\nType=notify\nUser=daemon\nGroup=daemon\nRuntimeDirectory=%N\nRuntimeDirectoryMode=2755\n"
             "UMask=007\nPrivateTmp=true\nLimitNOFILE=4096\nPrivateDevices=true\nProtectHome=true\n"
             "ProtectSystem=strict\nReadWritePaths=-/var/lib/nothing\nNoNewPrivileges=true\n"
             "MemoryDenyWriteExecute=true\nPrivateUsers=true\nProtectClock=true\nProtectControlGroups=true\n"
             "ProtectHostname=true\nProtectKernelLogs=true\nProtectKernelModules=true\nProtectKernelTunables=true\n"
             "ProtectProc=invisible\nRemoveIPC=true\nRestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n"
             "RestrictNamespaces=true\nRestrictRealtime=true\nRestrictSUIDSGID=true\n"
             "SystemCallArchitectures=native\nSystemCallFilter=@system-service\nSystemCallFilter=~ @privileged "
             "@resources\n"
             "CapabilityBoundingSet=\nLockPersonality=true\n"
             "ExecStart=/bin/sh -c 'id -un; umask; grep \"NoNew\\|Seccomp:\\|CapBnd\" /proc/self/status | tr \"\\\\t\" "
             "\" \";"
             "touch /usr/x 2>/dev/null || echo read-only; touch $RUNTIME_DIRECTORY/x && echo $RUNTIME_DIRECTORY'\n");
        expect(COMMAND_START, expected);
        ck_assert_int_eq(plan_remove_runtime_directories(unit, false), 0);
}
END_TEST

START_TEST(prefixes_come_from_the_file) {
        load("prefix.service",
             "[Service]\nUser=daemon\nProtectSystem=strict\nSystemCallFilter=~uname\n"
             "ExecStart=/usr/bin/id -u\nExecStartPre=+/bin/sh -c 'id -u; uname >/dev/null && echo ok'\n"
             "ExecStop=!/usr/bin/id -u\nExecReload=!!/usr/bin/id -u\n");
        expect(COMMAND_START, "1\n");
        expect(COMMAND_START_PRE, "0\nok\n");
        expect(COMMAND_STOP, "0\n");
        expect(COMMAND_RELOAD, "1\n");
}
END_TEST

START_TEST(a_capability_is_given_to_a_user) {
        load("ambient.service", "[Service]\nUser=daemon\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"
                                "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID\nSecureBits=noroot-locked\n"
                                "ExecStart=/bin/sh -c 'grep Cap[BEA] /proc/self/status | tr \"\\\\t\" \" \"'\n");
        expect(COMMAND_START, "CapEff: 0000000000000400\nCapBnd: 0000000000000480\nCapAmb: 0000000000000400\n");
}
END_TEST

int main(void) {
        const TTest *const for_all[] = {
                words_and_variables_come_out_as_the_manual_says,
                streams_and_data_come_from_the_file,
                limits_and_priorities_come_from_the_file,
                what_cannot_be_had_is_in_the_units_record_with_a_reason,
                a_filter_kills_and_the_status_says_by_which_signal,
        };
        const TTest *const for_root[] = {
                a_distributions_hardened_unit_runs,
                prefixes_come_from_the_file,
                a_capability_is_given_to_a_user,
        };
        Suite *s = suite_create("exec-units");
        TCase *c = tcase_create("all");
        SRunner *r = srunner_create(s);
        int failed;

        tcase_add_checked_fixture(c, setup, teardown);
        tcase_set_timeout(c, 60);
        for (size_t i = 0; i < ARRAY_LEN(for_all); i++)
                tcase_add_test(c, for_all[i]);
        for (size_t i = 0; geteuid() == 0 && i < ARRAY_LEN(for_root); i++)
                tcase_add_test(c, for_root[i]);
        if (geteuid() != 0)
                puts("SKIP: users and sandboxes: not root");
        suite_add_tcase(s, c);
        srunner_run_all(r, CK_ENV);
        failed = srunner_ntests_failed(r);
        srunner_free(r);
        return failed != 0;
}
