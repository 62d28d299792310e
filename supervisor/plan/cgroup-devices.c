/* SPDX-License-Identifier: MIT */
/* cgroup-devices: DeviceAllow= and DevicePolicy= as a BPF program at the unit's cgroup (Documentation/admin-guide/cgroup-v2.rst,
 * "Device controller"; linux/bpf.h, BPF_PROG_TYPE_CGROUP_DEVICE). The program is a list of comparisons, one rule after the
 * other, so it is written here by hand.
 *
 * Promises: a cgroup has at most one program of ours. Never logs. Called by cgroup-attributes.c only.
 */
#include "cgroup-private.h"

#include "base/sys.h"

#include <errno.h>
#include <fnmatch.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define RULES_MAX        256u
#define RULE_LENGTH      8u
#define DEVICES_FILE_MAX (64u << 10)
#define OLD_PROGRAMS_MAX 8u

struct rule {
        uint32_t type; /* BPF_DEVCG_DEV_* */
        uint32_t access; /* BPF_DEVCG_ACC_* */
        uint32_t major;
        int64_t minor; /* -1: any */
};

struct rules {
        struct rule items[RULES_MAX];
        size_t count;
};

static int add_rule(struct rules *rules, struct rule rule) {
        if (rules->count == RULES_MAX)
                return -E2BIG;
        rules->items[rules->count++] = rule;
        return 0;
}

static uint32_t access_mask(const char *letters) {
        return (strchr(letters, 'r') ? BPF_DEVCG_ACC_READ : 0u) | (strchr(letters, 'w') ? BPF_DEVCG_ACC_WRITE : 0u) |
               (strchr(letters, 'm') ? BPF_DEVCG_ACC_MKNOD : 0u);
}

/* "pts" → every major number of that name in a section of /proc/devices. -ENOENT: the kernel has no such devices. */
static int add_driver(struct rules *rules, uint32_t type, const char *pattern, uint32_t access) {
        const char *section = type == BPF_DEVCG_DEV_CHAR ? "Character devices:" : "Block devices:";
        owned_str text = NULL;
        bool is_here = false;
        char *rest = NULL;
        int r = sys_read_file(AT_FDCWD, "/proc/devices", DEVICES_FILE_MAX, &text, NULL), found = -ENOENT;

        if (r < 0)
                return r;
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                char *name;
                unsigned long number = strtoul(line, &name, 10);

                if (name == line) {
                        is_here = text_equal(line, section);
                        continue;
                }
                name += strspn(name, " ");
                if (!is_here || fnmatch(pattern, name, 0) != 0)
                        continue;
                found = add_rule(rules, (struct rule){ type, access, (uint32_t)number, -1 });
                if (found < 0)
                        return found;
        }
        return found;
}

static int add_device(struct rules *rules, const char *path, uint32_t access) {
        const char *driver;
        struct stat st;

        driver = text_after(path, "char-");
        if (driver)
                return add_driver(rules, BPF_DEVCG_DEV_CHAR, driver, access);
        driver = text_after(path, "block-");
        if (driver)
                return add_driver(rules, BPF_DEVCG_DEV_BLOCK, driver, access);
        if (stat(path, &st) < 0)
                return -errno;
        if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
                return -ENODEV;
        return add_rule(rules, (struct rule){ S_ISCHR(st.st_mode) ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK, access,
                                              major(st.st_rdev), minor(st.st_rdev) });
}

/* What every program may expect, by number, since the unit's /dev may not be ours: null, zero, full, random, urandom, tty,
 * ptmx, and terminals. */
static int add_standard(struct rules *rules) {
        static const uint32_t numbers[][2] = { { 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 }, { 5, 2 } };
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(numbers) && r >= 0; i++)
                r = add_rule(rules,
                             (struct rule){ BPF_DEVCG_DEV_CHAR, access_mask("rwm"), numbers[i][0], numbers[i][1] });
        if (r < 0)
                return r;
        r = add_driver(rules, BPF_DEVCG_DEV_CHAR, "pts", access_mask("rw"));
        return r == -ENOENT ? 0 : r;
}

/* ---- the program ---------------------------------------------------------------------------------------------------- */

struct program {
        struct bpf_insn items[RULES_MAX * RULE_LENGTH + 8];
        uint32_t length;
};

static void emit(struct program *p, uint8_t code, uint8_t to, uint8_t from, int16_t offset, int32_t value) {
        p->items[p->length++] =
                (struct bpf_insn){ .code = code, .dst_reg = to, .src_reg = from, .off = offset, .imm = value };
}

#define LOAD_FIELD(p, to, field) \
        emit(p, BPF_LDX | BPF_MEM | BPF_W, to, BPF_REG_1, offsetof(struct bpf_cgroup_dev_ctx, field), 0)

/* One rule: each comparison that fails goes on behind it. r2 type, r3 access, r4 major, r5 minor. */
static void emit_rule(struct program *p, const struct rule *rule) {
        uint32_t start = p->length;

        emit(p, BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_2, 0, 0, (int32_t)rule->type);
        emit(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_3, 0, 0);
        emit(p, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_6, 0, 0, (int32_t)rule->access);
        emit(p, BPF_JMP32 | BPF_JNE | BPF_X, BPF_REG_6, BPF_REG_3, 0, 0);
        emit(p, BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_4, 0, 0, (int32_t)rule->major);
        if (rule->minor >= 0)
                emit(p, BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_5, 0, 0, (int32_t)rule->minor);
        emit(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1);
        emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
        for (uint32_t i = start; i < p->length; i++)
                if (BPF_CLASS(p->items[i].code) == BPF_JMP32)
                        p->items[i].off = (int16_t)(p->length - i - 1);
}

