# SPDX-License-Identifier: MIT
# Each service under its own system call policy: what it may not do fails as the unit says.
. "${0%/*}/lib.sh"

set -- \
        "all-ok:inet unix netlink mkdir unknown:inet: ok|unix: ok|netlink: ok|mkdir: ok|unknown: ENOSYS|:" \
        "families:inet unix netlink:inet: EAFNOSUPPORT|unix: ok|netlink: EAFNOSUPPORT|:RestrictAddressFamilies=AF_UNIX" \
        "families-not:inet unix packet:inet: ok|unix: ok|packet: EAFNOSUPPORT|:RestrictAddressFamilies=~AF_PACKET AF_NETLINK" \
        "allow:mkdir unknown:mkdir: ok|unknown: ENOSYS|:SystemCallFilter=@system-service" \
        "deny:mkdir inet:mkdir: EPERM|inet: ok|:SystemCallFilter=~mkdir mkdirat;SystemCallErrorNumber=EPERM" \
        "deny-errno:mkdir:mkdir: EUCLEAN|:SystemCallFilter=~mkdir mkdirat;SystemCallErrorNumber=EUCLEAN" \
        "deny-own-errno:mkdir chroot:mkdir: ENOSPC|chroot: EPERM|:SystemCallFilter=~mkdir:ENOSPC mkdirat:ENOSPC chroot;SystemCallErrorNumber=EPERM" \
        "group:chroot mountns:chroot: EPERM|mountns: ok|:SystemCallFilter=~@mount chroot;SystemCallErrorNumber=EPERM" \
        "namespaces:userns mountns:userns: EPERM|mountns: EPERM|:RestrictNamespaces=yes" \
        "namespaces-some:mountns userns:mountns: ok|userns: EPERM|:RestrictNamespaces=mnt" \
        "wx:write-exec make-exec:write-exec: EPERM|make-exec: EPERM|:MemoryDenyWriteExecute=yes" \
        "realtime:realtime:realtime: EPERM|:RestrictRealtime=yes" \
        "suid:suid mkdir:suid: EPERM|mkdir: ok|:RestrictSUIDSGID=yes" \
        "personality:personality:personality: EPERM|:LockPersonality=yes" \
        "hostname:hostname:hostname: EPERM|:ProtectHostname=yes" \
        "clock:clock:clock: EPERM|:ProtectClock=yes" \
        "module:module:module: EPERM|:ProtectKernelModules=yes" \
        "kernel-log:kernel-log:kernel-log: EPERM|:ProtectKernelLogs=yes"
plan $(($# + 8))
for case; do
        name=${case%%:*} rest=${case#*:}
        things=${rest%%:*}
        lines=${rest##*|:}
        { echo "[Service]"; echo "Type=oneshot"; echo "ExecStart=$HELPERS/try $things"
                echo "StandardOutput=file:$T/$name.out"; echo "$lines" | tr ';' '\n'; } | unit "$name.service"
done
unit network.service <<E
[Service]
ExecStart=$HELPERS/try pause
SystemCallFilter=@system-service
RestrictAddressFamilies=AF_UNIX
User=nobody
E
unit open.service <<E
[Service]
ExecStart=$HELPERS/try pause
E
unit killed.service <<E
[Service]
ExecStart=$HELPERS/try mkdir
SystemCallFilter=~mkdir mkdirat
E
unit typo.service <<E
[Service]
Type=oneshot
ExecStart=/bin/true
SystemCallFilter=@system-service no_such_call
E
start_keel
for case; do
        name=${case%%:*} rest=${case#*:}
        rest=${rest#*:}
        # RestrictNamespaces cannot be told from a container that allows none anyway, but it must not be "ok".
        ctl start "$name.service" >/dev/null 2>&1
        is "$(tr '\n' '|' <"$T/$name.out" 2>/dev/null)" "${rest%|:*}|" "$name: ${case##*|:}"
done
ctl start network.service open.service
pid=$(main_pid network.service)
is "$(status_field "$pid" Seccomp)" 2 "a service with a policy is filtered"
is "$(status_field "$pid" NoNewPrivs)" 1 "and may gain no privileges, being nobody"
open=$(main_pid open.service)
is "$(status_field "$open" Seccomp)" "$(status_field "$(keel_init)" Seccomp)" "one without is as keel is"
is "$(status_field "$open" NoNewPrivs)" "$(status_field "$(keel_init)" NoNewPrivs)" "and may"
ctl start killed.service
ok "without SystemCallErrorNumber= the service is killed" wait_for 10 state_is killed.service failed
is "$(prop killed.service Result)/$(prop killed.service ExecMainStatus)" signal/31 "by SIGSYS"
ok "an unknown system call is no reason not to start" ctl start typo.service
like "$(cat "$T/console")" 'typo\.service:4: .*no_such_call' "but it is reported with file and line"
