# SPDX-License-Identifier: MIT
# workload.sh: services of every kind, a script of what happens to them, and what must be true at the end, however often the
# supervisor has died meanwhile. Each service keeps its own book: a line for each thing that was done to it.

open_books
NAMES="plain exact ready fork first second fails handler flaky reloads stops killed limited dep"

write_units() {
        rm -f "$BOOK"/*
        unit plain.service <<U
[Service]
ExecStart=/bin/sh -c 'echo start >>$BOOK/plain; exec sleep 1000'
U
        unit exact.service <<U
[Service]
Type=exec
ExecStart=/bin/sh -c 'echo start >>$BOOK/exact; exec sleep 1000'
PrivateTmp=yes
U
        unit ready.service <<U
[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c 'echo start >>$BOOK/ready; exec $HELPERS/notify READY=1 STATUS=up'
U
        unit fork.service <<U
[Service]
Type=forking
PIDFile=$T/fork.pid
ExecStart=/bin/sh -c 'echo start >>$BOOK/fork; sleep 1000 & echo \$! >$T/fork.pid'
U
        unit first.service <<U
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo start >>$BOOK/first'
U
        unit second.service <<U
[Unit]
Requires=first.service
After=first.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStartPre=/bin/sh -c 'echo pre >>$BOOK/second'
ExecStart=/bin/sh -c 'echo one >>$BOOK/second'
ExecStart=/bin/sh -c 'echo two >>$BOOK/second'
ExecStartPost=/bin/sh -c 'echo post >>$BOOK/second'
ExecStop=/bin/sh -c 'echo stop >>$BOOK/second'
U
        unit fails.service <<U
[Unit]
OnFailure=handler.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo start >>$BOOK/fails; exit 7'
U
        unit dep.service <<U
[Unit]
Requires=fails.service
After=fails.service
[Service]
ExecStart=/bin/sh -c 'echo start >>$BOOK/dep; exec sleep 1000'
U
        unit handler.service <<U
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo start >>$BOOK/handler'
U
        unit flaky.service <<U
[Service]
ExecStart=/bin/sh -c 'echo start >>$BOOK/flaky; [ \$(grep -c . $BOOK/flaky) -gt 3 ] && exec sleep 1000; exit 5'
Restart=on-failure
RestartSec=5ms
PrivateTmp=yes
U
        unit reloads.service <<U
[Service]
ExecStart=/bin/sh -c 'echo start >>$BOOK/reloads; exec sleep 1000'
ExecReload=/bin/sh -c 'echo reload >>$BOOK/reloads'
U
        unit stops.service <<U
[Service]
ExecStart=/bin/sh -c 'echo start >>$BOOK/stops; exec sleep 1000'
ExecStop=/bin/sh -c 'echo stop >>$BOOK/stops'
ExecStopPost=/bin/sh -c 'echo post >>$BOOK/stops'
U
        unit killed.service <<U
[Service]
ExecStart=/bin/sh -c 'echo start >>$BOOK/killed; exec sleep 1000'
U
        unit limited.service <<U
[Unit]
StartLimitIntervalSec=1000
StartLimitBurst=3
[Service]
ExecStart=/bin/sh -c 'echo start >>$BOOK/limited; exit 4'
Restart=always
RestartSec=1ms
U
        unit all.target <<U
[Unit]
Wants=plain.service exact.service ready.service fork.service second.service fails.service dep.service flaky.service
Wants=reloads.service stops.service killed.service limited.service
U
}

flaky_is_up() { [ "$(grep -c . "$BOOK/flaky")" -ge 4 ] && prop_is flaky.service SubState running; }
limited_is_down() { prop_is limited.service ActiveState failed; }
handler_was_there() { [ -s "$BOOK/handler" ] && prop_is handler.service ActiveState inactive; }

# The script. What its clients said is in $T/clients.
run_script() {
        {
                ctl start all.target
                echo "start: $?"
                wait_for 20 flaky_is_up && wait_for 20 limited_is_down && wait_for 20 handler_was_there
                echo "settled: $?"
                ctl reload reloads.service
                echo "reload: $?"
                kill -KILL "$(main_pid killed.service)"
                ctl restart stops.service
                echo "restart: $?"
                ctl stop second.service ready.service
                echo "stop: $?"
                wait_for 20 state_is killed.service failed
                echo "killed: $?"
                ctl start fails.service 2>/dev/null
                echo "fails: $?"
        } >"$T/clients" 2>"$T/clients.err"
}

# What must have come of it.
expected() {
        cat <<'X'
client start: 0
client settled: 0
client reload: 0
client restart: 0
client stop: 0
client killed: 0
client fails: 1
plain: active running success 0 0: start
exact: active running success 0 0: start
ready: inactive dead success 0 15: start
fork: active running success 0 0: start
first: active exited success 0 0: start
second: inactive dead success 0 0: pre one two post stop
fails: failed failed exit-code 0 7: start start
handler: inactive dead success 0 0: start start
flaky: active running success 3 0: start start start start
reloads: active running success 0 0: start reload
stops: active running success 0 0: start stop post start
killed: failed failed signal 0 9: start
limited: failed failed start-limit-hit 3 4: start start start
dep: inactive dead success 0 0:
X
}
observed() {
        sed 's/^/client /' "$T/clients"
        for name in $NAMES; do
                properties=$(ctl show -p ActiveState,SubState,Result,NRestarts,ExecMainStatus "$name.service")
                field() { printf '%s\n' "$properties" | sed -n "s/^$1=//p"; }
                echo "$name: $(field ActiveState) $(field SubState) $(field Result) $(field NRestarts) $(field ExecMainStatus):$(
                        [ ! -s "$BOOK/$name" ] || tr '\n' ' ' <"$BOOK/$name" | sed 's/ $//; s/^/ /')"
        done
}

deaths() { grep -c 'the supervisor (pid .*) was killed by SIGKILL' "$T/console"; }
cgroups_of() { cgroup_path "$1" | sed 's|/init.scope$||'; }

# run NAME PLAN…: the workload, with a supervisor that dies at each number of the plan in turn.
run() {
        run_name=$1
        shift
        expected >"$T/expected"
        printf '%s\n' "$@" >"$T/plan"
        rm -f "$BOOK"/* "$T"/fork.pid
        export KEEL_CRASH_PLAN="$T/plan"
        start_keel
        run_group=$(cgroups_of "$(keel_init)")
        run_script
        wait_for 20 handler_was_there
        observed >"$T/observed"
        run_deaths=$(deaths)
        stop_keel
        {
                cat "$T/observed"
                [ "$KEEL_STATUS" = 0 ] || echo "keel's exit status is $KEEL_STATUS"
                [ -z "$run_group" ] || [ ! -d "$run_group" ] || echo "left over: $run_group"
        } >"$T/outcome"
        if cmp -s "$T/expected" "$T/outcome"; then
                pass "$run_name"
        else
                fail "$run_name"
                diag "$(diff "$T/expected" "$T/outcome")"
                diag "$(cat "$T/clients.err")"
                diag "$(tail -n 60 "$T/console")"
        fi
}