static void emit_program(struct program *p, const struct rules *rules) {
        LOAD_FIELD(p, BPF_REG_2, access_type);
        emit(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_2, 0, 0);
        emit(p, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff);
        emit(p, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_3, 0, 0, 16);
        LOAD_FIELD(p, BPF_REG_4, major);
        LOAD_FIELD(p, BPF_REG_5, minor);
        for (size_t i = 0; i < rules->count; i++)
                emit_rule(p, &rules->items[i]);
        emit(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
        emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int sys_bpf(int command, union bpf_attr *attribute) {
        long r;

        sys_point();
        r = syscall(SYS_bpf, command, attribute, sizeof *attribute);
        return r < 0 ? -errno : (int)r;
}

/* The fd of the program, or -errno. */
static int load(const struct rules *rules) {
        owned_mem struct program *p = calloc(1, sizeof *p);
        union bpf_attr a;

        if (!p)
                return -ENOMEM;
        emit_program(p, rules);
        memset(&a, 0, sizeof a);
        a.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
        a.insn_cnt = p->length;
        a.insns = (uint64_t)(uintptr_t)p->items;
        a.license = (uint64_t)(uintptr_t) "MIT";
        (void)snprintf(a.prog_name, sizeof a.prog_name, "keel_devices");
        return sys_bpf(BPF_PROG_LOAD, &a);
}

static int attach(int cgroup_fd, int program_fd) {
        union bpf_attr a;

        memset(&a, 0, sizeof a);
        a.target_fd = (uint32_t)cgroup_fd;
        a.attach_bpf_fd = (uint32_t)program_fd;
        a.attach_type = BPF_CGROUP_DEVICE;
        a.attach_flags = BPF_F_ALLOW_MULTI; /* a slice's program goes on to count */
        return sys_bpf(BPF_PROG_ATTACH, &a);
}

/* The ids of the programs that are at the cgroup itself; how many. */
static uint32_t query(int cgroup_fd, uint32_t ids[OLD_PROGRAMS_MAX]) {
        union bpf_attr a;

        memset(&a, 0, sizeof a);
        a.query.target_fd = (uint32_t)cgroup_fd;
        a.query.attach_type = BPF_CGROUP_DEVICE;
        a.query.prog_ids = (uint64_t)(uintptr_t)ids;
        a.query.prog_cnt = OLD_PROGRAMS_MAX;
        return sys_bpf(BPF_PROG_QUERY, &a) < 0 ? 0 : MIN(a.query.prog_cnt, OLD_PROGRAMS_MAX);
}

static void detach(int cgroup_fd, const uint32_t *ids, uint32_t count) {
        for (uint32_t i = 0; i < count; i++) {
                owned_fd fd = -1;
                union bpf_attr a;

                memset(&a, 0, sizeof a);
                a.prog_id = ids[i];
                fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &a);
                if (fd < 0)
                        continue;
                memset(&a, 0, sizeof a);
                a.target_fd = (uint32_t)cgroup_fd;
                a.attach_bpf_fd = (uint32_t)fd;
                a.attach_type = BPF_CGROUP_DEVICE;
                (void)sys_bpf(BPF_PROG_DETACH, &a);
        }
}

/* ---- for cgroup-attributes.c ---------------------------------------------------------------------------------------- */

bool cgroup_has_device_policy(const struct cgroup_settings *s) {
        return s->device_policy != DEVICE_POLICY_AUTO || s->device_allow_count > 0;
}

int cgroup_apply_devices(int cgroup_fd, const struct cgroup_settings *s, bool is_fresh, const char **ret_missing) {
        owned_mem struct rules *rules = NULL;
        uint32_t old_ids[OLD_PROGRAMS_MAX], old_count = is_fresh ? 0 : query(cgroup_fd, old_ids);
        owned_fd program_fd = -1;
        int r = 0;

        if (!cgroup_has_device_policy(s)) {
                detach(cgroup_fd, old_ids, old_count);
                return 0;
        }
        rules = calloc(1, sizeof *rules);
        if (!rules)
                return -ENOMEM;
        if (s->device_policy != DEVICE_POLICY_STRICT)
                r = add_standard(rules);
        for (size_t i = 0; r >= 0 && i < s->device_allow_count; i++) {
                r = add_device(rules, s->device_allow[i].path, access_mask(s->device_allow[i].access));
                /* A device that is not there stays forbidden; that is no reason to allow all. */
                if (r < 0 && r != -E2BIG) {
                        *ret_missing = s->device_allow[i].path;
                        r = 0;
                }
        }
        if (r < 0)
                return r;
        program_fd = load(rules);
        if (program_fd < 0)
                return program_fd;
        r = attach(cgroup_fd, program_fd);
        if (r >= 0)
                detach(cgroup_fd, old_ids, old_count);
        return r < 0 ? r : 0;
}
