# SPDX-License-Identifier: MIT
# MemoryMax=: who eats more is killed, is told to be, and starts again; nobody else suffers.
. "${0%/*}/../../system/lib.sh"
use_system_keel
plan 17

unit glutton.service <<E
[Service]
ExecStart=$HELPERS/eat 200
MemoryMax=32M
MemorySwapMax=0
Restart=on-failure
RestartSec=1h
E
unit modest.service <<E
[Service]
ExecStart=$HELPERS/eat 10
MemoryMax=32M
E
unit again.service <<E
[Unit]
StartLimitBurst=3
StartLimitIntervalSec=1h
[Service]
ExecStart=$HELPERS/eat 200
MemoryMax=16M
Restart=always
RestartSec=0
E
for policy in stop continue kill; do
        unit "child-$policy.service" <<E
[Service]
ExecStart=/bin/sh -c '$HELPERS/eat 200; echo over >$T/child-$policy; exec sleep 1000'
MemoryMax=32M
MemorySwapMax=0
OOMPolicy=$policy
E
done
ctl daemon-reload
ctl start modest.service
modest=$(prop modest.service MainPID)
is "$(cat /sys/fs/cgroup/system.slice/modest.service/memory.max)" 33554432 "memory.max is set"
ctl start glutton.service
ok "the glutton is killed, and waits to be restarted" wait_for 30 prop_is glutton.service SubState auto-restart
is "$(prop glutton.service Result)" oom-kill "its result is oom-kill"
is "$(prop modest.service MainPID)" "$modest" "the modest one is the same process"
ok "alive" test -d "/proc/$modest"
ok "stop" ctl stop glutton.service
ctl start again.service
ok "one that is restarted at once ends at its limit" wait_for 60 state_is again.service failed
is "$(prop again.service NRestarts)" 3 "the third restart is the one that the limit refuses"
ok "memory is told" test "$(prop modest.service MemoryCurrent)" -gt 10000000
ctl stop modest.service

# Not the main process, but a child of it.
ctl start child-stop.service child-continue.service child-kill.service
ok "OOMPolicy=stop: its end is the service's" wait_for 30 prop_is child-stop.service ActiveState failed
is "$(prop child-stop.service Result)" oom-kill "OOMPolicy=stop: the result is oom-kill"
ok "OOMPolicy=kill: all are killed" wait_for 30 prop_is child-kill.service ActiveState failed
is "$(prop child-kill.service Result)" oom-kill "OOMPolicy=kill: the result is oom-kill"
ok "OOMPolicy=continue: the service hears of it" wait_for 30 test -s "$T/child-continue"
is "$(prop child-continue.service ActiveState)" active "OOMPolicy=continue: it goes on"
ctl stop child-continue.service

# Only a unit that has stopped by now wanted the controller, and the supervisor is another one: it knows that it is on.
mkfifo "$T/gate"
unit late.service <<E
[Service]
ExecStart=/bin/sh -c 'read line <$T/gate; $HELPERS/eat 200; exec sleep 1000'
E
ctl daemon-reload
ctl start modest.service late.service
ctl stop modest.service
old=$(supervisor)
kill -KILL "$old"
ok "another supervisor comes" wait_for 30 is_another "$old"
wait_for 30 ctl list-units
echo 33554432 >/sys/fs/cgroup/system.slice/late.service/memory.max
echo go >"$T/gate"
wait_for 30 prop_is late.service ActiveState failed
is "$(prop late.service Result)" oom-kill "and sees that the kernel has killed"
