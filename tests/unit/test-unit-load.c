/* SPDX-License-Identifier: MIT */
/* What the lines of a service mean. */
#include "unit-fixture.h"

#include "supervisor/unit/directive.h"

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <syslog.h>

#define CAP_BIT(cap) (1ull << (cap))

static const struct exec_command *command(const struct unit *u, enum service_command kind, size_t i) {
        ck_assert_uint_gt(u->commands->lists[kind].count, i);
        return &u->commands->lists[kind].items[i];
}

/* ---- what becomes of a line ---------------------------------------------------------------------------------------- */

START_TEST(every_line_has_an_outcome) {
        OWNED(unit) struct unit *u = fixture_service("Nice=5\nNice=many\nTTYRows=5\nFoo=bar\nX-Foo=1\nexecstart=x\n"
                                                     "[X-Mine]\nWhat=ever\n[Nonsense]\nA=1\nB=2\n[Socket]\nListenStream=1\n");
        static const struct {
                const char *key;
                enum outcome outcome;
        } expected[] = {
                { "Service.ExecStart", OUTCOME_APPLIED },     { "Service.Nice", OUTCOME_APPLIED },
                { "Service.Nice", OUTCOME_INVALID },          { "Service.TTYRows", OUTCOME_UNSUPPORTED },
                { "Service.Foo", OUTCOME_INVALID },           { "Service.execstart", OUTCOME_INVALID },
                { "Nonsense.A", OUTCOME_INVALID },            { "Nonsense.B", OUTCOME_INVALID },
                { "Socket.ListenStream", OUTCOME_INVALID },
        };
        unsigned nonsense = 0;

        ck_assert_uint_eq(u->assignment_count, ARRAY_LEN(expected));
        for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
                struct assignment a = unit_assignment(u, i);
                owned_str key = text_printf("%s.%s", a.section, a.key);

                ck_assert_str_eq(key, expected[i].key);
                ck_assert_int_eq(a.outcome, expected[i].outcome);
                ck_assert((a.why != NULL) == (expected[i].outcome != OUTCOME_APPLIED));
        }
        ck_assert_int_eq(u->exec->nice, 5);
        ck_assert_int_eq(u->load_state, UNIT_LOADED);
        fixture_expect_said("t.service:4: Nice: 'many' is not a number from -20 to 19");
        fixture_expect_said("t.service:5: TTYRows: not implemented yet");
        fixture_expect_said("t.service:6: unknown key 'Foo' in section [Service]");
        fixture_expect_said("did you mean ExecStart?");
        fixture_expect_said("section [Socket] is not for a unit of type service");
        for (const char *at = fixture_said; (at = strstr(at, "[Nonsense]")); at++)
                nonsense++;
        ck_assert_uint_eq(nonsense, 1);
}
END_TEST

START_TEST(an_outcome_only_gets_worse) {
        OWNED(unit) struct unit *u = fixture_service("MemoryMax=1G\nMemoryMax=2G");
        struct assignment a;

        ck_assert_int_eq(unit_set_outcome(u, "Service.MemoryMax", OUTCOME_UNAVAILABLE, "no controller"), 0);
        ck_assert_int_eq(unit_set_outcome(u, "Service.MemoryMax", OUTCOME_EMULATED, "rlimit"), 0);
        ck_assert_int_eq(unit_set_outcome(u, "Service.Nothing", OUTCOME_INVALID, "x"), 0);
        a = unit_find_assignment(u, "Service.MemoryMax");
        ck_assert_int_eq(a.outcome, OUTCOME_UNAVAILABLE);
        ck_assert_str_eq(a.why, "no controller");
        ck_assert_str_eq(a.value, "2G");
        ck_assert_uint_eq(a.origin.line, 4);
        ck_assert_str_eq(directives[a.directive].key, "MemoryMax");
        ck_assert_ptr_null(unit_find_assignment(u, "Service.Nothing").key);
}
END_TEST

START_TEST(units_of_types_that_do_not_run_yet_are_read_and_recorded) {
        OWNED(unit) struct unit *u = NULL;

        fixture_write("lib/a.socket", "[Unit]\nDescription=A socket\n[Socket]\nListenStream=80\nUser=x\nWrong=1\n");
        u = fixture_load("a.socket");
        ck_assert_int_eq(u->load_state, UNIT_LOADED);
        ck_assert_str_eq(u->description, "A socket");
        ck_assert_int_eq(unit_find_assignment(u, "Socket.ListenStream").outcome, OUTCOME_UNSUPPORTED);
        ck_assert_int_eq(unit_find_assignment(u, "Socket.User").outcome, OUTCOME_UNSUPPORTED);
        ck_assert_int_eq(unit_find_assignment(u, "Socket.Wrong").outcome, OUTCOME_INVALID);
}
END_TEST

/* ---- [Unit] --------------------------------------------------------------------------------------------------------- */

