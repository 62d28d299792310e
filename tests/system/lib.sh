# SPDX-License-Identifier: MIT
# lib.sh: what the system tests share. A test sources it first:  . "${0%/*}/lib.sh"
#
# It runs the real keel in namespaces of its own, talks to it with keelctl, and looks at the result from outside: at /proc
# and the cgroup files as the host sees them. It waits for events with a deadline, never for a time. Plain POSIX sh; TAP
# on stdout. What a test starts ends with it, however it ends.

TOP=$(cd "${0%/*}" && pwd)
while [ ! -e "$TOP/tests/system/lib.sh" ]; do TOP=${TOP%/*}; done
KEEL_BIN=${KEEL_BIN:-$TOP/${BUILD:-build}}
HELPERS=${HELPERS:-$KEEL_BIN/tests/helpers}
T=$(mktemp -d /tmp/keel-test.XXXXXX) || exit 1
chmod 755 "$T"
UNITS=$T/units
mkdir "$UNITS"
KEEL_NAME=
KEEL_PID=
KEEL_STATUS=
tap_count=0
tap_failed=0
tap_plan=0

# A sanitized build (make SAN=1) reports into files below the test's folder; who was given an environment of its own or another
# user (keel-logger) into what is its stderr: keel's console. One report anywhere, and the test fails.
IS_SANITIZED=
if grep -q __asan_init "$KEEL_BIN/keelctl" 2>/dev/null; then
        IS_SANITIZED=yes
        mkdir -m 1777 "$T/sanitizer"
        chmod 1777 "$T/sanitizer"
        ASAN_OPTIONS=log_path=$T/sanitizer/report:detect_leaks=${LEAKS:-1}${ASAN_OPTIONS:+:$ASAN_OPTIONS}
        UBSAN_OPTIONS=log_path=$T/sanitizer/report:print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}
        export ASAN_OPTIONS UBSAN_OPTIONS
fi
# unless_sanitized COUNT: true; or these COUNT tests are skipped, as they measure what a sanitizer changes.
unless_sanitized() {
        [ -n "$IS_SANITIZED" ] || return 0
        skip "$1" "a sanitizer changes what this measures"
        return 1
}
# What the sanitizers have said so far.
sanitizer_reports() {
        [ -n "$IS_SANITIZED" ] || return 0
        cat "$T"/sanitizer/* 2>/dev/null
        sanitizer_console
}
sanitizer_console() {
        [ ! -s "$T/console" ] || sed -n '/ERROR: AddressSanitizer\|runtime error:\|ERROR: LeakSanitizer/,$p' "$T/console"
}

# --- TAP ------------------------------------------------------------------------------------------------------------
plan() {
        tap_plan=$1
        echo "1..$1"
}
diag() { printf '%s\n' "$*" | sed 's/^/# /' >&2; }
skip_all() {
        echo "1..0 # SKIP $*"
        exit 0
}
# skip COUNT WHY: the next COUNT tests cannot run here.
skip() {
        skip_left=$1
        shift
        while [ "$skip_left" -gt 0 ]; do
                tap_count=$((tap_count + 1))
                echo "ok $tap_count # SKIP $*"
                skip_left=$((skip_left - 1))
        done
}
pass() {
        tap_count=$((tap_count + 1))
        echo "ok $tap_count - $*"
}
fail() {
        tap_count=$((tap_count + 1))
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_count - $*"
        diag "failed: ${0##*/}: $*"
}
# ok NAME COMMAND…: the command succeeds.
ok() {
        ok_name=$1
        shift
        if "$@" >"$T/out" 2>&1; then
                pass "$ok_name"
        else
                fail "$ok_name"
                diag "status $? of: $*"
                [ ! -s "$T/out" ] || diag "$(tail -n 20 "$T/out")"
        fi
}
# fails NAME COMMAND…: the command does not succeed.
fails() {
        ok_name=$1
        shift
        if "$@" >"$T/out" 2>&1; then fail "$ok_name"; else pass "$ok_name"; fi
}
# exits STATUS NAME COMMAND…
exits() {
        exits_want=$1
        exits_name=$2
        shift 2
        "$@" >"$T/out" 2>&1
        is "$?" "$exits_want" "$exits_name"
}
# is GOT WANT NAME
is() {
        if [ "$1" = "$2" ]; then
                pass "$3"
        else
                fail "$3"
                diag "     got: $1"
                diag "expected: $2"
        fi
}
# like GOT EXTENDED-REGEX NAME (any line matches), and its opposite.
like() {
        if printf '%s\n' "$1" | grep -Eq -- "$2"; then
                pass "$3"
        else
                fail "$3"
                diag "     got: $1"
                diag "expected: a line like /$2/"
        fi
}
unlike() {
        if printf '%s\n' "$1" | grep -Eq -- "$2"; then
                fail "$3"
                diag "     got: $1"
                diag "expected: no line like /$2/"
        else
                pass "$3"
        fi
}

