#!/usr/bin/env bash
# tier: test
# The Python reference against the worked numbers of the method.
. tests/lib.sh

check "the reference reproduces every worked number" python3 tests/oracle/selfcheck.py --quiet
