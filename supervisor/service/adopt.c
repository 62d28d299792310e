/* SPDX-License-Identifier: MIT */
/* adopt: see adopt.h. */
#include "adopt.h"

/* clang-format off */
static const unsigned char verdicts[ADOPT_RECORD_COUNT_][ADOPT_PROCESS_COUNT_][ADOPT_CGROUP_COUNT_] = {
        /*                                                populated          empty              gone */
        [ADOPT_RECORD_VALID]   = { [ADOPT_PROCESS_ALIVE] = { ADOPT_GO_ON,       ADOPT_GO_ON,       ADOPT_GO_ON },
                                   [ADOPT_PROCESS_ENDED] = { ADOPT_HEAR_END,    ADOPT_HEAR_END,    ADOPT_HEAR_END },
                                   [ADOPT_PROCESS_LOST]  = { ADOPT_END_UNKNOWN, ADOPT_END_UNKNOWN, ADOPT_END_UNKNOWN } },
        [ADOPT_RECORD_IDLE]    = { [ADOPT_PROCESS_ALIVE] = { ADOPT_LEAVE,       ADOPT_CLEAN,       ADOPT_NOTHING },
                                   [ADOPT_PROCESS_ENDED] = { ADOPT_LEAVE,       ADOPT_CLEAN,       ADOPT_NOTHING },
                                   [ADOPT_PROCESS_LOST]  = { ADOPT_LEAVE,       ADOPT_CLEAN,       ADOPT_NOTHING } },
        [ADOPT_RECORD_MISSING] = { [ADOPT_PROCESS_ALIVE] = { ADOPT_BY_CGROUP,   ADOPT_BY_CGROUP,   ADOPT_BY_CGROUP },
                                   [ADOPT_PROCESS_ENDED] = { ADOPT_BY_CGROUP,   ADOPT_CLEAN,       ADOPT_NOTHING },
                                   [ADOPT_PROCESS_LOST]  = { ADOPT_BY_CGROUP,   ADOPT_CLEAN,       ADOPT_NOTHING } },
};
/* clang-format on */

enum adopt_verdict adopt_verdict(enum adopt_record record, enum adopt_process process, enum adopt_cgroup cgroup) {
        return (enum adopt_verdict)verdicts[record][process][cgroup];
}
