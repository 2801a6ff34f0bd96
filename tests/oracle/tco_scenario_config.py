"""Reading of whole scenarios: the groups beside those of the defaults, and every event where it acts.

A scenario is {horizon, discount, season_start, units_per_usd, workloads: [sparse workload], options: [{name, kind, set: sparse
groups}], events: [{month, target, factor | value}]}; the groups of EXTRA may be set beside those of the defaults. Written from the
method and from scenarios/README.md, without a look at the program.
"""

import copy

import tco_contract as contract
from tco_config import complete, defaults

NEVER = 10 ** 9
EXTRA = {
    "workload": {"seasons": None, "begin": 0, "end": NEVER},
    "own": {"financed": 0.0, "loan_rate": 0.08, "loan_months": 36},
    "rent": {"reserve_best": False},
    "staff": {"hiring_lag": 0, "hiring_cost": 0.0},
    "net": {"egress_from": [], "egress_tier": []},
    "api": {"retire": 0, "retire_cost": 8000.0, "retire_factor": 1.0},
    "fleet": {"generation": 0, "generation_rate": 2.0, "generation_price": 1.5, "generation_cost": 0.0},
    "extras": {"guardrail": 0.0, "guardrail_share": 0.0, "drift_sample": 0.0, "drift": 0.0, "registry": 0.0, "finetune": 0.0,
               "sites": 0, "site": 0.0, "site_kw": 0.0, "site_kwh": 0.15, "visits": 0.0, "visit": 0.0},
    "hybrid": {"split": "share", "share": 0.1, "cap": 1, "best": False, "long": 0, "fallback": 0.0},
    "contract": contract.CONTRACT, "standby": contract.STANDBY,
    "cascade": {"small": "", "large": "", "escalate": 0.2},
    "plan": {"first": "", "second": "", "third": "", "second_from": 12, "third_from": 24, "find": False, "overlap": 0, "switch": 0.0},
    "bill": {"covers": "api", "usd": []},
}
SERIES = {"/rent/on_demand_usd_per_gpu_h": "gpu", "/api/prices": "api", "/api/input_usd_per_mtok": "api_in",
          "/api/cached_usd_per_mtok": "api_cached", "/api/output_usd_per_mtok": "api_out", "/own/server_usd": "server",
          "/own/energy_usd_per_kwh": "energy", "/staff/salary_usd_per_year": "wage"}


def complete_scenario(sparse):
    """Every group complete, every event where it acts."""
    base = defaults()
    S = {"horizon": sparse["horizon"], "discount": sparse["discount"], "season_start": sparse.get("season_start", 0),
         "units_per_usd": sparse.get("units_per_usd", 1.0)}
    S["workloads"] = [{**base["workload"], **EXTRA["workload"], "season_start": S["season_start"], "levels": [], "factors": [], **w}
                      for w in sparse["workloads"]]
    S["options"] = {}
    for option in sparse["options"]:
        cfg = complete({"horizon": S["horizon"], "discount": S["discount"]})
        for group, values in EXTRA.items():
            if group != "workload":
                cfg.setdefault(group, {}).update(copy.deepcopy(values))
        for group, values in option["set"].items():
            unknown = set(values) - set(cfg[group]) - {"instance_gpus", "spare_rule", "gpu_failures", "repair_h", "spare_miss", "rate_factor"}
            assert not unknown, (group, unknown)
            cfg[group].update(copy.deepcopy(values))
        cfg["name"], cfg["kind"] = option["name"], option["kind"]
        cfg["series"] = {name: {"levels": [], "factors": []} for name in SERIES.values()}
        S["options"][option["name"]] = cfg
    for event in sparse.get("events", []):
        _place_event(S, event)
    return S


def _place_event(S, event):
    scope, which, tail = event["target"][1:].split("/", 2)
    kind = "levels" if "value" in event else "factors"
    if scope == "workloads":
        for k, w in enumerate(S["workloads"]):
            if which in ("*", str(k)):
                if tail == "requests_per_month":
                    w[kind].append(event)
                else:
                    w[tail] = event["month"]
        return
    for k, option in enumerate(S["options"].values()):
        if which not in ("*", str(k), option["name"]):
            continue
        if tail == "api/retirement":
            option["api"]["retire"] = event["month"]
            option["api"]["retire_cost" if "value" in event else "retire_factor"] = event.get("value", event.get("factor"))
        elif tail == "fleet/generation":
            option["fleet"]["generation"] = event["month"]
            option["fleet"]["generation_cost" if "value" in event else "generation_rate"] = event.get("value", event.get("factor"))
        else:
            option["series"][SERIES["/" + tail]][kind].append(event)
