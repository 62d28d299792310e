# SPDX-License-Identifier: MIT
# timeout: 900
# Chaos for a while: kill -9 and SIGSTOP of supervisor and logger, crashes of services, reloads, and jobs of several clients at
# once. Every service keeps its own book, and the books must balance. CHAOS_SECONDS, CHAOS_SERVICES, CHAOS_SEED.
KEEL_PLAIN=yes
. "${0%/*}/lib.sh"
command -v perl >/dev/null || skip_all "no perl"

plan 4
if [ -n "${FULL:-}" ]; then chaos 200 600; else chaos 40 20; fi
stop_keel 60
is "$KEEL_STATUS" 0 "it ends well"
rm -rf "$BOOK"
