#!/usr/bin/env bash
# tier: check
# README.md: commands of blocks under "<!-- checked -->" are run, and must print what the block shows. BLESS=1 rewrites
# the blocks.
. tests/lib.sh
export PATH=$PWD/$BUILD:$PATH
readme=$PWD/README.md
check "the README's output is what the program prints" python3 - "$readme" "$PWD" "$TMP" <<'PY'
import os, re, subprocess, sys
readme, tree, folder = sys.argv[1:]
text = open(readme).read()
bad = 0

def printed(block):
    out = ""
    for command in re.findall(r"^\$ (.*)$", block, flags=re.M):
        done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
        out += f"$ {command}\n" + (done.stdout + done.stderr).replace("\r\n", "\n")
    return out

def compare(match):
    global bad
    now = printed(match[2])
    if now != match[2]:
        bad += 1
        print(f"README shows:\n{match[2]}\nthe program prints:\n{now}")
    return match[1] + now + "```"

fresh, n = re.subn(r"(<!-- checked -->\n```console\n)(.*?)```", compare, text, flags=re.S)
assert n >= 4, "checked blocks are gone"
if os.environ.get("BLESS") == "1":
    open(readme, "w").write(fresh)
    bad = 0
sys.exit(bad)
PY
missing=$(grep -oE '\]\(([^)#]+)\)' "$readme" | sed -E 's/\]\((.*)\)/\1/' | grep -v '^http' | while read -r path; do [ -e "$path" ] || echo "$path"; done)
same "every file that the README links to is there" "" "$missing"
