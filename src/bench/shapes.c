/* Shapes that the benchmark knows, from the models' published config.json files. Layer: bench. */
#include "tokentco/bench.h"

#include <string.h>

/* name, layers, hidden, intermediate, heads, kv_heads, head_dim, vocab, tied head */
static const BenchShape shapes[] = {
    {"llama-3.1-8b", 32, 4096, 14336, 32, 8, 128, 128256, false},
    {"llama-3.2-1b", 16, 2048, 8192, 32, 8, 64, 128256, true},
    {"llama-3.2-3b", 28, 3072, 8192, 24, 8, 128, 128256, true},
    {"llama-3.3-70b", 80, 8192, 28672, 64, 8, 128, 128256, false},
    {"tinyllama-1.1b", 22, 2048, 5632, 32, 4, 64, 32000, false},
    {"smollm-135m", 30, 576, 1536, 9, 3, 64, 49152, true},
    {"qwen2.5-0.5b", 24, 896, 4864, 14, 2, 64, 151936, true},
    {"qwen2.5-7b", 28, 3584, 18944, 28, 4, 128, 152064, false},
    {"mistral-7b", 32, 4096, 14336, 32, 8, 128, 32768, false},
};

enum { N_SHAPES = sizeof shapes / sizeof *shapes };

int bench_shape_count(void)
{
    return N_SHAPES;
}

const BenchShape *bench_shape_at(int index)
{
    return &shapes[index];
}

const BenchShape *bench_shape_find(const char *name)
{
    for (int i = 0; i < N_SHAPES; i++) {
        if (strcmp(shapes[i].name, name) == 0) return &shapes[i];
    }
    return NULL;
}

typedef struct Range {
    const char *name;
    int value, max;
} Range;

bool bench_shape_check(const BenchShape *shape, Err *err)
{
    const Range ranges[] = {
        {"layers", shape->layers, 2000},
        {"hidden", shape->hidden, 65536},
        {"intermediate", shape->intermediate, 65536 * 4},
        {"heads", shape->heads, 1024},
        {"kv_heads", shape->kv_heads, 1024},
        {"head_dim", shape->head_dim, 512},
        {"vocab", shape->vocab, 4000000},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (ranges[i].value >= 1 && ranges[i].value <= ranges[i].max) continue;
        return err_set(err, ERR_DATA, "%s: %s is %d, outside 1 to %d", shape->name, ranges[i].name,
                       ranges[i].value, ranges[i].max);
    }
    if (shape->heads % shape->kv_heads != 0) {
        return err_set(err, ERR_DATA, "%s: %d heads are no multiple of %d key-value heads", shape->name,
                       shape->heads, shape->kv_heads);
    }
    if (shape->heads / shape->kv_heads > 12) {
        return err_set(err, ERR_DATA, "%s: more than 12 query heads share a key-value head", shape->name);
    }
    if (shape->hidden % 32 || shape->intermediate % 32 || shape->head_dim % 2) {
        return err_set(err, ERR_DATA, "%s: widths must be multiples of 32 (%d, %d)", shape->name,
                       shape->hidden, shape->intermediate);
    }
    return true;
}
