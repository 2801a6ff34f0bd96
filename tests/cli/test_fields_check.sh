#!/usr/bin/env bash
# tier: check
# fields and check.
. tests/lib.sh

check "every field of fields --json can be set where its pointer says" python3 - "$T" <<'PY'
import json, subprocess, sys
fields = json.loads(subprocess.run([sys.argv[1], "fields", "--json"], capture_output=True, check=True).stdout)
assert fields["schema"] == "tokentco/fields/1"
rows = fields["fields"]
assert len(rows) > 150
assert len({r["pointer"] for r in rows}) == len(rows)
symbols = [r["symbol"] for r in rows if r["symbol"]]
assert len(set(symbols)) == len(symbols)
for row in rows:
    assert row["doc"], row
    if row["type"] in ("number", "integer"):
        assert row["min"] <= row["default"] <= row["max"], row
    if row["type"] == "choice":
        assert row["default"] in row["choices"].split("|"), row
PY
check "every input of the method has a field, its default and a row in scenarios/README.md" python3 - "$T" <<'PY'
import json, re, subprocess, sys
rows = json.loads(subprocess.run([sys.argv[1], "fields", "--json"], capture_output=True, check=True).stdout)["fields"]
fields = {r["symbol"]: r for r in rows if r["symbol"]}
told = dict(re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", open("scenarios/README.md").read(), re.M))
# The method's defaults (tests/oracle/defaults.json) and how a field writes those that are no plain value: without
# a value there is none, a list of degrees is that of the field's sentence, events stand in a list of their own.
method, found = json.load(open("tests/oracle/defaults.json")), 0
written = {"workload.profile": "conversation", "engine.model": None, "engine.gpu": None, "engine.g_list": None}
elsewhere = {"engine.measured": ["engine.measured.r_pf", "engine.measured.r_dec", "engine.measured.B"],
             "rent.events": [], "api.events": []}
for group, values in method.items():
    for name, value in (values.items() if isinstance(values, dict) else [("", values)]):
        symbol = f"{group}.{name}" if name else group
        for place in elsewhere.get(symbol, [symbol]):
            assert told[place] == fields[place]["pointer"], place
        if symbol not in elsewhere:
            default = fields[symbol]["default"]
            assert default == written.get(symbol, value), (symbol, default, value)
            assert isinstance(default, bool) == isinstance(written.get(symbol, value), bool), symbol
            found += 1
assert found == 128, found
assert method["engine"]["g_list"] == [1, 2, 4, 8] and "default 1, 2, 4, 8" in fields["engine.g_list"]["doc"]
for symbol, row in fields.items():
    assert told[symbol] == row["pointer"], symbol
PY
same "a word narrows the list" 1 "$("$T" fields own.pue | tail -n +2 | wc -l)"
status "no field has the word: the answer is no" 1 "$T" fields zzzz
check "the schema of scenarios is a JSON Schema" python3 - "$T" <<'PY'
import json, subprocess, sys
schema = json.loads(subprocess.run([sys.argv[1], "fields", "--schema"], capture_output=True, check=True).stdout)
assert "$schema" in schema and schema["properties"]
try:
    import jsonschema
except ImportError:
    sys.exit(0)
jsonschema.Draft7Validator.check_schema(schema)
PY

same "all shipped scenarios are good" "" "$(find scenarios -name '*.json' ! -name '*schema*' -print0 | xargs -0 "$T" check -q 2>&1)"
same "all shipped price files are good" "" \
    "$(for file in pricing/*.csv; do case $file in *calibration* | *throughput_truth* | *import_rules* | *engine_shares*) ;; *) echo "$file" ;; esac; done | xargs "$T" check -q 2>&1)"
sed '3s/,[^,]*,/,"unterminated,/' pricing/gpu_rental.csv >"$TMP/gpu_rental.csv"
status "a broken price file" 65 "$T" check "$TMP/gpu_rental.csv"
has "it says where" "gpu_rental.csv:" "$("$T" check "$TMP/gpu_rental.csv" 2>&1)"
cp pricing/gpu_rental.csv "$TMP/rates.csv"
has "a price file with a name that says nothing" "must start with one of" "$("$T" check "$TMP/rates.csv" 2>&1)"
