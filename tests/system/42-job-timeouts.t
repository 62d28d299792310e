# SPDX-License-Identifier: MIT
# JobTimeoutSec= counts waiting and running, JobRunningTimeoutSec= running alone; JobTimeoutAction= ends keel.
. "${0%/*}/lib.sh"
plan 9

oneshot() { # NAME COMMAND [UNIT LINES…]
        name=$1 command=$2
        shift 2
        { echo "[Unit]"; for l; do echo "$l"; done; printf '[Service]\nType=oneshot\nExecStart=%s\n' "$command"; } | unit "$name"
}
oneshot slow.service "/bin/sleep 1000" JobRunningTimeoutSec=200ms
oneshot gate.service "/bin/sh -c 'until [ -e $T/open ]; do sleep 0.02; done'"
oneshot waiting.service /bin/true After=gate.service JobTimeoutSec=200ms
oneshot patient.service /bin/true After=gate.service JobRunningTimeoutSec=10s
oneshot dependent.service /bin/true Requires=slow.service After=slow.service
oneshot act.service "/bin/sleep 1000" JobTimeoutSec=200ms JobTimeoutAction=exit
start_keel
fails "a job that runs longer than JobRunningTimeoutSec= fails" ctl start slow.service
like "$(cat "$T/out")" 'timed out|timeout' "and says that it was the time"
is "$(prop slow.service ActiveState)" activating "the unit itself goes on"
ctl stop slow.service
fails "who requires it does not start" ctl start dependent.service
ctl stop slow.service
ctl start --no-block gate.service patient.service
fails "a job that waits longer than JobTimeoutSec= fails" ctl start waiting.service
like "$(ctl list-jobs)" 'patient\.service +start +waiting' "JobRunningTimeoutSec= does not count the waiting"
: >"$T/open"
ok "and the job comes to its end" wait_for 10 sh -c "'$KEEL_BIN/keelctl' --instance '$KEEL_NAME' show -p Result --value patient.service | grep -qx success && ! '$KEEL_BIN/keelctl' --instance '$KEEL_NAME' list-jobs | grep -q patient"
ctl start --no-block act.service
wait_keel 20
is "$KEEL_STATUS" 0 "JobTimeoutAction=exit ends keel"
ok "and says whose job it was" has_line "$T/console" 'act\.service: job timed out'
