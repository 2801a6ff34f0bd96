#!/usr/bin/env bash
# tier: check
# Another currency than USD: every amount at one dated rate, named with its source; sums stay exact; inputs stay in USD.
. tests/lib.sh
S0=reference/S0
rate=0.8684 # pricing/fx.csv, EUR, from 2026-06-01
page=$("$T" run $S0 --currency EUR)
has "the report names the rate, its date and its source" "amounts in EUR: 0.8684 for one USD, 2026-06-01 (114 days before the prices), fx.csv:" "$page"
has "and the currency of its column" "EUR/Mtok" "$page"
same "no dollar is left in the report" "" "$(printf '%s' "$page" | grep -v 'for one USD' | grep -E 'USD|\$' || true)"
"$T" run $S0 --json >"$TMP/usd.json"
"$T" run $S0 --json --currency EUR >"$TMP/eur.json"
check "every amount of the run is the dollar amount at the rate, under a key that says so" python3 - "$TMP" $rate <<'PY'
import json, math, sys
folder, rate = sys.argv[1], float(sys.argv[2])
usd, eur = (json.load(open(f"{folder}/{c}.json")) for c in ("usd", "eur"))
assert eur["currency"] == "EUR" and eur["exchange_rate"]["currency_per_usd"] == rate
assert eur["exchange_rate"]["date"] == "2026-06-01" and "fx.csv:" in eur["exchange_rate"]["source"]
assert usd["exchange_rate"] is None and usd["cheapest"] == eur["cheapest"]
n = 0
def money(a, b):
    global n
    n += 1
    assert math.isclose(a * rate, b, rel_tol=1e-12), (a, b)
for a, b in zip(usd["options"], eur["options"]):
    money(a["npv_usd"], b["npv_eur"])
    money(a["levelised_usd_per_mtok"], b["levelised_eur_per_mtok"])
    for c, v in a["by_category_usd"].items():
        money(v, b["by_category_eur"][c])
    for x, y in zip(a["months"], b["months"]):
        money(x["total_usd"], y["total_eur"])
        assert x["requests"] == y["requests"]
for a, b in zip(usd["break_even"], eur["break_even"]):
    for x, y in zip(a["crossings"], b["crossings"]):
        assert math.isclose(x["requests_per_month"], y["requests_per_month"], rel_tol=1e-9)
assert n > 150 and "usd" not in json.dumps([k for o in eur["options"] for k in o])
PY
"$T" export $S0 -q --currency EUR -o "$TMP/eur.csv"
check "the ledger is in euros and sums to the millionth" python3 - "$TMP" $rate <<'PY'
import csv, json, sys
from decimal import Decimal
folder, rate = sys.argv[1], float(sys.argv[2])
rows = list(csv.DictReader(open(f"{folder}/eur.csv", newline="")))
assert {(r["currency"], r["per_usd"], r["rate_date"]) for r in rows} == {("EUR", sys.argv[2], "2026-06-01")}
run = json.load(open(f"{folder}/eur.json"))
for o in run["options"]:
    own = [r for r in rows if r["option"] == o["name"]]
    total = sum(Decimal(r["amount"]) for r in own)
    assert abs(float(total) - o["total_eur"]) <= 0.5e-6 * len(own)
    for r in own:
        assert abs(float(r["quantity"]) * float(r["unit_price"]) - float(r["amount"])) <= 0.51e-6 + 1e-12 * abs(float(r["amount"]))
PY
for format in ledger beancount focus-1.4 html xlsx csv-wide; do
    "$T" export $S0 -q --currency EUR --format $format -o "$TMP/out.$format"
done
opens "journals balance in euros" hledger -f "$TMP/out.ledger" check
has "and are in euros" "EUR" "$(cat "$TMP/out.ledger")"
opens "beancount agrees" bean-check "$TMP/out.beancount"
same "FOCUS bills in euros, at a dated rate" "EUR 0.8684 2026-06-01" "$(python3 -c 'import csv, sys
print(*{r["BillingCurrency"] + " " + r["x_ExchangeRatePerUsd"] + " " + r["x_ExchangeRateDate"] for r in csv.DictReader(open(sys.argv[1], newline=""))})' "$TMP/out.focus-1.4")"
has "the page says the rate" "0.8684 for one USD" "$(cat "$TMP/out.html")"
has "the workbook says the rate" "amounts in EUR: 0.8684 for one USD, 2026-06-01" "$(unzip -p "$TMP/out.xlsx" xl/sharedStrings.xml)"
has "explained with the rate and its source" "exchange_rate                  0.8684 EUR/USD           of 2026-06-01, fx.csv" \
    "$("$T" explain $S0 rent compute_rent 1 --currency EUR)"
has "an older day has another rate" "0.9006 for one USD, 2024-09-01 (19 days before the prices)" "$("$T" run $S0 --currency EUR --as-of 2024-09-20)"
python3 - "$TMP/own.json" <<'PY'
import json, sys
scenario = json.load(open("scenarios/reference/S0.json"))
scenario["currency"] = "CHF"
scenario["fx"] = {"units_per_usd": 0.8125, "date": "2026-11-02", "source": "treasury desk"}
json.dump(scenario, open(sys.argv[1], "w"))
PY
has "a rate of one's own" "amounts in CHF: 0.8125 for one USD, 2026-11-02 (40 days after the prices), treasury desk" "$("$T" run "$TMP/own.json")"
status "a currency without a rate" 65 "$T" run $S0 --currency XXA
status "rerun compares prices, not exchange rates" 0 "$T" rerun "$TMP/own.json" --from 2026-09-22 --to 2026-09-23
python3 -c 'import json, sys
scenario = json.load(open("scenarios/reference/S0.json")); scenario["currency"] = "EUR"; json.dump(scenario, open(sys.argv[1], "w"))' "$TMP/eur.json2"
printf 'dump overview\nkeys 3\ndump ledger\n' >"$TMP/script"
screens=$("$T" tui "$TMP/eur.json2" --script "$TMP/script" --size 120x40 2>&1)
has "the terminal app names the currency" "NPV EUR" "$screens"
has "also over the ledger" "EUR by category and month" "$screens"
