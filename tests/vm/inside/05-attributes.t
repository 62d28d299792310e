# SPDX-License-Identifier: MIT
# Every resource directive ends in its attribute.
. "${0%/*}/../../system/lib.sh"
use_system_keel

set -- memory.high:16777216:MemoryHigh=16M memory.low:4194304:MemoryLow=4M memory.min:2097152:MemoryMin=2M \
        memory.max:67108864:MemoryMax=64M memory.swap.max:0:MemorySwapMax=0 "pids.max:55:TasksMax=55" \
        "cpu.weight:77:CPUWeight=77" "cpu.max:150000 100000:CPUQuota=150%" "cpuset.cpus:1:AllowedCPUs=1" \
        "io.weight:default 42:IOWeight=42"
plan $(($# + 2))
{ echo "[Service]"; echo "ExecStart=/bin/sleep 1000"; for a; do echo "${a##*:}"; done; } | unit attributes.service
ctl daemon-reload
ok "start" ctl start attributes.service
group=/sys/fs/cgroup/system.slice/attributes.service
for a; do
        file=${a%%:*} value=${a#*:}
        if [ -e "$group/$file" ]; then
                is "$(cat "$group/$file")" "${value%:*}" "${a##*:}: $file"
        else
                skip 1 "this kernel has no $file"
        fi
done
ctl stop attributes.service
ok "the cgroup is gone" test ! -d "$group"
