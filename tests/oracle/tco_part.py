"""The ledger of an option, or of a part of one, over its months: API, rented, owned and hybrid (E24 to E37, E66 to E73)."""

import math

import tco_capacity as capacity
import tco_contract as contract
import tco_extra as extra
import tco_fleet as fleets
import tco_ledger as ledger
from tco_config import HOURS_PER_MONTH, WEEKS_PER_MONTH, shape_of
from tco_scenario_prices import licence_trigger, mixed, newer, on_demand, price, reserved, salary, server, token_price, upgrade_due, wage


class Part:
    """An option's lines in the months [begin, end) for a share of the requests, paid into `book`."""

    def __init__(self, S, option, book, window=None, share=1.0):
        self.S, self.option, self.book, self.share = S, option, book, share
        self.begin, self.end = window or (0, S["horizon"])
        self.bought = []
        self.bills = {m: {"api_tokens": 0.0, "compute_rent": 0.0} for m in range(S["horizon"])}

    def pay(self, m, category, amount, mark="m"):
        self.book.pay(m, category, amount, mark)

    def buy(self, m, category, amount):
        """What a contract may be about."""
        self.pay(m, category, amount)
        self.bills[m][category] += amount

    def contract(self):
        """Tiers, a commitment and credits on the covered bills, which share what they take off by what each is of the sum."""
        k, spent = self.option["contract"], dict.fromkeys(("api_tokens", "compute_rent"), 0.0)
        buys = {"rent": ["compute_rent"], "api": ["api_tokens"], "hybrid": ["api_tokens", "compute_rent"]}.get(self.option["kind"], [])
        covered = [c for c in buys if k["covers"] in ("both", {"api_tokens": "api", "compute_rent": "gpus"}[c])]
        left = list(k["credit"])
        for m in range(self.begin, self.S["horizon"]) if covered else []:
            bill = {c: self.bills[m][c] for c in covered}
            whole = sum(bill.values())
            off = contract.graduated(whole, list(k["tier_from"]), list(k["tier_disc"]))
            due = {c: x - (off * x / whole if whole > 0.0 else 0.0) for c, x in bill.items()}
            if k["commit"] > 0.0:
                due = {c: x * (1.0 - k["commit_disc"]) for c, x in due.items()}
                spent = {c: spent[c] + due.get(c, 0.0) for c in spent}
            whole, used = sum(due.values()), 0.0
            for i, last in enumerate(k["credit_end"]):
                if m <= last:
                    now = min(left[i], whole - used)
                    left[i], used = left[i] - now, used + now
            for c in covered:
                self.pay(m, c, due[c] * (1.0 - (used / whole if whole > 0.0 else 0.0)) - bill[c])
            self._shortfall(m, k, covered, spent)

    def _shortfall(self, m, k, covered, spent):
        """At the end of a term what was not spent; the horizon shortens the last term, leaving early does not."""
        term = int(k["commit_term"])
        served = (m - self.begin) % term + 1
        if k["commit"] <= 0.0 or m >= self.end or not (served == term or m == self.end - 1):
            return
        owed = k["commit"] * (served / term if self.end == self.S["horizon"] else 1.0)
        whole = sum(spent.values())
        for c in covered if whole < owed else []:
            share = spent[c] / whole if whole > 0.0 else float(c == covered[0])
            self.pay(m, c, (owed - whole) * share, "e")
        for c in spent:
            spent[c] = 0.0

    def attempts(self, k, m):
        w = self.S["workloads"][k]
        return fleets.requests(w, m) * self.share * (1.0 + w["retry"])

    # -- what every option pays

    def months(self):
        return range(self.begin, self.end)

    def logs(self, m, price_too=True):
        n, x = self.option["net"], self.option["misc"]
        tok = sum(self.attempts(k, m) * (w["lin"] + w["lout"]) for k, w in enumerate(self.S["workloads"]))
        gb = tok * x["log_sample"] * n["bpt_in"] / ledger.GB
        self.pay(m, "storage", gb * min(m - self.begin + 1, x["log_retain_months"]) * x["storage_gb_price"])
        self.pay(m, "observability", gb * x["log_gb_price"])

    def egress(self, m, gb):
        n = self.option["net"]
        if not n["egress_from"]:
            self.pay(m, "network", gb * n["egress"])
            return
        ends = list(n["egress_from"][1:]) + [None]
        self.pay(m, "network", extra.tiered(gb, list(zip(n["egress_from"], ends, n["egress_tier"]))))

    def people(self, need, category="staffing"):
        """E71: paid for the months ahead; each person added costs a share of a yearly salary."""
        s = self.option["staff"]
        months = list(self.months())
        paid = extra.hired([need[m] for m in months], s["hiring_lag"])
        before = 0.0
        for m, fte in zip(months, paid):
            self.pay(m, "staffing", fte * wage(self.option, m))
            self.pay(m, "staffing", max(0.0, fte - before) * salary(self.option, m) * s["hiring_cost"], "s")
            before = fte

    def standing(self):
        """Optionality and a second model family."""
        x, s = self.option["misc"], self.option["standby"]
        for m in self.months():
            if m == self.begin:
                self.pay(m, "optionality", x["opt_setup"], "s")
            self.pay(m, "optionality", x["opt_month"])
        if s["state"] == "none":
            return
        self.pay(self.begin, "optionality", s["setup"], "s")
        for m in self.months():
            self.pay(m, "optionality", s["weights"] * x["storage_gb_price"] + s["eval"] + s["fte"] * wage(self.option, m))
            if m > self.begin and (m - self.begin) % s["drill_every"] == 0:
                self.pay(m, "optionality", s["drill"])
            if s["state"] == "warm":
                self.pay(m, "optionality", s["gpus"] * HOURS_PER_MONTH * (s["gpu_h"] if s["gpu_h"] is not None else on_demand(self.option, m)))

    # -- an API

    def attempt(self, k, m, lin=None):
        """E36."""
        a, w = self.option["api"], self.S["workloads"][k]
        lin = w["lin"] if lin is None else lin
        p_in, p_cached, p_out = (token_price(self.option, f, s, self.begin, m)
                                 for f, s in (("p_in", "api_in"), ("p_cached", "api_cached"), ("p_out", "api_out")))
        cost = lin * ((1.0 - a["hit"]) * p_in + a["hit"] * p_cached) + w["lout"] * a["out_mult"] * p_out
        return (1.0 - a["vol_disc"]) * a["tok_ratio"] * cost / 1e6

    def api_month_fixed(self, m):
        x, a, rel = self.option["misc"], self.option["api"], m - self.begin
        self.pay(m, "evaluation", x["eval_month_api"])
        if self.begin < a["retire"] == m:
            self.pay(m, "switching", a["retire_cost"], "s")          # the forced move takes the place of a planned one
        elif rel > 0 and rel % a["migrate_every"] == 0:
            self.pay(m, "evaluation", x["api_migrate_fixed"])
        self.pay(m, "security", x["sec_api"])
        if rel == 0:
            self.pay(m, "setup", x["setup_api"], "s")

    def api(self):
        n, a = self.option["net"], self.option["api"]
        bills = []
        for m in self.months():
            bill = gb_in = gb_out = 0.0
            for k, w in enumerate(self.S["workloads"]):
                sent = self.attempts(k, m)
                mix = 1.0 - w["batch_frac"] + w["batch_frac"] * (1.0 - a["batch_disc"])
                bill += sent * mix * self.attempt(k, m)
                gb_in += sent * w["lin"] * n["bpt_in"] / ledger.GB
                gb_out += sent * w["lout"] * n["bpt_out"] / ledger.GB
            bills.append(bill)
            self.buy(m, "api_tokens", bill)
            self.pay(m, "api_tokens", max(0.0, a["min_commit"] - bill))
            self.egress(m, gb_out + gb_in)
            self.pay(m, "network", gb_in * n["nat"])
            self.logs(m)
            self.api_month_fixed(m)
        self.people({m: self.option["staff"]["api_fte"] for m in self.months()})
        self.standing()
        return True

    # -- a fleet

    def fleet(self, hybrid=None):
        f = self.option["fleet"]
        trigger = licence_trigger(self.option, self.begin, self.end)
        li = self.option["licence"]

        def factor(m):
            x = self.option["engine"].get("rate_factor", 1.0) * (1.0 - self.option["extras"]["guardrail_share"])
            x *= li["perf_ratio"] if li["policy"] == "migrate" and m >= trigger else 1.0
            return x * (f["generation_rate"] if newer(self.option, m) else 1.0)

        months = fleets.FleetMonths(self.S, self.option, hybrid, (self.begin, self.end), self.share, factor)
        self.trigger = trigger
        return months.choose()

    def reservations(self, chosen):
        """E46, or the number that is given."""
        r, count = self.option["rent"], 0
        if not r["reserve_best"]:
            return r["reserved"]
        while True:
            kept = dearer = 0.0
            for m in self.months():
                df = ledger.discount_factor(self.book.cfg, m, "m")
                kept += df * HOURS_PER_MONTH * reserved(self.option, self.begin, m)
                dearer += df * WEEKS_PER_MONTH * sum(1 for b in chosen.months[m].bill if b >= count + 1) * mixed(self.option, m)
            if not kept < dearer:
                return count
            count += 1

    def rent_lines(self, chosen):
        G = chosen.replica.G
        fixed = capacity.gpus_billed(self.option, G, int(self.reservations(chosen)))
        self.used, self.staffed = {}, {}
        for m in self.months():
            month = chosen.months[m]
            above = sum(max(0, capacity.gpus_billed(self.option, G, b) - fixed) for b in month.bill)
            self.buy(m, "compute_rent", fixed * HOURS_PER_MONTH * reserved(self.option, self.begin, m)
                     + WEEKS_PER_MONTH * above * mixed(self.option, m))
            self.used[m] = capacity.gpus_billed(self.option, G, month.peak)
            self.staffed[m] = max(self.used[m], fixed)
        term = int(self.option["rent"]["res_term"])
        for m in range(self.end, self.S["horizon"]):       # who leaves before the term ends pays to its end
            if (m - self.begin) // term == (self.end - 1 - self.begin) // term:
                self.buy(m, "compute_rent", fixed * HOURS_PER_MONTH * reserved(self.option, self.begin, m))

    def own_lines(self, chosen):
        o, G, servers = self.option["own"], chosen.replica.G, 0
        self.used, self.staffed = {}, {}
        i = (1.0 + o["loan_rate"]) ** (1.0 / 12.0) - 1.0
        loans = []
        for m in self.months():
            peak = chosen.months[m].peak * G
            if m == self.option["fleet"]["generation"] and m > self.begin:
                servers = self.sell(m)                  # the generation before it is sold at the end of the month before
            more = max(0, capacity.ceil_int(peak / o["srv_gpus"]) - servers)
            if more:
                paid = more * server(self.option, m)
                whole = paid + more * o["setup"]
                servers += more
                self.bought.append((m, paid))
                self.pay(m, "compute_capex", whole * (1.0 - o["financed"]), "s")
                if o["financed"] > 0.0:
                    loans.append((m, whole * o["financed"], extra.loan_payment(whole * o["financed"], o["loan_rate"], o["loan_months"])))
            for at, principal, payment in loans:
                if m - at < o["loan_months"]:
                    self.pay(m, "compute_capex", payment, "e")
            energy = o["kw"] * o["load"] * o["pue"] * HOURS_PER_MONTH * price(self.option, "energy", o["kwh"], lambda t: 1.0, m)
            self.pay(m, "colo_power", servers * (o["kw"] * o["colo_kw"] + energy))
            self.pay(m, "maintenance", sum(p for _, p in self.bought) * o["maint"] / 12.0)
            self.used[m], self.staffed[m] = peak, servers * o["srv_gpus"]
        last = self.end - 1
        for at, principal, payment in loans:
            made = min(self.end - at, o["loan_months"])
            owed = principal * (1.0 + i) ** made - payment * (((1.0 + i) ** made - 1.0) / i if i else made)
            if made < o["loan_months"]:
                self.pay(last, "compute_capex", owed, "e")
        self.sell(self.end)

    def sell(self, at):
        """E28 for everything that is held, at the end of the month before `at`; no server is left."""
        decay = self.option["own"]["resid_decay"]
        self.pay(at - 1, "residual", -sum(p * math.exp(-decay * (at - m) / 12.0) for m, p in self.bought), "e")
        self.bought = []
        return 0

    def self_month(self, m, owned):
        n, x, li, e = self.option["net"], self.option["misc"], self.option["licence"], self.option["extras"]
        rel = m - self.begin
        weights = shape_of(self.option).p_tot * self.option["engine"]["bytes_w"] / ledger.GB
        self.logs(m)
        self.pay(m, "storage", weights * x["weight_copies"] * x["storage_gb_price"])
        self.pay(m, "observability", capacity.ceil_int(self.staffed[m] / 8.0) * x["host_obs"])
        self.pay(m, "evaluation", x["eval_month_self"])
        if upgrade_due(self.option, self.begin, m) and not (li["policy"] == "freeze" and m >= self.trigger):
            self.pay(m, "evaluation", x["upgrade_fixed"] + self.used[m] * x["ab_frac"] * x["ab_days"] * 24.0 * on_demand(self.option, m))
        self.pay(m, "security", x["sec_self"])
        if m >= self.trigger and li["policy"] != "migrate":
            self.pay(m, "licence", li["fee_month"] if li["policy"] == "fee" else li["freeze_month"])
        if m == self.trigger and li["policy"] == "migrate":
            self.pay(m, "switching", li["switch_cost"], "s")
        if self.begin < self.option["fleet"]["generation"] == m:
            self.pay(m, "switching", self.option["fleet"]["generation_cost"], "s")
        if rel == 0:
            self.pay(m, "setup", x["setup_self"], "s")
        self.pay(m, "network", n["lb"])
        self.extras_month(m, e, rel)

    def extras_month(self, m, e, rel):
        """E73."""
        served = sum(self.kept_attempts(k, m) * (lin + w["lout"]) for k, w, lin in self.fleet_view()) / 1e6
        self.pay(m, "security", served * e["guardrail"])
        self.pay(m, "observability", served * e["drift_sample"] * e["drift"])
        self.pay(m, "storage", e["registry"])
        if rel % 3 == 2:
            self.pay(m, "evaluation", e["finetune"] * on_demand(self.option, m))
        if rel == 0:
            self.pay(m, "compute_capex", e["sites"] * e["site"], "s")
        self.pay(m, "colo_power", e["sites"] * e["site_kw"] * HOURS_PER_MONTH * e["site_kwh"])
        self.pay(m, "maintenance", e["sites"] * e["visits"] / 12.0 * e["visit"])

    def fleet_view(self):
        kept = self.chosen.kept
        return [(k, w, kept[k][0]["lin"]) for k, w in enumerate(self.S["workloads"])]

    def kept_attempts(self, k, m):
        month = self.chosen.months[m]
        return month.now[k] + month.later[k]

    def self_fte(self, m, owned):
        s = self.option["staff"]
        need = (s["self_base"] + s["pool"] * s["oncall_frac"] * s["oncall_share"]
                + s["step_fte"] * capacity.ceil_int(self.staffed[m] / s["step_gpus"]) + (s["own_extra"] if owned else 0.0))
        return max(need, s["min_fte"])

    def self_hosted(self, owned):
        self.chosen = self.fleet()
        if self.chosen is None:
            return False
        self.own_lines(self.chosen) if owned else self.rent_lines(self.chosen)
        n = self.option["net"]
        for m in self.months():
            self.self_month(m, owned)
            gb_in = sum(self.attempts(k, m) * w["lin"] for k, w in enumerate(self.S["workloads"])) * n["bpt_in"] / ledger.GB
            gb_out = sum(self.attempts(k, m) * w["lout"] for k, w in enumerate(self.S["workloads"])) * n["bpt_out"] / ledger.GB
            self.egress(m, gb_out)
            self.pay(m, "network", (gb_in + gb_out) * n["az_frac"] * n["inter_az"])
        self.people({m: self.self_fte(m, owned) for m in self.months()})
        self.standing()
        return True

    # -- a hybrid

    def hybrid(self, h):
        self.chosen = self.fleet(h)
        if self.chosen is None:
            return False
        again = h["fallback"]
        kept_w = self.chosen.kept
        total = {m: sum(self.attempts(k, m) for k in range(len(kept_w))) for m in self.months()}
        kept = {m: sum(self.kept_attempts(k, m) for k in range(len(kept_w))) for m in self.months()}
        stays = 1.0 if h["split"] == "peak" else 1.0 - h["share"]
        if not any(total.values()):              # as the first request would find it
            serves = stays > 0.0 and (h["split"] == "share" or h["cap"] > 0) and any(above < 1.0 for _, above, _ in kept_w)
            routes = again > 0.0 or stays < 1.0 or any(above > 0.0 for _, above, _ in kept_w)
            return self._hybrid_lines(again) if serves and routes else self.self_hosted(False) if serves else self.api()
        sends = again > 0.0 or stays < 1.0 or any(total[m] - kept[m] > fleets.NOTHING * total[m] for m in self.months())
        if not sends:
            return self.self_hosted(False)
        if not any(kept[m] > fleets.NOTHING * total[m] for m in self.months()):
            return self.api()
        return self._hybrid_lines(again)

    def _hybrid_lines(self, again):
        S, n, a, kept_w = self.S, self.option["net"], self.option["api"], self.chosen.kept
        self.rent_lines(self.chosen)
        for m in self.months():
            month = self.chosen.months[m]
            self.self_month(m, False)
            self.api_month_fixed(m)
            bill = out_gb = in_gb = api_in = inter = 0.0
            for k, w in enumerate(S["workloads"]):
                (short, above, mean_above) = kept_w[k]
                sent = self.attempts(k, m)
                long = sent * above
                rest = sent - long
                now = left_over(rest * (1.0 - w["batch_frac"]), month.now[k])
                later = left_over(rest * w["batch_frac"], month.later[k])
                pay_now = now + again * month.now[k]
                pay_later = later + again * month.later[k]
                bill += self.attempt(k, m, short["lin"]) * (pay_now + pay_later * (1.0 - a["batch_disc"]))
                bill += self.attempt(k, m, mean_above) * long * (1.0 - w["batch_frac"] * a["batch_disc"])
                here = month.now[k] + month.later[k]
                there_in = (pay_now + pay_later) * short["lin"] + long * mean_above
                there_out = (pay_now + pay_later + long) * w["lout"]
                inter += (here * short["lin"] * n["bpt_in"] + here * w["lout"] * n["bpt_out"]) / ledger.GB
                out_gb += (here * w["lout"] + there_out) * n["bpt_out"] / ledger.GB
                api_in += there_in * n["bpt_in"] / ledger.GB
            self.buy(m, "api_tokens", bill)
            self.pay(m, "api_tokens", max(0.0, a["min_commit"] - bill))
            self.egress(m, out_gb + api_in)
            self.pay(m, "network", inter * n["az_frac"] * n["inter_az"] + api_in * n["nat"])
        self.people({m: self.self_fte(m, False) + self.option["staff"]["api_fte"] for m in self.months()})
        self.standing()
        return True


def left_over(whole, kept):
    """What is not kept; a rest of the size of rounding is nothing."""
    return whole - kept if whole - kept > fleets.NOTHING * whole else 0.0
