/* What is measured of a model. Layer: bench. */
#include "cases.h"

#include <string.h>

static const Case quick_cases[] = {
    {PHASE_PREFILL, 1, 128, 0}, {PHASE_DECODE, 1, 1, 128}, {PHASE_DECODE, 2, 1, 128},
    {PHASE_DECODE, 4, 1, 128},  {PHASE_DECODE, 8, 1, 128},
};
static const Case full_cases[] = {
    {PHASE_PREFILL, 1, 64, 0}, {PHASE_PREFILL, 1, 128, 0}, {PHASE_PREFILL, 1, 512, 0},
    {PHASE_DECODE, 1, 1, 128}, {PHASE_DECODE, 2, 1, 128},  {PHASE_DECODE, 4, 1, 128},
    {PHASE_DECODE, 8, 1, 128}, {PHASE_DECODE, 16, 1, 128}, {PHASE_DECODE, 32, 1, 128},
    {PHASE_DECODE, 1, 1, 512}, {PHASE_DECODE, 1, 1, 2048}, {PHASE_DECODE, 4, 1, 2048},
};

/* Taken for the lists that are left out when another one is given. */
static const BenchList prompts = {1, {128}}, batches = {4, {1, 2, 4, 8}}, depths = {1, {128}};

static const BenchList *given(const BenchList *list, const BenchList *otherwise)
{
    return list->n > 0 ? list : otherwise;
}

int cases_choose(const BenchOptions *options, Case out[CASES_MAX])
{
    if (options->prompts.n + options->batches.n + options->depths.n == 0) {
        size_t bytes = options->is_quick ? sizeof quick_cases : sizeof full_cases;
        memcpy(out, options->is_quick ? quick_cases : full_cases, bytes);
        return (int)(bytes / sizeof *out);
    }
    const BenchList *p = given(&options->prompts, &prompts), *b = given(&options->batches, &batches),
                    *d = given(&options->depths, &depths);
    int n = 0;
    for (int i = 0; i < p->n; i++) out[n++] = (Case){PHASE_PREFILL, 1, p->values[i], 0};
    for (int i = 0; i < d->n; i++)
        for (int j = 0; j < b->n; j++) out[n++] = (Case){PHASE_DECODE, b->values[j], 1, d->values[i]};
    return n;
}
