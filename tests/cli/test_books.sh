#!/usr/bin/env bash
# tier: check
# export to journals and to FOCUS: other programs read them, and the sums stay exact.
. tests/lib.sh
S0=reference/S0
for format in ledger beancount focus-1.2 focus-1.4; do
    check "export as $format" "$T" export $S0 -f $format -q -o "$TMP/$format"
done
for format in csv csv-wide xlsx html ledger beancount focus-1.2 focus-1.4; do
    has "help knows the format $format" "$format" "$("$T" help export)"
done
head -40 "$TMP/ledger" | sed '1s/scenario .*/scenario HASH/' | golden "the journal's first lines" tests/golden/export-S0-ledger.txt
head -3 "$TMP/focus-1.4" | tr -d '\r' | golden "FOCUS 1.4, first lines" tests/golden/export-S0-focus-1.4.csv
head -1 "$TMP/focus-1.2" | tr -d '\r' | golden "FOCUS 1.2, columns" tests/golden/export-S0-focus-1.2.csv

check "each transaction balances, and accounts sum to the totals" python3 - "$TMP/ledger" "$("$T" export $S0 2>&1 >/dev/null)" <<'PY'
import re, sys
from collections import defaultdict
from decimal import Decimal
sums, balance = defaultdict(Decimal), Decimal(0)
for line in open(sys.argv[1]):
    found = re.match(r"    (\S+:\S+)\s+(-?\d+\.\d{6}) USD", line)
    if not found:
        assert balance == 0, line
        continue
    balance += Decimal(found[2])
    sums[found[1]] += Decimal(found[2])
assert balance == 0
for line in sys.argv[2].splitlines():
    _, name, rest = line.split(": ", 2)
    owed = next(v for k, v in sums.items() if k.startswith("Liabilities:") and k.split(":")[1].split("-", 1)[1] == name)
    assert -owed == Decimal(rest.split()[1]), (name, owed, rest)
PY

check "FOCUS rows keep the rules of the specification" python3 - "$TMP" <<'PY'
import csv, re, sys
from collections import defaultdict
from decimal import Decimal
folder = sys.argv[1]
common = """BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd BillingPeriodStart ChargeCategory
ChargeClass ChargeDescription ChargePeriodEnd ChargePeriodStart ContractedCost EffectiveCost InvoiceIssuerName ListCost
PricingQuantity PricingUnit ServiceCategory ServiceName""".split()
more = {"1.2": ["ProviderName", "PublisherName"], "1.4": ["HostProviderName", "ServiceProviderName"]}
services = {"AI and Machine Learning", "Compute", "Networking", "Storage", "Security", "Management and Governance", "Other"}
for version, columns in more.items():
    text = open(f"{folder}/focus-{version}", newline="").read()
    assert '""' not in text and text.endswith("\r\n")
    rows = list(csv.DictReader(text.splitlines()))
    own = {name for name in rows[0] if name.startswith("x_")}
    assert set(rows[0]) - own == set(common + columns), set(rows[0]) ^ set(common + columns)
    billed, effective = defaultdict(Decimal), defaultdict(Decimal)
    for row in rows:
        for name in ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost", "PricingQuantity"):
            assert re.fullmatch(r"-?\d+(\.\d+)?", row[name]), row
        for name in ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"):
            assert re.fullmatch(r"\d{4}-\d\d-01T00:00:00Z", row[name]), row
        assert row["ChargePeriodStart"] < row["ChargePeriodEnd"] and row["ChargeClass"] == ""
        assert row["ChargeCategory"] in ("Usage", "Purchase", "Adjustment") and row["ServiceCategory"] in services
        assert row["BillingCurrency"] == "USD" and row["x_RecordKind"] == "Forecast"
        assert all(row[name] for name in common if name != "ChargeClass"), row
        billed[row["BillingAccountName"]] += Decimal(row["BilledCost"])
        effective[row["BillingAccountName"]] += Decimal(row["EffectiveCost"])
    assert billed["rent"] == effective["rent"] and billed["api"] == effective["api"]
    # a server lasts 48 months and the scenario 36: a quarter of the purchases is not used up
    bought = sum(Decimal(r["BilledCost"]) for r in rows if r["x_Category"] == "compute_capex")
    used = sum(Decimal(r["EffectiveCost"]) for r in rows if r["x_Category"] == "compute_capex")
    assert bought > 0 and abs(used - bought * 36 / 48) < Decimal("0.001"), (bought, used)
PY

opens "hledger finds no fault" hledger -f "$TMP/ledger" check
opens "bean-check finds no fault" bean-check "$TMP/beancount"
if command -v ledger >/dev/null; then
    same "ledger finds the books in balance" 0 "$(ledger -f "$TMP/ledger" balance | tail -1 | tr -d ' ')"
fi
