# catatonit: the entrypoint that podman brings along.
needs=catatonit
entrypoint="catatonit --"
