/* SPDX-License-Identifier: MIT */
/* adopt: what a new supervisor makes of a unit that its predecessor ran: one table, pure. Only what is proved dead and whose
 * cgroup is empty may lead to a new start; nothing is guessed to be dead.
 */
#pragma once

enum adopt_record {
        ADOPT_RECORD_VALID,   /* it tells of a process */
        ADOPT_RECORD_IDLE,    /* it tells that there is none */
        ADOPT_RECORD_MISSING, /* there is none, or it is not to be trusted */
        ADOPT_RECORD_COUNT_
};

enum adopt_process {
        ADOPT_PROCESS_ALIVE, /* PID 1 has not reaped it since it was recorded: it is that process */
        ADOPT_PROCESS_ENDED, /* PID 1 has its exit status */
        ADOPT_PROCESS_LOST,  /* gone, and no exit status of it is to be had; or none was recorded */
        ADOPT_PROCESS_COUNT_
};

enum adopt_cgroup { ADOPT_CGROUP_POPULATED, ADOPT_CGROUP_EMPTY, ADOPT_CGROUP_GONE, ADOPT_CGROUP_COUNT_ };

enum adopt_verdict {
        ADOPT_GO_ON,     /* nothing has happened: it runs as recorded */
        ADOPT_HEAR_END,  /* its exit will be told by PID 1, and dealt with as ever */
        ADOPT_END_UNKNOWN, /* it ended, nobody knows how: say so, and never guess a status */
        ADOPT_BY_CGROUP, /* something of it runs: taken for running, its main process found by looking */
        ADOPT_LEAVE,     /* left behind by KillMode= when the unit ended: not ours to touch */
        ADOPT_CLEAN,     /* nothing runs, but a cgroup is there: remove it */
        ADOPT_NOTHING,
};

/* From what was seen: 1 processes are in it, 0 none, -errno there is no such cgroup. */
static inline enum adopt_cgroup adopt_cgroup_of(int is_populated) {
        return is_populated > 0 ? ADOPT_CGROUP_POPULATED : is_populated == 0 ? ADOPT_CGROUP_EMPTY : ADOPT_CGROUP_GONE;
}

enum adopt_verdict adopt_verdict(enum adopt_record record, enum adopt_process process, enum adopt_cgroup cgroup);
