# SPDX-License-Identifier: MIT
# A flood of zombies: all reaped, each told with its own status, memory given back.
# Two tests that make ten thousands of processes do not fit beside each other: there are 32,768 pids.
if [ -z "${ALONE:-}" ] && flock -o /tmp/keel-many-processes.lock true 2>/dev/null; then
        export ALONE=1
        exec flock -o /tmp/keel-many-processes.lock sh "$0"
fi
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
plan 10
keel=$KEEL_BIN/keel
zombies=$HELPERS/zombies
# An emulated processor needs a minute for what a real one does in a second.
many=20000
some=3000
[ -z "${EMULATED:-}" ] || many=1000 some=300

# --- one command
ok "$many zombies are reaped beside one command" "$keel" run -- "$zombies" "$many"
if unshare --pid --fork --mount-proc true 2>/dev/null; then
        # How long it takes is no matter for a test: another program may have the processor. The figures are for people.
        ours=$(unshare --pid --fork --mount-proc "$keel" -- "$zombies" "$many")
        least=$(unshare --pid --fork --mount-proc "$HELPERS/ignoring-init" "$zombies" "$many")
        diag "$many zombies: $ours us; an init that ignores SIGCHLD: $least us"
fi

# --- with a supervisor that acknowledges
start_fake
logged '^kept-all'
init=$(keel_init)
rss() { sed -n 's/^Rss: *\([0-9]*\) kB/\1/p' "/proc/$init/smaps_rollup"; }
before=$(rss)
tell acknowledge
tell spawn "$zombies $many >$T/took"
ok "$many zombies are reaped beside a supervisor" wait_for 30 test -s "$T/took"
diag "$many zombies, each told to a supervisor: $(cat "$T/took") us"
tell spawn 'exit 9'
ok "a service's end among them has its own status" logged "^ended ${many%?}[23] [0-9]+ 2304\$" 20
sequence=$(sed -n "s/^ended \(${many%?}[23]\) .*/\1/p" "$LOG" | tail -n 1)
ok "all are told and acknowledged" logged "^acknowledged $sequence"
after=$(rss)
diag "resident: $before kB before, $after kB after"
ok "their memory is given back" test "$after" -le "$((before + 8))"
ok "PID 1 stays below 100 kB" test "$after" -lt 100

# --- with one that does not acknowledge, and dies
: >"$LOG"
tell kill 9
ok "a successor comes" logged '^kept-all'
tell zombies $some
ok "$some exits are told" wait_for 20 logged_times "$some" '^ended'
first=$(log_count '^ended')
sed -n 's/^ended //p' "$LOG" | sort >"$T/first"
: >"$LOG"
tell kill 9
ok "and told again to the next" wait_for 20 logged_times "$first" '^ended'
sed -n 's/^ended //p' "$LOG" | sort >"$T/second"
# The process that left them was the killed supervisor's child, so its exit is new.
is "$(comm -23 "$T/first" "$T/second" | wc -l | tr -d ' ')" 0 "each with the same number, pid and status"

tell end 1 0 done
wait_keel 10
