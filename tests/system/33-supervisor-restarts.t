# SPDX-License-Identifier: MIT
# A supervisor that hangs, one that is replaced on purpose, and one that does not answer: what services and clients see of it.
. "${0%/*}/lib.sh"
plan 25

unit runs.service <<E
[Service]
Type=notify
NotifyAccess=all
ExecStart=$HELPERS/notify READY=1 STATUS=working
E
unit slow.service <<E
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo begin >>$T/slow; while [ ! -e $T/go ]; do sleep 0.05; done; exit 3'
E
unit late.service <<E
[Service]
ExecStart=/bin/sh -c 'echo start >>$T/late; exit 1'
Restart=always
RestartSec=3s
E
# It leaves a file with keel, and takes it away: only keel has it then.
cat >"$T/keeps.sh" <<E
echo "start \$LISTEN_FDS \$LISTEN_FDNAMES" >>$T/keeps
if [ -z "\$LISTEN_FDS" ]; then
        echo content >$T/kept
        $HELPERS/notify "@$T/kept FDSTORE=1
FDNAME=jewel" READY=1 -- sleep 1
        rm $T/kept
else
        cat /dev/fd/3 >>$T/keeps
        $HELPERS/notify READY=1 -- sleep 1
fi
exec sleep 1000
E
unit keeps.service <<E
[Service]
Type=notify
NotifyAccess=all
FileDescriptorStoreMax=3
ExecStart=/bin/sh $T/keeps.sh
Restart=always
RestartSec=0
E
start_keel --heartbeat 4
ctl start runs.service late.service
runs=$(prop runs.service MainPID)
id=$(prop runs.service InvocationID)
ok "a service waits for its restart" wait_for 10 prop_is late.service SubState auto-restart

# It hangs.
old=$(supervisor)
kill -STOP "$old"
exits 4 "status of a supervisor that does not answer" ctl status
like "$(cat "$T/out")" 'supervisor restarting' "is what PID 1 knows"
like "$(cat "$T/out")" 'PID 1 keeps' "of what it keeps, too"
ok "it is found by its silence and replaced" wait_for 20 is_another "$old"
ok "its successor answers" wait_for 20 ctl list-units
is "$(prop runs.service MainPID) $(prop runs.service InvocationID) $(prop runs.service SubState)" "$runs $id running" "the service did not notice"
is "$(prop runs.service StatusText)" working "what it said of itself is known"
late_twice() { [ "$(grep -c start "$T/late")" -ge 2 ]; }
ok "the restart came when it was due" wait_for 20 late_twice
counted() { [ "$(prop late.service NRestarts)" = $(($(grep -c start "$T/late") - 1)) ]; }
ok "and is counted once" wait_for 5 counted

# A client waits for a job while the supervisor is replaced, twice.
ctl stop late.service
ctl start slow.service >"$T/client" 2>&1 &
client=$!
ok "a job runs" wait_for 10 test -s "$T/slow"
old=$(supervisor)
ok "daemon-reexec" ctl daemon-reexec
ok "there is another supervisor" wait_for 20 is_another "$old"
old=$(supervisor)
kill -KILL "$old"
wait_for 20 is_another "$old"
: >"$T/go"
wait $client
is $? 1 "the client hears that the job failed"
like "$(cat "$T/client")" 'Job for slow.service failed' "and of which service"
is "$(grep -c begin "$T/slow") $(prop slow.service Result) $(prop slow.service ExecMainStatus)" "1 exit-code 3" "it ran once, its exit status is known"
is "$(prop runs.service MainPID)" "$runs" "the service did not notice"

# It forgets nothing that was done by hand.
ctl set-environment COLOUR=green
ctl stop runs.service
old=$(supervisor)
kill -KILL "$old"
wait_for 20 is_another "$old"
is "$(ctl is-active runs.service)" inactive "what was stopped stays stopped"
like "$(ctl show-environment)" '^COLOUR=green$' "what was set stays set"
# Nor what was left with it.
ctl start keeps.service
wait_for 10 test ! -e "$T/kept"
is "$(prop keeps.service NFileDescriptorStore)" 1 "a file is stored"
old=$(supervisor)
kill -KILL "$old"
wait_for 20 is_another "$old"
is "$(prop keeps.service NFileDescriptorStore)" 1 "it still is"
old=$(supervisor)
ctl daemon-reexec
wait_for 20 is_another "$old"
is "$(prop keeps.service NFileDescriptorStore)" 1 "and after one that ended in order"
kill -KILL "$(main_pid keeps.service)"
ok "the service is given it at its restart" wait_for 20 has_line "$T/keeps" '^start 1 jewel$'
ok "it is that file" wait_for 10 has_line "$T/keeps" '^content$'
stop_keel
is "$KEEL_STATUS" 0 "it ends well"
