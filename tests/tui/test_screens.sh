#!/usr/bin/env bash
# tier: check
# Screens of the terminal app, drawn without a terminal, against goldens; and what keys do.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib.sh
. tests/lib.sh

tour=$TMP/tour
cat >"$tour" <<'KEYS'
dump overview
keys Tab + + ]
dump overview edited
keys Enter
type 99
dump overview editing
keys Esc Tab Right Right v
dump overview chart
keys 2 \
type salary_usd
keys Enter j j
dump assume filtered
keys Esc 3 Tab j Right Right
dump ledger
keys Enter
dump ledger explained
keys Esc 4 Right
dump capacity
keys 6
dump compare
keys 7 a Right - Right Right + Right Enter
type as announced
keys Enter
dump events
keys 0
dump bench
keys ?
dump help
keys Esc :
type sa
dump palette
KEYS

"$T" bench import -q tests/feed/measurements/vllm.json tests/feed/measurements/mlperf.txt tests/feed/measurements/mlperf-system.json >/dev/null 2>&1

for size in 80x24 120x40 60x16; do
    "$T" tui reference/S0 --script "$tour" --size $size 2>&1 | golden "screens at $size" tests/tui/golden/$size.txt
    "$T" tui reference/S0 --script "$tour" --size $size --ascii 2>&1 |
        golden "screens at $size in ASCII" tests/tui/golden/$size-ascii.txt
    LC_ALL=C "$T" tui reference/S0 --script "$tour" --size $size >"$TMP/c" 2>&1
    check "LANG=C draws the ASCII screens at $size" diff "$TMP/c" tests/tui/golden/$size-ascii.txt
    if LC_ALL=C grep -q '[^ -~]' "$TMP/c"; then not_ok "ASCII screens at $size are ASCII"; else ok "ASCII screens at $size are ASCII"; fi
    "$T" tui reference/S0 --script "$tour" --size $size --mono >"$TMP/m" 2>&1
    check "without colour nothing is lost at $size" diff "$TMP/m" tests/tui/golden/$size.txt
done

run_keys() {
    printf '%s\n' "$@" >"$TMP/script"
    "$T" tui reference/S0 --script "$TMP/script" --size 100x30 2>&1
}
has "a price is typed with its unit" "2.49 USD/GPU-h" \
    "$(run_keys ': set /options/0/rent/on_demand_usd_per_gpu_h 2.49/h' 'keys 2 F4' 'type on_demand' 'keys Enter' 'size 120x40' dump)"
printf 'dump\n' >"$TMP/script"
parts=$("$T" tui routes-and-moves --as-of 2026-09-23 --script "$TMP/script" --size 120x40 2>&1)
has "a part of others is no winner" "0.62 part" "$(grep '3 llama-8b' <<<"$parts" | tr -s ' ')"
has "the cheapest plan of one's own is" "0.89 best" "$(grep '2 llama-70b' <<<"$parts" | tr -s ' ')"
has "an edit is marked" "S0*" "$(run_keys ': set /options/0/rent/decline_per_year 20%' dump)"
has "the edit is listed against the baseline" "/options/0/rent: (not stated) ->" \
    "$(run_keys ': set /options/0/rent/decline_per_year 20%' 'keys 6' dump)"
has "a bad value says why while it is typed" "outside" "$(run_keys 'keys 1 Tab Enter' 'type -5' dump)"
has "a wrong unit says so" "does not fit" "$(run_keys 'keys 1 Tab Enter' 'type 5ms' dump)"
has "too small says what it needs" "need 60x16" "$(run_keys 'size 40x10' dump)"
has "too small takes no edits" "[1" "$(run_keys 'keys Tab' 'size 40x10' 'keys + + +' 'size 100x30' dump | grep -v '\*')"
has "a price row goes into the plan" "NPV" "$(run_keys ': plan rent' 'keys 5' 'keys \' 'type lambda' 'keys Enter' 'keys p' dump | grep 'u undoes')"
has "one undo takes the whole row back" "0 of " "$(run_keys ': plan rent' 'keys 5' 'keys \' 'type lambda' 'keys Enter' 'keys p u' dump)"
has "a row that the plan cannot take says so" "no plan that rents" "$(run_keys ': plan api' 'keys 5 p' dump)"
has "a spread is typed as a range" "~ 1 k to 3 k" \
    "$(run_keys 'keys 2 \' 'type input_tok' 'keys Enter j j d' 'type 1k to 3k' 'keys Enter' dump)"
