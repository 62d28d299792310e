# SPDX-License-Identifier: MIT
# keel -- CMD: the contract of a container's small init, here as a subreaper since it is not PID 1.
. "${0%/*}/lib.sh"
plan 12
KEEL=$KEEL_BIN/keel

exits 0 "status 0" "$KEEL" -- true
exits 3 "status 3" "$KEEL" -- sh -c 'exit 3'
exits 137 "killed by SIGKILL: 137" "$KEEL" -- sh -c 'kill -KILL $$'
exits 127 "a command that does not exist: 127" "$KEEL" -- "$T/nothing"
like "$(cat "$T/out")" 'nothing' "and it says which"
echo hello >"$T/text"
exits 126 "a command that cannot be run: 126" "$KEEL" -- "$T/text"

"$KEEL" -- sh -c 'trap "exit 12" TERM; echo up; while :; do sleep 0.05; done' >"$T/up" &
pid=$!
wait_for 10 has_line "$T/up" up
kill -TERM $pid
wait $pid
is "$?" 12 "SIGTERM is forwarded"

"$KEEL" --rewrite 15:2 -- sh -c 'trap "exit 44" INT; echo up; while :; do sleep 0.05; done' >"$T/up2" &
pid=$!
wait_for 10 has_line "$T/up2" up
kill -TERM $pid
wait $pid
is "$?" 44 "a signal can be rewritten"

# Orphans: the subshells end at once, their children become keel's and end while the command still runs.
"$KEEL" run -- sh -c '
        i=0
        while [ $i -lt 200 ]; do (sh -c ":" & ) ; i=$((i+1)); done
        j=0
        while [ $j -lt 500 ]; do
                z=$(grep -l "^State:.*Z" /proc/[0-9]*/status 2>/dev/null | wc -l)
                [ "$z" = 0 ] && exit 0
                j=$((j+1)); sleep 0.02
        done
        exit 1' 2>/dev/null
is "$?" 0 "orphans inside are reaped"

out=$(echo word | "$KEEL" -- cat)
is "$out" word "stdin and stdout are the command's"
is "$("$KEEL" -- sh -c 'echo "$1 $2"' x 'a b' '*')" 'a b *' "arguments arrive as they are"
is "$(A=1 "$KEEL" -- sh -c 'echo $A')" 1 "the environment, too"
