#!/usr/bin/env python3
"""The Monte Carlo of the default scenario, vectorised in numpy over the draws: what bench_model compares with.

Written from the method; it covers what the benchmark's five options use (one workload, dense model, hourly scaling, no
reservation, no licence, no batch work). Usage: risk_numpy.py FOLDER; the folder holds case.json (inputs of every
option), draws.f64 (draws x items) and npv.f64 (draws x options, to compare with). Prints one JSON object.
"""
import json
import sys
import time

import numpy as np

HOURS, PER_MONTH = 168, 730.0
CHUNK = 8192
folder = sys.argv[1]
case = json.load(open(f"{folder}/case.json"))
options, workload, months = case["options"], case["workload"], case["horizon_months"]
month = np.arange(months)
rate = 1.0 + case["discount_per_year"]
DF_START, DF_MID, DF_END = rate ** (-month / 12), rate ** (-(month + 0.5) / 12), rate ** (-(month + 1.0) / 12)
week = np.array(case["week"])


def ceil_safe(x):
    return np.ceil(x - 1e-12)


def column(values, pointer, fallback):
    """A drawn input as a column over the draws, or the scenario's own value."""
    return values[case["items"].index(pointer)][:, None] if pointer in case["items"] else fallback


class Draws:
    """What the options share: demand and tokens of every month (draws x months)."""

    def __init__(self, values):
        w = workload
        self.values = values
        self.lo = column(values, "/workloads/0/output_tok", w["output_tok"])
        self.hit = column(values, "/workloads/0/cache_hit_frac", w["cache_hit_frac"])
        req0 = column(values, "/workloads/0/requests_per_month", w["requests_per_month"])
        growth = column(values, "/workloads/0/growth_per_month", w["growth_per_month"])
        self.volume = req0 * (1.0 + growth) ** month
        self.attempts = self.volume * (1.0 + w["retry_frac"])
        self.tokens = self.volume * (w["input_tok"] + self.lo)


def people(o, d, fte):
    s = o["staff"]
    salary = column(d.values, "/staff/salary_usd_per_year", s["salary_usd_per_year"])
    return fte * salary * s["loaded_factor"] / 12.0 * (1.0 + s["wage_growth_per_year"]) ** (month / 12)


def log_gb(o, d):
    return d.attempts * (workload["input_tok"] + d.lo) * o["operations"]["log_sample_frac"] * \
        o["network"]["input_bytes_per_tok"] / 1e9


def logs(o, d):
    ops = o["operations"]
    kept = np.minimum(month + 1, ops["log_retain_months"])
    return log_gb(o, d) * (kept * ops["storage_usd_per_gb_month"] + ops["log_usd_per_gb"])


def wire(o, d):
    n = o["network"]
    return d.attempts * workload["input_tok"] * n["input_bytes_per_tok"] / 1e9, \
        d.attempts * d.lo * n["output_bytes_per_tok"] / 1e9


