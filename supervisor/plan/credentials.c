/* SPDX-License-Identifier: MIT */
/* credentials: names to numbers, before the spawn. Owns nothing but the notes about dynamic users in keel's runtime
 * directory; keeps nothing between calls, so that a changed user database counts at the next start. Never logs.
 */
#include "credentials.h"

#include "base/sys.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>

#define DYNAMIC_UID_FIRST 61184u
#define DYNAMIC_UID_LAST  65519u
#define NSS_BUFFER_MAX    (1024u * 1024u)
#define GROUPS_MAX        65536

void resolved_credentials_release(struct resolved_credentials *c) {
        free(c->groups);
        free(c->user);
        free(c->home);
        free(c->shell);
        *c = (struct resolved_credentials){ 0 };
}

/* ---- the user and group database ------------------------------------------------------------------------------------- */

/* (uid_t)-1 and its 16 bit sibling mean "no change" in the system calls: nobody's number. */
static int parse_id(const char *text, uint32_t *ret) {
        uint64_t value;

        if (!isdigit((unsigned char)*text) || text_to_u64(text, 10, &value) < 0 || value >= UINT32_MAX ||
            value == UINT16_MAX)
                return -EINVAL;
        *ret = (uint32_t)value;
        return 0;
}

/* What getpw…_r say is missing differs between the NSS modules; all of these mean it (getpwnam(3)). */
static int nss_error(int r) {
        return r == 0 || r == ENOENT || r == ESRCH || r == EBADF || r == EPERM ? -ESRCH : -r;
}

/* By name, or by number when name is NULL. 0 with *buffer owning the texts, -ESRCH, -errno. */
static int find_user(const char *name, uid_t uid, struct passwd *ret, char **buffer) {
        for (size_t size = 1024; size <= NSS_BUFFER_MAX; size *= 2) {
                owned_str room = malloc(size);
                struct passwd *found = NULL;
                int r;

                if (!room)
                        return -ENOMEM;
                r = name ? getpwnam_r(name, ret, room, size, &found) : getpwuid_r(uid, ret, room, size, &found);
                if (found) {
                        *buffer = take_ptr(room);
                        return 0;
                }
                if (r != ERANGE)
                        return nss_error(r);
        }
        return -ERANGE;
}

static int find_group(const char *name, gid_t gid, gid_t *ret) {
        for (size_t size = 1024; size <= NSS_BUFFER_MAX; size *= 2) {
                owned_str room = malloc(size);
                struct group entry, *found = NULL;
                int r;

                if (!room)
                        return -ENOMEM;
                r = name ? getgrnam_r(name, &entry, room, size, &found) : getgrgid_r(gid, &entry, room, size, &found);
                if (found) {
                        *ret = entry.gr_gid;
                        return 0;
                }
                if (r != ERANGE)
                        return nss_error(r);
        }
        return -ERANGE;
}

static bool is_shell_of_use(const char *shell) {
        static const char *const refusing[] = {
                "/bin/nologin", "/sbin/nologin",  "/usr/bin/nologin", "/usr/sbin/nologin",
                "/bin/false",   "/usr/bin/false", "/bin/true",        "/usr/bin/true",
        };

        if (!shell || *shell != '/')
                return false;
        for (size_t i = 0; i < ARRAY_LEN(refusing); i++)
                if (text_equal(shell, refusing[i]))
                        return false;
        return true;
}

static bool is_home_of_use(const char *home) {
        return home && *home == '/' && home[strspn(home, "/")];
}

static int set_user(struct resolved_credentials *c, const char *name, uid_t uid, const char *home, const char *shell) {
        c->has_user = true;
        c->uid = uid;
        if (text_replace(&c->user, name) < 0 || text_replace(&c->home, is_home_of_use(home) ? home : NULL) < 0 ||
            text_replace(&c->shell, is_shell_of_use(shell) ? shell : NULL) < 0)
                return -ENOMEM;
        return 0;
}

