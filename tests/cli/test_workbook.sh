#!/usr/bin/env bash
# tier: full
# LibreOffice recalculates the workbook: its figures must be the program's, and a changed input must move them.
. tests/lib.sh
if ! command -v soffice >/dev/null; then
    ok "LibreOffice is not installed: nothing to compare with"
    exit 0
fi
mkdir -p "$TMP/profile/user"
cat >"$TMP/profile/user/registrymodifications.xcu" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
XML
sheets() { # FILE FOLDER: every sheet as CSV
    soffice "-env:UserInstallation=file://$TMP/profile" --headless --convert-to \
        'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1' --outdir "$2" "$1" >/dev/null 2>&1
}
"$T" export reference/S0 -f xlsx -q -o "$TMP/book.xlsx"
"$T" run reference/S0 --json >"$TMP/run.json"
# Wrong cached values in one copy, another discount rate in the other: both show that formulas are computed.
python3 - "$TMP" <<'PY'
import re, sys, zipfile
folder = sys.argv[1]
def rewrite(to, sheet, change):
    with zipfile.ZipFile(f"{folder}/book.xlsx") as old, zipfile.ZipFile(f"{folder}/{to}.xlsx", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == f"xl/worksheets/{sheet}.xml":
                changed = change(data.decode())
                assert changed != data.decode()
                data = changed.encode()
            new.writestr(name, data)
rewrite("wrong", "sheet1", lambda s: re.sub(r"(</f><v>)[^<]+", r"\g<1>1", s))
rewrite("rate", "sheet2", lambda s: re.sub(r'(<c r="C3"[^>]*><v>)0\.1', r"\g<1>0", s))
PY
sheets "$TMP/wrong.xlsx" "$TMP/out"
sheets "$TMP/rate.xlsx" "$TMP/out"
check "recalculated figures are the program's; without discounting the NPV is the total" python3 - "$TMP" <<'PY'
import csv, json, sys
folder = sys.argv[1]
def summary(name):
    rows = list(csv.reader(open(f"{folder}/out/{name}-Summary.csv")))
    head = next(i for i, row in enumerate(rows) if row and row[0] == "option")
    return {row[0]: [float(x) for x in row[2:6]] for row in rows[head + 1:head + 4]}
right, flat = summary("wrong"), summary("rate")
for option in json.load(open(f"{folder}/run.json"))["options"]:
    npv, total, mtok, price = right[option["name"]]
    assert abs(npv - option["npv_usd"]) < 0.001 and abs(total - option["total_usd"]) < 0.001, option["name"]
    assert abs(price - option["levelised_usd_per_mtok"]) < 1e-6
    assert abs(flat[option["name"]][0] - option["total_usd"]) < 0.001
checks = list(csv.reader(open(f"{folder}/out/wrong-Checks.csv")))
assert len(checks) == 7 and all(row[5] == "ok" for row in checks[1:]), checks
moved = list(csv.reader(open(f"{folder}/out/rate-Checks.csv")))
assert any(row[5] == "changed" for row in moved[1:])
PY

# Names that are one for a spreadsheet, or a condition.
python3 - "$TMP" <<'PY'
import json, sys
scenario = json.load(open("scenarios/reference/S0.json"))
for option, name in zip(scenario["options"], ["api", "API", ">5*"]):
    option["name"] = name
json.dump(scenario, open(sys.argv[1] + "/names.json", "w"))
PY
"$T" export "$TMP/names.json" -f xlsx -q -o "$TMP/names.xlsx"
sheets "$TMP/names.xlsx" "$TMP/out"
same "plans whose names a spreadsheet takes for one, or for a condition, keep their sums" 6 \
    "$(grep -c ',ok' "$TMP/out/names-Checks.csv")"
