"""Random whole scenarios for compare_scenarios.py; each topic draws from a stream of its own."""

import copy
import random

import tco_draw
from tco_draw import _log
from tco_scenario_config import EXTRA

SERVING = ("rent", "own", "api")


def _base(rng, horizon=None):
    """(sparse groups, horizon, discount) of a random configuration with volumes that a fleet of some size serves."""
    config = tco_draw.draw(rng)
    config["horizon"] = horizon or rng.choice([1, 7, 12, 24, 36])
    for group in ("rent", "api"):
        config[group]["events"] = []
    config["workload"]["req0"] = _log(rng, 1e5, 8e7)
    return config


def _scenario(config, options, **more):
    groups = {g: v for g, v in config.items() if isinstance(v, dict) and g != "workload"}
    return {"horizon": config["horizon"], "discount": config["discount"], "workloads": [config["workload"]],
            "options": [{"name": name, "kind": kind, "set": {**copy.deepcopy(groups), **copy.deepcopy(extra)}}
                        for name, kind, extra in options], **more}


def _plain(config, extra=None):
    return [(kind, kind, extra or {}) for kind in SERVING]


def _with(config, changes):
    """Groups of `changes` laid over those of a configuration."""
    return {g: {**config.get(g, {}), **v} for g, v in changes.items()}


def seasons(rng):
    config = _base(rng)
    s = [rng.uniform(0.2, 2.0) for _ in range(12)]
    mean = sum(s) / 12.0
    w = config["workload"]
    w["seasons"] = [x / mean for x in s]
    if rng.random() < 0.5:
        w["begin"] = rng.randint(0, config["horizon"] - 1)
        w["end"] = rng.randint(w["begin"], config["horizon"] + 3)
    return _scenario(config, _plain(config), season_start=rng.randint(0, 11))


def workloads(rng):
    config = _base(rng)
    out = _scenario(config, _plain(config) + [("hybrid", "hybrid", {"hybrid": _hybrid(rng)})])
    for _ in range(rng.randint(1, 3)):
        w = tco_draw.draw(rng)["workload"]
        w["req0"] = _log(rng, 1e4, 3e7)
        if rng.random() < 0.4:
            w["begin"] = rng.randint(0, config["horizon"])
        out["workloads"].append(w)
    for w in out["workloads"]:
        w["slo_tpot"], w["slo_ttft"] = max(w["slo_tpot"], 0.05), max(w["slo_ttft"], 3.0)
    return out


def _hybrid(rng):
    return {"split": rng.choice(["share", "peak", "both"]), "share": rng.choice([0.0, rng.random()]),
            "cap": rng.choice([0, 1, 2, 3, 9]), "fallback": rng.choice([0.0, 0.2 * rng.random()]),
            "long": rng.choice([0, int(_log(rng, 100, 20000))])}


def hybrids(rng):
    config = _base(rng)
    long = {**_hybrid(rng), "long": int(_log(rng, 100, 20000))}
    return _scenario(config, [("a", "hybrid", {"hybrid": _hybrid(rng)}), ("b", "hybrid", {"hybrid": long})])


def best_split(rng):
    config = _base(rng, rng.choice([1, 5, 12]))
    config["workload"]["req0"] = _log(rng, 1e5, 2e7)
    return _scenario(config, [("best", "hybrid", {"hybrid": {**_hybrid(rng), "split": rng.choice(["peak", "both"]), "best": True}})])


def reserved(rng):
    config = _base(rng)
    return _scenario(config, [("rent", "rent", {"rent": {**config["rent"], "reserve_best": True, "reserved": 0}})])


def optional(rng):
    """Loans, hiring, tiers, the drivers of E73."""
    config = _base(rng)
    changes = {
        "own": {"financed": rng.choice([0.0, rng.random(), 1.0]), "loan_rate": rng.choice([0.0, rng.uniform(0, 0.2)]),
                "loan_months": rng.choice([1, 12, 36, 60])},
        "staff": {"hiring_lag": rng.choice([0, 1, 4, 12]), "hiring_cost": rng.choice([0.0, rng.uniform(0, 0.4)])},
        "extras": {"guardrail": rng.uniform(0, 0.2), "guardrail_share": rng.choice([0.0, rng.uniform(0, 0.5)]),
                   "drift_sample": rng.random(), "drift": rng.uniform(0, 2.0), "registry": rng.uniform(0, 300),
                   "finetune": rng.uniform(0, 900), "sites": rng.randint(0, 20), "site": rng.uniform(0, 4000),
                   "site_kw": rng.uniform(0, 0.5), "site_kwh": rng.uniform(0, 0.4), "visits": rng.uniform(0, 6),
                   "visit": rng.uniform(0, 400)}}
    if rng.random() < 0.5:
        changes["net"] = {"egress_from": [0, 10240.0, 51200.0], "egress_tier": [rng.uniform(0, 0.2) for _ in range(3)]}
    extra = _with(config, changes)
    return _scenario(config, _plain(config, extra) + [("hybrid", "hybrid", {**extra, "hybrid": _hybrid(rng)})])


