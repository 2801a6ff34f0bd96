/* Naming and checking what is to be predicted: engines, weight formats, degrees, memory.
 *
 * Layer: model. Bits per weight of the block formats include their scales and, for the mixed ones, the layers
 * that they keep wider; the figures of the GGUF formats are file size over weights of an 8B model (llama.cpp,
 * ik_llama.cpp).
 */
#include "tokentco/parse.h"
#include "tokentco/throughput.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct EngineName {
    const char *name, *engine;
} EngineName;

static const EngineName engine_names[] = {
    {"tensorrt-llm", "tensorrt-llm"},
    {"trtllm", "tensorrt-llm"},
    {"trt-llm", "tensorrt-llm"},
    {"tensorrt_llm", "tensorrt-llm"},
    {"vllm", "vllm"},
    {"sglang", "sglang"},
    {"llama.cpp", "llama.cpp"},
    {"llamacpp", "llama.cpp"},
    {"llama_cpp", "llama.cpp"},
    {"ollama", "llama.cpp"},
    {"ik_llama.cpp", "ik_llama.cpp"},
    {"mlc", "mlc"},
    {"mlc-llm", "mlc"},
    {"ik_llama", "ik_llama.cpp"},
    {"llama", "llama.cpp"},
    {"exllamav2", "exllamav2"},
};
enum { N_ENGINE_NAMES = sizeof engine_names / sizeof engine_names[0] };

typedef struct FormatRow {
    const char *name;
    WeightClass weights;
    double bits;
} FormatRow;

static const FormatRow formats[] = {
    {"fp16", WEIGHTS_16, 16},          {"bf16", WEIGHTS_16, 16},         {"f16", WEIGHTS_16, 16},
    {"fp32", WEIGHTS_16, 32},          {"f32", WEIGHTS_16, 32},          {"fp8", WEIGHTS_FLOAT_8, 8},
    {"int8", WEIGHTS_FLOAT_8, 8},      {"w8a8", WEIGHTS_FLOAT_8, 8},     {"nvfp4", WEIGHTS_FLOAT_4, 4.5},
    {"fp4", WEIGHTS_FLOAT_4, 4.5},     {"mxfp4", WEIGHTS_FLOAT_4, 4.25}, {"int4", WEIGHTS_BLOCKS, 4.5},
    {"awq", WEIGHTS_BLOCKS, 4.5},      {"gptq", WEIGHTS_BLOCKS, 4.5},    {"w4a16", WEIGHTS_BLOCKS, 4.5},
    {"q4", WEIGHTS_BLOCKS, 4.5},       {"q4_k_m", WEIGHTS_BLOCKS, 4.85}, {"q4_k", WEIGHTS_BLOCKS, 4.67},
    {"q4_k_s", WEIGHTS_BLOCKS, 4.67},  {"q4_0", WEIGHTS_BLOCKS, 4.64},   {"q5_0", WEIGHTS_BLOCKS, 5.57},
    {"q5_k", WEIGHTS_BLOCKS, 5.57},    {"q5_k_s", WEIGHTS_BLOCKS, 5.57}, {"q5_k_m", WEIGHTS_BLOCKS, 5.70},
    {"q6_k", WEIGHTS_BLOCKS, 6.56},    {"q8_0", WEIGHTS_BLOCKS, 8.5},    {"q2_k", WEIGHTS_BLOCKS, 2.96},
    {"q3_k", WEIGHTS_BLOCKS, 3.65},    {"q3_k_s", WEIGHTS_BLOCKS, 3.65}, {"q3_k_m", WEIGHTS_BLOCKS, 3.99},
    {"iq2_xxs", WEIGHTS_BLOCKS, 2.38}, {"iq2_xs", WEIGHTS_BLOCKS, 2.59}, {"iq2_m", WEIGHTS_BLOCKS, 2.94},
    {"iq3_xxs", WEIGHTS_BLOCKS, 3.25}, {"iq3_s", WEIGHTS_BLOCKS, 3.66},  {"iq4_xs", WEIGHTS_BLOCKS, 4.44},
    {"iq4_nl", WEIGHTS_BLOCKS, 4.66},  {"q4_1", WEIGHTS_BLOCKS, 5.1},    {"q5_1", WEIGHTS_BLOCKS, 6.0},
    {"iq1_s", WEIGHTS_BLOCKS, 1.88},   {"iq1_m", WEIGHTS_BLOCKS, 2.06},  {"iq2_s", WEIGHTS_BLOCKS, 2.75},
    {"iq2_k", WEIGHTS_BLOCKS, 2.65},   {"iq3_m", WEIGHTS_BLOCKS, 3.76},  {"iq3_k", WEIGHTS_BLOCKS, 3.65},
    {"iq4_k", WEIGHTS_BLOCKS, 4.66},   {"iq4_ks", WEIGHTS_BLOCKS, 4.44}, {"iq5_k", WEIGHTS_BLOCKS, 5.57},
    {"iq6_k", WEIGHTS_BLOCKS, 6.6},    {"q4f16", WEIGHTS_BLOCKS, 4.5},   {"w4a8", WEIGHTS_BLOCKS, 4.5},
    {"fp8_e4m3", WEIGHTS_FLOAT_8, 8},  {"float16", WEIGHTS_16, 16},      {"bfloat16", WEIGHTS_16, 16},
    {"half", WEIGHTS_16, 16},          {"w8a16", WEIGHTS_FLOAT_8, 8},    {"bnb", WEIGHTS_BLOCKS, 4.5},
    {"4bit", WEIGHTS_BLOCKS, 4.5},     {"8bit", WEIGHTS_BLOCKS, 8.5},
};
enum { N_FORMATS = sizeof formats / sizeof formats[0] };

