# SPDX-License-Identifier: MIT
# Where output goes, and what comes in: the console with the unit's name, files, nothing.
. "${0%/*}/lib.sh"
plan 15

unit talk.service <<E
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo to-stdout; echo to-stderr >&2; echo via-dev-stdout >/dev/stdout; printf without-newline'
E
unit user.service <<E
[Service]
Type=oneshot
User=nobody
ExecStart=/bin/sh -c 'echo as-nobody >/dev/stdout'
E
unit files.service <<E
[Service]
Type=oneshot
ExecStart=/bin/cat
StandardInput=file:$T/input
StandardOutput=file:$T/output
E
unit append.service <<E
[Service]
Type=oneshot
ExecStart=/bin/echo more
StandardOutput=append:$T/append
E
unit truncate.service <<E
[Service]
Type=oneshot
ExecStart=/bin/echo new
StandardOutput=truncate:$T/truncate
E
unit null.service <<E
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo never-seen; echo seen-on-stderr >&2'
StandardOutput=null
StandardError=journal
E
for u in silent spoken; do
        printf '%s\n' '[Service]' 'ExecStart=/bin/sleep 1000' "$([ $u = spoken ] || echo StandardOutput=null)" | unit $u.service
done
unit environment.service <<E
[Service]
Type=oneshot
Environment=A=1 "B=two words"
EnvironmentFile=$T/environment
EnvironmentFile=-$T/not-there
UnsetEnvironment=A
ExecStart=/usr/bin/env
StandardOutput=file:$T/env
E
echo "from a file" >"$T/input"
echo old >"$T/append"
echo old, and longer >"$T/truncate"
printf '# a comment\nC=three\nD="four \\"4\\""\nE=a \\\n b\n' >"$T/environment"
start_keel
ctl start talk.service user.service files.service append.service truncate.service null.service environment.service
ok "stdout reaches the console with the unit's name" wait_for 10 has_line "$T/console" 'talk.*to-stdout'
ok "stderr, too" wait_for 10 has_line "$T/console" 'talk.*to-stderr'
ok "and what is written to /dev/stdout" wait_for 10 has_line "$T/console" 'talk.*via-dev-stdout'
ok "a last line needs no newline" wait_for 10 has_line "$T/console" 'talk.*without-newline'
ok "another user can open /dev/stdout" wait_for 10 has_line "$T/console" 'user.*as-nobody'
is "$(cat "$T/output")" "from a file" "StandardInput=file: and StandardOutput=file:"
is "$(tr '\n' ' ' <"$T/append")" "old more " "append:"
is "$(cat "$T/truncate")" new "truncate:"
ok "StandardError=journal" wait_for 10 has_line "$T/console" 'null.*seen-on-stderr'
fails "StandardOutput=null" has_line "$T/console" never-seen
like "$(ctl status talk.service)" 'to-stdout' "status shows the last lines"
is "$(grep -E '^(A|B|C|D|E)=' "$T/env" | sort | tr '\n' '|')" 'B=two words|C=three|D=four "4"|E=a  b|' "the environment, from the unit and from a file"
like "$(cat "$T/env")" '^INVOCATION_ID=[0-9a-f]{32}$' "INVOCATION_ID="

# Others' pipes may go meanwhile: what counts are new ones.
pipes() { ls -l "/proc/$(keel_init)/fd" | sed -n 's/.* -> \(pipe:.*\)/\1/p'; }
new_pipes() { pipes | grep -vxFc -f "$T/pipes"; }
{ pipes; echo none; } >"$T/pipes"
ctl start silent.service
is "$(new_pipes)" 0 "what says nothing needs no log pipe"
ctl start spoken.service
ok "what logs has one, which PID 1 keeps" wait_for 10 eval '[ "$(new_pipes)" -gt 0 ]'
