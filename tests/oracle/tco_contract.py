"""Contracts (graduated discounts, commitments, credits) and a second model family, written from their description.

Both groups are absent from the defaults; a configuration that has them adds to the ledgers of rent and api, the second
model family to own as well.
"""

from tco_config import HOURS_PER_MONTH

CONTRACT = {"covers": "both", "tier_from": [], "tier_disc": [], "commit": 0.0, "commit_term": 12, "commit_disc": 0.0,
            "credit": [], "credit_end": []}
STANDBY = {"state": "none", "setup": 15000.0, "weights": 140.0, "eval": 250.0, "fte": 0.05, "drill_every": 6,
           "drill": 2000.0, "gpus": 2, "gpu_h": None}
GROUPS = {"contract": CONTRACT, "standby": STANDBY}


def graduated(bill, starts, discounts):
    """What the tiers take off: each its discount on the part of the bill between its start and the next one's."""
    ends = starts[1:] + [float("inf")]
    return sum(max(0.0, min(bill, end) - start) * d for start, end, d in zip(starts, ends, discounts))


def apply_contract(ledger, category, covered_by, bills):
    """`bills`: what the category costs at list prices, month by month."""
    k, H = ledger.cfg.get("contract", CONTRACT), ledger.cfg["horizon"]
    if k["covers"] not in ("both", covered_by):
        return                              # it does not concern what this option buys
    left, spent, term = list(k["credit"]), 0.0, int(k["commit_term"])
    for m, bill in enumerate(bills):
        due = bill - graduated(bill, list(k["tier_from"]), list(k["tier_disc"]))
        if k["commit"] > 0.0:
            due *= 1.0 - k["commit_disc"]
            spent += due
        paid = 0.0
        for i, last in enumerate(k["credit_end"]):           # listed by their end
            if m <= last:
                now = min(left[i], due - paid)
                left[i], paid = left[i] - now, paid + now
        ledger.pay(m, category, due - paid - bill)
        months = m % term + 1
        if k["commit"] > 0.0 and (months == term or m == H - 1):
            ledger.pay(m, category, max(0.0, k["commit"] * months / term - spent), "e")
            spent = 0.0


def apply_standby(ledger, price, wage):
    """`price(m)`: of a warm GPU-hour; `wage(m)`: of an FTE and month."""
    s, x = ledger.cfg.get("standby", STANDBY), ledger.cfg["misc"]
    if s["state"] == "none":
        return
    ledger.pay(0, "optionality", s["setup"], "s")
    for m in range(ledger.cfg["horizon"]):
        ledger.pay(m, "optionality", s["weights"] * x["storage_gb_price"] + s["eval"] + s["fte"] * wage(m))
        if m > 0 and m % int(s["drill_every"]) == 0:
            ledger.pay(m, "optionality", s["drill"])
        if s["state"] == "warm":
            hour = s["gpu_h"] if s["gpu_h"] is not None else price(m)
            ledger.pay(m, "optionality", s["gpus"] * HOURS_PER_MONTH * hour)
