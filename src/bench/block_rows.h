/* Tiles of both block formats for every number of rows, and the tables that choose them.
 *
 * Layer: bench (private to gemm_block_avx2.c and gemm_integer_avx512.c). The number of rows is a constant of
 * a tile's code. What a tile is and how many rows it may have are the including file's:
 * DEFINE_BLOCK_TILE(format, rows), BLOCK_ROW_COUNTS(_) and BLOCK_ROWS.
 */
#ifndef TOKENTCO_BENCH_BLOCK_ROWS_H
#define TOKENTCO_BENCH_BLOCK_ROWS_H

#define DEFINE_Q8(rows) DEFINE_BLOCK_TILE(Q8_0, rows)
#define DEFINE_Q4(rows) DEFINE_BLOCK_TILE(Q4_0, rows)
#define ENTRY_Q8(rows)  [rows] = tile_Q8_0_##rows,
#define ENTRY_Q4(rows)  [rows] = tile_Q4_0_##rows,

/* tiles_q8 and tiles_q4, by the number of rows. */
#define DEFINE_BLOCK_TABLES(TileFn)                                                                          \
    BLOCK_ROW_COUNTS(DEFINE_Q8)                                                                              \
    BLOCK_ROW_COUNTS(DEFINE_Q4)                                                                              \
    static const TileFn tiles_q8[BLOCK_ROWS + 1] = {BLOCK_ROW_COUNTS(ENTRY_Q8)};                             \
    static const TileFn tiles_q4[BLOCK_ROWS + 1] = {BLOCK_ROW_COUNTS(ENTRY_Q4)};

#endif
