/* SPDX-License-Identifier: MIT */
/* virtualization: what we run in: a container first, as the innermost, then a virtual machine. Found once, by reading files
 * and asking the CPU; nothing is run. Words as in systemd-detect-virt(1). */
#include "condition-private.h"

#include "base/sys.h"

#include <sys/stat.h>
#if defined __x86_64__ || defined __i386__
#include <cpuid.h>
#endif

#define INITIAL_PID_NAMESPACE 0xEFFFFFFCu /* the kernel's PROC_PID_INIT_INO */

/* A file, what it must contain (NULL: that it is there is enough), and what that means. */
struct sign {
        const char *path, *text, *name;
};

static const char *find_sign(const struct sign *signs, size_t count) {
        for (size_t i = 0; i < count; i++) {
                owned_str line = NULL;

                if (!signs[i].text) {
                        if (access(signs[i].path, F_OK) == 0)
                                return signs[i].name;
                        continue;
                }
                line = condition_read_line(signs[i].path);
                if (line && strstr(line, signs[i].text))
                        return signs[i].name;
        }
        return NULL;
}

/* ---- containers ----------------------------------------------------------------------------------------------------- */

/* The value of a container= variable as one of our words. */
static const char *container_from_value(const char *value) {
        static const char *const known[] = { "lxc", "lxc-libvirt", "systemd-nspawn", "docker", "podman",
                                             "rkt", "wsl",         "proot",          "pouch" };
        static const struct sign files[] = { { "/run/.containerenv", NULL, "podman" },
                                             { "/.dockerenv", NULL, "docker" } };
        int i = table_value(known, ARRAY_LEN(known), value);
        const char *by_file = text_equal(value, "oci") ? find_sign(files, ARRAY_LEN(files)) : NULL;

        return i >= 0 ? known[i] : by_file ? by_file : "container-other";
}

/* container= in PID 1's environment, or in our own, which PID 1 passed on. */
static const char *container_from_environment(void) {
        owned_str text = NULL;
        size_t length;
        const char *own = getenv("container");

        if (own && *own)
                return container_from_value(own);
        if (sys_read_file(AT_FDCWD, "/proc/1/environ", 1u << 20, &text, &length) < 0)
                return NULL;
        for (const char *variable = text; variable < text + length; variable += strlen(variable) + 1) {
                const char *value = text_after(variable, "container=");

                if (value && *value)
                        return container_from_value(value);
        }
        return NULL;
}

/* A pid namespace that is not the kernel's first one: whoever made it, we are not the machine's init. */
static const char *container_from_namespace(void) {
        struct stat st;

        return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino != INITIAL_PID_NAMESPACE ? "container-other" : NULL;
}

static const char *detect_container(void) {
        static const struct sign signs[] = {
                { "/proc/sys/kernel/osrelease", "Microsoft", "wsl" },
                { "/proc/sys/kernel/osrelease", "WSL", "wsl" },
        };
        static const struct sign files[] = { { "/run/.containerenv", NULL, "podman" },
                                             { "/.dockerenv", NULL, "docker" } };
        const char *name = find_sign(signs, ARRAY_LEN(signs));
        owned_str manager = NULL;

        if (!name && access("/proc/vz", F_OK) == 0 && access("/proc/bc", F_OK) < 0)
                name = "openvz";
        if (name)
                return name;
        manager = condition_read_line("/run/host/container-manager");
        if (!manager)
                manager = condition_read_line("/run/systemd/container");
        if (manager && *manager)
                return container_from_value(manager);
        name = container_from_environment();
        if (!name)
                name = find_sign(files, ARRAY_LEN(files));
        return name ? name : container_from_namespace();
}

/* ---- virtual machines ------------------------------------------------------------------------------------------------ */

static const char *vm_from_dmi(void) {
        static const char *const fields[] = { "product_name", "sys_vendor", "board_vendor", "bios_vendor",
                                              "product_version" };
        static const struct {
                const char *prefix, *name;
        } vendors[] = {
                { "KVM", "kvm" },           { "OpenStack", "kvm" },       { "KubeVirt", "kvm" },
                { "Amazon EC2", "amazon" }, { "QEMU", "qemu" },           { "VMware", "vmware" },
                { "VMW", "vmware" },        { "innotek GmbH", "oracle" }, { "VirtualBox", "oracle" },
                { "Xen", "xen" },           { "Bochs", "bochs" },         { "Parallels", "parallels" },
                { "BHYVE", "bhyve" },       { "Hyper-V", "microsoft" },   { "Apple Virtualization", "apple" },
        };

        for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
                owned_str path = text_printf("/sys/class/dmi/id/%s", fields[i]);
                owned_str value = path ? condition_read_line(path) : NULL;

                for (size_t j = 0; value && j < ARRAY_LEN(vendors); j++)
                        if (text_after(value, vendors[j].prefix))
                                return vendors[j].name;
        }
        return NULL;
}

static const char *vm_from_cpu(void) {
#if defined __x86_64__ || defined __i386__
        static const struct {
                const char signature[13], *name;
        } vendors[] = {
                { "XenVMMXenVMM", "xen" },   { "KVMKVMKVM", "kvm" },       { "Linux KVM Hv", "kvm" },
                { "TCGTCGTCGTCG", "qemu" },  { "VMwareVMware", "vmware" }, { "Microsoft Hv", "microsoft" },
                { "bhyve bhyve ", "bhyve" }, { "QNXQVMBSQG", "qnx" },      { "ACRNACRNACRN", "acrn" },
                { "SRESRESRESRE", "sre" },
        };
        unsigned a, b, c, d, signature[4] = { 0 };

        if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 31 & 1))
                return NULL; /* the bit that every hypervisor sets */
        __cpuid(0x40000000u, a, signature[0], signature[1], signature[2]);
        for (size_t i = 0; i < ARRAY_LEN(vendors); i++)
                if (text_equal((const char *)signature, vendors[i].signature))
                        return vendors[i].name;
        return "vm-other";
#else
        return NULL;
#endif
}

static const char *detect_vm(void) {
        static const struct sign signs[] = {
                { "/sys/hypervisor/type", "xen", "xen" },
                { "/proc/xen", NULL, "xen" },
                { "/proc/device-tree/hypervisor/compatible", "linux,kvm", "kvm" },
                { "/proc/device-tree/hypervisor/compatible", "xen", "xen" },
                { "/proc/device-tree/hypervisor/compatible", "vmware", "vmware" },
                { "/proc/device-tree/ibm,partition-name", NULL, "powervm" },
                { "/proc/sysinfo", "z/VM", "zvm" },
        };
        const char *dmi = vm_from_dmi(), *cpu = vm_from_cpu(), *sign;

        /* These show a KVM below them, but are known by their own name. */
        if (dmi && (text_equal(dmi, "oracle") || text_equal(dmi, "xen") || text_equal(dmi, "amazon") ||
                    text_equal(dmi, "parallels")))
                return dmi;
        if (cpu && !text_equal(cpu, "vm-other"))
                return cpu;
        sign = dmi ? dmi : find_sign(signs, ARRAY_LEN(signs));
        return sign ? sign : cpu;
}

const char *virtualization_name(bool *ret_is_container) {
        static const char *name;
        static bool is_container;

        if (!name) {
                name = detect_container();
                is_container = name;
                if (!name)
                        name = detect_vm();
                if (!name)
                        name = "none";
        }
        if (ret_is_container)
                *ret_is_container = is_container;
        return name;
}
