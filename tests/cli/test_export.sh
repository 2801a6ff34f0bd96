#!/usr/bin/env bash
# tier: check
# export: the ledger sums to what is printed, to the millionth; formulas are guarded.
. tests/lib.sh
S0=reference/S0

"$T" export $S0 -o "$TMP/long.csv" 2>"$TMP/totals"
"$T" export $S0 -f csv-wide -q -o "$TMP/wide.csv"
"$T" run $S0 --json >"$TMP/run.json"
head -5 "$TMP/long.csv" | tr -d '\r' | golden "the ledger's first lines" tests/golden/export-S0-head.csv
check "long and wide ledgers sum to the printed totals and to the model's" python3 - "$TMP" <<'PY'
import csv, json, sys
from collections import defaultdict
from decimal import Decimal
folder = sys.argv[1]
long = list(csv.DictReader(open(f"{folder}/long.csv", newline="")))
wide = list(csv.DictReader(open(f"{folder}/wide.csv", newline="")))
assert all(line.endswith("\r\n") for line in open(f"{folder}/long.csv", newline="")), "CRLF"
totals, by_category, count = defaultdict(Decimal), defaultdict(Decimal), defaultdict(int)
for row in long:
    totals[row["option"]] += Decimal(row["amount"])
    by_category[row["option"], row["category"]] += Decimal(row["amount"])
    count[row["option"]] += 1
    assert row["currency"] == "USD" and row["scenario"] == "S0" and row["source"]
    exact = float(row["quantity"]) * float(row["unit_price"])
    assert abs(exact - float(row["amount"])) <= 0.51e-6 + 1e-12 * abs(exact), row
printed = {}
for line in open(f"{folder}/totals"):
    _, name, rest = line.split(": ", 2)
    printed[name] = Decimal(rest.split()[1])
assert printed == dict(totals), (printed, dict(totals))
for row in wide:
    months = [Decimal(v) for k, v in row.items() if k[:2] == "20"]
    assert len(months) == 36 and sum(months) == Decimal(row["total"]), row
    if row["category"] == "total":
        assert Decimal(row["total"]) == totals[row["option"]]
for option in json.load(open(f"{folder}/run.json"))["options"]:
    name = option["name"]
    assert abs(float(totals[name]) - option["total_usd"]) <= count[name] * 0.5e-6 + 1e-9
    for category, usd in option["by_category_usd"].items():
        assert abs(float(by_category[name, category]) - usd) <= count[name] * 0.5e-6 + 1e-9, (name, category)
PY

# A name that a spreadsheet would run.
python3 - "$TMP" <<'PY'
import json, sys
d = json.load(open("scenarios/reference/S0.json"))
d["options"][0]["name"] = "=HYPERLINK(\"http://x\")"
json.dump(d, open(sys.argv[1] + "/formula.json", "w"))
PY
has "a formula gets a guard" ",\"'=HYPERLINK(" "$("$T" export "$TMP/formula.json" -q)"
has "the guard is told" "apostrophe" "$("$T" export "$TMP/formula.json" 2>&1 >/dev/null)"
has "unless it is not wanted" ",\"=HYPERLINK(" "$("$T" export "$TMP/formula.json" -q --no-guard)"
same "the residual stays a negative number" yes \
    "$("$T" export $S0 -q | grep -q 'residual_value,.*,-[0-9.]*,cash' && echo yes)"
same "excel-eu: byte order mark, semicolons, decimal commas" yes \
    "$("$T" export $S0 -q --dialect excel-eu | head -2 | tail -1 | grep -qE '^S0;rent;2027-01;.*;[0-9]+,[0-9]{6};cash;' && echo yes)"
same "excel: a byte order mark" "efbbbf" "$("$T" export $S0 -q --dialect excel | head -c 3 | od -An -tx1 | tr -d ' ')"
status "an unknown format" 2 "$T" export $S0 -f pdf
status "an unknown dialect" 2 "$T" export $S0 --dialect tsv

# The workbook
"$T" export $S0 -f xlsx -q -o "$TMP/a.xlsx"
sleep 1.1
"$T" export $S0 -f xlsx -q -o "$TMP/b.xlsx"
check "the workbook is the same bytes at another time" cmp "$TMP/a.xlsx" "$TMP/b.xlsx"
check "the workbook's cached values are the program's" python3 - "$TMP/a.xlsx" "$TMP/run.json" <<'PY'
import json, re, sys, zipfile
book = zipfile.ZipFile(sys.argv[1])
names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
assert names == ["Summary", "Assumptions", "Ledger", "Months", "Checks"], names
summary = book.read("xl/worksheets/sheet1.xml").decode()
npv = [float(v) for v in re.findall(r'<c r="C\d+"[^>]*><f>SUMIFS[^<]*</f><v>([^<]+)</v>', summary)]
want = [o["npv_usd"] for o in json.load(open(sys.argv[2]))["options"]]
assert len(npv) == 3 and all(abs(a - b) < 1e-3 for a, b in zip(npv, want)), (npv, want)
checks = book.read("xl/worksheets/sheet5.xml").decode()
assert checks.count("<v>ok</v>") == 6 and "<v>changed</v>" not in checks
PY
