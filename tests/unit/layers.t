# SPDX-License-Identifier: MIT
# The folders are the architecture: see tests/layers.
echo 1..1
if out=$(tests/layers); then
        echo "ok 1 - every file includes its own layer or a lower one, and the child calls what it may"
else
        echo "$out" | sed 's/^/# /' >&2
        echo "not ok 1 - every file includes its own layer or a lower one, and the child calls what it may"
fi
