"""Prices (E20 to E23), licence (E38) and the monthly ledger of an option (E24 to E37), NPV (E41, E42)."""

import math

from tco_capacity import ceil_int, gpus_billed, plan, volume
from tco_config import HOURS_PER_MONTH, READING, WEEKS_PER_MONTH, shape_of

CATEGORIES = ["compute_rent", "compute_capex", "residual", "colo_power", "maintenance", "api_tokens", "network",
              "storage", "observability", "evaluation", "staffing", "security", "licence", "switching",
              "optionality", "setup"]
OFFSET = {"s": 0.0, "m": 0.5, "e": 1.0}          # E41: when in the month a flow falls
GB = 1e9


# ---------------------------------------------------------------- prices

def discount_factor(cfg, m, mark):
    """E41."""
    return (1.0 + cfg["discount"]) ** (-(m + OFFSET[mark]) / 12.0)


def event_factor(events, m):
    return math.prod(event["factor"] for event in events if m >= event["month"])


def price_on_demand(cfg, m):
    """E20."""
    r = cfg["rent"]
    return r["p_od"] * math.exp(-r["decline"] * m / 12.0) * event_factor(r["events"], m)


def price_reserved(cfg, m):
    """E21: the price of the month in which the running term was signed."""
    r = cfg["rent"]
    term = int(r["res_term"])
    return (1.0 - r["res_disc"]) * price_on_demand(cfg, term * (m // term))


def price_spot(cfg, m):
    """E22."""
    r, p = cfg["rent"], price_on_demand(cfg, m)
    q = r["spot_unavail"]
    spent = (1.0 - q) * (1.0 - r["spot_disc"]) * p * (1.0 + r["spot_over"]) + q * p
    return spent / (1.0 - r["spot_int_rate"] * r["spot_trec"])


def price_mixed(cfg, m):
    s = cfg["rent"]["spot_share"]
    return (1.0 - s) * price_on_demand(cfg, m) + s * price_spot(cfg, m)


def api_factor(cfg, m):
    """E23."""
    a = cfg["api"]
    T = int(a["migrate_every"])
    return math.exp(-a["decline"] * (T * (m // T)) / 12.0) * event_factor(a["events"], m)


# ---------------------------------------------------------------- licence

def is_upgrade_month(cfg, m):
    return m > 0 and m % int(cfg["misc"]["upgrade_every"]) == 0


def licence_trigger(cfg):
    """E38: the month in which the licence bites, or None."""
    li = cfg["licence"]
    if li["mode"] == "none":
        return None
    for m in range(0 if READING["licence_month_0"] else 1, cfg["horizon"]):
        users_before = li["mau0"] * (1.0 + li["mau_growth"]) ** (m - 1)
        due = li["mode"] == "continuous" or is_upgrade_month(cfg, m)
        if due and users_before > li["threshold"]:
            return m
    return None


class Terms:
    """What the licence changes, month by month."""

    def __init__(self, cfg):
        self.policy, self.at = cfg["licence"]["policy"], licence_trigger(cfg)

    def hit(self, m):
        return self.at is not None and m >= self.at

    def mu_factor(self, cfg, m):
        after = cfg["licence"]["perf_ratio"] if self.policy == "migrate" and self.hit(m) else 1.0
        return after * cfg["engine"].get("rate_factor", 1.0)

    def frozen(self, m):
        return self.policy == "freeze" and self.hit(m)


# ---------------------------------------------------------------- the ledger

class Ledger:
    """Flows of one option: cash[category][month] and their discounted sum."""

    def __init__(self, cfg):
        self.cfg = cfg
        self.months = [dict.fromkeys(CATEGORIES, 0.0) for _ in range(cfg["horizon"])]
        self.discounted = [dict.fromkeys(CATEGORIES, 0.0) for _ in range(cfg["horizon"])]

    def pay(self, m, category, amount, mark="m"):
        self.months[m][category] += amount
        self.discounted[m][category] += amount * discount_factor(self.cfg, m, mark)

    def total(self, category=None):
        return _sum(self.months, category)

    def npv(self, category=None):
        return _sum(self.discounted, category)

    def cumulative_npv(self):
        out, so_far = [], 0.0
        for month in self.discounted:
            so_far += sum(month.values())
            out.append(so_far)
        return out


def _sum(months, category):
    if category:
        return sum(month[category] for month in months)
    return sum(_sum(months, name) for name in CATEGORIES)


def traffic_gb(cfg, v):
    """(in, out) GB of a month, retries included."""
    w, n = cfg["workload"], cfg["net"]
    sent = v * (1.0 + w["retry"])
    return sent * w["lin"] * n["bpt_in"] / GB, sent * w["lout"] * n["bpt_out"] / GB


def log_gb(cfg, v):
    w, x = cfg["workload"], cfg["misc"]
    return v * (1.0 + w["retry"]) * x["log_sample"] * (w["lin"] + w["lout"]) * cfg["net"]["bpt_in"] / GB


def wage(cfg, m):
    """E33: dollars per FTE and month."""
    s = cfg["staff"]
    return s["salary"] * s["loaded"] / 12.0 * (1.0 + s["wage_growth"]) ** (m / 12.0)


def fte_self(cfg, peak_gpus, owned):
    """E32."""
    s = cfg["staff"]
    need = (s["self_base"] + s["pool"] * s["oncall_frac"] * s["oncall_share"]
            + s["step_fte"] * ceil_int(peak_gpus / s["step_gpus"]) + (s["own_extra"] if owned else 0.0))
    return max(need, s["min_fte"])


def _storage_price_months(cfg, m):
    return min(m + 1, cfg["misc"]["log_retain_months"])


def _pay_options(ledger, m):
    x = ledger.cfg["misc"]
    if m == 0:
        ledger.pay(m, "optionality", x["opt_setup"], "s")
    ledger.pay(m, "optionality", x["opt_month"])


def _pay_self_month(ledger, m, v, terms, peak_used, peak_gpus, owned):
    """What rent and own share. `peak_used` sets the A/B test (E35), `peak_gpus` people and hosts (E32, E34)."""
    cfg = ledger.cfg
    n, x, li = cfg["net"], cfg["misc"], cfg["licence"]
    gb_in, gb_out = traffic_gb(cfg, v)
    ledger.pay(m, "network", gb_out * n["egress"] + (gb_in + gb_out) * n["az_frac"] * n["inter_az"] + n["lb"])
    logs = log_gb(cfg, v)
    weights = shape_of(cfg).p_tot * cfg["engine"]["bytes_w"] / GB
    ledger.pay(m, "storage", logs * _storage_price_months(cfg, m) * x["storage_gb_price"])
    ledger.pay(m, "storage", weights * x["weight_copies"] * x["storage_gb_price"])
    ledger.pay(m, "observability", logs * x["log_gb_price"] + ceil_int(peak_gpus / 8.0) * x["host_obs"])
    ledger.pay(m, "evaluation", x["eval_month_self"])
    if is_upgrade_month(cfg, m) and not terms.frozen(m):
        ab = peak_used * x["ab_frac"] * x["ab_days"] * 24.0 * price_on_demand(cfg, m)
        ledger.pay(m, "evaluation", x["upgrade_fixed"] + ab)
    ledger.pay(m, "staffing", fte_self(cfg, peak_gpus, owned) * wage(cfg, m))
    ledger.pay(m, "security", x["sec_self"])
    if terms.hit(m):
        _pay_licence(ledger, m, terms, li)
    _pay_options(ledger, m)
    if m == 0:
        ledger.pay(m, "setup", x["setup_self"], "s")


def _pay_licence(ledger, m, terms, li):
    if terms.policy == "fee":
        ledger.pay(m, "licence", li["fee_month"])
    elif terms.policy == "freeze":
        ledger.pay(m, "licence", li["freeze_month"])
    elif m == terms.at:
        ledger.pay(m, "switching", li["switch_cost"], "s")


def fleet_plan(cfg):
    terms, H = Terms(cfg), cfg["horizon"]
    volumes = [volume(cfg, m) for m in range(H)]
    return plan(cfg, volumes, [terms.mu_factor(cfg, m) for m in range(H)])


def rent_ledger(cfg, chosen):
    """E24 and the shared lines."""
    ledger, terms, r, G = Ledger(cfg), Terms(cfg), cfg["rent"], chosen.replica.G
    fixed = gpus_billed(cfg, G, int(r["reserved"]))
    for m, month in enumerate(chosen.months):
        above = sum(max(0, gpus_billed(cfg, G, bill) - fixed) for bill in month.bill)
        ledger.pay(m, "compute_rent", fixed * HOURS_PER_MONTH * price_reserved(cfg, m)
                   + WEEKS_PER_MONTH * above * price_mixed(cfg, m))
        used = gpus_billed(cfg, G, month.peak)
        staffed = max(used, fixed)
        tested = staffed if READING["ab_test_on_reserved"] else used
        _pay_self_month(ledger, m, volume(cfg, m), terms, tested, staffed, owned=False)
    return ledger


def own_ledger(cfg, chosen):
    """E25 to E28 and the shared lines."""
    ledger, terms, o, G = Ledger(cfg), Terms(cfg), cfg["own"], chosen.replica.G
    H, servers, bought = cfg["horizon"], 0, []           # bought: (month, dollars without set-up)
    for m, month in enumerate(chosen.months):
        more = max(0, ceil_int(month.peak * G / o["srv_gpus"]) - servers)
        if more:
            paid = more * o["capex"] * (1.0 - o["capex_decline"]) ** (m / 12.0)
            bought.append((m, paid))
            servers += more
            ledger.pay(m, "compute_capex", paid + more * o["setup"], "s")
        energy = o["kw"] * o["load"] * o["pue"] * HOURS_PER_MONTH * o["kwh"]
        ledger.pay(m, "colo_power", servers * o["kw"] * o["colo_kw"] + servers * energy)
        ledger.pay(m, "maintenance", sum(paid for _, paid in bought) * o["maint"] / 12.0)
        _pay_self_month(ledger, m, volume(cfg, m), terms, month.peak * G, servers * o["srv_gpus"], owned=True)
    left = sum(paid * math.exp(-o["resid_decay"] * (H - at) / 12.0) for at, paid in bought)
    ledger.pay(H - 1, "residual", -left, "e")
    return ledger


def attempt_cost(cfg, m):
    """E36: dollars of one interactive attempt in month m."""
    a, w = cfg["api"], cfg["workload"]
    tokens_in = w["lin"] * ((1.0 - a["hit"]) * a["p_in"] + a["hit"] * a["p_cached"])
    tokens_out = w["lout"] * a["out_mult"] * a["p_out"]
    return api_factor(cfg, m) * (1.0 - a["vol_disc"]) * a["tok_ratio"] * (tokens_in + tokens_out) / 1e6


def token_bills(cfg):
    """Tokens of each month at list prices, without a least bill."""
    a, w = cfg["api"], cfg["workload"]
    mix = (1.0 - w["batch_frac"]) + w["batch_frac"] * (1.0 - a["batch_disc"])
    return [volume(cfg, m) * (1.0 + w["retry"]) * mix * attempt_cost(cfg, m) for m in range(cfg["horizon"])]


def api_ledger(cfg):
    """E30, E36, E37 and the lines that an API user still pays."""
    ledger, a, w, n, x = Ledger(cfg), cfg["api"], cfg["workload"], cfg["net"], cfg["misc"]
    for m in range(cfg["horizon"]):
        v = volume(cfg, m)
        mix = (1.0 - w["batch_frac"]) + w["batch_frac"] * (1.0 - a["batch_disc"])
        ledger.pay(m, "api_tokens", max(a["min_commit"], v * (1.0 + w["retry"]) * mix * attempt_cost(cfg, m)))
        gb_in, gb_out = traffic_gb(cfg, v)
        ledger.pay(m, "network", gb_out * n["egress"] + gb_in * (n["egress"] + n["nat"]))
        logs = log_gb(cfg, v)
        ledger.pay(m, "storage", logs * _storage_price_months(cfg, m) * x["storage_gb_price"])
        ledger.pay(m, "observability", logs * x["log_gb_price"])
        ledger.pay(m, "evaluation", x["eval_month_api"])
        if m > 0 and m % int(a["migrate_every"]) == 0:
            ledger.pay(m, "evaluation", x["api_migrate_fixed"])
        ledger.pay(m, "staffing", cfg["staff"]["api_fte"] * wage(cfg, m))
        ledger.pay(m, "security", x["sec_api"])
        _pay_options(ledger, m)
        if m == 0:
            ledger.pay(m, "setup", x["setup_api"], "s")
    return ledger


def discounted_mtok(cfg):
    """E42: the tokens served, discounted at mid-month, in millions; retries do not count."""
    w = cfg["workload"]
    each = (w["lin"] + w["lout"]) / 1e6
    return sum(volume(cfg, m) * each * discount_factor(cfg, m, "m") for m in range(cfg["horizon"]))
