#!/usr/bin/env bash
# tier: check
# Contracts as rows of the price book: imported from a quote, found by seller and customer, the same money as written out.
. tests/lib.sh
S0=scenarios/reference/S0.json
mkdir "$TMP/mine"
prices() { "$T" prices "$@" --pricing "$TMP/mine"; }
run() { "$T" run "$@" --as-of 2026-09-23 --pricing "$TMP/mine"; }

out=$(prices import tests/feed/prices/contract.csv --as-of 2026-08-01 --apply 2>&1)
has "a quote of a contract is recognised" "columns of contracts.csv" "$out"
has "what makes no sense is set aside" "6 accepted (0 unchanged), 0 folded into another of the same key, 4 quarantined" "$out"
same "each with its reason" "a credit of 0 USD
a term of 7.5 months
discount_frac 7; 0.15 is 15 %
rule 'rebate' is not tier, commitment or credit" "$(prices quarantine --csv | python3 -c 'import csv, sys
print(*sorted(r["detail"] for r in csv.DictReader(sys.stdin) if r["rule"] == "terms"), sep="\n")')"
has "importing again changes nothing" "6 accepted (6 unchanged)" "$(prices import tests/feed/prices/contract.csv --as-of 2026-08-02 2>&1)"
sed 's/2028-03-31/2028-04-30/' tests/feed/prices/contract.csv >"$TMP/later.csv"
has "another end is a change" "6 accepted (5 unchanged)" "$(prices import "$TMP/later.csv" --as-of 2026-08-02 2>&1)"

python3 - "$S0" "$TMP" <<'PY'
import json, sys
source, folder = sys.argv[1:]
def write(name, contract):
    scenario = json.load(open(source))
    scenario["options"][0]["contract"] = contract
    json.dump(scenario, open(f"{folder}/{name}.json", "w"))
write("named", {"provider": "voleco", "customer": "acme"})
write("written", {"covers": "gpus", "tier_from_usd": [0, 5000, 20000], "tier_discount_frac": [0, 0.07, 0.115], "commit_usd": 60000,
                  "commit_months": 12, "commit_discount_frac": 0.045, "credit_usd": [7300, 1100], "credit_last_month": [1, 14]})
write("own", {"provider": "voleco", "customer": "acme", "commit_usd": 0})
write("nobody", {"provider": "voleco", "customer": "bo"})
write("half", {"customer": "acme"})
PY
same "rows of the book cost what the same contract costs when it is written out" \
    "$(run "$TMP/written.json" --csv)" "$(run "$TMP/named.json" --csv)"
check "and not what no contract costs" test "$(run "$S0" --csv | sed -n 2p)" != "$(run "$TMP/named.json" --csv | sed -n 2p)"
same "then no shortfall is owed" "" "$("$T" export "$TMP/own.json" -q --as-of 2026-09-23 --pricing "$TMP/mine" | grep shortfall)"
has "the ledger shows credits apart, with their source" "gpu_credit,8114.443999999999,USD,-1,USD,1,,-8114.444000,cash,\"contracts.csv" \
    "$("$T" export "$TMP/named.json" -q --as-of 2026-09-23 --pricing "$TMP/mine")"
has "and names what they were" "(start, late; from 2026-07-01; quote-contract contract.csv" \
    "$("$T" explain "$TMP/named.json" rent compute_rent 1 --as-of 2026-09-23 --pricing "$TMP/mine")"
has "the tiers too" "(t1, t2; from 2026-07-01" "$("$T" explain "$TMP/named.json" rent compute_rent 1 --as-of 2026-09-23 --pricing "$TMP/mine")"
has "rerun sees that a commitment has ended" "contract/commit_usd 60,000 to 0.00" \
    "$("$T" rerun "$TMP/named.json" --from 2026-07-15 --to 2027-08-01 --pricing "$TMP/mine")"
has "a contract that is not there is said" "contracts.csv has nothing of 'voleco' for 'bo'" "$(run "$TMP/nobody.json" --json)"
has "and so is one before its day" "contracts.csv has nothing of 'voleco' for 'acme'" \
    "$("$T" run "$TMP/named.json" --json --as-of 2026-06-30 --pricing "$TMP/mine")"
has "a customer needs a seller" "contract/provider is missing" "$(run "$TMP/half.json" --json)"
prices import - --feed quote-contract --as-of 2026-08-03 --apply -q <<'CSV' >"$TMP/out" 2>&1
provider,customer,rule,item,usd,discount_frac,covers
voleco,acme,commitment,second,1000,0.01,gpus
CSV
has "two commitments at once are refused" "two commitments hold" "$(run "$TMP/named.json" --json)"
