#!/usr/bin/env bash
# tier: test
# `prices quote` against the npm package @pydantic/genai-prices, on every text model that both know. Without node and
# npm, or without a network, there is nothing to compare with.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

if ! command -v npm >/dev/null || ! (cd "$TMP" && npm install --no-fund --no-audit @pydantic/genai-prices@0.1.8) >/dev/null 2>&1; then
    ok "skipped: the npm package is not to be had here"
    exit 0
fi
check "the package computes its prices" node tests/feed/genai_quotes.mjs "$TMP/node_modules/@pydantic/genai-prices" "$TMP"
# Only its own prices: an empty book that knows the names.
mkdir "$TMP/data" "$TMP/data/pricing"
for table in pricing/*.csv; do head -1 "$table" >"$TMP/data/$table"; done
cp pricing/aliases.csv pricing/accelerators.csv "$TMP/data/pricing"
export TOKENTCO_DATA=$TMP/data
status "its data import" 0 "$T" prices import "$TMP/data.json" --as-of 2026-09-24 --apply --pricing "$TMP/mine"
"$T" prices quote --file "$TMP/requests.csv" --as-of 2026-09-24 --at 12:00 --csv --pricing "$TMP/mine" >"$TMP/got.csv"
same "every request has a price" 0 $?
out=$(python3 - "$TMP" <<'PYTHON'
import csv, sys
folder = sys.argv[1]
got = [row['total_usd'] for row in csv.DictReader(open(folder + '/got.csv'))]
want = [float(line) for line in open(folder + '/expected.csv')]
far = [i for i, (g, w) in enumerate(zip(got, want)) if not g or abs(float(g) - w) > 1e-8 + 1e-9 * w]
print(len(got) == len(want) > 5000, len(far))
PYTHON
)
same "thousands of requests, none differs" "True 0" "$out"
