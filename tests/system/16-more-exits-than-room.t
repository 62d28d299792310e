# SPDX-License-Identifier: MIT
# Nobody acknowledges an exit for long: 65,536 are remembered, what is more is counted and said, and none has another's status.
# Two tests that make ten thousands of processes do not fit beside each other: there are 32,768 pids.
if [ -z "${ALONE:-}" ] && flock -o /tmp/keel-many-processes.lock true 2>/dev/null; then
        export ALONE=1
        exec flock -o /tmp/keel-many-processes.lock sh "$0"
fi
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
ROOM=65536
[ -z "${EMULATED:-}" ] || skip_all "75,000 processes take an emulated processor too long"

plan 15

# books: asks the supervisor what it was told; the words of its answer.
books() {
        books_before=$(log_count '^told ')
        tell report
        wait_for 20 logged_times $((books_before + 1)) '^told '
        grep '^told ' "$LOG" | tail -n 1
}
field() { books | sed "s/.*$1 \([0-9]*\).*/\1/"; }
told_at_least() { [ "$(field told)" -ge "$1" ]; }
rss() { sed -n 's/^Rss: *\([0-9]*\) kB/\1/p' "/proc/$init/smaps_rollup"; }

: >"$FAKE_DIR/silent"
start_fake
logged '^kept-all'
init=$(keel_init)
# There are no more than 32,768 pids at a time.
for n in 1 2 3 4; do
        tell zombies 15000
        wait_for 20 told_at_least $((n * 15000))
done
is "$(field told)" 60000 "60,000 exits are told before any is acknowledged"
is "$(log_count '^dropped')" 0 "there is room for all of them"
tell zombies 15000
ok "a supervisor that is running learns that there was no room for more" logged "^dropped $((75000 - ROOM))\$" 20
said_books=$(books)
is "$(echo "$said_books" | cut -d ' ' -f 1-8)" "told $ROOM first 1 last $ROOM missing 0" "all there is room for are told, in order"
is "$(field wrong)" 0 "each with its own status"
diag "resident: $(rss) kB"

# --- the whole table into the next program, and to the next supervisor
tell reexec 2
ok "PID 1 replaces itself with its table full" logged '^reexeced 1$'
is "$(books)" "$said_books" "nothing is told again"
tell kill 9
ok "a successor comes" logged "^welcome run=2 .* next=[0-9]* pending=$ROOM dropped=[0-9]*\$"
ok "and is told all of them" wait_for 20 told_at_least "$ROOM"
is "$(books)" "$said_books" "the very same"
dropped=$(sed -n 's/^welcome run=2 .* dropped=//p' "$LOG")
ok "it is greeted with what is missing" test "$dropped" -ge $((75000 - ROOM))

# --- afterwards
next=$(sed -n 's/^welcome run=2 .* next=\([0-9]*\) .*/\1/p' "$LOG")
tell ack 1000000000
tell hello 1
logged '^refused 1 4 '
tell spawn 'exit $(($$ & 127))'
ok "once they are acknowledged there is room again" wait_for 10 told_at_least $((ROOM + 1))
is "$(books | cut -d ' ' -f 5-10)" "last $next missing $((next - ROOM - 1)) wrong 0" "the next has its own number and status"
ok "the memory is given back" test "$(rss)" -lt 100
diag "resident: $(rss) kB"
tell end 1 0 done
wait_keel 10
is "$KEEL_STATUS" 0 "and the end comes"
