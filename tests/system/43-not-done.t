# SPDX-License-Identifier: MIT
# What keel does not do is said for each line that asks for it, before anything starts; what cannot be run without it is refused.
. "${0%/*}/lib.sh"
plan 15

unit asks.service <<E
[Unit]
RequiresMountsFor=/srv/data
JoinsNamespaceOf=other.service
CollectMode=inactive-or-failed
[Service]
ExecStart=/bin/sleep 1000
IPAddressDeny=any
IPAddressAllow=localhost
TTYVTDisallocate=yes
RemoveIPC=no
ManagedOOMSwap=auto
E
unit bus.service <<E
[Service]
Type=dbus
BusName=org.example.Test
ExecStart=/bin/sleep 1000
E
unit talks.service <<E
[Service]
ExecStart=/bin/cat
StandardInput=socket
E
unit named.service <<E
[Service]
ExecStart=/bin/cat
StandardInput=fd:none
E
start_keel
explained=$(ctl explain asks.service)
like "$explained" 'emulated.*RequiresMountsFor=' "RequiresMountsFor=, by order"
like "$(prop asks.service After)" '(^| )local-fs.target( |$)' "which is there"
for key in JoinsNamespaceOf CollectMode IPAddressDeny IPAddressAllow TTYVTDisallocate; do
        like "$explained" "unsupported.*$key=" "$key="
done
unlike "$explained" 'unsupported.*(RemoveIPC|ManagedOOMSwap)=' "what asks for nothing is not among them"
like "$(ctl explain bus.service)" 'emulated.*Type=dbus' "Type=dbus without watching the bus"
like "$(ctl explain bus.service)" 'unsupported.*BusName=' "BusName="
ok "it is up all the same" ctl start bus.service
ctl start talks.service
ok "StandardInput=socket without a socket is no input, but an error" wait_for 10 state_is talks.service failed
ok "that says what is missing" wait_for 5 has_line "$T/console" 'talks\.service.*StandardInput=socket, and no socket was passed'
ctl start named.service
ok "so is the name of a socket that is not there" wait_for 10 state_is named.service failed
ok "which has an exit status of its own" wait_for 5 has_line "$T/console" 'named\.service.*208/STDIN.*none'