START_TEST(dependencies_add_up_and_never_name_the_unit_itself) {
        OWNED(unit) struct unit *u = fixture_service("[Unit]\nWants=a.service b.service\nWants=\nWants=b.service c.service "
                                                     "t.service nonsense\nBindTo=d.service\nAfter=%p.target x@%p.service");

        fixture_expect_strv(u->unit->dependencies[DEPENDENCY_WANTS], "a.service|b.service|c.service");
        fixture_expect_strv(u->unit->dependencies[DEPENDENCY_BINDS_TO], "d.service");
        fixture_expect_strv(u->unit->dependencies[DEPENDENCY_AFTER], "t.target|x@t.service");
        fixture_expect_said("Wants: 'nonsense' is not the name of a unit");
}
END_TEST

START_TEST(conditions_keep_their_order_and_are_reset_apart_from_assertions) {
        OWNED(unit) struct unit *u = fixture_service(
                "[Unit]\nConditionPathExists=/gone\nAssertPathExists=/a//b/\nConditionPathExists=\nConditionHost=|!box*\n"
                "ConditionPathExistsGlob=!/x/*.conf\nConditionPathExists=relative\nConditionMemory=");
        const struct condition *c = u->unit->conditions.items;

        ck_assert_uint_eq(u->unit->conditions.count, 1);
        ck_assert(c[0].is_assert && text_equal(c[0].test, "PathExists") && text_equal(c[0].parameter, "/a/b"));
        fixture_expect_said("'relative' is not what it takes");
}
END_TEST

START_TEST(a_condition_may_trigger_and_be_negated) {
        OWNED(unit) struct unit *u = fixture_service("[Unit]\nConditionHost=|!box*\nConditionPathExists=| /%p");
        const struct condition *c = u->unit->conditions.items;

        ck_assert_uint_eq(u->unit->conditions.count, 2);
        ck_assert(c[0].is_trigger && c[0].is_negated && text_equal(c[0].parameter, "box*"));
        ck_assert(c[1].is_trigger && !c[1].is_negated && text_equal(c[1].parameter, "/t"));
}
END_TEST

START_TEST(old_places_and_names_fill_the_same_fields) {
        OWNED(unit) struct unit *u = fixture_service("StartLimitInterval=1min\nStartLimitBurst=3\nTimeoutSec=7\n"
                                                     "ReadOnlyDirectories=/a\nReadOnlyPaths=-/b\nMemoryLimit=1G\nCPUShares=2048\n"
                                                     "BlockIOWeight=1000");

        ck_assert_uint_eq(u->unit->start_limit_interval_us, US_PER_MIN);
        ck_assert_uint_eq(u->unit->start_limit_burst, 3);
        ck_assert_uint_eq(u->service->timeout_start_us, 7 * US_PER_SEC);
        ck_assert_uint_eq(u->service->timeout_stop_us, 7 * US_PER_SEC);
        fixture_expect_strv(u->exec->paths[PATHS_READ_ONLY], "/a|-/b");
        ck_assert_uint_eq(u->cgroup->memory_max.value, 1ull << 30);
        ck_assert_uint_eq(u->cgroup->cpu_weight, 200);
        ck_assert_uint_eq(u->cgroup->io_weight, 200);
}
END_TEST

/* ---- specifiers ------------------------------------------------------------------------------------------------------ */

START_TEST(specifiers_are_expanded) {
        OWNED(unit) struct unit *u = NULL;

        fixture_write("lib/a-b@.service", "[Unit]\nDescription=%n %N %p %P %i %I %j %J %f %H %l %m %b %v %a %t %S %C %L %E %T %V "
                                          "%u %U %g %G %h %s %%\n[Service]\nExecStart=/bin/true %Z 100%\n");
        u = fixture_load("a-b@c-d\\x2de.service");
        ck_assert_str_eq(u->description,
                         "a-b@c-d\\x2de.service a-b@c-d\\x2de a-b a/b c-d\\x2de c/d-e b b /c/d-e box.example.org box "
                         "0123456789abcdef0123456789abcdef fedcba9876543210fedcba9876543210 6.1.0-keel x86-64 /run /var/lib "
                         "/var/cache /var/log /etc /tmp /var/tmp root 0 root 0 /root /bin/sh %");
        fixture_expect_strv(command(u, COMMAND_START, 0)->argv + 1, "%Z|100%"); /* unknown: as it is, with a word */
        fixture_expect_said("%Z is not a specifier");
}
END_TEST

/* ---- command lines --------------------------------------------------------------------------------------------------- */

