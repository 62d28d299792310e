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

plan 6
if [ -n "${FULL:-}" ]; then chaos 100 200 "$KEEL_BIN"; else chaos 20 15 "$KEEL_BIN"; fi
like "$(cat "$T/tap")" '[0-9] daemon-reexec' "supervisors were replaced"
ok "PID 1 was, too" has_line "$T/console" 'PID 1 has replaced itself'
stop_keel 60
is "$KEEL_STATUS" 0 "it ends well"
rm -rf "$BOOK"
