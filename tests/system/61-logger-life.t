# SPDX-License-Identifier: MIT
# keel-logger under keel: last words, kills of the logger and of the supervisor, one that hangs, a stdout that nobody reads.
. "${0%/*}/lib.sh"
plan 32

logs=$T/log
world "$logs"
unit last.service <<E
[Service]
ExecStart=/bin/sh -c 'trap "seq 10000; printf bye; exit 0" TERM; echo up; while :; do sleep 0.05; done'
E
unit part.service <<E
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sh -c 'printf part; [ -e $T/enough ] || exit 1'
Restart=on-failure
RestartSec=10ms
E
unit tick.service <<E
[Service]
SyslogIdentifier=ticker
ExecStart=/bin/sh -c 'i=0; while read -r word; do i=\$((i + 1)); echo "\$word \$i" || echo broken >$T/broken; done <>$T/fifo'
E
unit fast.service <<E
[Service]
ExecStart=/bin/sh -c 'while [ ! -e $T/slow ]; do seq 1000; echo >>$T/rounds; done; exec sleep 1000'
E
unit much.service <<E
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'seq 200000'
E
mkfifo "$T/fifo"
exec 9<>"$T/fifo"
loggers() {
        for p in $(inside_pids); do
                case $(status_field "$p" Name) in keel-logger*) echo "$p" ;; esac
        done
}
tick() { echo "$1" >&9; }
pipes_of() { ls -l "/proc/$1/fd" | grep -c 'pipe:'; }
is_pipes_of() { [ "$(pipes_of "$1")" = "$2" ]; }
more_rounds() { [ "$(wc -l <"$T/rounds")" -gt "$1" ]; }
parts() { [ "$(grep -c '^part.service: part$' "$T/console")" -ge "$1" ]; }

# --- one life after the other
start_keel --log-option="--directory=$logs"
init=$(keel_init)
pipes=$(pipes_of "$init")
ctl start part.service
ok "each life's last line stands alone" wait_for 10 parts 3
touch "$T/enough"
wait_for 10 state_is part.service inactive
unlike "$(cat "$T/console" "$logs/part.service.log")" "partpart" "neither on the console nor in the file are two of them one"
ok "a service that has ended needs no pipe" wait_for 10 is_pipes_of "$init" "$pipes"

# --- the supervisor dies: the logger goes on
ctl start tick.service fast.service
service=$(main_pid tick.service)
tick before
ok "a service is heard" wait_for 10 has_line "$T/console" '^tick.service: ticker: before 1$'
logger=$(loggers)
old=$(supervisor)
kill -KILL "$old"
wait_for 10 is_another "$old"
tick between
ok "and with a new supervisor" wait_for 10 has_line "$T/console" '^tick.service: ticker: between 2$'
ok "which answers" wait_for 10 ctl list-units
is "$(loggers)" "$logger" "by the same logger"
ok "status shows its lines" wait_for 10 sh -c "'$KEEL_BIN/keelctl' --instance '$KEEL_NAME' status tick.service | grep -q 'between 2'"

# --- the logger dies: another one goes on
kill -KILL "$logger"
tick after
ok "another logger goes on" wait_for 10 has_line "$T/console" '^tick.service: ticker: after 3$'
logger=$(loggers)

# --- both die at once
kill -KILL "$(supervisor)" "$logger"
tick alone
ok "both at once: what was said meanwhile is heard" wait_for 10 has_line "$T/console" '^tick.service: ticker: alone 4$'
is "$(loggers | wc -l)" 1 "by one logger"
ok "no service ended" test -d "/proc/$service"
fails "none got an error" test -e "$T/broken"

# --- one that hangs is replaced, and services go on
ok "the new supervisor answers" wait_for 10 ctl list-units
logger=$(loggers)
kill -STOP "$logger"
ok "a logger that hangs is killed" wait_for 40 gone "$logger"
ok "and that is said" wait_for 10 has_line "$T/console" 'keel-logger does not answer'
rounds=$(wc -l <"$T/rounds")
ok "services write on" wait_for 60 more_rounds $((rounds + 50))
touch "$T/slow"

