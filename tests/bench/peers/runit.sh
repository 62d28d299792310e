# runit: one runsv for each service. runsvdir knows 1,000 services at most. A service that ends within a second is started
# again a second later.
needs="runsvdir runsv"
most=1000
setup() {
        mkdir -p "$DIR/scan"
        for i in $(each); do
                mkdir -p "$DIR/scan/$i"
                printf '#!/bin/sh\nexec %s\n' "$(service "$i")" >"$DIR/scan/$i/run"
        done
        find "$DIR/scan" -name run -exec chmod +x {} +
}
start() { run runsvdir "$DIR/scan"; }
stop() { signal HUP; }
