/* SPDX-License-Identifier: MIT */
/* privileges: what the child has to change of its rights, and in which way it can. Decides, changes nothing. */
#include "privileges.h"

#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <grp.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define BIT(n) (UINT64_C(1) << (n))

/* Not through cap_t: one call, no allocation. */
WEAK uint64_t privileges_own_effective(void) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (syscall(SYS_capget, &header, data) < 0)
                return 0;
        return data[0].effective | (uint64_t)data[1].effective << 32;
}

/* Our bounding set; *known gets all that the kernel has. */
static uint64_t own_bounding(uint64_t *known) {
        uint64_t set = 0;

        *known = 0;
        for (int i = 0; i < 64; i++) {
                int r = prctl(PR_CAPBSET_READ, i, 0, 0, 0);

                if (r < 0)
                        break;
                *known |= BIT(i);
                set |= r > 0 ? BIT(i) : 0;
        }
        return set;
}

void privileges_release(struct plan_privileges *v) {
        free(v->apparmor_text);
        v->apparmor_text = NULL;
}

/* ---- user and groups ------------------------------------------------------------------------------------------------- */

static bool are_our_groups(const struct resolved_credentials *c) {
        owned_mem gid_t *ours = NULL;
        int n = getgroups(0, NULL);

        if (n < 0 || (size_t)n != c->group_count)
                return false;
        if (n == 0)
                return true;
        ours = reallocarray(NULL, (size_t)n, sizeof(*ours));
        return ours && getgroups(n, ours) == n && memcmp(ours, c->groups, (size_t)n * sizeof(*ours)) == 0;
}

/* setgroups(2) is switched off in user namespaces that were made without privileges (user_namespaces(7)). */
static bool can_set_groups(uint64_t effective) {
        owned_str text = NULL;

        if (!(effective & BIT(CAP_SETGID)))
                return false;
        return sys_read_file(AT_FDCWD, "/proc/self/setgroups", 64, &text, NULL) < 0 || !text_after(text, "deny");
}

static void resolve_identity(const struct resolved_credentials *c, struct plan_privileges *v, uint64_t effective) {
        v->sets_uid = c->uid != geteuid();
        v->sets_gid = c->gid != getegid();
        /* Who was not given a user keeps our groups where they cannot be dropped. */
        v->sets_groups = !are_our_groups(c) && (c->group_count > 0 || can_set_groups(effective));
}

/* ---- capabilities ---------------------------------------------------------------------------------------------------- */

static char *name_capabilities(uint64_t set) {
        owned_strv names = NULL;

        for (int i = 0; i < 64; i++) {
                char *name = set & BIT(i) ? cap_to_name(i) : NULL;

                if (name)
                        (void)strv_add(&names, name);
                cap_free(name);
        }
        return strv_join(names, " ");
}

static void resolve_bounding(struct unit *unit, struct plan_privileges *v, uint64_t effective) {
        uint64_t wanted = unit->exec->capability_bounding_set, ours, known;

        if (wanted == CAPABILITIES_ALL)
                return;
        ours = own_bounding(&known);
        /* A new user namespace begins with all of them, ours or not (user_namespaces(7)). */
        v->dropped_capabilities = (unit->exec->private_users ? known : ours) & ~wanted;
        if (v->dropped_capabilities && !(effective & BIT(CAP_SETPCAP))) {
                v->dropped_capabilities = 0;
                (void)unit_set_outcome(unit, "Service.CapabilityBoundingSet", OUTCOME_UNAVAILABLE,
                                       "keel does not have cap_setpcap here");
        }
}

static void resolve_ambient(struct unit *unit, struct plan_privileges *v, uint64_t effective) {
        uint64_t wanted = unit->exec->ambient_capabilities;
        uint64_t missing = wanted & ~effective;

        v->ambient_capabilities = wanted & effective;
        if (missing) {
                owned_str names = name_capabilities(missing);
                owned_str why = text_printf("keel itself does not have %s here", names ? names : "all of them");

                (void)unit_set_outcome(unit, "Service.AmbientCapabilities", OUTCOME_UNAVAILABLE, why);
        }
}

static void resolve_secure_bits(struct unit *unit, struct plan_privileges *v, uint64_t effective) {
        int wanted = unit->exec->secure_bits;

        if (wanted == 0 || wanted == prctl(PR_GET_SECUREBITS))
                return;
        v->sets_secure_bits = effective & BIT(CAP_SETPCAP);
        v->secure_bits = wanted;
        if (!v->sets_secure_bits)
                (void)unit_set_outcome(unit, "Service.SecureBits", OUTCOME_UNAVAILABLE,
                                       "keel does not have cap_setpcap here");
}

/* Loading a filter takes CAP_SYS_ADMIN or no_new_privs (seccomp(2)); a user other than root has the former only when it is
 * ambient. */
static bool wants_no_new_privileges(const struct unit *unit, const struct plan *p, uint64_t effective) {
        const struct plan_privileges *v = &p->privileges;
        bool is_user = v->sets_uid && p->credentials.uid != 0;
        uint64_t left = is_user ? v->ambient_capabilities : effective;

        if (unit->exec->no_new_privileges == TRISTATE_YES || unit->exec->dynamic_user)
                return true;
        return p->seccomp && !(left & BIT(CAP_SYS_ADMIN));
}

/* ---- the rest ---------------------------------------------------------------------------------------------------------- */

static void resolve_keyring(struct unit *unit, struct plan_privileges *v) {
        const char *mode = unit->exec->keyring_mode;

        if (!mode || text_equal(mode, "private"))
                v->keyring = KEYRING_PRIVATE;
        else
                v->keyring = text_equal(mode, "shared") ? KEYRING_SHARED : KEYRING_INHERIT;
        if (mode && v->keyring != KEYRING_INHERIT)
                (void)unit_set_outcome(unit, "Service.KeyringMode", OUTCOME_EMULATED,
                                       "the invocation id is not put into the keyring");
}

static int resolve_apparmor(struct unit *unit, struct plan_privileges *v) {
        owned_str enabled = NULL;
        int r;

        if (text_is_empty(unit->exec->apparmor_profile))
                return 0;
        r = sys_read_file(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 16, &enabled, NULL);
        if (r < 0 || enabled[0] != 'Y') {
                (void)unit_set_outcome(unit, "Service.AppArmorProfile", OUTCOME_UNAVAILABLE,
                                       "AppArmor is not in this kernel");
                return 0;
        }
        v->apparmor_text = text_printf("exec %s", unit->exec->apparmor_profile);
        v->apparmor_is_optional = unit->exec->apparmor_profile_optional;
        return v->apparmor_text ? 0 : -ENOMEM;
}

int privileges_resolve(const struct plan_request *request, struct plan *p) {
        struct unit *unit = request->unit;
        struct plan_privileges *v = &p->privileges;
        uint64_t effective = privileges_own_effective();

        resolve_keyring(unit, v);
        if (plan_has_full_privileges(request))
                return 0;
        if (!(request->command->flags & EXEC_NO_SETUID))
                resolve_identity(&p->credentials, v, effective);
        resolve_bounding(unit, v, effective);
        resolve_ambient(unit, v, effective);
        resolve_secure_bits(unit, v, effective);
        v->no_new_privileges = wants_no_new_privileges(unit, p, effective);
        v->keeps_capabilities =
                v->sets_uid && p->credentials.uid != 0 &&
                (v->ambient_capabilities || v->sets_secure_bits || (p->seccomp && !v->no_new_privileges));
        return resolve_apparmor(unit, v);
}
