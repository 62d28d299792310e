# SPDX-License-Identifier: MIT
# Time limits of start, stop and run; the signals in between.
. "${0%/*}/lib.sh"
plan 8

unit start.service <<E
[Service]
Type=oneshot
ExecStart=/bin/sleep 1000
TimeoutStartSec=300ms
E
unit stubborn.service <<E
[Service]
ExecStart=/bin/sh -c 'trap "echo term >>$T/signals" TERM; echo up >$T/up; while :; do sleep 0.05; done'
TimeoutStopSec=300ms
E
unit polite.service <<E
[Service]
ExecStart=/bin/sh -c 'trap "exit 0" INT; echo up >$T/polite; while :; do sleep 0.05; done'
KillSignal=SIGINT
E
unit run.service <<E
[Service]
ExecStart=/bin/sleep 1001
RuntimeMaxSec=300ms
E
start_keel
fails "TimeoutStartSec=" ctl start start.service
is "$(prop start.service Result)" timeout "result 'timeout'"
ctl start stubborn.service
wait_for 10 test -s "$T/up"
ctl stop stubborn.service
like "$(cat "$T/signals" 2>/dev/null)" term "TimeoutStopSec=: SIGTERM came first"
is "$(prop stubborn.service Result)/$(prop stubborn.service ExecMainStatus)" timeout/9 "then SIGKILL"
ctl start polite.service
wait_for 10 test -s "$T/polite"
ok "KillSignal=" ctl stop polite.service
is "$(prop polite.service Result)" success "it ended well"
ctl start run.service
ok "RuntimeMaxSec=" wait_for 10 state_is run.service failed
is "$(prop run.service Result)" timeout "result 'timeout'"
