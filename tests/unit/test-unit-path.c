/* SPDX-License-Identifier: MIT */
/* Which files make up a unit: search path, drop-ins, aliases, masks, templates, .wants directories. */
#include "unit-fixture.h"

#include "supervisor/unit/unit-path-private.h"

static const char service[] = "[Service]\nExecStart=/bin/true\n";

static void expect_state(const char *name, enum unit_load_state state) {
        OWNED(unit) struct unit *u = fixture_load(name);

        ck_assert_msg(u->load_state == state, "%s: %s", name, unit_load_state_name(u->load_state));
}

/* The drop-ins that are read, by what is behind the fixture's folder. */
static void expect_dropins(const struct unit *u, const char *expected) {
        owned_strv names = NULL;

        STRV_EACH(path, u->dropin_paths)
                ck_assert_int_eq(strv_add(&names, path + strlen(fixture_folder) + 1), 0);
        fixture_expect_strv(names, expected);
}

START_TEST(the_nearer_directory_wins) {
        OWNED(unit) struct unit *u = NULL;

        fixture_write("lib/a.service", "[Unit]\nDescription=lib\n[Service]\nExecStart=/bin/true\n");
        fixture_write("etc/a.service", "[Unit]\nDescription=etc\n[Service]\nExecStart=/bin/true\n");
        u = fixture_load("a.service");
        ck_assert_str_eq(u->description, "etc");
        ck_assert(text_ends_with(u->fragment_path, "/etc/a.service"));
}
END_TEST

START_TEST(a_unit_without_a_file_is_not_found) {
        OWNED(unit) struct unit *u = fixture_load("none.service");

        ck_assert_int_eq(u->load_state, UNIT_NOT_FOUND);
        ck_assert_ptr_null(u->fragment_path);
        ck_assert_ptr_nonnull(u->load_error);
        expect_state("none.target", UNIT_NOT_FOUND);
        expect_state("none.slice", UNIT_LOADED);
        expect_state("-.slice", UNIT_LOADED);
}
END_TEST

START_TEST(what_is_no_name_is_refused) {
        struct unit *u;

        ck_assert_int_eq(unit_load(&fixture_context, "a", &u), -EINVAL);
        ck_assert_int_eq(unit_load(&fixture_context, "a@.service", &u), -EINVAL);
        ck_assert_int_eq(unit_load(&fixture_context, "../a.service", &u), -EINVAL);
}
END_TEST

START_TEST(dev_null_and_an_empty_file_mask) {
        fixture_write("lib/a.service", service);
        fixture_write("lib/b.service", service);
        fixture_link("/dev/null", "etc/a.service");
        fixture_write("etc/b.service", "");
        expect_state("a.service", UNIT_MASKED);
        expect_state("b.service", UNIT_MASKED);
}
END_TEST

START_TEST(an_instance_reads_its_template_and_its_own_file_first) {
        OWNED(unit) struct unit *u = NULL;
        OWNED(unit) struct unit *own = NULL;

        fixture_write("lib/t@.service", "[Unit]\nDescription=%p of %i\n[Service]\nExecStart=/bin/true\n");
        fixture_write("lib/t@own.service", "[Unit]\nDescription=mine\n[Service]\nExecStart=/bin/true\n");
        u = fixture_load("t@x.service");
        ck_assert_str_eq(u->description, "t of x");
        ck_assert_str_eq(u->instance, "x");
        own = fixture_load("t@own.service");
        ck_assert_str_eq(own->description, "mine");
}
END_TEST

START_TEST(an_alias_leads_to_the_unit_and_the_unit_knows_it) {
        OWNED(unit) struct unit *by_alias = NULL;
        OWNED(unit) struct unit *by_name = NULL;

        fixture_write("lib/ssh.service", service);
        fixture_link("../lib/ssh.service", "etc/sshd.service");
        fixture_link("sshd.service", "etc/secure.service");
        by_alias = fixture_load("secure.service");
        ck_assert_str_eq(by_alias->name, "ssh.service");
        by_name = fixture_load("ssh.service");
        ck_assert_str_eq(by_name->name, "ssh.service");
        ck_assert_uint_eq(strv_length(by_name->aliases), 2);
        ck_assert(strv_contains(by_name->aliases, "sshd.service") && strv_contains(by_name->aliases, "secure.service"));
        ck_assert_uint_eq(strv_length(by_alias->aliases), 2);
}
END_TEST

