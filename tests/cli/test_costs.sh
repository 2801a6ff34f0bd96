#!/usr/bin/env bash
# tier: check
# costs: what one of each costs, recomputed from the months; lenses; budgets.
. tests/lib.sh
python3 - "$TMP/units.json" <<'PY'
import json, sys
scenario = json.load(open("scenarios/reference/S0.json"))
scenario.update({"unit_name": "ticket", "units_per_month": 412345.5, "users": 150321, "budget_usd_per_month": 21000,
                 "budget_usd": 400000})
scenario.setdefault("own", {}).update({"financed_frac": 0.37, "loan_rate_per_year": 0.081, "loan_months": 24, "book_life_months": 31})
scenario["extras"] = {"edge_sites": 3, "edge_site_usd": 2385.07}
json.dump(scenario, open(sys.argv[1], "w"))
PY
"$T" run "$TMP/units.json" --json >"$TMP/run.json"
"$T" costs "$TMP/units.json" --json >"$TMP/costs.json"
check "costs of one are the NPV over discounted numbers" python3 - "$TMP" <<'PY'
import json, math, sys
run, costs = (json.load(open(f"{sys.argv[1]}/{n}.json")) for n in ("run", "costs"))
near = lambda a, b: math.isclose(a, b, rel_tol=1e-11)
for option, cost in zip(run["options"], costs["options"]):
    months = option["months"]
    df = [(1 + run["discount_per_year"]) ** (-(m + 0.5) / 12) for m in range(len(months))]
    first = months[0]["requests"]
    requests = sum(m["requests"] * d for m, d in zip(months, df))
    assert near(cost["usd_per_request"], option["npv_usd"] / requests)
    assert near(cost["usd_per_unit"], option["npv_usd"] / (requests * 412345.5 / first))
    assert near(cost["usd_per_user_month"], option["npv_usd"] / (requests * 150321 / first))
    assert near(cost["loaded_usd_per_mtok"], option["levelised_usd_per_mtok"])
    assert option["unit_costs"]["usd_per_unit"] == cost["usd_per_unit"]
    over = next((m["month"] for m in months if m["total_usd"] > 21000), None)
    spent, total = None, 0
    for m in months:
        total += m["total_usd"]
        spent = spent or (m["month"] if total > 400000 else None)
    assert (cost["over_budget_month"], cost["budget_spent_month"]) == (over, spent), option["name"]
rent, own, api = costs["options"]
# The fleet of two replicas of two GPUs, 7.9 % busy in the first month.
busy = sum(u * h for u, h in zip(run["options"][0]["utilisation"], run["options"][0]["gpu_hours"]))
assert near(rent["usage_usd_per_mtok"], rent["reservation_usd_per_mtok"] * busy / sum(run["options"][0]["gpu_hours"]))
assert api["reservation_usd_per_mtok"] is None and api["marginal_usd_per_mtok"] < api["loaded_usd_per_mtok"]
# Nothing of an API is a step: the next requests cost what the marginal ones do.
assert near(api["next_usd_per_mtok"], api["marginal_usd_per_mtok"])
for option in costs["options"]:
    lenses = option["lenses"]
    assert abs(lenses["accrual"]["total_usd"] - lenses["cash"]["total_usd"]) < 1e-9, option["name"]
    assert lenses["marginal"]["total_usd"] < lenses["cash"]["total_usd"]
assert rent["lenses"]["accrual"]["months_usd"] != rent["lenses"]["cash"]["months_usd"]  # edge boxes
PY
"$T" export reference/S0 -q --lens accrual -o "$TMP/accrual.csv"
"$T" export reference/S0 -q -o "$TMP/cash.csv"
check "an owned server by hand: 1/48 a month, and the book value against the resale" python3 - "$TMP" <<'PY'
import csv, math, sys
from decimal import Decimal
rows = list(csv.DictReader(open(f"{sys.argv[1]}/accrual.csv", newline="")))
cash = list(csv.DictReader(open(f"{sys.argv[1]}/cash.csv", newline="")))
assert {r["basis"] for r in rows} == {"accrual"} and {r["basis"] for r in cash} == {"cash"}
own = [r for r in rows if r["option"] == "own"]
amounts = {}
for r in own:
    amounts.setdefault(r["driver"], []).append(Decimal(r["amount"]))
