# floor: vfork, exec, waitpid and nothing else. With the variant "cgroup" each service gets a cgroup of its own; with "full"
# the kernel does to it all that keel has it do in that variant, in the fewest system calls, prepared beforehand.
needs="$TOOLS/floor-supervisor $TOOLS/floor-init $TOOLS/bench-policy"
variants="plain cgroup full"
entrypoint="$TOOLS/floor-init"
setup() {
        [ "$VARIANT" != full ] || "$TOOLS/bench-policy" write "$DIR/policy"
}
start() {
        group=-
        if [ "$VARIANT" != plain ] && [ "$GROUP" ]; then
                group=$GROUP/floor-$VARIANT
                mkdir -p "$group"
        fi
        [ "$VARIANT" != full ] || treatment="-t $DIR"
        run "$TOOLS/floor-supervisor" ${treatment-} "$N" "$group" "$TOOLS/service" "$REPORT" $MODE
}
stop() { signal TERM; }