START_TEST(a_template_alias_keeps_the_instance) {
        OWNED(unit) struct unit *u = NULL;
        OWNED(unit) struct unit *one = NULL;

        fixture_write("lib/real@.service", service);
        fixture_link("real@.service", "lib/also@.service");
        fixture_link("real@.service", "lib/just@one.service");
        u = fixture_load("also@x.service");
        ck_assert_str_eq(u->name, "real@x.service");
        fixture_expect_strv(u->aliases, "also@x.service");
        one = fixture_load("real@one.service");
        ck_assert(strv_contains(one->aliases, "just@one.service") && strv_contains(one->aliases, "also@one.service"));
        expect_state("just@two.service", UNIT_NOT_FOUND);
}
END_TEST

START_TEST(an_alias_of_another_kind_is_told_and_ignored) {
        fixture_write("lib/a.service", service);
        fixture_link("a.service", "lib/a.target");
        fixture_link("a.service", "lib/a@.service");
        expect_state("a.target", UNIT_NOT_FOUND);
        fixture_expect_said("a.target cannot be another name of a.service");
        expect_state("a@x.service", UNIT_NOT_FOUND);
}
END_TEST

START_TEST(aliases_that_go_in_circles_end) {
        fixture_link("b.service", "lib/a.service");
        fixture_link("a.service", "lib/b.service");
        expect_state("a.service", UNIT_NOT_FOUND);
}
END_TEST

START_TEST(a_link_to_a_file_elsewhere_is_the_file) {
        OWNED(unit) struct unit *u = NULL;

        fixture_write("opt/real.service", service);
        fixture_link("../opt/real.service", "etc/linked.service");
        u = fixture_load("linked.service");
        ck_assert_int_eq(u->load_state, UNIT_LOADED);
        ck_assert_str_eq(u->name, "linked.service");
        fixture_link("../opt/missing.service", "etc/dangling.service");
        expect_state("dangling.service", UNIT_NOT_FOUND);
}
END_TEST

START_TEST(dropins_are_read_by_file_name_nearest_first) {
        OWNED(unit) struct unit *u = NULL;

        fixture_write("lib/a-b-c.service", service);
        fixture_write("lib/a-b-c.service.d/20-x.conf", "[Unit]\nDescription=lib\n");
        fixture_write("etc/a-b-c.service.d/20-x.conf", "[Unit]\nDescription=etc\n");
        fixture_write("lib/a-b-.service.d/10-y.conf", "[Unit]\nDescription=b\n");
        fixture_write("etc/a-.service.d/10-y.conf", "[Unit]\nDescription=a\n");
        fixture_write("etc/a-.service.d/30-z.conf", "[Unit]\nDocumentation=man:z\n");
        fixture_write("etc/service.d/10-y.conf", "[Unit]\nDescription=type\n");
        fixture_write("etc/service.d/05-all.conf", "[Unit]\nDocumentation=man:all\n");
        fixture_write("etc/service.d/ignored.txt", "[Unit]\nDescription=no\n");
        u = fixture_load("a-b-c.service");
        expect_dropins(u, "etc/service.d/05-all.conf|etc/a-.service.d/10-y.conf|etc/a-b-c.service.d/20-x.conf|"
                          "etc/a-.service.d/30-z.conf");
        ck_assert_str_eq(u->description, "etc");
        fixture_expect_strv(u->unit->documentation, "man:all|man:z");
}
END_TEST

START_TEST(an_instance_has_its_templates_dropins_behind_its_own) {
        OWNED(unit) struct unit *u = NULL;

        fixture_write("lib/t@.service", service);
        fixture_write("lib/t@.service.d/10.conf", "[Unit]\nDescription=template\n");
        fixture_write("lib/t@.service.d/20.conf", "[Unit]\nDocumentation=man:t\n");
        fixture_write("lib/t@x.service.d/10.conf", "[Unit]\nDescription=instance\n");
        u = fixture_load("t@x.service");
        expect_dropins(u, "lib/t@x.service.d/10.conf|lib/t@.service.d/20.conf");
}
END_TEST