static const struct {
        const char *line, *path, *argv; /* path NULL: refused */
        unsigned flags;
} command_lines[] = {
        { "/bin/a b 'c d' \"e\\tf\"", "/bin/a", "/bin/a|b|c d|e\tf", 0 },
        { "-/bin/a", "/bin/a", "/bin/a", EXEC_IGNORE_FAILURE },
        { "@/bin/a name x", "/bin/a", "name|x", EXEC_ARGV0 },
        { "-@/bin/a name", "/bin/a", "name", EXEC_IGNORE_FAILURE | EXEC_ARGV0 },
        { "@-:+/bin/a n", "/bin/a", "n", EXEC_ARGV0 | EXEC_IGNORE_FAILURE | EXEC_NO_ENV_EXPAND | EXEC_FULL_PRIVILEGES },
        { "!/bin/a", "/bin/a", "/bin/a", EXEC_NO_SETUID },
        { "!!/bin/a", "/bin/a", "/bin/a", EXEC_AMBIENT_MAGIC },
        { "-!!:/bin/a", "/bin/a", "/bin/a", EXEC_IGNORE_FAILURE | EXEC_AMBIENT_MAGIC | EXEC_NO_ENV_EXPAND },
        { "name arg", "name", "name|arg", 0 },
        { "/bin//a/../b", NULL, NULL, 0 },
        { "/bin//a", "/bin/a", "/bin/a", 0 },
        { "dir/a", NULL, NULL, 0 },
        { "./a", NULL, NULL, 0 },
        { "/bin/", NULL, NULL, 0 },
        { "-", NULL, NULL, 0 },
        { "@/bin/a", NULL, NULL, 0 },
        { "+!/bin/a", NULL, NULL, 0 },
        { "/bin/a 'open", NULL, NULL, 0 },
        { "/bin/a $X ${Y} $$ %% %n", "/bin/a", "/bin/a|$X|${Y}|$$|%|t.service", 0 },
        { "/bin/sh -c 'echo \"$HOME\" | tr a b'", "/bin/sh", "/bin/sh|-c|echo \"$HOME\" | tr a b", 0 },
        { "/bin/a \\; \\q", "/bin/a", "/bin/a|;|\\q", 0 },
        { "\"/bin/with blank\" x", "/bin/with blank", "/bin/with blank|x", 0 },
        { "/bin/a ''", "/bin/a", "/bin/a|", 0 },
        { "/bin/a b;c", "/bin/a", "/bin/a|b;c", 0 },
};

START_TEST(a_command_line_is_prefixes_an_executable_and_arguments) {
        owned_str lines = text_printf("ExecStartPre=%s", command_lines[_i].line);
        OWNED(unit) struct unit *u = fixture_service(lines);
        const struct exec_command *c;

        if (!command_lines[_i].path) {
                ck_assert_uint_eq(u->commands->lists[COMMAND_START_PRE].count, 0);
                ck_assert_int_eq(unit_find_assignment(u, "Service.ExecStartPre").outcome, OUTCOME_INVALID);
                fixture_expect_said("t.service:3: ExecStartPre: ");
                return;
        }
        c = command(u, COMMAND_START_PRE, 0);
        ck_assert_str_eq(c->path, command_lines[_i].path);
        ck_assert_uint_eq(c->flags, command_lines[_i].flags);
        fixture_expect_strv(c->argv, command_lines[_i].argv);
        ck_assert_uint_eq(c->origin.line, 3);
}
END_TEST

START_TEST(semicolons_separate_commands_and_empty_resets) {
        OWNED(unit) struct unit *u = fixture_service("ExecStop=/bin/gone\nExecStop=\nExecStop=/bin/a x ; -/bin/b ;\nExecStop=/bin/c");

        ck_assert_uint_eq(u->commands->lists[COMMAND_STOP].count, 3);
        fixture_expect_strv(command(u, COMMAND_STOP, 0)->argv, "/bin/a|x");
        ck_assert_uint_eq(command(u, COMMAND_STOP, 1)->flags, EXEC_IGNORE_FAILURE);
        ck_assert_str_eq(command(u, COMMAND_STOP, 2)->path, "/bin/c");
}
END_TEST

/* ---- [Service] ------------------------------------------------------------------------------------------------------- */

static const struct {
        const char *text;
        enum unit_load_state state;
        const char *error; /* part of it */
} services[] = {
        { "[Service]\nExecStart=/bin/a\n", UNIT_LOADED, NULL },
        { "[Service]\n", UNIT_BAD_SETTING, "no ExecStart=" },
        { "[Unit]\nDescription=x\n", UNIT_BAD_SETTING, "no ExecStart=" },
        { "[Service]\nExecStart=relative/a\n", UNIT_BAD_SETTING, "a.service:2: the service has no ExecStart=" },
        { "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStop=/bin/a\n", UNIT_LOADED, NULL },
        { "[Service]\nRemainAfterExit=yes\nExecStop=/bin/a\n", UNIT_LOADED, NULL },
        { "[Service]\nExecStop=/bin/a\n", UNIT_BAD_SETTING, "RemainAfterExit=" },
        { "[Service]\nType=simple\nExecStop=/bin/a\nRemainAfterExit=yes\n", UNIT_BAD_SETTING, "a.service:2: the service has no" },
        { "[Unit]\nSuccessAction=exit\n[Service]\nType=oneshot\n", UNIT_LOADED, NULL },
        { "[Service]\nExecStart=/bin/a\nExecStart=/bin/b\n", UNIT_BAD_SETTING, "more than one" },
        { "[Service]\nType=oneshot\nExecStart=/bin/a\nExecStart=/bin/b\n", UNIT_LOADED, NULL },
        { "[Service]\nExecStart=/bin/a\nExecStart=\nExecStart=/bin/b\n", UNIT_LOADED, NULL },
        { "[Service]\nType=oneshot\nExecStart=/bin/a\nRestart=always\n", UNIT_BAD_SETTING, "a.service:4: " },
        { "[Service]\nType=oneshot\nExecStart=/bin/a\nRestart=on-success\n", UNIT_BAD_SETTING, "Restart=" },
        { "[Service]\nType=oneshot\nExecStart=/bin/a\nRestart=on-failure\n", UNIT_LOADED, NULL },
        { "[Service]\nType=oneshot\nExecStart=/bin/a\nRestartForceExitStatus=3\n", UNIT_BAD_SETTING, "RestartForce" },
        { "[Service]\nType=oneshot\nExecStart=/bin/a\nExitType=cgroup\n", UNIT_BAD_SETTING, "ExitType" },
        { "[Service]\nType=dbus\nExecStart=/bin/a\n", UNIT_BAD_SETTING, "BusName=" },
        { "[Service]\nType=dbus\nBusName=org.example.A\nExecStart=/bin/a\n", UNIT_LOADED, NULL },
};

