# SPDX-License-Identifier: MIT
# What a service sees of the file system: from its mountinfo and its root, not from keel's word.
. "${0%/*}/lib.sh"
plan 26

world "$T/open"
mkdir "$T/secret" "$T/mixed" "$T/mixed/rw"
echo hidden >"$T/secret/file"
unit caged.service <<E
[Service]
ExecStart=/bin/sleep 1000
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ReadWritePaths=$T/mixed/rw
E
unit paths.service <<E
[Service]
ExecStart=/bin/sleep 1001
ProtectSystem=full
InaccessiblePaths=$T/secret -$T/not-there
ReadOnlyPaths=$T/mixed
ReadWritePaths=$T/mixed/rw
E
unit network.service <<E
[Service]
ExecStart=/bin/sleep 1002
PrivateNetwork=yes
E
unit plain.service <<E
[Service]
ExecStart=/bin/sleep 1003
E
again=again$$.service # the name of its folder in a /tmp that is everybody's
unit "$again" <<E
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sleep 1004
PrivateTmp=yes
Restart=always
RestartSec=0
E
start_keel
ok "start" ctl start caged.service paths.service network.service plain.service
pid=$(main_pid caged.service)
root=/proc/$pid/root
# writable FOLDER: as the service's own namespace has it.
mounts=$(cat "/proc/$pid/mountinfo")
options() { # PATH: the options of the mount that it lies in (the longest mount point that is a prefix; the last wins)
        awk -v path="$2" '{ m = $5; if (m == "/" || path == m || index(path "/", m "/") == 1) if (length(m) >= length(best)) { best = m; o = $6 } } END { print o }' "/proc/$1/mountinfo"
}
like "$(options "$pid" /usr)" '^ro' "ProtectSystem=strict: /usr is read-only"
like "$(options "$pid" /var)" '^ro' "and /var"
like "$(options "$pid" "$T/mixed/rw")" '^r[ow]' "a path below /tmp is hidden by PrivateTmp= or bound"
like "$(options "$pid" /dev)" . "PrivateDevices= mounts a /dev"
fails "without disks or memory" sh -c "ls '$root/dev' | grep -E '^(mem|kmem|port|sd|vd|loop)'"
ok "but with null, zero and urandom" sh -c "test -c '$root/dev/null' && test -c '$root/dev/zero' && test -c '$root/dev/urandom'"
like "$(options "$pid" /proc/sys)" '^ro' "ProtectKernelTunables=: /proc/sys is read-only"
like "$(options "$pid" /sys/fs/cgroup)" '^ro' "ProtectControlGroups=: the cgroups are read-only"
is "$(ls -A "$root/tmp" | grep -c keel-test)" "0" "PrivateTmp=: /tmp is its own"
is "$(ls -A "$root/home" 2>/dev/null | wc -l | tr -d ' ')" 0 "ProtectHome=: nothing in /home"
paths=$(main_pid paths.service)
like "$(options "$paths" /usr)" '^ro' "ProtectSystem=full: /usr is read-only"
like "$(options "$paths" /etc)" '^ro' "and /etc"
like "$(options "$paths" /var)" '^rw' "but not /var"
is "$(cat "/proc/$paths/root$T/secret/file" 2>/dev/null)" "" "InaccessiblePaths= hides"
like "$(options "$paths" "$T/mixed")/$(options "$paths" "$T/mixed/rw")" '^ro.*/rw' "ReadWritePaths= below ReadOnlyPaths="
net=$(main_pid network.service)
ok "PrivateNetwork=: a network namespace of its own" test "$(readlink "/proc/$net/ns/net")" != "$(readlink "/proc/$(keel_init)/ns/net")"
is "$(tail -n +3 "/proc/$net/net/dev" | tr -d ' ' | cut -d: -f1 | tr '\n' ' ')" "lo " "with a loopback device only"
is "$(readlink "/proc/$(main_pid plain.service)/ns/mnt")" "$(readlink "/proc/$(keel_init)/ns/mnt")" "a plain service shares keel's mount namespace"

# --- a private /tmp over a restart: as new, whether it is the same folder or not
folders() { find /tmp /var/tmp -maxdepth 1 -name "keel-private*-$again" | wc -l | tr -d ' '; }
restarted() { now=$(prop "$again" MainPID) && [ "$now" != "$before" ] && [ "$now" != 0 ]; }
ok "a service with a private /tmp" ctl start "$again"
pid=$(main_pid "$again") before=$(prop "$again" MainPID)
mkdir -p "/proc/$pid/root/tmp/left/over" && echo left >"/proc/$pid/root/var/tmp/left"
kill -KILL "$pid"
ok "starts again after it was killed" wait_for 10 restarted
pid=$(main_pid "$again")
is "$(ls -A "/proc/$pid/root/tmp" "/proc/$pid/root/var/tmp" | grep -c left)" 0 "without what it had left in its /tmp and /var/tmp"
kill -KILL "$(pgrep -P "$(keel_init)" keel-supervis)"
ok "another supervisor stops it" ctl stop "$again"
is "$(folders)" 0 "and removes its folders, which an earlier start has made"

# --- what was kept for a start that does not come
cgroups_left() { find "$(cgroup_path "$(keel_init)" | sed 's|/init.scope$||')" -name "*$$.service" -type d 2>/dev/null | wc -l; }
unit "once$$.service" <<E
[Service]
Type=oneshot
ExecStart=/bin/true
PrivateTmp=yes
E
unit "limited$$.service" <<E
[Unit]
StartLimitIntervalSec=1000
StartLimitBurst=2
[Service]
ExecStart=/bin/false
PrivateTmp=yes
Restart=always
RestartSec=0
E
ctl daemon-reload
again=once$$.service
ctl start "$again"
is "$(folders) $(cgroups_left)" "0 0" "a oneshot leaves no private /tmp behind, and no cgroup"
again=limited$$.service
ctl start "$again"
is_given_up() { [ "$(prop "$again" Result) $(folders) $(cgroups_left)" = "start-limit-hit 0 0" ]; }
ok "nor does a service whose restart is refused" wait_for 10 is_given_up
