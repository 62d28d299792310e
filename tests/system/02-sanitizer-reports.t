# SPDX-License-Identifier: MIT
# A sanitized build: what a sanitizer reports fails the test, wherever it is found; and the supervisor has these options.
. "${0%/*}/lib.sh"
[ -n "$IS_SANITIZED" ] || skip_all "not a sanitized build (make SAN=1)"

plan 7
inner() { (cd "$TOP/tests/system" && REPORT=$1 sh -c '. ./lib.sh; plan 1; pass "it went well"; eval "$REPORT"' ./inner); }
ok "without a report a test is fine" inner :
fails "a file of reports fails it" inner 'echo "ERROR: AddressSanitizer: x" >"$T/sanitizer/report.1"'
fails "a report on the console fails it" inner 'echo "a.c:1:2: runtime error: x" >"$T/console"'
fails "a report on the console of an earlier keel fails it" inner \
        'echo "ERROR: LeakSanitizer: x" >"$T/console"; keep_reports; : >"$T/console"'
start_keel
like "$(tr '\0' '\n' <"/proc/$(cat "/proc/$(keel_init)/task/$(keel_init)/children" | cut -d' ' -f1)/environ")" \
        "^ASAN_OPTIONS=log_path=$T/" "the supervisor writes its reports there"
stop_keel
is "$KEEL_STATUS" 0 "keel ends well"
is "$(sanitizer_reports)" "" "and neither while it ran nor at its end has anything been reported"
