#!/usr/bin/env bash
# The store of records under bad luck: writers killed at random moments, a full disk, a size limit, too little memory,
# a folder that cannot be written. What is there afterwards is whole records or nothing.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
M=tests/feed/measurements

# whole TEXT FOLDER: every record of the folder is read back without a fault
whole() {
    local output
    if output=$("$T" bench list --csv --records "$2" 2>&1 >/dev/null) && [ -z "${output//*no records yet*/}" ]; then
        ok "$1"
    else
        not_ok "$1" "$output"
    fi
}

# Killed between no and thirty milliseconds after the start: some have written, some have not begun.
kills=40
[ "${TIER:-test}" = full ] && kills=400
RANDOM=11
for _ in $(seq "$kills"); do
    "$T" bench import -q --records "$TMP/killed" $M/llama.json $M/vllm.jsonl $M/genai.csv >/dev/null 2>&1 &
    writer=$!
    sleep "$(printf '0.%03d' $((RANDOM % 31)))"
    kill -9 "$writer" 2>/dev/null
    wait "$writer" 2>/dev/null
    "$T" bench list --records "$TMP/killed" >/dev/null 2>&1 || break
done
whole "$kills writers killed at random moments leave whole records" "$TMP/killed"
check 'and the next writer is not in their way' "$T" bench import -q --records "$TMP/killed" $M/llama.json
has 'its record is there' 'llama' "$("$T" bench list --csv --records "$TMP/killed")"

# A benchmark that is killed or interrupted while it measures.
for after in 0.1 0.5 1.2; do
    "$T" bench --quick --model smollm-135m -q --records "$TMP/measured" >/dev/null 2>&1 &
    bench=$!
    sleep "$after"
    kill -9 "$bench" 2>/dev/null
    wait "$bench" 2>/dev/null
done
same 'a benchmark killed while it measures leaves nothing' '' "$(ls "$TMP/measured" 2>/dev/null)"

# A size limit stands for a full disk where none can be mounted.
mkdir "$TMP/limited"
limited() { (ulimit -f 0 && exec "$T" "$@"); }
status 'a file that may not grow is an I/O error' 74 limited bench import -q --records "$TMP/limited" $M/llama.json
has 'with one line that says so' 'cannot write: File too large' "$(limited bench import -q --records "$TMP/limited" $M/llama.json 2>&1 >/dev/null)"
same 'and nothing is left behind' '' "$(ls -A "$TMP/limited")"
status 'a GGUF file too' 74 limited bench --model smollm-135m --write-gguf "$TMP/limited/x.gguf"
same 'and no part of it' '' "$(ls -A "$TMP/limited")"
mkfifo "$TMP/pipe"
status 'a GGUF file takes the place of plain files only' 74 "$T" bench --model smollm-135m --write-gguf "$TMP/pipe"
check 'what was there stays' test -p "$TMP/pipe"
status 'standard output that is full is an I/O error' 74 sh -c "'$T' bench list --json --records '$TMP/killed' >/dev/full"

if unshare -rm true 2>/dev/null; then
    mkdir "$TMP/full"
    full=$(unshare -rm sh -c "mount -t tmpfs -o size=16k none '$TMP/full' && dd if=/dev/zero of='$TMP/full/filler' bs=1k count=15 2>/dev/null
        '$T' bench import -q --records '$TMP/full' $M/llama.json >/dev/null 2>'$TMP/said'; echo \"\$? \$(ls '$TMP/full')\"")
    same 'a full disk is an I/O error that leaves nothing' '74 filler' "$full"
    has 'and is named' 'No space left on device' "$(cat "$TMP/said")"
else
    ok 'a full disk is not tried: no file system can be mounted here'
fi

printf 'not a folder' >"$TMP/file"
status 'a store that is a file is an I/O error' 74 "$T" bench import -q --records "$TMP/file" $M/llama.json

# Too little memory: one line, exit 1, nothing stored.
short() { (ulimit -v 60000 && exec "$T" bench --quick --threads 1 --model smollm-135m --records "$TMP/short" "$@"); }
if [[ $BUILD != *asan* ]]; then
    status 'too little memory is an answer, not a crash' 1 short
    has 'with one line' 'the address space limit (ulimit -v) leaves' "$(short 2>&1)"
    same 'and one only' 1 "$(short 2>&1 | wc -l)"
    same 'nothing was stored' '' "$(ls "$TMP/short" 2>/dev/null)"
fi

# A GGUF header with single bytes changed, and cut anywhere: read as something else or refused, never a crash. What still
# reads is written out again under a size limit, so that nothing is measured.
"$T" bench --model smollm-135m --write-gguf "$TMP/small.gguf" 2>/dev/null
head -c 20000 "$TMP/small.gguf" >"$TMP/head.gguf"
crashed=
for _ in $(seq "$((kills * 2))"); do
    cp "$TMP/head.gguf" "$TMP/changed.gguf"
    at=$((RANDOM % 2500))
    printf "\\x$(printf '%02x' $((RANDOM % 256)))" | dd of="$TMP/changed.gguf" bs=1 seek=$at conv=notrunc 2>/dev/null
    [ $((RANDOM % 3)) = 0 ] && truncate -s $((RANDOM % 20000)) "$TMP/changed.gguf"
    (ulimit -f 8 && exec "$T" bench --gguf "$TMP/changed.gguf" --write-gguf "$TMP/again.gguf") >"$TMP/said" 2>&1
    code=$?
    case $code in 0 | 1 | 2 | 65 | 74) ;; *) crashed="$crashed $at:$code" ;; esac
    [ $code = 0 ] || [ "$(wc -l <"$TMP/said")" = 1 ] || crashed="$crashed $at:lines"
done
same 'no changed or cut GGUF header crashes, and each fault is one line' '' "$crashed"

status 'threads by word' 2 "$T" bench --threads two
status 'negative threads' 2 "$T" bench --threads -3
status 'more threads than a number holds' 2 "$T" bench --threads 99999999999999999999
status 'instructions of another processor' 2 "$T" bench --isa "$([ "$(uname -m)" = aarch64 ] && echo avx2 || echo neon)"
