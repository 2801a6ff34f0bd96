#!/usr/bin/env bash
# tier: check
# Price feeds from the command line: dry run, applying, quarantine, history, folding, and what bad input does.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

F=tests/feed/prices
mkdir "$TMP/mine"
prices() { "$T" prices "$@" --pricing "$TMP/mine"; }

out=$(prices import $F/litellm.json --as-of 2026-08-01 2>&1)
has "a feed is recognised by its content" "litellm model_prices_and_context_window.json, as of 2026-08-01" "$out"
has "every entry is accounted for" "5 prices read: 1 accepted (0 unchanged), 0 folded into another of the same key, 2 quarantined, 2 left out" "$out"
has "what is left out has its reason" "documentation" "$out"
has "a slip of the unit is set aside with its figures" "too_high: 55000 in, 200000 out per million tokens" "$(prices import $F/litellm.json --csv 2>/dev/null)"
has "per token becomes per million" "groq/vole-7b/base" "$out"
has "a piped list has whole names" "anthropic/claude-vole-long-3.7-sonnet-20260101@longest/base" "$(printf 'provider,model,input_usd_per_mtok,output_usd_per_mtok\nanthropic,claude-vole-long-3.7-sonnet-20260101@longest,3,15\n' | prices import - 2>/dev/null)"
check "a dry run writes nothing" test ! -e "$TMP/mine/api_prices.csv"

status "applying succeeds" 0 prices import $F/litellm.json --as-of 2026-08-01 --apply
row=$(grep '^groq,vole-7b' "$TMP/mine/api_prices.csv")
has "the row has price, day and source" "groq,vole-7b,base,0.075,0.31,,,,,2026-08-01,,litellm litellm.json sha256:" "$row"
before=$(cat "$TMP/mine/api_prices.csv" "$TMP/mine/quarantine.csv")
status "applying again succeeds" 0 prices import $F/litellm.json --as-of 2026-08-01 --apply
same "and adds nothing" "$before" "$(cat "$TMP/mine/api_prices.csv" "$TMP/mine/quarantine.csv")"

status "a later file is applied" 0 prices import $F/litellm-later.json --as-of 2026-08-20 --apply
same "history has both prices" "0.075 0.06" "$(prices history --provider groq --model vole-7b --csv 2>&1 | awk -F, 'NR > 1 { printf "%s%s", s, $4; s = " " }')"
same "the old price still holds on its days" 0.075 "$(prices list --provider groq --model vole-7b --as-of 2026-08-19 --csv | awk -F, 'NR == 2 { print $4 }')"
same "the new price holds from its day on" 0.06 "$(prices list --provider groq --model vole-7b --as-of 2026-08-20 --csv | awk -F, 'NR == 2 { print $4 }')"
out=$(prices diff --provider groq --model vole-7b --from 2026-08-10 --to 2026-08-25 --csv)
same "diff says that something moved" 1 $?
has "and by how much" "groq,vole-7b,base,changed,0.075,0.06,-0.19999" "$out"
status "diff of a day with itself finds nothing" 0 prices diff --from 2026-08-10 --to 2026-08-10

id=$(prices quarantine --csv | awk -F, '$3 == "zero_price" { print $1 }')
status "accepting needs a reason" 2 prices quarantine --accept "$id"
status "accepting with a reason succeeds" 0 prices quarantine --accept "$id" --note "free tier, says Bo"
status "accepting twice is refused" 1 prices quarantine --accept "$id" --note again
status "an unknown id is refused" 2 prices quarantine --accept 000000000000 --note none
has "the quarantine keeps the entry" "accepted" "$(prices quarantine --csv | grep "$id")"
has "the accepted row says why it is there" "accepted from quarantine (zero_price): free tier, says Bo" "$(cat "$TMP/mine/api_prices.csv")"

status "a catalogue without its seller is refused" 2 prices import - <$F/vms.csv
out=$(prices import - --provider nebius --as-of 2026-08-01 --csv 2>/dev/null <$F/vms.csv)
has "instance prices are divided by their accelerators" "nebius/mars-1/H100/8/on_demand,,2.95" "$out"
has "memory tells variants apart" "nebius/mars-1/A100-40GB/1/on_demand,,1.41" "$out"
gzip -c $F/vms.csv >"$TMP/nebius.csv.gz"
same "gzip is read through, the seller is in the name" "$out" "$(prices import "$TMP/nebius.csv.gz" --as-of 2026-08-01 --csv 2>/dev/null)"

status "a quote from a person is applied" 0 prices import $F/quote.csv --as-of 2026-08-20 --apply
has "a price with a coming day is announced" announced "$(prices history --provider voleco --as-of 2026-08-25 --csv)"
status "before its day nobody sells" 1 prices list --provider voleco --as-of 2026-08-31
has "from its day on it holds" 2.385 "$(prices list --provider voleco --as-of 2026-09-01 --csv)"

