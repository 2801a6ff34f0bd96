"""Hybrids (E68: share, peak, both, fallback) and cascades (E64), written from their description.

Both groups are absent from the defaults; a configuration that has them gets the options `hybrid` and `cascade` too.
  hybrid   {split: share|peak|both, share, cap, fallback}
  cascade  {small, large: rent|own|api, escalate}
"""

import copy
from types import SimpleNamespace

import tco_capacity as capacity
import tco_ledger as ledger
from tco_config import HOURS_PER_MONTH, WEEKS_PER_MONTH

HYBRID = {"split": "share", "share": 0.1, "cap": 1, "fallback": 0.0}
GROUPS = ("hybrid", "cascade")
SECONDS = HOURS_PER_MONTH * 3600.0
NOTHING = 1e-12             # a rest of this share of the requests is rounding


def most_carried(cfg, rep, mu, cap):
    """The largest rate at its peak that `cap` replicas carry: rho_max, or less where the queue binds."""
    if cap == 0:
        return 0.0
    low, high = 0.0, cap * cfg["fleet"]["rho_max"] * mu
    if capacity.replicas_for(high, mu, rep, cfg) <= cap:
        return high
    for _ in range(200):
        middle = 0.5 * (low + high)
        if capacity.replicas_for(middle, mu, rep, cfg) <= cap:
            low = middle
        else:
            high = middle
    return low


def month_of(cfg, h, rep, v, mu):
    """The fleet's month, with what it keeps: attempts a month that cannot wait, and that can."""
    w, f = cfg["workload"], cfg["fleet"]
    stays = 1.0 if h["split"] == "peak" else 1.0 - h["share"]
    lam = [x * stays for x in capacity.hourly_rates(cfg, v)]
    if h["split"] != "share":
        limit = most_carried(cfg, rep, mu, int(h["cap"])) / w["burst"]
        lam = [min(x, limit) for x in lam]
    later = v * w["batch_frac"] * (1.0 + w["retry"]) * stays
    now = sum(lam) * WEEKS_PER_MONTH * 3600.0
    if v == 0.0 and f["scale_to_zero"]:
        bill = [0] * len(lam)
    else:
        known = {}
        for x in lam:
            if x not in known:
                need = max(capacity.replicas_for(x * w["burst"] * (1.0 - 1e-13), mu, rep, cfg), f["r_min"])
                known[x] = need + capacity.spares(cfg, rep.G, need)
        bill = capacity._billed([known[x] for x in lam], f)
        per_replica = f["rho_batch"] * mu
        rest = later - sum(max(0.0, r * per_replica - x) for r, x in zip(bill, lam)) * 3600.0 * WEEKS_PER_MONTH
        if rest > 0.0:
            bill = [r + capacity.ceil_int(rest / (SECONDS * per_replica)) for r in bill]
    hours = WEEKS_PER_MONTH * sum(capacity.gpus_billed(cfg, rep.G, r) for r in bill)
    return SimpleNamespace(bill=bill, peak=max(bill), gpu_hours=hours, now=now, later=later)


def fleet_of(cfg, h):
    """E11 on what the fleet keeps."""
    terms, best = ledger.Terms(cfg), None
    for G in sorted(set(cfg["engine"]["g_list"])):
        rep = capacity.replica(cfg, G)
        if not rep.feasible:
            continue
        months = [month_of(cfg, h, rep, capacity.volume(cfg, m), rep.mu * terms.mu_factor(cfg, m))
                  for m in range(cfg["horizon"])]
        billed = sum(capacity.gpus_billed(cfg, G, r) for month in months for r in month.bill)
        if best is None or billed < best[0]:
            best = (billed, SimpleNamespace(replica=rep, months=months))
    return best[1] if best else None


def sides_of(h, attempts, kept):
    """Which sides serve: the fleet, the API. Without any request, those that the first one to come would find."""
    stays = 1.0 if h["split"] == "peak" else 1.0 - h["share"]
    if not any(attempts):
        serves = stays > 0.0 and (h["split"] == "share" or int(h["cap"]) > 0)
        return serves, h["fallback"] > 0.0 or stays < 1.0 or not serves
    overflows = any(t - k > NOTHING * t for t, k in zip(attempts, kept))
    return any(k > NOTHING * t for t, k in zip(attempts, kept)), h["fallback"] > 0.0 or stays < 1.0 or overflows


def hybrid_ledger(cfg):
    """The lines of both sides as soon as both serve; the pure option at either end."""
    h, w, n, x, a = {**HYBRID, **cfg["hybrid"]}, cfg["workload"], cfg["net"], cfg["misc"], cfg["api"]
    chosen = fleet_of(cfg, h)
    if chosen is None:
        return None
    attempts = [capacity.volume(cfg, m) * (1.0 + w["retry"]) for m in range(cfg["horizon"])]
    kept = [month.now + month.later for month in chosen.months]
    uses_fleet, uses_api = sides_of(h, attempts, kept)
    if not uses_api:
        return ledger.rent_ledger(cfg, chosen)
    if not uses_fleet:
        return ledger.api_ledger(cfg)
    book, again = ledger.rent_ledger(cfg, chosen), h["fallback"]
    for m, month in enumerate(chosen.months):
        now = attempts[m] * (1.0 - w["batch_frac"]) - month.now * (1.0 - again)
        later = attempts[m] * w["batch_frac"] - month.later * (1.0 - again)
        price = ledger.attempt_cost(cfg, m)
        book.pay(m, "api_tokens", max(a["min_commit"], price * (now + later * (1.0 - a["batch_disc"]))))
        gb_in, gb_out = w["lin"] * n["bpt_in"] / ledger.GB, w["lout"] * n["bpt_out"] / ledger.GB
        gone = attempts[m] - kept[m]         # rent_ledger has paid the way of all requests through the fleet
        book.pay(m, "network", -gone * (gb_out * n["egress"] + (gb_in + gb_out) * n["az_frac"] * n["inter_az"]))
        sent = now + later
        book.pay(m, "network", sent * (gb_out * n["egress"] + gb_in * (n["egress"] + n["nat"])))
        book.pay(m, "evaluation", x["eval_month_api"])
        if m > 0 and m % int(a["migrate_every"]) == 0:
            book.pay(m, "evaluation", x["api_migrate_fixed"])
        book.pay(m, "staffing", cfg["staff"]["api_fte"] * ledger.wage(cfg, m))
        book.pay(m, "security", x["sec_api"])
        if m == 0:
            book.pay(m, "setup", x["setup_api"], "s")
    return book


def part_ledger(cfg, kind):
    if kind == "api":
        return ledger.api_ledger(cfg)
    chosen = ledger.fleet_plan(cfg)
    if not chosen.replica:
        return None
    return ledger.rent_ledger(cfg, chosen) if kind == "rent" else ledger.own_ledger(cfg, chosen)


def cascade_ledger(cfg):
    """E64: the small option serves everything, the large one a share of it again, each with all its costs."""
    c = cfg["cascade"]
    fewer = copy.deepcopy(cfg)
    fewer["workload"]["req0"] *= c["escalate"]
    if fewer["workload"]["volume_table"]:
        fewer["workload"]["volume_table"] = [v * c["escalate"] for v in fewer["workload"]["volume_table"]]
    small, large = part_ledger(cfg, c["small"]), part_ledger(fewer, c["large"])
    if small is None or large is None:
        return None
    for mine, other in ((small.months, large.months), (small.discounted, large.discounted)):
        for month, more in zip(mine, other):
            for name in ledger.CATEGORIES:
                month[name] += more[name]
    return small
