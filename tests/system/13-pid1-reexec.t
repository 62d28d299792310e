# SPDX-License-Identifier: MIT
# PID 1 replaces itself: processes, statuses, kept fds and the supervisor's line stay; and it stays itself when that cannot be.
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
plan 45

# another_binary HELPER-OR-PATH: what is at keel's path from now on.
another_binary() { cp "$1" "$T/bin/new" && mv "$T/bin/new" "$T/bin/keel"; }
exe() { readlink "/proc/$init/exe"; }
inode() { stat -L -c %i "/proc/$init/exe"; }
rss() { sed -n 's/^Rss: *\([0-9]*\) kB/\1/p' "/proc/$init/smaps_rollup"; }
open_fds() { ls "/proc/$init/fd" | wc -l | tr -d ' '; }
no_child_fds_leak() { [ "$(open_fds)" -le "$1" ]; }

start_fake --name reexec --units /none --log-level debug
logged '^kept-all'
init=$(keel_init)
mkfifo "$FAKE_DIR/gate" "$FAKE_DIR/gate2"
tell keep log:web.service first
tell keep notify second
tell keep gone third
tell drop gone
tell spawn 'read line <'"$FAKE_DIR"'/gate; exit 7'
tell spawn 'read line <'"$FAKE_DIR"'/gate2; exit 8'
wait_for 10 logged_times 2 '^spawned'
service=$(log_line 1 '^spawned' | sed 's/.* //')
second=$(log_line 2 '^spawned' | sed 's/.* //')
tell spawn 'exit 5'
ok "an exit is told, and not acknowledged" logged '^ended 1 [0-9]+ 1280$'
supervisor=$(supervisor_pid)
fds=$(open_fds)
before=$(inode)

# --- over
another_binary "$KEEL_BIN/keel"
tell reexec 2
ok "the supervisor is told when it is done" logged '^reexeced 1$'
is "$(readlink "/proc/$init/exe")" "$T/bin/keel" "it runs what is at its path now"
ok "which is another file" test "$(inode)" != "$before"
is "$(status_field "$init" Name)" keel "its name stays"
is "$(tr '\0' ' ' <"/proc/$init/cmdline")" "$T/bin/keel run --name reexec --units /none --log-level debug " "so does its command line"
ok "the supervisor goes on" kill -0 "$supervisor"
is "$(log_count '^started')" 1 "none was started"
is "$(log_count '^ended 1 ')" 1 "what it was told is not told again"
is "$(open_fds)" "$fds" "no fd more and none less"
echo go >"$FAKE_DIR/gate"
ok "a service that ends afterwards is told with its status" logged "^ended 2 $service 1792\$"
tell keep after fourth
tell drop notify
tell hello 1
ok "the line works on" logged '^refused 1 4 '
kill -USR1 "$KEEL_PID"
ok "so do signals" logged '^signal 10 from 0$'

# --- what a successor is told is complete
kill -KILL "$supervisor"
ok "a supervisor that is killed is replaced" logged '^welcome run=2 init=1 parent=1 flags=49 next=3 '
ok "and greeted in full" wait_for 10 logged_times 2 '^kept-all$'
is "$(sed -n '/run=2/,$s/^kept \([a-z]\)/\1/p' "$LOG" | sort | tr '\n' ' ')" "after fourth log:web.service first " \
        "with what was kept before, and after"
ok "with every exit that nobody acknowledged" wait_for 10 logged_times 2 '^ended 1 [0-9]+ 1280$'
ok "each" wait_for 10 logged_times 2 "^ended 2 $service 1792\$"
like "$(log_line 2 '^started')" "pid=[0-9]+ --units debug nofile=$(ulimit -Hn) soft=$(ulimit -Sn)" \
        "it gets the same words, and the same limits"

# --- an exit in the very moment, and again and again
tell ack 2
sequence=2
for i in 2 3 4 5 6; do
        another_binary "$KEEL_BIN/keel"
        for n in 1 2 3 4 5 6 7 8 9 10; do echo "spawn exit $n" >&9; done
        tell reexec 2
        for n in 1 2 3 4 5 6 7 8 9 10; do echo "spawn exit 1$n" >&9; done
        logged "^reexeced $i\$"
