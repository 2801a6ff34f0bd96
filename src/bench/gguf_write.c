/* A GGUF file with random weights.
 *
 * Layer: bench.
 */
#include "gguf.h"

#include "formats.h"
#include "tokentco/bench.h"
#include "tokentco/file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GGUF_ALIGNMENT = 32 };

/* Our formats as general.file_type. */
static const unsigned file_types[N_WEIGHT_FORMATS] = {
    [WEIGHT_F32] = 0, [WEIGHT_F16] = 1, [WEIGHT_BF16] = 32, [WEIGHT_Q8_0] = 7, [WEIGHT_Q4_0] = 2};

typedef struct Tensor {
    const char *kind;
    int n, k;    /* n = 0: a vector of k f32 */
    int n_each;  /* 0, or one matrix for each expert */
    bool is_f32; /* whatever the format of the file */
    int layer;   /* -1: of no layer */
} Tensor;

typedef struct Writer {
    FILE *file;
    WeightFormat format;
    const ArchShape *shape;
    uint64_t state;
    bool is_failed;
} Writer;

static void put(Writer *w, const void *bytes, size_t n)
{
    if (fwrite(bytes, 1, n, w->file) != n) w->is_failed = true;
}

static void put_number(Writer *w, uint64_t value, size_t n_bytes)
{
    put(w, &value, n_bytes);
}

static void put_text(Writer *w, const char *text)
{
    put_number(w, strlen(text), 8);
    put(w, text, strlen(text));
}

static void put_key_text(Writer *w, const char *key, const char *value)
{
    put_text(w, key);
    put_number(w, GGUF_STRING, 4);
    put_text(w, value);
}

static void put_key_count(Writer *w, const char *key, unsigned value)
{
    put_text(w, key);
    put_number(w, GGUF_U32, 4);
    put_number(w, value, 4);
}

static void put_key_real(Writer *w, const char *key, float value)
{
    put_text(w, key);
    put_number(w, GGUF_F32, 4);
    put(w, &value, sizeof value);
}

enum { TENSORS_A_LAYER = 9, TENSORS_A_LAYER_OF_EXPERTS = 10, METADATA = 14, METADATA_OF_EXPERTS = 16 };

static int tensors_a_layer(const ArchShape *s)
{
    return s->experts > 0 ? TENSORS_A_LAYER_OF_EXPERTS : TENSORS_A_LAYER;
}

static int tensor_count(const ArchShape *s)
{
    return tensors_a_layer(s) * s->layers + (s->is_head_tied ? 2 : 3);
}

static Tensor tensor_at(const ArchShape *s, int index)
{
    const int inner = s->heads * s->head_dim, kv = s->kv_heads * s->head_dim, e = s->experts,
              width = e > 0 ? s->expert_intermediate : s->intermediate;
    const Tensor layer[TENSORS_A_LAYER_OF_EXPERTS] = {
        {"attn_norm", 0, s->hidden, 0, true, 0},
        {"attn_q", inner, s->hidden, 0, false, 0},
        {"attn_k", kv, s->hidden, 0, false, 0},
        {"attn_v", kv, s->hidden, 0, false, 0},
        {"attn_output", s->hidden, inner, 0, false, 0},
        {"ffn_norm", 0, s->hidden, 0, true, 0},
        {e > 0 ? "ffn_gate_exps" : "ffn_gate", width, s->hidden, e, false, 0},
        {e > 0 ? "ffn_up_exps" : "ffn_up", width, s->hidden, e, false, 0},
        {e > 0 ? "ffn_down_exps" : "ffn_down", s->hidden, width, e, false, 0},
        {"ffn_gate_inp", e, s->hidden, 0, true, 0},
    };
    const Tensor whole[] = {
        {"token_embd", s->vocab, s->hidden, 0, false, -1},
        {"output_norm", 0, s->hidden, 0, true, -1},
        {"output", s->vocab, s->hidden, 0, false, -1},
    };
    int after = index - tensors_a_layer(s) * s->layers;
    if (after >= 0) return whole[after];
    Tensor tensor = layer[index % tensors_a_layer(s)];
    tensor.layer = index / tensors_a_layer(s);
    return tensor;
}

static void tensor_name(const Tensor *t, char *out, size_t size)
{
    if (t->layer < 0)
        (void)snprintf(out, size, "%s.weight", t->kind);
    else
        (void)snprintf(out, size, "blk.%d.%s.weight", t->layer, t->kind);
}

static WeightFormat tensor_format(const Writer *w, const Tensor *t)
{
    return t->is_f32 ? WEIGHT_F32 : w->format;
}

static uint64_t tensor_rows(const Tensor *t)
{
    return (uint64_t)(t->n ? t->n : 1) * (uint64_t)(t->n_each ? t->n_each : 1);
}

static uint64_t tensor_bytes(const Writer *w, const Tensor *t)
{
    uint64_t bytes = tensor_rows(t) * weight_row_bytes(tensor_format(w, t), t->k);
    return (bytes + GGUF_ALIGNMENT - 1) / GGUF_ALIGNMENT * GGUF_ALIGNMENT;
}