START_TEST(a_service_that_cannot_work_is_a_bad_setting) {
        OWNED(unit) struct unit *u = NULL;

        fixture_write("lib/a.service", services[_i].text);
        u = fixture_load("a.service");
        ck_assert_int_eq(u->load_state, services[_i].state);
        if (services[_i].error)
                ck_assert_msg(strstr(u->load_error, services[_i].error), "%s", u->load_error);
        if (services[_i].error)
                fixture_expect_said(services[_i].error);
}
END_TEST

START_TEST(the_type_follows_from_what_is_there) {
        OWNED(unit) struct unit *simple = fixture_service("");
        OWNED(unit) struct unit *dbus = fixture_service("BusName=org.example.A");
        OWNED(unit) struct unit *oneshot = NULL;

        ck_assert_int_eq(simple->service->type, SERVICE_TYPE_SIMPLE);
        ck_assert(!simple->service->type_set);
        ck_assert_uint_eq(simple->service->timeout_start_us, 90 * US_PER_SEC);
        ck_assert_int_eq(dbus->service->type, SERVICE_TYPE_DBUS);
        fixture_write("lib/o.service", "[Service]\nRemainAfterExit=1\nExecStop=/bin/a\n");
        oneshot = fixture_load("o.service");
        ck_assert_int_eq(oneshot->service->type, SERVICE_TYPE_ONESHOT);
        ck_assert_uint_eq(oneshot->service->timeout_start_us, TIME_NEVER);
}
END_TEST

START_TEST(timeouts_of_zero_and_infinity_mean_never) {
        OWNED(unit) struct unit *u = fixture_service("Type=oneshot\nTimeoutStartSec=5min\nTimeoutStopSec=0\nTimeoutAbortSec=infinity\n"
                                                     "WatchdogSec=infinity\nRestartSec=1.5\nRuntimeMaxSec=1d");

        ck_assert_uint_eq(u->service->timeout_start_us, 5 * US_PER_MIN);
        ck_assert_uint_eq(u->service->timeout_stop_us, TIME_NEVER);
        ck_assert(u->service->timeout_abort_set && u->service->timeout_abort_us == TIME_NEVER);
        ck_assert_uint_eq(u->service->watchdog_us, 0);
        ck_assert_uint_eq(u->service->restart_us, 1500 * US_PER_MS);
        ck_assert_uint_eq(u->service->runtime_max_us, US_PER_DAY);
}
END_TEST

START_TEST(who_needs_the_notify_socket_has_it) {
        OWNED(unit) struct unit *none = fixture_service("");
        OWNED(unit) struct unit *notify = fixture_service("Type=notify\nNotifyAccess=none");
        OWNED(unit) struct unit *store = fixture_service("FileDescriptorStoreMax=2");
        OWNED(unit) struct unit *all = fixture_service("Type=notify-reload\nNotifyAccess=all");

        ck_assert_int_eq(none->service->notify_access, NOTIFY_ACCESS_NONE);
        ck_assert_int_eq(notify->service->notify_access, NOTIFY_ACCESS_MAIN);
        ck_assert_int_eq(store->service->notify_access, NOTIFY_ACCESS_MAIN);
        ck_assert_int_eq(all->service->notify_access, NOTIFY_ACCESS_ALL);
}
END_TEST

START_TEST(exit_sets_hold_statuses_names_and_signals) {
        OWNED(unit) struct unit *u = fixture_service("SuccessExitStatus=1\nSuccessExitStatus=\nSuccessExitStatus=143 TEMPFAIL SIGTERM 256\n"
                                                     "RestartPreventExitStatus=RTMIN+1 255");
        const struct exit_set *s = &u->service->success_status;

        ck_assert(!exit_set_has_code(s, 1) && exit_set_has_code(s, 143) && exit_set_has_code(s, 75));
        ck_assert(exit_set_has_signal(s, SIGTERM) && !exit_set_has_signal(s, SIGINT));
        ck_assert(exit_set_has_signal(&u->service->restart_prevent_status, SIGRTMIN + 1));
        ck_assert(exit_set_has_code(&u->service->restart_prevent_status, 255));
        fixture_expect_said("'256' is neither an exit status");
}
END_TEST

START_TEST(a_pid_file_is_below_run) {
        OWNED(unit) struct unit *relative = fixture_service("PIDFile=a/b.pid");
        OWNED(unit) struct unit *absolute = fixture_service("PIDFile=/var/lib/%p.pid");
        OWNED(unit) struct unit *reset = fixture_service("PIDFile=/x\nPIDFile=");

        ck_assert_str_eq(relative->service->pid_file, "/run/a/b.pid");
        ck_assert_str_eq(absolute->service->pid_file, "/var/lib/t.pid");
        ck_assert_ptr_null(reset->service->pid_file);
}
END_TEST