/* A static user. 0, -ESRCH: there is none, -errno. A number that no user has is fine where the group is said. */
static int resolve_static_user(const char *text, bool has_group, struct resolved_credentials *c) {
        bool is_number;
        owned_str buffer = NULL;
        struct passwd entry;
        uint32_t uid = 0;
        int r;

        is_number = parse_id(text, &uid) == 0;
        r = find_user(is_number ? NULL : text, uid, &entry, &buffer);
        if (r == 0) {
                r = set_user(c, entry.pw_name, entry.pw_uid, entry.pw_dir, entry.pw_shell);
                c->gid = entry.pw_gid;
                c->has_group = true;
                return r;
        }
        if (text_equal(text, "root") || (is_number && uid == 0)) {
                c->gid = 0;
                c->has_group = true;
                return set_user(c, "root", 0, "/root", "/bin/sh");
        }
        if (is_number && has_group && r == -ESRCH)
                return set_user(c, text, uid, NULL, NULL);
        return r;
}

static int resolve_group(const char *text, gid_t *ret) {
        uint32_t gid;

        if (parse_id(text, &gid) == 0) {
                *ret = gid;
                return 0;
        }
        if (text_equal(text, "root")) {
                *ret = 0;
                return 0;
        }
        return find_group(text, 0, ret);
}

/* ---- dynamic users ------------------------------------------------------------------------------------------------- */

WEAK const char *credentials_dynamic_directory(void) {
        return "/run/keel/dynamic-users";
}

/* Is the number noted for this name, or can it be from now on? 1 yes, 0 it is somebody else's, -errno. */
static int claim_uid(int dir_fd, uid_t uid, const char *name) {
        char file[16];
        owned_str holder = NULL;
        owned_fd fd = -1;
        ssize_t n;
        int r;

        (void)snprintf(file, sizeof(file), "%u", uid);
        fd = sys_openat(dir_fd, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd == -EEXIST) {
                r = sys_read_file(dir_fd, file, 4096, &holder, NULL);
                return r < 0 ? r : text_equal(holder, name);
        }
        if (fd < 0)
                return fd;
        n = sys_write(fd, name, strlen(name));
        if (n != (ssize_t)strlen(name)) {
                (void)sys_unlinkat(dir_fd, file, 0);
                return n < 0 ? (int)n : -ENOSPC;
        }
        return 1;
}

static bool is_in_database(uid_t uid) {
        owned_str buffer = NULL;
        struct passwd entry;
        gid_t gid;

        return find_user(NULL, uid, &entry, &buffer) == 0 || find_group(NULL, uid, &gid) == 0;
}

