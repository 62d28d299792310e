/* SPDX-License-Identifier: MIT */
/* The variables of a process, the reader of environment files, and variables in command lines. */
#include "exec-inside.h"
#include "plan/command.h"
#include "plan/environment.h"

#include <sys/stat.h>

static struct fixture f;
static struct plan plan;
static struct exec_failure failure;
static char **environment, **argv;

static void setup(void) {
        fixture_init(&f);
        plan = (struct plan){ 0 };
        failure = (struct exec_failure){ 0 };
        environment = argv = NULL;
}

static const char *get(const char *name) {
        return environment_get(environment, name, strlen(name));
}

/* ---- files -------------------------------------------------------------------------------------------------------------- */

static void parse(const char *text) {
        ck_assert_int_eq(environment_parse(text, "file", &f.diag, &environment), 0);
}

START_TEST(plain_assignments_are_read_and_comments_are_not) {
        parse("# a comment \\\nA=1\n; another\n\n  B = two words  \nC=\nno assignment\nD=x#y ; z\nA=2");
        ck_assert_str_eq(get("A"), "2");
        ck_assert_str_eq(get("B"), "two words");
        ck_assert_str_eq(get("C"), "");
        ck_assert_str_eq(get("D"), "x#y ; z");
        ck_assert_uint_eq(strv_length(environment), 4);
        ck_assert_uint_eq(f.diag.warnings, 0);
}
END_TEST

START_TEST(quotes_keep_what_is_in_them) {
        parse("A='it is \"so\" \\n $X'\nB=\"say \\\"hi\\\" \\$X \\n\"  \nC='two\nlines'\nD=\"joined \\\nline\"\nE='a'\"b\" 'c'\n"
              "F=don't \"touch\"\n");
        ck_assert_str_eq(get("A"), "it is \"so\" \\n $X");
        ck_assert_str_eq(get("B"), "say \"hi\" $X \\n");
        ck_assert_str_eq(get("C"), "two\nlines");
        ck_assert_str_eq(get("D"), "joined line");
        ck_assert_str_eq(get("E"), "abc");
        ck_assert_str_eq(get("F"), "don't \"touch\"");
}
END_TEST

START_TEST(a_backslash_joins_lines_and_makes_the_next_character_plain) {
        parse("A=one \\\ntwo\nB=a\\ b\\\\c\\\"\nC=tail\\ \nD=end\\");
        ck_assert_str_eq(get("A"), "one two");
        ck_assert_str_eq(get("B"), "a b\\c\"");
        ck_assert_str_eq(get("C"), "tail ");
        ck_assert_str_eq(get("D"), "end");
}
END_TEST

START_TEST(what_is_no_variable_is_reported_and_left_out) {
        parse("export A=1\n1B=2\nC=\xff\nD=fine\r\n=x\nE=\"unfinished");
        ck_assert_str_eq(get("D"), "fine");
        ck_assert_str_eq(get("E"), "unfinished");
        ck_assert_uint_eq(strv_length(environment), 2);
        ck_assert_uint_eq(f.diag.warnings, 4);
}
END_TEST

START_TEST(a_pattern_reads_all_files_in_order_and_a_missing_one_is_told) {
        char directory[] = "/tmp/keel-test-XXXXXX", path[64];
        owned_str failed = NULL;

        ck_assert_ptr_nonnull(mkdtemp(directory));
        for (int i = 2; i > 0; i--) {
                FILE *file;

                (void)snprintf(path, sizeof(path), "%s/%d.conf", directory, i);
                file = fopen(path, "we");
                ck_assert_ptr_nonnull(file);
                (void)fprintf(file, "LAST=%d\nN%d=yes\n", i, i);
                (void)fclose(file);
        }
        (void)snprintf(path, sizeof(path), "%s/*.conf", directory);
        ck_assert_int_eq(environment_read_files(path, &f.diag, &environment, &failed), 0);
        ck_assert_str_eq(get("LAST"), "2");
        ck_assert_str_eq(get("N1"), "yes");
        (void)snprintf(path, sizeof(path), "%s/*.none", directory);
        ck_assert_int_eq(environment_read_files(path, &f.diag, &environment, &failed), -ENOENT);
        (void)snprintf(path, sizeof(path), "%s/none", directory);
        ck_assert_int_eq(environment_read_files(path, &f.diag, &environment, &failed), -ENOENT);
        ck_assert_str_eq(failed, path);
        for (int i = 1; i <= 2; i++) {
                (void)snprintf(path, sizeof(path), "%s/%d.conf", directory, i);
                (void)unlink(path);
        }
        (void)rmdir(directory);
}
END_TEST

/* ---- sources ------------------------------------------------------------------------------------------------------------- */

static void build(void) {
        ck_assert_int_eq(environment_build(&f.request, &plan, &failure), 0);
        environment = plan.environment;
}

