# floor: vfork, exec, waitpid and nothing else. With the variant "cgroup" each service gets a cgroup of its own.
needs="$TOOLS/floor-supervisor $TOOLS/floor-init"
variants="plain cgroup"
entrypoint="$TOOLS/floor-init"
setup() { :; }
start() {
        group=-
        if [ "$VARIANT" = cgroup ]; then
                group=$GROUP/floor
                mkdir -p "$group"
        fi
        run "$TOOLS/floor-supervisor" "$N" "$group" "$TOOLS/service" "$REPORT" $MODE
}
stop() { signal TERM; }
