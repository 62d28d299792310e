# SPDX-License-Identifier: MIT
# What cannot be had here is told with file and line, and goes on; with --strict it is a reason not to start.
. "${0%/*}/lib.sh"
plan 13

unit plain.service <<E
[Service]
ExecStart=/bin/sleep 1000
E
unit limited.service <<E
[Service]
Type=exec
ExecStartPre=/bin/sh -c 'echo ran >>$T/ran'
ExecStart=/bin/sleep 1000
IODeviceWeight=/no/such/disk 200
ExecStopPost=/bin/sh -c 'echo after >>$T/ran'
E
unit narrow.slice <<E
[Slice]
IOReadBandwidthMax=/no/such/disk 1M
E
unit within.service <<E
[Service]
ExecStart=/bin/sleep 1000
Slice=narrow.slice
E
start_keel
ok "without --strict it starts" ctl start limited.service
ok "what is missing is told, with file, line and directive" \
        wait_for 5 has_line "$T/console" 'limited\.service.*limited\.service:5: IODeviceWeight=/no/such/disk 200 is unavailable: .'
ok "once per start" test "$(grep -c 'IODeviceWeight=.* is unavailable' "$T/console")" = 1
ok "a slice's too" ctl start within.service
ok "with file and line" wait_for 5 has_line "$T/console" 'narrow\.slice:2: IOReadBandwidthMax=.* is unavailable'
ctl daemon-reload
like "$(ctl explain limited.service)" 'unavailable +IODeviceWeight|unavailable.*IODeviceWeight' "it is still known after a reload of the files"
stop_keel
rm -f "$T/ran"

start_keel --strict
ok "--strict: what needs nothing special starts" ctl start plain.service
fails "--strict: what cannot have all does not" ctl start limited.service
ok "and says why, with file, line and directive" \
        has_line "$T/console" 'limited\.service:5: IODeviceWeight=/no/such/disk 200 is unavailable: .'
is "$(prop limited.service ActiveState)/$(prop limited.service Result)" failed/resources "it has failed"
ok "none of its commands ran" test ! -e "$T/ran"
fails "--strict: nor does what is in such a slice" ctl start within.service
is "$(prop narrow.slice ActiveState)/$(prop within.service ActiveState)" inactive/inactive "neither is active"