START_TEST(later_sources_win_and_unset_has_the_last_word) {
        char *manager[] = { (char *)"PATH=/bin", (char *)"A=manager", (char *)"B=manager", (char *)"LANG=C", NULL };
        char *units[] = { (char *)"A=unit", (char *)"C=unit", (char *)"D=unit", (char *)"E=unit", NULL };
        char *moment[] = { (char *)"C=moment", NULL };
        char *passed[] = { (char *)"KEEL_TEST_PASSED", (char *)"KEEL_TEST_MISSING", NULL };
        char *unset[] = { (char *)"LANG", (char *)"D=other", (char *)"E=unit", (char *)"SYSTEMD_EXEC_PID", NULL };

        (void)setenv("KEEL_TEST_PASSED", "through", 1);
        f.request.manager_environment = manager;
        f.request.environment = moment;
        f.exec.environment = units;
        f.exec.pass_environment = passed;
        f.exec.unset_environment = unset;
        build();
        ck_assert_str_eq(get("PATH"), "/bin");
        ck_assert_str_eq(get("A"), "unit");
        ck_assert_str_eq(get("B"), "manager");
        ck_assert_str_eq(get("C"), "moment");
        ck_assert_str_eq(get("D"), "unit");
        ck_assert_str_eq(get("KEEL_TEST_PASSED"), "through");
        ck_assert_ptr_null(get("E"));
        ck_assert_ptr_null(get("LANG"));
        ck_assert_ptr_null(get("KEEL_TEST_MISSING"));
        ck_assert_ptr_null(get("SYSTEMD_EXEC_PID"));
        for (size_t i = 0; i < PLAN_PID_SLOTS; i++)
                ck_assert_ptr_null(plan.pid_slots[i]);
}
END_TEST

START_TEST(what_the_manager_knows_of_the_process_is_told) {
        struct plan_fd fds[] = { { 5, "a" }, { 6, "b" } };

        f.request.invocation_id = "0123456789abcdef0123456789abcdef";
        f.request.notify_socket = "/run/keel/notify";
        f.request.watchdog_us = 5000000;
        f.request.main_pid = 77;
        f.request.fds = fds;
        f.request.fd_count = 2;
        f.service.pid_file = (char *)"/run/try.pid";
        plan.credentials = (struct resolved_credentials){ .has_user = true, .user = (char *)"redis", .home = (char *)"/var/lib/redis" };
        build();
        ck_assert_str_eq(get("INVOCATION_ID"), f.request.invocation_id);
        ck_assert_str_eq(get("NOTIFY_SOCKET"), "/run/keel/notify");
        ck_assert_str_eq(get("WATCHDOG_USEC"), "5000000");
        ck_assert_str_eq(get("MAINPID"), "77");
        ck_assert_str_eq(get("PIDFILE"), "/run/try.pid");
        ck_assert_str_eq(get("LISTEN_FDS"), "2");
        ck_assert_str_eq(get("LISTEN_FDNAMES"), "a:b");
        ck_assert_str_eq(get("USER"), "redis");
        ck_assert_str_eq(get("LOGNAME"), "redis");
        ck_assert_str_eq(get("HOME"), "/var/lib/redis");
        ck_assert_ptr_null(get("SHELL"));
        ck_assert_ptr_null(get("TERM"));
        for (size_t i = 0; i < PLAN_PID_SLOTS; i++)
                ck_assert_ptr_nonnull(plan.pid_slots[i]);
}
END_TEST

START_TEST(a_variable_that_the_unit_sets_is_not_overwritten_with_a_pid) {
        f.exec.environment = (char *[]){ (char *)"SYSTEMD_EXEC_PID=mine", NULL };
        build();
        ck_assert_str_eq(get("SYSTEMD_EXEC_PID"), "mine");
        ck_assert_ptr_null(plan.pid_slots[0]);
}
END_TEST

START_TEST(a_missing_environment_file_fails_unless_it_is_optional) {
        static struct environment_file file = { .path = (char *)"/no/such/file", .is_optional = true };

        f.exec.environment_files = &file;
        f.exec.environment_file_count = 1;
        build();
        file.is_optional = false;
        ck_assert_int_eq(environment_build(&f.request, &plan, &failure), -ENOENT);
        ck_assert_int_eq(failure.exit_status, 0);
        ck_assert_int_eq(failure.error, ENOENT);
        ck_assert_str_eq(failure.detail, "environment file '/no/such/file' could not be read");
}
END_TEST

START_TEST(directories_are_named_in_the_environment) {
        f.exec.directories[DIRECTORY_RUNTIME].paths = (char *[]){ (char *)"a", (char *)"b/c", NULL };
        build();
        ck_assert_str_eq(get("RUNTIME_DIRECTORY"), "/run/a:/run/b/c");
        ck_assert_ptr_null(get("STATE_DIRECTORY"));
}
END_TEST

/* ---- command lines --------------------------------------------------------------------------------------------------------- */

static char *variables[] = { (char *)"ONE='one'", (char *)"TWO='two two' too", (char *)"THREE=", (char *)"W=a  b\tc", NULL };

