# SPDX-License-Identifier: MIT
# Debian's redis-server.service: Type=notify and a full cage.
. "${0%/*}/lib.sh"
enter redis-server redis-tools
plan 26

stock redis-server.service
start_keel --net
ok "the unit file is the package's" untouched redis-server.service redis-server
ok "start" ctl start redis-server.service
is "$(prop redis-server.service ActiveState)/$(prop redis-server.service SubState)" active/running "it is active (running)"
redis() { inside timeout 20 redis-cli "$@"; }
is "$(redis ping)" PONG "it answers PING"
redis set word kept >/dev/null
is "$(redis get word)" kept "it keeps a word"
like "$(prop redis-server.service StatusText)" 'Ready to accept connections' "its own status is shown"

pid=$(main_pid redis-server.service)
is "$(status_field "$pid" Name)" redis-server "the main process is redis-server"
uid=$(id -u redis) gid=$(id -g redis)
is "$(status_field "$pid" Uid | cut -f1)/$(status_field "$pid" Gid | cut -f1)" "$uid/$gid" "as user and group redis"
is "$(status_field "$pid" Seccomp)" 2 "filtered by seccomp"
is "$(status_field "$pid" NoNewPrivs)" 1 "without new privileges"
is "$(status_field "$pid" CapBnd)" 0000000000000000 "with an empty bounding set"
is "$(status_field "$pid" Umask)" 0007 "UMask="
# As systemd does without the right to raise it: as near as this machine's hard limit lets it.
told=$(ctl status redis-server.service | grep LimitNOFILE)
if prlimit --nofile=65535:65535 true 2>/dev/null; then
        files=65535
        is "$told" "" "nothing is to be said of LimitNOFILE="
else
        files=$(ulimit -Hn)
        like "$told" "unavailable.*$files|$files.*unavailable" "that LimitNOFILE= cannot be had is told"
fi
like "$(cat "/proc/$pid/limits")" "^Max open files +$files +$files " "LimitNOFILE="
like "$(mount_options "$pid" /usr)" '^ro' "/usr is read-only"
like "$(mount_options "$pid" /etc/passwd)" '^ro' "/etc, too"
like "$(mount_options "$pid" /var/lib/redis)" '^rw' "but not its own folder"
like "$(mount_options "$pid" /usr/bin/env)" noexec "nothing can be executed (NoExecPaths=)"
# Debian's /usr/bin/redis-server is a link to the program.
program=$(readlink -f /usr/bin/redis-server)
unlike "$(mount_options "$pid" "$program")" noexec "but itself (ExecPaths=)"
like "$(mount_options "$pid" "$(dirname "$program")")" noexec "and nothing beside it"
redis save >/dev/null
restarts_after_kill redis-server.service
stops_clean redis-server.service redis-server