/* ---- processes ------------------------------------------------------------------------------------------------------- */

START_TEST(the_environment_is_assignments_the_later_one_wins) {
        OWNED(unit) struct unit *u = fixture_service("Environment=A=1 \"B=two words\" C='3 4' bad 1=x\nEnvironment=A=5 D=%i\\x41\n"
                                                     "EnvironmentFile=/gone\nEnvironmentFile=\nEnvironmentFile=-/etc/default/%p\n"
                                                     "PassEnvironment=X Y X\nUnsetEnvironment=Z W=1");

        fixture_expect_strv(u->exec->environment, "A=5|B=two words|C=3 4|D=A");
        ck_assert_uint_eq(u->exec->environment_file_count, 1);
        ck_assert_str_eq(u->exec->environment_files[0].path, "/etc/default/t");
        ck_assert(u->exec->environment_files[0].is_optional);
        fixture_expect_strv(u->exec->pass_environment, "X|Y");
        fixture_expect_strv(u->exec->unset_environment, "Z|W=1");
        fixture_expect_said("'bad' is not an assignment");
}
END_TEST

START_TEST(limits_have_a_soft_and_a_hard_side) {
        OWNED(unit) struct unit *u = fixture_service("LimitNOFILE=1024:524288\nLimitCORE=infinity\nLimitCPU=1500ms\nLimitAS=4G:16G\n"
                                                     "LimitNICE=-5\nLimitRTTIME=7\nLimitMEMLOCK=8M:4M\nLimitNPROC=5\nLimitNPROC=\n"
                                                     "LimitSTACK=1K");
        const struct exec_settings *e = u->exec;

        ck_assert(e->limits[RLIMIT_NOFILE].soft == 1024 && e->limits[RLIMIT_NOFILE].hard == 524288);
        ck_assert(e->limits[RLIMIT_CORE].soft == RLIM_INFINITY && e->limits[RLIMIT_CORE].hard == RLIM_INFINITY);
        ck_assert_uint_eq(e->limits[RLIMIT_CPU].soft, 2);
        ck_assert_uint_eq(e->limits[RLIMIT_AS].hard, 16ull << 30);
        ck_assert_uint_eq(e->limits[RLIMIT_NICE].soft, 25);
        ck_assert_uint_eq(e->limits[RLIMIT_RTTIME].soft, 7);
        ck_assert(!e->limits[RLIMIT_MEMLOCK].is_set && !e->limits[RLIMIT_NPROC].is_set);
        ck_assert_uint_eq(e->limits[RLIMIT_STACK].hard, 1024);
        fixture_expect_said("soft limit in '8M:4M' is higher");
}
END_TEST

START_TEST(streams_go_where_they_are_sent) {
        OWNED(unit) struct unit *files = fixture_service("StandardInput=file:/in\nStandardOutput=append:/out-%p\nStandardError=truncate:/err");
        OWNED(unit) struct unit *tty = fixture_service("StandardInput=tty\nTTYPath=/dev/%p");
        OWNED(unit) struct unit *data = fixture_service("StandardInputText=a\\tb\nStandardInputData=SGVs\nStandardInputData=bG8=");
        OWNED(unit) struct unit *wrong = fixture_service("StandardOutput=file:relative\nStandardError=syslog+console\nStandardInput=fd");

        ck_assert(files->exec->input == INPUT_FILE && text_equal(files->exec->input_path, "/in"));
        ck_assert(files->exec->output == OUTPUT_APPEND && text_equal(files->exec->output_path, "/out-t"));
        ck_assert(files->exec->error == OUTPUT_TRUNCATE && text_equal(files->exec->error_path, "/err"));
        ck_assert(tty->exec->output == OUTPUT_INHERIT && text_equal(tty->exec->tty_path, "/dev/t"));
        ck_assert_int_eq(data->exec->input, INPUT_DATA);
        ck_assert_str_eq(data->exec->input_data, "a\tb\nHello");
        ck_assert_uint_eq(data->exec->input_data_length, 9);
        ck_assert_int_eq(wrong->exec->error, OUTPUT_JOURNAL_CONSOLE);
        ck_assert_int_eq(wrong->exec->output, OUTPUT_INHERIT);
        ck_assert_str_eq(wrong->exec->tty_path, "/dev/console");
        ck_assert_int_eq(wrong->exec->input, INPUT_FD);
}
END_TEST

START_TEST(directories_are_relative_and_have_modes) {
        OWNED(unit) struct unit *u = fixture_service("RuntimeDirectory=a b//c/ ../d /e\nRuntimeDirectoryMode=2755\n"
                                                     "RuntimeDirectoryPreserve=restart\nStateDirectory=%p:link\nLogsDirectory=x\nLogsDirectory=");
        const struct exec_settings *e = u->exec;

        fixture_expect_strv(e->directories[DIRECTORY_RUNTIME].paths, "a|b/c");
        ck_assert_uint_eq(e->directories[DIRECTORY_RUNTIME].mode, 02755);
        ck_assert_int_eq(e->runtime_directory_preserve, PRESERVE_RESTART);
        fixture_expect_strv(e->directories[DIRECTORY_STATE].paths, "t");
        ck_assert_int_eq(unit_find_assignment(u, "Service.StateDirectory").outcome, OUTCOME_UNSUPPORTED);
        ck_assert_ptr_null(e->directories[DIRECTORY_LOGS].paths);
        ck_assert_uint_eq(e->directories[DIRECTORY_CACHE].mode, 0755);
}
END_TEST

