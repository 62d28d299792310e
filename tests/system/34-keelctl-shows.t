# SPDX-License-Identifier: MIT
# keelctl show: each kind of value as systemctl writes it; names by patterns; the lists of unit files, dependencies and jobs.
. "${0%/*}/lib.sh"
plan 36

echo A=b >"$T/env"
unit forms.service <<E
[Unit]
After=other.service
Wants=other.service
ConditionPathExists=|!/no/such
[Service]
Type=oneshot
ExecStart=-/bin/sh -c "exit 3"
TimeoutStopSec=90s
TimeoutStartSec=infinity
UMask=0027
LimitNOFILE=1024:infinity
CapabilityBoundingSet=CAP_CHOWN CAP_KILL
RestrictNamespaces=user pid
EnvironmentFile=-$T/env
Environment="ONE=1 2" TWO=3
BindPaths=/etc:/mnt:norbind
BindReadOnlyPaths=/usr
DeviceAllow=/dev/null rw
IODeviceWeight=/dev/null 200
SystemCallFilter=~@mount
RestartPreventExitStatus=3 SIGTERM SIGUSR1
[Install]
WantedBy=default.target
E
unit other.service <<E
[Service]
ExecStart=/bin/sleep 1000
E
ln -s other.service "$UNITS/another.service"
mkfifo "$T/gate"
unit slow.service <<E
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'read line <$T/gate'
E
start_keel

is "$(ctl show -p ExecStart --value forms.service)" \
        "{ path=/bin/sh ; argv[]=/bin/sh -c exit 3 ; ignore_errors=yes ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }" \
        "a command that has not run"
is "$(ctl show -p ExecMainStartTimestamp --value forms.service)" "" "a time that has not been"
is "$(ctl show -p Conditions --value forms.service)" 'ConditionPathExists=|!/no/such untested' "a condition that was not looked at"
ok "it runs" ctl start forms.service
like "$(ctl show -p ExecStart forms.service)" 'start_time=\[[A-Z][a-z]{2} 20[^]]* [A-Z]+\] .* pid=[1-9][0-9]* ; code=exited ; status=3/' "a command that has run"
like "$(ctl show -p ExecMainStartTimestamp --value forms.service)" '^[A-Z][a-z]{2} 20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8} [A-Z]+$' "a time"
is "$(ctl show -p Conditions --value forms.service)" 'ConditionPathExists=|!/no/such held' "a condition that held"
shows() { is "$(ctl show -p "$1" --value forms.service)" "$2" "$1=$2"; }
shows TimeoutStopUSec "1min 30s"
shows TimeoutStartUSec infinity
shows UMask 0027
shows LimitNOFILE infinity
shows LimitNOFILESoft 1024
shows CapabilityBoundingSet "cap_chown cap_kill"
shows RestrictNamespaces "pid user"
shows EnvironmentFiles "$T/env (ignore_errors=yes)"
shows Environment "ONE=1 2 TWO=3"
shows BindPaths "/etc:/mnt:norbind"
shows BindReadOnlyPaths "/usr:/usr:rbind"
shows DeviceAllow "/dev/null rw"
shows IODeviceWeight "/dev/null 200"
shows SystemCallFilter "~@mount"
shows RestartPreventExitStatus "3 USR1 TERM"

is "$(ctl show -p Id --value 'oth*' 'oth?r.service')" other.service "patterns mean the units in memory, each once"
exits 3 "a pattern of none that is active" ctl is-active 'form[s].service'
like "$(ctl list-units --no-legend 'oth*')" '^ *other\.service +loaded +active +running' "list-units takes them"
is "$(ctl list-units --no-legend 'oth*' | wc -l)" 1 "and lists these only"

ctl list-unit-files >"$T/files"
like "$(cat "$T/files")" '^forms\.service +disabled *$' "a unit file that is not enabled"
like "$(cat "$T/files")" '^other\.service +static *$' "one that cannot be"
like "$(cat "$T/files")" '^another\.service +alias *$' "another name is listed by that name"
is "$(cut -d' ' -f1 "$T/files" | grep . | sort | uniq -d)" "" "no name is there twice"
is "$(ctl list-unit-files --no-legend 'form*' | wc -l)" 1 "patterns, too"

like "$(ctl list-dependencies forms.service)" '├─other\.service' "what it pulls in, as a tree"
like "$(ctl list-dependencies --reverse other.service)" '└─forms\.service' "and what pulls it in"

ctl start --no-block slow.service
like "$(ctl list-jobs)" '[0-9]+ +slow\.service +start +running' "a job"
like "$(ctl -o json list-jobs | tr -d ' \n')" '"unit":"slow\.service","type":"start","state":"running"' "in JSON"
echo go >"$T/gate"
wait_for 10 state_is slow.service inactive
like "$(ctl list-jobs)" '^No jobs' "none"
