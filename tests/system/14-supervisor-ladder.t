# SPDX-License-Identifier: MIT
# A supervisor that dies again and again, falls silent or cannot be run at all.
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
plan 19

# --- silence
FAKE_HEARTBEAT_MS=300
export FAKE_HEARTBEAT_MS
start_fake
ok "a supervisor that beats is left alone" logged '^welcome run=1 '
tell quiet
ok "one that falls silent is killed and replaced" logged '^welcome run=2 '
like "$(cat "$T/console")" 'was silent for 300 ms: killed' "and that is said"
kill -STOP "$(supervisor_pid)"
ok "so is one that hangs" logged '^welcome run=3 '
unset FAKE_HEARTBEAT_MS

# --- the ladder
tell spawn 'exec sleep 1000'
logged '^spawned'
service=$(host_pid "$(sed -n 's/^spawned //p' "$LOG")")
: >"$T/console"
echo 3 >"$FAKE_DIR/fail"
tell exit 3
ok "after some deaths there is a pause" said 'starting it again after a pause'
ok "then its saved records are not trusted" said 'starting it again without its saved records' 15
ok "which it is told" logged '^started .*--distrust' 15
ok "in the end it is started for rescue" logged '^started .*--rescue' 15
ok "the service ran throughout" kill -0 "$service"
rm "$FAKE_DIR/fail"
ok "a rescue that talks is welcome, and knows that it cannot trust the records" logged '^welcome .* flags=5[23] ' 15
kill -TERM "$KEEL_PID"
logged '^signal 15 '
tell end 1 0 done
wait_keel 10
is "$KEEL_STATUS" 0 "and ends all as ever"

# --- deaths by another hand say nothing about the records
: >"$LOG"
start_fake
for i in 1 2 3 4 5 6 7 8 9 10; do
        logged "^welcome run=$i " && tell kill 9
done
ok "a supervisor that others kill is started again, however often" logged '^welcome run=11 '
is "$(log_count '--(distrust|rescue)')" 0 "and its records stay trusted"
tell end 1 0 done
wait_keel 10

# --- never any
echo 9 >"$FAKE_DIR/fail"
: >"$LOG"
start_fake
ok "where no supervisor ever speaks, keel gives up in the end" wait_for 20 keel_ended
wait_keel 1
is "$KEEL_STATUS" 9 "with the supervisor's status"
rm "$FAKE_DIR/fail"
chmod -x "$T/bin/keel-supervisor"
start_fake
wait_keel 5
is "$KEEL_STATUS" 126 "a supervisor that cannot be executed: 126"
rm "$T/bin/keel-supervisor"
start_fake
wait_keel 5
is "$KEEL_STATUS" 127 "one that is not there: 127"
like "$(cat "$T/console")" 'cannot run .*/keel-supervisor.*: not found' "with the reason"
like "$(tail -n 1 "$T/console")" 'the supervisor cannot be run: exit code 127' "and the last line says it"
