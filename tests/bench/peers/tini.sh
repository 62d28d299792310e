# tini: the entrypoint that Docker brings along.
needs=tini
entrypoint="tini --"
