# SPDX-License-Identifier: MIT
# Mistakes are told with file, line and key; the rest of the file counts; nothing is silent.
. "${0%/*}/lib.sh"
plan 14

unit wrong.service <<E
[Unit]
Description=Wrong here and there
Wrong line without an equals sign
[Service]
Restart=sometimes
TimeoutStopSec=soon
NoSuchKey=1
LimitNOFILE=many
ExecStart=/bin/sleep 1000
UMask=0027
E
unit empty.service </dev/null
unit nothing-to-do.service <<E
[Service]
Type=simple
E
printf '[Service]\nExecStart=/bin/true\nEnvironment=\377\376\n[Unclosed\nX=\0y\n' | unit bytes.service
unit cycle-a.service <<E
[Unit]
After=cycle-b.service
Requires=cycle-b.service
[Service]
ExecStart=/bin/sleep 1001
E
unit cycle-b.service <<E
[Unit]
After=cycle-a.service
Requires=cycle-a.service
[Service]
ExecStart=/bin/sleep 1002
E
unit later.service <<E
[Service]
ExecStart=/bin/sleep 1003
LogExtraFields=A=B
E
ln -s /dev/null "$UNITS/masked.service"
start_keel
ok "a file with mistakes starts" ctl start wrong.service
said() { wait_for 5 has_line "$T/console" "$1"; }
ok "a line without =" said 'wrong\.service:3: '
ok "a word that is not allowed, and those that are" said 'wrong\.service:5: Restart: .*on-failure'
ok "a time that is none" said 'wrong\.service:6: TimeoutStopSec: '
ok "a key that does not exist" said 'wrong\.service:7: .*NoSuchKey'
ok "a limit that is none" said 'wrong\.service:8: LimitNOFILE: '
is "$(status_field "$(main_pid wrong.service)" Umask)" 0027 "the other lines count"
fails "an empty file cannot be started" ctl start empty.service
fails "nor a service without a command" ctl start nothing-to-do.service
ctl start bytes.service >/dev/null 2>&1
ok "bytes that are no text do no harm" ctl list-units
fails "a cycle that cannot be broken is refused" ctl start cycle-a.service
like "$(cat "$T/out" "$T/console")" 'cycle-a\.service.*cycle-b\.service|cycle-b\.service.*cycle-a\.service' "and its edges are named"
ctl start later.service
like "$(ctl status later.service; cat "$T/console")" 'LogExtraFields' "a directive that keel does not know how to apply is reported"
fails "a masked unit cannot be started" ctl start masked.service
