#!/usr/bin/env bash
# tier: check
# What the terminal app works out in the background: draws, what matters, the market.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib.sh
. tests/lib.sh

# What comes from draws: the same on every machine and at any number of threads.
cat >"$TMP/risk" <<'KEYS'
wait
dump overview with chances
keys 8
dump risk
keys v v
dump tornado
keys v
dump indices
keys v
dump worth of knowing
keys v
dump convergence
KEYS
for size in 80x24 120x40 60x16; do { echo "size $size"; cat "$TMP/risk"; } >>"$TMP/risk-tour"; echo 'keys 1' >>"$TMP/risk-tour"; done
for set in '' -ascii; do
    "$T" tui support-chat --as-of 2026-09-23 --script "$TMP/risk-tour" ${set:+-$set} 2>&1 | golden "risk screens$set" tests/tui/golden/risk$set.txt
done

# The market, narrowed so that the search is quick; a find goes into the scenario.
cat >"$TMP/market" <<'KEYS'
keys 9
dump before
keys i
type model=llama-3.3-70b gpu=H100,H200 seller=runpod,lambda
keys Enter
wait
dump cheapest
keys s s
dump sorted
keys Right
dump latency
keys Right
dump limits
keys Left Left p
dump picked
size 60x16
dump cheapest
size 120x40
dump cheapest
keys Enter
dump one plan
KEYS
for set in '' -ascii; do
    "$T" tui support-chat --as-of 2026-09-23 --script "$TMP/market" ${set:+-$set} 2>&1 | golden "market screens$set" tests/tui/golden/market$set.txt
done
found=$(grep -h 'the search said' tests/tui/golden/market.txt | head -1)
same "a find costs in the scenario what the search said" "$(sed 's/.*search said \([0-9,]*\).*/\1/' <<<"$found")" \
    "$(sed 's/.*: NPV \([0-9,]*\) .*/\1/' <<<"$found")"
