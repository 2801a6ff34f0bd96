/* Driver lines as money. Layer: view. */
#include "tokentco/postings.h"

#include "figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Greatest whole number of micros below 2^63 that a double holds. */
static const double MICROS_MAX = 9.2e18;

Micros micros_of_usd(double usd)
{
    double micros = nearbyint(usd * MICROS_PER_USD);
    if (micros > MICROS_MAX) micros = MICROS_MAX;
    if (micros < -MICROS_MAX) micros = -MICROS_MAX;
    return (Micros){(int64_t)micros};
}

void micros_format(Micros amount, char out[MICROS_BYTES])
{
    int64_t size = amount.micro_usd < 0 ? -amount.micro_usd : amount.micro_usd;
    snprintf(out, MICROS_BYTES, "%s%" PRId64 ".%06" PRId64, amount.micro_usd < 0 ? "-" : "",
             size / MICROS_PER_USD, size % MICROS_PER_USD);
}

typedef struct Collector {
    Postings *postings;
    int capacity;
    bool is_out_of_memory;
} Collector;

static void collect(void *context, const DriverLine *line)
{
    Collector *collector = context;
    Postings *postings = collector->postings;
    Micros amount = micros_of_usd(driver_line_usd(line));
    if (amount.micro_usd == 0 || collector->is_out_of_memory) return;
    if (postings->n == collector->capacity) {
        int capacity = collector->capacity == 0 ? 1024 : 2 * collector->capacity;
        Posting *items = realloc(postings->items, (size_t)capacity * sizeof *items);
        if (items == NULL) {
            collector->is_out_of_memory = true;
            return;
        }
        postings->items = items;
        collector->capacity = capacity;
    }
    postings->items[postings->n++] =
        (Posting){line->option, line->month,    line->part,
                  line->driver, line->quantity, line->unit_price_usd * line->factor,
                  amount};
    postings->option_totals[line->option].micro_usd += amount.micro_usd;
}

bool postings_build(const Resolved *resolved, Workspace *workspace, Postings *out, Err *err)
{
    *out = (Postings){.resolved = resolved};
    Collector collector = {.postings = out};
    Sink sink = {.line = collect, .context = &collector};
    evaluate(&resolved->inputs, workspace, &sink);
    if (!collector.is_out_of_memory) return true;
    postings_free(out);
    return err_set(err, ERR_BUG, "out of memory");
}

void postings_free(Postings *postings)
{
    free(postings->items);
    *postings = (Postings){0};
}

/* The first field that a driver uses is that of its unit price. */
static void take_first(void *context, const Use *use)
{
    Use *first = context;
    if (use->kind == USE_FIELD && first->group == N_GROUPS) *first = *use;
}

const char *posting_source(const Postings *postings, const Posting *posting)
{
    const Resolved *resolved = postings->resolved;
    if (posting->driver >= N_DRIVERS || driver_uses[posting->driver] == NULL) return "";
    Use first = {.group = N_GROUPS};
    uses_visit(driver_uses[posting->driver], resolved->inputs.options[posting->part].kind, take_first,
               &first);
    if (first.group == N_GROUPS) return "";
    FieldRef ref = {posting->part, first.group, first.row};
    const Origin *origin = resolved_origin(resolved, &ref);
    return origin != NULL && origin->text != NULL ? origin->text : "";
}
