#!/usr/bin/env bash
# tier: check
# Scenarios: every shipped one is good and fits the shipped schema; every bad one is refused with the faults that stand
# beside it, all at once, and exit status 65.
. tests/lib.sh

for file in tests/feed/invalid-scenarios/*.json; do
    expected=${file%.json}.err
    code=0
    got=$("$T" check "$file" 2>&1) || code=$?
    printf '%s\n' "$got" | golden "refused as expected: $(basename "$file" .json)" "$expected"
    [ "$code" = 65 ] || not_ok "$file exits 65" "exit $code"
done

for file in scenarios/*.json scenarios/reference/*.json scenarios/published/*.json; do
    case $file in *schema.json) continue ;; esac
    check "$file is good" "$T" check "$file"
done

same "the shipped schema is the program's" "$("$T" fields --schema)" "$(cat scenarios/scenario.schema.json)"

python3 - <<'PY'
import glob, json, sys
import jsonschema
schema = json.load(open("scenarios/scenario.schema.json"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for path in sorted(glob.glob("scenarios/*.json") + glob.glob("scenarios/reference/*.json") + glob.glob("scenarios/published/*.json")):
    if path.endswith("schema.json"):
        continue
    faults = [e.message[:200] for e in validator.iter_errors(json.load(open(path)))]
    print(("not ok - " if faults else "ok - ") + path + " fits the schema" + "".join("\n    # " + f for f in faults))
# What the program refuses for a key, a type or a range, the schema refuses too.
for name in ("unknown-key", "unknown-workload-key", "share-above-one", "horizon-zero", "choice-wrong", "number-as-text",
             "options-empty", "kind-unknown", "input-zero"):
    bad = json.load(open(f"tests/feed/invalid-scenarios/{name}.json"))
    print(("ok - " if list(validator.iter_errors(bad)) else "not ok - ") + f"the schema refuses {name}")
PY

# Each input of the method has its place in the mapping of scenarios/README.md.
missing=$("$T" fields --json | python3 -c '
import json, sys
text = open("scenarios/README.md").read()
for row in json.load(sys.stdin)["fields"]:
    if row["symbol"] and "| `%s` | `%s` |" % (row["symbol"], row["pointer"]) not in text:
        print(row["symbol"], row["pointer"])')
same "scenarios/README.md maps every symbol of the method" "" "$missing"
