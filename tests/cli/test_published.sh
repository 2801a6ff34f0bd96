#!/usr/bin/env bash
# tier: check
# scenarios/published: worked examples of others, with their assumptions, print their figures; the README shows what the
# program prints for both readings.
. tests/lib.sh
for name in gpu-against-api token-price-identity on-premise-payback; do
    "$T" run "published/$name" --json >"$TMP/$name.json"
    "$T" run "published/$name-full" --json >"$TMP/$name-full.json"
done
check "an API at 110.00 and a GPU at 998.46 a month" python3 - "$TMP/gpu-against-api.json" <<'PY'
import json, sys
api, gpu = json.load(open(sys.argv[1]))["options"]
assert f'{api["months"][0]["total_usd"]:.2f}' == "110.00", api["months"][0]["total_usd"]
assert f'{gpu["months"][0]["total_usd"]:.2f}' == "998.46", gpu["months"][0]["total_usd"]
assert f"{1.19 * 729.6 * 1.15:.2f}" == "998.46" and 120 * 0.25 + 40 * 2 == 110
PY
check "USD per Mtok = USD/h / (tok/s x 3600) x 1e6" python3 - "$TMP/token-price-identity.json" <<'PY'
import json, math, sys
gpu = json.load(open(sys.argv[1]))["options"][0]
identity = 3 / (2500 * 3600) * 1e6
assert f'{gpu["levelised_usd_per_mtok"]:.4f}' == f"{identity:.4f}" == "0.3333"
# One request less than the month holds: dearer by that share, and by nothing else.
assert math.isclose(gpu["levelised_usd_per_mtok"] * 65699 / 65700, identity, rel_tol=1e-9)
assert math.isclose(gpu["utilisation"][0], 65699 / 65700, rel_tol=1e-9)
PY
check "paid back after 2.3 and 17.8 months" python3 - "$TMP/on-premise-payback.json" <<'PY'
import json, sys
run = json.load(open(sys.argv[1]))
own, opus, gpt = run["options"]
assert run["cheapest"] == "2 x A100"
assert own["months"][0]["total_usd"] - 30000 - 19.2 < 1e-9 and abs(own["months"][7]["total_usd"] - 19.2) < 1e-9
assert abs(opus["months"][0]["total_usd"] - 13200) < 1e-9 and abs(gpt["months"][0]["total_usd"] - 1700) < 1e-9
payback = {d["b"]: d["payback_months"] for d in run["break_even"] if d["a"] == "2 x A100"}
assert f'{payback["Claude 4 Opus"]:.1f}' == "2.3" and f'{payback["GPT-5"]:.1f}' == "17.8", payback
assert abs(payback["GPT-5"] - 30000 / (1700 - 19.2)) < 1e-9
PY
has "the report says when it is paid back" "1 is ahead of 2 for good after 2.3 months" "$("$T" run published/on-premise-payback)"
check "scenarios/published/README.md shows what is printed" python3 - "$TMP" <<'PY'
import json, re, sys
folder = sys.argv[1]
text = open("scenarios/published/README.md").read()
n = 0
for name, option, figure, shown in re.findall(r"^\| (\S+) \| (.+?) \| (\w+) \| ([\d,.]+) \|", text, flags=re.M):
    o = next(o for o in json.load(open(f"{folder}/{name}.json"))["options"] if o["name"] == option)
    value = o["months"][-1]["total_usd"] if figure == "last_month_usd" else o[figure]
    digits = len(shown.split(".")[1]) if "." in shown else 0
    assert f"{value:,.{digits}f}" == shown, (name, option, figure, shown, value)
    n += 1
assert n >= 10, n
PY
