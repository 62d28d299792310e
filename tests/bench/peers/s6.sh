# s6: one s6-supervise for each service. A run script is a shell script, as in its documentation; a service that ends within
# a second is started again a second after its last start.
needs="s6-svscan s6-supervise"
setup() {
        mkdir -p "$DIR/scan"
        for i in $(each); do
                mkdir -p "$DIR/scan/$i"
                printf '#!/bin/sh\nexec %s\n' "$(service "$i")" >"$DIR/scan/$i/run"
        done
        find "$DIR/scan" -name run -exec chmod +x {} +
}
start() { run_over_usr s6-svscan -c 6000 "$DIR/scan"; }
stop() { signal TERM; }
