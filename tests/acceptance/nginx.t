# SPDX-License-Identifier: MIT
# Debian's nginx.service.
. "${0%/*}/lib.sh"
enter nginx curl
plan 19

page=/var/www/html/keel.html
echo "served under keel" >$page
# One worker, so that they can be told apart.
sed -i 's/^worker_processes.*/worker_processes 1;/' /etc/nginx/nginx.conf
stock nginx.service
start_keel --net
ok "the unit file is the package's" untouched nginx.service nginx-common
ok "start" ctl start nginx.service
is "$(prop nginx.service ActiveState)/$(prop nginx.service SubState)" active/running "it is active (running)"
is "$(prop nginx.service MainPID)" "$(inside cat /run/nginx.pid)" "the main process is the one in its PID file"
get() { inside curl -sS --max-time 10 http://127.0.0.1/keel.html; }
is "$(get)" "served under keel" "it serves a page"
workers() {
        for p in $(inside_pids); do
                [ "$(status_field "$p" Name)" = nginx ] && [ "$p" != "$(main_pid nginx.service)" ] && echo "$p"
        done
}
main=$(main_pid nginx.service)
case $(cgroup_path "$main") in
*/nginx.service) is "$(cgroup_path "$(workers | head -n 1)")" "$(cgroup_path "$main")" "master and worker share its cgroup" ;;
*) skip 1 "no cgroup2 here" ;;
esac
is "$(status_field "$main" PPid)" "$(keel_init)" "the daemonized master is a child of PID 1"

old=$(workers)
sed -i 's|^\(\s*\)server_name _;|\1server_name _; add_header X-Keel reloaded;|' /etc/nginx/sites-enabled/default
ok "reload" ctl reload nginx.service
reloaded() { inside curl -sSI --max-time 10 http://127.0.0.1/keel.html | grep -q 'X-Keel: reloaded'; }
ok "the new configuration is served" wait_for 20 reloaded
is "$(main_pid nginx.service)" "$main" "by the same master"
ok "and a new worker" wait_for 20 gone "$old"

kill -KILL "$main"
ok "kill -9 of the master: it fails, for its unit has no Restart=" wait_for 20 state_is nginx.service failed
ok "and no worker survives it" wait_for 20 no_processes nginx
ok "it can be started again" ctl start nginx.service
is "$(get)" "served under keel" "and serves"
stops_clean nginx.service nginx
