# SPDX-License-Identifier: MIT
# A service that fails at once is restarted a few times, then left alone; a person may start it again.
. "${0%/*}/lib.sh"
plan 7

unit crash.service <<E
[Unit]
StartLimitIntervalSec=60
StartLimitBurst=3
[Service]
ExecStart=/bin/sh -c 'echo run >>$T/runs; exit 1'
Restart=always
RestartSec=10ms
E
unit prevent.service <<E
[Service]
ExecStart=/bin/sh -c 'exit 42'
Restart=always
RestartSec=0
RestartPreventExitStatus=42
E
unit success.service <<E
[Service]
ExecStart=/bin/sh -c 'exit 42'
SuccessExitStatus=42
E
start_keel
ctl start crash.service
ok "it ends as failed" wait_for 10 state_is crash.service failed
is "$(wc -l <"$T/runs" | tr -d ' ')" 3 "after three starts"
is "$(prop crash.service Result)" start-limit-hit "the result says why"
fails "another start is refused" ctl start crash.service
ctl reset-failed crash.service
ctl start crash.service
ok "after reset-failed it runs again" wait_for 10 sh -c "[ \$(wc -l <$T/runs) -ge 6 ]"
ctl start prevent.service
ok "RestartPreventExitStatus= ends it" wait_for 10 state_is prevent.service failed
ctl start success.service
ok "SuccessExitStatus= is no failure" wait_for 10 prop_is success.service ExecMainStatus 42
