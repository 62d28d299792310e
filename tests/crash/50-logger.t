# SPDX-License-Identifier: MIT
# kill -9 of keel-logger, with and without the supervisor, while services write: no line is lost or doubled.
# timeout: 300
. "${0%/*}/../system/lib.sh"
KILLS=${KILLS:-30}
plan 8

logs=$T/log
world "$logs"
for n in 1 2; do
        unit writer$n.service <<E
[Service]
ExecStart=$HELPERS/numbered write $T/report$n
E
done
start_keel --log-option="--directory=$logs" --log-option=--mirror=none --log-option=--file-size=1G --log-option=--total-size=8G
init=$(keel_init)
# The only process of that name below PID 1.
child() {
        for p in $(cat "/proc/$init/task/$init/children"); do
                case $(cat "/proc/$p/comm" 2>/dev/null) in "$1"*) echo "$p"; return ;; esac
        done
        return 1
}
is_read() { [ "$(stat -c %s "$logs/writer1.service.log")" -gt "$1" ]; }
# Kills the named ones at a random moment after the logger has begun to read.
kill_once() {
        wait_for 20 child keel-logger || return
        wait_for 20 is_read "$(stat -c %s "$logs/writer1.service.log")"
        sleep "0.00$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')"
        for name; do set -- "$@" "$(child "$name")"; shift; done
        kill -KILL "$@" 2>/dev/null
}
# What happened to the lines of writer N, and what it says itself.
check() { "$HELPERS/numbered" check $(ls -r "$logs/writer$1.service.log"*); }

ctl start writer1.service writer2.service
writer=$(main_pid writer1.service)
wait_for 10 test -s "$logs/writer1.service.log"
kills=0
while [ "$kills" -lt "$KILLS" ]; do
        kill_once keel-logger
        kills=$((kills + 1))
done
while [ "$kills" -lt $((KILLS + 3)) ]; do
        kill_once keel-logger keel-supervisor
        kills=$((kills + 1))
done
ok "the writers never ended" test -d "/proc/$writer"
wait_for 20 ctl list-units
for n in 1 2; do
        kill -TERM "$(main_pid writer$n.service 2>/dev/null || pgrep -f "numbered write $T/report$n")"
        ok "writer $n got no error" wait_for 20 has_line "$T/report$n" '^last'
done
stop_keel
for n in 1 2; do
        got=$(check $n)
        diag "writer $n: $got; $(cat "$T/report$n")"
        like "$got" "doubled 0 " "no line of writer $n is doubled"
        is "${got#*doubled 0 }" "broken 0 gaps 0 missing 0 longest 0" "none is lost"
done
is "$(cat "$T/report1" "$T/report2")" "$(check 1 | sed 's/.*\(last [0-9]*\).*/\1/'; check 2 | sed 's/.*\(last [0-9]*\).*/\1/')" "the last ones are there"