mkdir "$TMP/book" && cp pricing/*.csv "$TMP/book"
status "folding succeeds" 0 prices fold "$TMP/book"
same "folding adds the rows of the overlay" 3 "$(($(wc -l <"$TMP/book/api_prices.csv") - $(wc -l <pricing/api_prices.csv)))"
has "and closes what is followed" "groq,vole-7b,base,0.075,0.31,,,,,2026-08-01,2026-08-19," "$(cat "$TMP/book/api_prices.csv")"
cp -r "$TMP/book" "$TMP/again"
status "folding twice succeeds" 0 prices fold "$TMP/again"
check "and changes nothing" diff -r "$TMP/book" "$TMP/again"

same "a quote adds its parts" 0.00012 "$("$T" prices quote vole-7b --provider groq --in 2000 --pricing "$TMP/mine" --as-of 2026-08-20 --csv | awk -F, 'NR == 2 { print $8 }')"
status "a model that nobody sells has no quote" 1 prices quote no-such-model --in 1
status "a forecast needs history" 1 prices forecast --provider voleco
status "the usual accelerator has one" 0 prices forecast --gpu H100 --as-of 2026-08-22
has "a plot names its series" "1 groq/vole-7b/base" "$(prices plot --provider groq --model vole-7b --as-of 2026-08-30)"
status "nobody sells an unknown accelerator" 1 prices spread --gpu nothing
status "an unknown verb is refused" 2 prices nonsense
status "an unknown feed is refused" 2 prices import $F/vms.csv --feed nonsense

# Hostile input: one clear line, nothing written.
head -c 10000000 /dev/zero | tr '\0' x >"$TMP/long-line"
awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "c%d,", i; print "end" }' >"$TMP/wide"
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "[" }' >"$TMP/deep.json"
printf '{"data": [{"id": "x", "pricing": {"prompt": 1e400, "completion": 1}}]}' >"$TMP/huge-number.json"
printf '{"data": [{"id": "x", "pricing": {"prompt": "0.1"' >"$TMP/cut.json"
printf 'InstanceType,AcceleratorName,AcceleratorCount,Price,Region\n"x,H100,1,2,z\n' >"$TMP/open-quote.csv"
printf '{"a": "\377\376"}' >"$TMP/bytes.json"
: >"$TMP/empty"
before=$(find "$TMP/mine" -type f -exec cksum {} + | sort)
for file in long-line wide deep.json huge-number.json cut.json open-quote.csv bytes.json empty; do
    got=0
    out=$(prices import "$TMP/$file" --provider nebius --apply 2>&1 >/dev/null) || got=$?
    same "$file: refused as bad data" 65 "$got"
    same "$file: in one line" 1 "$(printf '%s\n' "$out" | wc -l)"
done
status "a missing file is no input" 66 prices import "$TMP/nowhere"
same "bad files change nothing" "$before" "$(find "$TMP/mine" -type f -exec cksum {} + | sort)"

# Two imports at once, and one that is killed: no row is lost and none is there twice.
for i in 1 2 3 4 5 6; do
    printf '{"data": [{"id": "m/vole-%s", "pricing": {"prompt": "0.000001", "completion": "0.000002"}}]}' "$i" >"$TMP/or-$i.json"
    "$T" prices import "$TMP/or-$i.json" --as-of 2026-08-01 --apply --pricing "$TMP/race" >/dev/null 2>&1 &
done
wait
same "six imports at once leave six rows" 6 "$(grep -c '^openrouter,m/vole-' "$TMP/race/api_prices.csv")"
for i in 1 2 3 4 5 6 7 8; do
    "$T" prices import $F/litellm.json --as-of 2026-08-01 --apply --pricing "$TMP/race" >/dev/null 2>&1 &
    pid=$!
    sleep "0.0$i"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
done
status "after kills an import still succeeds" 0 "$T" prices import $F/litellm.json --as-of 2026-08-01 --apply --pricing "$TMP/race"
same "and the book is whole" "6 1" "$(grep -c '^openrouter,m/vole-' "$TMP/race/api_prices.csv") $(grep -c '^groq,vole-7b' "$TMP/race/api_prices.csv")"

mkdir "$TMP/odd"
odd() { "$T" prices "$@" --pricing "$TMP/odd"; }
python3 - >"$TMP/odd.json" <<'PYTHON'
import json
price = {"input_cost_per_token": 1.3e-6, "output_cost_per_token": 2.6e-6, "litellm_provider": "groq", "mode": "chat"}
print(json.dumps({"": price, "v" * 2_000_000: price, "vole-nan": {**price, "input_cost_per_token": "lots"}, "vole-9b": price}))
PYTHON
out=$(odd import "$TMP/odd.json" --feed litellm --apply 2>/dev/null)
has "a price without a name is set aside" "no_name: no model" "$out"
has "so is a name that no record has room for" "long_name: 2000000 bytes" "$out"
same "the book can still be read, with what was good" "groq,vole-9b,base,1.3,2.6" "$(odd list api_prices --model 'vole-9b' --csv | cut -d, -f1-5 | tail -n 1)"
printf 'provider,gpu,usd_per_gpu_h\nvoleco,H100,0x1p1\nvoleco,H100,infinity\nvoleco,NVIDIA H100 80GB SXM5,2.385\n' >"$TMP/odd.csv"
out=$(odd import "$TMP/odd.csv" --apply 2>/dev/null)
has "texts instead of prices are told apart" "not_a_number: '0x1p1'" "$out"
has "each of them is listed" "not_a_number: 'infinity'" "$out"
has "memory within the name of an accelerator is understood" "voleco/any/H100/1/on_demand           -      2.385" "$out"
id=$(odd quarantine --csv | awk -F, '/0x1p1/ { print $1 }')
status "a row without a price cannot be accepted" 65 odd quarantine --accept "$id" --note "really"
check "and the book can still be read" odd list --provider voleco
