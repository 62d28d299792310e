/* SPDX-License-Identifier: MIT */
/* reap: the only place that waits for processes while PID 1 supervises. Promises that each reap is numbered in the order
 * in which the kernel gave it. Called by the loop.
 */
#include "reap.h"

#include "child.h"
#include "reexec.h"

#include <errno.h>
#include <sys/wait.h>

#define AT_ONCE 4096u /* then the line and the signals have their turn */

void reap(struct state *s) {
        uint64_t now;
        int status;
        pid_t pid;

        s->more_zombies = false;
        for (unsigned n = 0; n < AT_ONCE; n++) {
                pid = wait4(-1, &status, WNOHANG | WUNTRACED | WCONTINUED, NULL);
                if (pid <= 0) {
                        s->no_children = pid < 0 && errno == ECHILD;
                        s->reap_failed = pid < 0 && errno != ECHILD; /* no signal will tell of what is left */
                        return;
                }
                /* For each anew: a process may have been made since the one before was reaped, and the time tells whose exit it is. */
                now = state_now_us();
                if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
                        if (pid == s->child.pid)
                                child_stopped(s, WIFSTOPPED(status), now);
                } else if (pid == s->child.pid) {
                        child_ended(s, status, now);
                } else if (pid == s->reexec.probe) {
                        reexec_answered(s, status);
                } else if (pid == s->ending.helper) {
                        s->ending.helper = 0;
                } else {
                        ledger_add(&s->ledger, pid, status, now);
                }
        }
        s->more_zombies = true;
}
