/* SPDX-License-Identifier: MIT */
/* condition-private: the tests of condition.c's table, by the file they are in. Each takes the parameter without '!' and '|'
 * and gives 1, 0 or -errno. */
#pragma once

#include "condition.h"

struct condition_subject {
        const char *parameter;
        const struct unit_context *context;
};

#define CONDITION_TESTS(T) \
        /* condition-path.c */ \
        T(PathExists, path_exists) \
        T(PathExistsGlob, path_exists_glob) \
        T(PathIsDirectory, path_is_directory) \
        T(PathIsSymbolicLink, path_is_symbolic_link) \
        T(PathIsMountPoint, path_is_mount_point) \
        T(PathIsReadWrite, path_is_read_write) \
        T(PathIsEncrypted, path_is_encrypted) \
        T(DirectoryNotEmpty, directory_not_empty) \
        T(FileNotEmpty, file_not_empty) \
        T(FileIsExecutable, file_is_executable) \
        T(NeedsUpdate, needs_update) \
        /* condition-system.c */ \
        T(FirstBoot, first_boot) \
        T(Architecture, architecture) \
        T(Host, host) \
        T(KernelCommandLine, kernel_command_line) \
        T(KernelVersion, kernel_version) \
        T(Credential, credential) \
        T(Environment, environment) \
        T(User, user) \
        T(Group, group) \
        T(OSRelease, os_release) \
        /* condition-machine.c */ \
        T(Firmware, firmware) \
        T(Virtualization, virtualization) \
        T(Security, security) \
        T(Capability, capability) \
        T(ACPower, ac_power) \
        T(Memory, memory) \
        T(CPUFeature, cpu_feature) \
        T(CPUs, cpus) \
        T(ControlGroupController, control_group_controller) \
        T(MemoryPressure, memory_pressure) \
        T(CPUPressure, cpu_pressure) \
        T(IOPressure, io_pressure)

#define DECLARE_TEST(name, function) int condition_##function(const struct condition_subject *s);
CONDITION_TESTS(DECLARE_TEST)
#undef DECLARE_TEST

/* ---- shared helpers: condition.c ---------------------------------------------------------------------------------- */

/* A comparison, written before what it compares with. */
enum comparison {
        COMPARE_NONE = -1,
        COMPARE_EQUAL,
        COMPARE_UNEQUAL,
        COMPARE_LESS,
        COMPARE_LESS_EQUAL,
        COMPARE_GREATER_EQUAL,
        COMPARE_GREATER,
        COMPARE_TEXT_EQUAL,   /* "=": as text where versions are compared */
        COMPARE_TEXT_UNEQUAL, /* "!=" */
        COMPARE_GLOB,
        COMPARE_NO_GLOB,
};
/* Reads it at *text, which moves behind it; COMPARE_NONE when there is none. */
enum comparison comparison_read(const char **text);
/* order: as of strcmp(3). */
bool comparison_holds(enum comparison c, int order);
/* Compares a value, by text, glob or version. */
bool comparison_of_text(enum comparison c, const char *value, const char *with);
/* Versions, by the rules of the UAPI version specification: -1, 0, 1. */
int version_compare(const char *a, const char *b);

/* The kernel's command line (PID 1's in a container): 1 and *ret, the value of this word ("" when it has none); 0: it is not
 * there. The caller frees *ret. */
int kernel_command_line_value(const char *word, char **ret);
/* The first line of a small file, NULL when it cannot be read. The caller frees it. */
char *condition_read_line(const char *path);
