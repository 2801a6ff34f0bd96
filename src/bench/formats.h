/* Weight formats: sizes, quantisation of rows into the field's blocks, and packing into panels.
 *
 * Layer: bench (private). The packed forms are described in kernel.h.
 */
#ifndef TOKENTCO_BENCH_FORMATS_H
#define TOKENTCO_BENCH_FORMATS_H

#include "kernel.h"

const char *weight_format_name(WeightFormat format);
double weight_format_bytes(WeightFormat format); /* per weight, scales included */
bool weight_format_find(const char *name, WeightFormat *out);
bool weight_format_is_block(WeightFormat format); /* Q8_0, Q4_0 */

/* Bytes of one source row of k weights in the file layout (f32, 16-bit, int8, blocks); k a multiple of 32 for
 * blocks. */
size_t weight_row_bytes(WeightFormat format, int k);

/* Rounds a row to the format, in its file layout. INT8 takes its scale (largest magnitude / 127) to *scale.
 */
void weight_row_quantise(WeightFormat format, const float *x, int k, void *row, float *scale);

/* The exact values that a row in file layout stands for. `scale` is for INT8 only. */
void weight_row_expand(WeightFormat format, const void *row, int k, float scale, float *x);

/* Fills all but `panels` and `scales`; memory needed there is weights_bytes(), aligned to KERNEL_ALIGN. */
void weights_plan(WeightFormat format, const PanelLayout *layout, int n, int k, PackedWeights *out);
size_t weights_bytes(const PackedWeights *weights);

/* Packs rows in file layout (n rows, weight_row_bytes apart) into planned memory. `scales`: [n], INT8 only.
 */
void weights_pack(const void *rows, const float *scales, PackedWeights *out);

/* Fills planned memory with values of about unit variance / sqrt(k): random, never zero, the same for a seed.
 */
void weights_fill_random(PackedWeights *out, uint64_t seed);
/* The same for panels [panel_from, panel_to), for first touch by the threads that will read them. */
void weights_fill_panels(PackedWeights *out, uint64_t seed, int panel_from, int panel_to);

/* Fills all but the pointers; each needs the bytes that the functions below give, aligned to KERNEL_ALIGN. */
void rows_plan(WeightFormat format, const PanelLayout *layout, int m, int k, PackedRows *out);
size_t rows_value_bytes(const PackedRows *rows); /* the most that any layout needs */
size_t rows_scale_bytes(const PackedRows *rows); /* also of the corrections */

#endif
