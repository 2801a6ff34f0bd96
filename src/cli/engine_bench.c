/* What an engine delivers of this machine, measured in the same run. Layer: cli. */
#include "cli/engine_bench.h"

#include "tokentco/record.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { ANSWER_TOK = 32, REPEATS = 3, PATH_BYTES = 4096, N_SHARES = 2 };

bool engine_bench_check(const char *program, Err *err)
{
    if (access(program, X_OK) == 0) return true;
    return err_set(err, ERR_NO_INPUT, "--engine-bench %s: %s", program, strerror(errno));
}

/* A file of our own in the temporary folder; its name ends as the importer of files wants. */
static bool temporary_file(const char *suffix, char *path, size_t size, Err *err)
{
    const char *folder = getenv("TMPDIR");
    (void)snprintf(path, size, "%.3000s/tokentco-engine-XXXXXX%s", folder && folder[0] ? folder : "/tmp",
                   suffix);
    int handle = mkstemps(path, (int)strlen(suffix));
    if (handle < 0) return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    (void)close(handle);
    return true;
}

/* Runs it with its output in `out_path`, its errors beside ours. */
static bool run_program(char *const argv[], const char *out_path, Err *err)
{
    posix_spawn_file_actions_t files;
    pid_t child;
    int status = 0;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out_path, O_WRONLY | O_TRUNC, 0);
    int failed = posix_spawn(&child, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed) return err_set(err, ERR_IO, "%s: %s", argv[0], strerror(failed));
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    return err_set(err, ERR_DATA, "%s failed; its own message is above", argv[0]);
}

/* What llama-bench is asked: one phase, as our point beside it. */
typedef struct Ask {
    const char *program, *gguf;
    int threads, prompt_tok, answer_tok, depth_tok;
} Ask;

static bool ask_engine(const Ask *ask, bool has_depth, const char *out_path, Err *err)
{
    char threads[16], prompt[16], answer[16], repeats[16], depth[16], path[PATH_BYTES], name[PATH_BYTES];
    (void)snprintf(name, sizeof name, "%s", ask->program);
    (void)snprintf(path, sizeof path, "%s", ask->gguf);
    (void)snprintf(threads, sizeof threads, "%d", ask->threads);
    (void)snprintf(prompt, sizeof prompt, "%d", ask->prompt_tok);
    (void)snprintf(answer, sizeof answer, "%d", ask->answer_tok);
    (void)snprintf(repeats, sizeof repeats, "%d", REPEATS);
    (void)snprintf(depth, sizeof depth, "%d", ask->depth_tok);
    char flags[][4] = {"-m", "-t", "-p", "-n", "-r", "-o", "-d"}, json[] = "json";
    char *const argv[] = {
        name,     flags[0], path,     flags[1], threads,  flags[2], prompt,
        flags[3], answer,   flags[4], repeats,  flags[5], json,     has_depth ? flags[6] : NULL,
        depth,    NULL};
    return run_program(argv, out_path, err);
}

/* Our point that the engine's one is set beside: one sequence at the smallest depth. */
static const MeasurePoint *own_point(const Measurement *record, MeasurePhase phase)
{
    const MeasurePoint *best = NULL;
    if (phase == PHASE_PREFILL) return measurement_headline(record, phase);
    for (int i = 0; i < record->n_points; i++) {
        const MeasurePoint *p = &record->points[i];
        if (p->phase == phase && p->batch == 1.0 && (!best || p->depth_tok < best->depth_tok)) best = p;
    }
    return best;
}

static bool read_engine(const char *out_path, Arena *arena, const Measurement *record, Measurement **engine,
                        Err *err)
{
    ImportHints hints = {.format = "llama-bench",
                         .hardware = record->hardware,
                         .model = record->model,
                         .weight_format = record->weight_format,
                         .n_devices = 1};
    int n_engine = 0;
    ErrList errors;
    err_list_init(&errors);
    bool is_ok = record_import(&out_path, 1, &hints, arena, engine, &n_engine, &errors);
    if (!is_ok) *err = errors.items[0];
    if (is_ok && n_engine != 1)
        is_ok = err_set(err, ERR_DATA, "the engine's output is of %d set-ups, not of one", n_engine);
    err_list_free(&errors);
    return is_ok;
}

static bool add_share(const Measurement *engine, const MeasurePoint *ours, const char *source,
                      Measurement *record, Err *err)
{
    const MeasurePoint *theirs = measurement_headline(engine, ours->phase);
    if (!theirs)
        return err_set(err, ERR_DATA, "the engine's output has no point of %s",
                       measure_phase_name(ours->phase));
    double share = theirs->rate_tok_s / ours->rate_tok_s;
    record->shares[record->n_shares++] = (EngineShare){
        .engine = engine->engine,
        .engine_version = engine->engine_version,
        .phase = ours->phase,
        .weight_format = record->weight_format,
        .share_frac = share,
        .share_p10 = fmin(share, theirs->rate_p10_tok_s / ours->rate_p90_tok_s),
        .share_p90 = fmax(share, theirs->rate_p90_tok_s / ours->rate_p10_tok_s),
        .source = source,
    };
    return true;
}

/* Old builds refuse -d: they are asked again without it, behind an empty cache. */
static bool measure_phase(const char *program, const char *gguf, MeasurePhase phase, const char *out_path,
                          Arena *arena, Measurement *record, Err *err)
{
    const MeasurePoint *ours = own_point(record, phase);
    const char *source = "measured in this run";
    Measurement *engine;
    Err refusal = {0};
    if (!ours)
        return err_set(err, ERR_DATA, "this run has no point of %s for one sequence",
                       measure_phase_name(phase));
    bool is_prefill = phase == PHASE_PREFILL;
    Ask ask = {program,        gguf, record->n_threads, ours->prompt_tok, is_prefill ? 0 : ANSWER_TOK,
               ours->depth_tok};
    bool is_asked = ask.depth_tok > 0 && ask_engine(&ask, true, out_path, &refusal);
    if (!is_asked) {
        if (ask.depth_tok > 0)
            source = "measured in this run, behind an empty cache: this llama-bench has no -d";
        if (!ask_engine(&ask, false, out_path, err)) return false;
    }
    return read_engine(out_path, arena, record, &engine, err) && add_share(engine, ours, source, record, err);
}

bool engine_bench_run(const char *program, const char *gguf, const BenchOptions *options, Arena *arena,
                      Measurement *record, Err *err)
{
    char model[PATH_BYTES] = "", output[PATH_BYTES] = "";
    bool is_ok = temporary_file(".json", output, sizeof output, err);
    if (is_ok && !gguf) {
        is_ok = temporary_file(".gguf", model, sizeof model, err) &&
                bench_gguf_write(model, &options->shape, options->weight_format, options->seed, err);
        gguf = model;
    }
    record->shares = arena_array(arena, N_SHARES, sizeof *record->shares);
    record->n_shares = 0;
    is_ok = is_ok && measure_phase(program, gguf, PHASE_PREFILL, output, arena, record, err) &&
            measure_phase(program, gguf, PHASE_DECODE, output, arena, record, err);
    if (model[0]) (void)unlink(model);
    if (output[0]) (void)unlink(output);
    return is_ok;
}
