"""Whole scenarios: cascades, hybrids whose fleet is found, plans, the present bill (E64, E68 to E70). Input: tco_scenario_config.py."""

import tco_extra as extra
import tco_fleet as fleets
import tco_ledger as ledger
from tco_part import Part
from tco_scenario_config import complete_scenario


class Book(ledger.Ledger):
    """A ledger that also keeps each flow by the month in which it falls (E41), for E70."""

    def __init__(self, S):
        super().__init__({"horizon": S["horizon"], "discount": S["discount"]})
        self.flows = {}

    def pay(self, m, category, amount, mark="m"):
        super().pay(m, category, amount, mark)
        t = m + ledger.OFFSET[mark]
        self.flows[t] = self.flows.get(t, 0.0) + amount


def new_book(S):
    return Book(S)


def part_of(S, option, book, window=None, share=1.0):
    """Pays an option's lines into the book; False when it cannot serve.

    A cascade is the small option with everything and the large one with a share again (E64).
    """
    part = Part(S, option, book, window, share)
    kind = option["kind"]
    if kind == "cascade":
        c = option["cascade"]
        return (part_of(S, S["options"][c["small"]], book, window, share)
                and part_of(S, S["options"][c["large"]], book, window, share * c["escalate"]))
    done = part.api() if kind == "api" else best_hybrid(S, option, part) if kind == "hybrid" else part.self_hosted(kind == "own")
    if done:
        part.contract()
    return done


def best_hybrid(S, option, part):
    """E68: the cheapest fleet, each degree with each number of replicas tried in turn from 0 to its peak need."""
    h = option["hybrid"]
    if not (h["best"] and h["split"] != "share"):
        return part.hybrid(h)
    best = None
    for G in option["engine"]["g_list"]:
        alone = {**option, "engine": {**option["engine"], "g_list": [G]}}
        whole = Part(S, alone, part.book, (part.begin, part.end), part.share).fleet({**h, "cap": 10 ** 7})
        peak = max(x.peak for x in whole.months.values()) if whole else -1
        for cap in range(peak + 1):
            book = new_book(S)
            trial = Part(S, alone, book, (part.begin, part.end), part.share)
            if trial.hybrid({**h, "cap": cap}):
                trial.contract()
                if best is None or book.npv() < best[0]:
                    best = (book.npv(), alone, cap)
    if best is None:
        return False
    part.option = best[1]
    return part.hybrid({**h, "cap": best[2]})


def plan_book(S, option, moves):
    """Stage i serves from its month to the next one's and on through the overlap; a stage without a month of its own is skipped."""
    p, book, H = option["plan"], new_book(S), S["horizon"]
    names = [p["first"], p["second"]] + ([p["third"]] if p["third"] else [])
    starts = [0] + [min(m, H) for m in moves] + [H]
    for name, begin, end in zip(names, starts, starts[1:]):
        if begin >= end:
            continue
        if not part_of(S, S["options"][name], book, (begin, min(H, end + p["overlap"]) if end < H else H)):
            return None
        if begin > 0:                            # to begin with the second is no move
            book.pay(begin, "switching", p["switch"], "s")
    return book


def best_plan(S, option):
    """Every pair of months is tried; H stands for never."""
    p, H, best = option["plan"], S["horizon"], None
    firsts = range(0, H + 1)
    for a in firsts:
        for b in (range(a, H + 1) if p["third"] else [H]):
            book = plan_book(S, option, [a, b] if p["third"] else [a])
            if book and (best is None or book.npv() < best[0]):
                best = (book.npv(), book, [a, b] if p["third"] else [a])
    return best


def book_of(S, option):
    kind = option["kind"]
    if kind == "plan":
        if option["plan"]["find"]:
            best = best_plan(S, option)
            return best[1] if best else None
        p = option["plan"]
        return plan_book(S, option, [p["second_from"]] + ([p["third_from"]] if p["third"] else []))
    book = new_book(S)
    if kind == "bill":
        b = option["bill"]
        for m in range(S["horizon"]):
            book.pay(m, "api_tokens" if b["covers"] == "api" else "compute_rent", b["usd"][min(m, len(b["usd"]) - 1)])
        return book
    return book if part_of(S, option, book) else None


def discounted_mtok(S):
    return sum(fleets.requests(w, m) * (w["lin"] + w["lout"]) / 1e6 * (1.0 + S["discount"]) ** (-(m + 0.5) / 12.0)
               for w in S["workloads"] for m in range(S["horizon"]))


def escalation(S, option):
    """E64: 1 - c_small / c_large of the two alone with every request, and the cascade's NPV less that of its large option as
    a function of the share that is passed on; None where one of them cannot serve."""
    c = option["cascade"]
    small, large = (book_of(S, S["options"][c[part]]) for part in ("small", "large"))
    if small is None or large is None or large.npv() <= 0.0:
        return None

    def more(share):
        return book_of(S, {**option, "cascade": {**c, "escalate": share}}).npv() - large.npv()

    return 1.0 - small.npv() / large.npv(), more


def against(present, new):
    """E70: what leaving the present bill saves, from which month on for good, and the yearly rates at which nothing is gained."""
    month = None
    for m, (a, b) in enumerate(zip(new.cumulative_npv(), present.cumulative_npv())):
        month = (m if month is None else month) if a < b else None
    saved = [(t, present.flows.get(t, 0.0) - new.flows.get(t, 0.0)) for t in sorted({*present.flows, *new.flows})]
    return {"saved": present.npv() - new.npv(), "month": month, "irr": extra.irr(saved, steps=2000)}


def evaluate(sparse):
    """{option: None or {npv, total, levelised, by_category, months}} in the scenario's currency."""
    S = complete_scenario(sparse)
    mtok, unit, out = discounted_mtok(S), S["units_per_usd"], {}
    books = {name: book_of(S, option) for name, option in S["options"].items()}
    present = next((name for name, option in S["options"].items() if option["kind"] == "bill"), None)
    for name, book in books.items():
        if book is None:
            out[name] = None
            continue
        npv = book.npv() * unit
        out[name] = {"npv": npv, "total": book.total() * unit, "levelised": npv / mtok if mtok > 0.0 else None,
                     "by_category": {c: book.total(c) * unit for c in ledger.CATEGORIES},
                     "months": [{c: x * unit for c, x in month.items()} for month in book.months]}
        if present not in (None, name):
            move = against(books[present], book)
            out[name]["move"] = {**move, "saved": move["saved"] * unit}
    return out
