# SPDX-License-Identifier: MIT
# keel run -- CMD: a command in pid, mount and cgroup namespaces of its own, with /proc to match.
. "${0%/*}/lib.sh"
plan 9
KEEL=$KEEL_BIN/keel

out=$("$KEEL" run -- sh -c 'readlink /proc/self/ns/pid; readlink /proc/1/exe; ls -d /proc/[0-9]* | wc -l' 2>"$T/err")
is "$?" 0 "keel run -- CMD gives the command's exit status"
unlike "$out" "^$(readlink /proc/self/ns/pid | sed 's/[][]/\\&/g')\$" "the command is in another pid namespace"
like "$out" '/keel$' "PID 1 there is keel"
like "$out" '^[1-6]$' "its /proc shows only what is inside"

"$KEEL" run -- sh -c 'exit 7' 2>/dev/null
is "$?" 7 "another exit status comes through"
"$KEEL" run -- sh -c 'kill -TERM $$; sleep 5' 2>/dev/null
is "$?" 143 "death by a signal is 128+N"

"$KEEL" run -- sh -c 'trap "exit 33" USR1; echo up; while :; do sleep 0.05; done' >"$T/up" 2>/dev/null &
pid=$!
wait_for 10 has_line "$T/up" up
kill -USR1 $pid
wait $pid
is "$?" 33 "a signal to the process outside reaches the command inside"

before=$(cat /proc/mounts)
"$KEEL" run -- sh -c 'mount -t tmpfs none /mnt 2>/dev/null; true' 2>/dev/null
is "$(cat /proc/mounts)" "$before" "what the command mounts stays inside"

# A time that no other test sleeps for.
"$KEEL" run -- sh -c "sleep 9$$ & sleep 8$$ & exit 0" 2>/dev/null
fails "nothing survives the command" sh -c "grep -slz '^[89]$$\$' /proc/[0-9]*/cmdline | grep -q ."
