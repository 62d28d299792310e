# SPDX-License-Identifier: MIT
# The end: in reverse order, bounded in time, with the right exit status.
. "${0%/*}/lib.sh"
plan 13

unit main.target <<E
[Unit]
Wants=a.service b.service c.service
E
for n in a b c; do
        case $n in a) after= ;; b) after=a.service ;; c) after=b.service ;; esac
        unit $n.service <<E
[Unit]
After=$after
[Service]
ExecStart=/bin/sleep 1000
ExecStop=/bin/sh -c 'echo $n >>$T/stopped'
E
done
start_keel --unit-target main.target
wait_for 10 state_is c.service active
group=$(cgroup_path "$(keel_init)")
stop_keel
is "$KEEL_STATUS" 0 "SIGTERM: a clean end"
is "$(tr '\n' ' ' <"$T/stopped")" "c b a " "what started last stops first"
case $group in
*keel-*) ok "its cgroups are gone" test ! -d "${group%/init.scope}" ;;
*) skip 1 "no cgroups here" ;;
esac
ok "its runtime directory is gone" test ! -e "/run/keel/instances/$KEEL_NAME"

unit stubborn.service <<E
[Service]
ExecStart=/bin/sh -c 'trap "" TERM; echo up >$T/up; while :; do sleep 0.1; done'
TimeoutStopSec=500ms
E
start_keel --unit-target stubborn.service
wait_for 10 test -s "$T/up"
before=$(now_cs)
stop_keel
took=$(($(now_cs) - before))
ok "one that does not want to ends all the same (${took}0 ms)" test "$took" -lt 800
like "$(cat "$T/console")" 'stubborn' "and it is named"

unit job.service <<E
[Service]
ExecStart=/bin/sh -c 'sleep 0.2; exit 42'
E
launch_keel --main job.service
wait_keel
is "$KEEL_STATUS" 42 "--main: keel ends with the unit's status"
like "$(tail -n 1 "$T/console")" 'job\.service' "the last line says which unit"
unit killed.service <<E
[Service]
ExecStart=/bin/sh -c 'sleep 0.2; kill -KILL \$\$\$\$'
E
launch_keel --main killed.service
wait_keel
is "$KEEL_STATUS" 137 "--main: killed by a signal is 128+N"

unit done.service <<E
[Unit]
SuccessAction=exit
SuccessActionExitStatus=5
[Service]
Type=oneshot
ExecStart=/bin/sleep 0.2
E
launch_keel --unit-target done.service
wait_keel
is "$KEEL_STATUS" 5 "SuccessAction=exit with SuccessActionExitStatus="
unit broken.service <<E
[Unit]
FailureAction=exit-force
[Service]
ExecStart=/bin/sh -c 'sleep 0.2; exit 9'
E
launch_keel --unit-target broken.service
wait_keel
is "$KEEL_STATUS" 9 "FailureAction=exit-force with the unit's status"

start_keel --unit-target a.service
ctl exit 17
wait_keel
is "$KEEL_STATUS" 17 "keelctl exit 17"
start_keel --unit-target a.service
ctl poweroff
wait_keel
is "$KEEL_STATUS" 0 "keelctl poweroff"