def api_months(o, d):
    a, ops, n = o["api"], o["operations"], o["network"]
    decline = column(d.values, "/options/*/api/decline_per_year", a["decline_per_year"])
    every = a["migrate_every_months"]
    factor = np.exp(-decline * (month // every * every) / 12.0)
    price = factor * (1.0 - a["volume_discount_frac"]) * a["tokenizer_ratio"] * (
        workload["input_tok"] * ((1.0 - a["cache_hit_frac"]) * a["input_usd_per_mtok"]
                                 + a["cache_hit_frac"] * a["cached_usd_per_mtok"])
        + d.lo * a["output_multiplier"] * a["output_usd_per_mtok"]) / 1e6
    gb_in, gb_out = wire(o, d)
    fte = column(d.values, "/staff/api_fte", o["staff"]["api_fte"])
    usd = np.maximum(d.attempts * price, a["min_commit_usd_per_month"]) + (gb_in + gb_out) * n["egress_usd_per_gb"] \
        + gb_in * n["nat_usd_per_gb"] + ops["evaluation_api_usd_per_month"] + people(o, d, fte) \
        + ops["security_api_usd_per_month"] + logs(o, d)
    usd = usd + ((month > 0) & (month % every == 0)) * ops["api_migrate_usd"]
    return np.where(month == 0, ops["setup_api_usd"], 0.0) + np.zeros_like(usd), usd, np.zeros_like(usd)


def replica(o, d, g):
    """E4 to E10 at one degree: rate, batch, slack, feasible; columns over the draws."""
    m, a, e, s, w = o["shape"], o["accelerator"], o["efficiency"], o["serving"], workload
    kappa = m["layers"] * m["kv_values_per_layer"] * s["kv_bytes"]
    shards = min(g, m["kv_shards"])
    resident = w["input_tok"] + 0.5 * d.lo * (1.0 + w["output_cv"] ** 2)
    tokens = (a["memory_bytes"] * s["memory_use_frac"] - s["reserve_bytes"] - m["params_total"] * s["weight_bytes"] / g) \
        * shards / kappa
    peak = a["flops_16bit"] if s["weight_bytes"] > 1.0 else a["flops_8bit"]
    ring = 2.0 * m["layers"] * m["hidden"] * 2.0 * 2.0 * (g - 1) / g / (a["link_bytes_s"] * e["e_link"]) if g > 1 else 0.0
    miss = 1.0 - d.hit
    prefill = 2.0 * m["params_active"] * miss * w["input_tok"] / (g * peak * e["e_pf"]) \
        + 2.0 * m["layers"] * m["heads"] * m["head_dim"] * w["input_tok"] ** 2 * (1.0 + w["input_cv"] ** 2) \
        * (1.0 - d.hit ** 2) / (g * a["flops_16bit"] * e["e_pf"]) + ring * miss * w["input_tok"]
    fixed = e["t_fix_s"] + m["layers"] * e["t_layer_s"] + (2.0 * m["layers"] * e["t_ar_s"] if g > 1 else 0.0) \
        + m["params_total"] * s["weight_bytes"] / (g * a["bandwidth_bytes_s"] * e["e_w"])
    each = e["t_seq_s"] + resident * kappa / (shards * a["bandwidth_bytes_s"] * e["e_kv"]) \
        + 2.0 * m["params_active"] / (g * peak * e["e_fl"]) + ring
    limit = np.minimum(np.floor(s["kv_use_frac"] * tokens / resident), s["batch_max"])
    limit = np.broadcast_to(limit, np.broadcast(limit, prefill).shape)

    def tpot(b):
        return fixed + b * each + b * prefill / d.lo

    good, bad = np.zeros_like(limit), limit + 1.0
    while True:  # integer bisection, all draws at once
        middle = np.floor((good + bad) / 2.0)
        active = (bad - good) > 1.0
        if not active.any():
            break
        fits = tpot(middle) <= w["slo_tpot_s"]
        good, bad = np.where(active & fits, middle, good), np.where(active & ~fits, middle, bad)
    step = fixed + good * each
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = 1.0 / (prefill + d.lo * step / good)
    slack = w["slo_ttft_s"] - prefill - step
    feasible = (good >= 1.0) & (slack > 0.0) & (tokens >= w["max_context_tok"])
    return rate, good, slack, feasible


def enough(rho, slots, holding, slack, spread):
    tail = rho ** (np.sqrt(2.0 * (slots + 1.0)) - 1.0) * np.exp(-slack * slots * (1.0 - rho) / (holding * spread))
    return tail <= workload["slo_miss_frac"]


def threshold(o, rate, batch, slack, r):
    """The largest arrival rate that r replicas carry (E12 to E15)."""
    spread = 0.5 * (workload["arrival_scv"] + workload["output_cv"] ** 2)
    bound = r * rate * o["fleet"]["utilisation_max_frac"]
    holding, slots = batch / rate, r * batch
    fits = enough(bound / (r * rate), slots, holding, slack, spread)
    if fits.all():
        return bound
    low, high = np.zeros_like(bound), bound
    for _ in range(60):
        middle = low + 0.5 * (high - low)
        inside = enough(middle / (r * rate), slots, holding, slack, spread)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.where(fits, bound, low)


def fleet(o, d):
    """E11, E16, E17: degree, billed replica-hours of a week and peak replicas (draws x months)."""
    f = o["fleet"]
    ahead = np.sort(np.max([np.roll(week, -j) for j in range(1 + f["lookahead_h"])], axis=0))
    arrival = d.attempts / (PER_MONTH * 3600.0) * workload["burst"]
    factor = column(d.values, case["rate_item"], 1.0)
    best = None
    for g in (1, 2, 4, 8):
        rate, batch, slack, feasible = replica(o, d, g)
        if not feasible.any():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = rate * factor
            hours, peak, r = np.full(arrival.shape, HOURS * f["spares"], float), np.full(arrival.shape, 0.0), 0
            while True:  # hours that need more than r replicas
                limit = threshold(o, rate, batch, slack, r) / arrival if r > 0 else np.zeros_like(arrival)
                above = HOURS - np.searchsorted(ahead, limit, side="right")
                above = np.where(feasible, above, 0)
                if not above.any():
                    break
                hours, peak, r = hours + above, peak + (above > 0), r + 1
        peak = np.maximum(peak, f["replicas_min"]) + f["spares"]
        gpu = np.where(feasible, hours * g, np.inf)
        total = gpu.sum(axis=1, keepdims=True)
        if best is None:
            best = [np.full(total.shape, g), gpu, peak, total]
        else:
            wins = total < best[3]
            best = [np.where(wins, x, y) for x, y in zip((g, gpu, peak, total), best)]
    return best[0], best[1], best[2]


def self_months(o, d):
    ops, n, own, rent, s = o["operations"], o["network"], o["own"], o["rent"], o["staff"]
    degree, gpu_hours, peak = fleet(o, d)
    decline = column(d.values, "/options/*/rent/decline_per_year", rent["decline_per_year"])
    on_demand = rent["on_demand_usd_per_gpu_h"] * np.exp(-decline * month / 12.0)
    used = peak * degree
    gb_in, gb_out = wire(o, d)
    base = column(d.values, "/staff/self_base_fte", s["self_base_fte"])
    weights = o["shape"]["params_total"] * o["serving"]["weight_bytes"] / 1e9
    start, end = np.where(month == 0, ops["setup_self_usd"], 0.0) + np.zeros_like(used), np.zeros_like(used)
    usd = gb_out * n["egress_usd_per_gb"] + (gb_in + gb_out) * n["inter_zone_frac"] * n["inter_zone_usd_per_gb"] \
        + n["balancer_usd_per_month"] + logs(o, d) + weights * ops["weight_copies"] * ops["storage_usd_per_gb_month"] \
        + ops["evaluation_self_usd_per_month"] + ops["security_self_usd_per_month"]
    upgrade = (month > 0) & (month % ops["upgrade_every_months"] == 0)
    usd = usd + upgrade * (ops["upgrade_usd"] + used * ops["ab_gpu_frac"] * ops["ab_days"] * 24.0 * on_demand)
    extra = 0.0
    if o["kind"] == "own":
        factor = column(d.values, "/options/*/own/server_usd", 1.0)
        decay = column(d.values, "/options/*/own/residual_decay_per_year", own["residual_decay_per_year"])
        servers = np.maximum.accumulate(ceil_safe(used / own["server_gpus"]), axis=1)
        bought = np.diff(servers, axis=1, prepend=0.0)
        price = own["server_usd"] * factor * (1.0 - own["server_decline_per_year"]) ** (month / 12)
        start = start + bought * (price + own["server_setup_usd"])
        kw = servers * own["server_kw"]
        usd = usd + kw * own["colocation_usd_per_kw_month"] \
            + kw * own["load_frac"] * own["pue"] * PER_MONTH * own["energy_usd_per_kwh"] \
            + np.cumsum(bought * price, axis=1) * own["maintenance_per_year"] / 12.0
        end[:, -1] = -(bought * price * np.exp(-decay * (months - month) / 12.0)).sum(axis=1)
        staffed, extra = servers * own["server_gpus"], s["own_extra_fte"]
    else:
        staffed, share, q = used, rent["spot_share_frac"], rent["spot_unavailable_frac"]
        spot = ((1.0 - q) * (1.0 - rent["spot_discount_frac"]) * on_demand * (1.0 + rent["spot_extra_frac"])
                + q * on_demand) / (1.0 - rent["spot_interruptions_per_h"] * rent["spot_recovery_h"])
        usd = usd + PER_MONTH / HOURS * gpu_hours * ((1.0 - share) * on_demand + share * spot)
    fte = base + s["oncall_pool"] * s["oncall_frac"] * s["oncall_share_frac"] \
        + s["step_fte"] * ceil_safe(staffed / s["step_gpus"]) + extra
    usd = usd + ceil_safe(staffed / 8.0) * ops["host_monitoring_usd_per_month"] + people(o, d, np.maximum(fte, s["min_fte"]))
    return start, usd, end


def run(values):
    d = Draws(values)
    npv, cumulative, unit = [], [], []
    for o in options:
        start, middle, end = api_months(o, d) if o["kind"] == "api" else self_months(o, d)
        by_month = np.cumsum(start * DF_START + middle * DF_MID + end * DF_END, axis=1)
        npv.append(by_month[:, -1])
        cumulative.append(by_month)
        unit.append((start + middle + end) / d.tokens * 1e6)
    return np.array(npv).T, cumulative, unit


def main():
    draws = np.fromfile(f"{folder}/draws.f64").reshape(-1, len(case["items"]))
    want = np.fromfile(f"{folder}/npv.f64").reshape(-1, len(options))
    edges, counts = {}, {}
    npv = np.empty_like(want)
    begin = time.perf_counter()
    for at in range(0, len(draws), CHUNK):
        values = np.ascontiguousarray(draws[at:at + CHUNK].T)
        npv[at:at + CHUNK], cumulative, unit = run(values)
        for kind, fans in enumerate((cumulative, unit)):
            for o, fan in enumerate(fans):
                for m in range(months):
                    key = (kind, o, m)
                    if key not in edges:
                        low, high = fan[:, m].min(), fan[:, m].max()
                        edges[key] = (low - 0.5 * (high - low), high + (high - low))
                        counts[key] = np.zeros(256, int)
                    counts[key] += np.histogram(fan[:, m], bins=256, range=edges[key])[0]
    np.quantile(npv, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    npv.mean(axis=0), np.bincount(npv.argmin(axis=1), minlength=len(options)), npv.min(axis=1).mean()
    seconds = time.perf_counter() - begin
    off = np.abs(npv / want - 1.0).max(axis=1)
    print(json.dumps({"seconds": seconds, "draws": len(draws), "numpy": np.__version__,
                      "worst": float(off.max()), "differing": int((off > 1e-9).sum())}))


main()
