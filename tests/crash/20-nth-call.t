# SPDX-License-Identifier: MIT
# timeout: 14000
# The supervisor is killed at its N-th system call, for N = 1, 2, 3 … to the end of the script; then its successor at its own;
# and that one's successor, too. Nothing may be lost, doubled or started again, and nothing may be left over.
. "${0%/*}/lib.sh"
. "${0%/*}/workload.sh"
[ -x "$KEEL_BIN/keel-supervisor" ] || skip_all "no build with crash points: make tests"

write_units
expected >"$T/expected"
deaths() { grep -c 'the supervisor (pid .*) was killed by SIGKILL' "$T/console"; }
cgroups_of() { cgroup_path "$1" | sed 's|/init.scope$||'; }

# run NAME PLAN…: the workload, with a supervisor that dies at each number of the plan in turn.
run() {
        run_name=$1
        shift
        printf '%s\n' "$@" >"$T/plan"
        rm -f "$BOOK"/* "$T"/fork.pid
        export KEEL_CRASH_PLAN="$T/plan"
        start_keel
        run_group=$(cgroups_of "$(keel_init)")
        run_script
        wait_for 20 handler_was_there
        observed >"$T/observed"
        run_deaths=$(deaths)
        stop_keel
        {
                cat "$T/observed"
                [ "$KEEL_STATUS" = 0 ] || echo "keel's exit status is $KEEL_STATUS"
                [ -z "$run_group" ] || [ ! -d "$run_group" ] || echo "left over: $run_group"
        } >"$T/outcome"
        if cmp -s "$T/expected" "$T/outcome"; then
                pass "$run_name"
        else
                fail "$run_name"
                diag "$(diff "$T/expected" "$T/outcome")"
                diag "$(cat "$T/clients.err")"
                diag "$(tail -n 60 "$T/console")"
        fi
}

# Which calls: the whole script makes fewer than CALLS, a successor's adoption fewer than ADOPTION.
for n in $(sample 1 "${CALLS:-1700}" 12); do run "killed at call $n" "$n"; done
for at in ${FULL:+70 150 230 300} 420; do
        for n in $(sample 1 "${ADOPTION:-330}" 3); do
                run "killed at call $at, its successor at call $n, and that one's" "$at" "$n" "$n"
        done
done
rm -rf "$BOOK"
echo "1..$tap_count"
