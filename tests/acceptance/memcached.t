# SPDX-License-Identifier: MIT
# Debian's memcached.service: a wrapper script that becomes the daemon, which drops its own privileges inside of the cage.
. "${0%/*}/lib.sh"
enter memcached netcat-openbsd
plan 20

stock memcached.service
start_keel --net
ok "the unit file is the package's" untouched memcached.service memcached
ok "start" ctl start memcached.service
ask() { printf '%s\r\nquit\r\n' "$1" | inside nc -w 5 127.0.0.1 11211 | tr -d '\r'; }
answers() { ask version | grep -q '^VERSION 1\.'; }
ok "it answers 'version'" wait_for 20 answers
is "$(prop memcached.service ActiveState)/$(prop memcached.service SubState)" active/running "it is active (running)"
pid=$(main_pid memcached.service)
is "$(status_field "$pid" Name)" memcached "the main process is memcached"
is "$(status_field "$pid" Uid | cut -f1)" "$(id -u memcache)" "as its own user"
is "$(status_field "$pid" Seccomp)" 2 "filtered by seccomp"
is "$(status_field "$pid" NoNewPrivs)" 1 "without new privileges"
bnd=$(status_field "$pid" CapBnd)
is "$((0x$bnd & ~0x10000c0))" 0 "the bounding set holds nothing but what the unit names ($bnd)"
like "$(mount_options "$pid" /usr)" '^ro' "ProtectSystem=full: /usr is read-only"
like "$(mount_options "$pid" /etc/passwd)" '^ro' "and /etc"
like "$(mount_options "$pid" /proc/sys/kernel)" '^ro' "ProtectKernelTunables="
fails "PrivateDevices=: no disks, no memory in /dev" sh -c "ls /proc/$pid/root/dev | grep -E '^(mem|kmem|port|sd|vd|loop)'"
ok "PrivateTmp=: /tmp is its own" test "$(stat -L -c %d:%i "/proc/$pid/root/tmp")" != "$(stat -L -c %d:%i "/proc/$(keel_init)/root/tmp")"
restarts_after_kill memcached.service
stops_clean memcached.service memcached
