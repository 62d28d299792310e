# SPDX-License-Identifier: MIT
# timeout: 900
# Chaos for a while: kill -9 and SIGSTOP of supervisor and logger, crashes of services, reloads, and jobs of several clients at
# once. Every service keeps its own book, and the books must balance. CHAOS_SECONDS, CHAOS_SERVICES, CHAOS_SEED.
KEEL_PLAIN=yes
. "${0%/*}/lib.sh"
command -v perl >/dev/null || skip_all "no perl"

BOOKS=$(mktemp -d /run/keel-books.XXXXXX)
count=${CHAOS_SERVICES:-${FULL:+200}}
count=${count:-40}
seconds=${CHAOS_SECONDS:-${FULL:+600}}
seconds=${seconds:-20}
n=0
while [ $n -lt "$count" ]; do
        unit c$n.service <<U
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=$HELPERS/book $BOOKS/$n c$n
Restart=always
RestartSec=0
U
        wants="$wants c$n.service"
        n=$((n + 1))
done
printf '[Unit]\nWants=%s\n' "$wants" | unit all.target
plan 4
start_keel
ctl start all.target
nsenter -t "$(keel_init)" -m -p perl "$(cd "${0%/*}" && pwd)/chaos.pl" "$BOOKS" "$KEEL_BIN/keelctl" "$seconds" "$count" >"$T/tap"
grep '^#' "$T/tap" >&2
tap_count=3
grep -v '^#' "$T/tap"
grep -q '^not ok' "$T/tap" && { tap_failed=1; cp "$T/console" /tmp/keel-chaos-console 2>/dev/null; }
stop_keel 60
is "$KEEL_STATUS" 0 "it ends well"
rm -rf "$BOOKS"
