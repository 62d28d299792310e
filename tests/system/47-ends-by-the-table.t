# SPDX-License-Identifier: MIT
# What ends a service, how it is told, and what is started after it: the directives that no other test has.
. "${0%/*}/lib.sh"
plan 24

# hears NAME TYPE [SERVICE LINES…]: a service that says which signals it gets, and ends by USR1 and ABRT only; as a notify
# service it never gets ready.
hears() {
        name=$1 type=$2
        shift 2
        cat >"$T/$name.sh" <<E
for s in TERM HUP USR2; do trap "echo \$s >>$T/$name.heard" \$s; done
for s in USR1 ABRT; do trap "echo \$s >>$T/$name.heard; exit 1" \$s; done
echo up >>$T/$name.heard
while :; do sleep 0.02; done
E
        { printf '[Service]\nType=%s\nKillMode=process\nExecStart=/bin/sh %s\n' "$type" "$T/$name.sh"; for l; do echo "$l"; done; } |
                unit "$name.service"
}
heard() { has_line "$T/$1.heard" "^$2\$"; }

hears kill-start notify TimeoutStartSec=1s TimeoutStartFailureMode=kill
hears abort-start notify TimeoutStartSec=1s TimeoutStartFailureMode=abort WatchdogSignal=SIGUSR1
hears abort-stop exec ExecStop="/bin/sleep 1000" TimeoutStopSec=300ms TimeoutAbortSec=20s TimeoutStopFailureMode=abort
hears final exec TimeoutStopSec=300ms FinalKillSignal=SIGUSR1 SendSIGHUP=yes
hears stays exec TimeoutStopSec=300ms SendSIGKILL=no
hears dog exec WatchdogSec=1s WatchdogSignal=SIGUSR1

simple() { # NAME COMMAND [LINES…]
        name=$1 command=$2
        shift 2
        { printf '[Service]\nExecStart=%s\n' "$command"; for l; do echo "$l"; done; } | unit "$name.service"
}
simple forced "/bin/sh -c 'echo run >>$T/forced; [ -e $T/forced2 ] && exec sleep 1000; : >$T/forced2; exit 42'" RestartSec=10ms RestartForceExitStatus=42
simple growing "/bin/sh -c 'read u x </proc/uptime; echo \$u >>$T/growing; exit 1'" Restart=on-failure RestartSec=50ms RestartSteps=2 RestartMaxDelaySec=1s
simple forks "/bin/sh -c 'sleep 1000 &'" Type=forking GuessMainPID=no
simple guessed "/bin/sh -c 'sleep 1000 &'" Type=forking
simple raw "/bin/sh -c 'echo \"<3>with its level\"'" SyslogLevelPrefix=no Type=oneshot
simple only-wanted "/bin/sleep 1000" "[Unit]" RefuseManualStart=yes RefuseManualStop=yes
simple puller "/bin/sleep 1000" "[Unit]" Wants=only-wanted.service
simple alone "/bin/false" "[Unit]" OnFailure=helper.service OnFailureJobMode=ignore-dependencies
simple helper "/bin/sleep 1000" "[Unit]" Wants=extra.service
simple extra "/bin/sleep 1000"
printf '[Unit]\nAllowIsolate=yes\nWants=extra.service\nAfter=extra.service\n' | unit apart.target
printf '[Unit]\n' | unit common.target
start_keel

ctl start --no-block kill-start.service abort-start.service
ok "TimeoutStartFailureMode=kill" wait_for 15 prop_is kill-start.service ActiveState failed
is "$(prop kill-start.service Result)/$(cat "$T/kill-start.heard")" timeout/up "sends SIGKILL at once"
ok "TimeoutStartFailureMode=abort sends WatchdogSignal=" wait_for 15 heard abort-start USR1
ok "which is no SIGTERM" test "$(grep -c TERM "$T/abort-start.heard")" = 0

ctl start abort-stop.service final.service stays.service
for s in abort-stop final stays; do wait_for 10 heard $s up; done
ctl stop abort-stop.service
ok "TimeoutStopFailureMode=abort: SIGABRT after a stop command that takes too long" heard abort-stop ABRT
ctl stop final.service
is "$(grep -E 'TERM|HUP|USR1' "$T/final.heard" | sort | tr '\n' ' ')" "HUP TERM USR1 " "SendSIGHUP= sends SIGHUP, FinalKillSignal= comes last"
pid=$(main_pid stays.service)
ctl stop stays.service
is "$(prop stays.service Result)" timeout "SendSIGKILL=no: the stop takes too long"
is "$(gone "$pid" || echo there)" there "and the process is left alone"
kill -KILL "$pid"
ctl start dog.service
ok "WatchdogSec=: a silent service gets WatchdogSignal=" wait_for 10 heard dog USR1
ok "and has failed by the watchdog" wait_for 10 prop_is dog.service Result watchdog

ctl start forced.service
ok "RestartForceExitStatus= restarts whatever Restart= says" wait_for 10 prop_is forced.service NRestarts 1
ctl start growing.service
gaps() { [ "$(wc -l <"$T/growing")" -ge 4 ]; }
ok "RestartSteps= goes on" wait_for 15 gaps
ctl stop growing.service
like "$(awk 'NR > 1 { print int(($1 - last) * 100) } { last = $1 }' "$T/growing" | tr '\n' ' ')" '^[0-9]+ [0-9]+ (9[5-9]|[1-9][0-9][0-9])' "up to RestartMaxDelaySec="
ctl start forks.service guessed.service
is "$(prop forks.service MainPID)" 0 "GuessMainPID=no: there is no main process"
ok "GuessMainPID=yes: there is one" test "$(prop guessed.service MainPID)" -gt 1
ctl start raw.service
ok "SyslogLevelPrefix=no: the level is text" wait_for 5 has_line "$T/console" '<3>with its level'

fails "RefuseManualStart=" ctl start only-wanted.service
ok "it starts for others" ctl start puller.service
is "$(ctl is-active only-wanted.service)" active "and is active"
fails "RefuseManualStop=" ctl stop only-wanted.service
ctl start alone.service
ok "OnFailureJobMode=ignore-dependencies starts the unit" wait_for 10 state_is helper.service active
is "$(ctl is-active extra.service)" inactive "and nothing else"
fails "isolate needs AllowIsolate=" ctl isolate common.target
ctl isolate apart.target
ok "with it, everything else is stopped" wait_for 10 sh -c "! '$KEEL_BIN/keelctl' --instance '$KEEL_NAME' is-active puller.service helper.service && '$KEEL_BIN/keelctl' --instance '$KEEL_NAME' is-active extra.service"
