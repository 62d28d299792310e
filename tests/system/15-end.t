# SPDX-License-Identifier: MIT
# Signals to PID 1, and the end: with a supervisor, without one, and against what does not want to end.
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
plan 21

again() {
        : >"$LOG"
        start_fake "$@"
        logged '^kept-all$'
}

# --- signals are requests
again
for s in HUP USR1 USR2 PWR INT RTMIN+4 RTMAX; do kill -"$s" "$KEEL_PID" 2>/dev/null || kill -s "$s" "$KEEL_PID"; done
for n in 1 10 12 30 2 38 64; do
        ok "signal $n is told to the supervisor" logged "^signal $n from 0\$"
done
# The supervisor dies with the word; its successor gets it.
tell kill 9
ok "a successor is told of the end that was asked for" wait_for 10 logged_times 2 '^signal 38 '
tell end 2 3 'powered off by the operator'
wait_keel 10
is "$KEEL_STATUS" 3 "in a container, to power off is to exit with the code"

# --- nobody there to ask
echo SIG9 >"$FAKE_DIR/fail"
: >"$LOG"
start_fake
logged '^started'
kill -TERM "$KEEL_PID"
ok "without a supervisor SIGTERM ends all, in time" wait_for 9 keel_ended
wait_keel 1
is "$KEEL_STATUS" 143 "with 128 + 15"
like "$(tail -n 1 "$T/console")" 'keel: SIGTERM, and (no supervisor answers|the supervisor keeps dying): exit code 143' "and says why"
rm "$FAKE_DIR/fail"
: >"$FAKE_DIR/mute"
: >"$LOG"
start_fake
logged '^started'
kill -s RTMIN+3 "$KEEL_PID" 2>/dev/null || kill -37 "$KEEL_PID"
ok "a supervisor that does not speak holds nothing up" wait_for 12 keel_ended
wait_keel 1
is "$KEEL_STATUS" 0 "halt: 0"
rm "$FAKE_DIR/mute"

again
kill -48 "$KEEL_PID"
wait_keel 9
is "$KEEL_STATUS" 0 "SIGRTMIN+14 does not ask"

# --- what does not want to end
again
tell spawn 'trap "" TERM INT; while :; do sleep 1; done'
tell spawn 'kill -STOP $$; echo never'
logged '^spawned'
tell end 1 7 stubborn
ok "what ignores SIGTERM, or is stopped, is killed in time" wait_for 9 keel_ended
wait_keel 1
is "$KEEL_STATUS" 7 "and the code is right"

# --- without namespaces
again --no-namespaces
# Times that no other test sleeps for.
tell spawn 'trap "" TERM; (setsid sleep '"3$$ & setsid sleep 4$$"' &) ; while :; do sleep 1; done'
wait_for 5 pgrep -f "^sleep [34]$$\$"
bystander=$(setsid sleep 30 >/dev/null 2>&1 & echo $!)
tell end 1 8 subreaper
ok "as a subreaper it ends in time, too" wait_for 9 keel_ended
wait_keel 1
is "$KEEL_STATUS" 8 "with the code"
fails "none of its descendants is left, and" pgrep -f "^sleep [34]$$\$"
ok "none but its descendants was ended" kill "$bystander"
