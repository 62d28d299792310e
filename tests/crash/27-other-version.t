# SPDX-License-Identifier: MIT
# timeout: 600
# Supervisors of different versions take over from each other, there and back, on request and when they are killed: the later one
# saves fields that the earlier one does not know and leaves some out that it does; a third saves in a layout that neither can
# read. Nothing is lost, doubled or started again.
. "${0%/*}/lib.sh"
. "${0%/*}/workload.sh"
[ -x "$KEEL_BIN/other/keel-supervisor-next" ] || skip_all "no build with crash points: make tests"

# The programs in a folder of our own, so that the supervisor's can be replaced; keel's own units lie beside it.
built=$KEEL_BIN
mkdir -p "$T/keel/bin"
ln -s "$TOP/units" "$T/keel/units"
cp "$built/keel" "$built/keelctl" "$built/keel-logger" "$T/keel/bin/"
KEEL_BIN=$T/keel/bin
put_supervisor() { cp "$1" "$KEEL_BIN/new" && mv "$KEEL_BIN/new" "$KEEL_BIN/keel-supervisor"; }
this=$built/keel-supervisor next=$built/other/keel-supervisor-next layout=$built/other/keel-supervisor-layout
is_of() { [ -n "$(supervisor)" ] && cmp -s "/proc/$(supervisor)/exe" "$1"; }
answers() { ctl list-units; }

# --- a life through several versions -----------------------------------------------------------------------------------
runs_unit runs
runs_unit stopped
again_unit again
once_unit once
unit fails.service <<U
[Service]
ExecStart=/bin/sh -c 'echo start >>$BOOK/fails; exit 7'
U
unit tells.service <<U
[Service]
Type=notify
ExecStart=$HELPERS/notify "READY=1" "STATUS=so far so good"
U
unit stores.service <<U
[Service]
Type=notify
NotifyAccess=all
FileDescriptorStoreMax=4
ExecStart=$HELPERS/notify READY=1 "@/etc/hostname FDSTORE=1\nFDNAME=kept"
U
mkfifo "$T/gate" "$T/end"
# A job that is in flight meanwhile.
unit slow.service <<U
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo start >>$BOOK/slow; read line <$T/gate'
TimeoutStartSec=infinity
U
printf '[Unit]\nWants=runs.service again.service once.service fails.service stopped.service tells.service stores.service\n' | unit default.target
seen() {
        ctl show -p Id,ActiveState,SubState,Result,MainPID,NRestarts,ExecMainStatus,NFileDescriptorStore,InvocationID \
                runs.service again.service once.service fails.service stopped.service stores.service tells.service slow.service
        for seen_name in runs again once fails stopped slow; do echo "$seen_name: $(tr '\n' ' ' <"$BOOK/$seen_name")"; done
        ctl list-jobs --no-legend | awk '{ print $1, $2, $3, $4 }'
}
# The record as PID 1 keeps it.
marks() {
        for marks_fd in "/proc/$(keel_init)/fd"/*; do
                case $(readlink "$marks_fd") in */memfd:keel-record*) grep -ac 'of a later version' "$marks_fd" ;; esac
        done
}
slow_waits() { [ -s "$BOOK/slow" ] && state_is slow.service activating; }

put_supervisor "$this"
start_keel
wait_for 20 state_is fails.service failed
wait_for 20 state_is stores.service active && wait_for 20 state_is tells.service active
ctl stop stopped.service
kill -KILL "$(main_pid again.service)"
wait_for 20 came_back again 2
ctl start slow.service &
client=$!
wait_for 20 slow_waits
is "$(prop tells.service StatusText)" "so far so good" "before: a status text"
is "$(prop stores.service NFileDescriptorStore)" 1 "before: an fd is stored"
seen >"$T/before"
is "$(marks)" 0 "before: nothing of a later version is saved"

# over WAY VERSION NAME: its supervisor is replaced on request, or killed; two tests.
over() {
        put_supervisor "$2"
        over_old=$(supervisor)
        if [ "$1" = asked ]; then ctl daemon-reexec; else kill -KILL "$over_old"; fi
        wait_for 20 is_another "$over_old" && wait_for 20 answers
        ok "$3" is_of "$2"
        seen >"$T/after"
        is "$(diff "$T/before" "$T/after")" "" "$3: all is as it was, jobs, counters and results among it"
}
over asked "$next" "from this version to a later one"
ctl kill -s URG again.service # something to save
ctl restart stopped.service && ctl stop stopped.service
seen >"$T/before"
like "$(marks)" '^[1-9]' "it saves what it knows more of"
over asked "$this" "back"
is "$(prop tells.service StatusText)" "" "what it did not save has its default"
over killed "$next" "to the later one, by a kill"
over killed "$this" "back by a kill"
kill -KILL "$(main_pid again.service)"
ok "what ends is started again" wait_for 20 came_back again 3
is "$(prop again.service NRestarts)" 2 "and counted on"
echo go >"$T/gate"
wait "$client"
is "$? $(prop slow.service SubState)" "0 exited" "a job that was in flight all the while comes to its end, and its client hears of it"

# In a layout that it cannot read: what runs is told by the cgroups, as it is without a record.
running() { ctl show -p Id,ActiveState,MainPID runs.service again.service tells.service stores.service; grep -c . "$BOOK/runs" "$BOOK/again"; }
running >"$T/before"
for way in "$layout" "$this"; do
        put_supervisor "$way"
        old=$(supervisor)
        ctl daemon-reexec
        wait_for 20 is_another "$old" && wait_for 20 answers
        ok "another layout of the record" is_of "$way"
        running >"$T/after"
        is "$(diff "$T/before" "$T/after")" "" "what runs goes on, and is started no second time"
        ok "keel says so" has_line "$T/console" 'what an earlier supervisor saved is of another version'
done
stop_keel
is "$KEEL_STATUS" 0 "it ends well"

# --- each killed, its successor of the other version ----------------------------------------------------------------------
rm -f "$UNITS"/*.service "$UNITS"/*.target "$BOOK"/*
write_units
cp "$this" "$KEEL_BIN/supervisor-0"
cp "$next" "$KEEL_BIN/supervisor-1"
cat >"$KEEL_BIN/new" <<S
#!/bin/sh
read -r turn <$T/turn
echo \$((1 - turn)) >$T/turn
exec $KEEL_BIN/supervisor-\$turn "\$@"
S
chmod +x "$KEEL_BIN/new"
mv "$KEEL_BIN/new" "$KEEL_BIN/keel-supervisor"
for first in 0 1; do
        for n in $(sample 1 "${CALLS:-1700}" 4); do
                echo "$first" >"$T/turn"
                run "version $first killed at call $n" "$n"
        done
        for n in $(sample 1 "${ADOPTION:-330}" 4); do
                echo "$first" >"$T/turn"
                run "version $first killed at call 420, its successor at call $n, and that one's" 420 "$n" "$n"
        done
done
rm -rf "$BOOK"
echo "1..$tap_count"
