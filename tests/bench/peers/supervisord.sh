# supervisord: one Python process for all.
needs="/usr/bin/python3 $PEERS/usr/bin/supervisord"
setup() {
        mkdir -p "$DIR"
        cat >"$DIR/conf" <<C
[supervisord]
logfile=/dev/null
logfile_maxbytes=0
pidfile=$DIR/pid
childlogdir=$DIR
minfds=$((N * 4 + 100))
minprocs=10
[program:bench]
command=$(service '%(process_num)d')
process_name=%(process_num)d
numprocs=$N
autorestart=true
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
C
        [ "$N" -gt 0 ] || sed -i '/^\[program/,$d' "$DIR/conf"
}
start() {
        export PYTHONPATH="$PEERS/usr/lib/python3/dist-packages"
        run /usr/bin/python3 "$PEERS/usr/bin/supervisord" -n -c "$DIR/conf"
}
stop() { signal TERM; }
