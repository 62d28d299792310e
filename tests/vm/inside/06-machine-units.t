# SPDX-License-Identifier: MIT
# What keel ships for machines is there on one: host name, loopback, console; a `keel run` beside it has none of that.
. "${0%/*}/../../system/lib.sh"
use_system_keel
plan 6

is "$(prop keel-hostname.service Result)/$(prop keel-hostname.service ActiveState)" success/active "keel-hostname.service has run"
is "$(uname -n)" "$(cat /etc/hostname)" "the host name is the one of /etc/hostname"
is "$(prop keel-loopback.service ActiveState)" active "keel-loopback.service has run"
like "$(cat /sys/class/net/lo/flags)" '^0x[0-9a-f]*[13579bdf]$' "the loopback interface is up"
is "$(prop console-getty.service LoadState)" loaded "a login for the console can be had"
# Another keel on the same machine: for its units only.
KEEL_IS_SYSTEM=
UNITS=$T/units
unit alone.service <<E
[Service]
ExecStart=/bin/sleep 1000
E
start_keel
is "$(prop keel-hostname.service LoadState)" not-found "keel run --units does not see the machine's units"
