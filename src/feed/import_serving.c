/* Load generators that write one JSON object a run: vLLM (serve, throughput, latency), SGLang, TensorRT-LLM,
 * InferenceX. Layer: feed.
 *
 * Each is a map from its field names to quantities; times are in the unit of the name's ending.
 */
#include "feed/import.h"

#include "feed/json_in.h"

#include <stdlib.h>
#include <string.h>

#define MS              1e-3
#define GIB_BYTES       1073741824.0
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define NUMBER(path, what, factor)                                                                           \
    {                                                                                                        \
        path, what, factor, false                                                                            \
    }
#define TEXT(path, what)                                                                                     \
    {                                                                                                        \
        path, what, 1.0, true                                                                                \
    }

static const FieldMap vllm_map[] = {
    NUMBER("duration", QTY_DURATION, 1.0),
    NUMBER("completed", QTY_COMPLETED, 1.0),
    NUMBER("failed", QTY_FAILED, 1.0),
    NUMBER("total_input_tokens", QTY_INPUT_TOTAL, 1.0),
    NUMBER("total_output_tokens", QTY_OUTPUT_TOTAL, 1.0),
    NUMBER("request_throughput", QTY_REQUEST_RATE, 1.0),
    NUMBER("output_throughput", QTY_OUTPUT_RATE, 1.0),
    NUMBER("input_throughput", QTY_INPUT_RATE, 1.0),
    NUMBER("total_token_throughput", QTY_TOTAL_RATE, 1.0),
    NUMBER("mean_ttft_ms", QTY_TTFT, MS),
    NUMBER("median_ttft_ms", QTY_TTFT_MEDIAN, MS),
    NUMBER("mean_tpot_ms", QTY_TPOT, MS),
    NUMBER("median_tpot_ms", QTY_TPOT_MEDIAN, MS),
    NUMBER("mean_e2el_ms", QTY_LATENCY, MS),
    NUMBER("median_e2el_ms", QTY_LATENCY_MEDIAN, MS),
    NUMBER("max_concurrency", QTY_CONCURRENCY_MAX, 1.0),
    NUMBER("request_rate", QTY_ARRIVAL, 1.0),
    NUMBER("tensor_parallel_size", QTY_TP, 1.0),
    NUMBER("pipeline_parallel_size", QTY_PP, 1.0),
    TEXT("date", RUN_WHEN),
    TEXT("model_id", RUN_MODEL),
    TEXT("backend", RUN_ENGINE),
    TEXT("endpoint_type", RUN_ENGINE),
    TEXT("gpu", RUN_HARDWARE),
};

/* vLLM's offline benchmarks write their results alone; with SAVE_TO_PYTORCH_BENCHMARK_FORMAT also as a list
 * of metrics that carry the arguments of the run. */
#define OF_METRIC "metric/extra_info/"
#define OF_ARGS   "benchmark/extra_info/args/"

#define VLLM_ARGUMENTS                                                                                       \
    NUMBER(OF_ARGS "tensor_parallel_size", QTY_TP, 1.0),                                                     \
        NUMBER(OF_ARGS "pipeline_parallel_size", QTY_PP, 1.0), TEXT("model/name", RUN_MODEL),                \
        TEXT(OF_ARGS "model", RUN_MODEL), TEXT(OF_ARGS "quantization", RUN_WEIGHT_FORMAT),                   \
        TEXT(OF_ARGS "dtype", RUN_WEIGHT_FORMAT), TEXT(OF_ARGS "kv_cache_dtype", RUN_KV_FORMAT)

static const FieldMap vllm_throughput_map[] = {
    NUMBER("elapsed_time", QTY_DURATION, 1.0),
    NUMBER(OF_METRIC "elapsed_time", QTY_DURATION, 1.0),
    NUMBER("num_requests", QTY_COMPLETED, 1.0),
    NUMBER(OF_METRIC "num_requests", QTY_COMPLETED, 1.0),
    NUMBER("total_num_tokens", QTY_TOKENS_TOTAL, 1.0),
    NUMBER(OF_METRIC "total_num_tokens", QTY_TOKENS_TOTAL, 1.0),
    NUMBER("requests_per_second", QTY_REQUEST_RATE, 1.0),
    NUMBER("tokens_per_second", QTY_TOTAL_RATE, 1.0),
    VLLM_ARGUMENTS,
};

