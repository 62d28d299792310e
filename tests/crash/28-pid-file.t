# SPDX-License-Identifier: MIT
# A daemon that moves on to another process, as its PID file says: the next supervisor knows the new one, however long after the
# old one's end it comes.
. "${0%/*}/lib.sh"
[ -x "$KEEL_BIN/keel-supervisor" ] || skip_all "no build with crash points: make tests"
plan 4

unit moves.service <<U
[Service]
Type=forking
PIDFile=$T/moves.pid
ExecStart=/bin/sh -c 'sleep 1001 & echo \$! >$T/next.pid; sleep 1000 & echo \$! >$T/moves.pid'
U
# Its orphans are PID 1's: so many exits are acknowledged at once, with all before them.
unit orphans.service <<U
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'for i in \$(seq 200); do (true &); done'
U
start_keel
ctl start moves.service
old=$(prop moves.service MainPID)
host=$(main_pid moves.service)
cat "$T/next.pid" >"$T/moves.pid"
kill "$host"
moved() { [ "$(prop moves.service MainPID)" != "$old" ]; }
ok "the main process is another one" wait_for 10 moved
new=$(prop moves.service MainPID)
ctl start orphans.service
supervisor=$(supervisor)
kill -KILL "$supervisor"
wait_for 20 is_another "$supervisor" && wait_for 20 ctl list-units
is "$(prop moves.service MainPID)" "$new" "and is for the next supervisor"
is "$(prop moves.service ActiveState)" active "which finds it active"
stop_keel
is "$KEEL_STATUS" 0 "it ends well"
