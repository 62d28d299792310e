# SPDX-License-Identifier: MIT
# A command under keel on a terminal: keys, job control and the foreground process group, as without keel.
. "${0%/*}/lib.sh"
keel=$KEEL_BIN/keel
plan 16

# on_terminal STATUS NAME COMMAND…: on a terminal of its own; stdin is what the person does.
on_terminal() {
        terminal_status=$1
        terminal_name=$2
        shift 2
        exits "$terminal_status" "$terminal_name" "$HELPERS/on-terminal" "$@"
        [ "$tap_failed" = 0 ] || diag "$(cat "$T/out")"
}
PS1='$ '
export PS1
unset ENV

for run in "$keel --" "$keel run --"; do
        name=${run#"$keel "}
        on_terminal 4 "$name: ^Z stops the job for the shell, fg continues it, ^C ends it" sh -i <<E
expect \$ 
send $run cat^M
expect cat
send hello^M
expect hello
expect hello
send ^Z
expect Stopped
expect \$ 
send fg^M
expect cat
send again^M
expect again
expect again
send ^C
expect \$ 
send echo code=\$?^M
expect code=130
expect \$ 
send exit 4^M
end
E
        on_terminal 0 "$name: in the background it may not read, in the foreground it may" sh -i <<E
expect \$ 
send $run cat &^M
expect \$ 
send sleep 0.4; jobs^M
expect Stopped
expect \$ 
send fg^M
expect cat
send hello^M
expect hello
expect hello
send ^D
expect \$ 
send exit 0^M
end
E
        on_terminal 5 "$name: a shell inside has job control of its own" sh -i <<E
expect \$ 
send PS1='in> ' $run sh -i^M
expect sh -i
expect in> 
send sh -c 'echo 1\$0; exec sleep 100' 2^M
expect 12
send ^Z
expect Stopped
expect in> 
send kill %1; fg^M
expect in> 
send cat^M
send word^M
expect word
expect word
send ^C
expect in> 
send exit 5^M
expect \$ 
send exit \$?^M
end
E
        on_terminal 103 "$name: a key is one signal" $run "$HELPERS/signal-report" 3 <<E
expect ready
send ^C
expect 2
send ^C
expect 2
send ^\\
expect 3
end
E
        on_terminal 0 "$name: the terminal is given back to a script" \
                sh -c "$run true; $run sh -c 'exit 3'; read -r word; echo got=\$word" <<E
send word^M
expect got=word
end
E
        on_terminal 0 "$name: the first of a pipeline leaves the terminal to the others" \
                sh -i <<E
expect \$ 
send $run echo some | (read -r x; echo ready; read -r y </dev/tty; echo \$x-\$y)^M
expect ready
expect ready
send thing^M
expect some-thing
expect \$ 
send exit 0^M
end
E
        on_terminal 0 "$name: ^C ends all of a pipeline" sh -i <<E
expect \$ 
send $run cat | cat^M
expect cat | cat
send x^M
expect x
expect x
send ^C
expect \$ 
send exit 0^M
end
E
done

# A session leader as PID 1, as container engines start it with a terminal: there is no shell to go back to.
on_terminal 130 "as PID 1 with a terminal ^Z does not hang the command, and ^C ends it" \
        unshare --pid --fork --mount-proc setsid --ctty "$keel" -- cat <<E
send one^M
expect one
expect one
send ^Z
send two^M
expect two
expect two
send ^C
end
E
on_terminal 0 "a suspended shell gives the outer one its turn" sh -i <<E
expect \$ 
send PS1='in> ' $keel -- sh -i^M
expect sh -i
expect in> 
send kill -STOP \$\$^M
expect Stopped
expect \$ 
send fg^M
expect fg
send ^M
expect in> 
send exit 0^M
expect \$ 
send exit 0^M
end
E
