# keel-unsaved: keel whose supervisor saves nothing: what keeping the record costs.
. "$here/peers/keel.sh"
BIN=$TOOLS/unsaved
needs="$BIN/keel $BIN/keel-supervisor"
variants=plain
entrypoint=
