# keel: every service has a cgroup of its own, also in the variant "plain".
needs="$BIN/keel $BIN/keel-supervisor"
variants="plain user protect private-tmp policy full"
entrypoint="$BIN/keel --"

# The lines that a variant adds to [Service].
treatment() {
        case $VARIANT in user | full) echo User=nobody ;; esac
        case $VARIANT in protect | full) echo ProtectSystem=strict ;; esac
        case $VARIANT in private-tmp | full) echo PrivateTmp=yes ;; esac
        case $VARIANT in policy | full) echo SystemCallFilter=@system-service ;; esac
}
setup() {
        mkdir -p "$DIR/units"
        echo '[Unit]' >"$DIR/units/default.target"
        lines=$(treatment)
        for i in $(each); do
                echo "Wants=bench-$i.service" >&3
                printf '%s\n' '[Unit]' "Description=Service $i" StartLimitIntervalSec=0 '[Service]' \
                        "ExecStart=$(service "$i")" Restart=always RestartSec=0 "$lines" >"$DIR/units/bench-$i.service"
        done 3>>"$DIR/units/default.target"
}
start() { run "$BIN/keel" run --name "${DIR##*/}" --units "$DIR/units"; }
stop() { signal TERM; }
