# SPDX-License-Identifier: MIT
# --heartbeat: a supervisor that hangs is replaced after that time, and services do not notice. It costs nothing while nothing
# happens.
. "${0%/*}/lib.sh"
plan 20

mkfifo "$T/never"
unit a.service <<U
[Service]
ExecStart=/bin/sleep 1000
U
# Whoever reads this file waits for ever.
unit hangs.service <<U
[Service]
EnvironmentFile=-$T/never
ExecStart=/bin/sleep 1000
U
start_keel --heartbeat 1
ctl start a.service
service=$(main_pid a.service)
# How often these processes have been on a processor.
switches() { for p; do cat "/proc/$p/status"; done | awk '/ctxt_switches/ { n += $2 } END { print n }'; }
# No process of keel's own runs for three times the heartbeat.
is_quiet() {
        quiet_since=$(switches $own)
        sleep 3
        [ "$(switches $own)" = "$quiet_since" ]
}
settled() {
        own="$KEEL_PID $(keel_init) $(supervisor) $(pgrep -P "$(keel_init)" -f keel-logger)"
        wait_for 60 is_quiet
}
replaced() {
        ok "$1" wait_for 20 is_another "$old"
        ok "its successor answers" wait_for 20 ctl list-units
        ok "the service runs on" kill -0 "$service"
        ok "and is known" wait_for 10 state_is a.service active
        is "$(main_pid a.service)" "$service" "as the same process"
}

# --- while it works
old=$(supervisor)
kill -STOP "$old"
replaced "a stopped supervisor is replaced"
like "$(cat "$T/console")" 'was silent for 1000 ms: killed' "after the time of --heartbeat"

# --- while nothing happens
ok "after a while nothing of keel runs while nothing happens" settled
is "$(echo $own | wc -w)" 4 "neither PID 1, nor supervisor, nor logger, nor the proxy outside"
old=$(supervisor)
kill -STOP "$old"
kill -CONT "$old"
fails "a supervisor that was stopped for a moment is not replaced" wait_for 3 is_another "$old"
settled
kill -STOP "$old"
replaced "one that is stopped for longer is"

# --- when it begins to work
settled
old=$(supervisor)
ctl start hangs.service >"$T/client" 2>&1 &
client=$!
ok "one that hangs in the first thing that it does is replaced" wait_for 20 is_another "$old"
rm "$T/never"
ok "what it was asked to do is done by its successor" wait_for 20 state_is hangs.service active
wait "$client"
is "$?" 0 "as the client is told"
is "$(main_pid a.service)" "$service" "the other service runs on"
stop_keel
ok "the end is the end for all" gone "$service"

start_keel_badly() { "$KEEL_BIN/keel" run --units "$UNITS" --heartbeat soon >"$T/bad" 2>&1; }
start_keel_badly
like "$(cat "$T/bad")" '--heartbeat soon: seconds, 0 to 3600' "what is no number of seconds is refused"
