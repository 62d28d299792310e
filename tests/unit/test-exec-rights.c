/* SPDX-License-Identifier: MIT */
/* What a child may do: users, groups, capabilities, policies, the whole sandbox. */
#include "exec-suite.h"

#include "base/sys.h"
#include "plan/credentials.h"

#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* In place of the system's. */
const char *credentials_dynamic_directory(void) {
        static char path[64];

        (void)snprintf(path, sizeof(path), "/tmp/keel-test-dynamic-%d", getpid());
        return path;
}

static bool is_root(void) {
        return geteuid() == 0;
}

#define SHOW_IDS "grep '^[UG]id\\|^Groups' /proc/self/status | tr '\\t' ' '"

START_TEST(the_user_is_somebody_else_with_their_groups_and_variables) {
        struct passwd *daemon;
        char expected[256];

        daemon = getpwnam("daemon");
        ck_assert_ptr_nonnull(daemon);
        f.exec.user = (char *)"daemon";
        f.exec.supplementary_groups = (char *[]){ (char *)"4242", NULL };
        (void)snprintf(expected, sizeof(expected),
                       "Uid: %u %u %u %u\nGid: %u %u %u %u\nGroups: %u 4242 \n%s daemon %s unset\n", daemon->pw_uid,
                       daemon->pw_uid, daemon->pw_uid, daemon->pw_uid, daemon->pw_gid, daemon->pw_gid, daemon->pw_gid,
                       daemon->pw_gid, daemon->pw_gid, "daemon", daemon->pw_dir);
        assert_output(&f, SHOW_IDS "; echo $USER $LOGNAME $HOME ${SHELL-unset}", expected);
}
END_TEST

START_TEST(a_prefix_keeps_the_user_away) {
        f.exec.user = (char *)"daemon";
        f.exec.no_new_privileges = TRISTATE_YES;
        f.command.flags = EXEC_FULL_PRIVILEGES;
        assert_output(&f, "id -u; grep NoNew /proc/self/status; echo $USER", "0\nNoNewPrivs:\t0\ndaemon\n");
        set_up_fixture();
        f.exec.user = (char *)"daemon";
        f.exec.no_new_privileges = TRISTATE_YES;
        f.command.flags = EXEC_NO_SETUID;
        assert_output(&f, "id -u; grep NoNew /proc/self/status", "0\nNoNewPrivs:\t1\n");
        set_up_fixture();
        f.exec.user = (char *)"daemon";
        f.service.permissions_start_only = true;
        f.request.kind = COMMAND_START_PRE;
        assert_output(&f, "id -u", "0\n");
}
END_TEST

START_TEST(an_unknown_user_is_217_and_an_unknown_group_216) {
        f.exec.user = (char *)"no-such-user";
        fixture_script(&f, "true");
        fixture_run(&f);
        ck_assert_int_eq(f.built, -ESRCH);
        ck_assert_int_eq(f.failure.exit_status, 217);
        ck_assert_str_eq(f.failure.detail, "user 'no-such-user' does not exist");
        set_up_fixture();
        f.exec.group = (char *)"no-such-group";
        fixture_script(&f, "true");
        fixture_run(&f);
        ck_assert_int_eq(f.failure.exit_status, 216);
}
END_TEST

#define SHOW_CAPS "grep 'Cap\\(Eff\\|Bnd\\|Amb\\|Inh\\)' /proc/self/status | tr '\\t' ' '"

START_TEST(the_bounding_set_bounds_root) {
        f.exec.capability_bounding_set = 1 << 10 | 1 << 0;
        assert_output(&f, SHOW_CAPS,
                      "CapInh: 0000000000000000\nCapEff: 0000000000000401\nCapBnd: 0000000000000401\nCapAmb: "
                      "0000000000000000\n");
}
END_TEST

START_TEST(ambient_capabilities_survive_the_change_of_the_user) {
        f.exec.user = (char *)"daemon";
        f.exec.capability_bounding_set = 1 << 10;
        f.exec.ambient_capabilities = 1 << 10;
        assert_output(&f, SHOW_CAPS "; id -un",
                      "CapInh: 0000000000000400\nCapEff: 0000000000000400\nCapBnd: 0000000000000400\nCapAmb: "
                      "0000000000000400\ndaemon\n");
}
END_TEST

START_TEST(secure_bits_are_set_for_another_user_too) {
        f.exec.user = (char *)"daemon";
        f.exec.secure_bits = 3; /* noroot noroot-locked */
        assert_output(&f, "/sbin/capsh --print 2>/dev/null | sed -n '/secure-noroot/p' | tr -d ' '",
                      "secure-noroot:yes(locked)\n");
}
END_TEST

