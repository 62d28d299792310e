# SPDX-License-Identifier: MIT
# Each service in a cgroup of its own, in the slice it names; limits written where there is a controller, told where not.
. "${0%/*}/lib.sh"
unit a.service <<E
[Service]
ExecStart=/bin/sleep 1000
MemoryMax=64M
TasksMax=17
E
unit b.service <<E
[Service]
ExecStart=/bin/sleep 1001
Slice=deep-down.slice
OOMPolicy=stop
E
unit nothing.service <<E
[Unit]
SuccessAction=exit
[Service]
Type=oneshot
RemainAfterExit=yes
E
# Its child ends later than it does, and by itself.
unit late.service <<E
[Service]
ExecStart=/bin/sh -c '(trap "" TERM; until [ -e $T/now ]; do sleep 0.02; done) & exec sleep 1002'
TimeoutStopSec=infinity
E
start_keel
ctl start a.service b.service late.service nothing.service
group=$(cgroup_path "$(main_pid a.service)")
case $group in
*/system.slice/a.service) ;;
*) skip_all "cgroup2 cannot be used here: $group" ;;
esac
plan 15
pass "a service lies in system.slice"
fails "but for one that has nothing to run" test -e "${group%/*}/nothing.service"
like "$(cgroup_path "$(main_pid b.service)")" '/deep\.slice/deep-down\.slice/b\.service$' "Slice= nests by its name"
like "$(cgroup_path "$(keel_init)")" '/init\.scope$' "keel itself in init.scope"
is "$(prop a.service ControlGroup)" /system.slice/a.service "ControlGroup= is told"
for limit in memory.max:67108864:MemoryMax pids.max:17:TasksMax; do
        file=${limit%%:*} key=${limit##*:} value=${limit#*:}
        if [ -e "$group/$file" ]; then
                is "$(cat "$group/$file")" "${value%:*}" "$key= is in $file"
        else
                like "$(ctl status a.service; cat "$T/console")" "$key.*unavailable|unavailable.*$key" "$key= is told to be unavailable"
        fi
done
like "$(ctl explain b.service)" 'unavailable.*OOMPolicy=stop' "OOMPolicy= without a memory controller is told to be unavailable"
# How often the supervisor watches late.service's cgroup.events.
watches() {
        init=$(keel_init)
        inode=$(stat -c %i "$(cgroup_path "$(keel_init)" | sed 's|/init.scope$||')/system.slice/late.service/cgroup.events")
        for p in $(cat "/proc/$init/task/$init/children"); do
                case $(status_field "$p" Name) in keel-supervisor*) cat /proc/"$p"/fdinfo/* 2>/dev/null ;; esac
        done | grep -c "^inotify .*ino:$(printf %x "$inode") "
}
is "$(watches)" 0 "while a main process is there, nobody watches the cgroup"
ctl stop --no-block late.service
ok "what is left when it has ended is waited for" wait_for 10 prop_is late.service SubState final-sigterm
is "$(watches)" 1 "and watched"
group=$(cgroup_path "$(keel_init)")
group=${group%/init.scope}/system.slice
ok "its cgroup stays until then" test -d "$group/late.service"
mkdir "$group/late.service/below"
touch "$T/now"
ok "until it ends, however long that takes" wait_for 10 prop_is late.service SubState dead
ok "then it goes, with what is below it" test ! -e "$group/late.service"
stop_keel
ok "nothing is left of it" test ! -d "$group"