static void put_metadata(Writer *w)
{
    const ArchShape *s = w->shape;
    put_key_text(w, "general.architecture", "llama");
    put_key_text(w, "general.name", s->name);
    put_key_count(w, "general.file_type", file_types[w->format]);
    put_key_count(w, "llama.block_count", (unsigned)s->layers);
    put_key_count(w, "llama.context_length", 8192);
    put_key_count(w, "llama.embedding_length", (unsigned)s->hidden);
    put_key_count(w, "llama.feed_forward_length",
                  (unsigned)(s->experts > 0 ? s->expert_intermediate : s->intermediate));
    if (s->experts > 0) {
        put_key_count(w, "llama.expert_count", (unsigned)s->experts);
        put_key_count(w, "llama.expert_used_count", (unsigned)s->experts_active);
    }
    put_key_count(w, "llama.attention.head_count", (unsigned)s->heads);
    put_key_count(w, "llama.attention.head_count_kv", (unsigned)s->kv_heads);
    put_key_count(w, "llama.attention.key_length", (unsigned)s->head_dim);
    put_key_count(w, "llama.attention.value_length", (unsigned)s->head_dim);
    put_key_real(w, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
    put_key_count(w, "llama.vocab_size", (unsigned)s->vocab);
    put_key_text(w, "tokenizer.ggml.model", "none");
}

static void put_tensor_infos(Writer *w)
{
    uint64_t offset = 0;
    for (int i = 0; i < tensor_count(w->shape); i++) {
        Tensor t = tensor_at(w->shape, i);
        char name[64];
        tensor_name(&t, name, sizeof name);
        put_text(w, name);
        put_number(w, t.n_each ? 3 : t.n ? 2 : 1, 4);
        put_number(w, (uint64_t)t.k, 8);
        if (t.n) put_number(w, (uint64_t)t.n, 8);
        if (t.n_each) put_number(w, (uint64_t)t.n_each, 8);
        put_number(w, (uint64_t)gguf_tensor_type(tensor_format(w, &t)), 4);
        put_number(w, offset, 8);
        offset += tensor_bytes(w, &t);
    }
}

static void put_padding(Writer *w)
{
    static const char zeros[GGUF_ALIGNMENT];
    long at = ftell(w->file);
    if (at < 0)
        w->is_failed = true;
    else if (at % GGUF_ALIGNMENT)
        put(w, zeros, (size_t)(GGUF_ALIGNMENT - at % GGUF_ALIGNMENT));
}

/* Rows repeat after a while: values are random, but making each afresh would take longer than a benchmark. */
static bool put_tensor(Writer *w, const Tensor *t)
{
    enum { FRESH_ROWS = 64 };
    WeightFormat format = tensor_format(w, t);
    uint64_t n_rows = tensor_rows(t), n_fresh = n_rows < FRESH_ROWS ? n_rows : FRESH_ROWS;
    size_t row_bytes = weight_row_bytes(format, t->k);
    float *x = malloc((size_t)t->k * sizeof *x), half_width = sqrtf(3.0f / (float)t->k);
    uint8_t *rows = malloc(row_bytes * n_fresh);
    for (uint64_t r = 0; x && rows && r < n_fresh; r++) {
        for (int i = 0; i < t->k; i++) {
            w->state = w->state * 6364136223846793005u + 1442695040888963407u;
            x[i] = t->n ? ((float)(w->state >> 40) * 0x1p-23f - 1.0f) * half_width : 1.0f;
        }
        weight_row_quantise(format, x, t->k, rows + r * row_bytes, NULL);
    }
    for (uint64_t r = 0; x && rows && r < n_rows && !w->is_failed; r++)
        put(w, rows + r % n_fresh * row_bytes, row_bytes);
    bool is_made = x && rows;
    free(x);
    free(rows);
    put_padding(w);
    return is_made && !w->is_failed;
}

bool bench_gguf_write(const char *path, const ArchShape *shape, const char *format, unsigned long long seed,
                      Err *err)
{
    Writer w = {.shape = shape, .state = seed};
    FileReplacement file;
    if (!arch_check(shape, err)) return false;
    if (!weight_format_find(format, &w.format) || gguf_tensor_type(w.format) < 0) {
        return err_set(err, ERR_USAGE, "GGUF has no format '%s'; choose from f32, f16, bf16, q8_0, q4_0",
                       format);
    }
    if (shape->shared_intermediate > 0 || shape->dense_layers > 0)
        return err_set(
            err, ERR_USAGE,
            "%s: the file's kind of model (llama) has neither shared experts nor dense layers beside "
            "those of experts",
            shape->name);
    if (!file_replace_begin(path, &file, err)) return false;
    w.file = fdopen(dup(file.fd), "wb");
    if (!w.file) return file_replace_end(path, &file, false, err);
    put(&w, "GGUF", 4);
    put_number(&w, GGUF_VERSION, 4);
    put_number(&w, (uint64_t)tensor_count(shape), 8);
    put_number(&w, shape->experts > 0 ? METADATA_OF_EXPERTS : METADATA, 8);
    put_metadata(&w);
    put_tensor_infos(&w);
    put_padding(&w);
    bool is_ok = true;
    for (int i = 0; is_ok && i < tensor_count(shape); i++) {
        Tensor t = tensor_at(shape, i);
        is_ok = put_tensor(&w, &t);
    }
    is_ok = fclose(w.file) == 0 && is_ok;
    return file_replace_end(path, &file, is_ok, err);
}