/* uname gives EPERM; all others are let through. */
static struct sock_filter deny_uname[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static void use_policy(void) {
        static struct sock_fprog programs[] = { { ARRAY_LEN(deny_uname), deny_uname } };
        static struct seccomp_policy policy = { .programs = programs, .program_count = 1 };

        policy_to_use = &policy;
}

START_TEST(the_filter_is_loaded_with_and_without_no_new_privs) {
        use_policy();
        fixture_script(
                &f, "uname >/dev/null 2>&1 || echo denied; grep 'NoNew\\|Seccomp:' /proc/self/status | tr '\\t' ' '");
        fixture_run(&f);
        ck_assert_str_eq(f.output, "denied\nNoNewPrivs: 0\nSeccomp: 2\n");
        set_up_fixture();
        use_policy();
        f.exec.user = (char *)"daemon";
        fixture_script(
                &f, "uname >/dev/null 2>&1 || echo denied; grep 'NoNew\\|Seccomp:' /proc/self/status | tr '\\t' ' '");
        fixture_run(&f);
        ck_assert_str_eq(f.output, "denied\nNoNewPrivs: 1\nSeccomp: 2\n");
}
END_TEST

const char *credentials_dynamic_directory(void);

START_TEST(a_dynamic_user_is_out_of_the_range_and_the_same_again) {
        char first[sizeof(f.output)];

        f.exec.dynamic_user = true;
        fixture_script(&f, "id -u; id -g; echo $USER; grep NoNew /proc/self/status");
        fixture_run(&f);
        ck_assert_int_eq(f.wait_status, 0);
        ck_assert_uint_ge(strtoul(f.output, NULL, 10), 61184);
        ck_assert_uint_le(strtoul(f.output, NULL, 10), 65519);
        ck_assert_ptr_nonnull(strstr(f.output, "\ntry\nNoNewPrivs:\t1\n"));
        ck_assert_int_eq(find_recorded("Service.DynamicUser")->outcome, OUTCOME_EMULATED);
        (void)strcpy(first, f.output);
        exec_runtime_destroy(&f.runtime);
        set_up_fixture();
        f.exec.dynamic_user = true;
        assert_output(&f, "id -u; id -g; echo $USER; grep NoNew /proc/self/status", first);
        exec_runtime_destroy(&f.runtime);
        (void)snprintf(first, sizeof(first), "rm -rf %s", credentials_dynamic_directory());
        ck_assert_int_eq(system(first), 0);
}
END_TEST

START_TEST(a_user_that_may_not_enter_the_directory_is_told_so) {
        f.exec.user = (char *)"daemon";
        f.exec.working_directory = (char *)"/root";
        ck_assert_int_eq(chmod("/root", 0700), 0);
        fixture_script(&f, "pwd");
        fixture_run(&f);
        ck_assert_int_eq(f.failure.exit_status, 200);
        ck_assert_int_eq(f.failure.error, EACCES);
}
END_TEST

START_TEST(the_whole_sandbox_leaves_a_program_that_runs) {
        char directory[32];

        f.exec.user = (char *)"daemon";
        f.exec.private_tmp = f.exec.private_devices = true;
        f.exec.protect_system = PROTECT_SYSTEM_STRICT;
        f.exec.protect_home = PROTECT_HOME_YES;
        f.exec.capability_bounding_set = 0;
        (void)snprintf(directory, sizeof(directory), "keel-test-exec-%d", getpid());
        f.exec.directories[DIRECTORY_RUNTIME] = (struct exec_directory){ (char *[]){ directory, NULL }, 0755 };
        f.request.invocation_id = own_invocation_id();
        fixture_script(&f, "touch /usr/x 2>&1 | grep -o Read-only; touch /tmp/x && ls /tmp; touch $RUNTIME_DIRECTORY/y "
                           "&& echo made;"
                           "id -un; grep CapBnd /proc/self/status | tr '\t' ' '");
        fixture_run(&f);
        ck_assert_msg(f.spawned.has_execed, "%d %s", f.failure.exit_status, f.failure.detail);
        ck_assert_str_eq(f.output, "Read-only\nx\nmade\ndaemon\nCapBnd: 0000000000000000\n");
        exec_runtime_destroy(&f.runtime);
        ck_assert_int_eq(plan_remove_runtime_directories(&f.unit, false), 0);
}
END_TEST

int main(void) {
        Suite *s = suite_create("exec-rights");

        ADD(s, "failures", an_unknown_user_is_217_and_an_unknown_group_216);
        if (is_root())
                ADD(s, "rights", the_user_is_somebody_else_with_their_groups_and_variables, a_prefix_keeps_the_user_away,
                    the_bounding_set_bounds_root, ambient_capabilities_survive_the_change_of_the_user,
                    secure_bits_are_set_for_another_user_too, the_filter_is_loaded_with_and_without_no_new_privs,
                    a_dynamic_user_is_out_of_the_range_and_the_same_again, a_user_that_may_not_enter_the_directory_is_told_so,
                    the_whole_sandbox_leaves_a_program_that_runs);
        else
                puts("SKIP: rights: not root");
        return run_suite(s);
}
