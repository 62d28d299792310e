# SPDX-License-Identifier: MIT
# lib.sh of the crash tests: what they share beyond tests/system/lib.sh.
#
# The seam build (make SEAM=1) of the supervisor kills itself at its N-th system call; a plan says at which, one line for each
# supervisor to come. FULL=1 runs everything, else a sample that is spread over all of it.
[ -n "${KEEL_PLAIN:-}" ] || KEEL_BIN=$(cd "${0%/*}/../.." && pwd)/${BUILD:-build}-seam
HELPERS=$(cd "${0%/*}/../.." && pwd)/${BUILD:-build}/tests/helpers
. "${0%/*}/../system/lib.sh"

# supervisor: the host's pid of the one that lives now.
supervisor() {
        for p in $(cat "/proc/$(keel_init)/task/$(keel_init)/children" 2>/dev/null); do
                case $(status_field "$p" Name) in keel-supervisor*) echo "$p" ;; esac
        done
}
is_another() { another=$(supervisor) && [ -n "$another" ] && [ "$another" != "$1" ]; }
# The numbers FROM…TO: all of them in full, else COUNT of them, spread evenly and not at round places.
sample() { # FROM TO COUNT
        if [ -n "${FULL:-}" ]; then
                seq "$1" "$2"
        else
                awk -v from="$1" -v to="$2" -v n="$3" -v off="${CRASH_OFFSET:-0}" 'BEGIN {
                        step = (to - from + 1) / n
                        if (step < 1) { step = 1; n = to - from + 1 }
                        for (i = 0; i < n; i++) print int(from + i * step + (off * 7 + i * 3) % int(step + 0.999))
                }'
        fi
}