assert len(amounts["server_purchase"]) == 36 and set(amounts["server_purchase"]) == {Decimal("6250")}
assert abs(sum(amounts["server_setup"]) - Decimal(20000) * 36 / 48) < Decimal("0.000001")
left, resale = 320000 * 12 / 48, 300000 * math.exp(-0.4 * 3)
assert abs(float(amounts["residual_value"][0]) - (left - resale)) < 1e-6
assert sum(Decimal(r["amount"]) for r in own) == sum(Decimal(r["amount"]) for r in cash if r["option"] == "own")
for r in rows:
    assert abs(float(r["quantity"]) * float(r["unit_price"]) - float(r["amount"])) <= 0.51e-6 + 1e-12 * abs(float(r["amount"]))
PY
"$T" export "$TMP/units.json" -q --lens accrual -o "$TMP/loan.csv"
check "interest in the place of payments: what a loan costs, no more" python3 - "$TMP" <<'PY'
import csv, sys
rows = [r for r in csv.DictReader(open(f"{sys.argv[1]}/loan.csv", newline="")) if r["option"] == "own"]
lent, i = 0.37 * 320000, 1.081 ** (1 / 12) - 1
pay, owed, want = lent * i / (1 - (1 + i) ** -24), lent, []
for m in range(24):
    want.append(owed * i)
    owed += owed * i - pay
got = [float(r["amount"]) for r in rows if r["driver"] == "loan_payment"]
assert len(got) >= 24 and all(abs(a - b) < 1e-4 for a, b in zip(got, want)), (got[:3], want[:3])
assert not [r for r in rows if r["driver"] == "loan_balance"]
PY
"$T" export reference/S0 -q --lens marginal -o "$TMP/marginal.csv"
same "the marginal ledger has no people, purchases or fixed fees" "" \
    "$(grep -E ',(staff|server_purchase|setup|security|evaluation_runs|upgrade_work|optionality_upkeep),' "$TMP/marginal.csv" || true)"
status "a lens that is none" 2 "$T" export reference/S0 --lens magnifying
status "a lens on a format that has none" 2 "$T" export reference/S0 --lens accrual --format html
page=$("$T" run "$TMP/units.json")
has "the report shows the unit" "ticket 0.0" "$page"
has "and the budget" "above 21,000 a month in 2028-07; 400,000 used up in 2029-04" "$page"
same "no line of it is too long" "" "$(printf '%s\n' "$page" | python3 -c '
import sys
print(*[line for line in sys.stdin.read().split("\n") if len(line) > 100 and not line.startswith("  next")])')"
has "in another currency" "EUR/request" "$("$T" costs "$TMP/units.json" --currency EUR)"
python3 - "$TMP/hybrid.json" <<'PY'
import json, sys
scenario = json.load(open("scenarios/reference/S5-flat.json"))
rent, api = (next(o for o in scenario["options"] if o["kind"] == kind) for kind in ("rent", "api"))
scenario["options"].append({**api, **rent, "name": "both", "kind": "hybrid", "hybrid": {"split": "share", "api_share_frac": 0.3}})
json.dump(scenario, open(sys.argv[1], "w"))
PY
"$T" costs "$TMP/hybrid.json" --json >"$TMP/costs.json"
"$T" run "$TMP/hybrid.json" --json >"$TMP/run.json"
check "the fleet of a hybrid costs what it costs over the tokens that it serves" python3 - "$TMP" <<'PY'
import json, math, sys
run, costs = (next(o for o in json.load(open(f"{sys.argv[1]}/{n}.json"))["options"] if o["name"] == "both") for n in ("run", "costs"))
df = [1.1 ** (-(m + 0.5) / 12) for m in range(36)]
fleet = sum(m["compute_rent"] * d for m, d in zip(run["months"], df))
tokens = sum(m["tokens"] * d for m, d in zip(run["months"], df)) / 1e6
assert math.isclose(costs["reservation_usd_per_mtok"], fleet / (0.7 * tokens), rel_tol=1e-9)
assert costs["usage_usd_per_mtok"] < costs["reservation_usd_per_mtok"]
PY
