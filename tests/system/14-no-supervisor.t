# SPDX-License-Identifier: MIT
# Between two supervisors, or when there cannot be another one: services run on, and SIGTERM still ends everything in time.
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
plan 24

# with_service: keel with one service that a supervisor started; its pid is in $service.
with_service() {
        : >"$LOG"
        rm -f "$FAKE_DIR/fail"
        cp "$HELPERS/fake-supervisor" "$T/bin/keel-supervisor"
        start_fake
        logged '^kept-all$'
        tell spawn 'exec sleep 1000'
        logged '^spawned'
        service=$(host_pid "$(sed -n 's/^spawned //p' "$LOG")")
}

# --- its program is not there any more
with_service
rm "$T/bin/keel-supervisor"
tell exit 3
ok "a supervisor whose program has gone cannot be started again" said 'cannot run .*keel-supervisor.*: not found'
ok "which is tried again, after a pause" said 'exited with 127 after [0-9]+ ms: starting it again after a pause'
ok "the service runs on" kill -0 "$service"
kill -TERM "$KEEL_PID"
ok "SIGTERM ends all, in time" wait_for 9 keel_ended
wait_keel 1
is "$KEEL_STATUS" 143 "with 128 + 15"
like "$(tail -n 1 "$T/console")" '^keel: SIGTERM, and the supervisor keeps dying: exit code 143$' "and says why"
ok "the service as well" gone "$service"

# --- in the longest pause
with_service
echo 3 >"$FAKE_DIR/fail"
tell exit 3
for step in 'at once' 'after a pause' 'without its saved records' 'for rescue only'; do
        ok "the ladder is said: $step" said "exited with 3 after [0-9]+ ms: starting it again $step" 15
done
is "$(grep -c 'starting it again' "$T/console")" "$(grep -c '(pid .*exited with' "$T/console")" "each death with what follows"
kill -INT "$KEEL_PID"
ok "SIGINT ends all, in time" wait_for 9 keel_ended
wait_keel 1
is "$KEEL_STATUS" 130 "with 128 + 2"

# --- a program that is there again
with_service
mv "$T/bin/keel-supervisor" "$T/bin/away"
tell exit 3
said 'starting it again without its saved records' 15
mv "$T/bin/away" "$T/bin/keel-supervisor"
ok "once it is there again it is started" logged '^welcome run=[0-9]+ .* flags=5[23] ' 15
ok "and the service is still there" kill -0 "$service"
tell end 1 5 done
wait_keel 9
is "$KEEL_STATUS" 5 "and the end is the supervisor's again"

# --- one that was greeted, and does not answer
FAKE_HEARTBEAT_MS=1000
export FAKE_HEARTBEAT_MS
with_service
tell loop
ok "a supervisor in an endless loop is killed and replaced" logged '^welcome run=2 ' 15
ok "the service runs on" kill -0 "$service"
kill -STOP "$(supervisor_pid)"
kill -TERM "$KEEL_PID"
ok "one that is stopped holds SIGTERM up for its heartbeat only" wait_for 15 logged_times 1 '^signal 15 '
tell end 1 4 done
wait_keel 9
is "$KEEL_STATUS" 4 "since its successor is told"
with_service
echo 3 >"$FAKE_DIR/fail"
kill -STOP "$(supervisor_pid)"
kill -TERM "$KEEL_PID"
ok "and when there is no successor either, the end comes by itself" wait_for 15 keel_ended
wait_keel 1
is "$KEEL_STATUS" 143 "with its code"
is "$(log_count '^signal')" 0 "though none was told"
