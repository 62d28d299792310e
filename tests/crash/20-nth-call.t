# SPDX-License-Identifier: MIT
# timeout: 14000
# The supervisor is killed at its N-th system call, for N = 1, 2, 3 … to the end of the script; then its successor at its own;
# and that one's successor, too. Nothing may be lost, doubled or started again, and nothing may be left over.
. "${0%/*}/lib.sh"
. "${0%/*}/workload.sh"
[ -x "$KEEL_BIN/keel-supervisor" ] || skip_all "no build with crash points: make tests"

write_units
# Which calls: the whole script makes fewer than CALLS, a successor's adoption fewer than ADOPTION.
for n in $(sample 1 "${CALLS:-1700}" 12); do run "killed at call $n" "$n"; done
for at in ${FULL:+70 150 230 300} 420; do
        for n in $(sample 1 "${ADOPTION:-330}" 3); do
                run "killed at call $at, its successor at call $n, and that one's" "$at" "$n" "$n"
        done
done
rm -rf "$BOOK"
echo "1..$tap_count"
