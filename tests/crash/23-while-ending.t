# SPDX-License-Identifier: MIT
# timeout: 600
# The supervisor is killed at each of its calls while it ends everything: its successor goes on with that. Every service ends once,
# is not started again, and what it says last is heard; the exit code is the one asked for, and no cgroup is left.
. "${0%/*}/lib.sh"
[ -x "$KEEL_BIN/keel-supervisor" ] || skip_all "no build with crash points: make tests"

open_books
for i in 1 2 3; do
        unit "talks-$i.service" <<U
[Service]
ExecStart=/bin/sh -c 'echo start $i >>$BOOK/book; trap "echo last of $i; printf bye; exit 0" TERM; while :; do sleep 0.05; done'
Restart=always
U
done
unit silent.service <<U
[Service]
ExecStart=/bin/sh -c 'echo start silent >>$BOOK/book; exec sleep 1000'
ExecStop=/bin/sh -c 'echo stop silent >>$BOOK/book'
Restart=always
U
printf '[Unit]\nWants=talks-1.service talks-2.service talks-3.service silent.service\n' | unit default.target
export KEEL_CRASH_PLAN="$T/plan"
was_killed() { grep -q 'the supervisor (pid .*) was killed by SIGKILL' "$T/console"; }
has_started() { [ "$(grep -c start "$BOOK/book")" = 4 ]; }
idle() { ! ctl list-jobs | grep -q service; }

# A command of which nobody knows whether it was run may be run again.
expected="start 1
start 2
start 3
start silent
stop silent
bye 1
bye 2
bye 3
last of 1
last of 2
last of 3
status 0"

# at N: the supervisor's N-th call from here on is its last. False when there was no such call.
at() {
        rm -f "$BOOK/book" "$T/plan"
        start_keel
        wait_for 20 has_started
        wait_for 20 idle
        at_group=$(cgroup_path "$(keel_init)")
        echo "$1" >"$T/plan.new"
        mv "$T/plan.new" "$T/plan"
        stop_keel
        at_got=$(sort -u "$BOOK/book"
                sed -n 's/^talks-\([123]\)\.service: bye$/bye \1/p; s/^talks-.\.service: \(last of .\)$/\1/p' "$T/console" | sort
                echo "status $KEEL_STATUS")
        is "$at_got$(grep -c start "$BOOK/book" | grep -v '^4$')" "$expected" "the supervisor is killed at its call $1"
        [ ! -d "${at_group%/init.scope}" ] || fail "its cgroup is left: $at_group"
        was_killed
}
n=1
[ -n "${FULL:-}" ] && step=1 || step=5
while at "$n"; do n=$((n + step)); done
ok "the end has $n calls" [ "$n" -gt 20 ]
rm -rf "$BOOK"
echo "1..$tap_count"
