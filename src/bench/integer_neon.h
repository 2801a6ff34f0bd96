/* Whole calls of a product with integer weights, made of the tiles that the including file gives.
 *
 * Layer: bench (private to the NEON sets). Tiles are up to four rows by eight outputs over all of k.
 */
#ifndef TOKENTCO_BENCH_INTEGER_NEON_H
#define TOKENTCO_BENCH_INTEGER_NEON_H

#include "tile_neon.h"

INLINE void block_tile(WeightFormat format, int n_rows, const PackedRows *rows, int first,
                       const uint8_t *panel, float *c, size_t ldc, int n_columns, bool is_added);
INLINE void int8_tile(int n_rows, const PackedRows *rows, const float *column_scales, int first,
                      const uint8_t *panel, float *c, size_t ldc, int n_columns, bool is_added);

INLINE void integer_tile(int n_rows, const PackedRows *rows, const PackedWeights *w, int p, int first,
                         float *c, size_t ldc, bool is_added)
{
    const uint8_t *panel = w->panels + (size_t)p * w->panel_bytes;
    int left = w->n - p * INTEGER_COLUMNS;
    if (w->format == WEIGHT_INT8) {
        int8_tile(n_rows, rows, w->scales + (size_t)p * INTEGER_COLUMNS, first, panel, c, ldc, left,
                  is_added);
    } else if (w->format == WEIGHT_Q8_0) {
        block_tile(WEIGHT_Q8_0, n_rows, rows, first, panel, c, ldc, left, is_added);
    } else {
        block_tile(WEIGHT_Q4_0, n_rows, rows, first, panel, c, ldc, left, is_added);
    }
}

/* The number of rows is a constant in each case, so that the sums live in registers. */
static void gemm_integer(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to,
                         float *c, size_t ldc, bool is_added)
{
    for (int p = panel_from; p < panel_to; p++) {
        for (int t = 0; t < rows->n_tiles; t++) {
            int first = tile_row(rows, t);
            float *out = c + (size_t)first * ldc + (size_t)p * INTEGER_COLUMNS;
            switch (tile_row(rows, t + 1) - first) {
            case 1:
                integer_tile(1, rows, w, p, first, out, ldc, is_added);
                break;
            case 2:
                integer_tile(2, rows, w, p, first, out, ldc, is_added);
                break;
            case 3:
                integer_tile(3, rows, w, p, first, out, ldc, is_added);
                break;
            default:
                integer_tile(INTEGER_ROWS, rows, w, p, first, out, ldc, is_added);
                break;
            }
        }
    }
}

/* A format's row in the table of a set. */
#define INTEGER_OPS(group, offset)                                                                           \
    {                                                                                                        \
        0, {INTEGER_COLUMNS, INTEGER_ROWS, group, offset}, pack_rows_neon, gemm_integer                      \
    }

#endif
