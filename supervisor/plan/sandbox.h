/* SPDX-License-Identifier: MIT */
/* sandbox: stands in for mounts.h and directories.h until they are there. */
#pragma once

#if __has_include("mounts.h")
#include "directories.h"
#include "mounts.h"
#else
#include "plan-private.h"

struct child_mounts_failure {
        int exit_status;
        const char *what;
};
static inline int child_mounts(const struct mount_plan *plan, struct child_mounts_failure *failure) {
        (void)failure;
        return plan ? -1 : 0;
}
static inline int child_user_namespace(const struct mount_plan *plan) {
        return plan ? -1 : 0;
}
static inline int mount_plan_build(const struct plan_request *request, const struct resolved_credentials *credentials,
                                   struct mount_plan **ret, struct exec_failure *failure) {
        (void)request, (void)credentials, (void)ret, (void)failure;
        return 0;
}
static inline void mount_plan_free(struct mount_plan *plan) {
        (void)plan;
}
static inline bool mount_plan_is_long(const struct mount_plan *plan) {
        return plan != NULL;
}
static inline int directories_prepare(const struct plan_request *request, const struct resolved_credentials *credentials,
                                      struct exec_failure *failure) {
        (void)request, (void)credentials, (void)failure;
        return 0;
}
static inline int directories_environment(const struct unit *unit, char ***environment) {
        (void)unit, (void)environment;
        return 0;
}
#endif
