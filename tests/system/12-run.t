# SPDX-License-Identifier: MIT
# keel run: namespaces of its own around one command or a supervisor, and an ordinary program to whoever started it.
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
keel=$T/bin/keel
plan 45
isnt() {
        if [ "$1" != "$2" ]; then pass "$3"; else fail "$3 (both: $1)"; fi
}

"$keel" run -- true 2>"$T/console"
if grep -q 'cannot make namespaces' "$T/console"; then skip_all "no right to make namespaces"; fi

# --- one command
exits 7 "the exit status comes out" "$keel" run -- sh -c 'exit 7'
exits 139 "a signal comes out as 128 + N" "$keel" run -- sh -c 'kill -SEGV $$'
exits 127 "what is not found is 127" "$keel" run -- /no/such
exits 5 "remapping works in there" "$keel" run --remap 9:5 -- sh -c 'exit 9'
is "$("$keel" run -- sh -c 'echo $$')" 2 "the command is process 2"
is "$("$keel" run -- ps -e -o comm= | tr -s '\n ' ' ')" "keel ps " "ps shows only the inside"
is "$("$keel" run -- sh -c 'set -- /proc/[0-9]*; echo $#')" 2 "so does /proc"
for ns in pid mnt ipc uts; do
        isnt "$("$keel" run -- readlink "/proc/self/ns/$ns")" "$(readlink "/proc/self/ns/$ns")" "a new $ns namespace"
done
is "$("$keel" run -- readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)" "the network is the host's"
isnt "$("$keel" run --net -- readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)" "but on request"
like "$("$keel" run --net -- sh -c 'ls /sys/class/net; cat /sys/class/net/lo/flags')" '^0x9$' "with the loopback device up, and only that"
"$keel" run -- sh -c "mount -t tmpfs none /mnt && touch /mnt/inside"
fails "mounts stay inside" test -e /mnt/inside
is "$("$keel" run -- sh -c 'hostname inside; hostname')" inside "the host name can be changed"
isnt "$(hostname)" inside "inside only"

# --- the cgroup
# run_in_group SCRIPT: runs it so; leaves the proxy's cgroup, if it is still there, in $left.
run_in_group() {
        "$keel" run -- sh -c "$1" &
        proxy=$!
        wait "$proxy"
        left=$(find /sys/fs/cgroup -maxdepth 5 -name "keel-$proxy" -type d 2>/dev/null)
}
if "$keel" run -- true 2>&1 | grep -q 'no cgroup'; then
        skip 7 "no cgroup of our own"
else
        is "$("$keel" run -- sed -n 's/^0:://p' /proc/self/cgroup)" / "it is the root of its own cgroup tree"
        like "$("$keel" run -- cat /proc/mounts)" ' /sys/fs/cgroup cgroup2 ' "which is mounted where all look for it"
        like "$("$keel" run -- sh -c 'mkdir /sys/fs/cgroup/a && echo $$ >/sys/fs/cgroup/a/cgroup.procs && cat /proc/self/cgroup')" \
                '^0::/a$' "and can be divided"
        run_in_group 'mkdir -p /sys/fs/cgroup/a/b/c'
        is "$left" "" "nothing of it is left afterwards"
        run_in_group 'mkdir /sys/fs/cgroup/a; sleep 1001 & echo $! >/sys/fs/cgroup/a/cgroup.procs'
        is "$left" "" "also when there were processes in it"
        sleep 1002 &
        outsider=$!
        mkfifo "$T/made" "$T/joined"
        "$keel" run -- sh -c "mkdir /sys/fs/cgroup/a; echo >$T/made; read -r line <$T/joined" &
        proxy=$!
        read -r line <"$T/made"
        group=$(find /sys/fs/cgroup -maxdepth 5 -name "keel-$proxy" -type d)
        echo "$outsider" >"$group/a/cgroup.procs"
        echo >"$T/joined"
        wait "$proxy"
        ok "who was put there from outside ends with it" wait_for 5 gone "$outsider"
        fails "and it is gone all the same" test -d "$group"
fi

