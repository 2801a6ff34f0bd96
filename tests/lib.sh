# Shell test helpers: source this file. Each fact prints "ok - text" or "not ok - text".
# shellcheck shell=bash
BUILD=${BUILD:-build}
# shellcheck disable=SC2034
T=$PWD/$BUILD/tokentco
TMP=$(mktemp -d)
export XDG_DATA_HOME=$TMP/data XDG_STATE_HOME=$TMP/state XDG_CONFIG_HOME=$TMP/config NO_COLOR=1 LC_ALL=C.UTF-8
failures=0

ok() { echo "ok - $1"; }
not_ok() {
    echo "not ok - $1"
    failures=$((failures + 1))
    [ $# -lt 2 ] || printf '%s\n' "$2" | head -40 | sed 's/^/    # /'
}
# check TEXT COMMAND...: the command succeeds
check() {
    local text=$1 output
    shift
    if output=$("$@" 2>&1); then ok "$text"; else not_ok "$text" "$output"; fi
}
# same TEXT EXPECTED ACTUAL
same() {
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected: $2
got: $3"; fi
}
# status TEXT CODE COMMAND...: the command exits with CODE
status() {
    local text=$1 want=$2 got=0 output
    shift 2
    output=$("$@" 2>&1) || got=$?
    if [ "$got" = "$want" ]; then ok "$text"; else not_ok "$text" "exit $got, wanted $want: $output"; fi
}
# opens TEXT PROGRAM ARGUMENT...: another program reads what was exported. `make test` installs those programs;
# the inner loop goes without them and says so.
opens() {
    if command -v "$2" >/dev/null; then check "$@"; else ok "$1 (not tried: $2 is not here, make deps-test installs it)"; fi
}
# interrupted SECONDS COMMAND...: Ctrl-C after so long; prints the exit status
interrupted() {
    local seconds=$1 code=0 job
    shift
    "$@" &
    job=$!
    sleep "$seconds"
    kill -INT $job
    wait $job || code=$?
    echo "$code"
}
# has TEXT NEEDLE HAYSTACK
has() {
    case "$3" in *"$2"*) ok "$1" ;; *) not_ok "$1" "no '$2' in: $3" ;; esac
}
# golden TEXT FILE: compare standard input with FILE; BLESS=1 rewrites it
golden() {
    local got
    got=$(cat)
    if [ "${BLESS:-0}" = 1 ]; then
        mkdir -p "$(dirname "$2")"
        printf '%s\n' "$got" >"$2"
        ok "$1 (written)"
        return
    fi
    if difference=$(diff -u "$2" <(printf '%s\n' "$got") 2>&1); then ok "$1"; else not_ok "$1" "$difference"; fi
}
finish() {
    rm -rf "$TMP"
    [ "$failures" -eq 0 ]
}
trap finish EXIT
