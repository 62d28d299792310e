#!/bin/sh
# SPDX-License-Identifier: MIT
# Every directive that is parsed is used: its field is read by a layer above, or not-done.c says that it is not. A row that
# nobody reads would be reported as applied, and be a lie.
cd "$(dirname "$0")/../.." || exit 1
rows=$(printf '%s\n' '#include "unit/directives.h"' '#define ROW(g, k, kind, f, s, h) @ g k f' '#define NONE(g, k, s, h)' \
        'DIRECTIVES(ROW, NONE)' | ${CC:-cc} -E -P -iquote supervisor -x c - | tr '@' '\n' | sed 's/^ *//; s/ *$//' | grep .)
[ "$(echo "$rows" | wc -l)" -gt 200 ] || { echo "1..0 # SKIP no C preprocessor here"; exit 0; }

# Words for people and for the tools that enable units; CPU time, which the kernel always counts.
shown=" UNIT_ITSELF.Description UNIT.Documentation UNIT.SourcePath CGROUP.CPUAccounting "
read_by="supervisor/plan supervisor/process supervisor/service supervisor/job supervisor/manager supervisor/api/units.c"
lies=
while read -r group key field; do
        case $field in
        *DEPENDENCY_*) word=${field#*\[} word=${word%%]*} ;;
        *) word=${field##*.} word=${word%%\[*} ;;
        esac
        [ "$group" != INSTALL ] || continue
        case $shown in *" $group.$key "*) continue ;; esac
        grep -rqw --include='*.c' -- "$word" $read_by && ! [ "$word" = DEPENDENCY_JOINS_NAMESPACE_OF ] && continue
        grep -q "{ \"$key\"," supervisor/unit/not-done.c || lies="$lies $group.$key"
done <<E
$rows
E
echo 1..1
if [ -z "$lies" ]; then echo "ok 1 - every directive that is parsed is used or reported"; else
        echo "not ok 1 - every directive that is parsed is used or reported"
        echo "# nobody reads:$lies" >&2
        exit 1
fi