int credentials_dynamic_uid(const char *name, uid_t *ret) {
        const uint32_t range = DYNAMIC_UID_LAST - DYNAMIC_UID_FIRST + 1;
        uint32_t start = (uint32_t)(text_hash(name, strlen(name)) % range);
        owned_fd dir = -1;
        int r;

        (void)sys_mkdir_parents(credentials_dynamic_directory(), 0755);
        dir = sys_openat(AT_FDCWD, credentials_dynamic_directory(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        for (uint32_t i = 0; i < range; i++) {
                uid_t uid = DYNAMIC_UID_FIRST + (start + i) % range;

                if (is_in_database(uid))
                        continue;
                /* Nowhere to note it: the hash alone has to do. */
                r = dir < 0 ? 1 : claim_uid(dir, uid, name);
                if (r < 0 && r != -EROFS && r != -EACCES && r != -EPERM)
                        return r;
                if (r != 0) {
                        *ret = uid;
                        return 0;
                }
        }
        return -EUSERS;
}

static bool is_user_name(const char *s) {
        if (!isalpha((unsigned char)*s) && *s != '_')
                return false;
        for (; *s; s++)
                if (!isalnum((unsigned char)*s) && *s != '_' && *s != '-')
                        return false;
        return true;
}

/* User=, else the unit's name without its suffix when that can be a user's name, else a name with its hash. */
static char *dynamic_name(const struct unit *unit) {
        const char *dot = strrchr(unit->name, '.');
        owned_str plain = NULL;

        if (unit->exec->user)
                return strdup(unit->exec->user);
        plain = strndup(unit->name, dot ? (size_t)(dot - unit->name) : strlen(unit->name));
        if (plain && strlen(plain) <= 31 && is_user_name(plain))
                return take_ptr(plain);
        return text_printf("_du%016llx", (unsigned long long)text_hash(unit->name, strlen(unit->name)));
}

static int resolve_dynamic_user(struct unit *unit, struct resolved_credentials *c, struct exec_failure *failure) {
        owned_str name = dynamic_name(unit);
        owned_str why = NULL;
        int r;

        if (!name)
                return exec_fail(failure, EXIT_STATUS_USER, -ENOMEM, "out of memory");
        r = resolve_static_user(name, unit->exec->group != NULL, c);
        if (r == 0) {
                why = text_printf("there is a static user '%s', which is used", name);
        } else if (r == -ESRCH) {
                uid_t uid = 0;

                r = credentials_dynamic_uid(name, &uid);
                if (r < 0)
                        return exec_fail(failure, EXIT_STATUS_USER, r, "no user id is free for the dynamic user '%s'",
                                         name);
                c->is_dynamic = c->has_group = true;
                c->gid = uid;
                r = set_user(c, name, uid, NULL, NULL);
                why = text_printf("user and group %u; the user database does not know the name '%s'", uid, name);
        }
        if (r < 0)
                return exec_fail(failure, EXIT_STATUS_USER, r, "user '%s' could not be looked up", name);
        (void)unit_set_outcome(unit, "Service.DynamicUser", OUTCOME_EMULATED, why);
        return 0;
}

/* ---- groups ---------------------------------------------------------------------------------------------------------- */

static int add_group(struct resolved_credentials *c, gid_t gid) {
        gid_t *grown;

        for (size_t i = 0; i < c->group_count; i++)
                if (c->groups[i] == gid)
                        return 0;
        grown = reallocarray(c->groups, c->group_count + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        c->groups = grown;
        c->groups[c->group_count++] = gid;
        return 0;
}

/* The groups that the database lists this user in; not for root, as systemd has it. */
static int add_user_groups(struct resolved_credentials *c) {
        int count = 32;

        if (!c->has_user || c->is_dynamic || c->gid == 0)
                return 0;
        for (;;) {
                owned_mem gid_t *list = reallocarray(NULL, (size_t)count, sizeof(*list));
                int room = count;

                if (!list)
                        return -ENOMEM;
                if (getgrouplist(c->user, c->gid, list, &count) < 0) {
                        if (count <= room)
                                count = room * 2;
                        if (count > GROUPS_MAX)
                                return -E2BIG;
                        continue;
                }
                for (int i = 0; i < count; i++)
                        if (add_group(c, list[i]) < 0)
                                return -ENOMEM;
                return 0;
        }
}

static int resolve_groups(const struct exec_settings *e, struct resolved_credentials *c, struct exec_failure *failure) {
        int r;

        if (e->group) {
                /* The dynamic user's own group is meant when the names are the same. */
                bool is_own = c->is_dynamic && c->user && text_equal(e->group, c->user);

                r = is_own ? 0 : resolve_group(e->group, &c->gid);
                if (r < 0)
                        return exec_fail(failure, EXIT_STATUS_GROUP, r, "group '%s' %s", e->group,
                                         r == -ESRCH ? "does not exist" : "could not be looked up");
                c->has_group = true;
        }
        r = add_user_groups(c);
        if (r < 0)
                return exec_fail(failure, EXIT_STATUS_GROUP, r, "the groups of user '%s' could not be looked up",
                                 c->user);
        STRV_EACH(name, e->supplementary_groups) {
                gid_t gid = 0;

                r = resolve_group(name, &gid);
                if (r == 0)
                        r = add_group(c, gid);
                if (r < 0)
                        return exec_fail(failure, EXIT_STATUS_GROUP, r, "supplementary group '%s' %s", name,
                                         r == -ESRCH ? "does not exist" : "could not be looked up");
        }
        return 0;
}

int credentials_resolve(struct unit *unit, struct resolved_credentials *ret, struct exec_failure *failure) {
        const struct exec_settings *e = unit->exec;
        struct resolved_credentials c = { .uid = geteuid(), .gid = getegid() };
        int r = 0;

        if (e->dynamic_user) {
                r = resolve_dynamic_user(unit, &c, failure);
        } else if (!text_is_empty(e->user)) {
                r = resolve_static_user(e->user, e->group != NULL, &c);
                if (r < 0)
                        r = exec_fail(failure, EXIT_STATUS_USER, r, "user '%s' %s", e->user,
                                      r == -ESRCH ? "does not exist" : "could not be looked up");
        }
        if (r >= 0)
                r = resolve_groups(e, &c, failure);
        if (r < 0) {
                resolved_credentials_release(&c);
                return r;
        }
        *ret = c;
        return 0;
}
