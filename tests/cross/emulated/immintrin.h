/* Stands in for the compiler's <immintrin.h> where the AVX-512 kernels are tested on a processor without
 * AVX-512: SIMDe computes each intrinsic in plain C, and below, by Intel's descriptions, are those that
 * version 0.7.4 of it lacks. Masked loads and stores touch the lanes of their mask only, as the instructions
 * do, so that AddressSanitizer sees a kernel that reads or writes too far.
 */
#ifndef TOKENTCO_CROSS_IMMINTRIN_H
#define TOKENTCO_CROSS_IMMINTRIN_H

#include_next <immintrin.h>

#define SIMDE_ENABLE_NATIVE_ALIASES
#define SIMDE_NO_INLINE
#include <simde/x86/avx512.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

/* For the kernels: dozens of tiles with hundreds of such functions in each would take minutes to compile. */
#define INLINE static inline

enum { EMULATED_LANES = 16 };

typedef union EmulatedVector {
    __m512 f;
    __m512i i;
    float f32[EMULATED_LANES];
    int32_t i32[EMULATED_LANES];
    uint16_t u16[2 * EMULATED_LANES];
} EmulatedVector;

#define EMULATED static inline

EMULATED __m512 emulated_maskz_loadu_ps(__mmask16 mask, const void *from)
{
    EmulatedVector v = {.f = _mm512_setzero_ps()};
    for (int i = 0; i < EMULATED_LANES; i++) {
        if (mask >> i & 1) memcpy(&v.f32[i], (const char *)from + 4 * i, 4);
    }
    return v.f;
}

EMULATED void emulated_mask_storeu_ps(void *to, __mmask16 mask, __m512 value)
{
    EmulatedVector v = {.f = value};
    for (int i = 0; i < EMULATED_LANES; i++) {
        if (mask >> i & 1) memcpy((char *)to + 4 * i, &v.f32[i], 4);
    }
}

EMULATED float emulated_reduce_add_ps(__m512 value)
{
    EmulatedVector v = {.f = value};
    for (int step = EMULATED_LANES / 2; step > 0; step /= 2) {
        for (int i = 0; i < step; i++) v.f32[i] += v.f32[i + step];
    }
    return v.f32[0];
}

EMULATED float emulated_reduce_max_ps(__m512 value)
{
    EmulatedVector v = {.f = value};
    for (int i = 1; i < EMULATED_LANES; i++) v.f32[0] = fmaxf(v.f32[0], v.f32[i]);
    return v.f32[0];
}

EMULATED int32_t emulated_reduce_add_epi32(__m512i value)
{
    EmulatedVector v = {.i = value};
    uint32_t sum = 0; /* wraps, as the instruction does */
    for (int i = 0; i < EMULATED_LANES; i++) sum += (uint32_t)v.i32[i];
    return (int32_t)sum;
}

/* To nearest, ties to even; what an int32 cannot hold becomes the "integer indefinite". */
EMULATED __m512i emulated_cvtps_epi32(__m512 value)
{
    EmulatedVector v = {.f = value};
    for (int i = 0; i < EMULATED_LANES; i++) {
        float nearest = nearbyintf(v.f32[i]);
        v.i32[i] = nearest >= -0x1p31f && nearest < 0x1p31f ? (int32_t)nearest : INT32_MIN;
    }
    return v.i;
}

EMULATED __m512 emulated_cvtepi32_ps(__m512i value)
{
    EmulatedVector v = {.i = value};
    for (int i = 0; i < EMULATED_LANES; i++) v.f32[i] = (float)v.i32[i];
    return v.f;
}

/* The low byte of each lane. */
EMULATED __m128i emulated_cvtepi32_epi8(__m512i value)
{
    EmulatedVector v = {.i = value};
    union {
        __m128i i;
        uint8_t u8[EMULATED_LANES];
    } narrow;
    for (int i = 0; i < EMULATED_LANES; i++) narrow.u8[i] = (uint8_t)v.i32[i];
    return narrow.i;
}

typedef union EmulatedHalf {
    __m256i i;
    uint16_t u16[EMULATED_LANES];
} EmulatedHalf;

EMULATED __m512i emulated_cvtepu16_epi32(__m256i value)
{
    EmulatedHalf half = {.i = value};
    EmulatedVector v;
    for (int i = 0; i < EMULATED_LANES; i++) v.i32[i] = half.u16[i];
    return v.i;
}

/* A subnormal counts in units of 2^-24, a normal value in units of its last of 10 bits. */
static inline float emulated_half(uint16_t half)
{
    int exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
    float size = exponent == 0x1f ? (fraction ? NAN : INFINITY)
                 : exponent       ? ldexpf((float)(fraction + 0x400), exponent - 25)
                                  : ldexpf((float)fraction, -24);
    return half & 0x8000 ? -size : size;
}

EMULATED __m512 emulated_cvtph_ps(__m256i value)
{
    EmulatedHalf half = {.i = value};
    EmulatedVector v;
    for (int i = 0; i < EMULATED_LANES; i++) v.f32[i] = emulated_half(half.u16[i]);
    return v.f;
}

/* The upper half of the bits, to nearest, ties to even; subnormal values become zero, NaN stays one. */
static inline uint16_t emulated_bf16(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (isnan(value)) return (uint16_t)(bits >> 16 | 0x40);
    if (!(bits & 0x7f800000)) return (uint16_t)(bits >> 16 & 0x8000);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* `low` goes to the lower half of the result. */
EMULATED __m512i emulated_cvtne2ps_pbh(__m512 high, __m512 low)
{
    EmulatedVector h = {.f = high}, l = {.f = low}, v;
    for (int i = 0; i < EMULATED_LANES; i++) {
        v.u16[i] = emulated_bf16(l.f32[i]);
        v.u16[i + EMULATED_LANES] = emulated_bf16(h.f32[i]);
    }
    return v.i;
}

EMULATED float emulated_cvtss_f32(__m512 value)
{
    return (EmulatedVector){.f = value}.f32[0];
}

EMULATED int32_t emulated_cvtsi512_si32(__m512i value)
{
    return (EmulatedVector){.i = value}.i32[0];
}

#define _mm512_maskz_loadu_ps   emulated_maskz_loadu_ps
#define _mm512_mask_storeu_ps   emulated_mask_storeu_ps
#define _mm512_reduce_add_ps    emulated_reduce_add_ps
#define _mm512_reduce_max_ps    emulated_reduce_max_ps
#define _mm512_reduce_add_epi32 emulated_reduce_add_epi32
#define _mm512_cvtps_epi32      emulated_cvtps_epi32
#define _mm512_cvtepi32_ps      emulated_cvtepi32_ps
#define _mm512_cvtepi32_epi8    emulated_cvtepi32_epi8
#define _mm512_cvtepu16_epi32   emulated_cvtepu16_epi32
#define _mm512_cvtph_ps         emulated_cvtph_ps
#define _mm512_cvtne2ps_pbh     emulated_cvtne2ps_pbh
#define _mm512_cvtss_f32        emulated_cvtss_f32
#define _mm512_cvtsi512_si32    emulated_cvtsi512_si32

#endif