static const FieldMap vllm_latency_map[] = {
    NUMBER("avg_latency", QTY_LATENCY, 1.0),
    NUMBER(OF_METRIC "avg_latency", QTY_LATENCY, 1.0),
    VLLM_ARGUMENTS,
};

static const FieldMap sglang_map[] = {
    NUMBER("duration", QTY_DURATION, 1.0),
    NUMBER("completed", QTY_COMPLETED, 1.0),
    NUMBER("total_input_tokens", QTY_INPUT_TOTAL, 1.0),
    NUMBER("total_output_tokens", QTY_OUTPUT_TOTAL, 1.0),
    NUMBER("request_throughput", QTY_REQUEST_RATE, 1.0),
    NUMBER("input_throughput", QTY_INPUT_RATE, 1.0),
    NUMBER("output_throughput", QTY_OUTPUT_RATE, 1.0),
    NUMBER("total_throughput", QTY_TOTAL_RATE, 1.0),
    NUMBER("mean_ttft_ms", QTY_TTFT, MS),
    NUMBER("median_ttft_ms", QTY_TTFT_MEDIAN, MS),
    NUMBER("mean_tpot_ms", QTY_TPOT, MS),
    NUMBER("median_tpot_ms", QTY_TPOT_MEDIAN, MS),
    NUMBER("mean_e2e_latency_ms", QTY_LATENCY, MS),
    NUMBER("median_e2e_latency_ms", QTY_LATENCY_MEDIAN, MS),
    NUMBER("concurrency", QTY_CONCURRENCY, 1.0),
    NUMBER("max_concurrency", QTY_CONCURRENCY_MAX, 1.0),
    NUMBER("request_rate", QTY_ARRIVAL, 1.0),
    NUMBER("server_info/tp_size", QTY_TP, 1.0),
    NUMBER("server_info/pp_size", QTY_PP, 1.0),
    NUMBER("server_info/dp_size", QTY_DP, 1.0),
    TEXT("backend", RUN_ENGINE),
    TEXT("server_info/model_path", RUN_MODEL),
    TEXT("server_info/version", RUN_ENGINE_VERSION),
    TEXT("server_info/quantization", RUN_WEIGHT_FORMAT),
    TEXT("server_info/dtype", RUN_WEIGHT_FORMAT),
    TEXT("server_info/kv_cache_dtype", RUN_KV_FORMAT),
};

static const FieldMap trtllm_map[] = {
    NUMBER("performance/request_throughput_req_s", QTY_REQUEST_RATE, 1.0),
    NUMBER("performance/system_output_throughput_tok_s", QTY_OUTPUT_RATE, 1.0),
    NUMBER("performance/system_total_throughput_tok_s", QTY_TOTAL_RATE, 1.0),
    NUMBER("performance/avg_request_latency_ms", QTY_LATENCY, MS),
    NUMBER("streaming_metrics/avg_ttft_ms", QTY_TTFT, MS),
    NUMBER("streaming_metrics/avg_tpot_ms", QTY_TPOT, MS),
    NUMBER("request_info/avg_num_concurrent_requests", QTY_CONCURRENCY, 1.0),
    NUMBER("request_info/num_requests", QTY_COMPLETED, 1.0),
    NUMBER("request_info/avg_input_length", QTY_INPUT_LEN, 1.0),
    NUMBER("dataset/avg_isl", QTY_INPUT_LEN, 1.0),
    NUMBER("request_info/avg_output_length", QTY_OUTPUT_LEN, 1.0),
    NUMBER("dataset/avg_osl", QTY_OUTPUT_LEN, 1.0),
    NUMBER("world_info/tp_size", QTY_TP, 1.0),
    NUMBER("world_info/pp_size", QTY_PP, 1.0),
    NUMBER("world_info/world_size", QTY_DEVICES, 1.0),
    NUMBER("machine/memory.total", QTY_MEMORY, GIB_BYTES),
    TEXT("engine/model", RUN_MODEL),
    TEXT("engine/version", RUN_ENGINE_VERSION),
    TEXT("engine/quantization", RUN_WEIGHT_FORMAT),
    TEXT("engine/dtype", RUN_WEIGHT_FORMAT),
    TEXT("engine/kv_cache_dtype", RUN_KV_FORMAT),
    TEXT("machine/name", RUN_HARDWARE),
};

/* Both shapes of InferenceX: aggregated rows with rates per GPU, and the client's result with totals.
 * Seconds. */
