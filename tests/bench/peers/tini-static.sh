# tini-static: the same, without a dynamic linker.
needs=tini-static
entrypoint="tini-static --"
