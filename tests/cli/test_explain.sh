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

# Composed options: every part's lines lead to the part's own requests, fleet and replica, and these to inputs.
"$T" run routes-and-moves --json --trace "$TMP/composed.json" >"$TMP/composed-run.json"
check "cascades and plans are taken apart down to their parts" python3 - "$TMP/composed.json" <<'PY'
import json, math, sys
trace = json.load(open(sys.argv[1]))
found = {o["option"]: o for o in trace["options"]}

def nodes(node):
    yield node
    for child in node.get("from", []):
        yield from nodes(child)

def those(option, **wanted):
    return [n for n in nodes(found[option]["npv"]) if all(n.get(k) == v for k, v in wanted.items())]

cascade, plan, hybrid = "8b first, a fifth to the API", "API first, then the fleet", "base on H100, peak to the API"
whole = next(f["value"][0] for f in found[cascade]["figures"] if f["name"] == "requests")
for part, share in (("llama-8b on rented H100", 1.0), ("claude-haiku API", 0.2)):
    requests = [n for n in those(cascade, kind="figure", name="requests", of=part) if "from" in n]
    assert any(math.isclose(n["value"], share * whole) for n in requests), part
    assert all(any(c["name"] == "requests_per_month" and c["origin"] for c in n["from"]) for n in requests)
assert any(c["name"] == "escalate_frac" for n in those(cascade, name="requests", of="claude-haiku API")
           for c in n.get("from", []))
for option, fleet in ((cascade, "llama-8b on rented H100"), (plan, "llama-70b on rented H100")):
    for name in ("peak_replicas", "month_rate", "replica_rate", "batch", "step_s", "prefill_s", "kv_tokens", "peak_rate"):
        assert those(option, kind="figure", name=name, of=fleet), (option, name)
    rate = next(n for n in those(option, name="replica_rate", of=fleet) if "from" in n)
    of = {c["name"]: c["value"] for c in rate["from"]}
    assert math.isclose(rate["value"], 1 / (of["prefill_s"] + of["output_tok"] * of["step_s"] / of["batch"]))
assert any(f["name"] == "replicas_cap" and f["value"] > 0 for f in found[hybrid]["figures"])
moves = {f["name"]: f["value"] for f in found[plan]["figures"]}
assert moves["second_from"] == 7 and moves["third_from"] == 36
figures = {f["name"]: f["value"] for f in found[cascade]["figures"]}
small, large = figures["small_alone"], figures["large_alone"]
assert math.isclose(figures["indifference_escalation"], 1 - small / large)
run = {o["option"]: o["npv"]["value"] for o in trace["options"]}
assert math.isclose(small, run["llama-8b on rented H100"]) and math.isclose(large, run["claude-haiku API"])
PY
has "a line says which part it is of" "of claude-haiku API" \
    "$("$T" explain routes-and-moves "8b first, a fifth to the API" api_usage --depth all)"
sed 's/"factor": 1.25, "note": "a shortage of GPUs"/"value": 2.25/' scenarios/routes-and-moves.json >"$TMP/value.json"
has "what an event set a price to is shown" "gpu_rent_set                   2.25" \
    "$("$T" explain "$TMP/value.json" 2 rent_on_demand 20)"
check "needs says up to which share a cascade may pass on" python3 - "$T" "$TMP" <<'PY'
import json, subprocess, sys
program, folder = sys.argv[1:]
scenario = json.load(open("scenarios/routes-and-moves.json"))
api, cascade = scenario["options"][0], scenario["options"][4]
def call(command):
    json.dump(scenario, open(folder + "/cascade.json", "w"))
    done = subprocess.run([program, command, folder + "/cascade.json", "--json"], capture_output=True, check=True)
    return json.loads(done.stdout)
# What is committed to the API is paid whatever is passed on.
limit = call("needs")["cascades"][0]
assert limit["indifference_frac"] is None and 0 < limit["indifference_by_ratio_frac"] < 1
del api["contract"]
limit = call("needs")["cascades"][0]
assert limit["escalate_frac"] == 0.2 and limit["large"] == api["name"]
assert 0 < limit["indifference_frac"] < limit["indifference_by_ratio_frac"] < 1
for step in (-0.01, 0.01):
    cascade["cascade"]["escalate_frac"] = limit["indifference_frac"] + step
    npv = {o["name"]: o["npv_usd"] for o in call("run")["options"]}
    assert (npv[cascade["name"]] < npv[api["name"]]) == (step < 0)
PY
has "people are told too" "costs less than claude-haiku API alone up to" "$("$T" needs "$TMP/cascade.json")"
