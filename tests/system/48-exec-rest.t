# SPDX-License-Identifier: MIT
# Set-up of processes: the directives that no other test has. Looked at from outside.
. "${0%/*}/lib.sh"
plan 15

me=keel-test-$$
unit modes.service <<E
[Service]
ExecStart=/bin/sleep 1000
StateDirectory=$me
StateDirectoryMode=0700
CacheDirectory=$me
CacheDirectoryMode=0710
LogsDirectory=$me
LogsDirectoryMode=0750
ConfigurationDirectory=$me
ConfigurationDirectoryMode=0711
E
forget() { rm -rf "/var/lib/$me" "/var/cache/$me" "/var/log/$me" "/etc/$me"; }
trap 'forget; umount "$T/net" "$T/ipc" 2>/dev/null; tap_end' EXIT
unit priority.service <<E
[Service]
ExecStart=/bin/sleep 1000
IOSchedulingClass=best-effort
IOSchedulingPriority=6
CPUSchedulingPolicy=batch
CPUSchedulingResetOnFork=yes
E
unit mounts.service <<E
[Service]
ExecStart=/bin/sleep 1000
MountFlags=private
E
mkdir -p "$T/root/bin" "$T/root/proc" "$T/root/sys" "$T/root/dev" "$T/root/etc"
cp "$HELPERS/nothing" "$T/root/bin/nothing"
unit rooted.service <<E
[Service]
Type=oneshot
RootDirectory=$T/root
RootDirectoryStartOnly=yes
ExecStartPre=/bin/sh -c 'echo outside >$T/rooted'
ExecStart=/bin/nothing
E
unit rooted-too.service <<E
[Service]
Type=oneshot
RootDirectory=$T/root
ExecStartPre=/bin/sh -c 'echo outside >$T/rooted-too'
ExecStart=/bin/nothing
E
: >"$T/net"
: >"$T/ipc"
has_namespaces=
unshare --net="$T/net" --ipc="$T/ipc" true 2>/dev/null && has_namespaces=1
unit joins.service <<E
[Service]
ExecStart=/bin/sleep 1000
NetworkNamespacePath=$T/net
IPCNamespacePath=$T/ipc
E
start_keel

ok "a service with directories starts" ctl start modes.service
mode() { stat -c %a "$1"; }
is "$(mode "/var/lib/$me")" 700 "StateDirectoryMode="
is "$(mode "/var/cache/$me")" 710 "CacheDirectoryMode="
is "$(mode "/var/log/$me")" 750 "LogsDirectoryMode="
is "$(mode "/etc/$me")" 711 "ConfigurationDirectoryMode="
ctl stop modes.service

ok "priorities" ctl start priority.service
pid=$(main_pid priority.service)
if command -v ionice >/dev/null && ionice -p "$pid" 2>/dev/null | grep -q prio; then
        is "$(ionice -p "$pid")" "best-effort: prio 6" "IOSchedulingPriority="
else skip 1 "no ionice that tells"; fi
if chrt -p "$pid" 2>/dev/null | grep -q SCHED_; then
        like "$(chrt -p "$pid")" 'SCHED_BATCH\|SCHED_RESET_ON_FORK' "CPUSchedulingResetOnFork="
else skip 1 "no chrt that tells"; fi

ok "MountFlags=" ctl start mounts.service
pid=$(main_pid mounts.service)
is "$(readlink "/proc/$pid/ns/mnt" | grep -c "$(readlink "/proc/$(keel_init)/ns/mnt")")" 0 "gives a mount namespace of its own"
unlike "$(cut -d' ' -f7- "/proc/$pid/mountinfo")" '(shared|master):' "in which nothing is shared"

ok "RootDirectoryStartOnly=: what comes before runs outside" ctl start rooted.service
fails "RootDirectory= alone is for all commands" ctl start rooted-too.service

if [ -n "$has_namespaces" ]; then
        ctl start joins.service
        pid=$(main_pid joins.service)
        is "$(stat -L -c %i "/proc/$pid/ns/net")" "$(stat -c %i "$T/net")" "NetworkNamespacePath="
        is "$(stat -L -c %i "/proc/$pid/ns/ipc")" "$(stat -c %i "$T/ipc")" "IPCNamespacePath="
else skip 2 "no unshare that keeps namespaces"; fi
