/* GGUF: header in, random weights out.
 *
 * Layer: bench. Version 3 of the GGUF specification (ggml-org/ggml, docs/gguf.md), little-endian. The reader
 * trusts nothing: every length is checked against what is left of the file before it is used.
 */
#include "tokentco/bench.h"

#include "formats.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GGUF_VERSION = 3, GGUF_ALIGNMENT = 32, KEY_MAX = 256, COUNT_MAX = 1000000, DIMS_MAX = 4 };

typedef enum GgufType {
    GGUF_U8,
    GGUF_I8,
    GGUF_U16,
    GGUF_I16,
    GGUF_U32,
    GGUF_I32,
    GGUF_F32,
    GGUF_BOOL,
    GGUF_STRING,
    GGUF_ARRAY,
    GGUF_U64,
    GGUF_I64,
    GGUF_F64,
    N_GGUF_TYPES
} GgufType;

static const int type_bytes[N_GGUF_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

/* Numbers of our formats as tensor types, and as general.file_type. -1: GGUF has none. */
static const int tensor_types[N_WEIGHT_FORMATS] = {[WEIGHT_F32] = 0,   [WEIGHT_F16] = 1,  [WEIGHT_BF16] = 30,
                                                   [WEIGHT_INT8] = -1, [WEIGHT_Q8_0] = 8, [WEIGHT_Q4_0] = 2};
static const unsigned file_types[N_WEIGHT_FORMATS] = {
    [WEIGHT_F32] = 0, [WEIGHT_F16] = 1, [WEIGHT_BF16] = 32, [WEIGHT_Q8_0] = 7, [WEIGHT_Q4_0] = 2};

/* ---- reading ---- */

typedef struct Reader {
    FILE *file;
    uint64_t size, at;
    bool is_failed;
} Reader;

static void read_raw(Reader *r, void *out, uint64_t n)
{
    memset(out, 0, n);
    if (r->is_failed || n > r->size - r->at || fread(out, 1, n, r->file) != n)
        r->is_failed = true;
    else
        r->at += n;
}

static void skip(Reader *r, uint64_t n)
{
    if (r->is_failed || n > r->size - r->at || fseeko(r->file, (off_t)n, SEEK_CUR) != 0)
        r->is_failed = true;
    else
        r->at += n;
}

static uint64_t read_number(Reader *r, int n_bytes)
{
    uint64_t value = 0;
    read_raw(r, &value, (uint64_t)n_bytes);
    return value;
}

/* Longer text than fits is cut: no key or name that matters is. */
static void read_text(Reader *r, char *out, uint64_t size)
{
    uint64_t n = read_number(r, 8), kept = n < size - 1 ? n : size - 1;
    read_raw(r, out, kept);
    out[r->is_failed ? 0 : kept] = '\0';
    skip(r, n - kept);
}

static void skip_value(Reader *r, uint64_t type);

static void skip_array(Reader *r)
{
    uint64_t type = read_number(r, 4), n = read_number(r, 8);
    if (type >= N_GGUF_TYPES || type == GGUF_ARRAY)
        r->is_failed = true;
    else if (type_bytes[type] > 0 && n <= r->size)
        skip(r, n * (uint64_t)type_bytes[type]);
    else if (type_bytes[type] > 0)
        r->is_failed = true;
    else
        for (uint64_t i = 0; i < n && !r->is_failed; i++) skip_value(r, type);
}

static void skip_value(Reader *r, uint64_t type)
{
    if (type == GGUF_STRING)
        skip(r, read_number(r, 8));
    else if (type == GGUF_ARRAY)
        skip_array(r);
    else if (type >= N_GGUF_TYPES)
        r->is_failed = true;
    else
        skip(r, (uint64_t)type_bytes[type]);
}

typedef struct Found {
    ArchShape shape;
    bool has_output;
    uint64_t type_counts[64]; /* weights of layers by type */
} Found;

/* "llama.block_count" and "qwen2.block_count" are the same to us: the architecture is the first part of the
 * key. */
static void take_metadata(Found *found, const char *key, uint64_t value)
{
    const char *dot = strchr(key, '.');
    const struct {
        const char *name;
        int *at;
    } wanted[] = {
        {".block_count", &found->shape.layers},
        {".embedding_length", &found->shape.hidden},
        {".feed_forward_length", &found->shape.intermediate},
        {".attention.head_count", &found->shape.heads},
        {".attention.head_count_kv", &found->shape.kv_heads},
        {".attention.key_length", &found->shape.head_dim},
        {".vocab_size", &found->shape.vocab},
        {".expert_count", &found->shape.experts},
        {".expert_used_count", &found->shape.experts_active},
        {".expert_feed_forward_length", &found->shape.expert_intermediate},
        {".expert_shared_feed_forward_length", &found->shape.shared_intermediate},
    };
    for (size_t i = 0; dot && i < sizeof wanted / sizeof *wanted; i++) {
        if (strcmp(dot, wanted[i].name) == 0) *wanted[i].at = value > COUNT_MAX * 10 ? -1 : (int)value;
    }
}

static void read_metadata(Reader *r, uint64_t n, Found *found)
{
    char key[KEY_MAX];
    for (uint64_t i = 0; i < n && !r->is_failed; i++) {
        read_text(r, key, sizeof key);
        uint64_t type = read_number(r, 4);
        bool is_count = type == GGUF_U32 || type == GGUF_I32 || type == GGUF_U64 || type == GGUF_I64;
        if (is_count)
            take_metadata(found, key, read_number(r, type_bytes[type]));
        else
            skip_value(r, type);
    }
}

static void read_tensors(Reader *r, uint64_t n, Found *found)
{
    char name[KEY_MAX];
    for (uint64_t i = 0; i < n && !r->is_failed; i++) {
        uint64_t dims[DIMS_MAX] = {0};
        read_text(r, name, sizeof name);
        uint64_t n_dims = read_number(r, 4);
        if (n_dims > DIMS_MAX) r->is_failed = true;
        for (uint64_t d = 0; d < n_dims && !r->is_failed; d++) dims[d] = read_number(r, 8);
        uint64_t type = read_number(r, 4);
        (void)read_number(r, 8);
        if (strcmp(name, "output.weight") == 0) found->has_output = true;
        if (strcmp(name, "token_embd.weight") == 0 && found->shape.vocab == 0) {
            found->shape.vocab = dims[1] > COUNT_MAX * 10 ? -1 : (int)dims[1];
        }
        /* The embedding may have a type of its own; layers tell what is computed. */
        if (n_dims >= 2 && strncmp(name, "blk.", 4) == 0 && type < 64) found->type_counts[type]++;
    }
}

static bool choose_format(const Found *found, const char *path, const char **format, Err *err)
{
    int most = 0;
    for (int t = 1; t < 64; t++) {
        if (found->type_counts[t] > found->type_counts[most]) most = t;
    }
    for (int f = 0; f < N_WEIGHT_FORMATS; f++) {
        if (tensor_types[f] != most) continue;
        *format = weight_format_name((WeightFormat)f);
        return true;
    }
    err_set(err, ERR_DATA,
            "most weights are of tensor type %d; the benchmark has f32, f16, bf16, q8_0 and q4_0", most);
    return err_at(err, path, 0, 0);
}

bool bench_gguf_read(const char *path, Arena *arena, ArchShape *shape, const char **format, Err *err)
{
    Found found = {0};
    char magic[5] = "";
    Reader r = {.file = fopen(path, "rb")};
    if (!r.file) return err_set(err, ERR_NO_INPUT, "%s: %s", path, strerror(errno));
    if (fseeko(r.file, 0, SEEK_END) == 0 && ftello(r.file) > 0) r.size = (uint64_t)ftello(r.file);
    rewind(r.file);
    read_raw(&r, magic, 4);
    uint64_t version = read_number(&r, 4), n_tensors = read_number(&r, 8), n_metadata = read_number(&r, 8);
    bool is_gguf = !r.is_failed && strcmp(magic, "GGUF") == 0 && (version == 2 || version == GGUF_VERSION);
    if (is_gguf && n_tensors <= COUNT_MAX && n_metadata <= COUNT_MAX) {
        read_metadata(&r, n_metadata, &found);
        read_tensors(&r, n_tensors, &found);
    } else {
        r.is_failed = true;
    }
    (void)fclose(r.file);
    if (!is_gguf) return err_set(err, ERR_DATA, "%s: not a GGUF file of version 2 or 3", path);
    if (r.is_failed)
        return err_set(err, ERR_DATA, "%s: the header is cut off or damaged near byte %llu", path,
                       (unsigned long long)r.at);
    if (found.shape.experts > 0 && found.shape.expert_intermediate == 0)
        found.shape.expert_intermediate = found.shape.intermediate;
    if (found.shape.kv_heads == 0) found.shape.kv_heads = found.shape.heads;
    if (found.shape.head_dim == 0 && found.shape.heads > 0)
        found.shape.head_dim = found.shape.hidden / found.shape.heads;
    found.shape.is_head_tied = !found.has_output;
    const char *base = strrchr(path, '/');
    found.shape.name = arena_strdup(arena, base ? base + 1 : path);
    *shape = found.shape;
    return arch_check(shape, err) && choose_format(&found, path, format, err);
}

/* ---- writing ---- */

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
        put_number(w, (uint64_t)tensor_types[tensor_format(w, &t)], 4);
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
    char temporary[4096];
    if (!arch_check(shape, err)) return false;
    if (!weight_format_find(format, &w.format) || tensor_types[w.format] < 0) {
        return err_set(err, ERR_USAGE, "GGUF has no format '%s'; choose from f32, f16, bf16, q8_0, q4_0",
                       format);
    }
    if (shape->shared_intermediate > 0) {
        return err_set(err, ERR_USAGE, "%s: the file's kind of model (llama) has no shared experts",
                       shape->name);
    }
    (void)snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid());
    w.file = fopen(temporary, "wb");
    if (!w.file) return err_set(err, ERR_IO, "%s: %s", temporary, strerror(errno));
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
    is_ok = fflush(w.file) == 0 && fsync(fileno(w.file)) == 0 && is_ok;
    is_ok = fclose(w.file) == 0 && is_ok;
    is_ok = is_ok && rename(temporary, path) == 0;
    if (is_ok) return true;
    int cause = errno;
    (void)unlink(temporary);
    return err_set(err, ERR_IO, "%s: %s", path, cause ? strerror(cause) : "writing failed");
}
