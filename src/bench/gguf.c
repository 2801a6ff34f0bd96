/* The dimensions in a GGUF header.
 *
 * Layer: bench. The reader trusts nothing: every length is checked against what is left of the file before it
 * is used.
 */
#include "gguf.h"

#include "formats.h"
#include "tokentco/bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 256, COUNT_MAX = 1000000, DIMS_MAX = 4 };

static const int type_bytes[N_GGUF_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

int gguf_tensor_type(int weight_format)
{
    static const int types[N_WEIGHT_FORMATS] = {[WEIGHT_F32] = 0,   [WEIGHT_F16] = 1,  [WEIGHT_BF16] = 30,
                                                [WEIGHT_INT8] = -1, [WEIGHT_Q8_0] = 8, [WEIGHT_Q4_0] = 2};
    return types[weight_format];
}

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
    int shared_experts;  /* where their number is given, not their width */
    int step_of_experts; /* every so many layers has experts; 0: each */
    bool has_output;
    char refused[2 * KEY_MAX]; /* why the benchmark cannot run it; "" when it can */
    uint64_t type_counts[64];  /* weights of layers by type */
} Found;

/* Where the value of a key goes; NULL: nowhere. "llama.block_count" and "qwen2.block_count" are the same to
 * us: the architecture is the first part of the key. */
static int *find_place(Found *found, const char *key)
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
        {".expert_shared_count", &found->shared_experts},
        {".leading_dense_block_count", &found->shape.dense_layers},
        {".interleave_moe_layer_step", &found->step_of_experts},
    };
    for (size_t i = 0; dot && i < sizeof wanted / sizeof *wanted; i++)
        if (strcmp(dot, wanted[i].name) == 0) return wanted[i].at;
    return NULL;
}

static void refuse(Found *found, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void refuse(Found *found, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(found->refused, sizeof found->refused, format, arguments);
    va_end(arguments);
}

/* Keys that only models with layers of another kind have. */
static void refuse_other_kinds(Found *found, const char *key)
{
    static const struct {
        const char *name, *why;
    } kinds[] = {{".attention.kv_lora_rank", "latent attention"},
                 {".ssm.state_size", "state-space layers"},
                 {".shortconv.l_cache", "convolution layers"},
                 {".wkv.head_size", "layers with linear attention"}};
    const char *dot = strchr(key, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(dot, kinds[i].name) == 0)
            refuse(found, "the model has %s (%s), which the benchmark does not run", kinds[i].why, key);
    if (!dot || strcmp(dot, ".block_count") != 0) return;
    char family[KEY_MAX];
    (void)snprintf(family, sizeof family, "%.*s", (int)(dot - key), key);
    if (arch_is_ungated_family(family))
        refuse(found, "feed-forward blocks of %s have no gate; the benchmark runs gated ones", family);
}

static void read_metadata(Reader *r, uint64_t n, Found *found)
{
    char key[KEY_MAX];
    for (uint64_t i = 0; i < n && !r->is_failed; i++) {
        read_text(r, key, sizeof key);
        uint64_t type = read_number(r, 4);
        bool is_count = type == GGUF_U32 || type == GGUF_I32 || type == GGUF_U64 || type == GGUF_I64;
        int *place = find_place(found, key);
        refuse_other_kinds(found, key);
        if (place && type == GGUF_ARRAY)
            refuse(found, "%s differs from layer to layer, which the benchmark does not run", key);
        if (place && is_count) {
            uint64_t value = read_number(r, type_bytes[type]);
            *place = value > COUNT_MAX * 10 ? -1 : (int)value;
        } else {
            skip_value(r, type);
        }
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
        if (gguf_tensor_type(f) != most) continue;
        *format = weight_format_name((WeightFormat)f);
        return true;
    }
    err_set(err, ERR_DATA,
            "most weights are of tensor type %d; the benchmark has f32, f16, bf16, q8_0 and q4_0", most);
    return err_at(err, path, 0, 0);
}

/* The header, and nothing behind it. */
static bool read_header(const char *path, Found *found, Err *err)
{
    char magic[5] = "";
    Reader r = {.file = fopen(path, "rb")};
    if (!r.file) return err_set(err, ERR_NO_INPUT, "%s: %s", path, strerror(errno));
    if (fseeko(r.file, 0, SEEK_END) == 0 && ftello(r.file) > 0) r.size = (uint64_t)ftello(r.file);
    rewind(r.file);
    read_raw(&r, magic, 4);
    uint64_t version = read_number(&r, 4), n_tensors = read_number(&r, 8), n_metadata = read_number(&r, 8);
    bool is_gguf = !r.is_failed && strcmp(magic, "GGUF") == 0 && (version == 2 || version == GGUF_VERSION);
    if (is_gguf && n_tensors <= COUNT_MAX && n_metadata <= COUNT_MAX) {
        read_metadata(&r, n_metadata, found);
        read_tensors(&r, n_tensors, found);
    } else {
        r.is_failed = true;
    }
    (void)fclose(r.file);
    if (!is_gguf) return err_set(err, ERR_DATA, "%s: not a GGUF file of version 2 or 3", path);
    if (r.is_failed)
        return err_set(err, ERR_DATA, "%s: the header is cut off or damaged near byte %llu", path,
                       (unsigned long long)r.at);
    return !found->refused[0] || err_set(err, ERR_DATA, "%s: %s", path, found->refused);
}

/* What follows from other values when it is not written. */
static void complete(Found *found)
{
    enum { SHARED_MAX = 64 };
    ArchShape *s = &found->shape;
    int shared = found->shared_experts, step = found->step_of_experts;
    if (s->kv_heads == 0) s->kv_heads = s->heads;
    if (s->head_dim == 0 && s->heads > 0) s->head_dim = s->hidden / s->heads;
    s->is_head_tied = !found->has_output;
    if (s->experts == 0) {
        s->experts_active = s->expert_intermediate = s->shared_intermediate = s->dense_layers = 0;
        return;
    }
    if (s->expert_intermediate == 0) s->expert_intermediate = s->intermediate;
    if (s->shared_intermediate == 0 && s->expert_intermediate <= COUNT_MAX)
        s->shared_intermediate = shared > SHARED_MAX ? -1 : shared * s->expert_intermediate;
    if (s->dense_layers == 0 && step > 1) s->dense_layers = s->layers - s->layers / step;
}

bool bench_gguf_read(const char *path, Arena *arena, ArchShape *shape, const char **format, Err *err)
{
    Found found = {0};
    const char *base = strrchr(path, '/');
    if (!read_header(path, &found, err)) return false;
    complete(&found);
    found.shape.name = arena_strdup(arena, base ? base + 1 : path);
    *shape = found.shape;
    return arch_check(shape, err) && choose_format(&found, path, format, err);
}
