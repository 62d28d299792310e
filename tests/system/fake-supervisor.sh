# SPDX-License-Identifier: MIT
# fake-supervisor.sh: keel over a supervisor that does as the test tells it (tests/helpers/fake-supervisor.c). Sourced after
# lib.sh. The log has one line per thing that the fake one saw.

FAKE_DIR=$T/fake
LOG=$FAKE_DIR/log
export FAKE_DIR
mkdir "$FAKE_DIR" "$T/bin"
mkfifo "$FAKE_DIR/in"
: >"$LOG"
cp "$KEEL_BIN/keel" "$T/bin/keel"
cp "$HELPERS/fake-supervisor" "$T/bin/keel-supervisor"
exec 9<>"$FAKE_DIR/in"

# start_fake [OPTIONS…]: keel run, until the supervisor is greeted.
start_fake() {
        # </dev/null for what is started: a test's stdin is nobody's business.
        $leash $(in_cgroup) "$T/bin/keel" run "$@" >"$T/console" 2>&1 </dev/null &
        KEEL_PID=$!
}
# tell COMMAND…: has the supervisor do it.
tell() { echo "$*" >&9; }
# logged REGEX [SECONDS]: waits for a line of the log.
logged() { wait_for "${2:-10}" has_line "$LOG" "$1"; }
# said REGEX [SECONDS]: waits for a line on keel's stderr.
said() { wait_for "${2:-10}" has_line "$T/console" "$1"; }
# log_count REGEX
log_count() { grep -Ec -- "$1" "$LOG"; }
logged_times() { [ "$(log_count "$2")" -ge "$1" ]; }
# The nth line of the log that matches.
log_line() { grep -E -- "$2" "$LOG" | sed -n "$1p"; }
# The host's pid of the last supervisor that started.
supervisor_pid() { host_pid "$(sed -n 's/^started pid=\([0-9]*\).*/\1/p' "$LOG" | tail -n 1)"; }