done
ok "of processes that end meanwhile none is lost" logged '^ended 102 '
is "$(sed -n 's/^ended \([0-9]*\) .*/\1/p' "$LOG" | awk '$1 > 2' | sort -n | uniq | wc -l | tr -d ' ')" 100 "none is told twice, each has its number"
is "$(sed -n 's/^ended \([0-9]*\) [0-9]* \([0-9]*\)/\1 \2/p' "$LOG" | awk '$1 > 2 { n += $2 / 256 } END { print n }')" \
        1500 "each its status"
tell ack 102
ok "the tables do not grow" no_child_fds_leak "$fds"
ok "PID 1 stays below 100 kB" test "$(rss)" -lt 100
diag "resident: $(rss) kB"
ok "the service that ran throughout does" kill -0 "$(host_pid "$second")"

# --- what cannot be
: >"$LOG"
rm "$T/bin/keel"
tell reexec 2
ok "no program at its path: refused" logged '^refused 7 5 cannot open it: not found$'
another_binary "$HELPERS/other-init"
echo newer >"$FAKE_DIR/other"
tell reexec 2
ok "one that cannot take over: refused" logged '^refused 7 5 asked whether it can take over, it exited with 1$'
echo silent >"$FAKE_DIR/other"
tell reexec 2
tell reexec 2
ok "one at a time" logged '^refused 7 4 another one is under way'
tell spawn 'exit 3'
ok "one that does not answer holds nothing up" logged '^ended 103 [0-9]+ 768$'
ok "and is given up" logged '^refused 7 5 .*it does not answer' 15
echo '#!/bin/sh' >"$T/bin/script"
chmod 755 "$T/bin/script"
another_binary "$T/bin/script"
tell reexec 2
ok "a script is no PID 1" logged '^refused 7 5 asked whether it can take over, it exited with 126'
tell reexec 9
ok "so is what nobody knows" logged '^refused 7 4 '
like "$(cat "$T/console")" "not replaced by $T/bin/keel: cannot open it: not found" "each is said"
is "$(log_count '^reexeced')" 0 "and nothing happened"
another_binary "$KEEL_BIN/keel"
tell reexec 2
ok "afterwards it works as before" logged '^reexeced 7$'
echo go >"$FAKE_DIR/gate2"
ok "and the service's status comes" logged "^ended 104 $second 2048\$"

# --- one that says it can, and then cannot read a word
tell spawn 'exec sleep 1005'
wait_for 10 logged_times 2 '^spawned'
service=$(host_pid "$(log_line 2 '^spawned' | sed 's/.* //')")
: >"$LOG"
cp "$KEEL_BIN/keel" "$T/bin/keel-real"
another_binary "$HELPERS/other-init"
echo "liar $T/bin/keel-real" >"$FAKE_DIR/other"
tell reexec 2
ok "a state that cannot be read: PID 1 goes on all the same" logged '^welcome run=1 init=1 parent=1 flags=49 '
said 'going on with its processes only'
like "$(cat "$T/console")" 'cannot read what the program before knew' "which is said"
ok "its processes are still there" kill -0 "$service"
is "$(status_field "$service" PPid)" "$init" "and its own"
like "$(log_line 1 '^started')" 'pid=[0-9]+ --units debug ' "the supervisor gets its words"
tell end 1 6 done
wait_keel 10
is "$KEEL_STATUS" 6 "and the end comes with its code"

# --- without namespaces
another_binary "$KEEL_BIN/keel"
: >"$LOG"
start_fake --no-namespaces
logged '^kept-all'
init=$KEEL_PID
tell reexec 2
ok "a subreaper can do it, too" logged '^reexeced 1$'
tell spawn '(setsid sh -c "read x <'"$FAKE_DIR"'/gate; exit 9" &) ; exit 4'
logged '^ended 1 [0-9]+ 1024$'
echo go >"$FAKE_DIR/gate"
ok "and is one afterwards" logged '^ended 2 [0-9]+ 2304$'
tell end 1 3 done
wait_keel 10
is "$KEEL_STATUS" 3 "and ends as ever"
