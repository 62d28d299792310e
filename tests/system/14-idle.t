# SPDX-License-Identifier: MIT
# A supervisor that says that it has nothing to do may be silent, at no cost; but not when it is told something, has work again
# or is stopped.
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
plan 28

FAKE_HEARTBEAT_MS=500
export FAKE_HEARTBEAT_MS
supervisor() { pgrep -P "$init" -x keel-supervisor; }
switches() { awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$init/status"; }
# For four times the heartbeat PID 1 does not run.
is_quiet() {
        quiet_since=$(switches)
        sleep 2
        [ "$(switches)" = "$quiet_since" ]
}
# The supervisor has nothing to do, and says so. The log begins anew.
idle() {
        : >"$LOG"
        tell idle
        logged '^done idle'
}
# is_silent NAME: for four times its heartbeat it is left alone.
is_silent() {
        sleep 2
        is "$(log_count '^welcome')" 0 "$1"
}
# is_killed NAME: there is another one, which knows what to do.
is_killed() {
        runs=$((runs + 1))
        ok "$1" logged "^welcome run=$runs "
        ok "and greeted in full" logged '^kept-all'
}

start_fake
runs=0
is_killed "a supervisor starts"
init=$(keel_init)

# --- nothing to do
idle
ok "PID 1 has nothing to do either while one has nothing to do" wait_for 20 is_quiet
is "$(log_count '^welcome')" 0 "which is left alone"

# --- something to do
tell work 500
ok "it works" logged '^done work'
is_silent "one that works and beats is left alone"
tell quiet
is_killed "one that works and falls silent is not"
idle
tell spawn 'exit 3'
ok "one that is told of an exit" logged '^ended .* 768$'
is_killed "has to give a sign of life"
idle
kill -USR1 "$KEEL_PID"
ok "or of a signal" logged '^signal 10 '
is_killed "as well"

# --- stopped
idle
kill -STOP "$(supervisor)"
is_killed "one that is stopped while it has nothing to do is killed"
like "$(tail -n 2 "$T/console")" 'was silent for 500 ms: killed' "after its time"
tell work 2000
idle
supervisor=$(supervisor)
: >"$T/console"
kill -STOP "$supervisor"
wait_for 5 grep -q "State:.*T" "/proc/$supervisor/status"
kill -CONT "$supervisor"
sleep 4
ok "one that was continued in time is not" kill -0 "$supervisor"
is "$(cat "$T/console")" "" "nothing is said"

# --- another PID 1
tell work 500
tell reexec 2
ok "another PID 1 tells so" logged '^reexeced 1$'
idle
is_silent "and may be answered that there is nothing to do"
is "$(log_count '^started')" 0 "by the same supervisor"
tell work 500
tell reexec 2
logged '^reexeced 2$'
idle
tell reexec 2
ok "one that was idle when it came" logged '^reexeced 3$'
is_killed "has to answer"
idle
kill -STOP "$(supervisor)"
is_killed "which is killed when it is stopped"
tell end 1 0 done
wait_keel 10
is "$KEEL_STATUS" 0 "the end is as ever"
