#!/usr/bin/env bash
# tier: check
# The llama-bench branch of make bench-peers, with programs that answer known rates.
# shellcheck source=tests/lib.sh
. tests/lib.sh
cat >"$TMP/tokentco" <<'X'
#!/bin/sh
echo '{"points": [
 {"phase": "prefill", "prompt_tok": 128, "output_tok": 0, "depth_tok": 0, "batch": 1.0, "rate_tok_s": 300.0},
 {"phase": "decode", "prompt_tok": 0, "output_tok": 39, "depth_tok": 128, "batch": 1.0, "rate_tok_s": 33.0},
 {"phase": "decode", "prompt_tok": 0, "output_tok": 39, "depth_tok": 128, "batch": 8.0, "rate_tok_s": 99.0}]}'
X
cat >"$TMP/llama-bench" <<'X'
#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
--help) echo "  $DEPTH_OPTION" ;;
*"-p 128 -n 0"*) echo '[{"n_prompt": 128, "n_gen": 0, "avg_ts": 120.0}]' ;;
*"-p 0 -n 39 -d 128"*) echo '[{"n_prompt": 0, "n_gen": 39, "avg_ts": 44.0}]' ;;
*"-p 0 -n "??) echo '[{"n_prompt": 0, "n_gen": 40, "avg_ts": 66.0}]' ;;
*) exit 1 ;;
esac
X
chmod +x "$TMP/tokentco" "$TMP/llama-bench"
: >"$TMP/model.gguf"
echo '[{"name": "before"}]' >"$TMP/rows.json"
export LOG=$TMP/log THREADS="1 2" TURNS=2 DEPTH_OPTION="-d, --n-depth <n>"
pairs() { python3 tests/bench/llama_pairs.py "$@"; }
out=$(BENCH_JSON=$TMP/rows.json pairs "$TMP/tokentco" "$TMP/llama-bench" "$TMP/model.gguf")
has "prefill is paired with the same prompt" "llama_prefill_p128          1    300.00    120.00   2.50  2.50  2.50" "$out"
has "decode is paired at the same depth" "llama_decode_d128           2     33.00     44.00   0.75  0.75  0.75" "$out"
has "llama-bench gets the threads" "-t 2" "$(cat "$LOG")"
same "rows are added to BENCH_JSON" "before llama_prefill_p128 llama_decode_d128 llama_prefill_p128 llama_decode_d128" \
    "$(python3 -c 'import json,sys; print(*[r["name"] for r in json.load(open(sys.argv[1]))])' "$TMP/rows.json")"
old=$(DEPTH_OPTION="" THREADS=1 pairs "$TMP/tokentco" "$TMP/llama-bench" "$TMP/model.gguf" 2>&1)
has "one that knows no depth decodes from an empty cache" "llama_decode_d128           1     33.00     66.00   0.50  0.50  0.50" "$old"
has "and that is said" "this llama-bench knows no depth" "$old"
status "a llama-bench that is not there" 66 pairs "$TMP/tokentco" "$TMP/none" "$TMP/model.gguf"
status "a model file that is not there" 66 pairs "$TMP/tokentco" "$TMP/llama-bench" "$TMP/none.gguf"
status "no file at all" 2 pairs "$TMP/tokentco" "$TMP/llama-bench" ""
