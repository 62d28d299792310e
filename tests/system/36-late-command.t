# SPDX-License-Identifier: MIT
# A unit that had nothing to run when it was started, and has something after daemon-reload: that is the unit's, and ends with it.
. "${0%/*}/lib.sh"
plan 5

unit late.service <<U
[Unit]
SuccessAction=exit
[Service]
Type=oneshot
RemainAfterExit=yes
U
start_keel
ok "it starts without a command" ctl start late.service
cat >>"$UNITS/late.service" <<U
ExecReload=/bin/sh -c 'sleep 1077 & echo \$! >$T/pid'
U
ctl daemon-reload
ok "the command that it has now runs" ctl reload late.service
left=$(host_pid "$(cat "$T/pid")")
like "$(ctl status late.service)" 'sleep 1077' "what that leaves running is the unit's"
unit late.service <<U
[Service]
Type=oneshot
RemainAfterExit=yes
ExecReload=/bin/true
ExecStart=/bin/true
U
ctl daemon-reload
ctl stop late.service
ok "and ends with it" gone "$left"
stop_keel
is "$KEEL_STATUS" 0 "it ends well"
