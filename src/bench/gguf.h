/* Facts of the GGUF format that its reader and its writer share: version 3 of the specification
 * (ggml-org/ggml, docs/gguf.md), little-endian.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_GGUF_H
#define TOKENTCO_BENCH_GGUF_H

enum { GGUF_VERSION = 3 };

/* Types of metadata. */
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

/* The tensor type of one of our formats; -1: GGUF has none. */
int gguf_tensor_type(int weight_format);

#endif
