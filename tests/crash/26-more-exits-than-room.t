# SPDX-License-Identifier: MIT
# timeout: 300
# While the supervisor stands still more processes end than PID 1 has room for, a service's last of all: its status is lost. That
# is said, and no status is made up; by the supervisor that was there, and by one that comes after it.
# Two tests that make ten thousands of processes do not fit beside each other: there are 32,768 pids.
if [ -z "${ALONE:-}" ] && flock -o /tmp/keel-many-processes.lock true 2>/dev/null; then
        export ALONE=1
        exec flock -o /tmp/keel-many-processes.lock sh "$0"
fi
KEEL_PLAIN=yes
. "${0%/*}/lib.sh"
[ -z "${KEEL_IS_SYSTEM:-}" ] || skip_all "too many processes for an emulated machine"
plan 16

unit victim.service <<E
[Service]
ExecStart=/bin/sleep 1000
Restart=on-failure
RestartSec=0
E
start_keel --heartbeat 0
ctl start victim.service
# As many as there is room for, and more; not all at once, there are not so many pids.
flood() {
        for i in 1 2 3 4 5; do
                nsenter -t "$(keel_init)" -p -m "$HELPERS/zombies" 14000 || return 1
        done
}
again() { state_is victim.service active && [ "$(prop victim.service MainPID)" != "$1" ]; }

# lost HOW: stands still, is flooded, the service ends; then HOW lets a supervisor live again.
lost() {
        was=$(prop victim.service MainPID)
        host=$(main_pid victim.service)
        old=$(supervisor)
        said=$(grep -c 'exit status was lost' "$T/console")
        kill -STOP "$old"
        ok "$1: more end than there is room for" flood
        kill -KILL "$host"
        wait_for 20 gone "$host"
        kill "-$1" "$old"
        ok "$1: the service comes back" wait_for 60 again "$was"
        is "$(($(grep -c 'exit status was lost' "$T/console") - said))" 1 "$1: that its status was lost is said"
        unlike "$(grep 'victim.service: main process code' "$T/console")" . "$1: no status is made up"
}
lost CONT
lost KILL

# A service whose end was lost is to stop before this is believed, in less time than that takes: there is nobody to be killed. The
# victim's, which is believed a little later, says when nothing more can come.
unit ends.service <<E
[Service]
ExecStart=/bin/sleep 1000
TimeoutStopSec=300ms
E
ctl daemon-reload
ctl start ends.service
was=$(prop victim.service MainPID)
ends=$(main_pid ends.service)
victim=$(main_pid victim.service)
old=$(supervisor)
kill -STOP "$old"
ok "stopped: more end than there is room for" flood
kill -KILL "$ends" "$victim"
wait_for 20 gone "$ends" && wait_for 20 gone "$victim"
kill -KILL "$old"
wait_for 20 is_another "$old"
ctl stop ends.service
like "$(prop ends.service ActiveState)" 'inactive|failed' "stopped: it is at rest"
ok "stopped: the other one comes back" wait_for 60 again "$was"
unlike "$(cat "$T/console")" 'process 0 has ended' "stopped: nothing more is heard of it"
unlike "$(grep 'ends\.service: ' "$T/console")" 'SIGKILL' "stopped: nobody is to be killed, and nobody is left"
is "$(prop ends.service Result)" resources "stopped: it has not timed out; nobody knows how it ended"
ok "how many were lost is said" has_line "$T/console" 'exits? .*(lost|room)'
stop_keel
is "$KEEL_STATUS" 0 "it ends well"
