# SPDX-License-Identifier: MIT
# The order of commands, their prefixes, and how command lines are read.
. "${0%/*}/lib.sh"
plan 12

unit order.service <<E
[Service]
Type=oneshot
RemainAfterExit=yes
ExecCondition=/bin/sh -c 'echo condition >>$T/order'
ExecStartPre=/bin/sh -c 'echo pre >>$T/order'
ExecStartPre=-/bin/sh -c 'echo pre-fails >>$T/order; exit 1'
ExecStart=/bin/sh -c 'echo start >>$T/order'
ExecStartPost=/bin/sh -c 'echo post >>$T/order'
ExecReload=/bin/sh -c 'echo reload >>$T/order'
ExecStop=/bin/sh -c 'echo stop >>$T/order'
ExecStopPost=/bin/sh -c 'echo stop-post \$SERVICE_RESULT \$EXIT_CODE \$EXIT_STATUS >>$T/order'
E
unit fails-pre.service <<E
[Service]
ExecStartPre=/bin/false
ExecStart=/bin/sh -c 'echo never >>$T/fails-pre'
ExecStopPost=/bin/sh -c 'echo stop-post \$SERVICE_RESULT >>$T/fails-pre'
E
unit special-pre.service <<E
[Service]
SuccessExitStatus=3 SIGUSR1
ExecStartPre=/bin/sh -c 'exit 3'
ExecStartPre=/bin/sh -c 'kill -USR1 \$\$\$\$'
ExecStart=/bin/sleep 1000
E
unit killed-pre.service <<E
[Service]
ExecStartPre=/bin/sh -c 'kill -TERM \$\$\$\$'
ExecStart=/bin/sleep 1000
E
unit skipped.service <<E
[Service]
ExecCondition=/bin/false
ExecStart=/bin/sh -c 'echo never >>$T/skipped'
E
cat >"$T/arguments" <<'E'
#!/bin/sh
for a; do printf '<%s>' "$a"; done
E
chmod 755 "$T/arguments"
unit arguments.service <<E
[Service]
Type=oneshot
Environment="ONE=1 one" TWO=two EMPTY=
Environment='THREE=a "b" c'
ExecStart=$T/arguments \${ONE} \$ONE "x\${TWO}y" '\$TWO' \$\$TWO %% %n \\x41 "a \\"b\\"" \${EMPTY} \$EMPTY \\
        behind "long \\
    line" ; /bin/true
StandardOutput=file:$T/arguments.out
E
unit argv0.service <<E
[Service]
ExecStart=@/bin/sleep other-name 3000
E
start_keel
ok "start" ctl start order.service
ok "reload" ctl reload order.service
ok "stop" ctl stop order.service
is "$(tr '\n' ',' <"$T/order")" "condition,pre,pre-fails,start,post,reload,stop,stop-post success exited 0," "in this order"
fails "a failing ExecStartPre= fails the start" ctl start fails-pre.service
is "$(cat "$T/fails-pre")" "stop-post exit-code" "nothing but ExecStopPost= ran, and it knows why"
ctl start skipped.service
ok "ExecCondition= skips without failing" state_is skipped.service inactive
ok "indeed" test ! -e "$T/skipped"
ctl start arguments.service
is "$(cat "$T/arguments.out")" '<1 one><1><one><xtwoy><two><$TWO><%><arguments.service><A><a "b"><><behind><long      line>' "quotes, variables and escapes"
ctl start argv0.service
is "$(tr '\0' ' ' <"/proc/$(main_pid argv0.service)/cmdline")" "other-name 3000 " "@ gives argv[0]"
ok "SuccessExitStatus= counts for every command" ctl start special-pre.service
fails "SIGTERM is a clean end of a daemon, not of a command" ctl start killed-pre.service