# --- waiting --------------------------------------------------------------------------------------------------------
# Hundredths of a second since the machine started.
now_cs() {
        read -r now_up now_rest </proc/uptime
        echo "${now_up%.*}${now_up#*.}"
}
# An emulated processor has better things to do than to look all the time, and takes longer for all of them.
wait_step=0.02 wait_factor=1
[ -z "${EMULATED:-}" ] || wait_step=0.1 wait_factor=4
# wait_for SECONDS COMMAND…: until the command succeeds, looking again every so often; 1 when the time is over.
wait_for() {
        wait_until=$(($(now_cs) + $1 * 100 * wait_factor))
        shift
        until "$@" >/dev/null 2>&1; do
                [ "$(now_cs)" -lt "$wait_until" ] || return 1
                sleep "$wait_step"
        done
}
gone() { [ ! -d "/proc/$1" ]; }
# A file has a line like this.
has_line() { grep -Eq -- "$2" "$1" 2>/dev/null; }

# --- keel -----------------------------------------------------------------------------------------------------------
# unit NAME: stdin becomes that unit file (NAME may be a drop-in: web.service.d/10-more.conf).
unit() {
        case $1 in */*) mkdir -p "$UNITS/${1%/*}" ;; esac
        cat >"$UNITS/$1"
}
# A kept test folder that other users may reach: services run as somebody else, too.
world() { mkdir -p "$1" && chmod 1777 "$1"; }

# in_cgroup: where the test was given a cgroup to divide (KEEL_TEST_CGROUP, a folder), what has keel start in a new one
# below it, as a service manager would. There it has controllers for its services.
in_cgroup() {
        [ -z "${KEEL_TEST_CGROUP:-}" ] || echo "$TOP/tests/system/in-cgroup $(mktemp -d "$KEEL_TEST_CGROUP/keel-of-$$.XXXXXX")"
}

# Dies with us even when we are killed, where the tool for it is there.
if setpriv --pdeathsig KILL true 2>/dev/null; then leash="setpriv --pdeathsig TERM"; else leash=; fi

# The next keel begins its console anew: what is to be found in the last one's is put aside.
keep_reports() {
        [ -z "$IS_SANITIZED" ] || sanitizer_console >>"$T/sanitizer/of-earlier-consoles"
}
# launch_keel [OPTIONS…]: keel run with our units, in the background.
launch_keel() {
        KEEL_NAME=test-$$
        keep_reports
        $leash $(in_cgroup) "$KEEL_BIN/keel" run --name "$KEEL_NAME" --units "$UNITS" "$@" >"$T/console" 2>&1 </dev/null &
        KEEL_PID=$!
        KEEL_STATUS=
}
# start_keel [OPTIONS…]: the same; returns when it answers.
start_keel() {
        launch_keel "$@"
        wait_for "${KEEL_START_TIMEOUT:-20}" keel_answers_or_ended && keel_is_alive && return 0
        diag "keel does not answer; it said:"
        diag "$(tail -n 30 "$T/console")"
        [ "$tap_plan" != 0 ] || plan 1
        fail "keel starts and answers"
        exit 1
}
# use_system_keel: the keel to talk to is the machine's own PID 1; what `unit` writes is loaded by `ctl daemon-reload`.
use_system_keel() {
        if [ "$(readlink /proc/1/exe)" != "$KEEL_BIN/keel" ]; then
                [ -n "${MUST_BE_SYSTEM:-}" ] || skip_all "keel is not this machine's PID 1"
                plan 1
                fail "keel is this machine's PID 1"
                exit 1
        fi
        UNITS=/run/keel/system
        mkdir -p "$UNITS"
        KEEL_IS_SYSTEM=1
}
keel_is_alive() { kill -0 "$KEEL_PID" 2>/dev/null; }
keel_answers_or_ended() { ctl list-units || ! keel_is_alive; }
ctl() { "$KEEL_BIN/keelctl" ${KEEL_NAME:+--instance "$KEEL_NAME"} "$@"; }
# One property of a unit.
prop() { ctl show -p "$2" --value "$1"; }
prop_is() { [ "$(prop "$1" "$2")" = "$3" ]; }
state_is() { [ "$(ctl is-active "$1")" = "$2" ]; }
# Ends keel as Ctrl-C would, with a deadline; its exit status is in KEEL_STATUS.
stop_keel() {
        [ -n "$KEEL_PID" ] || return 0
        kill -TERM "$KEEL_PID" 2>/dev/null
        wait_keel "${1:-30}"
}
# Waits until keel has ended by itself.
wait_keel() {
        if ! wait_for "${1:-30}" keel_ended; then
                diag "keel did not end in ${1:-30} s"
                kill -KILL "$KEEL_PID" 2>/dev/null
        fi
        wait "$KEEL_PID"
        KEEL_STATUS=$?
        KEEL_PID=
}
# A child of ours that has ended is a zombie until we wait for it.
keel_ended() {
        keel_state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$KEEL_PID/status" 2>/dev/null)
        [ -z "$keel_state" ] || [ "$keel_state" = Z ]
}

# --- looking from outside -------------------------------------------------------------------------------------------
# status_field PID FIELD: of /proc/PID/status, as the host sees it.
status_field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" 2>/dev/null; }
# The host's pid of keel as PID 1 inside: the child of the process that we started.
keel_init() {
        [ -z "${KEEL_IS_SYSTEM:-}" ] || { echo 1; return; }
        # The list of children first: there may be ten thousands of processes to go through.
        for p in $(cat "/proc/$KEEL_PID/task/$KEEL_PID/children" 2>/dev/null || ls /proc); do
                [ "$(status_field "$p" PPid)" = "$KEEL_PID" ] || continue
                case $(status_field "$p" NSpid) in *[[:space:]]1) echo "$p" ;; esac
        done
}
# supervisor: the host's pid of keel's supervisor; the first one, since a service that it is about to start is its copy until it
# has become its program.
supervisor() {
        supervisor_init=$(keel_init)
        for p in $(cat "/proc/$supervisor_init/task/$supervisor_init/children" 2>/dev/null || ls /proc); do
                [ "$(status_field "$p" PPid)" = "$supervisor_init" ] || continue
                case $(status_field "$p" Name) in keel-supervisor*) ;; *) continue ;; esac
                echo "$p"
                return 0
        done
        return 1
}
# is_another OLD: there is one, and it is not that one.
is_another() { another=$(supervisor) && [ "$another" != "$1" ]; }
# below_keel REGEX: the processes in keel's pid namespace whose numbers, one in each namespace from the host's to keel's, are
# like this. One program looks at all of the host's processes: a program for each is half a minute where the machine is loaded.
below_keel() {
        host_ns=$(readlink "/proc/$(keel_init)/ns/pid")
        for p in $(grep -ls "^NSpid:$1\$" /proc/[0-9]*/status); do
                p=${p%/status}
                [ "$(readlink "$p/ns/pid" 2>/dev/null)" != "$host_ns" ] || echo "${p#/proc/}"
        done
}
# host_pid INNER: the host's number of a process inside.
host_pid() {
        [ -z "${KEEL_IS_SYSTEM:-}" ] || { echo "$1"; return; }
        below_keel ".*[[:space:]]$1" | grep .
}
# The main process of a unit, in the host's numbers.
main_pid() { host_pid "$(prop "$1" MainPID)"; }
# Every process inside keel's pid namespace, in the host's numbers.
inside_pids() {
        if [ -n "${KEEL_IS_SYSTEM:-}" ]; then below_keel '.*'; else below_keel '.*[0-9][[:space:]].*'; fi
}
# The host's path of the v2 cgroup of a process.
cgroup_path() {
        cgroup_mount=$(sed -n 's/^[^ ]* \([^ ]*\) cgroup2 .*/\1/p' /proc/mounts | head -n 1)
        cgroup_sub=$(sed -n 's/^0:://p' "/proc/$1/cgroup")
        [ -n "$cgroup_mount" ] && [ -n "$cgroup_sub" ] && echo "$cgroup_mount${cgroup_sub%/}"
}
# Bit N of a hexadecimal mask (CapBnd: of /proc/PID/status).
has_bit() { [ $(((0x$1 >> $2) & 1)) = 1 ]; }

