# SPDX-License-Identifier: MIT
# Templates, drop-ins, aliases, .wants folders, specifiers, reload.
. "${0%/*}/lib.sh"
plan 12

unit tell@.service <<E
[Unit]
Description=Telling %i
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo "%p %i %I %n %N" >$T/tell-%i'
E
unit web.service <<E
[Unit]
Description=Before
[Service]
ExecStart=/bin/sleep 1000
Environment=A=1
E
unit web.service.d/20-more.conf <<E
[Unit]
Description=After
[Service]
ExecStart=
ExecStart=/bin/sleep 1001
E
unit web.service.d/10-less.conf <<E
[Unit]
Description=In between
[Service]
Environment=B=2
E
ln -s web.service "$UNITS/www.service"
unit all.target <<E
[Unit]
Description=All
E
mkdir "$UNITS/all.target.wants" "$UNITS/all.target.requires"
ln -s ../web.service "$UNITS/all.target.wants/web.service"
ln -s ../tell@.service "$UNITS/all.target.requires/tell@wanted.service"
start_keel --unit-target all.target
ok "the target comes up" wait_for 10 state_is all.target active
is "$(ctl is-active web.service)" active ".wants"
is "$(ctl is-active tell@wanted.service)" active ".requires, with a template's instance"
is "$(cat "$T/tell-wanted")" "tell wanted wanted tell@wanted.service tell@wanted" "specifiers"
ctl start 'tell@a-b\x20c.service'
is "$(cat "$T/tell-a-b\\x20c" 2>/dev/null || cat "$T"/tell-a-b*)" 'tell a-b\x20c a/b c tell@a-b\x20c.service tell@a-b\x20c' "%i is escaped, %I is not"
is "$(prop web.service Description)" After "the last drop-in by name wins"
is "$(prop web.service Environment)" "A=1 B=2" "lists grow"
is "$(tr '\0' ' ' <"/proc/$(main_pid web.service)/cmdline")" "/bin/sleep 1001 " "an empty value resets"
is "$(prop www.service Id)" web.service "an alias is the same unit"
like "$(ctl cat web.service)" '20-more\.conf' "cat shows the drop-ins"
unit web.service.d/30-new.conf <<E
[Unit]
Description=New
E
pid=$(prop web.service MainPID)
ctl daemon-reload
is "$(prop web.service Description)" New "daemon-reload reads again"
is "$(prop web.service MainPID)" "$pid" "and leaves the process alone"