static const FieldMap inferencex_map[] = {
    NUMBER("conc", QTY_CONCURRENCY_MAX, 1.0),
    NUMBER("max_concurrency", QTY_CONCURRENCY_MAX, 1.0),
    NUMBER("isl", QTY_INPUT_LEN, 1.0),
    NUMBER("osl", QTY_OUTPUT_LEN, 1.0),
    NUMBER("tp", QTY_TP, 1.0),
    NUMBER("num_prefill_gpu", QTY_PREFILL_GPUS, 1.0),
    NUMBER("num_decode_gpu", QTY_DECODE_GPUS, 1.0),
    NUMBER("tput_per_gpu", QTY_TOTAL_RATE_PER_GPU, 1.0),
    NUMBER("output_tput_per_gpu", QTY_OUTPUT_RATE_PER_GPU, 1.0),
    NUMBER("input_tput_per_gpu", QTY_INPUT_RATE_PER_GPU, 1.0),
    NUMBER("mean_ttft", QTY_TTFT, 1.0),
    NUMBER("median_ttft", QTY_TTFT_MEDIAN, 1.0),
    NUMBER("mean_tpot", QTY_TPOT, 1.0),
    NUMBER("median_tpot", QTY_TPOT_MEDIAN, 1.0),
    NUMBER("mean_e2el", QTY_LATENCY, 1.0),
    NUMBER("median_e2el", QTY_LATENCY_MEDIAN, 1.0),
    NUMBER("duration", QTY_DURATION, 1.0),
    NUMBER("completed", QTY_COMPLETED, 1.0),
    NUMBER("total_input_tokens", QTY_INPUT_TOTAL, 1.0),
    NUMBER("total_output_tokens", QTY_OUTPUT_TOTAL, 1.0),
    NUMBER("request_throughput", QTY_REQUEST_RATE, 1.0),
    NUMBER("output_throughput", QTY_OUTPUT_RATE, 1.0),
    NUMBER("input_throughput", QTY_INPUT_RATE, 1.0),
    NUMBER("request_rate", QTY_ARRIVAL, 1.0),
    TEXT("date", RUN_WHEN),
    TEXT("hw", RUN_HARDWARE),
    TEXT("model", RUN_MODEL),
    TEXT("model_id", RUN_MODEL),
    TEXT("framework", RUN_ENGINE),
    TEXT("image", RUN_ENGINE_VERSION),
    TEXT("precision", RUN_WEIGHT_FORMAT),
};

static bool sniff_keys(const ImportFile *file, const char *const *paths, size_t n)
{
    return file->n_docs > 0 && import_has_all(file->docs[0].value, paths, n);
}

bool vllm_sniff(const ImportFile *file)
{
    static const char *const keys[] = {"duration", "completed", "output_throughput"};
    return sniff_keys(file, keys, COUNT_OF(keys));
}

bool vllm_throughput_sniff(const ImportFile *file)
{
    static const char *const alone[] = {"elapsed_time", "num_requests", "tokens_per_second"};
    static const char *const metric[] = {OF_METRIC "elapsed_time", OF_METRIC "num_requests"};
    return sniff_keys(file, alone, COUNT_OF(alone)) || sniff_keys(file, metric, COUNT_OF(metric));
}

bool vllm_latency_sniff(const ImportFile *file)
{
    static const char *const alone[] = {"avg_latency", "percentiles"};
    static const char *const metric[] = {OF_METRIC "avg_latency"};
    return sniff_keys(file, alone, COUNT_OF(alone)) || sniff_keys(file, metric, COUNT_OF(metric));
}

bool sglang_sniff(const ImportFile *file)
{
    static const char *const plain[] = {"duration", "completed", "output_throughput", "concurrency"};
    static const char *const served[] = {"server_info", "output_throughput"};
    return sniff_keys(file, plain, COUNT_OF(plain)) || sniff_keys(file, served, COUNT_OF(served));
}

bool trtllm_sniff(const ImportFile *file)
{
    static const char *const keys[] = {"engine", "performance"};
    return sniff_keys(file, keys, COUNT_OF(keys));
}

bool inferencex_sniff(const ImportFile *file)
{
    static const char *const row[] = {"hw", "tput_per_gpu"};
    static const char *const client[] = {"output_throughput", "median_tpot", "model_id"};
    return sniff_keys(file, row, COUNT_OF(row)) || sniff_keys(file, client, COUNT_OF(client));
}

