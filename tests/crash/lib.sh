# SPDX-License-Identifier: MIT
# lib.sh of the crash tests: what they share beyond tests/system/lib.sh.
#
# The seam build (make SEAM=1) of the supervisor kills itself at its N-th system call; a plan says at which, one line for each
# supervisor to come. FULL=1 runs everything, else a sample that is spread over all of it.
[ -n "${KEEL_PLAIN:-}" ] || KEEL_BIN=$(cd "${0%/*}/../.." && pwd)/${BUILD:-build}-seam
HELPERS=$(cd "${0%/*}/../.." && pwd)/${BUILD:-build}/tests/helpers
. "${0%/*}/../system/lib.sh"

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

# --- services that keep their own books (tests/helpers/book): a line for each thing that was done to them ----------------
open_books() { # not below /tmp: some services have a private one
        BOOK=$(mktemp -d /run/keel-book.XXXXXX) && chmod 1777 "$BOOK"
}
starts() { grep -c '^start' "$BOOK/$1"; }
came_back() { [ "$(starts "$1")" = "$2" ] && state_is "$1.service" active; } # NAME TIMES: starts so far; and it runs
runs_unit() { # NAME: runs until it is stopped
        unit "$1.service" <<U
[Service]
ExecStart=$HELPERS/book $BOOK/$1 $1
U
}
again_unit() { # NAME: is started again, whatever ends it and however often
        unit "$1.service" <<U
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=$HELPERS/book $BOOK/$1 $1
Restart=always
RestartSec=0
U
}
once_unit() { # NAME: does its work once, and is active from then on
        unit "$1.service" <<U
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo start >>$BOOK/$1'
U
}

# --- chaos ---------------------------------------------------------------------------------------------------------------
# chaos SERVICES SECONDS [FOLDER]: three tests. So many services, and for so long what chaos.pl does to them, to supervisors and to
# loggers; programs in the FOLDER are exchanged, too. CHAOS_SERVICES and CHAOS_SECONDS override. What it says is in $T/tap.
chaos() {
        chaos_count=${CHAOS_SERVICES:-$1} chaos_seconds=${CHAOS_SECONDS:-$2}
        open_books
        for chaos_n in $(seq 0 $((chaos_count - 1))); do again_unit "c$chaos_n"; done
        printf '[Unit]\nWants=%s\n' "$(seq -f 'c%g.service' -s ' ' 0 $((chaos_count - 1)))" | unit all.target
        start_keel
        ctl start all.target
        nsenter -t "$(keel_init)" -m -p perl "$(cd "${0%/*}" && pwd)/chaos.pl" "$BOOK" "$KEEL_BIN/keelctl" \
                "$chaos_seconds" "$chaos_count" ${3:+"$3"} >"$T/tap"
        grep '^#' "$T/tap" >&2
        tap_count=$((tap_count + 3))
        grep -v '^#' "$T/tap"
        grep -q '^not ok' "$T/tap" && { tap_failed=1; cp "$T/console" /tmp/keel-chaos-console 2>/dev/null; }
}
