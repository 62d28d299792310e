# SPDX-License-Identifier: MIT
# keelctl verify: mistakes with file and line, an outcome for each line, and nothing needs to run for it.
. "${0%/*}/lib.sh"
plan 15

unit good.service <<E
[Unit]
Description=All right
[Service]
ExecStart=/bin/true \\
# a comment in between
   and more
E
unit bad.service <<E
[Unit]
no assignment
Descripton=A slip
[Service]
ExecStart=/bin/true
Restart=sometimes
IPAddressDeny=any
E
unit none.service <<E
[Service]
Type=simple
E
unit many@.service <<E
[Service]
ExecStart=/bin/echo %i
E
mkdir "$UNITS/good.service.d"
printf '[Service]\nNice=5\n' >"$UNITS/good.service.d/more.conf"
verify() { "$KEEL_BIN/keelctl" verify "$@" >"$T/said" 2>"$T/mistakes"; }

ok "a file without mistakes: exit status 0" verify "$UNITS/good.service"
like "$(cat "$T/said")" "applied +Service.ExecStart=/bin/true +and more +$UNITS/good.service:4 " "a continued line is told where it begins"
like "$(cat "$T/said")" "applied +Service.Nice=5 +$UNITS/good.service.d/more.conf:2 " "its drop-ins count"
is "$(cat "$T/mistakes")" "" "and there is nothing to complain of"
exits 1 "a file with mistakes: exit status 1" verify "$UNITS/bad.service"
like "$(cat "$T/mistakes")" "^$UNITS/bad.service:2: " "a line that is none"
like "$(cat "$T/mistakes")" "^$UNITS/bad.service:3: .*'Descripton'" "a key that is none"
like "$(cat "$T/mistakes")" "^$UNITS/bad.service:6: Restart: .*allowed: no, " "a word that is not allowed, and those that are"
like "$(cat "$T/said")" "unsupported +Service.IPAddressDeny=any .*bad.service:7 +." "what keel does not do, and why"
like "$(cat "$T/said")" '^4 lines: 1 applied, 1 unsupported, 2 invalid' "the sums"
exits 1 "a unit that cannot be used: exit status 1" verify "$UNITS/none.service"
like "$(cat "$T/mistakes")" 'none.service.*no ExecStart=' "and why"
ok "a template is tried with an instance" verify "$UNITS/many@.service"
exits 1 "a file that is not there" verify "$UNITS/missing.service"
like "$("$KEEL_BIN/keelctl" verify -o json "$UNITS/bad.service" 2>/dev/null)" '"directive": ?"Service.Restart", ?"outcome": ?"invalid"' "JSON for programs"
