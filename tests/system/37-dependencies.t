# SPDX-License-Identifier: MIT
# Requires, Wants, BindsTo, PartOf, Conflicts, OnFailure, Requisite, Upholds, and what a failure does to those behind it.
. "${0%/*}/lib.sh"
plan 21

service() { # NAME COMMAND [UNIT LINES…]
        name=$1 command=$2
        shift 2
        { echo "[Unit]"; for l; do echo "$l"; done; echo "[Service]"; echo "ExecStart=$command"; } | unit "$name"
}
gate() { # NAME COMMAND [UNIT LINES…]: a oneshot that remains
        service "$@"
        printf 'Type=oneshot\nRemainAfterExit=yes\n' >>"$UNITS/$1"
}
gate bad.service /bin/false
service needs-bad.service "/bin/sleep 1000" Requires=bad.service After=bad.service
service wants-bad.service "/bin/sleep 1000" Wants=bad.service After=bad.service
gate good.service /bin/true
service needs-good.service "/bin/sleep 1000" Requires=good.service After=good.service
service bound.service "/bin/sleep 1000" BindsTo=base.service After=base.service
service base.service "/bin/sleep 1000"
service part.service "/bin/sleep 1000" PartOf=base.service After=base.service
service enemy.service "/bin/sleep 1000" Conflicts=base.service
service cry.service "/bin/false" OnFailure=help.service
gate help.service /bin/true
service after-success.service /bin/true OnSuccess=joy.service
gate joy.service /bin/true
service requisite.service "/bin/sleep 1000" Requisite=absent.service After=absent.service
service absent.service "/bin/sleep 1000"
service missing.service "/bin/sleep 1000" Requires=no-such.service
service wants-missing.service "/bin/sleep 1000" Wants=no-such.service
service upholder.service "/bin/sleep 1000" Upholds=upheld.service
service upheld.service "/bin/sleep 1000"
start_keel

fails "Requires= of a unit that fails: the start fails" ctl start needs-bad.service
is "$(ctl is-active needs-bad.service)" inactive "and it was not started"
ok "Wants= of a unit that fails: the start goes on" ctl start wants-bad.service
ok "Requires= pulls in" ctl start needs-good.service
is "$(ctl is-active good.service)" active "what is required is active"
ok "stopping what is required" ctl stop good.service
ok "stops who requires it" wait_for 10 state_is needs-good.service inactive

ctl start bound.service part.service
is "$(ctl is-active base.service)" active "BindsTo= pulls in, PartOf= does not"
kill -KILL "$(main_pid base.service)"
ok "BindsTo=: it goes when the other fails" wait_for 10 state_is bound.service inactive
ctl reset-failed base.service
ctl start base.service part.service
old=$(prop part.service MainPID)
ctl restart base.service
is "$(ctl is-active part.service)" active "PartOf=: after a restart of the other it is there"
ok "as a new process" sh -c "[ $old != $(prop part.service MainPID) ]"
ok "Conflicts=: the enemy starts" ctl start enemy.service
ok "and the other one is gone" wait_for 10 state_is base.service inactive

ctl start cry.service
ok "OnFailure= starts its unit" wait_for 10 state_is help.service active
ctl start after-success.service
ok "OnSuccess= starts its unit" wait_for 10 state_is joy.service active
fails "Requisite= of an inactive unit fails" ctl start requisite.service
is "$(ctl is-active absent.service)" inactive "and starts nothing"
fails "Requires= of a unit that does not exist fails" ctl start missing.service
ok "Wants= of one is fine" ctl start wants-missing.service
ctl start upholder.service
ok "Upholds= starts its unit" wait_for 10 state_is upheld.service active
ctl stop upheld.service
ok "and starts it again" wait_for 10 state_is upheld.service active
