# SPDX-License-Identifier: MIT
# CPUQuota=: measured, by the kernel's own account and by the clock.
. "${0%/*}/../../system/lib.sh"
use_system_keel
plan 4

unit busy.service <<E
[Service]
ExecStart=/bin/sh -c 'while :; do :; done'
CPUQuota=20%
CPUWeight=50
E
ctl daemon-reload
ok "start" ctl start busy.service
group=/sys/fs/cgroup/system.slice/busy.service
is "$(cat $group/cpu.max)" "20000 100000" "cpu.max is set"
is "$(cat $group/cpu.weight)" 50 "cpu.weight is set"
used() { sed -n 's/^usage_usec //p' "$group/cpu.stat"; }
# What is measured is a share of time: the wait is the measurement.
used_before=$(used) before=$(now_cs)
passed() { [ $(($(now_cs) - before)) -ge 300 ]; }
wait_for 20 passed
share=$((($(used) - used_before) / ($(now_cs) - before) / 100))
ok "it got $share % of a processor" test "$share" -ge 10 -a "$share" -le 25
ctl stop busy.service