/* "4xNVIDIA_L40S": four of them. */
static void split_count(ImportJob *job, Run *run, const ImportPlace *place)
{
    const char *text = run->text[RUN_HARDWARE];
    if (text == NULL) return;
    char *end = NULL;
    long n = strtol(text, &end, 10);
    if (n < 1 || n > 100000 || *end != 'x' || end[1] == '\0') return;
    run_set(job, run, QTY_DEVICES, (double)n, place);
    run->text[RUN_HARDWARE] = end + 1;
}

typedef bool (*RunFinish)(ImportJob *job, const ImportDoc *doc, Run *run, const ImportPlace *place);

static bool finish_vllm(ImportJob *job, const ImportDoc *doc, Run *run, const ImportPlace *place)
{
    (void)doc;
    /* "openai-chat" names how the client spoke. What answered is for the person to say, or it was the tool's
     * own engine. */
    const char *backend = run->text[RUN_ENGINE];
    if (backend == NULL || strncmp(backend, "openai", 6) == 0)
        run->text[RUN_ENGINE] = job->hints->engine != NULL ? job->hints->engine : "vllm";
    split_count(job, run, place);
    return true;
}

/* An argument of the run that may be null: whoever started it left it to the data set. */
static bool take_argument(ImportJob *job, const ImportDoc *doc, Run *run, Quantity what, const char *path)
{
    char pointer[96];
    double value;
    Err err = {0};
    const json_t *argument = import_member(doc->value, path);
    snprintf(pointer, sizeof pointer, "%s/%s", doc->place, path);
    const ImportPlace place = {job->files[0].path, doc->line, pointer};
    if (argument == NULL) return true;
    if (!json_in_number(argument, &value, &err)) return import_fault(job, &place, "%s", err.text);
    return run_set(job, run, what, value, &place);
}

static bool take_lengths(ImportJob *job, const ImportDoc *doc, Run *run)
{
    run->text[RUN_ENGINE] = "vllm";
    bool is_ok = take_argument(job, doc, run, QTY_INPUT_LEN, OF_ARGS "input_len");
    return take_argument(job, doc, run, QTY_OUTPUT_LEN, OF_ARGS "output_len") && is_ok;
}

/* All requests are there from the start; the engine takes as many at once as it may. */
static bool finish_vllm_throughput(ImportJob *job, const ImportDoc *doc, Run *run, const ImportPlace *place)
{
    if (!take_lengths(job, doc, run) ||
        !take_argument(job, doc, run, QTY_CONCURRENCY_MAX, OF_ARGS "max_num_seqs"))
        return false;
    if (run->has[QTY_CONCURRENCY_MAX] && run->has[QTY_COMPLETED] &&
        run->value[QTY_CONCURRENCY_MAX] > run->value[QTY_COMPLETED])
        run->value[QTY_CONCURRENCY_MAX] = run->value[QTY_COMPLETED];
    (void)place;
    return true;
}

/* One batch from its start to its end: as many sequences in flight as it holds. */
static bool finish_vllm_latency(ImportJob *job, const ImportDoc *doc, Run *run, const ImportPlace *place)
{
    if (!take_lengths(job, doc, run) || !take_argument(job, doc, run, QTY_CONCURRENCY, OF_ARGS "batch_size"))
        return false;
    if (!run->has[QTY_CONCURRENCY] && job->hints->concurrency > 0.0)
        run_set(job, run, QTY_CONCURRENCY, job->hints->concurrency, place);
    bool has_length = run->has[QTY_OUTPUT_LEN] || job->hints->output_tok > 0.0;
    if (!run->has[QTY_CONCURRENCY] || !has_length)
        return import_fault(job, place,
                            "says neither the size of the batch nor its lengths: give --concurrency, --isl "
                            "and --osl");
    if (!(run->value[QTY_LATENCY] > 0.0)) return import_fault(job, place, "the latency is zero");
    return run_set(job, run, QTY_REQUEST_RATE, run->value[QTY_CONCURRENCY] / run->value[QTY_LATENCY], place);
}

