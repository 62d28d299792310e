# SPDX-License-Identifier: MIT
# StartLimitAction=, FailureActionExitStatus=, SuccessActionExitStatus=: how they end keel, and with which status.
. "${0%/*}/lib.sh"
plan 6

unit many.service <<E
[Unit]
StartLimitBurst=2
StartLimitIntervalSec=60
StartLimitAction=exit
[Service]
ExecStart=/bin/false
Restart=on-failure
RestartSec=10ms
E
unit fails.service <<E
[Unit]
FailureAction=exit
FailureActionExitStatus=7
[Service]
ExecStart=/bin/false
E
unit ends.service <<E
[Unit]
SuccessAction=exit
SuccessActionExitStatus=9
[Service]
Type=oneshot
ExecStart=/bin/true
E
start_keel
ctl start --no-block many.service
wait_keel 20
ok "StartLimitAction=exit ends keel" has_line "$T/console" 'many\.service: start limit hit'
is "$KEEL_STATUS" 1 "with the status of the unit"
start_keel
ctl start --no-block fails.service
wait_keel 20
is "$KEEL_STATUS" 7 "FailureActionExitStatus="
ok "says whose failure it was" has_line "$T/console" 'fails\.service: failed'
start_keel
ctl start --no-block ends.service
wait_keel 20
is "$KEEL_STATUS" 9 "SuccessActionExitStatus="
ok "says whose end it was" has_line "$T/console" 'ends\.service: ended'
