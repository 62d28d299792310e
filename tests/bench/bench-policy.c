/* SPDX-License-Identifier: MIT */
/* bench-policy ROUNDS: what a system call policy costs: "compile µs", "again µs" (from the cache), "load µs" (into a process),
 * and "call without ns", "call with ns" (getppid(2)); "calls N": how many the group lets through, "length N": its BPF.
 * bench-policy write FILE: the BPF itself.
 */
#include "plan/seccomp.h"
#include "report.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static struct unit *unit;
static struct diag diag;

static int prepare(char *folder) {
        static char *search_path[2];
        static struct unit_context context;
        char path[256];
        FILE *f;

        search_path[0] = folder;
        context = (struct unit_context){ .search_path = search_path, .diag = &diag };
        (void)snprintf(path, sizeof(path), "%s/p.service", folder);
        f = fopen(path, "we");
        if (!f || fputs("[Service]\nExecStart=/bin/true\nSystemCallFilter=@system-service\n", f) < 0 || fclose(f) != 0)
                return -1;
        return unit_load(&context, "p.service", &unit) < 0 || unit->load_state != UNIT_LOADED ? -1 : unlink(path);
}

static double call_ns(void) {
        const unsigned count = 300000;
        uint64_t begin = report_now();

        for (unsigned i = 0; i < count; i++)
                (void)syscall(SYS_getppid);
        return (double)(report_now() - begin) / count;
}

/* In a child: a filter cannot be taken off again. */
static int measure_load(struct seccomp_policy *policy) {
        int status;
        pid_t pid;

        (void)fflush(stdout);
        pid = fork();
        if (pid == 0) {
                double without = call_ns();
                uint64_t begin;

                (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                begin = report_now();
                for (size_t i = 0; i < policy->program_count; i++)
                        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &policy->programs[i]) < 0)
                                _exit(1);
                printf("load %.1f\n", (double)(report_now() - begin) / 1000);
                printf("without %.1f\nwith %.1f\n", without, call_ns());
                (void)fflush(stdout);
                _exit(0);
        }
        return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static unsigned members(const char *group, unsigned depth) {
        unsigned count = 0;
        char *list = strdup(seccomp_group(group) ? seccomp_group(group) : ""), *rest = list, *word;

        while (depth < 8 && (word = strsep(&rest, "\n ")))
                count += word[0] == '@' ? members(word, depth + 1) : word[0] != 0;
        free(list);
        return count;
}

static int write_policy(const char *path) {
        struct seccomp_policy *policy = NULL;
        FILE *f = fopen(path, "we");
        size_t n = 0;

        if (!f || seccomp_compile(unit, &diag, &policy) < 0 || !policy || policy->program_count != 1)
                return 1;
        n = fwrite(policy->programs->filter, sizeof(*policy->programs->filter), policy->programs->len, f);
        return fclose(f) == 0 && n == policy->programs->len ? 0 : 1;
}

int main(int argc, char **argv) {
        char folder[] = "/tmp/keel-bench-policy.XXXXXX";
        int rounds = argc > 1 ? atoi(argv[1]) : 3;

        if (!mkdtemp(folder) || prepare(folder) < 0) {
                (void)fprintf(stderr, "bench-policy: no unit\n");
                return 1;
        }
        (void)rmdir(folder);
        if (argc > 2 && !strcmp(argv[1], "write"))
                return write_policy(argv[2]);
        printf("calls %u\n", members("@system-service", 0));
        for (int i = 0; i < rounds; i++) {
                struct seccomp_policy *policy = NULL, *again = NULL;
                uint64_t begin = report_now(), middle;

                if (seccomp_compile(unit, &diag, &policy) < 0 || !policy)
                        return 1;
                middle = report_now();
                printf("length %u\n", policy->programs->len);
                printf("compile %.1f\n", (double)(middle - begin) / 1000);
                if (seccomp_compile(unit, &diag, &again) < 0)
                        return 1;
                printf("again %.1f\n", (double)(report_now() - middle) / 1000);
                if (measure_load(policy) < 0)
                        return 1;
                seccomp_policy_unref(again);
                seccomp_policy_unref(policy); /* the last one: the next round compiles it anew */
        }
        unit_free(unit);
        return 0;
}