static void expect(char *const *words, const char *expected) {
        owned_str joined = NULL;

        ck_assert_int_eq(command_expand(words, variables, &argv), 0);
        joined = strv_join(argv, "|");
        ck_assert_str_eq(joined, expected);
        strv_free(argv);
        argv = NULL;
}
#define EXPECT(expected, ...) expect((char *[]){ (char *)"echo", __VA_ARGS__, NULL }, expected)
#define W(s) ((char *)(s))

START_TEST(a_variable_in_braces_is_one_word_as_it_is) {
        EXPECT("echo|'one'|'two two' too|", W("${ONE}"), W("${TWO}"), W("${THREE}"));
        EXPECT("echo|<a  b\tc>|", W("<${W}>"), W("${NONE}"));
        EXPECT("echo|x'one''one'y", W("x${ONE}${ONE}y"));
}
END_TEST

START_TEST(a_bare_variable_is_as_many_words_as_it_holds) {
        EXPECT("echo|one|two two|too", W("$ONE"), W("$TWO"), W("$THREE"));
        EXPECT("echo|a|b|c|end", W("$W"), W("$NONE"), W("end"));
}
END_TEST

START_TEST(other_dollars_are_plain) {
        EXPECT("echo|$ONE|a$ONE|5$|$|${ONE", W("$$ONE"), W("a$ONE"), W("5$"), W("$"), W("${ONE"));
        EXPECT("echo|$$", W("$$$$"));
}
END_TEST

START_TEST(the_programs_name_is_left_alone) {
        char *words[] = { W("$ONE"), W("${ONE}"), NULL };

        expect(words, "$ONE|'one'");
}
END_TEST

START_TEST(programs_are_looked_for_in_the_path_and_below_the_root) {
        char root[] = "/tmp/keel-test-XXXXXX", path[64];
        owned_str found = NULL;
        owned_str below = NULL;
        owned_str as_is = NULL;
        int fd;

        ck_assert_int_eq(command_find("sh", "/nowhere:/bin", NULL, &found), 0);
        ck_assert_str_eq(found, "/bin/sh");
        ck_assert_int_eq(command_find("/a/b", "/bin", NULL, &as_is), 0);
        ck_assert_str_eq(as_is, "/a/b");
        ck_assert_int_eq(command_find("no-such-program", "/usr/bin:/bin", NULL, &below), -ENOENT);

        /* Absolute links mean the new root. */
        ck_assert_ptr_nonnull(mkdtemp(root));
        (void)snprintf(path, sizeof(path), "%s/opt", root);
        ck_assert_int_eq(mkdir(path, 0755), 0);
        (void)snprintf(path, sizeof(path), "%s/bin", root);
        ck_assert_int_eq(symlink("/opt", path), 0);
        (void)snprintf(path, sizeof(path), "%s/opt/only-here", root);
        fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        ck_assert_int_eq(command_find("only-here", "/bin", root, &below), -EACCES);
        ck_assert_int_eq(fchmod(fd, 0755), 0);
        ck_assert_int_eq(command_find("only-here", "/bin", root, &below), 0);
        ck_assert_str_eq(below, "/bin/only-here");
        ck_assert_int_eq(command_find("only-here", "/bin", NULL, &found), -ENOENT);
        (void)close(fd);
        (void)unlink(path);
        (void)snprintf(path, sizeof(path), "%s/bin", root);
        (void)unlink(path);
        (void)snprintf(path, sizeof(path), "%s/opt", root);
        (void)rmdir(path);
        (void)rmdir(root);
}
END_TEST

int main(void) {
        const TTest *const tests[] = {
                plain_assignments_are_read_and_comments_are_not,
                quotes_keep_what_is_in_them,
                a_backslash_joins_lines_and_makes_the_next_character_plain,
                what_is_no_variable_is_reported_and_left_out,
                a_pattern_reads_all_files_in_order_and_a_missing_one_is_told,
                later_sources_win_and_unset_has_the_last_word,
                what_the_manager_knows_of_the_process_is_told,
                a_variable_that_the_unit_sets_is_not_overwritten_with_a_pid,
                a_missing_environment_file_fails_unless_it_is_optional,
                directories_are_named_in_the_environment,
                a_variable_in_braces_is_one_word_as_it_is,
                a_bare_variable_is_as_many_words_as_it_holds,
                other_dollars_are_plain,
                the_programs_name_is_left_alone,
                programs_are_looked_for_in_the_path_and_below_the_root,
        };
        Suite *s = suite_create("environment");
        TCase *c = tcase_create("all");
        SRunner *r = srunner_create(s);
        int failed;

        tcase_add_checked_fixture(c, setup, NULL);
        for (size_t i = 0; i < ARRAY_LEN(tests); i++)
                tcase_add_test(c, tests[i]);
        suite_add_tcase(s, c);
        srunner_run_all(r, CK_ENV);
        failed = srunner_ntests_failed(r);
        srunner_free(r);
        return failed != 0;
}
