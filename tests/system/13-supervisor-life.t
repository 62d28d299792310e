# SPDX-License-Identifier: MIT
# PID 1 keeps a supervisor running, and what belongs to it safe, whatever happens to the supervisor.
. "${0%/*}/lib.sh"
. "${0%/*}/fake-supervisor.sh"
plan 30

start_fake --units /none --log-level debug
ok "the supervisor is started and greeted" logged '^welcome run=1 '
ok "there is nothing kept at first" logged '^kept-all$'
like "$(log_line 1 '^started')" 'pid=[0-9]+ --units debug ' "the supervisor gets the words that keel does not know"
like "$(log_line 1 '^started')" "nofile=$(ulimit -Hn) soft=$(ulimit -Sn)" "it has the hard limit of files, and knows the soft one"
like "$(log_line 1 '^welcome')" 'init=1 parent=1 flags=49 next=1 pending=0 dropped=0' "it is PID 1's child, in namespaces that keel made"

# --- kept fds and exits survive it
mkfifo "$FAKE_DIR/gate"
tell keep log:web.service first
tell keep notify second
tell keep 'log:web.service' third
tell keep gone fourth
tell drop gone
tell drop never-there
tell spawn 'read line <'"$FAKE_DIR"'/gate; exit 7'
ok "a service can be spawned as PID 1's child" logged '^spawned'
service=$(sed -n 's/^spawned //p' "$LOG")
tell spawn 'exit 5'
ok "an exit is told" logged '^ended 1 [0-9]+ 1280$'
like "$(status_field "$(host_pid "$service")" PPid)" "^$(keel_init)\$" "the service's parent is PID 1"

kill -KILL "$(supervisor_pid)"
ok "a supervisor that is killed is replaced" logged '^welcome run=2 .* next=2 '
ok "its successor gets all that is kept" wait_for 10 logged_times 2 '^kept-all$'
is "$(sed -n '/run=2/,$s/^kept \([a-z]\)/\1/p' "$LOG" | sort | tr '\n' ' ')" "log:web.service third notify second " \
        "each name with its latest fd, and none that was dropped"
ok "an exit that nobody acknowledged is told again" wait_for 10 logged_times 2 '^ended 1 [0-9]+ 1280$'
ok "the service went on" kill -0 "$(host_pid "$service")"
tell ack 1
tell kill 9
ok "a third one is started" logged '^welcome run=3 '
echo go >"$FAKE_DIR/gate"
ok "the service's end is told with its status" logged "^ended 2 $service 1792\$"
is "$(log_count '^ended 1 ')" 2 "an exit that was acknowledged is not told again"
like "$(cat "$T/console")" 'the supervisor \(pid [0-9]+\) was killed by SIGKILL after [0-9]+ ms: starting it again at once' \
        "each death is said, with what follows"

# --- a successor on purpose
tell reexec 1
tell exit 0
ok "a supervisor may hand over" logged '^welcome run=4 '
is "$(grep -c 'exited with 0' "$T/console")" 0 "that is no failure"
tell reexec 2
ok "PID 1 replaces itself, and tells" logged '^reexeced 1$'

# --- hostile packets
tell garbage
ok "a nameless fd is refused" logged '^refused 2 1 $'
ok "an unknown kind is refused" logged '^refused 60000 1 '
ok "all of them are" wait_for 10 logged_times 6 '^refused [0-9]+ 1 '
tell hello 1
ok "a second greeting is refused" logged '^refused 1 4 '
tell keep after garbage
tell drop after
tell spawn 'exit 0'
ok "the line works on afterwards" logged '^ended 3 '
tell hangup
ok "a supervisor that closes its line is killed and replaced" logged '^welcome run=5 '
like "$(cat "$T/console")" 'closed its line' "and that is said"

# --- the end
tell end 1 42 'main unit web.service exited with 42'
ok "the end comes when the supervisor says so" wait_for 10 keel_ended
wait_keel 1
is "$KEEL_STATUS" 42 "with the exit code it named"
is "$(tail -n 1 "$T/console")" "keel: main unit web.service exited with 42: exit code 42" "and its reason as the last line"
