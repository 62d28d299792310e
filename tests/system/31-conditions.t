# SPDX-License-Identifier: MIT
# Condition*= skips without failing, Assert*= fails; ! negates, | makes alternatives.
. "${0%/*}/lib.sh"
: >"$T/file"
set -- \
        "y:ConditionPathExists=$T/file" "n:ConditionPathExists=$T/none" "y:ConditionPathExists=!$T/none" \
        "y:ConditionPathIsDirectory=$T" "n:ConditionPathIsDirectory=$T/file" "y:ConditionFileIsExecutable=/bin/sh" \
        "n:ConditionFileNotEmpty=$T/file" "n:ConditionDirectoryNotEmpty=$T/none" "y:ConditionPathExistsGlob=$T/fi*" \
        "y:ConditionUser=$(id -u)" "y:ConditionVirtualization=|yes;ConditionPathExists=|$T/file" \
        "n:ConditionPathExists=$T/file;ConditionPathExists=$T/none" "y:ConditionKernelVersion=>=4.0" \
        "n:ConditionArchitecture=s390" "y:ConditionCapability=CAP_CHOWN" "n:ConditionFirstBoot=yes"
[ "$(id -u)" = 0 ] || skip_all "written for root"
plan $(($# + 3))
n=0
for case; do
        n=$((n + 1))
        { echo "[Unit]"; echo "${case#*:}" | tr ';' '\n'; echo "[Service]"; echo "Type=oneshot"
                echo "RemainAfterExit=yes"; echo "ExecStart=/bin/true"; } | unit "case-$n.service"
done
unit assert.service <<E
[Unit]
AssertPathExists=$T/none
[Service]
ExecStart=/bin/sleep 1000
E
start_keel
n=0
for case; do
        n=$((n + 1))
        ctl start "case-$n.service" >/dev/null 2>&1
        case $case in y:*) want=active ;; *) want=inactive ;; esac
        is "$(ctl is-active "case-$n.service")" "$want" "${case#*:}"
done
fails "a failed assertion fails the start" ctl start assert.service
ok "a failed condition does not" ctl start case-2.service
is "$(prop case-2.service ConditionResult)" no "and it is told"
