#!/usr/bin/env bash
# Run the tests and close with "N passed, N failed".
#
# --tier check: unit tests, and shell tests whose head says "# tier: check".
# --tier test:  every test but those that say "# tier: full"; unit tests and shell tests again in the --asan build.
# --tier full:  everything.
# JOBS tests run at once (as many as there are processors); failures are shown in the order of the tests.
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
JOBS=${JOBS:-$(nproc)}
passed=0
failed=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
# Jobs in the background do not hear Ctrl-C; the whole group is ended in their place.
trap 'trap - TERM; kill -TERM 0' INT

# Only failures are shown; a test that dies without saying anything counts as one failure.
tally() {
    local log=$1 name=$2 code=$3 good=$4 bad=$5
    if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$code" -eq 0 ] && [ $((good + bad)) -eq 0 ]; then bad=1; echo "$name: no test ran"; fi
    if [ "$bad" -gt 0 ]; then
        echo "FAILED $name (exit $code)"
        grep -vE '^(ok - |\[ +(RUN|OK|PASSED) +\]|\[==========\])' "$log" | head -60
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
}

tally_unit() {
    tally "$1" "$2" "$3" "$(grep -c '^\[       OK \]' "$1")" "$(grep -c '^\[  FAILED  \] [a-z_0-9]*$' "$1")"
}

tally_shell() {
    tally "$1" "$2" "$3" "$(grep -c '^ok - ' "$1")" "$(grep -c '^not ok - ' "$1")"
}

tier_of() { sed -n '1,5s/^# tier: *//p' "$1" | head -1; }

wanted() {
    case "$tier,$(tier_of "$1")" in
    full,* | *,check) return 0 ;;
    test,full | check,*) return 1 ;;
    *) return 0 ;;
    esac
}

# What is to run, in order: the words of job N are a kind (unit, shell), a name and the command.
jobs_kind=()
jobs_name=()
jobs_command=()
add_job() {
    jobs_kind+=("$1")
    jobs_name+=("$2")
    jobs_command+=("$3")
}

suite() {
    local build=$1 source script
    for source in tests/unit/test_*.c; do
        add_job unit "$build/tests/$(basename "$source" .c)" "timeout 600 $build/tests/$(basename "$source" .c)"
    done
    for script in tests/*.sh tests/*/test_*.sh; do
        case $script in tests/lib.sh | tests/run.sh) continue ;; esac
        [ -f "$script" ] || continue
        wanted "$script" && add_job shell "$script ($build)" "BUILD=$build timeout 1200 bash $script"
    done
}

run_job() {
    local code=0
    bash -c "${jobs_command[$1]}" >"$logs/$1" 2>&1 || code=$?
    echo "$code" >"$logs/$1.code"
}

suite "$BUILD"
[ -z "$asan" ] || suite "$asan"
for i in "${!jobs_name[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do wait -n; done
    run_job "$i" &
done
wait
for i in "${!jobs_name[@]}"; do
    "tally_${jobs_kind[$i]}" "$logs/$i" "${jobs_name[$i]}" "$(cat "$logs/$i.code")"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