TARGETS = ["/options/*/rent/on_demand_usd_per_gpu_h", "/options/*/api/input_usd_per_mtok", "/options/*/api/cached_usd_per_mtok",
           "/options/*/api/output_usd_per_mtok", "/options/*/own/server_usd", "/options/*/own/energy_usd_per_kwh",
           "/options/*/staff/salary_usd_per_year", "/workloads/0/requests_per_month"]
USUAL = {"rent/on": 3.0, "api/inp": 2.0, "api/cac": 0.2, "api/out": 9.0, "own/ser": 2.8e5, "own/ene": 0.1, "staff/s": 1.6e5, "request": 2e6}


def _event(rng, horizon):
    target = rng.choice(TARGETS)
    month = rng.randint(0, horizon + 1)
    if rng.random() < 0.5:
        return {"month": month, "target": target, "factor": round(rng.uniform(0.4, 2.0), 3)}
    usual = next(v for k, v in USUAL.items() if k in target)
    return {"month": month, "target": target, "value": usual * rng.uniform(0.4, 2.0)}


def events(rng):
    config = _base(rng)
    out = [_event(rng, config["horizon"]) for _ in range(rng.randint(1, 6))]
    seen, kept = set(), []
    for e in out:
        key = (e["target"], e["month"])
        if key not in seen:
            kept.append(e)
        seen.add(key)
    if rng.random() < 0.3:
        kept.append({"month": rng.randint(0, config["horizon"]), "target": "/options/*/api/prices", "factor": rng.uniform(0.4, 2.0)})
    return _scenario(config, _plain(config) + [("hybrid", "hybrid", {"hybrid": _hybrid(rng)})], events=kept)


def moments(rng):
    """Retirement of an API's model, the next generation of GPUs."""
    config = _base(rng)
    H, kept = config["horizon"], []
    if rng.random() < 0.7:
        m = rng.randint(1, H + 1)
        kept.append({"month": m, "target": "/options/*/api/retirement", "value": rng.uniform(0, 5e4)})
        if rng.random() < 0.6:
            kept.append({"month": m, "target": "/options/*/api/retirement", "factor": rng.uniform(0.5, 2.0)})
    extra = {}
    if rng.random() < 0.7:
        extra = _with(config, {"fleet": {"generation": rng.randint(1, H + 1), "generation_rate": rng.uniform(0.6, 3.0),
                                         "generation_price": rng.uniform(0.6, 2.5), "generation_cost": rng.uniform(0, 5e4)}})
    return _scenario(config, _plain(config, extra) + [("hybrid", "hybrid", {**extra, "hybrid": _hybrid(rng)})], events=kept)


def _composed(rng, config):
    other = tco_draw.draw(rng)
    small = {"api": {**other["api"], "events": []}}
    return [("api", "api", {}), ("cheap", "api", small), ("rent", "rent", {}), ("own", "own", {}), ("hybrid", "hybrid", {"hybrid": _hybrid(rng)})]


def plans(rng):
    config = _base(rng)
    options = _composed(rng, config)
    names = [x[0] for x in options]
    first, second, third = rng.sample(names, 3)
    H = config["horizon"]
    a = rng.randint(0, H + 1)
    options.append(("plan", "plan", {"plan": {"first": first, "second": second, "third": rng.choice(["", third]), "second_from": a,
                                              "third_from": rng.randint(a, H + 2), "overlap": rng.choice([0, 0, 1, 3]),
                                              "switch": rng.uniform(0, 5e4)}}))
    options.append(("cascade", "cascade", {"cascade": {"small": rng.choice(["cheap", "rent"]), "large": rng.choice(["api", "own", "hybrid"]),
                                                       "escalate": rng.choice([0.0, rng.random(), 1.0])}}))
    if rng.random() < 0.5:
        options.append(("plan of cascades", "plan", {"plan": {"first": "cascade", "second": second, "second_from": rng.randint(0, H),
                                                              "switch": 1000.0}}))
    return _scenario(config, options)


