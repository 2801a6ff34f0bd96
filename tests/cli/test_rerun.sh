#!/usr/bin/env bash
# tier: check
# rerun: the same scenario at two days' prices, moves, flips and the exit status that a scheduled job looks at.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

mkdir "$TMP/mine"
tail='valid_from,seen_until,source,retrieved_on,note'
cat >"$TMP/mine/api_prices.csv" <<CSV
provider,model,tier,input_usd_per_mtok,output_usd_per_mtok,cached_input_usd_per_mtok,cache_write_usd_per_mtok,batch_input_usd_per_mtok,batch_output_usd_per_mtok,$tail
voleco,vole,base,1.5,7.5,0.15,,,,2026-01-01,,test,2026-01-01,
voleco,vole,base,0.3,1.5,0.03,,,,2026-06-01,,test,2026-06-01,
moleco,mole,base,0.75,3.75,0.075,,,,2026-01-01,,test,2026-01-01,
CSV
cat >"$TMP/two.json" <<'JSON'
{"schema": 1, "name": "two", "title": "Two sellers", "start": "2026-12", "as_of": "2026-07-01", "horizon_months": 12,
 "discount_per_year": 0.1,
 "workloads": [{"name": "chat", "requests_per_month": 3000000, "input_tok": 1155, "output_tok": 211, "profile": "flat"}],
 "options": [
  {"name": "vole", "kind": "api", "api": {"provider": "voleco", "model": "vole"}},
  {"name": "mole", "kind": "api", "api": {"provider": "moleco", "model": "mole"}}]}
JSON
rerun() { "$T" rerun "$@" --pricing "$TMP/mine"; }

status "the last change of a price flips the decision" 1 rerun "$TMP/two.json"
out=$(rerun "$TMP/two.json")
has "it names both days" "prices of 2026-07-01 against 2026-05-31" "$out"
has "it shows what moved" "api/input_usd_per_mtok 1.50 to 0.30, -80 %" "$out"
has "it says what flipped" "FLIPPED: vole is the cheapest, it was mole" "$out"
has "the winner's margin is a multiple of its prices" "vole would be overtaken at 2.5 times its prices" "$out"
has "and so is the loser's" "mole would be the cheapest at 0.4 times its prices" "$out"
status "between two days without a change nothing flips" 0 rerun "$TMP/two.json" --from 2026-06-10 --to 2026-06-20
status "before the change the other one wins, too" 0 rerun "$TMP/two.json" --from 2026-02-01 --to 2026-05-31
out=$(rerun "$TMP/two.json" "$TMP/two.json" --from 2026-02-01 --csv)
same "files have a row for each option of each scenario" 5 "$(printf '%s\n' "$out" | wc -l)"
has "a row says which of its prices moved" \
    "api/input_usd_per_mtok 1.5 to 0.3; api/cached_usd_per_mtok 0.15 to 0.03; api/output_usd_per_mtok 7.5 to 1.5" "$out"
same "JSON is JSON" "tokentco/rerun/1 2 True" "$(rerun "$TMP/two.json" --json | python3 -c 'import json, sys
d = json.load(sys.stdin)
print(d["schema"], len(d["options"]), d["options"][0]["decision_flipped"])')"
same "JSON has every digit that the evaluation has" True "$(python3 -c 'import json, sys
a, b = (json.loads(text) for text in sys.argv[1:])
print([o["npv_after_usd"] for o in a["options"]] == [o["npv_usd"] for o in b["options"]])' \
    "$(rerun "$TMP/two.json" --json)" "$("$T" run "$TMP/two.json" --pricing "$TMP/mine" --json)")"
status "a wrong day is refused" 2 rerun "$TMP/two.json" --from 2026-02-30
status "a missing scenario is no input" 66 rerun "$TMP/nowhere.json"

# watch: a line at the start and after each change of a file.
lines() { # waits until the log has that many lines, five seconds at most
    for _ in $(seq 100); do
        [ "$(wc -l <"$TMP/log")" -ge "$1" ] && return 0
        sleep 0.05
    done
    return 1
}
"$T" watch "$TMP/two.json" --pricing "$TMP/mine" >"$TMP/log" 2>"$TMP/faults" &
pid=$!
check "watch prints where it starts" lines 1
sed -i 's/0.3,1.5,0.03/1.4,7,0.14/' "$TMP/mine/api_prices.csv"
check "a changed price file is noticed" lines 2
has "and the flip is told" "FLIPPED, mole is the cheapest" "$(tail -1 "$TMP/log")"
sed 's/3000000/6000000/' "$TMP/two.json" >"$TMP/new" && mv "$TMP/new" "$TMP/two.json"
check "a replaced scenario is noticed" lines 3
echo broken >"$TMP/two.json"
sleep 0.4
kill -TERM $pid
wait $pid
same "it ends in order when told to" 0 $?
has "a broken file is a fault on standard error" "two.json" "$(cat "$TMP/faults")"
same "and no line of its own" 3 "$(wc -l <"$TMP/log")"