# --- the end --------------------------------------------------------------------------------------------------------
tap_end() {
        tap_status=$?
        trap - EXIT INT TERM HUP
        if [ "$tap_failed" != 0 ] && [ -s "$T/console" ]; then
                diag "--- the last lines of keel's console:"
                diag "$(tail -n "${CONSOLE_LINES:-30}" "$T/console")"
        fi
        if [ -n "$KEEL_PID" ]; then
                kill -TERM "$KEEL_PID" 2>/dev/null
                wait_for 15 keel_ended || kill -KILL "$KEEL_PID" 2>/dev/null
                wait "$KEEL_PID" 2>/dev/null
        fi
        tap_reports=$(sanitizer_reports)
        if [ -n "$tap_reports" ]; then
                diag "--- a sanitizer has something to report:"
                diag "$(printf '%s\n' "$tap_reports" | head -n "${REPORT_LINES:-60}")"
                tap_failed=$((tap_failed + 1))
        fi
        [ -z "${KEEL_TEST_CGROUP:-}" ] || find "$KEEL_TEST_CGROUP"/keel-of-$$.* -depth -type d -exec rmdir {} + 2>/dev/null
        if [ -n "${KEEP:-}" ]; then diag "kept: $T"; else rm -rf "$T" 2>/dev/null; fi
        [ "$tap_status" = 0 ] && [ "$tap_failed" != 0 ] && tap_status=1
        exit "$tap_status"
}
trap tap_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