START_TEST(dropins_of_every_name_count_and_can_be_masked) {
        OWNED(unit) struct unit *u = NULL;

        fixture_write("lib/a.service", service);
        fixture_link("a.service", "lib/alias.service");
        fixture_write("lib/alias.service.d/1.conf", "[Unit]\nDescription=by alias\n");
        fixture_write("lib/a.service.d/2.conf", "[Unit]\nDescription=masked\n");
        fixture_link("/dev/null", "etc/a.service.d/2.conf");
        u = fixture_load("a.service");
        expect_dropins(u, "lib/alias.service.d/1.conf");
        ck_assert_str_eq(u->description, "by alias");
}
END_TEST

START_TEST(links_beside_a_unit_are_its_dependencies) {
        OWNED(unit) struct unit *u = NULL;

        fixture_write("lib/a.target", "[Unit]\nWants=first.service\n");
        fixture_link("../b.service", "lib/a.target.wants/b.service");
        fixture_link("/nowhere/c.service", "etc/a.target.wants/c.service");
        fixture_link("/dev/null", "etc/a.target.wants/b.service");
        fixture_link("../d.service", "lib/a.target.requires/d.service");
        fixture_link("../e.service", "lib/a.target.upholds/e.service");
        fixture_write("lib/a.target.wants/file.service", service);
        fixture_link("x", "lib/a.target.wants/README");
        u = fixture_load("a.target");
        fixture_expect_strv(u->unit->dependencies[DEPENDENCY_WANTS], "first.service|c.service");
        fixture_expect_strv(u->unit->dependencies[DEPENDENCY_REQUIRES], "d.service");
        fixture_expect_strv(u->unit->dependencies[DEPENDENCY_UPHOLDS], "e.service");
        fixture_expect_said("file.service is not a symbolic link");
        fixture_expect_said("README does not have the name of a unit");
}
END_TEST

START_TEST(a_template_in_a_wants_directory_gets_the_instance) {
        OWNED(unit) struct unit *u = NULL;

        fixture_write("lib/a@.target", "[Unit]\n");
        fixture_link("../m@.service", "lib/a@.target.wants/m@.service");
        u = fixture_load("a@x.target");
        fixture_expect_strv(u->unit->dependencies[DEPENDENCY_WANTS], "m@x.service");
}
END_TEST

START_TEST(a_kept_cache_sees_what_has_changed) {
        OWNED(unit) struct unit *u = NULL;

        ck_assert_int_eq(unit_path_cache_new(fixture_path, &fixture_context.path_cache), 0);
        expect_state("a.service", UNIT_NOT_FOUND);
        fixture_write("lib/a.service", service);
        expect_state("a.service", UNIT_LOADED);
        fixture_write("etc/a.service.d/1.conf", "[Unit]\nDescription=x\n");
        u = fixture_load("a.service");
        ck_assert_str_eq(u->description, "x");
        fixture_link("/dev/null", "etc/a.service");
        expect_state("a.service", UNIT_MASKED);
}
END_TEST

START_TEST(a_held_cache_looks_once) {
        ck_assert_int_eq(unit_path_cache_new(fixture_path, &fixture_context.path_cache), 0);
        unit_path_cache_hold(fixture_context.path_cache);
        fixture_write("lib/a.service", service);
        expect_state("a.service", UNIT_LOADED);
        unit_path_cache_hold(fixture_context.path_cache);
        fixture_write("lib/b.service", service);
        expect_state("b.service", UNIT_NOT_FOUND);
        unit_path_cache_release(fixture_context.path_cache);
        expect_state("b.service", UNIT_NOT_FOUND);
        unit_path_cache_release(fixture_context.path_cache);
        expect_state("b.service", UNIT_LOADED);
        unit_path_cache_forget(fixture_context.path_cache);
        ck_assert_ptr_null(unit_path_find(fixture_context.path_cache, "a.service"));
        expect_state("a.service", UNIT_LOADED);
}
END_TEST

/* More than are looked through one by one. */
/* How many descriptors this process has. */
static unsigned count_descriptors(void) {
        unsigned count = 0;

        for (int fd = 0; fd < 256; fd++)
                count += fcntl(fd, F_GETFD) >= 0;
        return count;
}

