# SPDX-License-Identifier: MIT
# A flood of zombies: all reaped, each told with its own status, memory given back; and as fast as can be.
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
plan 11
keel=$KEEL_BIN/keel
zombies=$HELPERS/zombies

# --- one command
ok "20,000 zombies are reaped beside one command" "$keel" run -- "$zombies" 20000
# The best of five each, in turn, since the machine has other things to do, and again if it has too many.
fast_enough() {
        for round in 1 2 3; do
                rm -f "$T/ours" "$T/least"
                for i in 1 2 3 4 5; do
                        unshare --pid --fork --mount-proc "$keel" -- "$zombies" 20000 >>"$T/ours"
                        unshare --pid --fork --mount-proc "$HELPERS/ignoring-init" "$zombies" 20000 >>"$T/least"
                done
                ours=$(sort -n "$T/ours" | head -n 1)
                least=$(sort -n "$T/least" | head -n 1)
                diag "20,000 zombies: $ours us; an init that ignores SIGCHLD: $least us"
                [ $((ours * 10)) -gt $((least * 15)) ] || return 0
        done
        return 1
}
if unshare --pid --fork --mount-proc true 2>/dev/null; then
        ok "that takes no longer than 1.5 times what it takes the kernel alone" fast_enough
else
        skip 1 "no right to make namespaces"
fi

# --- with a supervisor that acknowledges
start_fake
logged '^kept-all'
init=$(keel_init)
rss() { sed -n 's/^Rss: *\([0-9]*\) kB/\1/p' "/proc/$init/smaps_rollup"; }
before=$(rss)
tell acknowledge
tell spawn "$zombies 20000 >$T/took"
ok "20,000 zombies are reaped beside a supervisor" wait_for 30 test -s "$T/took"
diag "20,000 zombies, each told to a supervisor: $(cat "$T/took") us"
tell spawn 'exit 9'
ok "a service's end among them has its own status" logged '^ended 2000[23] [0-9]+ 2304$' 20
sequence=$(sed -n 's/^ended \(2000[23]\) .*/\1/p' "$LOG" | tail -n 1)
ok "all are told and acknowledged" logged "^acknowledged $sequence"
after=$(rss)
diag "resident: $before kB before, $after kB after"
ok "their memory is given back" test "$after" -le "$((before + 8))"
ok "PID 1 stays below 100 kB" test "$after" -lt 100

# --- with one that does not acknowledge, and dies
: >"$LOG"
tell kill 9
ok "a successor comes" logged '^kept-all'
tell zombies 3000
ok "3000 exits are told" wait_for 20 logged_times 3000 '^ended'
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
