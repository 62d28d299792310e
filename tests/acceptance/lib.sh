# SPDX-License-Identifier: MIT
# lib.sh of the acceptance set: a Debian package's own unit file, untouched, under keel, with a real client.
# A test says  . "${0%/*}/lib.sh"; enter PACKAGES  and goes on inside of an overlay where they are installed.

enter() {
        [ -n "${KEEL_OVERLAY:-}" ] && return
        cd "${0%/*}/../.." || exit 1
        why=$(mktemp)
        tests/acceptance/enter "$@" -- sh "$0" 2>"$why"
        status=$?
        [ $status = 75 ] && echo "1..0 # SKIP $(tail -n 1 "$why")"
        cat "$why" >&2
        rm -f "$why"
        [ $status = 75 ] && exit 0
        exit $status
}
# The rest of the library is only for the inside; here a folder of its own would be left behind.
if [ -n "${KEEL_OVERLAY:-}" ]; then
        . "${0%/*}/../system/lib.sh"
fi

# stock NAME…: these units, as the package ships them, are what keel loads.
stock() {
        for name; do ln -s "/lib/systemd/system/$name" "$UNITS/$name"; done
}
# inside COMMAND…: in keel's network, mount and pid namespaces.
inside() { nsenter -t "$(keel_init)" -m -n -p "$@"; }
# untouched UNIT PACKAGE: the unit file is the package's.
untouched() {
        want=$(sed -n "s| *lib/systemd/system/$1\$||p" "/var/lib/dpkg/info/$2.md5sums")
        [ -n "$want" ] && [ "$(md5sum <"/lib/systemd/system/$1" | cut -d' ' -f1)" = "$want" ]
}
# processes NAME: how many processes inside have that name.
processes() {
        n=0
        for p in $(inside_pids); do [ "$(status_field "$p" Name)" != "$1" ] || n=$((n + 1)); done
        echo "$n"
}
no_processes() { [ "$(processes "$1")" = 0 ]; }
# The options of the mount in which PATH lies, as process PID sees it.
mount_options() {
        awk -v path="$2" '{ m = $5; if (m == "/" || path == m || index(path "/", m "/") == 1) if (length(m) >= length(best)) { best = m; o = $6 } } END { print o }' "/proc/$1/mountinfo"
}
new_main() { # UNIT OLD: there is another main process, and it is active
        now=$(prop "$1" MainPID)
        [ "$now" != 0 ] && [ "$now" != "$2" ] && state_is "$1" active
}
# restarts_after_kill UNIT: kill -9 of the main process brings a new one (two tests).
restarts_after_kill() {
        old=$(prop "$1" MainPID)
        kill -KILL "$(main_pid "$1")"
        ok "kill -9 of the main process: there is a new one" wait_for 20 new_main "$1" "$old"
        is "$(prop "$1" NRestarts)" 1 "the restart is counted"
}
# stops_clean UNIT PROCESS: four tests.
stops_clean() {
        stops_group=$(cgroup_path "$(main_pid "$1")")
        ok "stop" ctl stop "$1"
        is "$(ctl is-active "$1")/$(prop "$1" Result)" inactive/success "it stopped well"
        ok "no process is left" no_processes "$2"
        case $stops_group in
        */"$1") ok "no cgroup is left" test ! -d "$stops_group" ;;
        *) skip 1 "no cgroup2 here" ;;
        esac
}
