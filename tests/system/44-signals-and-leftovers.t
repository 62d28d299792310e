# SPDX-License-Identifier: MIT
# RestartKillSignal=, RuntimeMaxSec= across reloads, RemoveIPC=.
. "${0%/*}/lib.sh"
plan 9

unit asked.service <<E
[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c 'trap "echo usr1 >>$T/heard; exit 0" USR1; trap "echo term >>$T/heard; exit 0" TERM; $HELPERS/notify READY=1; while :; do sleep 0.02; done'
RestartKillSignal=SIGUSR1
E
unit short.service <<E
[Service]
ExecStart=/bin/sleep 1000
ExecReload=/bin/true
RuntimeMaxSec=1s
RuntimeRandomizedExtraSec=100ms
E
user=daemon
leaves() { # NAME EXTRA: a service of the user's that leaves shared memory behind
        unit "$1" <<E
[Service]
Type=exec
User=$user
$2
ExecStart=/bin/sh -c 'echo x >/dev/shm/keel-$$-$1; exec sleep 1000'
E
}
leaves tidy.service RemoveIPC=yes
leaves untidy.service RemoveIPC=no
start_keel
ok "a service that listens starts" ctl start asked.service
ctl restart asked.service
is "$(cat "$T/heard")" usr1 "a restart sends RestartKillSignal="
ctl stop asked.service
is "$(tail -n 1 "$T/heard")" term "a stop sends KillSignal="

ctl start short.service
over() { ctl reload short.service; state_is short.service failed; }
ok "reloads do not put off the end of RuntimeMaxSec=" wait_for 10 over
is "$(prop short.service Result)" timeout "which is a time-out"

left() { [ -e "/dev/shm/keel-$$-$1" ]; }
ctl start tidy.service untidy.service
wait_for 5 left tidy.service
wait_for 5 left untidy.service
ctl stop tidy.service
ok "RemoveIPC= waits while another process of the user lives" left untidy.service
ctl stop untidy.service
ok "RemoveIPC=no leaves what is there" left tidy.service
ctl start tidy.service
ctl stop tidy.service
fails "RemoveIPC=yes removes shared memory of the user" left tidy.service
fails "whoever of its services made it" left untidy.service
rm -f /dev/shm/keel-$$-*