# --- the end
ctl start last.service
wait_for 10 has_line "$T/console" '^last.service: up$'
begin=$(now_cs)
stop_keel
took=$(($(now_cs) - begin))
is "$(sed -n 's/^last.service: \([0-9]*\)$/\1/p' "$T/console" | cksum)" "$(seq 10000 | cksum)" \
        "10,000 last lines are all on the console, in order"
is "$(cut -d' ' -f2 "$logs/last.service.log" | grep -E '^([0-9]+|bye)$' | cksum)" "$({ seq 10000; echo bye; } | cksum)" "and in the file"
fails "the supervisor did not wait in vain for the logger" has_line "$T/console" 'has not written everything'
ok "and PID 1 had nobody to kill, which it does after 4 s (${took}0 ms)" test "$took" -lt 400

# --- the end at once: PID 1 ends what the supervisor does not wait for
unit slow.service <<E
[Unit]
After=last.service
[Service]
ExecStart=/bin/sleep 1000
ExecStop=/bin/sh -c 'touch $T/slowly; exec sleep 1000'
E
start_keel --log-option="--directory=$logs"
ctl start last.service slow.service
wait_for 10 has_line "$T/console" '^last.service: up$'
kill -INT "$KEEL_PID"
wait_for 10 test -e "$T/slowly"
unlike "$(cat "$T/console")" "^last.service: 10000$" "one service holds the end up"
begin=$(now_cs)
kill -INT "$KEEL_PID"
wait_keel
took=$(($(now_cs) - begin))
is "$(sed -n 's/^last.service: \([0-9]*\)$/\1/p' "$T/console" | cksum)" "$(seq 10000 | cksum)" \
        "at once (${took}0 ms): what the others say then is on the console"

# --- the end while the logger does nothing: nobody but PID 1, who wakes it up, waits for it
start_keel --log-option="--directory=$logs"
ctl start last.service
wait_for 10 has_line "$T/console" '^last.service: up$'
kill -STOP "$(loggers)"
stop_keel
is "$(sed -n 's/^last.service: \([0-9]*\)$/\1/p' "$T/console" | cksum)" "$(seq 10000 | cksum)" \
        "a logger that was stopped: all is on the console, too"
fails "and nobody gave up on it" has_line "$T/console" 'has not written everything'

# --- nobody reads keel's stdout
mkfifo "$T/stdout"
sleep 1000 <>"$T/stdout" &
holder=$!
KEEL_NAME=full-$$
"$KEEL_BIN/keel" run --name "$KEEL_NAME" --units "$UNITS" --log-option="--directory=$logs" --log-option=--block-for=1 \
        >"$T/stdout" 2>"$T/console" </dev/null &
KEEL_PID=$!
wait_for 20 keel_answers_or_ended
ok "nobody reads stdout: services are not held up for good" timeout 30 "$KEEL_BIN/keelctl" --instance "$KEEL_NAME" start much.service
wait_for 10 has_line "$logs/much.service.log" ' 200000$'
is "$(cat "$logs/much.service.log.1" "$logs/much.service.log" | cut -d' ' -f2 | cksum)" "$(seq 200000 | cksum)" \
        "and every line is in the files"
stop_keel
kill "$holder"

# --- an option that the logger does not know
start_keel --log-option=--no-such-thing
ok "the logger's options are not understood: that is said" wait_for 10 has_line "$T/console" 'going on without'
ctl start much.service
ok "and there is a logger" wait_for 10 has_line "$T/console" '^much.service: 200000$'
ctl daemon-reexec
ok "the supervisor gives way to another" wait_for 10 has_line "$T/console" 'took over '
fails "and ends well itself" grep -Eq 'the supervisor .* was killed|free\(\): |double free' "$T/console"
stop_keel
is "$KEEL_STATUS" 0 "keel ends"