has "an impossible spread says why while it is typed" "the first figure must be" \
    "$(run_keys 'keys 2 \' 'type input_tok' 'keys Enter j j d' 'type 3k to 1k' dump)"
event=('keys 7 a Right Right Right Enter' 'type /options/2/api/input_usd_per_mtok' 'keys Enter Left Enter')
has "an event's value is typed with its unit and takes the place of the factor" "USD/Mtok" \
    "$(run_keys "${event[@]}" 'type 2.49' 'keys Enter' dump | grep 'month 18: .*: 2.49 USD/Mtok')"
has "an event's value is held to its range" "from 0 to" "$(run_keys "${event[@]}" 'type -5' 'keys Enter' dump)"
has "an event that takes no value says so" "takes no value" "$(run_keys 'keys 7 a Right Right Enter' dump)"
has "edits of events are undone" "no events" "$(run_keys "${event[@]}" 'type 2.49' 'keys Enter u u u' dump)"
has "a record without kernels has no roofline, and says how to get one" "no roofline: this record has no limits and kernels" "$(run_keys 'keys 0 v' dump)"
has "a goal that cannot be reached says so in full" "between" "$(run_keys 'size 80x24' 'keys Tab = C-u' 'type 1' 'keys Enter' dump | tail -2)"
has "undo tells what it undid" "undid" "$(run_keys 'keys Tab + u' dump)"
has "unknown keys are explained" "means nothing here" "$(run_keys 'keys Z 3 Z' dump)"
has "a break-even is jumped to" "volume set to the break-even" "$(run_keys 'keys x' dump)"
has "the slider follows the mouse" "S0*" "$(run_keys 'keys Tab' 'size 120x40' 'click 106 3' 'drag 110 3' 'release 110 3' dump)"
printf 'keys Tab + + +\n: save-as %s/saved.json\ndump\n' "$TMP" >"$TMP/script"
has "save as writes the scenario" "saved" "$("$T" tui reference/S0 --script "$TMP/script" 2>&1)"
check "the saved scenario opens" "$T" tui "$TMP/saved.json" --script "$tour"
printf 'keys w\ndump\n' >"$TMP/script"
has "a shipped scenario is not overwritten unasked" "shipped example" "$("$T" tui reference/S0 --script "$TMP/script" 2>&1)"
for screen in overview assume ledger capacity prices compare events risk bench; do
    printf ': plan rent\n: screen events\nkeys a\n: screen %s\n%s: export %s/%s.csv\n' $screen "$([ $screen = risk ] && printf 'wait\n_')" "$TMP" $screen | sed 's/^_//' >"$TMP/script"
    "$T" tui reference/S0 --script "$TMP/script" >/dev/null 2>&1
    check "E writes CSV on $screen" python3 -c "
import csv,sys
rows=list(csv.reader(open('$TMP/$screen.csv',newline='')))
assert len(rows)>1 and len({len(r) for r in rows})==1,rows[:3]"
done
manual=$("$T" help --man)
has "the manual has the keys of the action table" "say how sure the value is" "$manual"
has "and the screens" ".It 9 Search" "$manual"
if command -v groff >/dev/null; then same "roff has nothing to say" "" "$(groff -mandoc -Tutf8 -ww <<<"$manual" 2>&1 >/dev/null)"; fi
status "no terminal: usage, with a hint" 2 "$T" tui reference/S0
has "the hint names the way without one" "tokentco run" "$("$T" tui reference/S0 2>&1)"
status "unknown option" 2 "$T" tui --nope
status "two scenarios" 2 "$T" tui a b
status "bad size" 2 "$T" tui --size 80 --script "$tour"
status "missing scenario" 66 "$T" tui nowhere --script "$tour"
status "missing script" 66 "$T" tui reference/S0 --script "$TMP/none"
status "nothing to recover" 66 "$T" tui --recover
printf 'keys Nope\n' >"$TMP/script"
has "a script's fault has its line" "script:1" "$("$T" tui reference/S0 --script "$TMP/script" 2>&1)"

# Random keys: every frame full, every field in range, undo to the start gives the first document.
keys=600
[ "${TIER:-check}" = test ] && keys=10000
[ "${TIER:-check}" = full ] && keys=1000000
printf 'keys 9 i\ntype model=llama-3.1-8b gpu=L4 seller=runpod\nkeys Enter\nmonkey %d 1\n' "$keys" >"$TMP/script"
has "$keys random keys do no harm" "all undone" "$("$T" tui support-chat --script "$TMP/script" --size 80x24 2>&1)"
