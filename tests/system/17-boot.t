# SPDX-License-Identifier: MIT
# keel as PID 1 without being asked for anything: it is the system.
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
plan 20
unshare --pid --fork --mount true 2>/dev/null || skip_all "no right to make namespaces"

# boot ROOT COMMAND…: as PID 1 of new namespaces, with ROOT as the root.
boot() {
        boot_root=$1
        shift
        $leash unshare --pid --fork --kill-child --mount chroot "$boot_root" "$@" >"$T/console" 2>&1 </dev/null &
        KEEL_PID=$!
}
end() {
        tell end 1 "$1" 'as the test wants it'
        wait_keel 10
}

# --- an empty root, where everything is missing
root=$T/root
mkdir -p "$root/sbin" "$root$FAKE_DIR" "$root/tmp" "$root/usr/local/libexec/keel"
cp "$T/bin/keel" "$root/sbin/init"
cp "$T/bin/keel-supervisor" "$root/sbin/"
mount --bind "$root" "$root" && mount --bind "$FAKE_DIR" "$root$FAKE_DIR" || skip_all "no right to mount"
trap 'umount "$root$FAKE_DIR" "$root"; tap_end' EXIT
boot "$root" /sbin/init single quiet
ok "init needs no arguments" logged '^kept-all'
like "$(log_line 1 '^started')" 'pid=[0-9]+ single quiet ' "words of a kernel's command line go to the supervisor"
like "$(log_line 1 '^welcome')" 'init=1 .* flags=35 ' "it is the system, but not the machine's PID 1"
mounts=$(cat "/proc/$(keel_init)/mounts")
for m in "proc /proc proc" "sysfs /sys sysfs" "devpts /dev/pts devpts" "cgroup2 /sys/fs/cgroup cgroup2"; do
        like "$mounts" "^$m " "${m%% *} was missing and is mounted"
done
unlike "$mounts" ' /run ' "a container's /run is its own affair"
unlike "$(cat "$T/console")" 'cannot' "nothing to complain about"
end 3
is "$KEEL_STATUS" 3 "its exit code is the container's"
is "$(tail -n 1 "$T/console")" "keel: as the test wants it: exit code 3" "and the last line says why"

cp "$T/bin/keel-supervisor" "$root/usr/local/libexec/keel/"
cp "$HELPERS/zombies" "$root/sbin/"
like "$("$T/bin/keel" run --root "$root" -- /sbin/zombies 3)" '^[0-9]+$' "a command can run in another root"
: >"$LOG"
"$T/bin/keel" --root "$root" >"$T/console" 2>&1 </dev/null &
KEEL_PID=$!
ok "so can a supervisor" logged '^kept-all'
like "$(log_line 1 '^welcome')" 'init=1 .* flags=51 ' "and it is the system there"
end 0

# --- everything there already
: >"$LOG"
$leash unshare --pid --fork --kill-child --mount-proc sh -c 'cat /proc/mounts >"$1"; exec "$2"' sh "$T/before" "$T/bin/keel" \
        >"$T/console" 2>&1 </dev/null &
KEEL_PID=$!
ok "so it is where all is mounted" logged '^kept-all'
# Other tests may come and go at the same time.
grep -v keel-test "$T/before" >"$T/wanted"
is "$(grep -v keel-test "/proc/$(keel_init)/mounts" | diff "$T/wanted" -)" "" "and nothing is mounted again"
kill -TERM "$(keel_init)"
ok "SIGTERM to it reaches the supervisor" logged '^signal 15 '
end 0

# --- one command in a container, with options; closed standard fds
is "$(unshare --pid --fork "$T/bin/keel" --remap 9:4 -- sh -c 'exit 9'; echo $?)" 4 "PID 1 may have options and a command"
: >"$LOG"
unshare --pid --fork --kill-child "$T/bin/keel" 0<&- 1>&- 2>&- &
KEEL_PID=$!
ok "it starts with its standard fds closed" logged '^kept-all'
is "$(readlink "/proc/$(keel_init)/fd/2" | sed 's/console/null/')" /dev/null "which are opened"
end 0