START_TEST(a_held_cache_reads_on_in_the_directory_that_it_has_seen) {
        unsigned before = count_descriptors();
        owned_str elsewhere = fixture_make_path("elsewhere");
        OWNED(unit) struct unit *a = NULL, *b = NULL, *c = NULL;

        fixture_write("lib/a.service", "[Service]\nExecStart=/bin/a\n");
        fixture_write("lib/b.service", "[Service]\nExecStart=/bin/b\n");
        ck_assert_int_eq(unit_path_cache_new(fixture_path, &fixture_context.path_cache), 0);
        unit_path_cache_hold(fixture_context.path_cache);
        a = fixture_load("a.service");
        ck_assert_int_eq(a->load_state, UNIT_LOADED);
        ck_assert_int_eq(rename(fixture_lib, elsewhere), 0);
        b = fixture_load("b.service");
        ck_assert_int_eq(b->load_state, UNIT_LOADED);
        ck_assert_ptr_nonnull(strstr(b->fragment_path, "/lib/b.service"));
        unit_path_cache_release(fixture_context.path_cache);
        ck_assert_uint_eq(count_descriptors(), before);
        c = fixture_load("b.service");
        ck_assert_int_eq(c->load_state, UNIT_NOT_FOUND);
        ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

START_TEST(of_many_wants_each_counts_once) {
        OWNED(unit) struct unit *u = NULL;
        char path[64];

        fixture_write("lib/a.target", "[Unit]\nWants=w1.service w2.service\nWants=w1.service\n");
        for (unsigned i = 1; i <= 40; i++) {
                (void)snprintf(path, sizeof(path), "lib/a.target.wants/w%u.service", i);
                fixture_link("/dev/null/x", path);
        }
        u = fixture_load("a.target");
        ck_assert_uint_eq(strv_length(u->unit->dependencies[DEPENDENCY_WANTS]), 40);
}
END_TEST

START_TEST(the_search_path_can_be_listed) {
        owned_strv names = NULL;

        fixture_write("lib/b.service", service);
        fixture_write("etc/a@.service", service);
        fixture_write("etc/b.service", service);
        fixture_write("etc/b.service.d/x.conf", "");
        fixture_write("etc/README", "");
        ck_assert_int_eq(unit_list_files(&fixture_context, &names), 0);
        fixture_expect_strv(names, "a@.service|b.service");
}
END_TEST

START_TEST(the_text_is_the_file_and_its_dropins) {
        OWNED(unit) struct unit *u = NULL;
        owned_str text = NULL;
        owned_str expected = text_printf("# %s/a.service\n[Service]\nExecStart=/bin/a\n\n# %s/a.service.d/x.conf\n[Unit]\n",
                                         fixture_lib, fixture_etc);

        fixture_write("lib/a.service", "[Service]\nExecStart=/bin/a");
        fixture_write("etc/a.service.d/x.conf", "[Unit]\n");
        u = fixture_load("a.service");
        ck_assert_int_eq(unit_read_text(u, &text), 0);
        ck_assert_str_eq(text, expected);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("unit-path");
        TCase *c = tcase_create("unit-path");
        SRunner *runner = srunner_create(suite);
        int failed;

        suite_add_tcase(suite, c);
        tcase_add_checked_fixture(c, fixture_setup, fixture_teardown);
        tcase_add_test(c, the_nearer_directory_wins);
        tcase_add_test(c, a_unit_without_a_file_is_not_found);
        tcase_add_test(c, what_is_no_name_is_refused);
        tcase_add_test(c, dev_null_and_an_empty_file_mask);
        tcase_add_test(c, an_instance_reads_its_template_and_its_own_file_first);
        tcase_add_test(c, an_alias_leads_to_the_unit_and_the_unit_knows_it);
        tcase_add_test(c, a_template_alias_keeps_the_instance);
        tcase_add_test(c, an_alias_of_another_kind_is_told_and_ignored);
        tcase_add_test(c, aliases_that_go_in_circles_end);
        tcase_add_test(c, a_link_to_a_file_elsewhere_is_the_file);
        tcase_add_test(c, dropins_are_read_by_file_name_nearest_first);
        tcase_add_test(c, an_instance_has_its_templates_dropins_behind_its_own);
        tcase_add_test(c, dropins_of_every_name_count_and_can_be_masked);
        tcase_add_test(c, links_beside_a_unit_are_its_dependencies);
        tcase_add_test(c, a_template_in_a_wants_directory_gets_the_instance);
        tcase_add_test(c, a_kept_cache_sees_what_has_changed);
        tcase_add_test(c, a_held_cache_looks_once);
        tcase_add_test(c, a_held_cache_reads_on_in_the_directory_that_it_has_seen);
        tcase_add_test(c, of_many_wants_each_counts_once);
        tcase_add_test(c, the_search_path_can_be_listed);
        tcase_add_test(c, the_text_is_the_file_and_its_dropins);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