START_TEST(scheduling_and_users_are_read) {
        OWNED(unit) struct unit *u = fixture_service("User=www-%p\nGroup=33\nSupplementaryGroups=a b\nSupplementaryGroups=c\n"
                                                     "WorkingDirectory=-~\nUMask=0077\nOOMScoreAdjust=-900\nIOSchedulingClass=idle\n"
                                                     "CPUSchedulingPolicy=rr\nCPUAffinity=0-1\nCPUAffinity=3\nSyslogFacility=local3\n"
                                                     "SyslogLevel=err\nLogLevelMax=debug\nTimerSlackNSec=1us");
        const struct exec_settings *e = u->exec;

        ck_assert_str_eq(e->user, "www-t");
        ck_assert_str_eq(e->group, "33");
        fixture_expect_strv(e->supplementary_groups, "a|b|c");
        ck_assert(text_equal(e->working_directory, "~") && e->working_directory_optional);
        ck_assert_uint_eq(e->umask, 0077);
        ck_assert(e->oom_score_adjust_set && e->oom_score_adjust == -900);
        ck_assert(e->io_set && e->io_class == 3);
        ck_assert(e->cpu_policy_set && e->cpu_policy == SCHED_RR && e->cpu_priority == 1);
        ck_assert(CPU_ISSET(0, &e->cpu_affinity) && CPU_ISSET(3, &e->cpu_affinity) && CPU_COUNT(&e->cpu_affinity) == 3);
        ck_assert_int_eq(e->syslog_facility, LOG_LOCAL3);
        ck_assert_int_eq(e->syslog_level, LOG_ERR);
        ck_assert_int_eq(e->log_level_max, LOG_DEBUG);
        ck_assert_uint_eq(e->timer_slack_ns, 1000);
}
END_TEST

/* ---- the sandbox ----------------------------------------------------------------------------------------------------- */

static const struct {
        const char *lines;
        uint64_t bounding;
} bounding_sets[] = {
        { "", CAPABILITIES_ALL },
        { "CapabilityBoundingSet=", 0 },
        { "CapabilityBoundingSet=~", CAPABILITIES_ALL },
        { "CapabilityBoundingSet=CAP_KILL cap_chown", CAP_BIT(CAP_KILL) | CAP_BIT(CAP_CHOWN) },
        { "CapabilityBoundingSet=CAP_KILL\nCapabilityBoundingSet=CAP_CHOWN", CAP_BIT(CAP_KILL) | CAP_BIT(CAP_CHOWN) },
        { "CapabilityBoundingSet=~CAP_KILL", ~CAP_BIT(CAP_KILL) },
        { "CapabilityBoundingSet=~CAP_KILL CAP_CHOWN\nCapabilityBoundingSet=CAP_KILL", ~CAP_BIT(CAP_CHOWN) },
        { "CapabilityBoundingSet=CAP_KILL CAP_CHOWN\nCapabilityBoundingSet=~CAP_KILL", CAP_BIT(CAP_CHOWN) },
        { "CapabilityBoundingSet=CAP_KILL CAP_NONSENSE", CAP_BIT(CAP_KILL) },
        { "CapabilityBoundingSet=CAP_NONSENSE", CAPABILITIES_ALL },
        { "PrivateDevices=yes", ~(CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_SYS_RAWIO)) },
        { "ProtectKernelModules=yes\nCapabilityBoundingSet=CAP_SYS_MODULE CAP_KILL", CAP_BIT(CAP_KILL) },
};

START_TEST(capabilities_are_given_merged_and_taken) {
        OWNED(unit) struct unit *u = fixture_service(bounding_sets[_i].lines);

        ck_assert_uint_eq(u->exec->capability_bounding_set, bounding_sets[_i].bounding);
        ck_assert_uint_eq(u->exec->ambient_capabilities, 0);
}
END_TEST

static const struct {
        const char *lines;
        unsigned long forbidden;
} namespaces[] = {
        { "RestrictNamespaces=no", 0 },
        { "RestrictNamespaces=~user", CLONE_NEWUSER },
        { "RestrictNamespaces=~user\nRestrictNamespaces=~net pid", CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID },
        { "RestrictNamespaces=cgroup ipc net mnt pid uts", CLONE_NEWUSER },
        { "RestrictNamespaces=cgroup ipc\nRestrictNamespaces=net mnt pid uts", CLONE_NEWUSER },
        { "RestrictNamespaces=yes\nRestrictNamespaces=cgroup ipc net mnt pid uts", CLONE_NEWUSER },
        { "RestrictNamespaces=yes\nRestrictNamespaces=", 0 },
        { "RestrictNamespaces=~nonsense", 0 },
};

START_TEST(namespaces_are_forbidden_by_both_kinds_of_list) {
        OWNED(unit) struct unit *u = fixture_service(namespaces[_i].lines);

        ck_assert_uint_eq(u->exec->restrict_namespaces, namespaces[_i].forbidden);
}
END_TEST

