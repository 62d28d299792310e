# SPDX-License-Identifier: MIT
# keelctl: exit codes as systemctl's, properties, process tree, kill.
. "${0%/*}/lib.sh"
plan 17

unit up.service <<E
[Unit]
Description=Up and running
[Service]
ExecStart=/bin/sh -c 'sleep 1001 & exec sleep 1000'
ExecReload=/bin/sh -c 'echo reloaded >>$T/reloaded'
E
unit down.service <<E
[Service]
ExecStart=/bin/sleep 1002
E
unit failed.service <<E
[Service]
ExecStart=/bin/false
E
start_keel
ctl start up.service
ctl start failed.service
wait_for 10 state_is failed.service failed
exits 0 "status of an active unit: 0" ctl status up.service
like "$(cat "$T/out")" 'up\.service - Up and running' "status: the name and description"
like "$(cat "$T/out")" 'Main PID: [0-9]+ \(sleep\)' "status: the main process"
like "$(cat "$T/out")" 'sleep 1001' "status: the process tree"
exits 3 "status of an inactive unit: 3" ctl status down.service
exits 4 "status of a unit that does not exist: 4" ctl status nothing.service
exits 0 "is-active: 0" ctl is-active up.service
exits 3 "is-active of another: 3" ctl is-active down.service
exits 0 "is-failed: 0" ctl is-failed failed.service
exits 1 "is-failed of another: 1" ctl is-failed up.service
exits 5 "start of a unit that does not exist: 5" ctl start nothing.service
ok "the suffix may be left out" ctl is-active up
ok "restart" ctl restart up.service
ok "reload" ctl reload up.service
is "$(cat "$T/reloaded")" reloaded "its command ran"
ctl kill --signal=KILL up.service
ok "kill" wait_for 10 state_is up.service failed
ctl -o json list-units >"$T/json" 2>/dev/null
like "$(tr -d ' \n' <"$T/json")" '"unit":"up\.service"' "list-units -o json"
