/* What attention_avx2.c gives to the table of the AVX2 set. Layer: bench (private to *_avx2.c). */
#ifndef TOKENTCO_BENCH_ATTENTION_AVX2_H
#define TOKENTCO_BENCH_ATTENTION_AVX2_H

#include "kernel.h"

void attention_avx2(AttentionTask *task);
void rms_norm_avx2(const float *x, const float *weight, int n, float eps, float *out);
void rope_avx2(float *x, const float *cosines, const float *sines, int n);
void swiglu_avx2(float *gate, const float *up, int n);
void softmax_avx2(float *x, int n);

#endif
