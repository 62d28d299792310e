# SPDX-License-Identifier: MIT
# keel -- CMD: what is expected of a container's entrypoint, as a subreaper and as PID 1.
. "${0%/*}/lib.sh"
keel=$KEEL_BIN/keel
report=$HELPERS/signal-report
plan 50

# start COMMAND…: in the background, with its output in $T/report, until it is ready.
start() {
        rm -f "$T/report"
        "$@" >"$T/report" 2>"$T/console" </dev/null &
        KEEL_PID=$!
        wait_for 10 has_line "$T/report" '^ready'
}
ends_with() { # STATUS NAME
        wait_keel 5
        is "$KEEL_STATUS" "$1" "$2"
}

as_pid1="unshare --pid --fork --mount-proc"
$as_pid1 true 2>/dev/null || as_pid1="$keel run --"

for how in "" "$as_pid1"; do
        name=${how:+as PID 1: }
        exits 0 "${name}it exits with 0" $how "$keel" -- true
        exits 7 "${name}it exits with the command's status" $how "$keel" -- sh -c 'exit 7'
        exits 255 "${name}with any" $how "$keel" -- sh -c 'exit 255'
        exits 137 "${name}with 128 + 9 for SIGKILL" $how "$keel" -- sh -c 'kill -KILL $$'
        exits 143 "${name}with 128 + 15 for SIGTERM" $how "$keel" -- sh -c 'kill -TERM $$'
        exits 127 "${name}with 127 for what is not found" $how "$keel" -- no-such-command
        exits 127 "${name}also with a path" $how "$keel" -- /no/such
        like "$(cat "$T/out")" '^keel: cannot run /no/such: not found$' "${name}and says so"
        exits 126 "${name}with 126 for what is not executable" $how "$keel" -- /etc/passwd
        like "$(cat "$T/out")" '^keel: cannot run /etc/passwd: permission denied$' "${name}and says so"
        exits 3 "${name}an exit code can be remapped" $how "$keel" --remap 143:3 -- sh -c 'kill -TERM $$'
        exits 7 "${name}the others stay" $how "$keel" --remap 143:0 -e 8:0 -- sh -c 'exit 7'
        like "$($how "$keel" -- sh -c 'echo "$0 $1"' 'a b' '*')" '^a b \*$' "${name}arguments arrive as they are"
        # Orphans: the shell's children outlive it and become ours. Others on this machine may have zombies.
        like "$($how "$keel" -- sh -c '(sleep 0.1 & sleep 0.1 & sleep 0.2 &); sleep 0.6; grep -s "^State:.*Z" $(grep -ls "^PPid:.*[^0-9]$PPID\$" /proc/[0-9]*/status) | wc -l')" '^ *0$' \
                "${name}orphans are reaped"
done

# --- signals
start "$keel" -- "$report" "100$$"
for n in 1 2 3 4 5 6 7 8 10 11 12 13 14 15 16 18 20 21 22 23 24 25 26 27 28 29 30 31 34 40 64; do
        "$HELPERS/send-signal" "$n" "$KEEL_PID"
        wait_for 5 has_line "$T/report" "^$n\$"
done
is "$(sed 1d "$T/report" | sort -n | tr '\n' ' ')" \
        "1 2 3 4 5 6 7 8 10 11 12 13 14 15 16 18 20 21 22 23 24 25 26 27 28 29 30 31 34 40 64 " "every signal is forwarded, and once"
like "$(cat "$T/report")" '^ready .*group=own' "the command has a process group of its own"
kill -KILL "$KEEL_PID"
wait_keel 5
pkill -KILL -f "^$report 100$$\$" || :

start sh -c 'trap "" USR2 HUP; exec "$@"' sh "$keel" -- "$report"
like "$(cat "$T/report")" '^ready mask=0 ignored=80[17] ' "the command gets mask and ignored signals as keel found them"
kill -INT "$KEEL_PID"
ends_with 102 "and ends keel with its status"
start sh -c 'trap "" CHLD; exec "$@"' sh "$keel" -- "$report"
kill -TERM "$KEEL_PID"
ends_with 115 "an ignored SIGCHLD does not make keel lose the status"

start "$keel" --rewrite 15:3 -r SIGHUP:RTMIN+1 --rewrite INT:0 -- "$report" 2
kill -INT "$KEEL_PID"
kill -HUP "$KEEL_PID"
wait_for 5 has_line "$T/report" '^35$'
kill -TERM "$KEEL_PID"
ends_with 103 "signals are rewritten"
is "$(sed 1d "$T/report" | tr '\n' ' ')" "35 3 " "or dropped"

start "$keel" -g -- sh -c 'trap : TERM; "$1" & wait; wait $!; exit $?' sh "$report"
kill -TERM "$KEEL_PID"
ends_with 115 "with --group the whole process group gets the signal"
start "$keel" -- sh -c 'trap "kill -USR1 \$!" TERM; "$1" & wait; wait $!; exit $?' sh "$report"
kill -TERM "$KEEL_PID"
ends_with 110 "without it only the command does"

start $as_pid1 "$keel" -- "$report"
inner=$(keel_init)
kill -USR1 "$inner"
ends_with 110 "as PID 1 signals are forwarded, too"
for n in 1 15 34; do
        start $as_pid1 "$keel" -- "$report"
        "$HELPERS/send-signal" "$n" "$(keel_init)"
        ends_with $((100 + n)) "as PID 1: signal $n"
done

# --- stopping
start "$keel" -- "$report" 9
child=$(pgrep -P "$KEEL_PID")
stopped() { [ "$(status_field "$1" State | cut -c1)" = T ]; }
running() { ! stopped "$1"; }
kill -STOP "$child"
wait_for 5 stopped "$child"
fails "where there is no terminal, a command that was stopped by hand does not stop keel" wait_for 0 stopped "$KEEL_PID"
kill -CONT "$KEEL_PID"
ok "SIGCONT is forwarded" wait_for 5 running "$child"
kill -KILL "$child"
ends_with 137 "a command that is killed from outside ends keel"

# --- subreaper
"$keel" -- sh -c 'echo $PPID >'"$T"'/keel; sh -c "sh -c \"echo \\\$\\\$ >'"$T"'/orphan; exec sleep 5\" &"; sleep 0.1; ps -o ppid= -p $(cat '"$T"'/orphan) >'"$T"'/parent; kill $(cat '"$T"'/orphan)'
is "$(tr -d ' ' <"$T/parent")" "$(cat "$T/keel")" "an orphan becomes keel's child though keel is not PID 1"

# --- the parent's death
sh -c '"$0" --parent-death USR1 -- "$1" >"$2" & sleep 0.4' "$keel" "$report" "$T/report"
ok "the parent's death can be a signal" wait_for 5 has_line "$T/report" '^10$'

# --- the command line
exits 125 "no command: 125" "$keel" --
exits 125 "an unknown option: 125" "$keel" --nonsense -- true
like "$(cat "$T/out")" 'unknown option: --nonsense' "and says which"
exits 125 "a bad value: 125" "$keel" --rewrite TERM -- true
