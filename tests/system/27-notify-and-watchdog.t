# SPDX-License-Identifier: MIT
# sd_notify(3): MAINPID, RELOADING, WATCHDOG, NotifyAccess; and messages that are no good.
. "${0%/*}/lib.sh"
plan 8

unit watchdog.service <<E
[Service]
Type=notify
ExecStart=$HELPERS/notify READY=1 -- /bin/sleep 1000
WatchdogSec=300ms
Restart=no
E
unit main.service <<E
[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c 'sleep 1001 & $HELPERS/notify MAINPID=\$\$! READY=1 -- sleep 2; wait'
E
unit stranger.service <<E
[Service]
Type=notify
NotifyAccess=main
TimeoutStartSec=1
ExecStart=/bin/sh -c '$HELPERS/notify READY=1 -- true; exec sleep 1002'
E
unit garbage.service <<E
[Service]
Type=notify
ExecStart=$HELPERS/notify "====" "READY" "MAINPID=-1" "MAINPID=1" "MAINPID=99999999999999999999" "ERRNO=x" "WATCHDOG_USEC=y" "STATUS=fine" READY=1 -- /bin/sleep 1003
E
unit extend.service <<E
[Service]
Type=notify
TimeoutStartSec=2
ExecStart=/bin/sh -c 'exec $HELPERS/notify EXTEND_TIMEOUT_USEC=60000000 -- sh -c "sleep 3; exec $HELPERS/notify READY=1 -- sleep 1004"'
E
start_keel
ctl start watchdog.service
ok "a watchdog that is not fed ends the service" wait_for 10 state_is watchdog.service failed
is "$(prop watchdog.service Result)" watchdog "with the result 'watchdog'"
ok "a helper process may say READY=1 with NotifyAccess=all" ctl start main.service
is "$(tr '\0' ' ' <"/proc/$(main_pid main.service)/cmdline")" "sleep 1001 " "MAINPID= is believed of a process of the service"
fails "NotifyAccess=main does not listen to others" ctl start stranger.service
is "$(prop stranger.service Result)" timeout "so it runs into its timeout"
ctl start garbage.service
is "$(prop garbage.service StatusText)/$(tr '\0' ' ' <"/proc/$(main_pid garbage.service)/cmdline")" "fine//bin/sleep 1003 " "garbage is skipped"
ok "EXTEND_TIMEOUT_USEC= gives more time" ctl start extend.service
