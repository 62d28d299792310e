# SPDX-License-Identifier: MIT
# timeout: 900
# Boots a machine (qemu, software emulation) whose PID 1 is keel, and relays what the tests inside say: one line here for
# each of them. The machine must power itself off at the end. PATTERN in the environment chooses tests.
top=$(cd "${0%/*}/../.." && pwd)
build=$top/${BUILD:-build}
vm=$build/vm
skip_all() { echo "1..0 # SKIP $*"; exit 0; }
command -v qemu-system-x86_64 >/dev/null || skip_all "no qemu-system-x86_64"
"$top/tests/vm/kernel" "$vm" || skip_all "no kernel to boot"
BUILD=${BUILD:-build} "$top/tests/vm/image" "$vm/root" "$vm/image" || { echo "Bail out! no image"; exit 1; }

: >"$vm/tests.log"
trap 'kill -KILL $qemu $follow 2>/dev/null' EXIT
trap 'exit 1' INT TERM HUP
timeout -k 5 "${VM_SECONDS:-840}" qemu-system-x86_64 -accel tcg,thread=multi,tb-size=256 -smp 2 -m 1024 -nodefaults -display none -no-reboot \
        -kernel "$vm/vmlinuz" -initrd "$vm/image" \
        -append "console=ttyS0 rdinit=/sbin/init quiet mitigations=off init_on_alloc=0 rcupdate.rcu_expedited=1 nokaslr audit=0 nowatchdog panic=-1 keel.tests=${PATTERN:-}" \
        -serial "file:$vm/console.log" -serial "file:$vm/tests.log" </dev/null >"$vm/qemu.log" 2>&1 &
qemu=$!
wait $qemu
status=$?

tr -d '\r' <"$vm/tests.log" | awk '
        function result(good, name) { n++; print (good ? "ok " : "not ok ") n " - " name; if (!good) bad++ }
        /^# machine:/ { print }
        /^# begin / { name = $3; seen = 0; failed = 0; planned = -1; text = ""; next }
        /^# end / {
                good = !failed && $4 == 0 && (planned < 0 || seen == planned) && planned != -1
                result(good, name (planned == 0 ? " # SKIP " why : " (" seen " tests, " $5 " s)"))
                if (!good) { printf "%s", text; print "# " name ": status " $4 ", " seen " of " planned " tests, " failed " failed" }
                name = ""; next
        }
        /^# done$/ { done = 1; next }
        /^1\.\./ { planned = substr($1, 4) + 0; why = $0; sub(/.*SKIP */, "", why) }
        /^ok / { seen++ }
        /^not ok / { seen++; failed++ }
        { if (name != "" && !/^ok /) text = text ($0 ~ /^#/ ? "" : "# ") $0 "\n" }
        END {
                if (name != "") { result(0, name " did not end"); printf "%s", text }
                result(done, "the tests came to their end")
                print "# next " n + 1
        }' >"$vm/result"
grep -v '^# next' "$vm/result" | tee "$vm/relayed" | grep -v '^#'
grep '^#' "$vm/relayed" >&2
n=$(sed -n 's/^# next //p' "$vm/result")
if grep -q '^keel: .*: started' "$vm/console.log"; then
        echo "not ok $n - booted with 'quiet', the console says nothing of what goes well"
else
        echo "ok $n - booted with 'quiet', the console says nothing of what goes well"
fi
n=$((n + 1))
if [ "$status" = 0 ]; then
        echo "ok $n - the machine powered off"
else
        echo "not ok $n - the machine powered off"
        echo "# qemu: status $status; the console's last lines:" >&2
        { tail -n 40 "$vm/console.log" | tr -d '\r'; tail -n 5 "$vm/qemu.log"; } | sed 's/^/# /' >&2
fi
echo "1..$n"
