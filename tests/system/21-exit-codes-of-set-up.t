# SPDX-License-Identifier: MIT
# A step of the child's set-up that fails gives systemd's exit status, and keel says which and why.
. "${0%/*}/lib.sh"

set -- \
        "200/CHDIR:WorkingDirectory=$T/nowhere" \
        "203/EXEC:ExecStart=$T/no-program" \
        "208/STDIN:StandardInput=file:$T/no-file" \
        "209/STDOUT:StandardOutput=file:$T/no-folder/file" \
        "216/GROUP:Group=no-such-group" \
        "217/USER:User=no-such-user" \
        "226/NAMESPACE:ReadOnlyPaths=$T/no-folder" \
        "233/RUNTIME_DIRECTORY:RuntimeDirectory=a-file/below"
plan $(($# * 3))
n=0
for case; do
        n=$((n + 1))
        { echo "[Service]"; echo "Type=oneshot"; case $case in *ExecStart=*) ;; *) echo "ExecStart=/bin/true" ;; esac
                echo "${case#*:}"; } | unit "case-$n.service"
done
start_keel
# In the way of RuntimeDirectory=; /run inside may be the host's.
trap 'rm -f /run/a-file; tap_end' EXIT
: >/run/a-file
n=0
for case; do
        n=$((n + 1))
        want=${case%%:*}
        fails "${case#*:}: the start fails" ctl start "case-$n.service"
        is "$(prop "case-$n.service" ExecMainStatus)" "${want%/*}" "with ${want%/*}"
        like "$(ctl status "case-$n.service")" "status=$want" "named ${want#*/}"
done
