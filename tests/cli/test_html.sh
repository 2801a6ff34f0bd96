#!/usr/bin/env bash
# tier: check
# export to HTML: one well-formed page that asks nothing of anybody, with the figures of the run.
. tests/lib.sh
"$T" export reference/S0 -f html -q -o "$TMP/page.html"
"$T" run reference/S0 --json >"$TMP/run.json"
check "the page is well-formed, self-contained and says what the run says" python3 - "$TMP" <<'PY'
import json, re, sys
from html.parser import HTMLParser
folder = sys.argv[1]
page = open(f"{folder}/page.html", encoding="utf-8").read()
run = json.load(open(f"{folder}/run.json"))
void = {"meta", "br", "img", "input", "link", "line", "circle"}

class Balanced(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.count = [], [], {}
    def handle_starttag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in void:
            self.open.append(tag)
    def handle_startendtag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1
    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

reader = Balanced()
reader.feed(page)
assert not reader.open, reader.open
assert len(set(reader.ids)) == len(reader.ids), "ids repeat"
assert reader.count["svg"] == 2 and reader.count["path"] == 6 and "script" not in reader.count
outside = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?[^"\')]*', page)
assert not outside, outside
best = min(run["options"], key=lambda o: o["npv_usd"])
assert f"<b>{best['name']}</b> costs the least" in page
for option in run["options"]:
    assert f"{option['npv_usd']:,.0f}" in page
assert not re.search(r"\b(nan|inf)\b", page, flags=re.I)
PY
python3 - "$TMP" <<'PY'
import json, sys
d = json.load(open("scenarios/reference/S0.json"))
d["title"] = d["options"][0]["name"] = "<script>alert('x')</script> & \"co\""
json.dump(d, open(sys.argv[1] + "/hostile.json", "w"))
PY
same "names are text, never markup" 0 "$("$T" export "$TMP/hostile.json" -f html -q | grep -c '<script')"
same "the same scenario gives the same page" "$(sha256sum <"$TMP/page.html")" "$("$T" export reference/S0 -f html -q | sha256sum)"
