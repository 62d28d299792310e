#!/bin/sh
# SPDX-License-Identifier: MIT
# keel-logger alone, with a supervisor's end that does as it is told: privileges, a kill at any time, rotation, sleep.
. "${0%/*}/lib.sh"

[ -x "$KEEL_BIN/keel-logger" ] || skip_all "keel-logger is not built"
logs=$T/log
# logger [OPTION…] <COMMANDS: see tests/helpers/logger-line.c
logger_line() { "$HELPERS/logger-line" "$KEEL_BIN/keel-logger" --directory="$logs" "$@"; }
logger() { logger_line "$@" 2>&1; }
text() { cut -d' ' -f2- "$logs/$1.log"; }

plan 17

out=$(logger --mirror=prefixed <<E
start
add web.service sml
add quiet.service s
say web.service hello\n<4>warned\nhalf a
say quiet.service only in the file\n
sync
say web.service  line\n
close
E
)
like "$out" "^ready $logs\$" "it says where it keeps the lines"
is "$(printf '%s\n' "$out" | grep '^web')" "web.service: hello
web.service: warned
web.service: half a line" "lines come out behind the unit's name, whole ones only"
unlike "$out" "only in the file" "a unit that is not mirrored is not shown"
like "$out" "^ended 0" "it ends when the line is closed"
is "$(text web.service)" "hello
<4>warned
half a line" "the file has them with their levels"
like "$(head -n 1 "$logs/web.service.log")" \
        '^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z hello$' "each line begins with its time"

if [ "$(id -u)" = 0 ]; then
        out=$(logger --mirror=none <<E
start
show
close
E
)
        like "$out" "Uid:.(65534.){3}65534" "root's logger becomes nobody"
        like "$out" "CapPrm:.0+\$" "it has no capabilities"
        like "$out" "NoNewPrivs:.1" "it cannot get any"
        is "$(stat -c %U "$logs/web.service.log")" nobody "its files are its own"
else
        skip 4 "not root"
fi

# Killed in the middle of lines; its successor goes on where it was.
rm -rf "$logs"
{
        echo start
        echo add web.service s
        for i in 1 2 3 4 5 6 7 8; do
                echo "say web.service $i-be"
                [ $((i % 2)) = 0 ] || echo sync
                echo kill
                printf '%s\n' "say web.service gin-$i\\n"
                echo start
        done
        echo close
} | logger --mirror=none >"$T/out"
is "$(text web.service | tr '\n' ' ')" "1-begin-1 2-begin-2 3-begin-3 4-begin-4 5-begin-5 6-begin-6 7-begin-7 8-begin-8 " \
        "a killed logger loses no line, and no service gets SIGPIPE"

# Rotation under load: every byte of the last files is a whole line, in order.
rm -rf "$logs"
out=$(logger --mirror=none --file-size=256K --files=3 <<E
start
add web.service s
fill web.service 3000000 100
sync
close
E
)
is "$(cd "$logs" && echo *)" "web.service.log web.service.log.1 web.service.log.2" "so many files, no more"
is "$(cat "$logs"/* | grep -cv 'Z [a-z]*$')" 0 "lines are not cut by rotation"
ok "files keep their size" test "$(stat -c %s "$logs/web.service.log.1")" -le 262272

# Idle: no wake-up at all.
rm -rf "$logs"
out=$(logger <<E
start
add web.service sm
say web.service x\n
sync
show
pause 300
show
close
E
)
is "$(printf '%s\n' "$out" | sed -n 's/^voluntary_ctxt_switches:.//p' | uniq | wc -l)" 1 "an idle logger is never woken"

# A mirror that nobody reads.
rm -rf "$logs"
mkfifo "$T/fifo"
sleep 100 <>"$T/fifo" &
holder=$!
logger_line --mirror=plain --when-full=drop >"$T/fifo" 2>"$T/out" <<E
start
add web.service sm
fill web.service 1966080 64
sync
close
E
is "$(cat "$logs"/* | wc -c)" 2826240 "nobody reads stdout: the files have every line"
kill "$holder"
exits 2 "an option that makes no sense is refused" "$KEEL_BIN/keel-logger" --files=none
