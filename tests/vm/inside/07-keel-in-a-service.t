# SPDX-License-Identifier: MIT
# keel run as a service that is delegated its cgroup: its own services have controllers, as far as they were passed on; and
# where others share the cgroup, a cgroup of its own without.
. "${0%/*}/../../system/lib.sh"
use_system_keel
plan 11

mkdir "$T/inner"
cat >"$T/inner/limited.service" <<E
[Service]
ExecStart=/bin/sleep 1000
MemoryMax=24M
TasksMax=19
E
unit outer.service <<E
[Service]
ExecStart=$KEEL_BIN/keel run --name outer-$$ --units $T/inner
Delegate=yes
E
inner() { "$KEEL_BIN/keelctl" --instance "outer-$$" "$@"; }
ctl daemon-reload
ctl start outer.service
ok "it starts and answers" wait_for 60 inner list-units
ok "its service starts" inner start limited.service
outer=/sys/fs/cgroup/system.slice/outer.service
keel=$outer/keel-$(prop outer.service MainPID)
is "$(cat "$keel/system.slice/limited.service/memory.max")" 25165824 "with its memory limit"
is "$(cat "$keel/system.slice/limited.service/pids.max")" 19 "and its limit of tasks"
is "$(cat "$keel/cgroup.type")" domain "all are ordinary cgroups"
is "$(cat "$outer/cgroup.procs")" "" "there is no process above those that have controllers"
is "$(inner show -p ControlGroup --value limited.service)" /system.slice/limited.service "inside, its cgroup is the root"
ok "stop" ctl stop outer.service
ok "nothing is left" test ! -d "$outer"

# Here, this shell is in the cgroup, too.
like "$("$KEEL_BIN/keel" run -- sh -c 'mkdir /sys/fs/cgroup/a && echo $$ >/sys/fs/cgroup/a/cgroup.procs && cat /proc/self/cgroup' 2>&1)" \
        '^0::/a$' "beside others it has a cgroup of its own, which can be divided"
is "$(cat "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/cgroup.subtree_control")" "" "and leaves theirs as it is"
