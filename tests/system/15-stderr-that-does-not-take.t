# SPDX-License-Identifier: MIT
# Nobody reads keel's stderr: PID 1 says what it has to say, loses it, and goes on.
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
plan 9

# lives NAME: the supervisor is killed some times, of which each time is said, and then comes the end.
lives() {
        tell hello 1
        ok "$1: the supervisor is greeted" logged '^refused 1 4'
        for i in 1 2 3 4 5 6; do tell kill 9; wait_for 10 logged_times $((i + 1)) '^kept-all'; done
        ok "$1: PID 1 goes on" logged '^welcome run=7 '
        tell end 1 8 'a long reason, to be said at the end of it all'
        ok "$1: the end comes" wait_for 10 keel_ended
        wait_keel 1
        is "$KEEL_STATUS" 8 "$1: with its code"
}

# --- a pipe that is full
mkfifo "$T/pipe"
exec 8<>"$T/pipe"
dd if=/dev/zero of="$T/pipe" bs=4096 count=64 oflag=nonblock conv=notrunc 2>/dev/null
: >"$LOG"
"$T/bin/keel" run >/dev/null 2>"$T/pipe" </dev/null 8>&- &
KEEL_PID=$!
lives "a full pipe"
exec 8>&-

# --- a terminal that is stopped
mkfifo "$T/keys"
exec 7<>"$T/keys"
: >"$LOG"
"$HELPERS/on-terminal" "$T/bin/keel" run >"$T/terminal" 2>&1 <"$T/keys" 7>&- &
KEEL_PID=$!
logged '^kept-all'
echo 'send ^S' >&7
echo 'end' >&7
lives "a stopped terminal"
# The key may take effect a little late.
ok "not all got through" test "$(grep -c 'starting it again' "$T/terminal")" -lt 6
