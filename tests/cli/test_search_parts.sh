#!/usr/bin/env bash
# A search cut into parts by GNU parallel, by the command of the README, is the search itself.
. tests/lib.sh
export PATH=$PWD/$BUILD:$PATH
readme=$PWD/README.md
cd "$TMP" || exit 1
commands=$(grep -A1 -E '^\$ parallel .*tokentco search' "$readme" | sed -n 's/^\$ //p')
same "the README has the command and the one that joins" 2 "$(wc -l <<<"$commands")"
check "GNU parallel runs the parts and they join" bash -e -c "$commands"
tokentco search support-chat --as-of 2026-09-23 --json -o whole.json
same "parts of GNU parallel are the whole, byte for byte" "$(cat whole.json)" "$(tokentco search merge part-*.json --json)"
cd - >/dev/null || exit 1