void throughput_engine_normalise(const char *engine, const char *version, bool is_cpu,
                                 char out[THROUGHPUT_NAME_BYTES])
{
    const char *found = engine;
    size_t longest = 0;
    for (int i = 0; i < N_ENGINE_NAMES; i++) {
        const char *name = engine_names[i].name;
        size_t length = strlen(name);
        if (length > longest && strncasecmp(name, engine, length) == 0 &&
            !isalnum((unsigned char)engine[length])) {
            found = engine_names[i].engine;
            longest = length;
        }
    }
    const char *era = strncmp(version, "2023", 4) == 0 ? " 2023" : "";
    snprintf(out, THROUGHPUT_NAME_BYTES, "%.30s%s%s", found, era, is_cpu ? " cpu" : "");
}

bool throughput_engine_check(const char *engine, Err *err)
{
    const char *nearest = engine_names[0].name;
    int best = 99;
    for (int i = 0; i < N_ENGINE_NAMES; i++) {
        int distance =
            strcasecmp(engine_names[i].name, engine) == 0 ? 0 : edit_distance(engine_names[i].name, engine);
        if (distance < best) {
            best = distance;
            nearest = engine_names[i].name;
        }
    }
    return best == 0 ? true : err_set(err, ERR_USAGE, "no engine \"%s\"; did you mean %s?", engine, nearest);
}

static void format_take(ThroughputCase *c, const FormatRow *row)
{
    snprintf(c->format, sizeof c->format, "%s", row->name);
    c->weights = row->weights;
    c->weight_bytes = row->bits / 8;
}

/* A known format among the words of a text, the first ("FP8-dynamic", "AWQ-INT4") or the last. */
static const FormatRow *format_within(const char *text, bool is_last)
{
    const FormatRow *found = NULL;
    static const char SEPARATORS[] = " -+().:/";
    for (const char *word = text; *word != '\0';) {
        word += strspn(word, SEPARATORS);
        size_t n = strcspn(word, SEPARATORS);
        for (int i = 0; i < N_FORMATS; i++) {
            if (strlen(formats[i].name) == n && strncasecmp(formats[i].name, word, n) == 0) {
                found = &formats[i];
            }
        }
        if (found && !is_last) {
            return found;
        }
        word += n;
    }
    return found;
}

bool throughput_format_of_name(ThroughputCase *c, const char *model_name)
{
    const FormatRow *found = format_within(model_name, true); /* GPTQ-Int8 has 8 bits */
    if (found) format_take(c, found);
    return found != NULL;
}

