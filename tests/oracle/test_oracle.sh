#!/usr/bin/env bash
# tier: test
# The program against a second implementation of the cost model (tests/oracle/README.md).
. tests/lib.sh

# What does not run the program is not run again for its instrumented build.
case $BUILD in
*asan*) ;;
*)
    check "the reference reproduces every worked number" python3 tests/oracle/selfcheck.py --quiet
    check "the reference has the properties of the method" python3 tests/oracle/properties.py 5 2026
    check "the frozen cases are what the reference computes" python3 tests/oracle/freeze.py --check
    ;;
esac
check "the program agrees on every corner and 60 random configurations, and on 3 break-evens" \
    python3 tests/oracle/compare.py "$BUILD/tokentco" 60 2026 --crossings 2
check "the program agrees on 4 whole scenarios of each topic" \
    python3 tests/oracle/compare_scenarios.py "$BUILD/tokentco" 4 2026
