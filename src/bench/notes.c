/* Notes of a run. Layer: bench. */
#include "notes.h"

#include "tokentco/text.h"

#include <stdarg.h>
#include <stdio.h>

/* A part this many times as large as the cache is read from memory, all but a little. */
static const double beyond_cache = 2.0, mib = 0x1p20;

static void add(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(Text *text, const char *format, ...)
{
    char part[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(part, sizeof part, format, arguments);
    va_end(arguments);
    text_addf(text, "%s%s", text->n_bytes > 0 ? "; " : "", part);
}

static void add_layers(Text *text, const RunNotes *run)
{
    const int *n = run->plan->n_layers;
    char mix[96] = "";
    if (plan_layers(run->plan) == run->shape->layers) return;
    if (n[LAYER_DENSE] > 0 && n[LAYER_EXPERTS] > 0)
        (void)snprintf(mix, sizeof mix, " (%d of %d dense, %d of %d with experts)", n[LAYER_DENSE],
                       arch_layers_of(run->shape, LAYER_DENSE), n[LAYER_EXPERTS],
                       arch_layers_of(run->shape, LAYER_EXPERTS));
    add(text, "%d of %d layers were run%s; times are extrapolated to the whole model", plan_layers(run->plan),
        run->shape->layers, mix);
    if (run->weight_bytes < run->cache_bytes)
        add(text, "their weights (%.0f MiB) fit a cache (%.0f MiB), so decode is shown faster than it is",
            run->weight_bytes / mib, run->cache_bytes / mib);
}

static void add_memory(Text *text, const RunNotes *run)
{
    if (run->reading_bytes < beyond_cache * run->cache_bytes)
        add(text,
            "a thread read %.0f MiB to find the memory bandwidth, a part of them from a cache of %.0f MiB: "
            "%s left "
            "%.0f MiB",
            run->reading_bytes / mib, run->cache_bytes / mib, run->room.limit, run->room.bytes / mib);
    if (!run->has_kernels) add(text, "no memory was left for kernels beside their limits");
}

static void add_long_steps(Text *text, const RunNotes *run)
{
    if (run->fewest_layers < plan_layers(run->plan))
        add(text,
            "long steps of many rows, such as prompts, went through %d layers at least; their times are told "
            "for all",
            run->fewest_layers);
}

/* With several threads, those that are stopped keep the others waiting: nothing makes that good. */
static void add_quota(Text *text, const RunNotes *run)
{
    if (run->quota_cores <= 0.0 || run->quota_cores >= run->n_threads) return;
    if (run->n_threads == 1)
        add(text,
            "times are processor time over the CPU quota of %.3g, which stops the thread in each period",
            run->quota_cores);
    else
        add(text, "the CPU quota of %.3g stops the %d threads in each period", run->quota_cores,
            run->n_threads);
}

const char *notes_write(const RunNotes *run, Arena *arena)
{
    Text text;
    text_init(&text);
    add_layers(&text, run);
    add_long_steps(&text, run);
    if (run->is_cut) add(&text, "shorter prompts or fewer batches than usual, since these kernels are slow");
    add_memory(&text, run);
    add_quota(&text, run);
    const char *kept = arena_strdup(arena, text_str(&text));
    text_free(&text);
    return kept;
}
