# SPDX-License-Identifier: MIT
# keel run --units DIR --unit-target NAME brings up what the target wants, in order.
. "${0%/*}/lib.sh"
plan 12

unit main.target <<E
[Unit]
Description=What we start with
Wants=first.service second.service third.service
E
unit first.service <<E
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo first >>$T/order'
E
unit second.service <<E
[Unit]
Description=The second one
After=first.service
[Service]
ExecStart=/bin/sh -c 'echo second >>$T/order; exec sleep 1000'
E
unit third.service <<E
[Unit]
After=second.service
Before=main.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo third >>$T/order'
E
start_keel --unit-target main.target
ok "the target becomes active" wait_for 10 state_is main.target active
is "$(state_is first.service active && echo yes)" yes "a oneshot that remains is active"
is "$(prop second.service ActiveState)/$(prop second.service SubState)" active/running "a simple service runs"
is "$(prop third.service ActiveState)/$(prop third.service SubState)" inactive/dead "a oneshot that ended is dead"
wait_for 5 has_line "$T/order" second
is "$(grep -v second "$T/order" | tr '\n' ' ')" "first third " "After= and Before= are kept"
like "$(ctl list-units)" '^ *(● )?second\.service +loaded +active +running +The second one' "list-units shows it"
like "$(ctl status second.service)" 'Active: active \(running\)' "status says active (running)"
pid=$(main_pid second.service)
is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sleep 1000 " "the main process is the one it says"
is "$(status_field "$pid" PPid)" "$(keel_init)" "services are children of PID 1"
is "$(status_field "$(keel_init)" Name)" keel "PID 1 is keel"
is "$(status_field "$(keel_init)" Threads)" 1 "PID 1 has one thread"
stop_keel
is "$(gone "$pid" && echo gone)" gone "keel's end is the end of what it started"