bool throughput_format_set(ThroughputCase *c, const char *format, Err *err)
{
    size_t n = strcspn(format, " ");
    const FormatRow *found = format_within(format, false), *nearest = &formats[0];
    if (found) {
        format_take(c, found);
        return true;
    }
    int best = 99;
    for (int i = 0; i < N_FORMATS; i++) {
        int distance = edit_distance(formats[i].name, format);
        if (distance < best) {
            best = distance;
            nearest = &formats[i];
        }
    }
    /* A block format that is new here, but says its bits: "IQ3_KS - 3.19 bpw". */
    double bits;
    const char *unit = strstr(format, " bpw");
    const char *number = unit ? strstr(format, "- ") : NULL;
    if (number && sscanf(number + 2, "%lf bpw", &bits) == 1 && bits > 0 && bits <= 32) {
        snprintf(c->format, sizeof c->format, "%.*s", (int)(n < 16 ? n : 16), format);
        c->weights = WEIGHTS_BLOCKS;
        c->weight_bytes = bits / 8;
        return true;
    }
    return err_set(err, ERR_USAGE, "no weight format \"%s\"; did you mean %s?", format, nearest->name);
}

static bool check_lengths(const ThroughputCase *c, Err *err)
{
    if (!(c->input_tok >= 0) || (c->load != LOAD_DECODE && !(c->input_tok > 0))) {
        return err_set(err, ERR_USAGE, "the prompt has %g tokens; it needs at least 1", c->input_tok);
    }
    if (!(c->output_tok >= 0) || (c->load != LOAD_PREFILL && !(c->output_tok >= 1))) {
        return err_set(err, ERR_USAGE, "the answer has %g tokens; it needs at least 1", c->output_tok);
    }
    if (!(c->hit_frac >= 0 && c->hit_frac <= 1)) {
        return err_set(err, ERR_USAGE, "the share of cached input tokens is %g; it lies between 0 and 1",
                       c->hit_frac);
    }
    if ((c->load == LOAD_BATCH || c->load == LOAD_CONCURRENCY) && !(c->batch >= 1)) {
        return err_set(err, ERR_USAGE, "batch or concurrency is %g; it is at least 1", c->batch);
    }
    return true;
}

static bool check_degrees(const ThroughputCase *c, Err *err)
{
    const ModelShape *s = &c->model.shape;
    if (c->gpus < 1 || c->pipeline < 1 || c->attention_groups < 1) {
        return err_set(err, ERR_USAGE, "a parallel degree is below 1");
    }
    int tensor = c->gpus / c->pipeline / c->attention_groups;
    if (tensor * c->pipeline * c->attention_groups != c->gpus || tensor < 1) {
        return err_set(err, ERR_USAGE, "%d GPUs are not tensor x pipeline x data parallel degrees", c->gpus);
    }
    if (s->heads % tensor != 0) {
        return err_set(err, ERR_USAGE, "%s has %d heads, which tensor parallel %d does not divide",
                       c->model.id, s->heads, tensor);
    }
    if (c->pipeline > s->layers) {
        return err_set(err, ERR_USAGE, "%s has %d layers, fewer than %d pipeline stages", c->model.id,
                       s->layers, c->pipeline);
    }
    return true;
}

bool throughput_check(const ThroughputCase *c, const ThroughputParams *params, Err *err)
{
    if (!check_lengths(c, err) || !check_degrees(c, err)) {
        return false;
    }
    ThroughputMemory m = throughput_memory(c, params);
    /* A card whose vendor counts decimal gigabytes and a table that counts binary ones differ by 7 %. */
    static const double MEMORY_TOLERANCE = 1.01;
    if (m.weights > m.total * MEMORY_TOLERANCE) {
        return err_set(
            err, ERR_NO,
            "%s needs %.1f GB of weights on each %s, which has %.1f GB: use more GPUs or fewer bits",
            c->model.id, m.weights / 1e9, c->gpu.id, m.total / 1e9);
    }
    return true;
}
