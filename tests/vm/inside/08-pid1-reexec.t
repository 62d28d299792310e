# SPDX-License-Identifier: MIT
# keelctl reexec --pid1 on a machine: its PID 1 becomes another file, twice, and then a new supervisor's parent. Services live on, what
# PID 1 keeps is kept, exit statuses are known, nothing is mounted or started again.
. "${0%/*}/../../system/lib.sh"
use_system_keel
plan 18

unit r-steady.service <<E
[Service]
Type=notify
NotifyAccess=all
FileDescriptorStoreMax=2
ExecStart=/bin/sh -c 'echo start >>$T/steady; exec $HELPERS/notify "@/etc/hostname FDSTORE=1\nFDNAME=kept" READY=1'
E
unit r-ended.service <<E
[Service]
ExecStart=/bin/sh -c 'exit 7'
E
mkfifo "$T/gate"
unit r-ends.service <<E
[Service]
ExecStart=/bin/sh -c 'read line <$T/gate; exit 9'
E
ctl daemon-reload
ctl start r-steady.service r-ended.service r-ends.service
wait_for 20 prop_is r-ended.service ExecMainStatus 7
wait_for 20 prop_is r-steady.service NFileDescriptorStore 1

supervisor() { pgrep -x keel-supervisor -P 1; }
is_another() { another=$(supervisor) && [ -n "$another" ] && [ "$another" != "$1" ]; }
inode() { stat -L -c %i /proc/1/exe; }
seen() {
        ctl show -p Id,MainPID,ActiveState,InvocationID,NFileDescriptorStore,ExecMainStatus r-steady.service r-ended.service r-ends.service
        wc -l <"$T/steady"
        wc -l </proc/mounts
        for kept in /proc/1/fd/*; do readlink "$kept"; done | sort
        cat /proc/1/cgroup
}
# A copy in its place, and back to the first.
cp "$KEEL_BIN/keel" "$KEEL_BIN/keel.first"
name="$(cat /proc/1/comm) $KEEL_BIN/keel"
old=$(supervisor)
seen >"$T/before"
for way in "to another file" "and to another one"; do
        before=$(inode)
        cp "$KEEL_BIN/keel.first" "$KEEL_BIN/keel.new"
        mv "$KEEL_BIN/keel.new" "$KEEL_BIN/keel"
        ok "$way" ctl reexec --pid1
        unlike "$(inode)" "^$before\$" "$way: PID 1 is another file"
        is "$(cat /proc/1/comm) $(readlink /proc/1/exe)" "$name" "$way: of the same name"
        seen >"$T/after"
        is "$(diff "$T/before" "$T/after")" "" "$way: all is as it was"
        is "$(supervisor)" "$old" "$way: the supervisor noticed nothing"
done
rm "$KEEL_BIN/keel.first"
echo go >"$T/gate"
ok "an end afterwards has its status" wait_for 20 prop_is r-ends.service ExecMainStatus 9
kill -KILL "$old"
ok "it starts a supervisor when that is killed" wait_for 40 is_another "$old"
ok "which answers" wait_for 40 ctl list-units
is "$(prop r-steady.service MainPID) $(prop r-steady.service NFileDescriptorStore) $(grep -c . "$T/steady")" \
        "$(sed -n 's/^MainPID=//p' "$T/before" | head -n 1) 1 1" "and has taken over what runs"
old=$(supervisor)
ok "daemon-reexec" ctl daemon-reexec
ok "is answered by another supervisor" wait_for 40 is_another "$old"
wait_for 40 ctl list-units
ok "r-steady.service stops" ctl stop r-steady.service
is "$(prop r-steady.service ActiveState)" inactive "and is stopped"
rm -f "$UNITS"/r-*.service
ctl daemon-reload
