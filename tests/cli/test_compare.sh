#!/usr/bin/env bash
# tier: check
# `compare`: what differs, and shares that sum to the difference in exact decimals.
. tests/lib.sh
sed -e 's/"requests_per_month": 3000000.0/"requests_per_month": 41000000.0/' -e 's/"discount_per_year": 0.1/"discount_per_year": 0.08/' \
    -e 's/"gpu": "H100",/"gpu": "L40S",/' scenarios/support-chat.json >"$TMP/other.json"

text=$($T compare support-chat "$TMP/other.json" --as-of 2026-09-23)
has "compare: an input with both values" "0.1 /yr" "$text"
has "compare: figures of one look-up are one row" "Accelerator" "$text"
has "compare: the shares are there" "requests_per_month" "$text"
has "compare: an option that cannot serve says so" "this-machine: cannot serve" "$text"

same_text=$($T compare support-chat support-chat --as-of 2026-09-23)
has "compare: a scenario against itself" "no input differs" "$same_text"

check "compare --json and --csv: shares sum to the change of each option, which is the difference of the runs" python3 - "$T" "$TMP" <<'PY'
import csv, decimal, io, json, subprocess, sys
program, folder = sys.argv[1:]
def out(*words):
    return subprocess.run([program, *words, "--as-of", "2026-09-23"], capture_output=True, text=True, check=True).stdout
document = json.loads(out("compare", "support-chat", f"{folder}/other.json", "--json"))
assert document["schema"] == "tokentco/compare/1"
npv = [{o["name"]: o["npv_usd"] for o in json.loads(out("run", name, "--json"))["options"]} for name in ("support-chat", f"{folder}/other.json")]
shared = 0
for share in document["comparisons"][0]["shares"]:
    if share["reason"]:
        continue
    total = sum(decimal.Decimal(c["usd"]) for c in share["changes"])
    assert total == decimal.Decimal(share["change_usd"]), share
    assert share["is_exact"] is True
    if share["option"]:
        change = npv[1][share["option"]] - npv[0][share["option"]]
        assert abs(float(total) - change) < 2e-6, (share["option"], total, change)
        shared += 1
assert shared >= 4, shared
rows = list(csv.DictReader(io.StringIO(out("compare", "support-chat", f"{folder}/other.json", "--csv"))))
by_option = {}
for row in rows:
    if row["what"] == "share":
        by_option[row["option"]] = by_option.get(row["option"], 0) + decimal.Decimal(row["change_usd"])
for share in document["comparisons"][0]["shares"]:
    if not share["reason"]:
        assert by_option[share["option"] or "the cheapest"] == decimal.Decimal(share["change_usd"])
PY
status "compare: one scenario is not enough" 2 "$T" compare support-chat
status "compare: a scenario that is not there" 66 "$T" compare support-chat nowhere
three=$($T compare reference/S0 reference/S5-flat reference/S2-h100 --as-of 2026-09-23)
same "compare: each against the first" 2 "$(grep -c "against reference/S0" <<<"$three")"
sed '0,/"start"/s//"currency": "EUR", "start"/' scenarios/reference/S0.json >"$TMP/S0-eur.json"
same "a scenario in another currency is compared in USD" 0 \
    "$("$T" compare reference/S0 "$TMP/S0-eur.json" --json | python3 -c 'import json, sys
results = json.load(sys.stdin)["comparisons"][0]["results"]
print(sum(abs(r["after"]["npv_usd"] - r["before"]["npv_usd"]) > 1e-6 for r in results))')"
