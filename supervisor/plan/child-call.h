/* SPDX-License-Identifier: MIT */
/* child-call: how the code between clone3 and execve makes its system calls. */
#pragma once

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* CHILD_CALL(SYS_…, …): 0 or more, or -errno. */
#define CHILD_CALL(...) \
        ({ \
                long result_ = syscall(__VA_ARGS__); \
                (int)(result_ < 0 ? -errno : result_); \
        })
