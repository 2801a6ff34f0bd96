"""Fleets of whole scenarios: several workloads on one fleet (E66, E67), what a hybrid keeps (E68), events on capacity.

A scenario here has `workloads` (complete workload groups with `begin`, `end`, `factors`, `levels` beside), and options, each a
complete configuration with the groups of tco_scenario_config.EXTRA beside. Written from the method and the description of the fields.
"""

import math
from statistics import NormalDist
from types import SimpleNamespace

import tco_capacity as capacity
import tco_mixed as mixed
from tco_config import HOURS, PROFILE_COLUMN, WEEKS_PER_MONTH, profile_of, shape_of

Phi = NormalDist().cdf
SECONDS_PER_HOUR = 3600.0
NOTHING = 1e-12             # a rest of this share of the requests is rounding


# ---------------------------------------------------------------- demand

def requests(w, m):
    """E1 and E66 from the month in which the workload begins, and what events make of it."""
    if not w["begin"] <= m < w["end"]:
        return 0.0
    level = _last_level(w["levels"], m)
    if level:
        growth = 0.0 if w["volume_table"] else w["growth"]           # a table stands instead of growth
        v = level["value"] * (1.0 + growth) ** (m - max(level["month"], w["begin"]))
    elif w["volume_table"]:
        v = float(w["volume_table"][min(m - w["begin"], len(w["volume_table"]) - 1)])
    else:
        v = w["req0"] * (1.0 + w["growth"]) ** (m - w["begin"])
    if w["seasons"]:
        v *= w["seasons"][(w["season_start"] + m) % 12]
    return v * _factors(w["factors"], m, level)


def _last_level(levels, m):
    """The value that holds in month m: the last one that was set."""
    due = [x for x in levels if x["month"] <= m]
    return max(due, key=lambda x: x["month"]) if due else None


def _factors(factors, m, level=None):
    """Factors of events up to month m; what is set to a value forgets those before."""
    since = level["month"] if level else 0
    return math.prod(x["factor"] for x in factors if since <= x["month"] <= m)


series_level, series_factors = _last_level, _factors


# ---------------------------------------------------------------- long requests

def split_by_length(w, threshold):
    """(share of requests above, their mean input, mean and cv of the rest): input lengths are lognormal (E68)."""
    if not threshold:
        return 0.0, 0.0, w["lin"], w["cvi"]
    mean, cv = w["lin"], w["cvi"]
    if cv == 0.0:
        return (1.0, mean, 0.0, 0.0) if mean > threshold else (0.0, 0.0, mean, 0.0)
    s2 = math.log(1.0 + cv * cv)
    s, mu = math.sqrt(s2), math.log(mean) - 0.5 * s2
    z = (math.log(threshold) - mu) / s
    below = Phi(z)
    above = Phi(-z)
    if above <= 0.0:
        return 0.0, 0.0, mean, cv
    if below <= 0.0:
        return 1.0, mean, 0.0, 0.0
    mean_above = mean * Phi(s - z) / above
    mean_below = mean * Phi(z - s) / below
    square_below = mean * mean * (1.0 + cv * cv) * Phi(z - 2.0 * s) / below
    return above, mean_above, mean_below, math.sqrt(max(0.0, square_below / mean_below ** 2 - 1.0))


def kept_workloads(S, hybrid):
    """The workloads as the fleet sees them, and what leaves by length: [(workload, share above, mean input above)]."""
    out = []
    for w in S["workloads"]:
        above, mean_above, lin, cvi = split_by_length(w, hybrid["long"] if hybrid else 0)
        out.append(({**w, "lin": lin, "cvi": cvi}, above, mean_above))
    return out


# ---------------------------------------------------------------- replica of a mix (E67)

def mixed_replica(option, parts, G):
    """parts: [(share of the requests, workload)]. One workload gives the single-workload replica exactly."""
    e = option["engine"]
    step = [capacity.StepTime({**option, "workload": w}, G) for _, w in parts]
    lout = sum(x * w["lout"] for x, w in parts)
    context = sum(x * w["lout"] * s.context for (x, w), s in zip(parts, step)) / lout
    live = [w for x, w in parts if x > 0.0]
    interactive = [w for w in live if w["batch_frac"] < 1.0] or live
    slo_tpot, slo_ttft = min(w["slo_tpot"] for w in interactive), min(w["slo_ttft"] for w in interactive)
    out = capacity.Replica(G)
    if e["measured"]:
        B = int(e["measured"]["B"])
        t_pf = sum(x * (1.0 - w["hit"]) * w["lin"] for x, w in parts) / e["measured"]["r_pf"]
        t_step = B / e["measured"]["r_dec"]
        if capacity.tpot(t_pf, t_step, B, lout) > slo_tpot:
            out.reason = "slo_tpot"
            return out
    else:
        out.kv_tokens = step[0].kv_tokens()
        b_mem = math.floor(e["eta_kv"] * out.kv_tokens / context)
        if out.kv_tokens < max(w["max_ctx"] for w in live) or b_mem < 1:
            out.reason = "memory"
            return out
        for s in step:
            s.context = context
        t_pf = sum(x * s.t_pf() for (x, _), s in zip(parts, step))
        low, high = 0, min(b_mem, int(e["b_max"])) + 1
        while high - low > 1:
            middle = (low + high) // 2
            good = capacity.tpot(t_pf, step[0].t_step(middle), middle, lout) <= slo_tpot
            low, high = (middle, high) if good else (low, middle)
        if low == 0:
            out.reason = "slo_tpot"
            return out
        B, t_step = low, step[0].t_step(low)
    slack = slo_ttft - t_pf - t_step
    if slack <= 0.0:
        out.reason = "slo_ttft"
        return out
    out.B, out.t_pf, out.t_step, out.slack = B, t_pf, t_step, slack
    out.tpot, out.mu = capacity.tpot(t_pf, t_step, B, lout), capacity.rate(t_pf, t_step, B, lout)
    return out


