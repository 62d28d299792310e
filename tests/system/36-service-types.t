# SPDX-License-Identifier: MIT
# When is a service started? simple, exec, forking, oneshot, notify, idle.
. "${0%/*}/lib.sh"
plan 17

unit exec-bad.service <<E
[Service]
Type=exec
ExecStart=$T/does-not-exist
E
unit simple-bad.service <<E
[Service]
ExecStart=$T/does-not-exist
E
unit forking.service <<E
[Service]
Type=forking
PIDFile=$T/forking.pid
ExecStart=/bin/sh -c 'sleep 1000 & echo \$\$! >$T/forking.pid'
E
unit guessed.service <<E
[Service]
Type=forking
ExecStart=/bin/sh -c 'sleep 1001 &'
E
unit oneshot.service <<E
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo 1 >>$T/oneshot'
ExecStart=/bin/sh -c 'echo 2 >>$T/oneshot'
E
unit oneshot-bad.service <<E
[Service]
Type=oneshot
ExecStart=/bin/false
ExecStart=/bin/sh -c 'echo never >>$T/oneshot-bad'
E
mkfifo "$T/gate"
unit notify.service <<E
[Service]
Type=notify
ExecStart=/bin/sh -c 'read line <$T/gate; exec $HELPERS/notify "STATUS=open for business" READY=1 -- sleep 1002'
E
unit idle.service <<E
[Service]
Type=idle
ExecStart=/bin/sleep 1003
E
start_keel
fails "exec: a start fails when the program cannot be run" ctl start exec-bad.service
is "$(prop exec-bad.service ExecMainStatus)" 203 "with systemd's exit code 203"
is "$(prop exec-bad.service Result)" exit-code "and result exit-code"
ctl start simple-bad.service
ok "simple: it fails afterwards" wait_for 10 state_is simple-bad.service failed

ok "forking: start comes back when the parent has ended" ctl start forking.service
is "$(prop forking.service MainPID)" "$(cat "$T/forking.pid")" "the main process is the one in PIDFile="
ok "forking without PIDFile=" ctl start guessed.service
is "$(tr '\0' ' ' <"/proc/$(main_pid guessed.service)/cmdline")" "sleep 1001 " "the main process is guessed"

ok "oneshot: start comes back when all commands have run" ctl start oneshot.service
is "$(tr '\n' ' ' <"$T/oneshot")" "1 2 " "every command ran, in order"
fails "oneshot: start fails with the command" ctl start oneshot-bad.service
ok "and the rest did not run" test ! -e "$T/oneshot-bad"

ctl start notify.service &
start=$!
ok "notify: activating until it says READY=1" wait_for 10 state_is notify.service activating
echo go >"$T/gate"
wait $start
is "$?" 0 "then start comes back"
is "$(prop notify.service StatusText)" "open for business" "STATUS= is shown"
is "$(prop notify.service ActiveState)" active "and it is active"
ok "idle: starts" ctl start idle.service
