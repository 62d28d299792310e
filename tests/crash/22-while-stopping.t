# SPDX-License-Identifier: MIT
# timeout: 300
# The supervisor is killed at each of its calls while it stops a service, and while it stops and starts one: how the main process
# ended is known afterwards, also when one supervisor sent the signal and the next one hears of the end.
. "${0%/*}/lib.sh"
[ -x "$KEEL_BIN/keel-supervisor" ] || skip_all "no build with crash points: make tests"

open_books
unit sleeps.service <<U
[Service]
ExecStart=/bin/sh -c 'echo start >>$BOOK/sleeps; exec sleep 1000'
U
printf '[Unit]\nWants=sleeps.service\n' | unit default.target
export KEEL_CRASH_PLAN="$T/plan"
was_killed() { grep -q 'the supervisor (pid .*) was killed by SIGKILL' "$T/console"; }
has_started() { [ "$(grep -c . "$BOOK/sleeps")" = 1 ] && state_is sleeps.service active; }

# Active is what was begun to be run: its line may come a moment later.
has_starts() { [ "$(grep -c . "$BOOK/sleeps")" = "$1" ]; }

# at N VERB EXPECTED: the supervisor's N-th call from here on is its last. False when there was no such call.
at() {
        rm -f "$BOOK/sleeps" "$T/plan"
        start_keel
        wait_for 20 has_started
        echo "$1" >"$T/plan.new"
        mv "$T/plan.new" "$T/plan"
        ctl "$2" sleeps.service
        at_got="$? $(ctl show -p ActiveState,Result,NRestarts,ExecMainStatus --value sleeps.service | tr '\n' ' ')"
        wait_for 20 has_starts "${3##* }"
        is "$at_got$(grep -c . "$BOOK/sleeps")" "$3" "$2: the supervisor is killed at its call $1"
        stop_keel
        was_killed
}
n=0
while n=$((n + 1)) && at "$n" stop "0 success 0 15 inactive 1"; do :; done
ok "a stop has $n calls" [ "$n" -gt 10 ]
n=0
while n=$((n + 1)) && at "$n" restart "0 success 0 0 active 2"; do :; done
ok "a restart has $n calls" [ "$n" -gt 20 ]
rm -rf "$BOOK"
echo "1..$tap_count"
