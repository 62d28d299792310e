# SPDX-License-Identifier: MIT
# keelctl reexec --pid1: PID 1 becomes another file and back, while services run, crash and are started again.
. "${0%/*}/lib.sh"
plan 23

# The programs in a folder of our own, so that PID 1's can be replaced.
mkdir "$T/bin"
cp "$KEEL_BIN/keel" "$KEEL_BIN/keelctl" "$KEEL_BIN/keel-supervisor" "$KEEL_BIN/keel-logger" "$T/bin/"
cp "$KEEL_BIN/keel" "$T/other-keel"
cp "$KEEL_BIN/keel" "$T/first-keel"
KEEL_BIN=$T/bin
put_keel() { cp "$1" "$T/bin/new" && mv "$T/bin/new" "$T/bin/keel"; }

world "$T/out.d"
mkfifo "$T/gate"
# Keel's own units are not beside these programs.
unit steady.service <<E
[Unit]
DefaultDependencies=no
[Service]
ExecStart=/bin/sh -c 'echo started >>$T/out.d/steady; exec sleep 1000'
Restart=always
E
unit asked.service <<E
[Unit]
DefaultDependencies=no
[Service]
ExecStart=/bin/sh -c 'read line <$T/gate; exit 7'
E
# Each writes a line per start, and ends at once, with its own status.
for n in 1 2 3 4 5; do
        unit "crash$n.service" <<E
[Unit]
DefaultDependencies=no
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sh -c 'echo x >>$T/out.d/crash$n; exit $n'
Restart=always
RestartSec=20ms
E
done
unit demo.target <<E
[Unit]
DefaultDependencies=no
Wants=steady.service asked.service crash1.service crash2.service crash3.service crash4.service crash5.service
E
start_keel --unit-target demo.target
wait_for 10 state_is steady.service active
init=$(keel_init)
supervisor=$(pgrep -P "$init" -x keel-supervisor)
steady=$(main_pid steady.service)
inode() { stat -L -c %i "/proc/$init/exe"; }
lines() { wc -l <"$T/out.d/crash$1"; }
more_lines() { [ "$(lines "$1")" -gt "$2" ]; }

before=$(inode)
for way in other-keel first-keel other-keel first-keel; do
        put_keel "$T/$way"
        ok "over to $way, under load" ctl reexec --pid1
        unlike "$(inode)" "^$before\$" "PID 1 is another file"
        before=$(inode)
done
ok "the supervisor noticed nothing" kill -0 "$supervisor"
is "$(main_pid steady.service)" "$steady" "the services go on"
is "$(wc -l <"$T/out.d/steady")" 1 "and were not started again"
for n in 1 2 3 4 5; do
        ok "crash$n goes on crashing and being started" wait_for 10 more_lines "$n" "$(($(lines "$n") + 3))"
done
# While it runs again its last status is not shown: look until it is.
ok "each with its own status" wait_for 10 prop_is crash3.service ExecMainStatus 3
echo go 1<>"$T/gate" >&1
ok "an end afterwards has its status" wait_for 10 prop_is asked.service ExecMainStatus 7
like "$(cat "$T/console")" 'PID 1 has replaced itself' "the supervisor says that it happened"

# --- not
rm "$T/bin/keel"
exits 1 "without a program at its path it fails" ctl reexec --pid1
like "$(cat "$T/out")" 'Failed to replace PID 1: PID 1 goes on as it is: cannot open it: not found' "and says why"
ok "PID 1 goes on" prop_is steady.service ActiveState active
put_keel "$T/other-keel"
stop_keel
is "$KEEL_STATUS" 0 "and ends in order"
