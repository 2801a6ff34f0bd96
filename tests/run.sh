#!/usr/bin/env bash
# Run the tests and close with "N passed, N failed".
#
# --tier check: unit tests, and shell tests whose head says "# tier: check".
# --tier test:  every test but those that say "# tier: full"; unit tests and shell tests again in the --asan build.
# --tier full:  everything.
set -u
cd "$(dirname "$0")/.." || exit 1
tier=check
asan=
while [ $# -gt 0 ]; do
    case $1 in
    --tier) tier=$2; shift 2 ;;
    --asan) asan=$2; shift 2 ;;
    *) echo "usage: tests/run.sh --tier check|test|full [--asan BUILD]" >&2; exit 2 ;;
    esac
done
export BUILD=${BUILD:-build} TIER=$tier
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Only failures are shown; a test that dies without saying anything counts as one failure.
tally() {
    local name=$1 code=$2 good=$3 bad=$4
    if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$code" -eq 0 ] && [ $((good + bad)) -eq 0 ]; then bad=1; echo "$name: no test ran"; fi
    if [ "$bad" -gt 0 ]; then
        echo "FAILED $name (exit $code)"
        grep -vE '^(ok - |\[ +(RUN|OK|PASSED) +\]|\[==========\])' "$log" | head -60
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
}

run_unit() {
    local program=$1 code=0
    timeout 600 "$program" >"$log" 2>&1 || code=$?
    tally "$program" "$code" "$(grep -c '^\[       OK \]' "$log")" "$(grep -c '^\[  FAILED  \] [a-z_0-9]*$' "$log")"
}

run_shell() {
    local script=$1 code=0
    timeout 1200 bash "$script" >"$log" 2>&1 || code=$?
    tally "$script ($BUILD)" "$code" "$(grep -c '^ok - ' "$log")" "$(grep -c '^not ok - ' "$log")"
}

tier_of() { sed -n '1,5s/^# tier: *//p' "$1" | head -1; }

wanted() {
    case "$tier,$(tier_of "$1")" in
    full,* | *,check) return 0 ;;
    test,full | check,*) return 1 ;;
    *) return 0 ;;
    esac
}

suite() {
    local source script
    for source in tests/unit/test_*.c; do
        run_unit "$BUILD/tests/$(basename "$source" .c)"
    done
    for script in tests/*.sh tests/*/test_*.sh; do
        case $script in tests/lib.sh | tests/run.sh) continue ;; esac
        [ -f "$script" ] || continue
        wanted "$script" && run_shell "$script"
    done
}

suite
if [ -n "$asan" ]; then
    BUILD=$asan suite
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
