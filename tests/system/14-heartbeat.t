# SPDX-License-Identifier: MIT
# --heartbeat: a supervisor that hangs is replaced after that time, and services do not notice.
. "${0%/*}/lib.sh"
plan 8

unit a.service <<E
[Service]
ExecStart=/bin/sleep 1000
E
start_keel --heartbeat 1
ctl start a.service
service=$(main_pid a.service)
supervisor() { for p in $(inside_pids); do case $(status_field "$p" Name) in keel-supervisor*) echo "$p" ;; esac; done; }
another() { new=$(supervisor) && [ -n "$new" ] && [ "$new" != "$old" ]; }
old=$(supervisor)
kill -STOP "$old"
ok "a stopped supervisor is replaced" wait_for 20 another
like "$(cat "$T/console")" 'was silent for 1000 ms: killed' "after the time of --heartbeat"
ok "its successor answers" wait_for 20 ctl list-units
ok "the service runs on" kill -0 "$service"
ok "and is known" wait_for 10 state_is a.service active
is "$(main_pid a.service)" "$service" "as the same process"
old=$(supervisor)
stop_keel
ok "the end is the end for all" gone "$service"

start_keel_badly() { "$KEEL_BIN/keel" run --units "$UNITS" --heartbeat soon >"$T/bad" 2>&1; }
start_keel_badly
like "$(cat "$T/bad")" '--heartbeat soon: seconds, 0 to 3600' "what is no number of seconds is refused"
