# SPDX-License-Identifier: MIT
# kill -9 of a main process brings a new one; the others do not notice.
. "${0%/*}/lib.sh"
plan 9

for n in victim other; do
        unit $n.service <<E
[Service]
ExecStart=/bin/sleep 1000
Restart=always
RestartSec=0
E
done
unit never.service <<E
[Service]
ExecStart=/bin/sleep 1000
E
start_keel
ok "start" ctl start victim.service other.service never.service
victim=$(main_pid victim.service)
other=$(prop other.service MainPID)
never=$(main_pid never.service)
old=$(prop victim.service MainPID)
kill -KILL "$victim"
replaced() { [ "$(prop victim.service MainPID)" != "$old" ] && state_is victim.service active; }
ok "the killed one is replaced" wait_for 10 replaced
is "$(prop victim.service NRestarts)" 1 "one restart is counted"
is "$(prop other.service MainPID)" "$other" "the other service is untouched"
is "$(prop other.service NRestarts)" 0 "and was not restarted"
kill -KILL "$never"
ok "without Restart= it fails" wait_for 10 state_is never.service failed
is "$(prop never.service Result)" signal "with the result 'signal'"
like "$(ctl status never.service)" 'code=killed, signal=KILL' "and status says which"
ok "reset-failed forgets it" sh -c "'$KEEL_BIN/keelctl' --instance $KEEL_NAME reset-failed never.service &&
        [ \"\$('$KEEL_BIN/keelctl' --instance $KEEL_NAME is-active never.service)\" = inactive ]"
