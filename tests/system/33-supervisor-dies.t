# SPDX-License-Identifier: MIT
# kill -9 of the supervisor: the services go on as if nothing had been, and there is a new supervisor.
. "${0%/*}/lib.sh"
plan 5

unit a.service <<E
[Service]
ExecStart=/bin/sleep 1000
E
start_keel
ctl start a.service
service=$(main_pid a.service)
old=$(supervisor)
ok "there is one supervisor" test -n "$old"
kill -KILL "$old"
ok "there is a new one" wait_for 10 is_another "$old"
ok "the service lives" test -d "/proc/$service"
ok "keelctl answers" wait_for 10 ctl list-units
stop_keel
ok "the end is the end for all" gone "$service"