def escalations(rng):
    config = _base(rng)
    options = _composed(rng, config)
    small, large = rng.choice(["cheap", "rent"]), rng.choice(["api", "own", "hybrid"])
    options.append(("cascade", "cascade", {"cascade": {"small": small, "large": large, "escalate": rng.random()}}))
    return _scenario(config, options)


def found_months(rng):
    config = _base(rng, rng.choice([3, 6, 9]))
    config["workload"]["growth"] = rng.uniform(-0.1, 0.4)
    options = _composed(rng, config)
    first, second, third = rng.sample([x[0] for x in options], 3)
    options.append(("plan", "plan", {"plan": {"first": first, "second": second, "third": rng.choice(["", third]), "find": True,
                                              "overlap": rng.choice([0, 1]), "switch": rng.uniform(0, 3e4)}}))
    return _scenario(config, options)


def bills(rng):
    config = _base(rng, rng.choice([6, 24, 36]))
    usd = [_log(rng, 1e3, 3e5) for _ in range(rng.randint(1, 5))]
    return _scenario(config, [("now", "bill", {"bill": {"covers": rng.choice(["api", "gpus"]), "usd": usd}})] + _plain(config),
                     units_per_usd=rng.choice([1.0, rng.uniform(0.5, 160.0)]))


def everything(rng):
    """What the other topics have, at once."""
    config = _base(rng)
    H = config["horizon"]
    out = optional(rng)
    base = {g: v for g, v in out["options"][0]["set"].items()}
    base.update(_with(base, {"fleet": {"spare_rule": rng.choice(["count", "reliability"]), "gpu_failures": _log(rng, 0.05, 1.5),
                                       "repair_h": _log(rng, 1.0, 70.0), "spare_miss": _log(rng, 1e-5, 0.1),
                                       "instance_gpus": rng.choice([0, 0, 4, 8])},
                             "rent": {"reserve_best": rng.random() < 0.3}}))
    more = tco_draw.extended(rng)
    for group in ("contract", "standby"):
        if group in more and rng.random() < 0.6:
            base[group] = more[group]
    options = [("api", "api", base), ("cheap", "api", {**base, "api": {**more["api"], "events": []}}), ("rent", "rent", base),
               ("own", "own", base), ("hybrid", "hybrid", {**base, "hybrid": _hybrid(rng)}),
               ("peak", "hybrid", {**base, "hybrid": {**_hybrid(rng), "split": "peak", "long": 0}})]
    first, second, third = rng.sample([x[0] for x in options], 3)
    small, large = rng.sample([x[0] for x in options], 2)
    options += [("plan", "plan", {"plan": {"first": first, "second": second, "third": rng.choice(["", third]), "second_from": rng.randint(0, H),
                                           "third_from": rng.randint(H // 2, H + 1), "overlap": rng.choice([0, 1, 3]),
                                           "switch": rng.uniform(0, 5e4)}}),
                ("cascade", "cascade", {"cascade": {"small": small, "large": large, "escalate": rng.random()}})]
    plan = options[-2][2]["plan"]
    plan["third_from"] = max(plan["third_from"], plan["second_from"])
    out = _scenario(config, options, season_start=rng.randint(0, 11), events=[])
    for _ in range(rng.choice([0, 0, 1, 2])):
        w = tco_draw.draw(rng)["workload"]
        w["req0"], w["begin"] = _log(rng, 1e4, 3e7), rng.choice([0, rng.randint(0, H)])
        out["workloads"].append(w)
    if rng.random() < 0.1:
        for w in out["workloads"]:
            w["req0"], w["volume_table"] = 0.0, None
    seen = set()
    for e in [_event(rng, H) for _ in range(rng.choice([0, 2, 5]))]:
        if (e["target"], e["month"]) not in seen:
            out["events"].append(e)
        seen.add((e["target"], e["month"]))
    if rng.random() < 0.4:
        out["events"].append({"month": rng.randint(1, H), "target": "/options/*/api/retirement", "value": rng.uniform(0, 5e4)})
    if rng.random() < 0.4:
        out["events"].append({"month": rng.randint(1, H), "target": "/options/*/fleet/generation", "factor": rng.uniform(0.5, 3.0)})
    return out


EDGES = {
    "workload": {"req0": [0.0, 1e-3, 1.0, 7e9], "growth": [-0.5, 0.0, 0.08], "lin": [1.0, 200.0, 20000.0], "lout": [1.0, 10.0, 2000.0],
                 "cvi": [0.0, 2.5], "cvo": [0.0, 2.5], "ca2": [0.0, 4.0], "burst": [1.0, 1.5], "hit": [0.0, 0.7, 1.0], "retry": [0.0, 0.05],
                 "slo_ttft": [0.2, 10.0], "slo_tpot": [0.02, 0.2], "eps": [1e-6, 1.0], "batch_frac": [0.0, 1.0], "max_ctx": [1, 131072]},
    "engine": {"u_mem": [0.85, 1.0], "reserve": [0.0, 1e10], "eta_kv": [0.5, 1.0], "b_max": [1, 4096], "e_link": [0.2, 0.7],
               "bytes_kv": [0.5, 1.0], "t_layer": [0.0, 120e-6], "g_list": [[1], [16], [8, 4, 2, 1], [3, 5]]},
    "fleet": {"rho_max": [0.6, 1.0], "rho_batch": [0.6, 1.0], "r_min": [0, 9], "n_spare": [0, 5], "lookahead": [0, 167],
              "autoscale": ["static", "hourly"], "scale_to_zero": [True, False]},
    "rent": {"p_od": [0.0, 1.5, 7.0], "decline": [-0.3, 0.5], "res_disc": [0.0, 1.0], "res_term": [1, 600], "reserved": [0, 1, 500],
             "spot_share": [0.0, 1.0], "spot_disc": [0.0, 1.0], "spot_unavail": [0.0, 1.0], "spot_over": [0.0, 0.5]},
    "own": {"capex": [0.0, 3e5], "capex_decline": [-0.2, 0.3], "srv_gpus": [1, 3, 16], "resid_decay": [0.0, 3.0], "load": [0.0, 1.0],
            "pue": [1.0, 1.8], "maint": [0.0, 0.3]},
    "api": {"p_in": [0.0, 5.0], "p_cached": [0.0, 0.5], "p_out": [0.0, 25.0], "hit": [0.0, 1.0], "batch_disc": [0.0, 1.0],
            "vol_disc": [0.0, 1.0], "out_mult": [0.0, 4.0], "decline": [-0.5, 3.7], "migrate_every": [1, 600], "min_commit": [0.0, 1e6]},
    "staff": {"salary": [0.0, 2.5e5], "pool": [0, 12], "step_gpus": [1, 1000], "min_fte": [0.0, 9.0], "wage_growth": [-0.2, 0.2]},
    "net": {"egress": [0.0, 0.12], "az_frac": [0.0, 1.0], "bpt_out": [0.0, 300.0]},
    "misc": {"upgrade_every": [1, 600], "log_retain_months": [0, 600], "log_sample": [0.0, 1.0], "ab_frac": [0.0, 1.0]},
    "licence": {"mode": ["none", "continuous", "release"], "policy": ["fee", "migrate", "freeze"], "mau0": [0.0, 7e8, 1e9],
                "mau_growth": [-0.5, 0.0, 0.1], "perf_ratio": [0.01, 3.0], "fee_month": [1e4], "freeze_month": [3e3], "switch_cost": [1e5]},
}


def edges(rng):
    """A third of the inputs at an end of its range, or beyond what is plausible."""
    config = _base(rng, rng.choice([1, 2, 13, 61, 120]))
    config["discount"] = rng.choice([0.0, -0.2, 0.15, 1.0])
    for group, values in EDGES.items():
        for name, ends in values.items():
            if rng.random() < 0.33:
                config.setdefault(group, {})[name] = rng.choice(ends)
    return _scenario(config, _plain(config) + [("hybrid", "hybrid", {"hybrid": _hybrid(rng)})])


TOPICS = {f.__name__: f for f in (seasons, workloads, hybrids, best_split, reserved, optional, events, moments, plans, escalations,
                                  found_months, bills, everything, edges)}


def draws(topic, n, seed):
    rng = random.Random(f"{topic} {seed}")
    return [TOPICS[topic](rng) for _ in range(n)]
