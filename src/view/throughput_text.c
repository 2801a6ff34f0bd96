/* The answer of `throughput` for people: figures, terms of the step, memory, curves. Layer: view. */
#include "tokentco/throughput_answer.h"

#include "tokentco/chart.h"
#include "tokentco/format.h"
#include "tokentco/throughput_load.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIGURE_ROW(name, title, unit) {#name, title, unit},
const FigureRow throughput_figures[N_FIGURES] = {THROUGHPUT_FIGURES(FIGURE_ROW)};

static const double GB = 1e9;

static void add_figure_text(const ThroughputAnswer *a, int i, Text *out)
{
    if (!isfinite(a->v[i])) {
        text_addf(out, "  %-26s -\n", throughput_figures[i].title);
        return;
    }
    char value[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    format_price(a->v[i], value);
    format_price(a->low[i], low);
    format_price(a->high[i], high);
    bool has_band = isfinite(a->low[i]) && isfinite(a->high[i]) && a->high[i] > a->low[i] * 1.0001;
    text_addf(out, "  %-26s %10s %-9s", throughput_figures[i].title, value, throughput_figures[i].unit);
    if (has_band) text_addf(out, " %s to %s", low, high);
    while (out->n_bytes > 0 && out->data[out->n_bytes - 1] == ' ') out->data[--out->n_bytes] = '\0';
    text_add(out, "\n");
}

static void add_terms_text(const ThroughputAnswer *a, Text *out)
{
    double sum = 0;
    for (int i = 0; i < N_THROUGHPUT_TERMS; i++) sum += a->terms.v[i];
    text_addf(out, "\none step of %.3g sequences takes %.3g ms\n", a->v[FIGURE_running] / a->replicas,
              sum * 1e3);
    for (int i = 0; i < N_THROUGHPUT_TERMS; i++) {
        char share[FORMAT_BYTES];
        if (a->terms.v[i] <= 0) continue;
        format_percent(a->terms.v[i] / sum, share);
        text_addf(out, "  %-26s %10.3f ms %9s\n", throughput_term_name((ThroughputTerm)i),
                  a->terms.v[i] * 1e3, share);
    }
}

static void add_memory_text(const ThroughputAnswer *a, Text *out)
{
    const ThroughputMemory *m = &a->memory;
    text_addf(out, "\nmemory of one %s, GB of 10^9 bytes\n", a->c.gpu.id);
    text_addf(out, "  %-26s %10.1f\n", "visible", m->total / GB);
    text_addf(out, "  %-26s %10.1f\n", "weights", m->weights / GB);
    text_addf(out, "  %-26s %10.1f\n", "engine and activations", m->reserve / GB);
    text_addf(out, "  %-26s %10.1f  %.0f tokens, %.0f sequences of full length\n", "cache",
              fmax(m->cache, 0) / GB, m->cache_tokens, floor(m->batch_max));
}

void throughput_answer_add_text(const ThroughputAnswer *a, Text *out)
{
    const ThroughputCase *c = &a->c;
    text_addf(out, "%s on %d x %s, %s, %s weights, %g prompt and %g answer tokens\n", c->model.id,
              c->gpus * a->replicas, c->gpu.id, c->engine, c->format, c->input_tok, c->output_tok);
    if (a->is_format_named)
        text_addf(out, "weights: %s, as the model's name says; --quant for another\n", c->format);
    text_addf(out, "basis: %s\n", a->source.text);
    if (!a->is_feasible) {
        text_addf(out, "not feasible: %s\n", a->reason.text);
        add_memory_text(a, out);
        return;
    }
    if (a->is_saturated) text_add(out, "saturated: more work would wait without end\n");
    text_addf(out, "\n  %-26s %10s %-9s %s\n", "", "median", "", "p10 to p90");
    for (int i = 0; i < N_FIGURES; i++) add_figure_text(a, i, out);
    if (a->has_price)
        text_addf(out, "  at %.3g USD per accelerator and hour: %s\n", a->usd_per_h, a->price_note);
    add_terms_text(a, out);
    add_memory_text(a, out);
}

enum { CURVE_POINTS = 24, CURVE_HEIGHT = 12 };

/* One chart over the points of a curve. */
static void add_chart(const char *title, ChartAxis x_axis, ChartAxis y_axis, const double *x, const double *y,
                      Text *out)
{
    Chart chart = {.title = title, .x = x_axis, .y = y_axis, .n_series = 1};
    chart.series[0] = (ChartSeries){.name = title, .label = "", .n = CURVE_POINTS, .x = x, .y = y};
    Style style = style_for(stdout, COLOUR_AUTO);
    text_add(out, "\n");
    if (chart_set_ranges(&chart)) chart_add_text(&chart, &style, 2, CURVE_HEIGHT, out);
}

void throughput_curve_add(const ThroughputAnswer *a, double batch_limit, Text *out)
{
    if (!a->is_feasible) return;
    double users[CURVE_POINTS], speed[CURVE_POINTS], load[CURVE_POINTS], usd[CURVE_POINTS];
    LoadQuery query = {.arrival_scv = 1, .batch_limit = batch_limit};
    LoadResult full = throughput_at_rate(&a->c, &a->source.params, &query, HUGE_VAL);
    double usd_per_s = a->usd_per_h * a->c.gpus / 3600;
    for (int i = 0; i < CURVE_POINTS; i++) {
        double at = (double)i / (CURVE_POINTS - 1);
        LoadResult r = throughput_at_concurrency(&a->c, &a->source.params, &query, pow(full.batch_limit, at));
        users[i] = 1 / r.tpot_s;
        speed[i] = r.out_tok_s * a->replicas;
        load[i] = (at * 0.98 + 0.02) * full.saturation_req_s;
        usd[i] = usd_per_s / (load[i] * a->c.output_tok) * 1e6;
        load[i] *= a->replicas;
    }
    add_chart("output tok/s against tok/s for each user",
              (ChartAxis){.scale = SCALE_LINEAR, .title = "tok/s/user"},
              (ChartAxis){.scale = SCALE_LOG, .title = "tok/s"}, users, speed, out);
    if (a->has_price)
        add_chart("USD per Mtok of output against load", (ChartAxis){.scale = SCALE_LINEAR, .title = "req/s"},
                  (ChartAxis){.scale = SCALE_LOG, .title = "USD/Mtok"}, load, usd, out);
}
