#!/usr/bin/env bash
# tier: check
# explain and run --trace: every figure is taken apart to lines, terms, inputs and sources, and the parts make the whole.
. tests/lib.sh
S0=reference/S0

"$T" explain $S0 rent compute_rent | golden "a cost explained" tests/golden/explain-S0-rent.txt
has "deeper, down to the shape of the model" "hidden                         8192 count" \
    "$("$T" explain $S0 rent compute_rent --depth all)"
has "the default is the NPV" "npv of own: 1496245.976038 USD" "$("$T" explain $S0 own)"
has "a figure behind costs" "peak_replicas of rent in 2027-01: 2 replicas" "$("$T" explain $S0 rent peak_replicas)"
same "one level only" "1" "$("$T" explain $S0 api network 1 --depth 1 --json | grep -c '"from"')"
same "an option by its number" "$("$T" explain $S0 rent setup)" "$("$T" explain $S0 1 setup)"
status "an unknown option" 2 "$T" explain $S0 nobody setup
status "an unknown figure" 2 "$T" explain $S0 rent coffee
status "a month out of range" 2 "$T" explain $S0 rent setup 37
status "a depth that is none" 2 "$T" explain $S0 rent setup --depth deep
status "a cost that is not there: the answer is no" 1 "$T" explain $S0 api compute_rent
status "a figure that the kind does not have" 1 "$T" explain $S0 api peak_replicas
status "one trace, one scenario" 2 "$T" run $S0 $S0 --json --trace "$TMP/two.json"

python3 - "$TMP/extras.json" <<'PY'
import json, sys
scenario = json.load(open("scenarios/reference/S0.json"))
scenario["extras"] = {"guardrail_usd_per_mtok": 0.037, "drift_usd_per_mtok": 1.3, "drift_sample_frac": 0.07,
                      "registry_usd_per_month": 41, "finetune_gpu_h_per_quarter": 230, "edge_sites": 3,
                      "edge_site_usd": 2385, "edge_site_kw": 0.21, "edge_visits_per_year": 5, "edge_visit_usd": 170}
scenario.setdefault("own", {})["financed_frac"] = 0.6
scenario.setdefault("staff", {})["hiring_cost_frac"] = 0.2
scenario["events"] = [{"month": 7, "target": "/options/*/rent/on_demand_usd_per_gpu_h", "factor": 0.83}]
json.dump(scenario, open(sys.argv[1], "w"))
PY
"$T" run "$TMP/extras.json" --json --trace "$TMP/trace.json" >"$TMP/run.json"
check "sums of the trace are those of the run, recomputed from its lines" python3 - "$TMP/run.json" "$TMP/trace.json" <<'PY'
import json, math, sys
run, trace = (json.load(open(f)) for f in sys.argv[1:])
rate, n_lines, inputs = trace["discount_per_year"], 0, set()
timing = {"start": 0, "middle": 0.5, "end": 1}
start = [int(x) for x in trace["start"].split("-")]
near = lambda a, b: math.isclose(a, b, rel_tol=1e-11, abs_tol=1e-7)

def number_of(month):
    year, at = map(int, month.split("-"))
    return 12 * (year - start[0]) + at - start[1]

def amount(node, sums):
    """NPV of a node, from its lines alone."""
    global n_lines
    if node["kind"] == "input":
        inputs.add(node["pointer"].split("/", 3)[-1] if "/options/" in node["pointer"] else node["pointer"])
        assert node["origin"], node
    if node["kind"] == "line":
        n_lines += 1
        usd = node["quantity"] * node["unit_price_usd"] * node["factor"]
        m = number_of(node["month"])
        assert near(usd, node["amount_usd"])
        assert any(near(node["discount_factor"], (1 + rate) ** (-(m + o) / 12)) for o in timing.values())
        sums[m] = sums.get(m, 0) + usd
        assert near(usd * node["discount_factor"], node["value"])
        return usd * node["discount_factor"]
    if node["kind"] in ("total", "category", "driver", "month"):
        total = sum(amount(child, sums) for child in node["from"])
        assert near(total, node["value"]), (node["name"], total, node["value"])
        return total
    return 0.0

for option, traced in zip(run["options"], trace["options"]):
    months = {}
    assert near(amount(traced["npv"], months), option["npv_usd"]), option["name"]
    for m, month in enumerate(option["months"]):
        assert near(months.get(m, 0), month["total_usd"])
    for category in traced["npv"]["from"]:
        if category["kind"] != "category":
            continue
        usd = sum(l["amount_usd"] for d in category["from"] for mo in d["from"] if mo["kind"] == "month"
                  for l in mo["from"] if l["kind"] == "line")
        assert near(usd, option["by_category_usd"][category["name"]])
assert n_lines > 1000, n_lines
for field in ("guardrail_usd_per_mtok", "drift_sample_frac", "registry_usd_per_month", "finetune_gpu_h_per_quarter",
              "edge_sites", "edge_site_kw", "edge_usd_per_kwh", "edge_visit_usd", "edge_visits_per_year"):
    assert "extras/" + field in inputs, field
figures = {f["name"]: f for f in trace["options"][0]["figures"]}
assert len(figures["peak_replicas"]["value"]) == 36 and isinstance(figures["replica_rate"]["value"], float)
assert {c["name"] for c in figures["replica_rate"]["from"]} >= {"prefill_s", "step_s", "batch", "output_tok"}
PY
check "the fleet's rate follows from the figures it is explained with" python3 - "$TMP/trace.json" <<'PY'
import json, math, sys
option = json.load(open(sys.argv[1]))["options"][0]
f = {x["name"]: x["value"] for x in option["figures"]}
assert math.isclose(f["replica_rate"], 1 / (f["prefill_s"] + 211 * f["step_s"] / f["batch"]), rel_tol=1e-12)
assert math.isclose(f["tpot_s"], f["step_s"] + f["batch"] * f["prefill_s"] / 211, rel_tol=1e-12)
assert math.isclose(f["peak_rate"][0], 1.911689 * 1.16, rel_tol=1e-6)
PY
same "an event is named with its factor" "0.83" "$("$T" explain "$TMP/extras.json" rent compute_rent 8 --json | python3 -c '
import json, sys
def walk(node):
    yield node
    for child in node.get("from", []): yield from walk(child)
print(*[n["value"] for n in walk(json.load(sys.stdin)["figure"]) if n["kind"] == "event"])')"
"$T" run $S0 --trace "$TMP/trace.txt" >/dev/null
has "as text on request" "2029-12   " "$(head -c 40000 "$TMP/trace.txt")"
python3 -c 'import json, sys
scenario = json.load(open("scenarios/reference/S0.json"))
scenario.update(unit_name="ticket", units_per_month=412345.5); json.dump(scenario, open(sys.argv[1], "w"))' "$TMP/units.json"
"$T" explain "$TMP/units.json" api per_unit --json >"$TMP/unit.json"
check "the cost of one unit is its NPV over the discounted number" python3 - "$TMP/unit.json" <<'PY'
import json, math, sys
figure = json.load(open(sys.argv[1]))["figure"]
npv, number = figure["from"]
want = sum(412345.5 * 1.02 ** m * 1.1 ** (-(m + 0.5) / 12) for m in range(36))
assert math.isclose(number["value"], want, rel_tol=1e-11) and math.isclose(figure["value"], npv["value"] / want, rel_tol=1e-11)
assert figure["unit"] == "USD/unit" and any(n.get("pointer") == "/units_per_month" for n in number["from"])
PY
status "a unit that nobody counts" 1 "$T" explain $S0 api per_unit
