#!/usr/bin/env bash
# tier: check
# Help, manual and completion are printed from the command table: nothing may be missing from them.
. tests/lib.sh

commands=$("$T" help | sed -n '/^Commands:/,/^$/p' | sed -nE 's/^  ([a-z]+( [a-z]+)?) .*/\1/p' | awk '{print $1}' | sort -u)
same "help and the completion know the same commands" "$commands" \
    "$("$T" help --bash | sed -n '/COMP_CWORD" -eq 1/{n;s/.*compgen -W "\([^"]*\)".*/\1/p}' | tr ' ' '\n' | sed '/^$/d' | sort -u)"
for command in $commands; do
    text=$("$T" help "$command" 2>&1)
    has "help $command says what it does" "tokentco $command" "$text"
    check "the manual has $command" grep -q "^.It Cm $command" <("$T" help --man)
done
# Commands that parse a table of their own print it everywhere.
for option in tp slo-ttft engine-version score; do
    has "help throughput has --$option" "--$option" "$("$T" help throughput)"
    check "the manual has --$option" grep -q "^.It Fl -$option " <("$T" help --man)
    check "the completion has --$option" grep -q '"throughput".*--'"$option " <("$T" help --bash)
done
has "help calibrate has its own" "--cross-validate" "$("$T" help calibrate)"
same "and no other command's" "" "$("$T" help calibrate | grep slo-ttft)"
same "--help and help say the same" "$("$T" help throughput)" "$("$T" throughput --help)"
undocumented=$("$T" help --man | awk '/^\.It Fl/ {option = $0; getline; if (length($0) < 8) print option}')
same "every option has a sentence in the manual" "" "$undocumented"
check "the completion is valid bash" bash -n <("$T" help --bash)
same "the version is one line" 1 "$("$T" --version | wc -l)"
has "-h after a command explains it" "Options:" "$("$T" help -h)"

# Wrong command lines: exit 2, one line that says what is wrong and where help is.
wrong() {
    local text=$1 want=$2
    shift 2
    status "$text: exit 2" 2 "$T" "$@"
    has "$text: says so" "$want" "$("$T" "$@" 2>&1)"
    same "$text: one line" 1 "$("$T" "$@" 2>&1 | wc -l)"
    same "$text: nothing on standard output" "" "$("$T" "$@" 2>/dev/null)"
}
wrong "no command" "a command is wanted"
wrong "a misspelt command" "did you mean 'help'" hlp
wrong "the first word of several commands" "'workload' wants one of: from-log, from-people" workload
wrong "a wrong second word" "'lst' is none of the words after 'prices': list, show," prices lst
has "help on all that begin with a word" "tokentco prices import" "$("$T" prices --help)"
wrong "an unknown command" "there is no command 'zzzzzzzz'" zzzzzzzz
wrong "a misspelt option" "did you mean '--bash'" help --bsh
wrong "an unknown short option" "no option '-Z'" help -Z
wrong "an option of another command" "has no option '--dialect'" help --dialect excel
wrong "a missing value" "needs a value" help --color
wrong "a wrong value" "not one of auto, always, never" help --color=green
wrong "too many words" "does not take 'c'" help a b c
