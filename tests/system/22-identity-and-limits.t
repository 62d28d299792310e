# SPDX-License-Identifier: MIT
# User=, Group=, UMask=, Limit*=, Nice=, capabilities: as /proc shows them.
. "${0%/*}/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "only root may change users"
plan 22

unit who.service <<E
[Service]
ExecStart=/bin/sleep 1000
User=nobody
Group=daemon
SupplementaryGroups=bin
UMask=0027
LimitNOFILE=123:456
LimitCORE=0
LimitNPROC=infinity
LimitAS=8G
Nice=5
OOMScoreAdjust=321
WorkingDirectory=/usr
NoNewPrivileges=yes
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_CHOWN
AmbientCapabilities=CAP_NET_BIND_SERVICE
E
unit minus.service <<E
[Service]
ExecStart=/bin/sleep 1001
CapabilityBoundingSet=~CAP_SYS_TIME CAP_SYS_MODULE
E
unit plain.service <<E
[Service]
ExecStart=/bin/sleep 1002
E
start_keel
ok "start" ctl start who.service minus.service plain.service
pid=$(main_pid who.service)
uid=$(sed -n 's/^nobody:[^:]*:\([0-9]*\):.*/\1/p' /etc/passwd)
gid=$(sed -n 's/^daemon:[^:]*:\([0-9]*\):.*/\1/p' /etc/group)
sup=$(sed -n 's/^bin:[^:]*:\([0-9]*\):.*/\1/p' /etc/group)
is "$(status_field "$pid" Uid | tr '\t' ' ')" "$uid $uid $uid $uid" "User="
is "$(status_field "$pid" Gid | tr '\t' ' ')" "$gid $gid $gid $gid" "Group="
like " $(status_field "$pid" Groups) " " $sup " "SupplementaryGroups="
unlike " $(status_field "$pid" Groups) " " 0 " "and root's group is gone"
is "$(status_field "$pid" Umask)" 0027 "UMask="
limits=$(cat "/proc/$pid/limits")
like "$limits" '^Max open files +123 +456 ' "LimitNOFILE=soft:hard"
like "$limits" '^Max core file size +0 +0 ' "LimitCORE="
# Without CAP_SYS_RESOURCE nobody can go beyond what keel has.
if has_bit "$(status_field "$(keel_init)" CapEff)" 24; then most=unlimited; else most=[0-9a-z]+; fi
like "$limits" "^Max processes +$most +$most " "LimitNPROC=infinity"
like "$limits" '^Max address space +8589934592 +8589934592 ' "LimitAS= with a suffix"
is "$(cut -d' ' -f19 "/proc/$pid/stat")" 5 "Nice="
is "$(cat "/proc/$pid/oom_score_adj")" 321 "OOMScoreAdjust="
is "$(readlink "/proc/$pid/cwd")" /usr "WorkingDirectory="
is "$(status_field "$pid" NoNewPrivs)" 1 "NoNewPrivileges="
is "$(status_field "$pid" CapBnd)" 0000000000000401 "CapabilityBoundingSet="
is "$(status_field "$pid" CapAmb)" 0000000000000400 "AmbientCapabilities="
is "$(status_field "$pid" CapEff)" 0000000000000400 "which are effective"
bnd=$(status_field "$(main_pid minus.service)" CapBnd)
ok "a bounding set with ~ lacks what it names" sh -c "[ \$(((0x$bnd >> 25) & 1)) = 0 ] && [ \$(((0x$bnd >> 16) & 1)) = 0 ]"
ok "and has the rest" has_bit "$bnd" 0
plain=$(main_pid plain.service)
is "$(status_field "$plain" CapBnd)" "$(status_field "$(keel_init)" CapBnd)" "a plain service keeps what keel has"
is "$(status_field "$plain" SigBlk)$(status_field "$plain" SigIgn | sed 's/^\(.*\)1000$/\10000/')" 00000000000000000000000000000000 "no signal is blocked, none but SIGPIPE ignored"
is "$(ls "/proc/$plain/fd" | tr '\n' ' ')" "0 1 2 " "it has three fds and no more"