START_TEST(address_families_are_allowed_or_denied) {
        OWNED(unit) struct unit *allow = fixture_service("RestrictAddressFamilies=AF_UNIX AF_INET AF_NONSENSE\nRestrictAddressFamilies=~AF_INET");
        OWNED(unit) struct unit *deny = fixture_service("RestrictAddressFamilies=~AF_PACKET\nRestrictAddressFamilies=~AF_KEY");
        OWNED(unit) struct unit *none = fixture_service("RestrictAddressFamilies=none");
        OWNED(unit) struct unit *reset = fixture_service("RestrictAddressFamilies=AF_UNIX\nRestrictAddressFamilies=");

        ck_assert(allow->exec->address_families_set && !allow->exec->address_families_deny);
        fixture_expect_strv(allow->exec->address_families, "AF_UNIX");
        ck_assert(deny->exec->address_families_set && deny->exec->address_families_deny);
        fixture_expect_strv(deny->exec->address_families, "AF_PACKET|AF_KEY");
        ck_assert(none->exec->address_families_set && none->exec->address_families_none);
        ck_assert(!reset->exec->address_families_set);
}
END_TEST

START_TEST(system_calls_are_rules_in_order) {
        OWNED(unit) struct unit *u = fixture_service("SystemCallFilter=gone\nSystemCallFilter=\nSystemCallFilter=@system-service write\n"
                                                     "SystemCallFilter=~ @privileged ptrace:EPERM kill:kill Bad! x:EWHAT\n"
                                                     "SystemCallErrorNumber=EPERM\nSystemCallArchitectures=native x86 nonsense");
        const struct syscall_rules *rules = &u->exec->syscall_filter;

        ck_assert_uint_eq(rules->count, 5);
        ck_assert(text_equal(rules->items[0].text, "@system-service") && !rules->items[0].is_deny);
        ck_assert(text_equal(rules->items[2].text, "@privileged") && rules->items[2].is_deny);
        ck_assert_str_eq(rules->items[3].text, "ptrace:EPERM");
        ck_assert_uint_eq(rules->items[4].origin.line, 6);
        ck_assert_int_eq(u->exec->syscall_errno, EPERM);
        fixture_expect_strv(u->exec->syscall_architectures, "native|x86");
        fixture_expect_said("'Bad!' is not a system call");
}
END_TEST

START_TEST(mounts_and_protections_are_read) {
        OWNED(unit) struct unit *u = fixture_service("ProtectSystem=strict\nProtectHome=true\nPrivateTmp=1\nNoNewPrivileges=yes\n"
                                                     "BindPaths=/a:/b:norbind -/c\nBindReadOnlyPaths=/d\\:e:/f\nTemporaryFileSystem=/t:ro,size=1M /u\n"
                                                     "ReadWritePaths=-+/x//y relative\nBindPaths=/q:/r:wrong\nSecureBits=noroot keep-caps");
        const struct exec_settings *e = u->exec;

        ck_assert_int_eq(e->protect_system, PROTECT_SYSTEM_STRICT);
        ck_assert_int_eq(e->protect_home, PROTECT_HOME_YES);
        ck_assert(e->private_tmp && e->no_new_privileges == TRISTATE_YES);
        ck_assert_uint_eq(e->bind_mount_count, 3);
        ck_assert(text_equal(e->bind_mounts[0].destination, "/b") && !e->bind_mounts[0].is_recursive);
        ck_assert(text_equal(e->bind_mounts[1].source, "/c") && e->bind_mounts[1].is_optional && e->bind_mounts[1].is_recursive);
        ck_assert(text_equal(e->bind_mounts[2].source, "/d:e") && e->bind_mounts[2].is_read_only);
        ck_assert_uint_eq(e->tmpfs_mount_count, 2);
        ck_assert_str_eq(e->tmpfs_mounts[0].options, "ro,size=1M");
        ck_assert_ptr_null(e->tmpfs_mounts[1].options);
        fixture_expect_strv(e->paths[PATHS_READ_WRITE], "-+/x/y");
        ck_assert_int_eq(e->secure_bits, 1 << 0 | 1 << 4);
}
END_TEST

/* ---- cgroups --------------------------------------------------------------------------------------------------------- */

START_TEST(amounts_are_absolute_shares_or_infinite) {
        OWNED(unit) struct unit *u = fixture_service("MemoryMax=20%\nMemoryHigh=1G\nMemoryLow=0\nMemorySwapMax=infinity\nTasksMax=50\n"
                                                     "CPUQuota=150%\nCPUQuotaPeriodSec=10s\nCPUWeight=idle\nIOWeight=20000\nAllowedCPUs=3 0-1\n"
                                                     "AllowedCPUs=2\nMemoryMin=1G\nMemoryMin=");
        const struct cgroup_settings *c = u->cgroup;

        ck_assert(c->memory_max.is_set && c->memory_max.permille == 200);
        ck_assert_uint_eq(c->memory_high.value, 1ull << 30);
        ck_assert(c->memory_low.is_set && c->memory_low.value == 0);
        ck_assert_uint_eq(c->memory_swap_max.value, LIMIT_NONE);
        ck_assert_uint_eq(c->tasks_max.value, 50);
        ck_assert_uint_eq(c->cpu_quota_permille, 1500);
        ck_assert_uint_eq(c->cpu_quota_period_us, US_PER_SEC);
        ck_assert(c->cpu_weight_idle && c->cpu_weight == 0);
        ck_assert_uint_eq(c->io_weight, 0);
        ck_assert_str_eq(c->allowed_cpus, "0-3");
        ck_assert(!c->memory_min.is_set);
}
END_TEST

