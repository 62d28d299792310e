# SPDX-License-Identifier: MIT
# timeout: 900
# Chaos (30-chaos.t), and upgrades in the middle of it: the supervisor by another version and back, and PID 1 by another file. The
# books must balance. CHAOS_SECONDS, CHAOS_SERVICES, CHAOS_SEED.
. "${0%/*}/lib.sh"
command -v perl >/dev/null || skip_all "no perl"
[ -x "$KEEL_BIN/other/keel-supervisor-next" ] || skip_all "no supervisor of another version: make tests"

built=$KEEL_BIN
mkdir -p "$T/keel/bin"
ln -s "$TOP/units" "$T/keel/units"
for name in keel keelctl keel-logger keel-supervisor; do cp "$built/$name" "$T/keel/bin/"; done
KEEL_BIN=$T/keel/bin
cp "$built/keel" "$KEEL_BIN/keel-0"
cp "$built/keel" "$KEEL_BIN/keel-1"
cp "$built/keel-supervisor" "$KEEL_BIN/keel-supervisor-0"
cp "$built/other/keel-supervisor-next" "$KEEL_BIN/keel-supervisor-1"

BOOKS=$(mktemp -d /run/keel-books.XXXXXX)
count=${CHAOS_SERVICES:-${FULL:+100}}
count=${count:-20}
seconds=${CHAOS_SECONDS:-${FULL:+200}}
seconds=${seconds:-15}
for n in $(seq 0 $((count - 1))); do
        unit "c$n.service" <<U
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=$HELPERS/book $BOOKS/$n c$n
Restart=always
RestartSec=0
U
done
printf '[Unit]\nWants=%s\n' "$(seq -f 'c%g.service' -s ' ' 0 $((count - 1)))" | unit all.target
plan 6
start_keel
ctl start all.target
nsenter -t "$(keel_init)" -m -p perl "$(cd "${0%/*}" && pwd)/chaos.pl" "$BOOKS" "$KEEL_BIN/keelctl" "$seconds" "$count" "$KEEL_BIN" >"$T/tap"
grep '^#' "$T/tap" >&2
tap_count=3
grep -v '^#' "$T/tap"
grep -q '^not ok' "$T/tap" && { tap_failed=1; cp "$T/console" /tmp/keel-chaos-console 2>/dev/null; }
like "$(cat "$T/tap")" '[0-9] daemon-reexec' "supervisors were replaced"
ok "PID 1 was, too" has_line "$T/console" 'PID 1 has replaced itself'
stop_keel 60
is "$KEEL_STATUS" 0 "it ends well"
rm -rf "$BOOKS"