def queue_view(parts):
    """What E14 and E15 need of a mix: arrival variability, spread of the output, the tightest limit."""
    lout = sum(x * w["lout"] for x, w in parts)
    square = sum(x * w["lout"] ** 2 * (1.0 + w["cvo"] ** 2) for x, w in parts)
    live = [w for x, w in parts if x > 0.0]
    interactive = [w for w in live if w["batch_frac"] < 1.0] or live
    return {"ca2": sum(x * w["ca2"] for x, w in parts), "cvo": math.sqrt(max(0.0, square / lout ** 2 - 1.0)),
            "eps": min(w["eps"] for w in interactive)}


# ---------------------------------------------------------------- a month

class FleetMonths:
    """A part's replica with its months; what stays on the fleet of each workload, in attempts that cannot wait and that can."""

    def __init__(self, S, option, hybrid, window, share, factor_of):
        self.S, self.option, self.hybrid = S, option, hybrid
        self.window, self.share, self.factor_of = window, share, factor_of
        self.kept = kept_workloads(S, hybrid)
        totals = [sum(requests(w, m) for m in range(*window)) * (1.0 + w["retry"]) * (1.0 - above)
                  for w, above, _ in self.kept]
        whole = sum(totals)
        n = len(totals)
        self.parts = [(t / whole if whole > 0.0 else 1.0 / n, w) for t, (w, _, _) in zip(totals, self.kept)]

    def month(self, rep, m):
        option, h, f = self.option, self.hybrid, self.option["fleet"]
        mu = rep.mu * self.factor_of(m)
        queue_cfg = {"workload": queue_view(self.parts), "fleet": f}
        stays = 1.0 if h is None or h["split"] == "peak" else 1.0 - h["share"]
        rates, later = [], []
        for w, above, _ in self.kept:
            v = requests(w, m) * self.share * (1.0 - above) * stays * (1.0 + w["retry"])
            scale = v * (1.0 - w["batch_frac"]) / capacity.SECONDS_PER_MONTH
            rates.append([scale * x for x in profile_of({"workload": w})])
            later.append(v * w["batch_frac"])
        lam = [sum(r[i] for r in rates) for i in range(HOURS)]
        peaks = [sum(r[i] * w["burst"] for r, (w, _, _) in zip(rates, self.kept)) for i in range(HOURS)]
        nudge = 1.0
        if h is not None and h["split"] != "share":
            limit = mixed.most_carried(queue_cfg, rep, mu, int(h["cap"]))
            for i in range(HOURS):
                if peaks[i] > limit:
                    cut = limit / peaks[i]
                    for r in rates:
                        r[i] *= cut
                    lam[i], peaks[i] = lam[i] * cut, limit
            nudge = 1.0 - 1e-13
        now = [sum(r) * WEEKS_PER_MONTH * SECONDS_PER_HOUR for r in rates]
        total = sum(requests(w, m) for w, _, _ in self.kept) * self.share
        if total == 0.0 and f["scale_to_zero"]:
            bill = [0] * HOURS
        else:
            known = {}
            for x in peaks:
                if x not in known:
                    need = max(capacity.replicas_for(x * nudge, mu, rep, queue_cfg), f["r_min"])
                    known[x] = need + capacity.spares(option, rep.G, need)
            bill = capacity._billed([known[x] for x in peaks], f)
            per_replica = f["rho_batch"] * mu
            gaps = sum(max(0.0, r * per_replica - x) for r, x in zip(bill, lam)) * SECONDS_PER_HOUR * WEEKS_PER_MONTH
            rest = sum(later) - gaps
            if rest > 0.0:
                bill = [r + capacity.ceil_int(rest / (capacity.SECONDS_PER_MONTH * per_replica)) for r in bill]
        hours = WEEKS_PER_MONTH * sum(capacity.gpus_billed(option, rep.G, r) for r in bill)
        return SimpleNamespace(bill=bill, peak=max(bill), gpu_hours=hours, now=now, later=later)

    def choose(self):
        """E11 over the months of the part: {month: fleet}, or None with the reasons."""
        best, self.reasons = None, {}
        for G in sorted(set(self.option["engine"]["g_list"])):
            rep = mixed_replica(self.option, self.parts, G)
            if not rep.feasible:
                self.reasons[G] = rep.reason
                continue
            months = {m: self.month(rep, m) for m in range(*self.window)}
            billed = sum(capacity.gpus_billed(self.option, G, r) for x in months.values() for r in x.bill)
            if best is None or billed < best[0]:
                best = (billed, rep, months)
        if best is None:
            return None
        self.replica, self.months = best[1], best[2]
        return self
