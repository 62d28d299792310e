# SPDX-License-Identifier: MIT
# timeout: 1800
# Every system call that PID 1 makes after start-up fails once and for a while, in every way that the kernel has: PID 1 does not
# end, does not hang and loses no status. A few rows of the table, or all of it with FULL=1.
. "${0%/*}/../system/lib.sh"
. "${0%/*}/../system/fake-supervisor.sh"
cp "$KEEL_BIN/crash/keel" "$T/bin/keel"

# CALL WHATS FROMS: a run for each of WHATS at each of FROMS; "@" counts once and then for long.
table() {
        cat <<'E'
poll             EINTR,ENOMEM                      1,2,3,5,8,13,21
read             EINTR,EAGAIN,ENOMEM,short         1,2,3,5,8,13
wait4            EINTR,EAGAIN,ENOMEM               1,2,3,5,8,13,21,34
recvmsg          EINTR,EAGAIN,ENOMEM,EMFILE,ENFILE,ENOBUFS 1,2,3,4,5,8,13,21
sendmsg          EINTR,EAGAIN,ENOMEM,EMFILE,ENFILE,ENOBUFS 1,2,3,4,5,8,13,21
socketpair       EMFILE,ENFILE,ENOMEM              1
clone            EAGAIN,ENOMEM                     1,2
execve           EAGAIN,ENOMEM,EMFILE              1,2
execveat         EAGAIN,ENOMEM,ENFILE              1,2
open             EMFILE,ENFILE,ENOMEM,EINTR        1,2
memfd_create     EMFILE,ENFILE,ENOMEM              1
write            EINTR,EAGAIN,ENOMEM,short         1,2,3
pwrite           EINTR,ENOMEM                      1
pread            EINTR,EAGAIN,ENOMEM,short         1,2,3,20,42
fcntl            EINTR,EAGAIN,ENOMEM               1,2,3,4,5,6,8,10
prctl            ENOMEM                            1,2
close            EINTR                             1,2,3,5
kill             EAGAIN,EPERM                      1,2
madvise          EAGAIN,ENOMEM                     1
setsid           EPERM                             1
clock_gettime    EINTR,ENOMEM                      1,2,5,20
pwritev2         EINTR,EAGAIN,ENOMEM               1,2
rt_sigprocmask   EINTR,ENOMEM                      1
signalfd4        EMFILE,ENFILE,ENOMEM              1
E
}
# FAULT='CALL WHAT FROM COUNT' is one of them alone. For make test: each call with its first and last way to fail.
[ -n "${FULL:-}" ] || table() {
        cat <<'E'
poll             ENOMEM          1,5
read             ENOMEM,short    2
wait4            EINTR,ENOMEM    3,8
recvmsg          EINTR,ENOMEM    2,8
sendmsg          ENOMEM,EAGAIN   1,5
socketpair       EMFILE          1
clone            EAGAIN          1
execve           ENOMEM          1
execveat         ENOMEM          2
open             EMFILE          1
memfd_create     ENFILE          1
write            EINTR,short     1
pread            EINTR,short     2
fcntl            EINTR           3
close            EINTR           2
kill             EAGAIN          1
clock_gettime    EINTR           5
pwritev2         EAGAIN          1
E
}

# What a run may do wrong goes here, a line each.
wrong() { echo "$*" >>"$T/wrong"; }
must() { "$@" || wrong "not in time: $*"; }

# One life: exits that nobody acknowledges, kept fds, a supervisor that is killed, a signal, a new PID 1, and the end.
life() {
        : >"$LOG"
        : >"$T/wrong"
        start_fake
        must logged '^kept-all$'
        tell keep first one
        tell keep second two
        for i in 1 2 3 4 5 6 7 8; do echo "spawn exit $i" >&9; done
        tell spawn 'exec sleep 1000'
        must wait_for 10 logged_times 9 '^spawned'
        service=$(log_line 9 '^spawned' | sed 's/.* //')
        must wait_for 10 logged_times 8 '^ended'
        tell kill 9
        must wait_for 10 logged_times 2 '^welcome'
        kill -USR1 "$KEEL_PID"
        must logged '^signal 10 '
        tell reexec 2
        must logged '^(reexeced 1|refused 7 )'
        echo "spawn exit 9" >&9
        must logged '^ended [0-9]+ [0-9]+ 2304$'
        tell kill 9
        must wait_for 10 logged_times 3 '^welcome'
        must wait_for 10 all_told

        tell spawn "kill -0 $service && exit 77"
        must logged "^ended [0-9]+ [0-9]+ $((77 * 256))\$"
        tell end 1 42 over
        must wait_for 15 keel_ended
        wait_keel 1
        [ "$KEEL_STATUS" = 42 ] || wrong "exit code $KEEL_STATUS"
}
# The last supervisor was told each of the statuses 1…9 once.
last_told() { tac "$LOG" | sed '/^welcome/q' | sed -n 's/^ended [0-9]* [0-9]* \([0-9]*\)$/\1/p' | sort -n | tr '\n' ' '; }
all_told() {
        case " $(last_told)" in *" 256 512 768 1024 1280 1536 1792 2048 2304 "*) return 0 ;; esac
        return 1
}
# While it cannot open the kept fds it may refuse them; otherwise all are there.
kept_all() { [ "$(tac "$LOG" | sed '/^welcome/q' | sed -n 's/^kept \([a-z]*\) .*/\1/p' | sort | tr '\n' ' ')" = "first second " ] ||
        grep -q '^refused 2 3 ' "$LOG"; }

runs() { table | while read -r call whats froms; do
        for what in $(echo "$whats" | tr , ' '); do for from in $(echo "$froms" | tr , ' '); do
                echo "$call $what $from 1"
                [ -z "${FULL:-}" ] || echo "$call $what $from 3"
        done; done
done; }
[ -z "${FAULT:-}" ] || runs() { echo "$FAULT"; }
runs >"$T/runs"
plan $(($(wc -l <"$T/runs") + 4))
while read -r fault <&3; do
        KEEL_FAULT=$fault
        export KEEL_FAULT
        life
        kept_all || wrong "not all that was kept is there"
        [ -s "$T/wrong" ] && diag "$(cat "$T/wrong"; cat "$LOG" "$T/console")"
        hit=
        grep -q '^fault: ' "$T/console" || hit=' (that many calls were not made)'
        ok "$fault: nothing is lost$hit" test ! -s "$T/wrong"
done 3<"$T/runs"

# --- one command
for fault in 'wait4 EINTR 1 3' 'wait4 ENOMEM 2 1' 'rt_sigtimedwait EINTR 1 5' 'rt_sigtimedwait EAGAIN 2 1'; do
        exits 7 "$fault: the command's status comes out" env KEEL_FAULT="$fault" timeout 5 "$T/bin/keel" -- sh -c 'sleep 0 & exit 7'
done
