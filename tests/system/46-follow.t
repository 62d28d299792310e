# SPDX-License-Identifier: MIT
# What a unit's change means for others when no job asked for it, what is not propagated, and cycles that can be broken.
. "${0%/*}/lib.sh"
plan 30

service() { # NAME COMMAND [UNIT LINES…]
        name=$1 command=$2
        shift 2
        { echo "[Unit]"; for l; do echo "$l"; done; printf '[Service]\nRestartSec=50ms\nExecStart=%s\n' "$command"; } | unit "$name"
}
service base.service "/bin/sleep 1000"
service requires.service "/bin/sleep 1000" Requires=base.service
service binds.service "/bin/sleep 1000" BindsTo=base.service
service stops.service "/bin/sleep 1000" PropagatesStopTo=along.service
service along.service "/bin/sleep 1000"
service loud.service "/bin/sleep 1000" Conflicts=quiet.service
service quiet.service "/bin/sleep 1000"

service returning.service "/bin/sleep 1000"
echo Restart=always >>"$UNITS/returning.service"
service clings.service "/bin/sleep 1000" BindsTo=returning.service

service flapping.service "/bin/sh -c 'echo run >>$T/runs; exit 1'" StartLimitBurst=3 StartLimitIntervalSec=60 OnFailure=told.service
echo Restart=on-failure >>"$UNITS/flapping.service"
service told.service "/bin/sh -c 'wc -l <$T/runs >>$T/told'"

service lonely.service "/bin/sleep 1000" StopWhenUnneeded=yes
service shared.service "/bin/sleep 1000" StopWhenUnneeded=yes
service one.service "/bin/sleep 1000" Requires=shared.service
service two.service "/bin/sleep 1000" Wants=shared.service

service holder.service "/bin/sleep 1000" Upholds=held.service
service held.service "/bin/sleep 1000"

service late.service "/bin/sleep 1000" Requires=needed.service
printf 'Restart=on-failure\nRestartSec=1000s\n' >>"$UNITS/late.service"
service needed.service "/bin/sleep 1000"

service over.service /bin/true
echo Type=oneshot >>"$UNITS/over.service"
service wants-it-active.service "/bin/sleep 1000" Requisite=over.service After=over.service
printf '[Unit]\nWants=over.service wants-it-active.service\n' | unit both.target

service first.service "/bin/sleep 1000" After=second.service
service second.service "/bin/sleep 1000" After=third.service
service third.service "/bin/sleep 1000" After=first.service
printf '[Unit]\nWants=first.service second.service third.service\n' | unit ring.target
start_keel

slay() { kill -KILL "$(main_pid "$1")"; }
runs_anew() { new=$(prop "$1" MainPID) && [ "$new" != 0 ] && [ "$new" != "$2" ] && state_is "$1" active; }
ctl start requires.service binds.service
slay base.service
ok "BindsTo=: what ends by itself takes the other along" wait_for 10 state_is binds.service inactive
is "$(ctl is-active base.service)/$(ctl is-active requires.service)" failed/active "Requires=: it does not"
ctl start base.service
ctl stop base.service
ok "a stop by hand does" wait_for 10 state_is requires.service inactive

ctl start clings.service
slay returning.service
ok "BindsTo=: the other goes, though this one is started again" wait_for 10 state_is clings.service inactive
ok "which it is" wait_for 10 prop_is returning.service NRestarts 1

ctl start stops.service along.service
pid=$(prop along.service MainPID)
ctl restart stops.service
is "$(prop along.service MainPID)" "$pid" "PropagatesStopTo=: a restart is no stop"
slay stops.service
ok "PropagatesStopTo=: an end by itself is one" wait_for 10 state_is along.service inactive

ctl start loud.service
ctl start quiet.service
ok "Conflicts= works from the other side, too" wait_for 10 state_is loud.service inactive
is "$(ctl is-active quiet.service)" active "the one that was asked for stays"

ctl start flapping.service
ok "OnFailure= is started" wait_for 20 test -s "$T/told"
is "$(cat "$T/told" | tr -d ' ')" 3 "once, when Restart= has given up"
is "$(prop flapping.service ActiveState)" failed "the service has failed"

ctl start lonely.service
ok "StopWhenUnneeded=: what nobody needs does not stay" wait_for 10 state_is lonely.service inactive
ctl start one.service two.service
is "$(ctl is-active shared.service)" active "what somebody needs does"
ctl stop one.service
is "$(ctl is-active shared.service)" active "as long as there is one"
slay two.service
ok "however the last one ends" wait_for 10 state_is shared.service inactive

ctl start holder.service
ok "Upholds= starts" wait_for 10 state_is held.service active
pid=$(prop held.service MainPID)
slay held.service
ok "and again after a crash" wait_for 10 runs_anew held.service "$pid"
is "$(ctl is-active holder.service)" active "the upholder has not been touched"
ctl stop holder.service
ctl stop held.service
is "$(ctl is-active held.service)" inactive "without the upholder it stays down"
ctl start --job-mode=ignore-dependencies holder.service
ok "an upholder that came up without it starts it" wait_for 10 state_is held.service active

ctl start late.service
ctl stop --job-mode=ignore-dependencies needed.service
is "$(ctl is-active late.service)/$(ctl is-active needed.service)" active/inactive "a job may leave dependencies out"
slay late.service
ok "what starts again by itself gets what it requires" wait_for 10 state_is needed.service active
is "$(prop late.service SubState)" auto-restart "even before its pause is over"

ctl start both.target
ok "Requisite= of what is over already fails" wait_for 10 prop_is wants-it-active.service ActiveState inactive
is "$(prop over.service Result)/$(ctl is-active both.target)" success/active "who only wants them goes on"

ok "a ring of wanted units is broken" ctl start ring.target
started=0
for s in first second third; do state_is $s.service active && started=$((started + 1)); done
is "$started" 2 "one of them is left out"
edge='(first|second|third)\.service/start after '
ok "the message names every edge" has_line "$T/console" "ordering cycle $edge$edge$edge(first|second|third)\.service/start"
ok "and who is left out" has_line "$T/console" 'job (first|second|third)\.service/start is left out to break it'
