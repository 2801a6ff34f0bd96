#!/usr/bin/env bash
# tier: check
# The store of measurement records and the workload commands, as a user meets them.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
M=tests/feed/measurements

check 'an empty store lists nothing' "$T" bench list
status 'nothing measured here yet' 66 "$T" bench show
check 'llama-bench JSON is taken in' "$T" bench import $M/llama.json
has 'an option that the file overrules is said to be unused' "says 'CARD_Y' itself; --hardware H100 is not used" \
    "$("$T" bench import --records "$TMP/overruled" --hardware H100 --weights fp8 $M/vllm.json 2>&1)"
check 'a pair is taken in' "$T" bench import $M/mlperf.txt $M/mlperf-system.json
check 'the same file again' "$T" bench import $M/llama.json
same 'three records, once each' 3 "$("$T" bench list --csv | tail -n +2 | wc -l)"
id=$("$T" bench list --csv | sed -n 2p | cut -c1-10)
has 'shown by the beginning of its id' "$id" "$("$T" bench show "$id")"
check 'a record shown as JSON reads back from a file' sh -c "'$T' bench show $id --json >$TMP/r.json && '$T' bench show $TMP/r.json"
sed 's/"rate_tok_s": [0-9.]*/"rate_tok_s": 99999.0/' "$TMP/r.json" >"$TMP/edited.json"
status 'a record that was edited is refused' 65 "$T" bench show "$TMP/edited.json"
status 'a bad file is refused' 65 "$T" bench import $M/llama-shifted.csv
same 'and leaves no record' 3 "$("$T" bench list --csv | tail -n +2 | wc -l)"
has 'its line is named' 'llama-shifted.csv:2:' "$("$T" bench import $M/llama-shifted.csv 2>&1)"
status 'an unknown format is a usage error' 2 "$T" bench import --format nonsense $M/llama.json
status 'a missing file' 66 "$T" bench import "$TMP/nowhere.json"
status 'several files, one of them bad' 65 "$T" bench import -q --records "$TMP/several" $M/genai.csv $M/bad/nan.json $M/mlperf.txt $M/mlperf-system.json $M/vllm.json
same 'the good ones are taken in, the pair as one' 3 "$("$T" bench list --records "$TMP/several" --csv | tail -n +2 | wc -l)"
has 'with the system of the pair' '8 x CARD W 96GB' "$("$T" bench list --records "$TMP/several" --csv)"
check 'two scrapes' "$T" bench import --records "$TMP/several" --seconds 60 $M/scrape-1.txt $M/scrape-2.txt
check 'compared with itself' "$T" bench compare "$id" "$id"
status 'records without a common point' 1 "$T" bench compare "$id" "$("$T" bench list --csv | sed -n 4p | cut -c1-10)"
for _ in 1 2 3 4 5 6 7 8; do "$T" bench import -q --records "$TMP/many" $M/vllm.jsonl >/dev/null 2>&1 & done
wait
same 'eight writers at once leave one whole record' 1 "$("$T" bench list --records "$TMP/many" --csv | tail -n +2 | wc -l)"
touch -d '2 hours ago' "$TMP/many/x.json.tmp-Ab12Cd" "$TMP/many/x.json.backup" "$TMP/many/notes.txt"
touch "$TMP/many/y.json.tmp-Ab12Cd"
"$T" bench import -q --records "$TMP/many" $M/llama.json >/dev/null
same 'what a killed writer left is swept, what one writes now is not' 'notes.txt x.json.backup y.json.tmp-Ab12Cd' \
    "$(cd "$TMP/many" && echo *.txt *.json.*)"
has 'JSON output names its schema' '"schema": "tokentco/records/1"' "$("$T" bench list --json)"

