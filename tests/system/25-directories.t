# SPDX-License-Identifier: MIT
# RuntimeDirectory= and its siblings: made with owner and mode, told by the environment, removed or kept.
. "${0%/*}/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "only root may change owners"
plan 9

name=keel-test-$$
trap 'rm -rf "/run/$name" "/run/$name-kept" "/var/lib/$name" "/var/cache/$name" "/var/log/$name" "/etc/$name"; tap_end' EXIT
unit d.service <<E
[Service]
ExecStart=/bin/sh -c 'echo "\$RUNTIME_DIRECTORY|\$STATE_DIRECTORY|\$CACHE_DIRECTORY|\$LOGS_DIRECTORY|\$CONFIGURATION_DIRECTORY" >\$STATE_DIRECTORY/told; exec sleep 1000'
User=nobody
RuntimeDirectory=$name $name/sub
RuntimeDirectoryMode=0750
StateDirectory=$name
CacheDirectory=$name
LogsDirectory=$name
ConfigurationDirectory=$name
E
unit kept.service <<E
[Service]
Type=oneshot
ExecStart=/bin/true
RuntimeDirectory=$name-kept
RuntimeDirectoryPreserve=yes
E
start_keel
ok "start" ctl start d.service kept.service
in="/proc/$(keel_init)/root"
is "$(stat -c '%U %a' "$in/run/$name")" "nobody 750" "RuntimeDirectory= with owner and mode"
ok "more than one" test -d "$in/run/$name/sub"
is "$(stat -c '%U %a' "$in/var/lib/$name")" "nobody 755" "StateDirectory="
ok "CacheDirectory= and LogsDirectory=" test -d "$in/var/cache/$name" -a -d "$in/var/log/$name"
ok "it has written there" wait_for 10 test -s "$in/var/lib/$name/told"
is "$(cat "$in/var/lib/$name/told")" "/run/$name:/run/$name/sub|/var/lib/$name|/var/cache/$name|/var/log/$name|/etc/$name" "the environment tells"
ctl stop d.service
is "$(test -e "$in/run/$name" && echo there)/$(test -e "$in/var/lib/$name" && echo there)" /there "stop removes the runtime directory only"
ok "RuntimeDirectoryPreserve= keeps it" test -d "$in/run/$name-kept"
