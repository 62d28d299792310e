# SPDX-License-Identifier: MIT
# timeout: 240
# Debian's cron.service. A job runs within the minute; what it started survives a stop (KillMode=process).
. "${0%/*}/lib.sh"
enter cron
plan 13

echo "* * * * * root echo \"\$(id -un) ran\" >>/var/lib/keel-cron-ran" >/etc/cron.d/keel-test
chmod 644 /etc/cron.d/keel-test
printf '# no comment\nEXTRA_OPTS="-L 5"\n' >/etc/default/cron
stock cron.service
start_keel --net
ok "the unit file is the package's" untouched cron.service cron
ok "start" ctl start cron.service
is "$(prop cron.service ActiveState)/$(prop cron.service SubState)" active/running "it is active (running)"
pid=$(main_pid cron.service)
is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "/usr/sbin/cron -f -L 5 " "with the options of its EnvironmentFile="
ign=$(status_field "$pid" SigIgn)
is "$((0x$ign & 0x1000))" 0 "IgnoreSIGPIPE=false"
restarts_after_kill cron.service
ok "a job runs" wait_for 100 test -s /var/lib/keel-cron-ran
is "$(head -n 1 /var/lib/keel-cron-ran)" "root ran" "as the user that it names"
job_ended() { ! inside pgrep -f keel-cron-ran; }
wait_for 10 job_ended
stops_clean cron.service cron