printf 'TIMESTAMP,ContextTokens,GeneratedTokens\n2026-01-05 00:00:00.5,100,10\n2026-01-05 01:00:00.5,300,30\n' >"$TMP/log.csv"
check 'the block is JSON' sh -c "'$T' workload from-log -q $TMP/log.csv | python3 -m json.tool"
has 'with the mean length' '"input_tok": 200' "$("$T" workload from-log -q "$TMP/log.csv")"
same 'a pipe gives the same' "$("$T" workload from-log -q "$TMP/log.csv")" "$("$T" workload from-log -q - <"$TMP/log.csv")"
gzip -k "$TMP/log.csv"
same 'and so does gzip' "$("$T" workload from-log -q "$TMP/log.csv")" "$("$T" workload from-log -q "$TMP/log.csv.gz")"
printf 'TIMESTAMP;ContextTokens;GeneratedTokens\n2026-01-05 00:00:00.5;100;10\n2026-01-05 00:30:00;;10\n2026-01-05 00:40:00;500;\n2026-01-05 01:00:00.5;300;30\n' >"$TMP/sheet.csv"
same 'so does a spreadsheet with semicolons; unknown lengths are not lengths of 0' "$("$T" workload from-log -q "$TMP/log.csv")" "$("$T" workload from-log -q "$TMP/sheet.csv")"
has 'and what was left out is said' 'left out: 2 failed or without both token counts' "$("$T" workload from-log "$TMP/sheet.csv" 2>&1 >/dev/null)"
status 'a log without tokens' 65 "$T" workload from-log $M/vllm.json
has 'people: requests' '"requests_per_month": 132000' "$("$T" workload from-people -q --users 1k --sessions 22 --turns 3 --steps 2)"
has 'people: the arithmetic' '1000 users x 22 conversations x 6 calls' "$("$T" workload from-people --users 1k --sessions 22 --turns 3 --steps 2 2>&1)"
status 'people: out of range' 2 "$T" workload from-people --keep 120%

python3 - "$TMP" <<'PYTHON'
import json, sys
tmp = sys.argv[1]
scenario = json.load(open('scenarios/support-chat.json'))
rows = ['timestamp,prompt_tokens,completion_tokens,cached_tokens']
for hour in range(5 * 168 + 1):
    for k in range(3 if hour % 24 < 12 else 9):
        rows.append('%d.5,%d,%d,%d' % (1767571200 + hour * 3600 + 370 * k, 900 + 10 * k, 90 + k, 300))
open(tmp + '/weeks.csv', 'w').write('\n'.join(rows) + '\n')
json.dump(scenario, open(tmp + '/scenario.json', 'w'))
PYTHON
"$T" workload from-log -q "$TMP/weeks.csv" --name 'from a log' >"$TMP/block.json"
put() { python3 -c "import json,sys; s = json.load(open('$TMP/scenario.json')); s['workloads'] = [json.load(open('$TMP/block.json'))]
json.dump(s, open('$TMP/with-block.json', 'w'))"; }
put
check 'a scenario takes the block of a log' "$T" check "$TMP/with-block.json"
has 'with its custom week' '"profile": "custom"' "$(cat "$TMP/block.json")"
"$T" workload from-people -q --users 5k --turns 8 --steps 4 --tool-tok 800 >"$TMP/block.json"
put
check 'and the block of people' "$T" check "$TMP/with-block.json"

"$T" bench import -q --records "$TMP/plan" $M/llama.csv >/dev/null
id=$("$T" bench list --records "$TMP/plan" --csv | sed -n 2p | cut -c1-16)
python3 -c "import json
s = json.load(open('$TMP/scenario.json'))
o = [o for o in s['options'] if 'record' in o.get('engine', {})][0]
o['engine']['record'] = '$id'
s['options'] = [o]
json.dump(s, open('$TMP/planned.json', 'w'))"
has 'a plan takes the speeds of an imported record' 'imported' "$("$T" run "$TMP/planned.json" --records "$TMP/plan" 2>&1)"
plan_with() { # RECORD DEGREES: the plan's first feasible-or-not line
    python3 -c "import json
s = json.load(open('$TMP/planned.json'))
e = s['options'][0]['engine']
e['record'] = '$1'
e.pop('degrees', None)
if $2: e['degrees'] = $2
json.dump(s, open('$TMP/degrees.json', 'w'))"
    "$T" run "$TMP/degrees.json" --records "$TMP/plan" 2>&1
}
"$T" bench import -q --records "$TMP/plan" $M/trtllm.json >/dev/null
four=$("$T" bench list --records "$TMP/plan" --csv | grep trtllm | cut -c1-16)
has 'rates of four GPUs are billed as four' 'engine/degrees must be [4]' "$(plan_with "$four" '[1, 2]')"
case "$(plan_with "$four" 0)" in *'cannot serve this: engine'*) not_ok 'and four is what a plan takes by itself' ;; *) ok 'and four is what a plan takes by itself' ;; esac
"$T" bench import -q --records "$TMP/plan" $M/genai.csv >/dev/null
unknown=$("$T" bench list --records "$TMP/plan" --csv | grep genai | cut -c1-16)
has 'a record without a number of GPUs does not become one GPU' 'does not say on how many GPUs: import it again' "$(plan_with "$unknown" 0)"
check 'check knows a record by its content' sh -c "'$T' check $TMP/r.json | grep -q 'measurement record of'"
