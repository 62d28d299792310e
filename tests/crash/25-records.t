# SPDX-License-Identifier: MIT
# timeout: 300
# What is saved is damaged, of another version, or makes supervisors crash: services go on all the same, and none is started twice.
. "${0%/*}/lib.sh"
[ -x "$KEEL_BIN/keel-supervisor" ] || skip_all "no build with crash points: make tests"
plan 42

open_books
runs_unit runs
again_unit again
once_unit once
printf '[Unit]\nWants=runs.service again.service once.service\n' | unit all.target
printf '[Unit]\nWants=all.target\n' | unit default.target

# die: kill -9 of the supervisor, until another one answers.
die() {
        die_old=$(supervisor)
        kill -KILL "$die_old"
        wait_for 20 is_another "$die_old" && wait_for 20 ctl list-units
}
begin() {
        rm -f "$BOOK"/*
        start_keel "$@"
        ctl start all.target
        runs=$(prop runs.service MainPID)
}
goes_on() { # WHAT: three tests
        is "$(prop runs.service ActiveState) $(prop runs.service MainPID)" "active $runs" "$1: what runs is taken over as it is"
        kill -KILL "$(main_pid again.service)"
        ok "$1: what ends is started again" wait_for 20 came_back again 2
        is "$(starts runs)" 1 "$1: nothing is started twice"
}

for how in newest all heads version; do
        begin
        damage() { kill -STOP "$(supervisor)"; "$HELPERS/scribble" "$(keel_init)" "$how"; }
        like "$(damage)" '^[1-9]' "$how: there is something to damage"
        ok "$how: another supervisor answers" die
        [ "$how" != newest ] || is "$(starts once) $(prop once.service SubState)" "1 exited" "$how: the record before it still knows what is through"
        goes_on "$how"
        stop_keel
        is "$KEEL_STATUS" 0 "$how: it ends well"
done

# What is left in cgroups is judged by the table (service/adopt.c): with a record that tells of an ended service, and without.
begin
group=$(cgroup_path "$(keel_init)")
group=${group%/init.scope}/system.slice
leave() { mkdir "$group/$1" && { [ -z "${2:-}" ] || echo "$2" >"$group/$1/cgroup.procs"; }; }
if [ ! -d "$group" ]; then
        skip 7 "no cgroups"
else
        unit ended.service <<U
[Service]
ExecStart=/bin/true
U
        cp "$UNITS/ended.service" "$UNITS/other.service"
        ctl start ended.service other.service
        wait_for 10 state_is ended.service inactive && wait_for 10 state_is other.service inactive
        sleep 1000 &
        ours=$!
        leave ended.service
        leave other.service "$ours"
        ok "idle: another supervisor answers" die
        ok "idle: an empty cgroup is removed" test ! -d "$group/ended.service"
        is "$(cat "$group/other.service/cgroup.procs") $(prop other.service ActiveState)" "$ours inactive" "idle: what was left behind is left alone"
        kill "$ours"
        wait "$ours" 2>/dev/null
        leave nobody.service
        kill -STOP "$(supervisor)"
        "$HELPERS/scribble" "$(keel_init)" all >"$T/out"
        ok "without a record: another supervisor answers" die
        ok "without a record: an empty cgroup is removed" test ! -d "$group/nobody.service"
        is "$(prop runs.service ActiveState) $(prop runs.service MainPID)" "active $runs" "without a record: what is in one is running"
        is "$(starts runs)" 1 "without a record: and was started once"
fi
stop_keel

# Records that make every supervisor crash that reads them: it cannot go on for ever.
printf '%s\n' 0 "60 11" "60 11" "60 11" "60 11" "60 11" "60 11" "60 11" >"$T/plan"
export KEEL_CRASH_PLAN="$T/plan"
begin
die
ok "supervisors that crash are followed by one without records" wait_for 30 has_line "$T/console" 'without its saved records'
ok "that answers" wait_for 20 ctl list-units
goes_on "distrust"
stop_keel
is "$KEEL_STATUS" 0 "distrust: it ends well"

# And when that does not help either.
{ echo 0; for i in 1 2 3 4 5 6 7 8 9 10; do echo "60 11"; done; } >"$T/plan"
begin
host=$(main_pid runs.service)
die
ok "at last one comes that touches nothing" wait_for 40 has_line "$T/console" 'rescue: what runs goes on'
ok "what runs still does" test -d "/proc/$host"
stop_keel
is "$KEEL_STATUS" 0 "rescue: it ends well"
ok "and everything with it" gone "$host"
rm -rf "$BOOK"
