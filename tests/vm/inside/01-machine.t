# SPDX-License-Identifier: MIT
# keel as the machine's PID 1 has made the machine usable.
. "${0%/*}/../../system/lib.sh"
use_system_keel
plan 12

mounted() { grep -Eq "^[^ ]+ $1 $2 " /proc/mounts; }
ok "/proc" mounted /proc proc
ok "/sys" mounted /sys sysfs
ok "/dev" mounted /dev devtmpfs
ok "/dev/pts" mounted /dev/pts devpts
ok "/dev/shm" mounted /dev/shm tmpfs
ok "/run" mounted /run tmpfs
ok "the cgroup2 tree" mounted /sys/fs/cgroup cgroup2
# That is done when there is nothing else to do.
ok "PID 1 is in init.scope" wait_for 10 grep -qx 0::/init.scope /proc/1/cgroup
supervisor=$(pgrep -x keel-supervisor -P 1)
ok "so is the supervisor" wait_for 10 grep -qx 0::/init.scope "/proc/$supervisor/cgroup"
like "$(cat /proc/self/cgroup)" '^0::/system.slice/tests.service' "we are in our service's cgroup"
rss=$(status_field 1 VmRSS)
ok "PID 1 has less than 100 KiB in memory of its own ($(status_field 1 RssAnon) of $rss)" test "$(status_field 1 RssAnon | tr -dc 0-9)" -lt 100
is "$(cat /sys/fs/cgroup/cgroup.subtree_control | tr ' ' '\n' | grep -Ec '^(cpu|memory|pids)$')" 3 "cpu, memory and pids are enabled for services"
