#!/usr/bin/env bash
# tier: check
# Includes point one way: base <- step <- {bench, model}; model <- feed; {bench, feed, model} <- view <- {cli, tui} <- main.
# A header's layer is the word after "Layer:" in its head.
. tests/lib.sh

declare -A below=(
    [base]="base"
    [step]="base step"
    [bench]="base step bench"
    [model]="base step model"
    [feed]="base step model feed"
    [view]="base step bench model feed view"
    [cli]="base step bench model feed view cli"
    [tui]="base step bench model feed view tui"
    [main]="base step bench model feed view cli tui"
)
layer_of() { sed -nE '1,12s/.*Layer: ([a-z]+).*/\1/p' "$1" | head -1; }

declare -A layer
for header in include/tokentco/*.h; do
    layer[$header]=$(layer_of "$header")
    if [ -z "${below[${layer[$header]:-none}]:-}" ]; then not_ok "$header names its layer"; fi
done

# check_file FILE LAYER: everything that it includes is at its own height or below
check_file() {
    local file=$1 from=$2 name target to
    while read -r name; do
        case $name in
        tokentco/*) to=${layer[include/$name]:-} ;;
        */*) to=${name%%/*} ;;
        *) continue ;; # a private header beside the file
        esac
        target=${to:-nothing}
        case " ${below[$from]} " in
        *" $target "*) ;;
        *) not_ok "$file ($from) includes $name ($target)" ;;
        esac
    done < <(sed -nE 's/^#include "([^"]+)".*/\1/p' "$file")
}
for header in "${!layer[@]}"; do check_file "$header" "${layer[$header]}"; done
for file in src/*/*.c src/*/*.h; do
    [ -f "$file" ] || continue
    room=${file#src/}
    check_file "$file" "${room%%/*}"
done
check_file src/main.c main
[ "$failures" -gt 0 ] || ok "includes point one way in $(ls include/tokentco/*.h src/*/*.[ch] | wc -l) files"

# Outside libraries have one door each.
only() {
    local text=$1 pattern=$2 allowed=$3 users
    users=$(grep -lE "#include <$pattern>" src/*.c src/*/*.[ch] include/tokentco/*.h | grep -vE "$allowed" || true)
    same "$text" "" "$users"
}
only "curses only in tui" '(ncurses|curses|panel)[a-z/]*\.h' '^src/tui/'
only "libcsv only in csv_in" 'csv\.h' '^src/feed/csv_in\.c$'
only "jansson only in feed and in the JSON writers of view" 'jansson\.h' '^src/feed/|^src/view/json_build\.h$'
only "libxlsxwriter only in xlsx_out" 'xlsxwriter\.h' '^src/view/xlsx'

# The model is pure: no files, no clock, no environment.
impure=$(grep -nE '\b(fopen|open|fread|read|time|clock_gettime|getenv|printf|fprintf)\(' src/model/*.c | grep -v 'snprintf' || true)
same "the model reads and writes nothing" "" "$impure"
