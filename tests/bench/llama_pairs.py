"""llama-bench beside `tokentco bench` for one GGUF file, turn by turn: llama_pairs.py TOKENTCO LLAMA_BENCH GGUF

Ours runs first and says which points it measured; llama-bench then runs the same prompt lengths, depths and
threads. A ratio is that of one turn. BENCH_JSON=FILE: the rows are added to the list in FILE. TURNS, THREADS
("1 2") as environment variables.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile


def fail(code, text):
    print("bench-peers: " + text, file=sys.stderr)
    sys.exit(code)


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        fail(66, f"{command[0]} ended with status {done.returncode}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        fail(65, f"{command[0]} printed no JSON")


def ours(program, gguf, threads, folder):
    record = run([program, "bench", "--gguf", gguf, "--quick", "--threads", str(threads), "--json", "--records", folder])
    return {(p["phase"], p["prompt_tok"], p["depth_tok"]): (p["rate_tok_s"], p["output_tok"])
            for p in record["points"] if p["batch"] == 1 and p["phase"] in ("prefill", "decode")}


def has_depth(program):
    """llama-bench reads a depth (-d) since April 2025; an older one measures from an empty cache."""
    text = subprocess.run([program, "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return "n-depth" in text.stdout


def theirs(program, gguf, threads, point, output):
    phase, prompt, depth = point
    command = [program, "-m", gguf, "-t", str(threads), "-r", "3", "-o", "json"]
    command += ["-p", str(prompt), "-n", "0"] if phase == "prefill" else ["-p", "0", "-n", str(max(output, 16))]
    if depth:
        command += ["-d", str(depth)]
    rows = [r for r in run(command) if bool(r["n_prompt"]) == (phase == "prefill")]
    if not rows:
        fail(65, f"{program} printed no row for {phase}")
    return rows[0]["avg_ts"]


def main():
    if len(sys.argv) != 4 or not sys.argv[3]:
        fail(2, "give LLAMA_BENCH=path and GGUF=file")
    program, llama, gguf = sys.argv[1:]
    if not os.access(llama, os.X_OK):
        fail(66, f"{llama} cannot be run: LLAMA_BENCH names the llama-bench program")
    if not os.path.exists(gguf):
        fail(66, f"{gguf} is not there: GGUF names a model file, such as one of tokentco bench --write-gguf")
    counts = os.environ.get("THREADS") or " ".join(sorted({"1", str(len(os.sched_getaffinity(0)))}, key=int))
    rows = []
    knows_depth = has_depth(llama)
    if not knows_depth:
        print("this llama-bench knows no depth: its decode starts from an empty cache, ours at the depth in the name",
              file=sys.stderr)
    print("name                       th      ours llama.cpp  ratio   min   max   (tok/s)")
    for threads in map(int, counts.split()):
        pairs = {}
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(int(os.environ.get("TURNS", "3"))):
                for point, (rate, output) in ours(program, gguf, threads, folder).items():
                    phase, prompt, depth = point
                    other = theirs(llama, gguf, threads, (phase, prompt, depth if knows_depth else 0), output)
                    pairs.setdefault(point, []).append((rate, other))
        for (phase, prompt, depth), samples in pairs.items():
            name = f"llama_prefill_p{prompt}" if phase == "prefill" else "llama_decode"
            name += f"_d{depth}" if depth else ""
            ratios = [a / b for a, b in samples]
            own, other = (statistics.median(s[i] for s in samples) for i in (0, 1))
            ratio = statistics.median(ratios)
            print(f"{name:<26} {threads:2d} {own:9.2f} {other:9.2f}  {ratio:5.2f} {min(ratios):5.2f} {max(ratios):5.2f}")
            rows.append({"name": name, "threads": threads, "ours": own, "peer": other, "peer_name": "llama.cpp",
                         "limit": None, "unit": "tok/s", "ratio": ratio, "ratio_min": min(ratios),
                         "ratio_max": max(ratios)})
    path = os.environ.get("BENCH_JSON")
    if path:
        before = []
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                before = json.load(file)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(before + rows, file, indent=2)


main()