static bool finish_sglang(ImportJob *job, const ImportDoc *doc, Run *run, const ImportPlace *place)
{
    if (run->text[RUN_ENGINE] == NULL) run->text[RUN_ENGINE] = "sglang";
    if (json_number_value(import_member(doc->value, "accept_length")) > 1.0)
        run->text[RUN_NOTE] = "with speculative decoding: the rate depends on how predictable the text was";
    double dp = run->has[QTY_DP] && run->value[QTY_DP] > 1.0 ? run->value[QTY_DP] : 1.0;
    double pp = run->has[QTY_PP] && run->value[QTY_PP] > 1.0 ? run->value[QTY_PP] : 1.0;
    return !run->has[QTY_TP] || run_set(job, run, QTY_DEVICES, run->value[QTY_TP] * pp * dp, place);
}

static bool finish_trtllm(ImportJob *job, const ImportDoc *doc, Run *run, const ImportPlace *place)
{
    (void)job;
    (void)doc;
    (void)place;
    run->text[RUN_ENGINE] = "tensorrt-llm";
    return true;
}

/* Rates per GPU are of different GPUs when prefill and decode are apart: output over the decode GPUs only.
 * What a fleet pays for is all of them. */
static bool finish_inferencex(ImportJob *job, const ImportDoc *doc, Run *run, const ImportPlace *place)
{
    if (!run->has[QTY_TOTAL_RATE_PER_GPU]) return true;
    const json_t *disagg = import_member(doc->value, "disagg");
    const char *text = json_string_value(disagg);
    bool is_apart = json_is_true(disagg) || (text != NULL && strcmp(text, "true") == 0);
    bool has_both = run->has[QTY_PREFILL_GPUS] && run->has[QTY_DECODE_GPUS];
    double n_all = has_both ? run->value[QTY_PREFILL_GPUS] + run->value[QTY_DECODE_GPUS] : 0.0;
    if (is_apart && !(n_all > 0.0))
        return import_fault(
            job, place,
            "disaggregated, but num_prefill_gpu and num_decode_gpu do not say how many GPUs were paid for");
    if (!is_apart && !(n_all > 0.0)) n_all = run->value[QTY_TP];
    if (!(n_all > 0.0)) return import_fault(job, place, "says neither tp nor the number of GPUs");
    double n_output = is_apart ? run->value[QTY_DECODE_GPUS] : n_all;
    bool is_ok = run_set(job, run, QTY_DEVICES, n_all, place) &&
                 run_set(job, run, QTY_TOTAL_RATE, run->value[QTY_TOTAL_RATE_PER_GPU] * n_all, place);
    if (run->has[QTY_OUTPUT_RATE_PER_GPU])
        is_ok = is_ok &&
                run_set(job, run, QTY_OUTPUT_RATE, run->value[QTY_OUTPUT_RATE_PER_GPU] * n_output, place);
    if (is_apart)
        run->text[RUN_NOTE] = "prefill and decode on separate GPUs; rates are of all of them together";
    if (run->value[QTY_OUTPUT_RATE] > run->value[QTY_TOTAL_RATE] * 1.001)
        return import_fault(job, place,
                            "more output tokens than tokens in all: the GPU counts do not fit the rates");
    return is_ok;
}

static void read_docs(ImportJob *job, const FieldMap *map, size_t n, RunFinish finish)
{
    const ImportFile *file = &job->files[0];
    for (int i = 0; i < file->n_docs; i++) {
        const ImportDoc *doc = &file->docs[i];
        ImportPlace place = {file->path, doc->line, doc->place};
        Run run = {0};
        if (!json_is_object(doc->value)) {
            import_fault(job, &place, "must be an object, not %s", json_in_type_name(doc->value));
        } else if (run_read(job, file, doc, map, n, &run) && finish(job, doc, &run, &place)) {
            import_serving(job, &run, &place);
        }
    }
}

void vllm_read(ImportJob *job)
{
    read_docs(job, vllm_map, COUNT_OF(vllm_map), finish_vllm);
}

void vllm_throughput_read(ImportJob *job)
{
    read_docs(job, vllm_throughput_map, COUNT_OF(vllm_throughput_map), finish_vllm_throughput);
}

void vllm_latency_read(ImportJob *job)
{
    read_docs(job, vllm_latency_map, COUNT_OF(vllm_latency_map), finish_vllm_latency);
}

void sglang_read(ImportJob *job)
{
    read_docs(job, sglang_map, COUNT_OF(sglang_map), finish_sglang);
}

void trtllm_read(ImportJob *job)
{
    read_docs(job, trtllm_map, COUNT_OF(trtllm_map), finish_trtllm);
}

void inferencex_read(ImportJob *job)
{
    read_docs(job, inferencex_map, COUNT_OF(inferencex_map), finish_inferencex);
}