# --- signals
"$keel" run -- "$HELPERS/signal-report" 3 >"$T/report" &
KEEL_PID=$!
wait_for 5 has_line "$T/report" ^ready
kill -USR1 "$KEEL_PID"
wait_for 5 has_line "$T/report" '^10$'
kill -HUP "$KEEL_PID"
wait_for 5 has_line "$T/report" '^1$'
kill -TERM "$KEEL_PID"
wait_keel 5
is "$KEEL_STATUS" 115 "signals go in"
is "$(sed 1d "$T/report" | tr '\n' ' ')" "10 1 15 " "each once"

"$keel" run -- sleep "2$$" & # a time that no other test sleeps for
KEEL_PID=$!
wait_for 5 pgrep -f "^sleep 2$$\$"
inner=$(keel_init)
killed=$KEEL_PID
kill -KILL "$KEEL_PID"
ok "who kills the proxy ends the command, too" wait_for 5 gone "$inner"
wait "$KEEL_PID" 2>/dev/null
KEEL_PID=
find /sys/fs/cgroup -maxdepth 3 -name "keel-$killed" -type d -exec rmdir {} \; 2>/dev/null

# --- without rights
as_nobody="setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/ XDG_RUNTIME_DIR="
if [ "$(id -u)" = 0 ] && $as_nobody "$keel" run -- true 2>/dev/null; then
        is "$($as_nobody "$keel" run -- sh -c 'id -u; ps -e -o comm=' 2>"$T/err" | tr -s '\n ' ' ')" "0 keel sh ps " \
                "a user gets a user namespace, and is root there"
        like "$(cat "$T/err")" 'no cgroup of our own' "what is not allowed is said"
        exits 9 "the status comes out there, too" $as_nobody "$keel" run -- sh -c 'exit 9'
else
        skip 3 "no user namespaces"
fi
# The limits of a user namespace of our own.
no_ns='echo 0 >/proc/sys/user/max_pid_namespaces && echo 0 >/proc/sys/user/max_user_namespaces'
if unshare --user --map-root-user sh -c "$no_ns" 2>/dev/null; then
        is "$(unshare --user --map-root-user sh -c "$no_ns; $keel run -- sh -c 'echo ran; exit 3'; echo \$?" 2>"$T/err" | tr '\n' ' ')" "ran 3 " \
                "without the right it goes on as a subreaper"
        like "$(cat "$T/err")" 'cannot make namespaces: .*: going on without, as a subreaper' "and says so"
else
        skip 2 "no way to take the right away"
fi

# --- a supervisor inside
start_fake --name n1
ok "a supervisor runs inside" logged '^kept-all'
like "$(log_line 1 '^started')" 'pid=2$|pid=2 ' "as process 2"
instance=/run/keel/instances/n1
is "$(cat "$instance/pid")" "$KEEL_PID" "the host sees the instance's folder"
tell spawn 'ps -e -o comm= >'"$T/ps"'; echo inside >/run/keel/control'
ok "which is /run/keel inside" wait_for 5 test -s "$instance/control"
like "$(cat "$T/ps")" '^keel-supervisor' "and the supervisor is seen there"
exits 125 "a name is used once" "$keel" run --name n1
like "$(cat "$T/out")" 'is running' "and it is said that it runs"
kill -INT "$KEEL_PID"
ok "signals reach the supervisor" logged '^signal 2 from 0'
tell end 1 6 done
wait_keel 10
is "$KEEL_STATUS" 6 "its exit code comes out"
fails "the folder is gone" test -e "$instance"
: >"$LOG"
start_fake --name n2
logged '^kept-all'
inner=$(keel_init)
killed=$KEEL_PID
kill -KILL "$KEEL_PID"
wait "$KEEL_PID" 2>/dev/null
ok "who kills the proxy asks the supervisor for the end" logged '^signal 15 '
tell end 1 0 done
ok "and the end comes" wait_for 9 gone "$inner"
KEEL_PID=
: >"$LOG"
start_fake --name n2
ok "what a killed proxy left behind does not stop the next" logged '^kept-all'
tell end 1 0 done
wait_keel 10
find /sys/fs/cgroup -maxdepth 3 -name "keel-$killed" -type d -exec rmdir {} \; 2>/dev/null
:
