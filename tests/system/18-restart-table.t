# SPDX-License-Identifier: MIT
# Restart= in all its values, against five ways to end: the table of systemd.service(5).
. "${0%/*}/lib.sh"
plan 35

# value: clean exit, exit 1, SIGKILL, clean signal, timeout (y: restarts)
table="no:nnnnn always:yyyyy on-success:ynnyn on-failure:nyyny on-abnormal:nnyny on-abort:nnynn on-watchdog:nnnnn"
ways="exit0 exit1 kill term timeout"
command() {
        case $1 in
        exit0) echo "exit 0" ;;
        exit1) echo "exit 1" ;;
        kill) echo 'kill -KILL $$$$' ;;
        term) echo 'kill -TERM $$$$' ;;
        timeout) echo 'exec sleep 1000' ;;
        esac
}
for row in $table; do
        for way in $ways; do
                unit "${row%:*}-$way.service" <<E
[Service]
ExecStart=/bin/sh -c '$(command $way)'
Restart=${row%:*}
RestartSec=1h
$([ $way = timeout ] && echo RuntimeMaxSec=200ms)
E
        done
done
start_keel
settled() {
        case $(prop "$1" SubState) in auto-restart | dead | failed) ;; *) return 1 ;; esac
        # "dead" before it has run at all is not an answer.
        [ "$(prop "$1" ExecMainExitTimestampMonotonic)" != 0 ]
}
all=
for row in $table; do for way in $ways; do all="$all ${row%:*}-$way.service"; done; done
ctl start $all >/dev/null 2>&1
for row in $table; do
        answers=${row#*:}
        for way in $ways; do
                name=${row%:*}-$way.service
                wait_for 10 settled "$name"
                case $answers in y*) want=auto-restart ;; *) want="dead or failed" ;; esac
                got=$(prop "$name" SubState)
                case $got in dead | failed) got="dead or failed" ;; esac
                is "$got" "$want" "Restart=${row%:*} after $way"
                answers=${answers#?}
        done
done
