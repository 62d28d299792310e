# SPDX-License-Identifier: MIT
# stop ends whatever the service started, however it hid, and leaves no cgroup behind.
. "${0%/*}/lib.sh"
plan 12

unit many.service <<E
[Service]
ExecStart=/bin/sh -c '(setsid sh -c "sleep 2001 & setsid sleep 2002 & wait" &); sleep 2003 & trap "" TERM; echo up >$T/up; while :; do sleep 2004; done'
TimeoutStopSec=1
E
unit process.service <<E
[Service]
ExecStart=/bin/sh -c 'setsid sleep 2005 & exec sleep 2006'
KillMode=process
E
unit bystander.service <<E
[Service]
ExecStart=/bin/sleep 2007
E
# On one processor with the supervisor and before it: the rest of it is gone when the call that kills it returns.
unit quick.service <<E
[Service]
ExecStart=/bin/sh -c 'sleep 2008 & exec sleep 2009'
KillMode=mixed
CPUAffinity=0
CPUSchedulingPolicy=fifo
CPUSchedulingPriority=50
E
start_keel
running() { # COUNT of processes inside that are "sleep NUMBER…"
        n=0
        for p in $(inside_pids); do
                case $(tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null) in "sleep $1"* | "/bin/sleep $1"*) n=$((n + 1)) ;; esac
        done
        [ "$n" = "$2" ]
}
ok "start" ctl start many.service bystander.service process.service
ok "children hide in sessions of their own" wait_for 10 running 200 7
group=$(cgroup_path "$(main_pid many.service)")
case $group in
*/many.service) ok "it has a cgroup of its own" test -d "$group" ;;
*) skip 1 "no cgroup of its own here: $group" ;;
esac
ok "stop" ctl stop many.service
is "$(running 200 3 && echo yes)" yes "everything it started is gone, everybody else's is there"
case $group in
*/many.service) ok "its cgroup is removed" test ! -d "$group" ;;
*) skip 1 "no cgroup of its own here" ;;
esac
is "$(prop many.service ActiveState)" failed "it had to be killed, which is a failure"
is "$(prop many.service Result)" timeout "by timeout"
ctl stop process.service
is "$(running 2005 1 && echo yes)" yes "KillMode=process leaves the children"

if ctl start quick.service && chrt -p "$(main_pid quick.service)" | grep -q FIFO && taskset -pc 0 "$(supervisor)" >"$T/out"; then
        wait_for 10 running 2008 1
        group=$(cgroup_path "$(main_pid quick.service)")
        ok "what is dead before it can be waited for: stop" timeout 20 "$KEEL_BIN/keelctl" ${KEEL_NAME:+--instance "$KEEL_NAME"} stop quick.service
        is "$(prop quick.service ActiveState)" inactive "it is not waited for"
        case $group in
        */quick.service) ok "its cgroup is removed, too" test ! -d "$group" ;;
        *) skip 1 "no cgroup of its own here" ;;
        esac
else
        skip 3 "no service of a higher priority than the supervisor's on its processor"
fi
