#!/usr/bin/env bash
# Key-to-frame times of the terminal app: keys are applied and whole frames drawn, without a terminal.
# Usage: tests/bench/bench_tui.sh [PROGRAM] [SCENARIO]
set -eu
program=${1:-build/tokentco} scenario=${2:-support-chat}
script=$(mktemp)
trap 'rm -f "$script"' EXIT
cat >"$script" <<'KEYS'
size 80x24
keys 1 Tab g
time 560 + + - - ] [ j
size 120x40
keys g
time 560 + + - - ] [ j
fans 60 + + - -
keys 2 g j j
time 400 + - ] [
keys 3
time 400 Right Left Down Up
keys 4 Tab
time 400 Right Left
keys 5
time 400 Down Up
keys 6
time 400 u C-r
keys 7 a
time 400 + -
keys 8
time 400 v
fans 60 + -
KEYS
"$program" tui "$scenario" --script "$script"

# From the start of the process to its first frame and its end.
: >"$script"
for _ in $(seq 40); do
    start=${EPOCHREALTIME/./}
    "$program" tui "$scenario" --script "$script"
    echo $((${EPOCHREALTIME/./} - start))
done | sort -n | awk '{t[NR] = $1 / 1000} END {printf "start, first frame and exit: %d times, ms p50 %.1f p90 %.1f max %.1f\n", NR, t[int(NR / 2)], t[int(NR * 0.9)], t[NR]}'
