# SPDX-License-Identifier: MIT
# TasksMax= against a fork bomb: it hits its wall, the machine answers, and stop ends it.
. "${0%/*}/../../system/lib.sh"
use_system_keel
plan 7

# The main process has no more to fork: a shell that may not, ends, and its service with it.
unit bomb.service <<E
[Service]
ExecStart=/bin/sh -c 'b() { b | b & b; }; while :; do (b) 2>/dev/null; done & exec sleep 1000'
TasksMax=30
StandardError=null
StandardOutput=null
TimeoutStopSec=5
E
unit neighbour.service <<E
[Service]
ExecStart=/bin/sleep 1000
E
ctl daemon-reload
ctl start neighbour.service
neighbour=$(prop neighbour.service MainPID)
ok "start" ctl start bomb.service
group=/sys/fs/cgroup/system.slice/bomb.service
is "$(cat $group/pids.max)" 30 "pids.max is set"
ok "it hits the wall" wait_for 30 has_line "$group/pids.events" '^max [1-9]'
ok "and is not more than 30" test "$(cat $group/pids.current)" -le 30
ok "the machine answers" ctl is-active neighbour.service
ctl stop bomb.service
ok "stop ends every one of them" test ! -d "$group"
is "$(prop neighbour.service MainPID)" "$neighbour" "the neighbour is the same process"
ctl stop neighbour.service