START_TEST(devices_delegation_and_addresses_are_read) {
        OWNED(unit) struct unit *u = fixture_service("IOReadBandwidthMax=/dev/sda 5M\nIOReadBandwidthMax=/dev/sda 6M\nIODeviceWeight=/dev/sdb 200\n"
                                                     "DeviceAllow=/dev/null rw\nDeviceAllow=char-pts\nDeviceAllow=nonsense\nDelegate=cpu memory\n"
                                                     "IPAddressDeny=any\nIPAddressAllow=10.0.0.0/8 ::1 10.0.0.0/33\nSlice=a-b.slice\nOOMPolicy=kill");
        const struct cgroup_settings *c = u->cgroup;

        ck_assert_uint_eq(c->io_device_count, 2);
        ck_assert(text_equal(c->io_devices[0].key, "rbps") && c->io_devices[0].value == 6000000);
        ck_assert(text_equal(c->io_devices[1].key, "weight") && c->io_devices[1].value == 200);
        ck_assert_uint_eq(c->device_allow_count, 2);
        ck_assert_str_eq(c->device_allow[1].access, "rwm");
        ck_assert(c->delegate);
        fixture_expect_strv(c->delegate_controllers, "cpu|memory");
        fixture_expect_strv(c->ip_address_allow, "10.0.0.0/8|::1");
        ck_assert_str_eq(c->slice, "a-b.slice");
        ck_assert(c->memory_oom_group_set);
}
END_TEST

START_TEST(a_slice_is_where_its_name_says) {
        OWNED(unit) struct unit *good = NULL;
        OWNED(unit) struct unit *bad = NULL;

        fixture_write("lib/a-b.slice", "[Slice]\nMemoryMax=1G\n");
        fixture_write("lib/a-c.slice", "[Slice]\nSlice=other.slice\n");
        good = fixture_load("a-b.slice");
        ck_assert_int_eq(good->load_state, UNIT_LOADED);
        ck_assert_uint_eq(good->cgroup->memory_max.value, 1ull << 30);
        ck_assert(good->unit->ignore_on_isolate);
        bad = fixture_load("a-c.slice");
        ck_assert_int_eq(bad->load_state, UNIT_BAD_SETTING);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("unit-load");
        TCase *c = tcase_create("unit-load");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_checked_fixture(c, fixture_setup, fixture_teardown);
        tcase_add_test(c, every_line_has_an_outcome);
        tcase_add_test(c, an_outcome_only_gets_worse);
        tcase_add_test(c, units_of_types_that_do_not_run_yet_are_read_and_recorded);
        tcase_add_test(c, dependencies_add_up_and_never_name_the_unit_itself);
        tcase_add_test(c, conditions_keep_their_order_and_are_reset_apart_from_assertions);
        tcase_add_test(c, a_condition_may_trigger_and_be_negated);
        tcase_add_test(c, old_places_and_names_fill_the_same_fields);
        tcase_add_test(c, specifiers_are_expanded);
        tcase_add_loop_test(c, a_command_line_is_prefixes_an_executable_and_arguments, 0, (int)ARRAY_LEN(command_lines));
        tcase_add_test(c, semicolons_separate_commands_and_empty_resets);
        tcase_add_loop_test(c, a_service_that_cannot_work_is_a_bad_setting, 0, (int)ARRAY_LEN(services));
        tcase_add_test(c, the_type_follows_from_what_is_there);
        tcase_add_test(c, timeouts_of_zero_and_infinity_mean_never);
        tcase_add_test(c, who_needs_the_notify_socket_has_it);
        tcase_add_test(c, exit_sets_hold_statuses_names_and_signals);
        tcase_add_test(c, a_pid_file_is_below_run);
        tcase_add_test(c, the_environment_is_assignments_the_later_one_wins);
        tcase_add_test(c, limits_have_a_soft_and_a_hard_side);
        tcase_add_test(c, streams_go_where_they_are_sent);
        tcase_add_test(c, directories_are_relative_and_have_modes);
        tcase_add_test(c, scheduling_and_users_are_read);
        tcase_add_loop_test(c, capabilities_are_given_merged_and_taken, 0, (int)ARRAY_LEN(bounding_sets));
        tcase_add_loop_test(c, namespaces_are_forbidden_by_both_kinds_of_list, 0, (int)ARRAY_LEN(namespaces));
        tcase_add_test(c, address_families_are_allowed_or_denied);
        tcase_add_test(c, system_calls_are_rules_in_order);
        tcase_add_test(c, mounts_and_protections_are_read);
        tcase_add_test(c, amounts_are_absolute_shares_or_infinite);
        tcase_add_test(c, devices_delegation_and_addresses_are_read);
        tcase_add_test(c, a_slice_is_where_its_name_says);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
